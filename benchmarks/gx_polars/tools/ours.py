"""Great Expectations on polars: the engine of this repository."""

from pathlib import Path
from typing import Any

from aifactory_nb.gx_polars import add_polars  # before great_expectations: it makes its import lighter
from outcome import Outcome
from suites import Check
from tools.gx import checkpoint, quiet_context, run

context = quiet_context


def check(
    context: Any, path: Path, suite: list[Check], use_metadata: bool = True
) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    source = add_polars(context, "orders", use_metadata=use_metadata)
    batches = source.add_parquet_asset("all", path).add_batch_definition_whole_table("all")
    return run(checkpoint(context, batches, suite, {}))
