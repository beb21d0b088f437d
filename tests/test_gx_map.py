"""What is derived from a condition on rows: counts, values, row numbers, rows."""

import operator
from datetime import timedelta

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.row_conditions import Column as Named
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, both, outcome, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.domain import Domain, Facts
from aifactory_nb.gx_polars.engine import PolarsExecutionEngine
from aifactory_nb.gx_polars.expected import Column, Expected, judged_in_python
from aifactory_nb.gx_polars.map import (
    column_map,
    column_pair_map,
    multicolumn_map,
)
from aifactory_nb.gx_polars.values import between, nonnull

pytestmark = pytest.mark.cases

FLIGHTS = pl.DataFrame(
    {
        "delay": [1, 9, None, 2, 9, 7],
        "planned": [1, 1, 1, None, 2, 3],
        "origin": ["JFK", "EWR", None, "LGA", "XXX", "JFK"],
        "tail": ["N1", "N2", "N3", "N4", "N5", "N6"],
    }
)
LATE = gxe.ExpectColumnValuesToBeBetween(column="delay", max_value=5)
KNOWN = gxe.ExpectColumnValuesToBeInSet(column="origin", value_set=["JFK", "EWR"])
GIVEN = gxe.ExpectColumnValuesToNotBeNull(column="delay")
ORDERED = gxe.ExpectColumnValuesToBeIncreasing(column="delay")
ONCE = gxe.ExpectColumnValuesToBeUnique(column="delay")
PAIR = gxe.ExpectColumnPairValuesToBeEqual(column_A="delay", column_B="planned")
SUM = gxe.ExpectMulticolumnSumToEqual(column_list=["delay", "planned"], sum_total=2)
ALL = [LATE, KNOWN, GIVEN, ORDERED, ONCE, PAIR, SUM]
FORMATS = [
    "BOOLEAN_ONLY",
    "BASIC",
    "SUMMARY",
    "COMPLETE",
    {"result_format": "BASIC", "partial_unexpected_count": 1},
    {"result_format": "SUMMARY", "partial_unexpected_count": 0},
    {"result_format": "SUMMARY", "unexpected_index_column_names": ["tail"]},
    {"result_format": "COMPLETE", "unexpected_index_column_names": ["tail", "delay"]},
    {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["tail"],
        "exclude_unexpected_values": True,
    },
    {"result_format": "BASIC", "include_unexpected_rows": True},
    {"result_format": "COMPLETE", "include_unexpected_rows": True, "partial_unexpected_count": 1},
]


def metric(frame, name, domain, values=None, **options):
    """The value of one metric."""
    engine = PolarsExecutionEngine(**options)
    engine.load_batch_data("batch", frame)
    calculator = MetricsCalculator(engine, show_progress_bars=False)
    return calculator.get_metric(MetricConfiguration(name, domain, values))


@pytest.mark.parametrize("result_format", FORMATS, ids=str)
@pytest.mark.parametrize("expectation", ALL, ids=lambda each: type(each).__name__)
def test_each_result_format_says_what_the_pandas_engine_says(expectation, result_format):
    """Counts, values, row numbers, rows, and which of them are shown."""
    agreed(FLIGHTS, expectation, result_format)


