"""Conditions on the values of one column, beside the library's pandas engine."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations import registry
from great_expectations.expectations.row_conditions import Column as Named
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, both, counts, outcome, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.engine import PolarsExecutionEngine

pytestmark = pytest.mark.cases

NAN, INF = float("nan"), float("inf")
FRAME = pl.DataFrame(
    {
        "number": [1, 2, 3, None, 3, 9],
        "share": [1.5, NAN, None, 2.5, -1.0, INF],
        "word": ["abc", "de", "f1", "", "abc", None],
        "truth": [True, False, None, True, True, True],
        "at": [datetime(2013, 1, day, 3) for day in range(1, 7)],
        "day": [date(2013, 1, day) for day in range(1, 7)],
    }
)


def between(column, low=None, high=None, strict_min=False, strict_max=False):
    """The expectation, shorter."""
    return gxe.ExpectColumnValuesToBeBetween(
        column=column, min_value=low, max_value=high, strict_min=strict_min, strict_max=strict_max
    )


def unexpected(values, expectation, dtype=None, **options):
    """The unexpected values among these, of the column `x`."""
    found = outcome(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}), expectation, **options)
    assert found["error"] is None, found["error"]
    return found["result"]["unexpected_list"]


def metric(frame, name, domain, values=None, **options):
    """The value of one metric."""
    engine = PolarsExecutionEngine(**options)
    engine.load_batch_data("batch", frame)
    calculator = MetricsCalculator(engine, show_progress_bars=False)
    return calculator.get_metric(MetricConfiguration(name, domain, values))


@pytest.mark.parametrize("column", FRAME.columns)
@pytest.mark.parametrize("mostly", [1.0, 0.5])
def test_missing_values_are_counted_as_by_pandas(column, mostly):
    """NaN is missing."""
    for expectation in (gxe.ExpectColumnValuesToNotBeNull, gxe.ExpectColumnValuesToBeNull):
        ours, theirs = both(FRAME, expectation(column=column, mostly=mostly))
        assert counts(ours) == counts(theirs)


def test_nan_is_missing_or_not_as_the_data_source_says():
    """As a value it is in no range."""
    given = gxe.ExpectColumnValuesToNotBeNull(column="x")
    assert unexpected([NAN, None, 1.0], given) == [None, None]
    assert len(unexpected([NAN, None, 1.0], given, nan_is_missing=False)) == 1
    for bounds in ({"low": 0}, {"high": 9}, {"low": 0, "high": 9}, {"low": -INF}):
        assert unexpected([NAN, 1.0], between("x", **bounds)) == []
        assert len(unexpected([NAN, 1.0], between("x", **bounds), nan_is_missing=False)) == 1


@pytest.mark.parametrize("strict_min", [False, True])
@pytest.mark.parametrize("strict_max", [False, True])
@pytest.mark.parametrize("bounds", [(2, 3), (None, 3), (2, None), (1.5, 8.5), (-INF, INF)])
@pytest.mark.parametrize("column", ["number", "share"])
def test_bounds_are_those_of_pandas(column, bounds, strict_min, strict_max):
    """Open or closed, strict or not."""
    agreed(FRAME, between(column, *bounds, strict_min=strict_min, strict_max=strict_max))


def test_bounds_of_time_are_those_of_pandas():
    """As texts, which JSON has, and as objects."""
    for low, high in (
        ("2013-01-02T03:00:00", None),
        (datetime(2013, 1, 2), datetime(2013, 1, 4, 3)),
    ):
        agreed(FRAME, between("at", low, high))


def test_days_have_bounds():
    """The pandas engine compares no day with a day."""
    found = outcome(FRAME, between("day", "2013-01-02", "2013-01-04T12:00:00"))
    assert found["result"]["unexpected_index_list"] == [0, 4, 5]


def test_moments_of_a_time_zone_have_bounds():
    """Given with a zone, and without one."""
    values = [datetime(2013, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    for low in ("2013-01-02T00:00:00+00:00", "2013-01-02", datetime(2013, 1, 2, 1, tzinfo=UTC)):
        assert len(unexpected(values, between("x", low))) in (1, 2)


@pytest.mark.parametrize(
    ("values", "dtype", "bounds", "expected"),
    [
        ([1, 200, 255], pl.UInt8, (-5, 254.5), [255]),
        ([2**53 + 3, 2**53 + 4], pl.Int64, (2**53 + 4, None), [2**53 + 3]),
        ([2**64 - 1, 1], pl.UInt64, (0, 2**63), [2**64 - 1]),
        ([Decimal("0.10"), Decimal("0.11")], pl.Decimal(10, 2), (None, 0.1), [0.11]),
        ([0.1, 0.2], pl.Float32, (None, 0.1), [pytest.approx(0.2)]),
        ([timedelta(seconds=1), timedelta(seconds=5)], pl.Duration, (2, None), [1.0]),
        ([True, False], None, (1, None), [False]),
    ],
)
def test_bounds_hold_for_any_type_that_has_an_order(values, dtype, bounds, expected):
    """Without a loss, and without an overflow."""
    assert unexpected(values, between("x", *bounds), dtype) == expected


def test_bounds_that_a_suite_takes_from_its_parameters_may_be_of_any_type():
    """The library checks the type of plain ones only."""
    frame = pl.DataFrame({"x": [time(8), time(12)], "word": ["a", "c"]})
    domain = {"column": "x"}
    assert (
        metric(frame, "column_values.between.unexpected_count", domain, {"min_value": "09:00"}) == 1
    )
    words = {"column": "word"}
    assert metric(frame, "column_values.between.unexpected_count", words, {"max_value": "b"}) == 1


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (between("word", 1), "'word' has the type String. It does not compare with the bound 1.0"),
        (between("number", "2013-01-01"), "Int64. It does not compare"),
        (between("at", 5), "Give a date"),
        (between("number", 5, 1), "min_value cannot be greater than max_value"),
    ],
)
def test_a_bound_that_does_not_compare_is_an_error_that_says_what_would(expectation, message):
    """The pandas engine has an error there, too."""
    ours, theirs = both(FRAME, expectation)
    assert message in ours["error"] and not ours["success"]
    assert theirs["error"]


@pytest.mark.parametrize(
    "value_set", [[1, 3], [1.0, True], [], [None], ["1"], [2.5], None, [1, "a", 9.0]]
)
@pytest.mark.parametrize("column", ["number", "share", "truth"])
def test_sets_of_numbers_are_those_of_pandas(column, value_set):
    """Of mixed types, empty, without a set; a text is no number."""
    agreed(FRAME, gxe.ExpectColumnValuesToBeInSet(column=column, value_set=value_set or []))
    agreed(FRAME, gxe.ExpectColumnValuesToNotBeInSet(column=column, value_set=value_set or []))


@pytest.mark.parametrize("value_set", [["abc"], ["abc", "de", ""], ["abc", 1, None], [1]])
def test_sets_of_texts_are_those_of_pandas(value_set):
    """A number is no text."""
    agreed(FRAME, gxe.ExpectColumnValuesToBeInSet(column="word", value_set=value_set))
    agreed(FRAME, gxe.ExpectColumnValuesToNotBeInSet(column="word", value_set=value_set))


def test_no_set_is_met_by_any_value():
    """The metric of the library knows None for it."""
    for name in ("in_set", "not_in_set"):
        count = metric(
            FRAME,
            f"column_values.{name}.unexpected_count",
            {"column": "number"},
            {"value_set": None},
        )
        assert count == 0


def test_days_are_members_of_a_set_of_texts():
    """The pandas engine reads them for `not_in_set` only, and finds no day in a set of texts."""
    days = ["2013-01-01", "2013-01-02"]
    assert (
        len(unexpected(FRAME["day"], gxe.ExpectColumnValuesToBeInSet(column="x", value_set=days)))
        == 4
    )
    moments = ["2013-01-01T03:00:00"]
    agreed(FRAME, gxe.ExpectColumnValuesToNotBeInSet(column="at", value_set=moments))


def test_a_set_for_lists_is_an_error():
    """Of that expectation."""
    found = outcome(
        pl.DataFrame({"x": [[1]]}), gxe.ExpectColumnValuesToBeInSet(column="x", value_set=[1])
    )
    assert "'x' has the type List(Int64)" in found["error"]


@pytest.mark.parametrize("strictly", [False, True])
@pytest.mark.parametrize("column", ["number", "share", "at"])
@pytest.mark.parametrize("rising", [True, False])
def test_order_is_that_of_pandas(column, strictly, rising):
    """Missing values take no part in it."""
    kind = gxe.ExpectColumnValuesToBeIncreasing if rising else gxe.ExpectColumnValuesToBeDecreasing
    agreed(FRAME, kind(column=column, strictly=strictly))


def test_texts_and_categories_have_an_order():
    """By their letters; the pandas engine has none for them."""
    rising = gxe.ExpectColumnValuesToBeIncreasing(column="x")
    assert unexpected(["a", None, "b", "a"], rising) == ["a"]
    assert unexpected(["b", "a"], rising, pl.Enum(["b", "a"])) == ["a"]
    assert unexpected([5, 3], rising, pl.UInt8) == [3]


def test_nan_has_no_place_in_an_order():
    """Where it is a value; polars would hold it for the greatest."""
    rising = gxe.ExpectColumnValuesToBeIncreasing(column="x")
    assert unexpected([1.0, NAN, 2.0, 1.0], rising, nan_is_missing=False) == [1.0]
    assert unexpected([2.0, NAN, NAN, 1.0], rising, nan_is_missing=False) == [1.0]


def test_lists_have_no_order():
    """An error that says so."""
    found = outcome(
        pl.DataFrame({"x": [[1], [2]]}), gxe.ExpectColumnValuesToBeIncreasing(column="x")
    )
    assert "have no order" in found["error"]


@pytest.mark.parametrize("threshold", [0.5, 1.0, 1.5, 3])
@pytest.mark.parametrize("double_sided", [True, False])
def test_z_scores_are_those_of_pandas(threshold, double_sided):
    """By the standard deviation of a sample."""
    for values in ([1, 2, 3, None, 30], [5, 5], [5], [1.0, -INF, 2.0], [None, 1.5, 1.5, 9.25]):
        agreed(
            pl.DataFrame({"x": values}),
            gxe.ExpectColumnValueZScoresToBeLessThan(
                column="x", threshold=threshold, double_sided=double_sided
            ),
        )


def test_z_scores_of_texts_are_an_error():
    """Not a crash."""
    found = outcome(
        FRAME,
        gxe.ExpectColumnValueZScoresToBeLessThan(column="word", threshold=1, double_sided=True),
    )
    assert "String" in found["error"] and not found["success"]


@pytest.mark.parametrize("method", ["iqr", "std"])
@pytest.mark.parametrize("multiplier", [0, 0.5, 1.5, 3])
def test_outliers_are_those_of_pandas(method, multiplier):
    """On a fence, without a spread, of one row, of none."""
    for values in (
        [1, 2, 3, None, 30],
        [5, 5, 5, 6],
        [5],
        [None, None],
        [1.5, 2.5, 3.5, 4.5, 99.0],
    ):
        agreed(
            pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}),
            gxe.ExpectColumnValuesToNotBeOutliers(column="x", method=method, multiplier=multiplier),
        )


def test_the_statistics_are_those_of_the_rows_that_count():
    """A row condition takes rows out before they are measured."""
    frame = pl.DataFrame({"x": [1, 2, 3, 1000], "sure": [True, True, True, False]})
    asked = gxe.ExpectColumnValueZScoresToBeLessThan(
        column="x",
        threshold=0.9,
        double_sided=True,
        row_condition=Named("sure") == True,  # noqa: E712
    )
    assert agreed(frame, asked)["result"]["unexpected_count"] == 2


def test_second_names_of_counts_are_known():
    """Which the library gives to some metrics."""
    domain = {"column": "number"}
    assert metric(FRAME, "column_values.nonnull.count", domain) == 5
    assert metric(FRAME, "column_values.null.count", domain) == 1
    assert (
        metric(FRAME, "column_values.between.count", domain, {"min_value": 2, "max_value": 8}) == 3
    )


def test_all_values_have_the_type_of_their_column():
    """Named as polars, pandas or Python name it."""
    domain = {"column": "number"}
    for name in ("Int64", "int64", "int"):
        assert metric(FRAME, "column_values.of_type.unexpected_count", domain, {"type_": name}) == 0
    types = {"type_list": ["str", "float"]}
    assert metric(FRAME, "column_values.in_type_list.unexpected_count", domain, types) == 5


def test_all_metrics_about_rows_that_the_pandas_engine_has_are_there():
    """By their names."""
    known = registry._registered_metrics.items()
    ours, theirs = (
        {name for name, found in known if f"{engine}ExecutionEngine" in found["providers"]}
        for engine in ("Polars", "Pandas")
    )
    kinds = ("column_values", "column_pair_values", "compound", "multicolumn", "select_column")
    assert {name for name in theirs - ours if name.startswith(kinds)} == set()


def test_all_expectations_of_a_suite_are_judged_in_one_go():
    """The answers do not depend on the company."""
    suite = [
        between("number", 2, 5),
        gxe.ExpectColumnValuesToBeInSet(column="word", value_set=["abc"]),
        gxe.ExpectColumnValuesToBeIncreasing(column="number"),
        gxe.ExpectColumnValueZScoresToBeLessThan(column="number", threshold=1, double_sided=True),
        between("word", 1),
        gxe.ExpectColumnValuesToNotBeNull(column="nothing"),
    ]
    assert outcomes(FRAME, suite) == [outcome(FRAME, each) for each in suite]


NUMBERS = st.one_of(st.none(), st.integers(-5, 5), st.floats(-5, 5, width=16))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(NUMBERS, min_size=1, max_size=20),
    st.one_of(st.none(), st.floats(-5, 5, width=16)),
    st.one_of(st.none(), st.floats(-5, 5, width=16)),
    st.booleans(),
    st.booleans(),
)
def test_random_bounds_are_those_of_pandas(values, low, high, strict_min, strict_max):
    """Verdict, counts and rows."""
    if (low is None and high is None) or (None not in (low, high) and low > high):
        return
    for dtype in (pl.Float64, pl.Int64):
        column = pl.Series(values, dtype=pl.Float64).cast(dtype)
        agreed(pl.DataFrame({"x": column}), between("x", low, high, strict_min, strict_max))
