"""Distinct values, quantiles, histograms and partitions, beside the library's pandas engine and numpy."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import great_expectations.exceptions as gx_exceptions
import great_expectations.expectations as gxe
import numpy as np
import pandas as pd
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, both, normal, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.distribution import COMPARED
from aifactory_nb.gx_polars.engine import PolarsExecutionEngine

pytestmark = pytest.mark.cases

NAN, INF = float("nan"), float("inf")
FRAME = pl.DataFrame(
    {
        "number": [3, 1, 4, 1, 5, 9],
        "gaps": [1, None, 3, 3, None, 7],
        "share": [1.5, NAN, None, 2.5, -1.0, 0.25],
        "truth": [True, False, None, True, True, False],
        "word": ["b", "a", "b", None, "c", "c"],
        "nothing": pl.Series([None] * 6, dtype=pl.Float64),
        "at": [datetime(2013, 1, 1, day // 2) for day in range(6)],
        "day": [date(2013, 1, 1 + day // 2) for day in range(6)],
        "group": list("aabbcc"),
    }
)
SETS = (
    gxe.ExpectColumnDistinctValuesToBeInSet,
    gxe.ExpectColumnDistinctValuesToContainSet,
    gxe.ExpectColumnDistinctValuesToEqualSet,
)
SOME = {"row_condition": Column("group") != "b"}


def of(values, name, dtype=None, nan_is_missing=True, **arguments):
    """The value of a metric about these values."""
    engine = PolarsExecutionEngine(nan_is_missing=nan_is_missing)
    engine.load_batch_data("batch", pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))
    asked = MetricConfiguration(name, {"column": "x"}, arguments)
    return MetricsCalculator(engine, show_progress_bars=False).get_metric(asked)


def error_of(values, name, dtype=None, **arguments):
    """The reason why a metric about these values fails."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))
    with pytest.raises(gx_exceptions.MetricResolutionError) as error:
        engine.resolve_metrics([MetricConfiguration(name, {"column": "x"}, arguments)])
    return str(error.value)


def set_agreed(expectation):
    """Both engines find the same; the order of a set is nobody's business."""
    found = [normal(each) for each in both(FRAME, expectation)]
    for each in found:
        for name in ("partial_missing_list", "partial_unexpected_list"):
            each["result"][name] = sorted(map(str, each["result"].get(name, [])))
    assert found[0] == found[1]


@pytest.mark.parametrize("expectation", SETS)
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("word", ["a", "b", "zz"]),
        ("word", ["a", "b", "c"]),
        ("number", [1, 3.0, 4, 5, 9]),
        ("number", [1, "3", 2.5]),
        ("gaps", [1, 3, 7]),
        ("share", [1.5, 2.5, -1, 0.25, True]),
        ("truth", [True, 0]),
        ("nothing", [1]),
    ],
)
@pytest.mark.parametrize("condition", [{}, SOME], ids=["all", "some"])
def test_sets_of_distinct_values_are_judged_as_pandas_does(expectation, column, values, condition):
    """A text is no number, 3.0 is 3, missing values are none."""
    set_agreed(expectation(column=column, value_set=values, **condition))


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["x", "a", "b"])])
def test_categories_are_words(dtype):
    """A set names them by their letters, and finds those that the Enum does not even know."""
    found = of(["b", "a", "x"], "column.distinct_values.not_in_set", dtype, value_set=["a", "q"])
    assert found == ["b", "x"]
    missing = of(["a"], "column.distinct_values.missing_from_column", dtype, value_set=["a", "q"])
    assert missing == ["q"]


def test_a_set_names_days_as_texts():
    """A suite is JSON."""
    days = [date(2013, 1, 1), date(2013, 1, 2)]
    assert of(days, "column.distinct_values.not_in_set", value_set=["2013-01-02"]) == [days[0]]
    name = "column.distinct_values.missing_from_column"
    assert of(days, name, value_set=["2013-01-02", "2013-01-03"]) == ["2013-01-03"]


