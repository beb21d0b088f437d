"""Aggregates of a column, beside the library's pandas engine."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import great_expectations.exceptions as gx_exceptions
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, normal, outcome, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.domain import Facts
from aifactory_nb.gx_polars.engine import PolarsBatchData, PolarsExecutionEngine

pytestmark = pytest.mark.cases

NAN, INF = float("nan"), float("inf")
FRAME = pl.DataFrame(
    {
        "number": [3, 1, 4, 1, 5, 9],
        "gaps": [1, None, 3, 3, None, 7],
        "share": [1.5, NAN, None, 2.5, -1.0, 0.25],
        "truth": [True, False, None, True, True, False],
        "byte": pl.Series([200, 100, 50, 255, 255, None], dtype=pl.UInt8),
        "endless": [1.0, INF, 2.0, -3.0, None, 0.0],
        "nothing": pl.Series([None] * 6, dtype=pl.Float64),
        "at": [datetime(2013, 1, day, day) for day in range(1, 7)],
        "group": list("aabbcc"),
    }
)
NUMBERS = ("number", "gaps", "share", "truth", "byte", "endless", "nothing")
AGGREGATES = (
    gxe.ExpectColumnMinToBeBetween,
    gxe.ExpectColumnMaxToBeBetween,
    gxe.ExpectColumnMeanToBeBetween,
    gxe.ExpectColumnMedianToBeBetween,
    gxe.ExpectColumnSumToBeBetween,
    gxe.ExpectColumnStdevToBeBetween,
    gxe.ExpectColumnUniqueValueCountToBeBetween,
    gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
    gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
)


def limits(expectation):
    """Limits that such an expectation takes."""
    return {"min_value": 0, "max_value": 1 if "Proportion" in expectation.__name__ else 5}


def computed(frame, name, column="x", nan_is_missing=True, facts=None, **values):
    """The value of a metric."""
    engine = PolarsExecutionEngine(nan_is_missing=nan_is_missing)
    data = PolarsBatchData(engine, frame, facts or Facts())
    engine.load_batch_data("batch", data)
    asked = MetricConfiguration(name, {"column": column}, values)
    return MetricsCalculator(engine, show_progress_bars=False).get_metric(asked)


def of(values, name, dtype=None, **options):
    """The value of a metric about these values."""
    return computed(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}), name, **options)


def error_of(values, name, dtype=None):
    """The reason why a metric about these values fails."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))
    asked = MetricConfiguration(name, {"column": "x"})
    with pytest.raises(gx_exceptions.MetricResolutionError) as error:
        engine.resolve_metrics([asked])
    return str(error.value)


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("expectation", AGGREGATES)
def test_a_column_has_the_aggregates_that_pandas_has(expectation, column):
    """Verdict and observed value, in every format's fullest."""
    agreed(FRAME, expectation(column=column, **limits(expectation)))


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("expectation", AGGREGATES)
def test_a_row_condition_leaves_out_rows(expectation, column):
    """As in the pandas engine."""
    some = expectation(column=column, row_condition=Column("group") != "b", **limits(expectation))
    agreed(FRAME, some)


@pytest.mark.parametrize("expectation", AGGREGATES)
def test_no_row_that_counts_is_as_an_empty_table(expectation):
    """No error: a verdict as pandas gives it."""
    none = expectation(column="number", row_condition=Column("group") == "z", **limits(expectation))
    agreed(FRAME, none)


@pytest.mark.parametrize("expectation", AGGREGATES)
def test_a_table_without_rows_gets_a_verdict(expectation):
    """As in the pandas engine, where the column keeps its type."""
    agreed(FRAME.head(0), expectation(column="number", **limits(expectation)))


@pytest.mark.parametrize("expectation", AGGREGATES)
def test_one_row_gets_a_verdict(expectation):
    """The standard deviation of one value is none, and no check of it passes."""
    agreed(FRAME.head(1), expectation(column="number", **limits(expectation)))


