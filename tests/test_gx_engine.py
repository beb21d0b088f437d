"""The engine: one pass, failures that harm no other, batches that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.exceptions import GreatExpectationsError, MetricResolutionError
from great_expectations.expectations.row_conditions import Column
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validation_graph import MAX_METRIC_COMPUTATION_RETRIES
from gx_cases import outcome, outcomes
from gx_strategies import every_expectation
from polars.io.plugins import register_io_source

from aifactory_nb.gx_polars.domain import Aggregate, Scan
from aifactory_nb.gx_polars.engine import Failure, PolarsBatchData, PolarsExecutionEngine, collect

FLIGHTS = pl.DataFrame(
    {
        "origin": ["JFK", "EWR", "JFK", None],
        "hour": [5, 6, 7, 8],
        "delay": [1.0, None, float("nan"), -2.0],
        "unused": [0, 0, 0, 0],
    }
)


def counted(
    frame: pl.DataFrame, fails_at: int | None = None
) -> tuple[pl.LazyFrame, list[list[str] | None]]:
    """A lazy table, and the columns asked for each time that it is read; it may fail from some reading on."""
    reads: list[list[str] | None] = []

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        reads.append(columns)
        if fails_at is not None and len(reads) >= fails_at:
            raise OSError("the disk is gone")
        found = frame if columns is None else frame.select(columns)
        found = found if predicate is None else found.filter(predicate)
        yield found if rows is None else found.head(rows)

    return register_io_source(source, schema=frame.schema), reads


def value_of(engine: PolarsExecutionEngine, name: str, **domain: Any) -> Any:
    """The value of a metric."""
    asked = MetricConfiguration(name, domain)
    return MetricsCalculator(engine, show_progress_bars=False).get_metric(asked)


def engine_on(frame: pl.DataFrame | pl.LazyFrame, **options: Any) -> PolarsExecutionEngine:
    """An engine with one batch."""
    engine = PolarsExecutionEngine(**options)
    engine.load_batch_data("batch", frame)
    return engine


def many_checks() -> list[Any]:
    """Twenty aggregates and conditions, all met, with and without row conditions."""
    late = Column("hour") > 5
    return [
        check
        for where in (None, late, Column("origin") == "JFK", late & Column("origin").is_not_null())
        for check in (
            gxe.ExpectColumnValuesToNotBeNull(column="hour", row_condition=where),
            gxe.ExpectColumnValuesToBeBetween(column="hour", min_value=0, row_condition=where),
            gxe.ExpectColumnMaxToBeBetween(column="hour", max_value=9, row_condition=where),
            gxe.ExpectColumnSumToBeBetween(column="hour", max_value=99, row_condition=where),
            gxe.ExpectTableRowCountToBeBetween(max_value=9, row_condition=where),
        )
    ]


def test_a_suite_reads_its_table_once() -> None:
    """Twenty expectations about four sets of rows are one reading of two columns."""
    frame, reads = counted(FLIGHTS)

    found = outcomes(frame, many_checks(), "BOOLEAN_ONLY")

    assert all(each["success"] for each in found)
    assert len(reads) == 1
    assert set(reads[0] or []) == {"hour", "origin"}


def test_examples_of_all_failing_conditions_are_one_more_pass() -> None:
    """Counts first; then the rows that did not pass, of all expectations together."""
    frame, reads = counted(FLIGHTS)
    checks = [
        gxe.ExpectColumnValuesToBeBetween(column="hour", max_value=high) for high in (5, 6, 7)
    ]

    found = outcomes(frame, checks)

    assert [each["result"]["unexpected_list"] for each in found] == [[6, 7, 8], [7, 8], [8]]
    assert len(reads) <= 1 + len(checks)  # plans beside each other may share a reading
    assert all(columns == ["hour"] for columns in reads)


def test_nothing_is_read_before_a_metric_needs_it() -> None:
    """A batch is loaded, and its columns are known, without its rows."""
    frame, reads = counted(FLIGHTS)
    engine = engine_on(frame)

    assert value_of(engine, "table.columns") == FLIGHTS.columns
    assert value_of(engine, "table.column_count") == 4
    assert reads == []


def test_failures_harm_no_other_check() -> None:
    """A bad pattern, a missing column and a wrong type beside good checks: each is told its own reason."""
    checks = [
        gxe.ExpectColumnValuesToMatchRegex(column="origin", regex="("),
        gxe.ExpectColumnValuesToNotBeNull(column="orgin"),
        gxe.ExpectColumnMeanToBeBetween(column="origin", min_value=0),
        gxe.ExpectColumnValuesToNotBeNull(column="hour"),
        gxe.ExpectColumnValuesToBeBetween(column="hour", max_value=7),
        gxe.ExpectColumnMaxToBeBetween(column="hour", max_value=8),
    ]

    found = outcomes(FLIGHTS, checks)

    assert [each["success"] for each in found] == [False, False, False, True, False, True]
    assert [bool(each["error"]) for each in found] == [True, True, True, False, False, False]
    assert "Did you mean 'origin'" in found[1]["error"]
    assert found[4]["result"]["unexpected_list"] == [8]


def test_a_failure_is_not_paid_for_again() -> None:
    """The library asks three times for what failed; the table is not read again for it."""
    frame, reads = counted(FLIGHTS)
    good = gxe.ExpectColumnMaxToBeBetween(column="hour", max_value=8)
    bad = gxe.ExpectColumnMeanToBeBetween(column="origin", min_value=0)

    found = outcomes(frame, [good, bad], "BOOLEAN_ONLY")

    assert [each["success"] for each in found] == [True, False]
    assert len([columns for columns in reads if columns == ["hour"]]) <= 2


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_table_that_cannot_be_read_fails_its_checks_and_not_the_checkpoint(fails_at: int) -> None:
    """At once, or when examples are asked for; the message says why."""
    frame, _ = counted(FLIGHTS, fails_at)

    found = outcome(frame, gxe.ExpectColumnValuesToBeBetween(column="hour", max_value=7))

    assert found["success"] is False
    assert "the disk is gone" in found["error"]


def test_columns_are_checked_where_rows_cannot_be_read() -> None:
    """What needs no rows has its verdict."""
    frame, _ = counted(FLIGHTS, fails_at=1)

    found = outcomes(
        frame,
        [gxe.ExpectColumnToExist(column="hour"), gxe.ExpectColumnMaxToBeBetween(column="hour")],
    )

    assert [each["success"] for each in found] == [True, False]


def test_a_plan_that_cannot_be_resolved_is_told_when_the_batch_is_loaded() -> None:
    """A lazy table that names a column which is not there."""
    with pytest.raises(GreatExpectationsError, match="The batch cannot be read: .*nowhere"):
        engine_on(FLIGHTS.lazy().select("nowhere"))


def test_another_frame_under_the_same_id_is_another_batch() -> None:
    """The library names a batch without its frame; nothing of the one before is kept."""
    check = gxe.ExpectColumnMaxToBeBetween(column="hour")
    assert outcome(FLIGHTS, check)["result"]["observed_value"] == 8
    assert outcome(FLIGHTS.head(2), check)["result"]["observed_value"] == 6

    engine = engine_on(FLIGHTS)
    assert value_of(engine, "column.max", column="hour") == 8
    engine.load_batch_data("batch", FLIGHTS.head(1).with_columns(new=1))
    assert value_of(engine, "column.max", column="hour") == 5
    assert value_of(engine, "column.max", column="new") == 1


def test_several_batches_are_told_apart() -> None:
    """By their ids; without one it is the last that counts."""
    engine = engine_on(FLIGHTS)
    engine.load_batch_data("short", FLIGHTS.head(2))

    assert value_of(engine, "table.row_count", batch_id="batch") == 4
    assert value_of(engine, "table.row_count", batch_id="short") == 2
    assert value_of(engine, "column.max", column="hour", batch_id="batch") == 8
    assert value_of(engine, "column.max", column="hour", batch_id="short") == 6
    assert value_of(engine, "table.row_count") == 2


def test_batches_of_two_tables_are_collected_together() -> None:
    """Metrics of two batches in one call."""
    engine = engine_on(FLIGHTS)
    engine.load_batch_data("short", FLIGHTS.head(2))
    asked = [
        MetricConfiguration("column.max", {"column": "hour", "batch_id": name})
        for name in ("batch", "short")
    ]

    found = engine.resolve_metrics(asked)

    assert [found[each.id] for each in asked] == [8, 6]


def test_what_waits_is_left_for_the_next_call() -> None:
    """What costs nothing is answered first."""
    engine = engine_on(FLIGHTS)
    free = MetricConfiguration("table.columns", {})
    costly = MetricConfiguration("column.max", {"column": "hour"})

    assert engine.resolve_metrics([free, costly]) == {free.id: FLIGHTS.columns}
    assert engine.resolve_metrics([costly]) == {costly.id: 8}


def test_each_reason_is_told_alone_in_the_last_attempt() -> None:
    """The library keeps the message of the last attempt; until there one round is enough for all."""
    engine = engine_on(FLIGHTS)
    missing = [
        MetricConfiguration(name, {"column": "nowhere"}) for name in ("column.max", "column.min")
    ]
    asked = [*missing, MetricConfiguration("column.max", {"column": "or"})]
    told = []
    for _ in range(MAX_METRIC_COMPUTATION_RETRIES + 1):
        with pytest.raises(MetricResolutionError) as caught:
            engine.resolve_metrics(asked)
        told.append((str(caught.value), {each.id for each in caught.value.failed_metrics}))

    assert [len(names) for _, names in told] == [3, 3, 2, 2]
    assert "nowhere" in told[2][0] and '"or"' not in told[2][0]


def test_a_batch_that_is_not_loaded_is_named() -> None:
    """By its id; without any, that there is none."""
    with pytest.raises(MetricResolutionError, match="No batch other is loaded"):
        engine_on(FLIGHTS).resolve_metrics(
            [MetricConfiguration("table.columns", {"batch_id": "other"})]
        )
    with pytest.raises(MetricResolutionError, match="No batch is loaded"):
        PolarsExecutionEngine().resolve_metrics([MetricConfiguration("table.columns", {})])


def test_only_polars_tables_are_batches() -> None:
    """What else is given is named by its type."""
    with pytest.raises(GreatExpectationsError, match="found dict"):
        PolarsExecutionEngine().load_batch_data("batch", {"hour": [1]})
    with pytest.raises(GreatExpectationsError, match="found list"):
        PolarsExecutionEngine().get_batch_data_and_markers({"batch_data": [1]})


@pytest.mark.parametrize(("nan_is_missing", "missing"), [(True, 2), (False, 1)])
def test_whether_nan_is_missing_is_an_option(nan_is_missing: bool, missing: int) -> None:
    """As the library's pandas engine has it, or as a value that lies nowhere."""
    check = gxe.ExpectColumnValuesToBeBetween(column="delay", min_value=-9, max_value=9)
    found = outcome(FLIGHTS, check, nan_is_missing=nan_is_missing)

    assert found["result"]["missing_count"] == missing
    assert found["result"]["unexpected_count"] == 2 - missing
    assert (
        PolarsExecutionEngine(nan_is_missing=nan_is_missing).config["nan_is_missing"]
        is nan_is_missing
    )