def test_a_number_is_a_member_as_narrow_floats_hold_it():
    """Present and missing agree."""
    values = {"value_set": [0.1, 0.5]}
    name = "column.distinct_values"
    assert of([0.1], f"{name}.not_in_set.count", pl.Float32, **values) == 0
    assert of([0.1], f"{name}.missing_from_column", pl.Float32, **values) == [0.5]


def test_lists_of_sets_are_bounded():
    """Twenty, as in the library; the count tells of all."""
    values = list(range(50))
    assert of(values, "column.distinct_values.not_in_set", value_set=[0]) == list(range(1, 21))
    assert of(values, "column.distinct_values.not_in_set.count", value_set=[0]) == 49
    name = "column.distinct_values.missing_from_column"
    assert len(of([], name, pl.Int64, value_set=values)) == 20
    assert of([], f"{name}.count", pl.Int64, value_set=values) == 50


def test_distinct_values_hold_no_missing_one():
    """As in the SQL engine; pandas counts None among them."""
    assert of([1, None, 1, 2], "column.distinct_values") == {1, 2}


def test_a_set_of_nested_values_is_an_error_of_its_expectation():
    """The message says what would do."""
    message = error_of([[1]], "column.distinct_values.not_in_set.count", value_set=[[1]])
    assert "values that can be compared" in message and "List(Int64)" in message


@pytest.mark.parametrize("column", ["number", "gaps", "share", "truth", "word", "nothing"])
@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("condition", [{}, SOME], ids=["all", "some"])
def test_the_most_common_value_is_that_of_pandas(column, ties, condition):
    """All of them where several are."""
    kwargs = {"column": column, "value_set": [1, 3, "b", True], "ties_okay": ties, **condition}
    agreed(FRAME, gxe.ExpectColumnMostCommonValueToBeInSet(**kwargs))


@pytest.mark.parametrize("values", [["2013-01-01"], [date(2013, 1, 1)], [datetime(2013, 1, 1)]])
@pytest.mark.parametrize("column", ["day", "at"])
def test_the_most_common_day_may_be_named_as_a_text(column, values):
    """A suite is JSON."""
    check = gxe.ExpectColumnMostCommonValueToBeInSet(
        column=column, value_set=values, ties_okay=True
    )
    assert outcome(FRAME, check)["success"]


def test_values_are_counted_in_a_pandas_series():
    """In the order of values, or the most frequent first."""
    values = ["b", "a", None, "b"]
    found = of(values, "column.value_counts")
    pd.testing.assert_series_equal(
        found, pd.Series(values).value_counts().sort_index().rename_axis("value")
    )
    assert of(values, "column.value_counts", sort="count").to_dict() == {"b": 2, "a": 1}


def test_an_order_that_is_not_known_is_an_error():
    """As in the library."""
    assert "sort must be" in error_of([1], "column.value_counts", sort="size")
    assert "collate" in error_of([1], "column.value_counts", collate="C")