@pytest.mark.parametrize("result_format", ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
@pytest.mark.parametrize("wanted", [True, False])
def test_the_query_of_unexpected_rows_is_given_where_pandas_gives_one(result_format, wanted):
    """It names all rows, also where few are shown."""
    asked = {"result_format": result_format, "return_unexpected_index_query": wanted}
    asked |= {"partial_unexpected_count": 1}
    ours, theirs = both(FLIGHTS, LATE, asked)
    assert ("unexpected_index_query" in ours["result"]) == (
        "unexpected_index_query" in theirs["result"]
    )
    if wanted and result_format != "SUMMARY":
        assert ours["result"].get("unexpected_index_query", "df[[1, 4, 5]]") == "df[[1, 4, 5]]"


def test_values_and_rows_are_at_most_200_but_row_numbers_are_all():
    """In the format COMPLETE."""
    frame = pl.DataFrame({"delay": range(1000)})
    found = agreed(frame, gxe.ExpectColumnValuesToBeBetween(column="delay", max_value=-1))
    assert len(found["result"]["unexpected_list"]) == 200
    assert len(found["result"]["unexpected_index_list"]) == 1000


@pytest.mark.parametrize("expectation", ALL, ids=lambda each: type(each).__name__)
def test_a_row_condition_leaves_row_numbers_as_they_are(expectation):
    """They are those of the table."""
    asked = expectation.copy(
        update={"row_condition": Named("tail") != "N2", "condition_parser": None}
    )
    ours, theirs = both(FLIGHTS, asked)
    assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]
    assert ours["result"]["unexpected_count"] == theirs["result"]["unexpected_count"]
    assert 1 not in ours["result"]["unexpected_index_list"]


@pytest.mark.parametrize("expectation", [ORDERED, ONCE], ids=lambda each: type(each).__name__)
def test_a_condition_on_neighbours_knows_only_the_rows_that_count(expectation):
    """A row that does not count is no neighbour and no twin."""
    frame = pl.DataFrame({"delay": [1, 0, 2, 0, 3], "counts": [True, False, True, False, True]})
    asked = expectation.copy(update={"row_condition": Named("counts") == True})  # noqa: E712 (a condition)
    assert agreed(frame, asked)["success"]


def test_unexpected_values_come_in_the_order_of_the_table():
    """Those of conditions on several rows as well, from a table in many parts."""
    parts = [pl.DataFrame({"delay": [n % 7, n % 5], "other": [n, n]}) for n in range(100)]
    frame = pl.concat(parts, rechunk=False)
    for expectation in (ONCE, gxe.ExpectCompoundColumnsToBeUnique(column_list=["delay", "other"])):
        found = agreed(frame, expectation)["result"]["unexpected_index_list"]
        assert found == sorted(found) and found


def test_a_lazy_table_is_judged_like_one_in_memory():
    """With a filter and a join upstream."""
    lazy = FLIGHTS.lazy().filter(pl.col("tail") != "N2").with_columns(pl.col("delay") + 1)
    results = outcomes(lazy, ALL)
    assert results == outcomes(lazy.collect(), ALL)


def test_rows_with_the_widest_integers_are_shown():
    """Which pandas knows as objects only; a negative number of examples is none."""
    wide = pl.Series([2**100, None, 9], dtype=pl.Int128)
    frame = pl.DataFrame({"big": wide, "a": [1, 2, 9]})
    check = gxe.ExpectColumnValuesToBeBetween(column="a", max_value=5)
    asked = {"result_format": "SUMMARY", "include_unexpected_rows": True}

    assert outcome(frame, check, asked)["result"]["unexpected_rows"] == [{"big": 9, "a": 9}]
    asked = {"result_format": "SUMMARY", "partial_unexpected_count": -1}
    assert outcome(frame, check, asked)["result"]["partial_unexpected_list"] == []


@pytest.mark.parametrize("bad", [range(1000), range(150_000, 151_000), range(199_990, 200_000)])
def test_examples_are_the_first_of_the_table_wherever_they_are(bad):
    """They are looked for at its beginning, where there are many; the whole table is read when it has too few."""
    number = pl.int_range(200_000, eager=True)
    frame = pl.DataFrame({"number": number, "delay": number.is_in(list(bad)).cast(pl.Int64)})
    check = gxe.ExpectColumnValuesToBeBetween(column="delay", max_value=0)
    asked = {"result_format": "SUMMARY", "include_unexpected_rows": True}

    found = outcome(frame, check, asked)["result"]

    assert found["unexpected_count"] == len(bad)
    assert found["partial_unexpected_index_list"] == list(bad[:20])
    assert [row["number"] for row in found["unexpected_rows"]] == list(bad[:20])
    assert outcome(frame.lazy(), check, asked)["result"] == found


