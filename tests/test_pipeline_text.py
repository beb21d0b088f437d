"""The proposal as a file."""

import tomllib

from aifactory_nb.pipeline_text import toml_key, toml_list, toml_value


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