@pytest.mark.parametrize("column", ["number", "gaps", "share", "nothing"])
@pytest.mark.parametrize("how", [False, "linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("condition", [{}, SOME], ids=["all", "some"])
def test_quantiles_are_those_of_pandas(column, how, condition):
    """In all of its interpolations."""
    ranges = {"quantiles": [0, 0.1, 0.25, 0.5, 0.9, 1], "value_ranges": [[-2, 4]] * 6}
    kwargs = {"quantile_ranges": ranges, "allow_relative_error": how, **condition}
    agreed(FRAME, gxe.ExpectColumnQuantileValuesToBeBetween(column=column, **kwargs))


@pytest.mark.parametrize("count", range(1, 30))
def test_a_tie_between_two_values_goes_to_the_even_position(count):
    """As numpy rounds; polars would take the higher one."""
    quantiles = [each / 8 for each in range(9)]
    found = of(list(range(count)), "column.quantile_values", quantiles=quantiles)
    assert found == np.quantile(np.arange(count), quantiles, method="nearest").tolist()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=30),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_quantiles_of_long_integers_are_exact(values, quantiles):
    """No digit is lost to a float."""
    found = of(values, "column.quantile_values", pl.Int64, quantiles=quantiles)
    assert found == np.quantile(np.array(values), quantiles, method="nearest").tolist()


def test_quantiles_of_times_are_times():
    """Elapsed times are in seconds, as in all answers."""
    half = {"quantiles": [0.5]}
    assert of([time(1), time(2)], "column.quantile_values", **half) == [time(1)]
    between = of(
        [time(1), time(2)], "column.quantile_values", allow_relative_error="linear", **half
    )
    assert between == [time(1, 30)]
    days = [date(2013, 1, 1), date(2013, 1, 3)]
    assert of(days, "column.quantile_values", quantiles=[1]) == [days[1]]
    assert of([timedelta(1)], "column.quantile_values", **half) == [86_400.0]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"quantiles": [1.5]}, "between 0 and 1"),
        ({"quantiles": [0.5], "allow_relative_error": "cubic"}, "must be False or one of"),
    ],
)
def test_a_quantile_that_is_none_is_an_error(arguments, part):
    """With what would be one."""
    assert part in error_of([1], "column.quantile_values", **arguments)


def test_words_have_no_quantiles():
    """As in pandas."""
    assert "numbers or times" in error_of(["a"], "column.quantile_values", quantiles=[0.5])


EDGES = st.lists(st.floats(-9, 9), min_size=2, max_size=6).map(sorted)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-9, 9) | st.none(), max_size=20), EDGES)
def test_a_histogram_is_that_of_numpy(values, edges):
    """An edge belongs to the bin above it, the last one to the last bin."""
    numbers = [each for each in values if each is not None]
    expected = np.histogram(numbers, edges)[0].tolist()
    assert of(values, "column.histogram", pl.Int64, bins=tuple(edges)) == expected


def test_many_bins_give_what_few_do():
    """Beyond a number of edges they are searched."""
    values = [each / 7 for each in range(-50, 200)] + [None, 20.0]
    edges = tuple(np.linspace(0, 20, COMPARED + 5).tolist())
    numbers = [each for each in values if each is not None]
    assert of(values, "column.histogram", bins=edges) == np.histogram(numbers, edges)[0].tolist()


def test_values_outside_of_the_bins_are_counted_in_none():
    """Endless ones and NaN neither."""
    values = [-INF, -1.0, 0.0, 2.0, 3.0, INF, NAN]
    for nan_is_missing in (True, False):
        found = of(values, "column.histogram", nan_is_missing=nan_is_missing, bins=(0, 1, 2))
        assert found == [1, 1]


@pytest.mark.parametrize("bins", [10, "auto", (3, 1)])
def test_bins_are_edges_in_order(bins):
    """Anything else is an error."""
    assert "bins must" in error_of([1], "column.histogram", bins=bins)


def test_a_histogram_of_elapsed_times_is_in_seconds():
    """As all answers about them."""
    assert of([timedelta(minutes=1)], "column.histogram", bins=(0, 59, 61)) == [0, 1]


@pytest.mark.parametrize("bins", ["uniform", "ntile", "auto"])
@pytest.mark.parametrize("column", ["number", "gaps", "share"])
def test_a_partition_is_that_of_the_pandas_engine(bins, column):
    """The same code of the library makes it of the same metrics."""
    from great_expectations.execution_engine import PandasExecutionEngine

    asked = MetricConfiguration(
        "column.partition",
        {"column": column},
        {"bins": bins, "n_bins": 4, "allow_relative_error": False},
    )
    found = []
    for engine, frame in (
        (PolarsExecutionEngine(), FRAME),
        (PandasExecutionEngine(), FRAME.to_pandas()),
    ):
        engine.load_batch_data("batch", frame)
        found.append(list(MetricsCalculator(engine, show_progress_bars=False).get_metric(asked)))
    assert found[0] == pytest.approx(found[1])


