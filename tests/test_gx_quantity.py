"""What the type of a column lets one compute."""

from datetime import date, timedelta

import great_expectations.exceptions as gx_exceptions
import polars as pl
import pytest

from aifactory_nb.gx_polars.domain import Domain
from aifactory_nb.gx_polars.quantity import (
    adds_up,
    column_type,
    comparable,
    has_bins,
    has_order,
    in_seconds,
    is_measured,
    is_moment,
    own_column,
    shown,
)


def domain_of(values: pl.Series, where: pl.Expr | None = None) -> Domain:
    """A domain about the column `x`."""
    frame = pl.LazyFrame({"x": values})
    return Domain(frame, frame.collect_schema(), where, arguments={"column": "x"})


@pytest.mark.parametrize(
    ("dtype", "suits"),
    [
        (pl.Int8(), {adds_up, has_bins, has_order, is_measured}),
        (pl.Boolean(), {adds_up, has_bins, has_order, is_measured}),
        (pl.Decimal(10, 2), {adds_up, has_bins, has_order, is_measured}),
        (pl.Null(), {adds_up, has_bins, has_order, is_measured}),
        (pl.Duration("us"), {adds_up, has_bins, has_order, is_measured}),
        (pl.Date(), {has_bins, has_order, is_measured, is_moment}),
        (pl.Datetime("us", "UTC"), {has_bins, has_order, is_measured, is_moment}),
        (pl.Time(), {has_order, is_measured, is_moment}),
        (pl.Enum(["a"]), {has_order}),
        (pl.Binary(), {has_order}),
        (pl.List(pl.Int8), set()),
        (pl.Struct({"a": pl.Int8}), set()),
        (pl.Object(), set()),
    ],
)
def test_a_type_suits_what_can_be_computed_with_it(dtype, suits):
    """Numbers add up, moments do not, nested values do nothing."""
    kinds = {adds_up, has_bins, has_order, is_measured, is_moment}
    assert {kind for kind in kinds if kind(dtype)} == suits


def test_an_unsuitable_column_is_named_with_its_type_and_what_to_do():
    """What, found, what to do."""
    with pytest.raises(gx_exceptions.MetricComputationError) as error:
        column_type(domain_of(pl.Series(["a"])), "column.mean", is_measured)
    for part in ("column.mean", "numbers or times", '"x"', "String", "Cast"):
        assert part in str(error.value)


def test_a_missing_column_is_the_error_of_the_library():
    """Not one of polars."""
    domain = Domain(
        pl.LazyFrame({"y": [1]}), pl.Schema({"y": pl.Int64()}), arguments={"column": "x"}
    )
    with pytest.raises(gx_exceptions.InvalidMetricAccessorDomainKwargsKeyError):
        column_type(domain, "column.mean", is_measured)


def test_the_own_column_holds_present_values_of_the_rows_that_count():
    """Nothing else is read for what holds a whole column."""
    found = own_column(domain_of(pl.Series([1, None, 3, 4]), pl.col("x") < 4)).collect()
    assert found.to_dict(as_series=False) == {"value": [1, 3]}


def test_categories_are_compared_by_their_letters():
    """Not by the order in which an Enum names them."""
    sizes = pl.Series(["S", "L"], dtype=pl.Enum(["S", "M", "L"]))
    domain = domain_of(sizes)
    assert domain.frame.select(comparable(domain, sizes.dtype).min()).collect().item() == "L"


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_ticks_become_seconds(unit):
    """Whatever the unit of the column."""
    ticks = pl.Series([timedelta(seconds=90)], dtype=pl.Duration(unit)).to_physical()[0]
    assert in_seconds(pl.Duration(unit))(ticks) == 90.0
    assert in_seconds(pl.Duration(unit))(None) is None


def test_days_and_hours_become_seconds():
    """For the spread of moments."""
    assert in_seconds(pl.Date())(2) == 172_800.0 and in_seconds(pl.Time())(10**9) == 1.0


def test_elapsed_times_are_shown_as_seconds_at_any_depth():
    """JSON has no elapsed times; all else stays."""
    day = date(2013, 1, 1)
    found = shown([{"a": timedelta(1), "b": [timedelta(seconds=1), day]}, None])
    assert found == [{"a": 86_400.0, "b": [1.0, day]}, None]


def test_an_object_is_shown_as_its_text():
    """What JSON cannot hold would end the checkpoint."""
    assert shown([object, {"a": 1j}]) == [str(object), {"a": "1j"}]
