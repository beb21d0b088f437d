"""The proposal as a file."""

import tomllib
from pathlib import Path

import polars as pl

from aifactory_nb.pipeline_text import pipeline_text, toml_key, toml_list, toml_value
from aifactory_nb.proposal import Wishes, propose


def test_whatever_a_name_holds_comes_back() -> None:
    """Quotes, backslashes, line ends and letters of all kinds."""
    for text in ['a"b', "a\\b", "a\nb", "größe [m²]", "a.b", "#"]:
        read = tomllib.loads(f"{toml_key(text)} = {toml_value(text)}")

        assert read == {text: text}


def test_reasons_stand_beside_items() -> None:
    """A reason of several lines stays one comment."""
    text = toml_list("a", ["x", "y"], {"x": "why\nnot"})

    assert '"x",  # why not' in text
    assert tomllib.loads(text) == {"a": ["x", "y"]}


def test_long_lists_are_folded() -> None:
    """No line is longer than an editor shows."""
    text = toml_list("a", [f"column_{i}" for i in range(200)])

    assert max(map(len, text.splitlines())) <= 100
    assert len(tomllib.loads(text)["a"]) == 200


def test_groups_are_compared_with_a_random_split(tmp_path: Path) -> None:
    """What rows of one group on both sides would flatter is told."""
    rows = {"machine": ["a", "b", "c"] * 40, "x": [i % 7 for i in range(120)], "y": [0, 1] * 60}
    pl.DataFrame(rows).write_csv(tmp_path / "a.csv")
    text = pipeline_text(propose(tmp_path / "a.csv", Wishes("y", group="machine")), "a.csv")

    assert tomllib.loads(text)["stages"]["train"] == {"compare_split": True}
