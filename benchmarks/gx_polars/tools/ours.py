"""Great Expectations on polars: the engine of this repository."""

from pathlib import Path
from typing import Any

import polars as pl
from outcomes import Outcome
from suites import Check

from aifactory_nb.gx_polars import add_polars  # isort: skip (it makes the next import lighter)
from tools.gx import checkpoint, quiet_context, run  # isort: skip

TYPES: dict[str, str] = {}
context = quiet_context
read = pl.read_parquet


def frame_batches(context: Any) -> Any:
    """A batch definition of frames that are given."""
    asset = add_polars(context, "frames").add_frame_asset("all")
    return asset.add_batch_definition_whole_dataframe("all")


def check(
    context: Any, path: Path, suite: list[Check], use_metadata: bool = True
) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    source = add_polars(context, "orders", use_metadata=use_metadata)
    batches = source.add_parquet_asset("all", path).add_batch_definition_whole_table("all")
    return run(checkpoint(context, batches, suite, TYPES))