def test_an_unknown_index_column_is_an_error_that_names_it():
    """Where some row is unexpected; the pandas engine does not look at it before either."""
    asked = {"result_format": "COMPLETE", "unexpected_index_column_names": ["tali"]}
    ours, theirs = both(FLIGHTS, LATE, asked)
    assert '"tali" does not exist' in ours["error"] and '"tali" does not exist' in theirs["error"]
    fine = gxe.ExpectColumnValuesToBeBetween(column="delay", max_value=50)
    assert agreed(FLIGHTS, fine, asked)["success"]


def test_a_missing_column_is_an_error_that_names_a_likely_one():
    """The other expectations of the suite are judged."""
    missing = gxe.ExpectColumnValuesToNotBeNull(column="delays")
    first, second = outcomes(FLIGHTS, [missing, LATE])
    assert (
        'The column "delays" in BatchData does not exist' in first["error"]
        and "delay" in first["error"]
    )
    assert not first["success"] and second["result"]["unexpected_count"] == 3


@pytest.mark.parametrize("expectation", ALL, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("schema", [FLIGHTS.schema, dict.fromkeys(FLIGHTS.columns, pl.Null)])
def test_a_table_without_rows_meets_each_expectation(expectation, schema):
    """Nothing is unexpected, whatever the types."""
    found = outcome(pl.DataFrame(schema=schema), expectation)
    assert found["success"] and found["result"]["unexpected_count"] == 0


@pytest.mark.parametrize(
    "expectation", [LATE, KNOWN, ORDERED, ONCE], ids=lambda each: type(each).__name__
)
def test_a_column_of_missing_values_is_not_judged(expectation):
    """Of any type."""
    for frame in (FLIGHTS.clear(3), pl.DataFrame({"delay": [None] * 3, "origin": [None] * 3})):
        found = outcome(frame, expectation)
        assert found["success"] and found["result"]["missing_count"] == 3


def test_a_table_without_columns_is_told_from_a_failure():
    """The column is missing."""
    found = outcome(pl.DataFrame(), LATE)
    assert not found["success"] and "does not exist" in found["error"]


def test_columns_of_odd_names_are_found():
    """Names that polars reads as patterns, and those with dots and quotes."""
    for name in ("*", "^a.*$", "a.b", 'say "hi"', "", "row number"):
        frame = pl.DataFrame({name: [1, 9, 3], "abc": [7, 7, 7]})
        expectation = gxe.ExpectColumnValuesToBeBetween(column=name or "abc", max_value=5)
        found = outcome(
            frame, expectation, {"result_format": "COMPLETE", "include_unexpected_rows": True}
        )
        assert found["result"]["unexpected_count"] == (1 if name else 3), name


def test_two_roles_of_one_column_are_no_conflict():
    """A pair of a column and itself (which the pandas engine shows as tables), and an index column that is judged."""
    pair = gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="delay", column_B="delay")
    asked = {"result_format": "COMPLETE", "unexpected_index_column_names": ["delay"]}
    found = outcome(FLIGHTS, pair, asked)["result"]
    assert found["unexpected_list"][:2] == [[1, 1], [9, 9]] and found["unexpected_count"] == 5
    assert agreed(FLIGHTS, LATE, asked)["result"]["unexpected_index_list"][0] == {"delay": 9}


def test_values_that_json_does_not_know_are_shown():
    """Elapsed times as seconds, Python's objects as text; the checkpoint does not die of them."""
    frame = pl.DataFrame(
        {
            "span": [timedelta(seconds=90), timedelta(0)],
            "spans": [[timedelta(seconds=1)], []],
            "tags": pl.Series([{1}, {2}], dtype=pl.Object),
        }
    )
    asked = {"result_format": "COMPLETE", "include_unexpected_rows": True}
    asked |= {"unexpected_index_column_names": ["span"]}
    found = outcomes(
        frame, [gxe.ExpectColumnValuesToBeNull(column=name) for name in frame.columns], asked
    )
    shown = [each["result"]["unexpected_list"] for each in found]
    assert shown == [[90.0, 0.0], [[1.0], []], ["{1}", "{2}"]]
    assert found[1]["result"]["unexpected_index_list"][0] == {"spans": [1.0], "span": 90.0}
    assert found[0]["result"]["unexpected_rows"][0]["span"] == 90.0


