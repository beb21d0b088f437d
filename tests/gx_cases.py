"""Expectations run on a polars table by our engine, and on the same table by the library's pandas engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import great_expectations as gx
import polars as pl

from aifactory_nb.gx_polars import add_polars


@cache
def context() -> Any:
    """One context for a test process."""
    found = gx.get_context(mode="ephemeral")
    found.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return found


@cache
def _batch_definition(source: str, nan_is_missing: bool) -> Any:
    name = f"{source} {nan_is_missing}"
    if source == "polars":
        found = add_polars(context(), name, nan_is_missing=nan_is_missing).add_frame_asset("frames")
    else:
        found = context().data_sources.add_pandas(name).add_dataframe_asset("frames")
    return found.add_batch_definition_whole_dataframe("whole")


def outcomes(
    frame: Any,
    expectations: Sequence[Any],
    result_format: str | Mapping[str, Any] = "COMPLETE",
    source: str = "polars",
    nan_is_missing: bool = True,
) -> list[dict[str, Any]]:
    """What a checkpoint finds, in the order of the expectations: `success`, `result`, `error` (None or a message).

    `source` is "polars" (our engine on the frame, a LazyFrame too) or "pandas" (the library's engine on `to_pandas()`; a
    pandas DataFrame is taken as it is).
    """
    if source == "pandas" and isinstance(frame, pl.DataFrame | pl.LazyFrame):
        frame = frame.lazy().collect().to_pandas()
    marked = [each.copy(deep=True) for each in expectations]
    for index, each in enumerate(marked):
        each.meta = {"index": index}
    batches = _batch_definition(source, nan_is_missing)
    suite = context().suites.add_or_update(gx.ExpectationSuite(name="suite", expectations=marked))
    definition = context().validation_definitions.add_or_update(
        gx.ValidationDefinition(name="definition", data=batches, suite=suite)
    )
    checkpoint = context().checkpoints.add_or_update(
        gx.Checkpoint(
            name="checkpoint", validation_definitions=[definition], result_format=result_format
        )
    )
    run = checkpoint.run(batch_parameters={"dataframe": frame})
    found = next(iter(run.run_results.values())).results
    by_index = sorted(found, key=lambda each: each.expectation_config.meta["index"])
    return [_plain(each) for each in by_index]


def outcome(
    frame: Any,
    expectation: Any,
    result_format: str | Mapping[str, Any] = "COMPLETE",
    source: str = "polars",
    nan_is_missing: bool = True,
) -> dict[str, Any]:
    """The same for one expectation."""
    return outcomes(frame, [expectation], result_format, source, nan_is_missing)[0]


def both(
    frame: pl.DataFrame,
    expectation: Any,
    result_format: str | Mapping[str, Any] = "COMPLETE",
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What our engine finds, and what the library's pandas engine finds."""
    return (
        outcome(frame, expectation, result_format),
        outcome(frame, expectation, result_format, source="pandas"),
    )


def _plain(result: Any) -> dict[str, Any]:
    """A validation result as plain values; an error is its message."""
    return {
        "success": result.success,
        "result": result.to_json_dict()["result"],
        "error": _error(result.exception_info or {}),
    }


def _error(information: Mapping[str, Any]) -> str | None:
    if information.get("raised_exception"):
        return str(information["exception_message"])
    messages = {
        str(each["exception_message"])
        for each in information.values()
        if isinstance(each, Mapping) and each.get("raised_exception")
    }
    return "; ".join(sorted(messages)) or None


def counts(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """Verdict and counts of an outcome, for comparing engines whose examples are printed differently."""
    keys = ("element_count", "missing_count", "unexpected_count")
    return (found["success"], *(found["result"].get(key) for key in keys))


def normal(value: Any) -> Any:
    """An outcome without what two engines print differently: the form of numbers and of missing values, the query."""
    if isinstance(value, Mapping):
        return {k: normal(each) for k, each in value.items() if k != "unexpected_index_query"}
    if isinstance(value, list | tuple):
        return [normal(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()  # numpy's
    return None if isinstance(value, float) and math.isnan(value) else value


def agreed(
    frame: pl.DataFrame, expectation: Any, result_format: str | Mapping[str, Any] = "COMPLETE"
) -> dict[str, Any]:
    """What our engine finds, after the library's pandas engine was seen to find the same."""
    ours, theirs = both(frame, expectation, result_format)
    assert ours["error"] is None, ours["error"]
    assert normal(ours) == normal(theirs)
    return ours
