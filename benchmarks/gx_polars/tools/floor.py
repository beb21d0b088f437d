"""The floor: the same checks as lazy plans of polars, written by somebody who knows the data and needs no report.

One `select` holds what can be counted row by row; what has to hold a column (uniqueness, quantiles) is a plan of its own, because
in one select with the rest it would keep the whole table in memory. All of them are collected together by the streaming
engine. A second, small collect fetches twenty bad values of each check that has some.
"""

from pathlib import Path

import polars as pl

from outcome import Outcome, enough
from suites import Check

SAMPLE = 20


def context() -> None:
    """Nothing is needed."""


def bad_rows(check: Check) -> pl.Expr | None:
    """Which rows are unexpected; null where a value is missing."""
    kwargs = check.kwargs
    first = pl.col(check.columns[0]) if check.columns else pl.len()
    match check.type.removeprefix("expect_column_"):
        case "values_to_not_be_null":
            return first.is_null()
        case "values_to_be_between":
            return ~first.is_between(kwargs["min_value"], kwargs["max_value"])
        case "values_to_be_in_set":
            return ~first.is_in(kwargs["value_set"])
        case "values_to_not_be_in_set":
            return first.is_in(kwargs["value_set"])
        case "values_to_match_regex":
            return ~first.str.contains(kwargs["regex"])
        case "value_lengths_to_be_between":
            return ~first.str.len_chars().is_between(kwargs["min_value"], kwargs["max_value"])
        case "pair_values_a_to_be_greater_than_b":
            return first < pl.col(kwargs["column_B"])
    return None


def found_value(check: Check) -> pl.Expr | None:
    """The one value of a column or the table that the check is about."""
    if check.type.startswith("expect_table_row_count"):
        return pl.len()
    values = pl.col(check.columns[0])
    match check.type.removeprefix("expect_column_").removesuffix("_to_be_between"):
        case "min":
            return values.min()
        case "max":
            return values.max()
        case "mean":
            return values.mean()
        case "stdev":
            return values.std()
        case "sum":
            return values.sum()
        case "distinct_values_to_be_in_set":
            return (~values.is_in(check.kwargs["value_set"])).any()
    return None


def held_value(check: Check) -> pl.Expr | None:
    """The same, where all values of the column have to be held."""
    match check.type.removeprefix("expect_column_").removesuffix("_to_be_between"):
        case "median":
            return pl.col(check.columns[0]).median()
        case "unique_value_count":
            return pl.col(check.columns[0]).n_unique()
        case "quantile_values":
            shares = check.kwargs["quantile_ranges"]["quantiles"]
            return pl.col(check.columns[0]).quantile(shares, "nearest")
    return None


def key(check: Check) -> pl.Expr:
    """Eight bytes for each row, equal where the row is equal."""
    columns = check.columns
    if columns == ["id"]:
        return pl.col("id")
    return pl.struct(columns).hash() if len(columns) > 1 else pl.col(columns).hash()


def repeated_keys(rows: pl.LazyFrame, check: Check) -> pl.LazyFrame:
    """The keys that come more than once: in the order of keys, equal ones are neighbours."""
    keys = rows.select(key=key(check)).sort("key")
    return keys.filter(pl.col("key") == pl.col("key").shift(1)).unique()


def repeated_rows(rows: pl.LazyFrame, check: Check, keys: pl.Series) -> pl.LazyFrame:
    """How many rows are not unique, of those with a repeated key."""
    suspects = rows.filter(key(check).is_in(keys.implode()))
    return suspects.group_by(check.columns).len().filter(pl.col("len") > 1).select(pl.sum("len"))


def bad_sample(rows: pl.LazyFrame, check: Check) -> pl.LazyFrame:
    """Some of the unexpected values."""
    return rows.filter(bad_rows(check)).select(check.columns).head(SAMPLE)


def holds(check: Check, schema: pl.Schema) -> bool:
    """Whether a check of names and types is met."""
    match check.type:
        case "expect_table_columns_to_match_ordered_list":
            return schema.names() == check.kwargs["column_list"]
        case "expect_table_column_count_to_equal":
            return len(schema) == check.kwargs["value"]
    return str(schema[check.columns[0]]) == check.kwargs["type_"]


def is_met(check: Check, found: object) -> bool:
    """Whether the one value is within its limits."""
    if isinstance(found, bool):
        return not found
    if isinstance(found, list):
        ranges = check.kwargs["quantile_ranges"]["value_ranges"]
        return all(low <= value <= high for value, (low, high) in zip(found, ranges, strict=True))
    return check.kwargs["min_value"] <= found <= check.kwargs["max_value"]


def check(context: None, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    rows = pl.scan_parquet(path)
    schema = rows.collect_schema()
    by_row = {one.name: one for one in suite if bad_rows(one) is not None}
    unique = {one.name: one for one in suite if one.type.endswith("_unique")}
    single = {one.name: found_value(one) for one in suite if one.name not in by_row}
    held = {one.name: held_value(one) for one in suite if one.name not in by_row}
    counts = [bad_rows(one).sum().alias(name) for name, one in by_row.items()]
    values = [value.alias(name) for name, value in single.items() if value is not None]
    plans = [
        rows.select(pl.len().alias("rows"), *counts, *values),
        *(rows.select(value.alias(name)) for name, value in held.items() if value is not None),
    ]
    keys = [repeated_keys(rows, one) for one in unique.values()]
    tables = pl.collect_all([*plans, *keys], engine="streaming")
    found = {name: one.item() for table in tables[: len(plans)] for name, one in table.to_dict().items()}
    ...
