"""Values of a suite in the type of a column: bounds, members of sets, two columns."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from aifactory_nb.gx_polars.fit import (
    Bound,
    NotComparableError,
    aligned,
    among,
    as_text,
    fit,
    kind_of,
    lower_bound,
    member,
    upper_bound,
    within,
)

MILLISECONDS, NANOSECONDS = pl.Datetime("ms"), pl.Datetime("ns")


def inside(values, dtype, low=None, high=None, strict=(False, False), nan_is_value=False):
    """For each value, whether it lies within the bounds."""
    bounds = (
        None if low is None else lower_bound(low, strict[0], dtype),
        None if high is None else upper_bound(high, strict[1], dtype),
    )
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    found = within(pl.col("x"), frame.schema["x"], *bounds, nan_is_value)
    return frame.lazy().select(found).collect().to_series().to_list()


def members(values, dtype, wanted):
    """For each value, whether it is in the set."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    return frame.select(among(pl.col("x"), frame.schema["x"], wanted)).to_series().to_list()


def test_a_bound_between_two_integers_is_turned_into_one_of_integers():
    """At least 2.5 is more than 2, at most 2.5 is at most 2."""
    assert lower_bound(2.5, False, pl.Int64()) == Bound(2, strict=True)
    assert upper_bound(2.5, True, pl.Int64()) == Bound(2, strict=False)
    assert inside([2, 3], pl.Int64(), 2.5) == [False, True]
    assert inside([2, 3], pl.Int64(), high=2.5, strict=(False, True)) == [True, False]


def test_integers_beyond_the_exact_floats_are_compared_exactly():
    """No column of integers becomes one of floats."""
    values = [2**53, 2**53 + 1]
    assert inside(values, pl.Int64(), low=2**53 + 1) == [False, True]
    assert inside([2**64 - 1], pl.UInt64(), low=-1, high=2**64 - 2) == [False]


@pytest.mark.parametrize("dtype", [pl.Int8(), pl.UInt8(), pl.Int64(), pl.UInt64()])
def test_bounds_beyond_the_range_of_a_type_bound_nothing_or_all(dtype):
    """The type is not widened, and nothing wraps."""
    assert inside([1], dtype, low=-(10**30), high=10**30) == [True]
    assert inside([1], dtype, low=10**30) == [False]
    assert inside([1], dtype, low=float("-inf"), high=float("inf")) == [True]
    assert inside([1], dtype, low=float("inf")) == [False]


def test_a_bound_that_is_nan_bounds_all():
    """Nothing is above NaN and nothing below."""
    assert inside([1.0], pl.Float64(), low=float("nan")) == [False]
    assert inside([1], pl.Int64(), high=float("nan")) == [False]


def test_nan_lies_within_no_bounds():
    """Polars holds it for the greatest number, and it is in no range here."""
    nan = [float("nan"), float("inf")]
    assert inside(nan, pl.Float64(), low=0, nan_is_value=True) == [False, True]
    assert inside(nan, pl.Float64(), low=0, high=9, nan_is_value=True) == [False, False]


def test_short_floats_are_compared_in_their_own_precision():
    """0.1 is 0.1, though not the same one in 64 bits."""
    assert inside([0.1], pl.Float32(), low=0.1, high=0.1) == [True]
    assert inside([0.1], pl.Float32(), low=0.1, strict=(True, False)) == [False]
    assert lower_bound(0.1, False, pl.Float32()).value == pl.Series([0.1], dtype=pl.Float32)[0]
    assert members([0.1], pl.Float32(), [0.1, 0.2]) == [True]


def test_decimals_are_compared_as_they_are_written():
    """A float of a suite is the number that its author wrote."""
    assert fit(0.1, pl.Decimal(10, 2)) == fit("0.10", pl.Decimal(10, 2))
    assert inside([Decimal("0.10"), Decimal("0.11")], pl.Decimal(10, 2), high=0.1) == [True, False]
    assert inside([Decimal("0.10"), Decimal("0.11")], pl.Decimal(10, 2), low=0.105) == [False, True]


def test_a_bound_between_two_milliseconds_does_not_lose_its_microseconds():
    """Polars would cut the bound to the milliseconds of the column."""
    noon = datetime(2013, 1, 1, 12)
    bound = noon + timedelta(microseconds=5)
    assert inside([noon], MILLISECONDS, low=bound) == [False]
    assert inside([noon], MILLISECONDS, high=bound) == [True]


