"""Great Expectations on its own pandas engine, which reads the file."""

from pathlib import Path
from typing import Any

import pandas as pd
from outcomes import Outcome
from suites import Check
from tools.gx import checkpoint, quiet_context, run

TYPES = {"Int32": "int32", "Int64": "int64", "Float64": "float64", "String": "str"}
context = quiet_context
read = pd.read_parquet


def frame_batches(context: Any) -> Any:
    """A batch definition of frames that are given."""
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("all")
    return asset.add_batch_definition_whole_dataframe("all")


def check(context: Any, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    asset = context.data_sources.add_pandas("orders").add_parquet_asset("all", path=path)
    batches = asset.add_batch_definition("all")
    return run(checkpoint(context, batches, suite, TYPES))
