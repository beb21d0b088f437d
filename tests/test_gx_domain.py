"""What a metric is about: columns, values and rows that count."""

from __future__ import annotations

import polars as pl
import pytest
from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError
from great_expectations.expectations.row_conditions import Column

from aifactory_nb.gx_polars.domain import NO_FACTS, Aggregate, Domain, Facts, Scan
from aifactory_nb.gx_polars.engine import PolarsExecutionEngine

FRAME = pl.DataFrame(
    {"origin": ["JFK", "EWR", "JFK", None], "delay": [5.0, None, 1.0, 2.0], "^d$": [1, 2, 3, 4]}
)
WHOLE = Domain(FRAME.lazy(), FRAME.schema)
JFK = Domain(FRAME.lazy(), FRAME.schema, (pl.col("origin") == "JFK").fill_null(False))


@pytest.mark.parametrize(
    ("domain", "rows", "values", "late"), [(WHOLE, 4, [5.0, 1.0, 2.0], 2), (JFK, 2, [5.0, 1.0], 1)]
)
def test_rows_values_and_counts(domain: Domain, rows: int, values: list[float], late: int) -> None:
    """As expressions over the whole table, so that they join in one pass, and as a table of its own."""
    found = FRAME.select(
        domain.row_count.alias("rows"),
        domain.count(pl.col("delay") >= 2).alias("late"),
        domain.values("delay").implode().alias("values"),
    )

    assert found.row(0) == (rows, late, values)
    assert domain.rows.collect().height == rows


def test_a_column_is_found_by_its_name() -> None:
    """Also where polars would take it for a pattern."""
    assert FRAME.select(WHOLE.column("^d$")).columns == ["^d$"]
    assert FRAME.select(WHOLE.values("^d$")).to_series().to_list() == [1, 2, 3, 4]
    with pytest.raises(InvalidMetricAccessorDomainKwargsKeyError, match="Did you mean 'delay'"):
        WHOLE.column("dealy")


def test_no_facts_are_known_without_metadata() -> None:
    """Neither rows, nor missing values, nor bounds."""
    assert Facts(None, {}, {}, {}) == NO_FACTS
    assert WHOLE.facts is NO_FACTS


def test_facts_are_about_all_rows_only() -> None:
    """With a row condition nothing is known of those that are left."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", FRAME)

    assert engine.domain({"row_condition": Column("delay") > 1}).facts is NO_FACTS


def test_domains_of_different_conditions_are_told_apart() -> None:
    """Though the library prints them alike."""
    frame = pl.DataFrame({"text": ["a, b", "a", "b"]})
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", frame)
    one, two = Column("text").is_in(["a, b"]), Column("text").is_in(["a", "b"])

    assert repr(one) == repr(two)
    assert engine.domain({"row_condition": one}).rows.collect().height == 1
    assert engine.domain({"row_condition": two}).rows.collect().height == 2
    assert engine.domain({"row_condition": one}) is engine.domain({"row_condition": one})


def test_rows_that_miss_values_are_left_out_as_told() -> None:
    """`ignore_row_if` and a row condition together."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", FRAME)
    pair = {"column_A": "origin", "column_B": "delay"}
    complete = engine.domain({**pair, "ignore_row_if": "either_value_is_missing"})
    late = engine.domain(
        {**pair, "ignore_row_if": "either_value_is_missing", "row_condition": Column("delay") > 1}
    )

    assert complete.rows.collect().height == 2
    assert late.rows.collect().height == 1


def test_an_answer_is_finished_when_it_is_there() -> None:
    """As it is, unless there is more to do."""
    frame = FRAME.lazy()

    assert Aggregate(frame, pl.len()).finish(4) == 4
    assert Aggregate(frame, pl.len(), lambda rows: rows * 2).finish(4) == 8
    assert Scan(frame, lambda found: found.height).finish(FRAME) == 4
