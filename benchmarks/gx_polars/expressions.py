"""What the checks mean, as expressions of polars: the floor is made of them, and the tools that take expressions use them."""

import polars as pl
from outcomes import Outcome
from suites import Check

HELD = ("median", "quantile", "unique_value_count")  # need all values of a column at once


def bad_rows(check: Check) -> pl.Expr | None:
    """Which rows are unexpected, null where a value is missing; None if the check is not about rows."""
    if check.type.startswith("expect_table"):
        return None
    kwargs, first = check.kwargs, pl.col(check.columns[0])
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


def one_value(check: Check) -> pl.Expr | None:
    """The one value of a column or the table that the check is about; None if it is about something else."""
    if check.type.startswith("expect_table"):
        return pl.len() if "row_count" in check.type else None
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
        case "median":
            return values.median()
        case "unique_value_count":
            return values.n_unique()
        case "quantile_values":
            shares = check.kwargs["quantile_ranges"]["quantiles"]
            return values.quantile(shares, "nearest")
        case "distinct_values_to_be_in_set":
            return values.is_in(check.kwargs["value_set"]).all()
    return None


def is_unique(check: Check) -> bool:
    """Whether it is about rows that come once."""
    return check.type.endswith("_unique")


def is_met(check: Check, found: object) -> bool:
    """Whether the one value is within its limits."""
    if isinstance(found, bool):
        return found
    if isinstance(found, list | pl.Series):
        ranges = check.kwargs["quantile_ranges"]["value_ranges"]
        return all(low <= value <= high for value, (low, high) in zip(found, ranges, strict=True))
    return check.kwargs["min_value"] <= found <= check.kwargs["max_value"]


def holds(check: Check, schema: pl.Schema) -> bool:
    """Whether a check of names and types is met."""
    match check.type:
        case "expect_table_columns_to_match_ordered_list":
            return schema.names() == check.kwargs["column_list"]
        case "expect_table_column_count_to_equal":
            return len(schema) == check.kwargs["value"]
    return str(schema[check.columns[0]]) == check.kwargs["type_"]


def enough(check: Check, unexpected: int, rows: int) -> Outcome:
    """The outcome of a check of rows, for the tools that count without a tolerance."""
    share = 1 - unexpected / rows if rows else 1.0
    return Outcome(share >= check.least_share, unexpected)
