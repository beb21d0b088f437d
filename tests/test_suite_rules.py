"""What is expected of a column follows from how it was."""

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from aifactory_nb.suite_profile import Reference, reference
from aifactory_nb.suite_rules import (
    at_least,
    level_rules,
    levels_of,
    missing_rule,
    outward,
    type_family,
    type_rule,
)

START, END = datetime(2024, 1, 1), datetime(2024, 4, 1)
ROWS = 91 * 24


@pytest.fixture
def draw() -> np.random.Generator:
    """The same numbers in each test."""
    return np.random.default_rng(3)


@pytest.fixture
def made() -> Reference:
    """A row for each hour of three months."""
    at = pl.datetime_range(START, END, "1h", closed="left", eager=True)
    return reference(pl.DataFrame({"at": at}), "at", START, END)


def kinds(rules: Any) -> list[str]:
    """The types of some expectations, without what all have."""
    return [each["type"].removeprefix("expect_column_") for each in rules]


@pytest.mark.parametrize(
    ("low", "high"), [(0.0123456789, 0.0987654321), (-3, 123456.7), (0, 0), (1e-9, 2e-9), (5, 5)]
)
def test_rounded_limits_are_not_narrower(low: float, high: float) -> None:
    """They are rounded away from each other, by little."""
    rounded = outward(low, high)

    assert rounded[0] <= low <= high <= rounded[1]
    assert rounded[1] - high <= 1e-4 * max(abs(low), abs(high))


def test_a_share_is_rounded_down() -> None:
    """What is asked for is no more than what was."""
    assert at_least(0.999999) == 0.99999
    assert at_least(-0.1) == 0


@pytest.mark.parametrize(
    ("dtype", "family"),
    [
        (pl.Int8(), "whole number"),
        (pl.Decimal(10, 2), "number"),
        (pl.Enum(["a"]), "text"),
        (pl.Date(), "day"),
        (pl.Datetime("ms", "UTC"), "moment"),
        (pl.Boolean(), "flag"),
        (pl.List(pl.String()), ""),
        (pl.Duration("us"), ""),
        (pl.Binary(), ""),
    ],
)
def test_types_stand_for_each_other(dtype: pl.DataType, family: str) -> None:
    """Of a type that no family has, no more is expected than that the column is there."""
    rules = list(type_rule(pl.Series("a", [], dtype=dtype)))

    assert type_family(dtype) == family
    assert len(rules) == bool(family)


def test_missing_values_have_a_limit_below_ten_times_as_many(
    made: Reference, draw: np.random.Generator
) -> None:
    """Also where a bad week has many of them."""
    share = np.where((made.part == 5), 0.2, 0.01)
    column = pl.Series("a", draw.random(ROWS)).set(pl.Series(draw.random(ROWS) < share), None)
    (rule,) = missing_rule(made, column)
    usual = column.null_count() / ROWS

    assert usual < 1 - rule["kwargs"]["mostly"] < 10 * usual
    assert "in one week, of 13 weeks from 2024-01-01 on" in rule["notes"]


def test_a_column_that_is_nearly_empty_may_be_empty(made: Reference) -> None:
    """Nothing is expected of what is missing in it."""
    column = pl.Series("a", [1.0] + [None] * (ROWS - 1))

    assert list(missing_rule(made, column)) == []


@pytest.mark.parametrize(
    "values", [["a", "b", "c"], [1, 2, 3], [0.5, 1.5], [True, False], ["a"]], ids=str
)
def test_a_column_with_few_values_is_a_set(made: Reference, values: list[Any]) -> None:
    """With its distribution, if there is more than one value."""
    column = pl.Series("a", [values[row % len(values)] for row in range(ROWS)])
    rules = level_rules(made, column)
    found = {each["type"]: each["kwargs"] for each in rules}

    if not isinstance(values[0], bool):
        assert found["expect_column_values_to_be_in_set"]["value_set"] == values
    if len(values) > 1:
        weights = found["expect_column_kl_divergence_to_be_less_than"]["partition_object"][
            "weights"
        ]
        assert sum(weights) == pytest.approx(1, abs=1e-9)


def test_values_that_come_and_go_with_time_are_no_set(made: Reference) -> None:
    """The month of the rows has a new value in each."""
    month = made.rows["at"].dt.month()

    assert levels_of(month) is not None
    assert level_rules(made, month) == []


def test_the_loss_of_rare_values_is_seen(made: Reference, draw: np.random.Generator) -> None:
    """Where nearly all rows have one value, the distribution hardly changes when it is the only one."""
    column = pl.Series("a", draw.choice(["x", "y", "z"], ROWS, p=[0.96, 0.02, 0.02]))

    assert "unique_value_count_to_be_between" in kinds(level_rules(made, column))


def test_an_empty_column_has_no_values_to_expect(made: Reference) -> None:
    """Nor has one of nothing but NaN."""
    for column in (pl.Series("a", [None] * ROWS), pl.Series("a", [float("nan")] * ROWS)):
        assert level_rules(made, column) == []
