"""What the engines of Great Expectations share: a suite, a checkpoint, and how its results are read."""

from typing import Any

import great_expectations as gx
from outcomes import Outcome
from suites import Check

Types = dict[str, str]  # what an engine calls the types of polars


def quiet_context() -> Any:
    """A context in memory that draws no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def expectation(check: Check, types: Types) -> dict[str, Any]:
    """A check as it is stored in a suite, with the engine's own names of types."""
    kwargs = dict(check.kwargs)
    if "type_" in kwargs:
        kwargs["type_"] = types.get(kwargs["type_"], kwargs["type_"])
    return {"type": check.type, "kwargs": kwargs, "meta": {"name": check.name}}


def checkpoint(context: Any, batches: Any, checks: list[Check], types: Types) -> Any:
    """A checkpoint of the suite on the batches of a definition."""
    expectations = [expectation(check, types) for check in checks]
    suite = context.suites.add(gx.ExpectationSuite("suite", expectations=expectations))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="suite", data=batches, suite=suite)
    )
    return context.checkpoints.add(
        gx.Checkpoint(name="suite", validation_definitions=[definition], result_format="SUMMARY")
    )


def outcome(result: Any) -> Outcome:
    """What Great Expectations says about one expectation."""
    raised = result.exception_info or {}
    details = raised if "raised_exception" in raised else next(iter(raised.values()), {})
    if details.get("raised_exception"):
        return Outcome(passed=False, error=str(details["exception_message"]))
    return Outcome(bool(result.success), result.result.get("unexpected_count"))


def run(made: Any, **batch: Any) -> dict[str, Outcome]:
    """Run a checkpoint of one validation."""
    (answer,) = made.run(**batch).run_results.values()
    return {result.expectation_config.meta["name"]: outcome(result) for result in answer.results}