def test_what_metadata_knows_is_not_counted_again():
    """The plan behind the batch is not touched when nothing is unexpected."""

    def never(frame):
        raise AssertionError("the table was read")

    frame = FLIGHTS.lazy().map_batches(never, schema=FLIGHTS.schema)
    facts = Facts(rows=6, nulls={"tail": 0}, low={"planned": 1}, high={"planned": 3})
    engine = PolarsExecutionEngine()
    specification = {"batch_data": frame, "facts": facts}
    data, _ = engine.get_batch_data_and_markers(specification)
    engine.load_batch_data("batch", data)
    calculator = MetricsCalculator(engine, show_progress_bars=False)

    def count(name, column, values=None):
        asked = MetricConfiguration(
            f"column_values.{name}.unexpected_count", {"column": column}, values
        )
        return calculator.get_metric(asked)

    assert count("nonnull", "tail") == 0 and count("null", "tail") == 6
    assert count("between", "planned", {"min_value": 0.5, "max_value": 3}) == 0


def test_metadata_is_no_answer_where_a_bound_is_crossed_or_rows_are_left_out():
    """A bound that is touched is crossed when it is strict."""
    frame = FLIGHTS.lazy()
    facts = Facts(rows=6, nulls={"planned": 0}, low={"planned": 1}, high={"planned": 3})
    domain = Domain(frame, FLIGHTS.schema, facts=facts, arguments={"column": "planned"})
    column = Column("planned", pl.col("planned"), pl.Int64(), domain)
    assert between(column, 1, 3, False, False).unexpected_count == 0
    for bounds in (
        (1, 3, True, False),
        (1, 3, False, True),
        (2, None, False, False),
        (None, 2, False, False),
    ):
        assert between(column, *bounds).unexpected_count is None
    some = Domain(frame, FLIGHTS.schema, where=pl.col("delay") > 1)
    assert nonnull(Column("planned", pl.col("planned"), pl.Int64(), some)).unexpected_count is None


@column_map("column_values.even")
def even(column):
    """The README's example."""
    return column.expr % 2 == 0


@column_pair_map("column_pair_values.near", ("most",))
def near(first, second, most):
    """A condition with an argument, null where a value is missing."""
    return (first.expr - second.expr).abs() <= most


@multicolumn_map("multicolumn_values.rising")
def rising(columns):
    """A condition on a list of columns."""
    return operator.le(*(column.expr for column in columns))


def test_a_condition_of_ones_own_is_a_few_lines():
    """All that is derived comes with it, and missing values are not looked at."""
    shown = {"result_format": {"result_format": "SUMMARY", "partial_unexpected_count": 20}}
    domain = {"column": "delay"}
    assert metric(FLIGHTS, "column_values.even.unexpected_count", domain) == 4
    assert metric(FLIGHTS, "column_values.even.unexpected_values", domain, shown) == [1, 9, 9, 7]
    assert metric(FLIGHTS, "column_values.even.unexpected_index_list", domain, shown) == [
        0,
        1,
        4,
        5,
    ]
    counts = metric(FLIGHTS, "column_values.even.unexpected_value_counts", domain, shown)
    assert counts == [(9, 2), (1, 1), (7, 1)]


def test_an_expectation_of_ones_own_runs_in_a_checkpoint():
    """A class with the name of the condition."""

    class ExpectColumnValuesToBeEvenHere(ColumnMapExpectation):
        map_metric = "column_values.even"
        success_keys = ("mostly",)

    found = outcome(FLIGHTS, ExpectColumnValuesToBeEvenHere(column="delay", mostly=0.2))
    assert found["success"] and found["result"]["unexpected_list"] == [1, 9, 9, 7]


