"""Functions as metrics of the library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from great_expectations.exceptions import MetricResolutionError
from great_expectations.expectations import registry
from great_expectations.expectations.row_conditions import Column
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator

from aifactory_nb.gx_polars.domain import Aggregate, Domain, Scan
from aifactory_nb.gx_polars.engine import PolarsExecutionEngine
from aifactory_nb.gx_polars.metric import COLUMN_KEYS, TABLE_KEYS, known_keys, metric

FRAME = pl.DataFrame({"hour": [1, 5, None], "other": [1, 2, 3]})


@pytest.fixture
def calculator() -> MetricsCalculator:
    """A calculator of the library on our engine."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", FRAME)
    return MetricsCalculator(engine, show_progress_bars=False)


@pytest.fixture(autouse=True)
def _registry_as_before() -> Iterator[None]:
    before = dict(registry._registered_metrics)
    yield
    for name in set(registry._registered_metrics) - set(before):
        del registry._registered_metrics[name]


def ask(calculator: MetricsCalculator, name: str, values: Any = None, **domain: Any) -> Any:
    """The value of a metric."""
    return calculator.get_metric(MetricConfiguration(name, domain, values))


def test_a_value_an_aggregate_and_a_scan(calculator: MetricsCalculator) -> None:
    """The three answers of a metric; a row condition is part of the domain."""

    @metric("test.dtype")
    def dtype(domain: Domain) -> str:
        return str(domain.schema[domain.arguments["column"]])

    @metric("test.top")
    def top(domain: Domain) -> Aggregate:
        return Aggregate(domain.frame, domain.values(domain.arguments["column"]).max())

    @metric("test.first")
    def first(domain: Domain) -> Scan:
        return Scan(domain.rows.head(1), lambda frame: frame[domain.arguments["column"]][0])

    late = Column("hour") > 1
    assert ask(calculator, "test.dtype", column="hour") == "Int64"
    assert ask(calculator, "test.top", column="hour") == 5
    assert ask(calculator, "test.top", column="hour", row_condition=Column("hour") < 5) == 1
    assert ask(calculator, "test.first", column="hour", row_condition=late) == 5


def test_arguments_of_a_metric(calculator: MetricsCalculator) -> None:
    """By name; those that are not given have their default, or are None."""

    @metric("test.sum", value_keys=("plus", "times", "note"), defaults={"plus": 0, "times": 1})
    def total(domain: Domain, plus: int, times: int, note: Any) -> Aggregate:
        assert note is None
        values = domain.values(domain.arguments["column"])
        return Aggregate(domain.frame, values.sum(), lambda found: found * times + plus)

    assert ask(calculator, "test.sum", {"plus": 1, "times": 2}, column="hour") == 13


def test_metrics_that_a_metric_needs(calculator: MetricsCalculator) -> None:
    """By name, about the same rows; one about the table knows no column."""

    @metric("test.rows", domain_keys=TABLE_KEYS)
    def rows(domain: Domain) -> Aggregate:
        assert "column" not in domain.arguments
        return Aggregate(domain.frame, domain.row_count)

    @metric("test.low")
    def low(domain: Domain) -> Aggregate:
        return Aggregate(domain.frame, domain.values(domain.arguments["column"]).min())

    @metric("test.mix", needs=["test.rows", "test.low"])
    def mix(domain: Domain, metrics: dict[str, Any]) -> int:
        return int(metrics["test.rows"] * 10 + metrics["test.low"])

    assert ask(calculator, "test.mix", column="hour") == 31
    assert ask(calculator, "test.mix", column="hour", row_condition=Column("hour") > 1) == 15


def test_needs_that_depend_on_arguments(calculator: MetricsCalculator) -> None:
    """A function from the arguments to what is needed."""

    @metric("test.bound", value_keys=("which",))
    def bound(domain: Domain, which: str) -> Aggregate:
        values = domain.values(domain.arguments["column"])
        return Aggregate(domain.frame, getattr(values, which)())

    def needs(values: Any) -> dict[str, tuple[str, dict[str, Any]]]:
        return {"bound": ("test.bound", {"which": values["side"]})}

    @metric("test.side", needs=needs, value_keys=("side",))
    def side(domain: Domain, side: str, metrics: dict[str, Any]) -> str:
        return f"{side} {metrics['bound']}"

    assert ask(calculator, "test.side", {"side": "min"}, column="hour") == "min 1"
    assert ask(calculator, "test.side", {"side": "max"}, column="hour") == "max 5"


def test_a_question_may_lead_to_another(calculator: MetricsCalculator) -> None:
    """The distance to the mean needs a second pass."""

    @metric("test.spread")
    def spread(domain: Domain) -> Aggregate:
        values = domain.values(domain.arguments["column"])
        return Aggregate(
            domain.frame,
            values.mean(),
            lambda mean: Aggregate(domain.frame, (values - mean).abs().max()),
        )

    assert ask(calculator, "test.spread", column="hour") == 2


def test_a_metric_may_fail(calculator: MetricsCalculator) -> None:
    """When it begins, and when it ends."""
    engine = calculator._execution_engine

    @metric("test.begin")
    def begin(domain: Domain) -> Any:
        raise RuntimeError("cannot begin")

    @metric("test.end")
    def end(domain: Domain) -> Any:
        def finish(_: Any) -> Any:
            raise RuntimeError("cannot end")

        return Aggregate(domain.frame, pl.len(), finish)

    for name in ("begin", "end"):
        with pytest.raises(MetricResolutionError, match=f"RuntimeError: cannot {name}"):
            engine.resolve_metrics([MetricConfiguration(f"test.{name}", {"column": "hour"})])


def test_metrics_of_the_library_keep_their_keys() -> None:
    """A new key is one more; a metric that is not known has none."""
    before = known_keys("column.max")
    assert before is not None
    assert "column" in before[0]
    assert known_keys("test.nothing") is None

    @metric("test.own", value_keys=("one",))
    def own(domain: Domain, one: Any) -> int:
        return 1

    assert known_keys("test.own") == (COLUMN_KEYS, ("one",), {})


def test_the_engine_is_given_where_it_is_asked_for(calculator: MetricsCalculator) -> None:
    """For metrics about more than one table."""

    @metric("test.engine", domain_keys=TABLE_KEYS, with_engine=True)
    def engine_of(domain: Domain, engine: Any) -> str:
        return type(engine).__name__

    assert ask(calculator, "test.engine") == "PolarsExecutionEngine"