def test_nanoseconds_are_compared_as_such():
    """Polars would cut the column to the microseconds of the bound."""
    epoch = datetime(1970, 1, 1)
    assert inside([1], pl.Int64(), low=0) == [True]
    frame = pl.DataFrame({"x": [0, 1]}).cast(NANOSECONDS)
    bound = lower_bound(epoch, True, NANOSECONDS)
    assert frame.select(within(pl.col("x"), NANOSECONDS, bound, None)).to_series().to_list() == [
        False,
        True,
    ]
    both = (lower_bound(epoch, False, NANOSECONDS), upper_bound(epoch, False, NANOSECONDS))
    assert frame.select(within(pl.col("x"), NANOSECONDS, *both)).to_series().to_list() == [
        True,
        False,
    ]


def test_a_moment_that_nanoseconds_do_not_reach_bounds_nothing_or_all():
    """Their years end in 2262."""
    values = [datetime(2013, 1, 1)]
    assert inside(values, NANOSECONDS, datetime(1, 1, 1), datetime(9999, 1, 1)) == [True]
    assert inside(values, NANOSECONDS, low=datetime(9999, 1, 1)) == [False]


def test_days_are_compared_with_moments_of_a_day():
    """A day is its midnight."""
    days = [date(2013, 1, 1), date(2013, 1, 2)]
    assert inside(days, pl.Date(), low="2013-01-01T10:30:00") == [False, True]
    assert inside(days, pl.Date(), high="2013-01-01T10:30:00") == [True, False]
    assert inside([datetime(2013, 1, 1, 1)], pl.Datetime("us"), high="2013-01-01") == [False]


def test_a_bound_without_a_time_zone_is_meant_in_that_of_the_column():
    """So pandas reads a text that is compared with such a column."""
    berlin = pl.Datetime("us", "Europe/Berlin")
    midnight = pl.Series([datetime(2012, 12, 31, 23, tzinfo=UTC)]).dt.convert_time_zone(
        "Europe/Berlin"
    )
    frame = midnight.to_frame("x")
    found = within(pl.col("x"), berlin, lower_bound("2013-01-01", False, berlin), None)
    assert frame.select(found).item()
    aware = lower_bound("2012-12-31T23:00:00+00:00", False, berlin)
    assert frame.select(within(pl.col("x"), berlin, aware, None)).item()


def test_a_bound_with_a_time_zone_does_not_compare_with_a_column_without():
    """Which moment the column means is not known."""
    with pytest.raises(NotComparableError, match="without time zone"):
        fit("2013-01-01T00:00:00+00:00", pl.Datetime("us"))


def test_elapsed_times_are_bounded_in_seconds():
    """The library lets numbers through only."""
    spans = [timedelta(seconds=1), timedelta(seconds=3)]
    assert inside(spans, pl.Duration("us"), low=1.5) == [False, True]
    assert inside(spans, pl.Duration("ms"), low=timedelta(seconds=3)) == [False, True]
    assert inside(spans, pl.Duration("ns"), low=float("-inf"), high=1e300) == [True, True]


def test_times_of_day_and_truth_values_have_bounds():
    """Truth values are 0 and 1, as in Python."""
    assert inside([time(8), time(12)], pl.Time(), low="09:00") == [False, True]
    assert inside([True, False], pl.Boolean(), low=0.5) == [True, False]


def test_categories_are_ordered_by_their_letters():
    """Not by the order in which an Enum lists them."""
    assert inside(["b", "a"], pl.Enum(["b", "a"]), low="b") == [True, False]
    assert inside(["b", "a"], pl.Categorical(), high="a") == [False, True]


@pytest.mark.parametrize(
    ("value", "dtype", "advice"),
    [
        ("JFK", pl.Int64(), "number"),
        (1, pl.String(), "text"),
        (1, pl.Date(), "2013-01-31"),
        ("noon", pl.Time(), "12:30"),
        ("JFK", pl.Duration(), "seconds"),
        (1, pl.Binary(), "bytes"),
        (1, pl.List(pl.Int64), "cannot be compared"),
    ],
)
def test_what_does_not_compare_is_an_error_with_advice(value, dtype, advice):
    """The message says what would compare."""
    with pytest.raises(NotComparableError, match=advice):
        fit(value, dtype)


def test_members_are_what_the_column_can_hold():
    """1.0 and True are 1; a text is no number, 300 no Int8, 1.5 no integer; None is no member."""
    assert members([1, 2, None], pl.Int8(), [1.0, True, "2", 300, 1.5, None]) == [True, False, None]
    assert members([True, False], pl.Boolean(), [1, 5]) == [True, False]
    assert members(["1"], pl.String(), [1]) == [False]


@pytest.mark.parametrize("size", [1, 2, 5, 8, 9, 30])
@pytest.mark.parametrize("length", [3, 20])
def test_sets_of_texts_of_any_size_are_the_same(size, length):
    """Small sets of short texts are compared one by one, which is cheaper."""
    texts = [f"{number:0{length}}" for number in range(40)]
    assert members([*texts, None], pl.String(), texts[:size]) == [
        *([True] * size),
        *([False] * (40 - size)),
        None,
    ]