def test_a_condition_that_is_null_for_a_row_is_not_met():
    """For pairs and lists, where missing values are looked at unless ignored."""
    pair = {"column_A": "delay", "column_B": "planned", "ignore_row_if": "neither"}
    assert metric(FLIGHTS, "column_pair_values.near.unexpected_count", pair, {"most": 1}) == 5
    some = pair | {"ignore_row_if": "either_value_is_missing"}
    assert metric(FLIGHTS, "column_pair_values.near.unexpected_count", some, {"most": 1}) == 3
    listed = {"column_list": ["planned", "delay"], "ignore_row_if": "any_value_is_missing"}
    assert metric(FLIGHTS, "multicolumn_values.rising.unexpected_count", listed) == 0


@pytest.mark.parametrize("answer", [True, False])
def test_a_condition_without_a_column_counts_each_row(answer):
    """A constant is one value, and there are many rows."""

    @column_pair_map(f"column_pair_values.constant_{answer}")
    def constant(first, second):
        return pl.lit(answer)

    domain = {"column_A": "delay", "column_B": "planned", "ignore_row_if": "neither"}
    name = f"column_pair_values.constant_{answer}.unexpected_count"
    assert metric(FLIGHTS, name, domain) == (0 if answer else 6)


def judged(frame, name, column):
    """What a checkpoint finds for a condition of one's own."""
    parts = {"map_metric": f"column_values.{name}", "__doc__": "An expectation of one's own."}
    expectation = type(
        f"ExpectColumnValuesToBe{name.title().replace('_', '')}", (ColumnMapExpectation,), parts
    )
    return outcome(frame, expectation(column=column))


def test_a_condition_on_the_wrong_type_is_an_error_of_its_expectation():
    """With the message of polars, without its plan."""

    @column_map("column_values.a_date_here")
    def number(column):
        return column.expr.str.to_date() == column.expr

    found = judged(FLIGHTS, "a_date_here", "delay")
    assert not found["success"] and "i64" in found["error"] and "DF [" not in found["error"]


def test_python_judges_in_a_checkpoint():
    """The condition waits for its answer, then it is one like any other."""

    @column_map("column_values.long_for_python")
    def long(column):
        return judged_in_python(column, lambda value: len(value) > 2)

    shown = {"result_format": {"result_format": "BASIC", "partial_unexpected_count": 20}}
    frame = pl.DataFrame({"word": ["ab", "abc", None, "x"]})
    name = "column_values.long_for_python.unexpected_values"
    assert metric(frame, name, {"column": "word"}, shown) == ["ab", "x"]


def test_an_error_of_a_function_in_python_is_that_of_the_metric():
    """Its message is told."""

    @column_map("column_values.refused_by_python")
    def refused(column):
        def holds(value):
            raise ValueError("not today")

        return judged_in_python(column, holds)

    assert judged(FLIGHTS, "refused_by_python", "tail")["error"] == "ValueError: not today"


def test_a_condition_may_know_its_unexpected_rows_better():
    """What it finds is counted and shown."""

    @column_map("column_values.first_of_a_day")
    def first(column):
        return Expected(pl.lit(True), alone=False, unexpected_rows=lambda rows: rows.tail(1))

    shown = {"result_format": {"result_format": "SUMMARY", "partial_unexpected_count": 20}}
    name = "column_values.first_of_a_day"
    assert metric(FLIGHTS, f"{name}.unexpected_count", {"column": "delay"}) == 1
    assert metric(FLIGHTS, f"{name}.unexpected_index_list", {"column": "delay"}, shown) == [5]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=30),
    st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_counts_are_those_of_the_rows_that_are_shown(values, counts):
    """Restructured counting agrees with looking at each row."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Int64), "counts": counts[: len(values)]})
    expected = sum(
        value is not None and value < 1 for value, c in zip(values, counts, strict=False) if c
    )
    domain = {"column": "x", "row_condition": (Named("counts") == True)}  # noqa: E712 (a condition)
    bounds = {"min_value": 1}
    assert metric(frame, "column_values.between.unexpected_count", domain, bounds) == expected
