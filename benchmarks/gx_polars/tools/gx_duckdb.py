"""Great Expectations on DuckDB through SQLAlchemy, with a view of the file.

As it comes, no metric gets an answer: Great Expectations closes the connection before it fetches, and DuckDB then drops the
result. So one connection is kept here, as Great Expectations does for SQLite, by replacing one of its methods.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import duckdb_engine  # noqa: F401 registers the dialect
import sqlalchemy
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from outcomes import Outcome, threads
from suites import Check
from tools.gx import checkpoint, quiet_context, run

TYPES = {"Int32": "INTEGER", "Int64": "BIGINT", "Float64": "DOUBLE", "String": "VARCHAR"}
context = quiet_context


@contextmanager
def kept_connection(engine: SqlAlchemyExecutionEngine) -> Iterator[sqlalchemy.Connection]:
    """The connection of an engine, which stays open."""
    engine._connection = engine._connection or engine.engine.connect()
    yield engine._connection


SqlAlchemyExecutionEngine.get_connection = kept_connection


def check(context: Any, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    with TemporaryDirectory() as folder:
        database = Path(folder, "orders.duckdb")
        with duckdb.connect(database) as connection:
            connection.execute(f"CREATE VIEW orders AS FROM '{path}'")
        source = context.data_sources.add_sql(
            "orders", connection_string=f"duckdb:///{database}?threads={threads()}"
        )
        asset = source.add_table_asset("all", table_name="orders")
        batches = asset.add_batch_definition_whole_table("all")
        return run(checkpoint(context, batches, suite, TYPES))