@pytest.mark.parametrize("expectation", AGGREGATES[:4])
def test_moments_are_compared_with_moments(expectation):
    """Smallest, greatest, mean and median of times."""
    agreed(FRAME, expectation(column="at", min_value=datetime(2013, 1, 1), max_value=None))


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.just(NAN), max_size=12))
def test_random_columns_agree_with_pandas(values):
    """But for the last digits."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)})
    checks = [each(column="x", **limits(each)) for each in AGGREGATES]
    ours, theirs = (normal(outcomes(frame, checks, source=each)) for each in ("polars", "pandas"))
    for found, other in zip(ours, theirs, strict=True):
        assert found["success"] == other["success"]
        value, expected = (each["result"]["observed_value"] for each in (found, other))
        assert value == (expected if expected is None else pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([200] * 3, pl.UInt8),
        ([2**31 - 1] * 3, pl.Int32),
        ([2**63 - 1] * 3, pl.Int64),
        ([-(2**63)] * 3, pl.Int64),
        ([2**64 - 1] * 3, pl.UInt64),
    ],
)
def test_a_sum_never_wraps_around(values, dtype):
    """It is exact in integers of any width."""
    assert of(values, "column.sum", dtype) == sum(values)


def test_the_sum_of_decimals_is_exact():
    """Ten cents three times are thirty, and compare with a limit as it is written."""
    frame = pl.DataFrame({"x": [Decimal("0.10")] * 3})
    assert computed(frame, "column.sum") == Decimal("0.30")
    assert outcome(frame, gxe.ExpectColumnSumToBeBetween(column="x", max_value=0.3))["success"]


@pytest.mark.parametrize("name", ["mean", "median", "standard_deviation"])
def test_decimals_are_averaged_as_floats(name):
    """Where the pandas engine fails for a missing decimal."""
    found = of([Decimal("1.5"), None, Decimal("2.5")], f"column.{name}")
    assert found == pytest.approx(2.0 if name != "standard_deviation" else 0.5**0.5)


def test_narrow_floats_are_summed_in_full_width():
    """A sum of 32-bit floats does not stop to grow."""
    assert of([16_777_216.0, 1.0, 1.0], "column.sum", pl.Float32) == 16_777_218.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [("min", 60.0), ("max", 180.0), ("mean", 120.0), ("median", 120.0), ("sum", 240.0)],
)
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_elapsed_times_are_answered_in_seconds(name, expected, unit):
    """So that limits of a suite, which are numbers, compare; JSON has no elapsed times."""
    values = [timedelta(minutes=1), None, timedelta(minutes=3)]
    assert of(values, f"column.{name}", pl.Duration(unit)) == expected


@pytest.mark.parametrize(
    "values", [[-INF, -INF], [-INF, -2.0], [2.0, INF], [INF, 1.0, INF, 2.0], [-INF, INF], [INF]]
)
def test_the_median_of_endless_values_is_that_of_pandas(values):
    """The mean of the two in the middle."""
    frame = pl.DataFrame({"x": values})
    agreed(frame, gxe.ExpectColumnMedianToBeBetween(column="x", max_value=0))


def test_elapsed_times_pass_a_checkpoint():
    """The result is stored as JSON."""
    frame = pl.DataFrame({"x": [timedelta(minutes=1), timedelta(minutes=3)]})
    found = outcome(frame, gxe.ExpectColumnMeanToBeBetween(column="x", max_value=150))
    assert found["success"] and found["result"]["observed_value"] == 120.0


def test_the_spread_of_moments_is_in_seconds():
    """Days, hours and moments alike."""
    apart = [date(2013, 1, 1), date(2013, 1, 3)]
    assert of(apart, "column.standard_deviation") == pytest.approx(2**0.5 * 86_400)
    assert of([time(1), time(3)], "column.standard_deviation") == pytest.approx(2**0.5 * 3600)


def test_a_mean_of_moments_keeps_its_time_zone():
    """The result is a moment in that zone."""
    values = pl.Series([datetime(2013, 1, 1), datetime(2013, 1, 3)]).dt.replace_time_zone("UTC")
    assert of(values, "column.mean") == datetime(2013, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["b", "c", "a"])])
def test_words_are_compared_by_their_letters(dtype):
    """Whatever order an Enum has."""
    assert of(["c", "a", "b"], "column.min", dtype) == "a"
    assert of(["c", "a", "b"], "column.max", dtype) == "c"


@pytest.mark.parametrize("name", ["mean", "median", "sum", "standard_deviation"])
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Binary])
def test_words_have_no_mean(name, dtype):
    """An error that names the column, its type and what to do; pandas would join them for a sum."""
    values = [b"a"] if dtype == pl.Binary else ["a"]
    message = error_of(values, f"column.{name}", dtype)
    assert f"column.{name} needs" in message and '"x" is' in message and "Cast" in message


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [object()]])
@pytest.mark.parametrize("name", ["min", "max", "mean", "sum"])
def test_nested_values_are_an_error_of_their_expectation(values, name):
    """Never of the checkpoint."""
    dtype = pl.Object if type(values[0]) is object else None
    assert "needs" in error_of(values, f"column.{name}", dtype)


def test_nested_values_can_be_counted():
    """Different lists are different values."""
    assert of([[1], [1], [2], None], "column.distinct_values.count") == 2


def test_a_column_without_a_type_is_all_missing():
    """As a column of pandas that holds None only."""
    assert of([None, None], "column.max", pl.Null) is None
    assert of([None, None], "column.mean", pl.Null) is None
    assert of([None, None], "column.sum", pl.Null) == 0
    assert of([None, None], "column.distinct_values.count", pl.Null) == 0


def test_nan_is_a_missing_value_by_default():
    """It enters no aggregate and is no value."""
    assert of([1.0, NAN], "column.max") == 1.0 and of([1.0, NAN], "column.non_null_count") == 1


def test_nan_lies_outside_of_every_range_where_it_is_a_value():
    """Neither the smallest nor the greatest value passes a check."""
    frame = pl.DataFrame({"x": [1.0, NAN]})
    for check in (gxe.ExpectColumnMinToBeBetween, gxe.ExpectColumnMaxToBeBetween):
        found = outcome(frame, check(column="x", min_value=-INF), nan_is_missing=False)
        assert not found["success"]
    assert computed(frame, "column.distinct_values.count", nan_is_missing=False) == 2


def test_what_metadata_proves_is_not_computed():
    """The table could not even be read."""
    frame = pl.LazyFrame({"x": [1]}, schema={"x": pl.Int64}).map_batches(
        lambda _: pytest.fail("the table was read"), schema={"x": pl.Int64}
    )
    facts = Facts(rows=4, nulls={"x": 1}, low={"x": -2}, high={"x": 9})
    assert computed(frame, "column.min", facts=facts) == -2
    assert computed(frame, "column.max", facts=facts) == 9
    assert computed(frame, "column.non_null_count", facts=facts) == 3


def test_metadata_says_nothing_of_some_rows():
    """A row condition is computed."""
    engine = PolarsExecutionEngine()
    data = PolarsBatchData(engine, pl.DataFrame({"x": [1, 2]}), Facts(rows=2, high={"x": 2}))
    engine.load_batch_data("batch", data)
    domain = {"column": "x", "row_condition": Column("x") < 2}
    asked = MetricConfiguration("column.max", domain)
    assert MetricsCalculator(engine, show_progress_bars=False).get_metric(asked) == 1


def test_a_threshold_of_distinct_values():
    """Fewer than."""
    name = "column.distinct_values.count.under_threshold"
    assert of([1, 2, 2], name, threshold=3) is True
    assert of([1, 2, 2], name, threshold=2) is False


def test_descriptive_stats_are_one_object_of_the_library():
    """Of the four aggregates."""
    found = of([1, 2, 3, 6], "column.descriptive_stats")
    assert (found.min, found.max, found.mean) == (1, 6, 3.0)
    assert found.standard_deviation == pytest.approx(2.160246899)


def test_a_sample_is_the_first_values():
    """Missing ones among them."""
    assert of([1, None, 3], "column.sample_values", count=2) == [1, None]


def test_the_test_of_kolmogorov_and_smirnov_is_that_of_scipy():
    """Of the values that are there."""
    from scipy.stats import kstest

    values = [0.1, 0.4, None, 0.9]
    name = "column.parameterized_distribution_ks_test_p_value"
    found = of(values, name, distribution="uniform", p_value=0.05, params={"min": 0, "max": 1})
    assert found.pvalue == kstest([0.1, 0.4, 0.9], "uniform", args=(0, 1)).pvalue


@pytest.mark.parametrize("name", ["^x$", "*", 'a "b"', "a.b", "ü"])
def test_any_name_of_a_column_is_taken_for_what_it_is(name):
    """Not for a pattern."""
    frame = pl.DataFrame({name: [1, 3], "x": [7, 7]})
    assert computed(frame, "column.mean", column=name) == 2.0
    assert computed(frame, "column.median", column=name) == 2.0
    assert computed(frame, "column.distinct_values.count", column=name) == 2