def test_days_written_as_text_are_members():
    """JSON knows no days."""
    days = [date(2013, 1, 1), date(2013, 1, 2)]
    assert members(days, pl.Date(), ["2013-01-01", "2013-01-02T10:00:00", "x"]) == [True, False]
    assert members([datetime(2013, 1, 1, 1)], MILLISECONDS, ["2013-01-01T01:00:00"]) == [True]


def test_members_of_categories_decimals_and_bytes():
    """Unknown categories are no members; decimals may be written as texts."""
    assert members(["a", "b"], pl.Enum(["a", "b"]), ["a", "z", 1]) == [True, False]
    assert members(["a", "b"], pl.Enum(["a", "b"]), ["a", "b"]) == [True, True]
    assert members(["a", "b"], pl.Categorical(), ["a", "z"]) == [True, False]
    assert members([Decimal("0.10")], pl.Decimal(10, 2), [0.1, "0.2", 0.105]) == [True]
    assert members([b"a"], pl.Binary(), [b"a", "a", b"b"]) == [True]


def test_an_empty_set_has_no_members():
    """A missing value stays out of the question."""
    assert members([1, 2], pl.Int64(), []) == [False, False]


def test_nested_values_are_no_members():
    """An error rather than a verdict on what was not compared."""
    with pytest.raises(NotComparableError, match="plain values"):
        among(pl.col("x"), pl.List(pl.Int64), [[1]])


def test_a_member_is_none_when_the_column_cannot_hold_it():
    """So that a caller can name those that are missing."""
    assert member("2013-01-01", pl.Date()) == date(2013, 1, 1)
    assert member("x", pl.Date()) is None


def pair(first, second):
    """Whether the first is greater, with both columns in their common type."""
    frame = pl.DataFrame({"a": first, "b": second})
    found = aligned(pl.col("a"), frame.schema["a"], pl.col("b"), frame.schema["b"])
    return frame.select(found[0] > found[1]).to_series().to_list()


def test_two_columns_are_compared_without_a_loss():
    """Not as floats, and not in the coarser unit of time."""
    assert pair(pl.Series([2**63 + 1], dtype=pl.UInt64), pl.Series([2**62])) == [True]
    assert pair(pl.Series([2**63 - 1]), pl.Series([2**63], dtype=pl.UInt64)) == [False]
    fine = pl.Series([1]).cast(pl.Datetime("us"))
    assert pair(fine, pl.Series([0]).cast(MILLISECONDS)) == [True]
    assert pair(pl.Series([1]).cast(pl.Duration("us")), pl.Series([0]).cast(pl.Duration("ms"))) == [
        True
    ]
    assert pair(fine, pl.Series([date(1970, 1, 1)])) == [True]


def test_moments_of_two_time_zones_are_compared_as_moments():
    """Whatever their clocks show."""
    moment = pl.Series([datetime(2013, 1, 1, tzinfo=UTC)])
    later = pl.Series([datetime(2013, 1, 1, 0, 1, tzinfo=UTC)]).dt.convert_time_zone(
        "America/New_York"
    )
    assert pair(later, moment) == [True]


def test_truth_values_texts_and_categories_are_compared():
    """True is 1, a category is its text."""
    assert pair(pl.Series([True]), pl.Series([0])) == [True]
    assert pair(pl.Series(["b"], dtype=pl.Enum(["b", "a"])), pl.Series(["a"])) == [True]
    both = pl.Series(["b"], dtype=pl.Enum(["b", "a"]))
    assert pair(both, both) == [False]


def test_columns_of_two_kinds_are_not_aligned():
    """They are never equal."""
    for first, second in (
        (pl.Int64(), pl.String()),
        (pl.Date(), pl.Duration()),
        (pl.Time(), pl.Date()),
    ):
        assert aligned(pl.col("a"), first, pl.col("b"), second) is None
    assert kind_of(pl.Datetime("us", "UTC")) != kind_of(pl.Datetime("us"))


def test_values_as_text_are_what_python_prints():
    """Numbers, truth values, days and moments; nothing for nested values."""
    frame = pl.DataFrame(
        {"i": [1], "b": [True], "d": [date(2013, 1, 2)], "t": [datetime(2013, 1, 2, 3)]}
    )
    texts = frame.select(as_text(pl.col(name), dtype) for name, dtype in frame.schema.items())
    assert texts.row(0) == ("1", "True", "2013-01-02", "2013-01-02 03:00:00")
    assert as_text(pl.col("x"), pl.List(pl.Int64)) is None
