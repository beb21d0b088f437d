"""Row conditions in all their forms, and the values of a suite beside a column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.row_conditions import Column, PassThroughCondition

from aifactory_nb.gx_polars.condition import column_named, complete_rows, row_filter

FLIGHTS = pl.DataFrame(
    {
        "number": [1, 2, 3, 4],
        "origin": ["JFK", "EWR", None, "it's"],
        "hour": [5, 6, 7, None],
        "day": [date(2024, 1, day) for day in range(1, 5)],
        "at": [datetime(2024, 1, day, 12) for day in range(1, 5)],
        "late": [True, False, None, True],
        "two words": [1, 2, 3, 4],
        "a.b": [1, 2, 3, 4],
        "*": [1, 2, 3, 4],
        "^a$": [1, 2, 3, 4],
        'quo"te': [1, 2, 3, 4],
    }
)


def kept(condition: Any, frame: pl.DataFrame = FLIGHTS) -> list[int]:
    """The numbers of the rows that a condition leaves."""
    found = row_filter(condition, frame.schema)
    assert found is not None
    assert frame.select(found.is_null().any()).item() is False
    return frame.filter(found)["number"].to_list()


@pytest.mark.parametrize("name", ["two words", "a.b", "*", "^a$", 'quo"te'])
def test_a_column_is_found_by_exactly_its_name(name: str) -> None:
    """Names that polars takes for patterns, and names with spaces, dots and quotes."""
    assert FLIGHTS.select(column_named(name, FLIGHTS.schema)).columns == [name]
    assert kept(Column(name) > 2) == [3, 4]


def test_a_missing_column_is_named_with_the_one_that_was_meant() -> None:
    """The library's own error, and what to write in its place."""
    with pytest.raises(GreatExpectationsError, match="\"orgin\" .* Did you mean 'origin'"):
        row_filter(Column("orgin") == "JFK", FLIGHTS.schema)
    with pytest.raises(GreatExpectationsError, match="\"orgin\" .* Did you mean 'origin'"):
        row_filter("orgin == 'JFK'", FLIGHTS.schema)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (Column("hour") > 5, [2, 3]),
        (Column("hour") >= 6.5, [3]),
        (Column("hour") != 5, [2, 3]),
        (Column("hour") > "5", [2, 3]),
        (Column("Hour") > 5, [2, 3]),
        (Column("HOUR").is_null(), [4]),
        (Column("hour").is_in([5.0, 6.5]), [1]),
        (Column("hour").is_in(["5", "6"]), []),
        (Column("hour").is_not_in([5]), [2, 3]),
        (Column("hour").is_in([]), []),
        (Column("hour").is_not_in([]), [1, 2, 3]),
        (Column("hour").is_null(), [4]),
        (Column("origin").is_not_null(), [1, 2, 4]),
        (Column("origin") == "it's", [4]),
        (Column("day") > "2024-01-02", [3, 4]),
        (Column("day") == date(2024, 1, 2), [2]),
        (Column("at") > "2024-01-02", [2, 3, 4]),
        (Column("at") <= datetime(2024, 1, 2, 12), [1, 2]),
        (Column("late") == True, [1, 4]),  # noqa: E712 (a condition)
        ((Column("hour") > 5) & (Column("origin") == "EWR"), [2]),
        ((Column("hour") > 6) | Column("hour").is_null(), [3, 4]),
    ],
    ids=repr,
)
def test_condition_objects(condition: Any, rows: list[int]) -> None:
    """Every sign, every type of value; a row whose condition is unknown does not count. JSON says the same."""
    assert kept(condition) == rows
    if not isinstance(getattr(condition, "parameter", None), date):
        assert kept(condition.dict()) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('col("hour") > 5', [2, 3]),
        ('col("two words") > 2', [3, 4]),
        ('col("*") > 2', [3, 4]),
        ('col("origin").notNull()', [1, 2, 4]),
        ('col("day") > date("2024-01-02")', [3, 4]),
        ('col("origin") == "JFK" and col("hour") < 6', [1]),
        ("hour >= 5.5", [2, 3]),
        ("`two words` > 2", [3, 4]),
        ("`a.b` > 2", [3, 4]),
        ('"two words" > 2', [3, 4]),
        ('origin == "JFK"', [1]),
        ('origin == "hour"', []),
        ('origin == "it\'s"', [4]),
        ("origin = 'JFK'", [1]),
        ('origin in ["JFK", "EWR"] and hour > 5', [2]),
        ("origin not in ['JFK']", [2, 4]),
        ("(hour > 5) & (hour < 7)", [2]),
        ("hour > 6 | hour < 6", [1, 3]),
        ("~(hour > 5)", [1]),
        ("hour.isnull()", [4]),
        ("~hour.isna()", [1, 2, 3]),
        ("hour IS NULL or origin LIKE 'E%'", [2, 4]),
        ("hour between 5 and 6 and late", [1]),
        ("day >= '2024-01-02' and day < '2024-01-04'", [2, 3]),
        ('at > "2024-01-02T12:00:00"', [3, 4]),
    ],
)
def test_conditions_as_text(text: str, rows: list[int]) -> None:
    """The library's small language, and filters that were written for pandas, Spark and SQL."""
    assert kept(text) == rows
    if "col(" not in text:
        assert kept(PassThroughCondition(pass_through_filter=text)) == rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5 < hour < 7", "two comparisons in a row"),
        ("sum(hour) > 1", "of each row by itself"),
        ("hour + 1", "of each row by itself"),
        ("1 = 1", "names no column"),
        ("`*` > 2", "names no column"),
        ("hour > (SELECT 1)", "cannot be read"),
        ("hour > 5; drop", "cannot be read"),
        ('origin.str.contains("J")', "cannot be read"),
        ("hour == 'five'", "cannot compare string with numeric type"),
        ("nonsense (", "cannot be read"),
    ],
)
def test_text_that_would_be_misread_is_refused(text: str, reason: str) -> None:
    """The message quotes the condition, tells the reason and what to write."""
    with pytest.raises(GreatExpectationsError) as caught:
        row_filter(text, FLIGHTS.schema)

    assert repr(text) in str(caught.value)
    assert reason in str(caught.value)
    assert "Write it as a condition object" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_condition_means_all_rows() -> None:
    """None and an empty text."""
    assert row_filter(None, FLIGHTS.schema) is None
    assert row_filter("", FLIGHTS.schema) is None


