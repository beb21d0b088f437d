"""pandera on a LazyFrame: a schema with everything that the columns are expected to be, all failures collected.

It has no `mostly`: failures are counted and compared with the tolerance here. Expectations of a whole column are functions.
"""

import os
from pathlib import Path

os.environ["PANDERA_VALIDATION_DEPTH"] = "SCHEMA_AND_DATA"  # else a LazyFrame's data is not read

import pandera.polars as pa
import polars as pl
from expressions import bad_rows, enough, is_met, is_unique, one_value
from outcomes import Outcome
from pandera.errors import SchemaErrors
from suites import COLUMNS, Check


def context() -> None:
    """Nothing is needed."""


def of_value(check: Check) -> pa.Check:
    """A check of one value of a column or of the table."""

    def is_within(data: pa.PolarsData) -> bool:
        found = data.lazyframe.select(one_value(check)).collect(engine="streaming").item()
        return is_met(check, found)

    return pa.Check(is_within, error=check.name)


def of_rows(check: Check) -> pa.Check | None:
    """A check of each value of a column."""
    kwargs, told = check.kwargs, {"error": check.name}
    match check.type.removeprefix("expect_column_"):
        case "values_to_be_between":
            return pa.Check.in_range(kwargs["min_value"], kwargs["max_value"], **told)
        case "values_to_be_in_set":
            return pa.Check.isin(kwargs["value_set"], **told)
        case "values_to_not_be_in_set":
            return pa.Check.notin(kwargs["value_set"], **told)
        case "values_to_match_regex":
            return pa.Check.str_matches(kwargs["regex"], **told)
        case "value_lengths_to_be_between":
            return pa.Check.str_length(kwargs["min_value"], kwargs["max_value"], **told)
    return None if one_value(check) is None else of_value(check)


def column(name: str, suite: list[Check]) -> pa.Column:
    """What a schema says about a column."""
    kinds = {one.type: one for one in suite if one.columns == [name]}
    kind = kinds.get("expect_column_values_to_be_of_type")
    checks = [of_rows(one) for one in suite if one.columns == [name]]
    return pa.Column(
        getattr(pl, kind.kwargs["type_"]) if kind else None,
        [check for check in checks if check],
        nullable="expect_column_values_to_not_be_null" not in kinds,
        unique="expect_column_values_to_be_unique" in kinds,
    )


def in_order(check: Check) -> pa.Check:
    """A check of two columns."""
    larger, smaller = check.columns

    def is_at_least(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(larger) >= pl.col(smaller))

    return pa.Check(is_at_least, error=check.name)


def schema(suite: list[Check]) -> pa.DataFrameSchema:
    """The suite as a schema."""
    pairs = [in_order(one) for one in suite if "pair_values" in one.type]
    tables = [of_value(one) for one in suite if "table_row_count" in one.type]
    compound = [one.columns for one in suite if one.type.endswith("compound_columns_to_be_unique")]
    ordered = any("ordered_list" in one.type for one in suite)
    return pa.DataFrameSchema(
        {name: column(name, suite) for name in COLUMNS},
        checks=[*pairs, *tables],
        unique=compound[0] if compound else None,
        ordered=ordered,
        strict=ordered,
    )


def told_as(check: Check) -> tuple[str | None, str]:
    """The column and the name under which failures of a check are told."""
    kind = check.type.removeprefix("expect_column_")
    name = {
        "values_to_not_be_null": "not_nullable",
        "values_to_be_unique": "field_uniqueness",
        "expect_compound_columns_to_be_unique": "multiple_fields_uniqueness",
    }.get(kind, check.name)
    return (check.columns[0] if len(check.columns) == 1 else None), name


def check(context: None, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    rows = pl.scan_parquet(path)
    try:
        schema(suite).validate(rows, lazy=True)
        failures: dict[tuple, int] = {}
    except SchemaErrors as errors:
        counts = errors.failure_cases.group_by("column", "check").len()
        failures = {(name, check): count for name, check, count in counts.iter_rows()}
    total = rows.select(pl.len()).collect().item()
    return {one.name: outcome(one, failures.get(told_as(one), 0), total) for one in suite}


def outcome(check: Check, failures: int, rows: int) -> Outcome:
    """What the number of failures says about a check."""
    about_rows = bad_rows(check) is not None or is_unique(check)
    return enough(check, failures, rows) if about_rows else Outcome(not failures)
