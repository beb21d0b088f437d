"""What is expected of numbers follows from how they were."""

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from aifactory_nb.suite_numbers import number_rules
from aifactory_nb.suite_profile import Reference, reference

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


def test_numbers_have_a_range_a_mean_a_spread_quantiles_and_a_distribution(
    made: Reference, draw: np.random.Generator
) -> None:
    """Each with room for what the weeks differ by."""
    column = pl.Series("seconds", draw.gamma(3, 20, ROWS))
    rules = {each["type"]: each["kwargs"] for each in number_rules(made, column)}
    values, mean = (rules[f"expect_column_{what}_to_be_between"] for what in ("values", "mean"))
    partition = rules["expect_column_kl_divergence_to_be_less_than"]["partition_object"]

    assert len(rules) == 5
    assert 0 <= values["min_value"] <= column.min()
    assert values["max_value"] >= column.max()
    assert mean["min_value"] < 60 < mean["max_value"] < 1.6 * 60
    assert sum(partition["weights"]) + sum(partition["tail_weights"]) == pytest.approx(1)
    assert len(partition["bins"]) == len(partition["weights"]) + 1


def test_a_small_change_is_no_alarm_in_many_rows(
    made: Reference, draw: np.random.Generator
) -> None:
    """A mean that never moved has limits of a fifth of a standard deviation."""
    column = pl.Series("a", np.tile(np.arange(24), 91))
    rules = {each["type"]: each["kwargs"] for each in number_rules(made, column)}
    mean = rules["expect_column_mean_to_be_between"]

    assert mean["max_value"] - mean["min_value"] == pytest.approx(0.4 * np.std(np.arange(24)), 0.05)


def test_names_have_no_mean(made: Reference, draw: np.random.Generator) -> None:
    """Of the number of a flight only the range is expected."""
    column = pl.Series("flight", draw.integers(1, 9999, ROWS))

    assert kinds(number_rules(made, column, is_name=True)) == ["values_to_be_between"]


def test_a_counter_grows(made: Reference) -> None:
    """Later numbers are not below those of the reference, and each is there once."""
    column = pl.Series("row", range(100, 100 + ROWS))
    between, unique = number_rules(made, column)

    assert between["kwargs"] == {"column": "row", "min_value": 100}
    assert unique["type"] == "expect_column_values_to_be_unique"


def test_infinite_values_have_no_mean(made: Reference, draw: np.random.Generator) -> None:
    """Their range is that of the finite ones."""
    column = pl.Series("a", draw.random(ROWS)).set(pl.Series(np.arange(ROWS) == 5), float("inf"))

    assert kinds(number_rules(made, column)) == ["values_to_be_between"]


def test_a_coarse_scale_is_a_set(made: Reference, draw: np.random.Generator) -> None:
    """Numbers in steps of a half are no others in another unit."""
    column = pl.Series("size", draw.integers(70, 100, ROWS) / 2)
    rules = {each["type"]: each["kwargs"] for each in number_rules(made, column)}

    assert len(rules["expect_column_values_to_be_in_set"]["value_set"]) == 30


def test_the_reference_as_a_whole_is_no_alarm(made: Reference) -> None:
    """A number that drifts is spread wider over all weeks than over any of them."""
    column = pl.Series("temperature", np.linspace(0, 30, ROWS) + np.tile(np.arange(24) / 10, 91))
    rules = {each["type"]: each["kwargs"] for each in number_rules(made, column)}

    assert rules["expect_column_stdev_to_be_between"]["max_value"] >= column.std()


def test_no_numbers_have_no_rules(made: Reference) -> None:
    """A column of nothing but NaN says nothing."""
    assert list(number_rules(made, pl.Series("a", [float("nan")] * ROWS))) == []
