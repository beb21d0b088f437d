"""pointblank: a plan with a step for each check, interrogated on a DataFrame.

On a LazyFrame it works too, and takes three to ten times as long. It counts failures and keeps an extract of them; the tolerance
is looked at here, from its counts. Expectations of a whole column are functions given to `specially`.
"""

from pathlib import Path
from typing import Any

import pointblank as pb
import polars as pl
from expressions import bad_rows, enough, is_met, is_unique, one_value
from outcomes import Outcome
from suites import Check


def context() -> None:
    """Nothing is needed."""


def about_value(check: Check) -> Any:
    """A function that looks at one value of a table."""

    def is_within(rows: pl.DataFrame) -> bool:
        found = rows.select(one_value(check)).item()
        return is_met(check, found)

    return is_within


def add_step(plan: pb.Validate, check: Check) -> pb.Validate:
    """The plan with one step more."""
    kwargs, columns = check.kwargs, check.columns
    limits = (kwargs.get("min_value"), kwargs.get("max_value"))
    match check.type.removeprefix("expect_").removeprefix("column_"):
        case "values_to_not_be_null":
            return plan.col_vals_not_null(columns)
        case "values_to_be_between":
            return plan.col_vals_between(columns, *limits, na_pass=True)
        case "values_to_be_in_set":
            return plan.col_vals_in_set(columns, kwargs["value_set"])
        case "values_to_not_be_in_set":
            return plan.col_vals_not_in_set(columns, kwargs["value_set"])
        case "values_to_match_regex":
            return plan.col_vals_regex(columns, kwargs["regex"], na_pass=True)
        case "value_lengths_to_be_between":
            return plan.col_vals_str_len(columns, *limits, na_pass=True)
        case "values_to_be_unique" | "compound_columns_to_be_unique":
            return plan.rows_distinct(columns)
        case "pair_values_a_to_be_greater_than_b":
            return plan.col_vals_ge(columns[0], pb.col(columns[1]), na_pass=True)
        case "values_to_be_of_type":
            schema = pb.Schema({columns[0]: kwargs["type_"]})
            return plan.col_schema_match(schema, complete=False)
        case "table_column_count_to_equal":
            return plan.col_count_match(kwargs["value"])
        case "table_columns_to_match_ordered_list":
            return plan.col_schema_match(pb.Schema(columns=columns))
    return plan.specially(about_value(check))


def outcome(check: Check, step: Any) -> Outcome:
    """What a step has found."""
    if step.eval_error:
        return Outcome(False, error=str(step.notes))
    if bad_rows(check) is not None or is_unique(check):
        return enough(check, int(step.n_failed), int(step.n))
    return Outcome(bool(step.all_passed))


def check(context: None, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    plan = pb.Validate(pl.read_parquet(path))
    for one in suite:
        plan = add_step(plan, one)
    steps = plan.interrogate(collect_tbl_checked=False).validation_info
    return {one.name: outcome(one, step) for one, step in zip(suite, steps, strict=True)}
