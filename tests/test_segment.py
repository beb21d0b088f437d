"""Segments, and the names of what is made of them."""

import polars as pl
import pytest

from aifactory_nb.errors import ParameterError
from aifactory_nb.segment import (
    LONGEST_BRANCH,
    ancestors,
    join_labels,
    label,
    leaves,
    segment_label,
    segment_rows,
    shown,
)
from aifactory_nb.store import Store

HOSTILE = [
    "../x",
    "a/b",
    "..",
    "=",
    ",",
    "",
    " ",
    "%2F",
    "ü",
    "北京",
    "\\",
    "\n",
    "a'b\"",
    "x" * 300,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_leads_out_of_its_folder(value: str, tmp_path) -> None:
    """Whatever a value holds, its label is one part of a path, and short enough for a file name."""
    name = segment_label(f"city={value}")
    folder = Store(tmp_path, f"shop/{name}").folder(f"branches/{name}/models")

    assert not set(name.removeprefix("city=")) & set("/\\,= \n'\"")
    assert len(name) < 100
    assert folder.parent.parent == tmp_path / "shop" / "branches"


def test_values_that_differ_have_labels_that_differ() -> None:
    """Also long ones that begin alike, and one that is written like the label of another."""
    values = [*HOSTILE, "x" * 301, "x" * 60, "X" * 300]
    labels = [label("city", value) for value in values]
    forged = [name.partition("=")[2] for name in labels]
    again = [label("city", value) for value in forged if value not in values]

    assert len(set(labels)) == len(values)
    assert not set(again) & set(labels)


def test_a_segment_is_a_column_and_a_value() -> None:
    """Only the first equals sign parts them."""
    assert segment_label("city=a=b") == "city=a%3Db"
    assert segment_label("") == ""
    for wrong in ("city", "=UA"):
        with pytest.raises(ParameterError, match="A segment is written COLUMN=VALUE"):
            segment_label(wrong)


def test_a_branch_with_too_long_a_name_is_refused() -> None:
    """Its name has to be that of a folder."""
    with pytest.raises(ParameterError, match=f"more than {LONGEST_BRANCH}"):
        join_labels(label(f"train.parameter_{number}", "x" * 40) for number in range(5))


def test_a_branch_goes_on_from_another() -> None:
    """From its beginning, label by label."""
    assert ancestors("a=1,b=2") == ["", "a=1", "a=1,b=2"]
    assert leaves(["", "a=1", "a=1,b=1", "a=10"]) == ["a=1,b=1", "a=10"]
    assert shown("city=Z%C3%BCrich,train.rounds=9") == "city=Zürich, train.rounds=9"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pl.Series(["UA", "DL"]), "UA"),
        (pl.Series([1, 2]), "1"),
        (pl.Series([1.0, 2.5]), "1.0"),
        (pl.Series([True, False]), "true"),
        (pl.Series(["2024-01-01", "2024-01-02"]).str.to_date(), "2024-01-01"),
        (pl.Series(["UA", "DL"], dtype=pl.Categorical), "UA"),
    ],
)
def test_rows_of_a_segment_are_found_by_text(values: pl.Series, text: str) -> None:
    """Numbers, dates and booleans are written as text."""
    rows = pl.LazyFrame({"key": [1, 2], "part": values})

    assert segment_rows(rows, f"part={text}", ["key"]).collect()["key"].to_list() == [1]


def test_a_table_without_the_column_is_joined_by_its_keys() -> None:
    """And one that has no keys either is read as a whole."""
    keys = pl.LazyFrame({"key": [1, 2, 3], "part": ["a", "b", None]})
    labels = pl.LazyFrame({"key": [3, 2, 1], "label": [1, 2, 3]})
    prices = pl.LazyFrame({"price": [1]})

    assert segment_rows(labels, "part=a", ["key"], keys).collect()["label"].to_list() == [3]
    assert segment_rows(prices, "part=a", ["key"], keys).collect().height == 1
    assert segment_rows(labels, "part=a", ["key"]).collect().height == 3
