"""Great Expectations on Spark, in one local process of Java."""

from pathlib import Path
from typing import Any

from outcomes import Outcome, threads
from pyspark.sql import SparkSession
from suites import Check
from tools.gx import checkpoint, quiet_context, run

TYPES = {
    "Int32": "IntegerType",
    "Int64": "LongType",
    "Float64": "DoubleType",
    "String": "StringType",
}


def context() -> Any:
    """A context, and a session that Great Expectations will find."""
    session = SparkSession.builder.master(f"local[{threads()}]").appName("benchmark")
    session = session.config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
    session.config("spark.sql.shuffle.partitions", str(2 * threads())).getOrCreate()
    return quiet_context()


def check(context: Any, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    rows = SparkSession.active().read.parquet(str(path))
    asset = context.data_sources.add_spark("orders").add_dataframe_asset("all")
    batches = asset.add_batch_definition_whole_dataframe("all")
    made = checkpoint(context, batches, suite, TYPES)
    return run(made, batch_parameters={"dataframe": rows})