def test_days_are_cut_into_moments():
    """In equal parts of the time between the first and the last."""
    found = of([date(2013, 1, 1), date(2013, 1, 3)], "column.partition", bins="uniform", n_bins=2)
    assert found == [datetime(2013, 1, day) for day in (1, 2, 3)]


@pytest.mark.parametrize(
    ("values", "dtype", "part"),
    [
        ([None], pl.Float64, "no values"),
        ([1.0, INF], pl.Float64, "infinite values"),
        (["a"], pl.String, "numbers or"),
        ([time(1)], pl.Time, "numbers, dates"),
    ],
)
def test_no_bins_can_be_made_of_that(values, dtype, part):
    """The reason is named."""
    message = error_of_chain(values, dtype)
    assert part in message


def error_of_chain(values, dtype):
    """The reason why a partition fails, whichever metric it needs fails first."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    return outcome(frame, gxe.ExpectColumnKLDivergenceToBeLessThan(column="x", threshold=1))[
        "error"
    ]


@pytest.mark.parametrize("method", ["iqr", "std"])
@pytest.mark.parametrize("column", ["number", "gaps", "share"])
def test_outlier_statistics_are_those_of_pandas(method, column):
    """Quartiles and their distance, or mean and standard deviation."""
    from great_expectations.execution_engine import PandasExecutionEngine

    asked = MetricConfiguration("column.outlier_statistics", {"column": column}, {"method": method})
    found = []
    for engine, frame in (
        (PolarsExecutionEngine(), FRAME),
        (PandasExecutionEngine(), FRAME.to_pandas()),
    ):
        engine.load_batch_data("batch", frame)
        found.append(MetricsCalculator(engine, show_progress_bars=False).get_metric(asked))
    assert tuple(found[0]) == pytest.approx(tuple(found[1]))


def test_outliers_of_no_values_have_no_window():
    """Every part of it is None."""
    assert tuple(of([None], "column.outlier_statistics", pl.Float64, method="iqr")) == (None,) * 3


def test_decimals_have_quantiles_and_outliers():
    """As floats; the pandas engine fails for them."""
    values = [Decimal("1.5"), Decimal("2.5"), None, Decimal("9")]
    assert of(values, "column.quantile_values", quantiles=[0.5]) == [2.5]
    assert of(values, "column.outlier_statistics", method="iqr").lower_reference == 2.0


PARTITIONS = [
    {"bins": [0, 2, 4, 10], "weights": [0.3, 0.4, 0.3]},
    {"bins": [-INF, 2, 4, INF], "weights": [0.3, 0.4, 0.3]},
    {"bins": [0, 2, 4], "weights": [0.4, 0.4], "tail_weights": [0.1, 0.1]},
    {"values": [1, 3, 4.0, 9], "weights": [0.25] * 4},
]


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("column", ["number", "gaps", "share", "nothing"])
@pytest.mark.parametrize("condition", [{}, SOME], ids=["all", "some"])
def test_a_divergence_is_that_of_pandas(partition, column, condition):
    """With partitions of every kind, for a column without values too."""
    check = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column=column, partition_object=partition, threshold=0.5, **condition
    )
    ours, theirs = both(FRAME, check)
    assert rounded(normal(ours)) == rounded(normal(theirs))


def rounded(value):
    """The same with ten digits."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, 10) if isinstance(value, float) else value


@pytest.mark.parametrize("column", ["number", "share"])
@pytest.mark.parametrize("bucketize", [True, False])
def test_a_divergence_from_its_own_partition_is_that_of_pandas(column, bucketize):
    """The bins are made of the column."""
    check = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column=column, threshold=0.5, bucketize_data=bucketize
    )
    ours, theirs = both(FRAME, check)
    assert rounded(normal(ours)) == rounded(normal(theirs))