def test_engines_work_in_threads() -> None:
    """Each thread has its engine."""

    def work(rows: int) -> tuple[Any, ...]:
        frame = pl.DataFrame({"number": range(rows)})
        engine = engine_on(frame)
        names = ("column.max", "column.min", "column.sum", "column.mean")
        return tuple(value_of(engine, name, column="number") for name in names)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(1, 33)))

    assert found == [(rows - 1, 0, rows * (rows - 1) // 2, (rows - 1) / 2) for rows in range(1, 33)]


def test_an_engine_has_the_domains_of_the_library() -> None:
    """The rows of a domain and its arguments, as the library's own engines give them."""
    engine = engine_on(FLIGHTS)
    domain = {"column": "hour", "row_condition": Column("hour") > 6}

    rows, compute, accessor = engine.get_compute_domain(domain, "column")

    assert rows.collect()["hour"].to_list() == [7, 8]
    assert accessor == {"column": "hour"}
    assert "column" not in compute
    assert engine.get_domain_records({}).collect().height == 4
    clause = engine.condition_to_filter_clause((Column("hour") > 6) | Column("origin").is_null())
    assert FLIGHTS.filter(clause).height == 2


def test_a_domain_without_a_table_name() -> None:
    """There is only the batch."""
    with pytest.raises(ValueError, match="leave out 'table'"):
        engine_on(FLIGHTS).domain({"table": "flights"})


def test_a_batch_keeps_its_table_lazy() -> None:
    """With the schema that it had."""
    data = PolarsBatchData(PolarsExecutionEngine(), FLIGHTS.lazy())

    assert isinstance(data.frame, pl.LazyFrame)
    assert data.schema == FLIGHTS.schema


def test_answers_are_collected_together() -> None:
    """Expressions over tables, plans, and those that have no answer."""
    table = FLIGHTS.lazy()
    highest, many = Aggregate(table, pl.col("hour").max()), Aggregate(table, pl.col("hour"))
    wrong = Aggregate(table, pl.col("origin").str.to_integer(strict=True).sum())
    head = Scan(table.head(1).select("hour"), lambda frame: frame)

    found = collect([highest, many, wrong, head])

    assert found[0] == 8
    assert isinstance(found[1], Failure)
    assert "has to be one value" in found[1].message
    assert isinstance(found[2], Failure)
    assert found[3].to_dicts() == [{"hour": 5}]


def test_a_failure_tells_its_reason_in_one_paragraph() -> None:
    """Without the plan that polars prints below."""
    plan = FLIGHTS.lazy().with_columns(pl.col("origin").str.to_integer(strict=True))
    (found,) = collect([Scan(plan.filter(pl.col("hour") > 5), lambda frame: frame)])

    assert isinstance(found, Failure)
    assert "strict integer parsing failed" in found.message
    assert "plan" not in found.message.lower()
    assert "\n" not in found.message


ODD_NAMES = (
    *("*", "^a$", "^.*$", "a.b", "two words", 'quo"te', "it's", "`tick`", "é", "🙂", "a\nb", "%"),
    *("{x}", "row number", "len", "count", "literal", "index", "value", "column", "0", "SELECT"),
    *("batch", "unexpected"),
)


ALIKE = ("element_count", "missing_count", "unexpected_count", "unexpected_index_list")


def assert_alike(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The same verdicts, errors, counts and row numbers."""
    for one, other in zip(found, expected, strict=True):
        assert (one["success"], bool(one["error"])) == (other["success"], bool(other["error"])), one
        assert [one["result"].get(key) for key in ALIKE] == [
            other["result"].get(key) for key in ALIKE
        ]


@pytest.mark.cases
@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_of_columns_do_not_matter(name: str) -> None:
    """All core expectations find the same under names that are patterns, words of SQL, or names of our own."""
    frame = pl.DataFrame({"x": [1, 2, None, 2], "y": [1, 3, 3, None]})
    first, second = frame.rename({"x": name}), frame.rename({"y": name})
    late = gxe.ExpectColumnValuesToBeUnique(column="x", row_condition=Column(name) > 1)
    early = gxe.ExpectColumnValuesToBeUnique(column="x", row_condition=Column("y") > 1)
    expected = outcomes(frame, [*checks_of("x", "y", name), early])

    assert_alike(outcomes(first, checks_of(name, "y", name)), expected[:-1])
    assert_alike(outcomes(second, [*checks_of("x", name, name), late]), expected)


def checks_of(one: str, two: str, odd: str) -> list[Any]:
    """All core expectations; SQL of polars cannot name a column that is a pattern."""
    found = every_expectation(one, two)
    return found[:-1] if odd == "*" or odd.startswith("^") else found