@pytest.mark.parametrize("condition", [5, ["hour > 5"], {"type": "x"}], ids=repr)
def test_what_is_no_condition_is_refused(condition: Any) -> None:
    """A number, a list, an object of another kind."""
    with pytest.raises((ValueError, TypeError, GreatExpectationsError), match="(?i)condition"):
        row_filter(condition, FLIGHTS.schema)


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (Column("hour") > "late", "Give a number"),
        (Column("origin") < 5, "Give a text"),
        (Column("at") >= "no day", "Give a date"),
    ],
    ids=repr,
)
def test_values_that_do_not_compare_are_refused(condition: Any, wanted: str) -> None:
    """The message names the column, its type, the value and what would compare."""
    with pytest.raises(GreatExpectationsError, match=wanted) as caught:
        row_filter(condition, FLIGHTS.schema)

    assert repr(condition.parameter) in str(caught.value)
    assert str(FLIGHTS.schema[condition.column.name]) in str(caught.value)


def test_nan_is_not_above_a_bound() -> None:
    """Polars holds it for the greatest of all."""
    frame = pl.DataFrame({"number": [1, 2], "x": [float("nan"), 2.0]})

    assert kept(Column("x") > 1, frame) == [2]


@pytest.mark.parametrize(
    "value",
    ["2024-07-01 12:00", "2024-07-01T10:00:00+00:00", datetime(2024, 7, 1, 10, tzinfo=UTC)],
    ids=repr,
)
def test_moments_are_compared_in_the_zone_of_the_column(value: Any) -> None:
    """A moment without a zone is read as the clock of the column shows it."""
    noon = pl.Series("at", [datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")
    frame = pl.DataFrame({"number": [1], "at": noon})

    assert kept(Column("at") == value, frame) == [1]
    assert kept(Column("at") < value, frame) == []


@pytest.mark.parametrize(
    ("ignore_row_if", "rows"),
    [
        ("both_values_are_missing", 2),
        ("all_values_are_missing", 2),
        ("either_value_is_missing", 1),
        ("any_value_is_missing", 1),
        ("neither", 3),
        ("never", 3),
    ],
)
def test_rows_that_miss_values(ignore_row_if: str, rows: int) -> None:
    """The words of pair and of multicolumn expectations."""
    frame = pl.DataFrame({"a": [1, None, None], "b": [1, 2, None]})
    found = complete_rows(ignore_row_if, [pl.col("a"), pl.col("b")])

    assert (frame if found is None else frame.filter(found)).height == rows


def test_an_unknown_way_to_ignore_rows_is_refused() -> None:
    """As the library does it."""
    with pytest.raises(ValueError, match="Unrecognized value of ignore_row_if .*sometimes"):
        complete_rows("sometimes", [pl.col("a")])
