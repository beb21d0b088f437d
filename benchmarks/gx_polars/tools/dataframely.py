"""dataframely's `filter` on a LazyFrame: rows that fail a rule are split off, with a count for each rule.

It has no `mostly`: failures are counted and compared with the tolerance here. Expectations of a whole column are rules whose
one value is repeated for each row. The order of columns cannot be asked for.
"""

from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from expressions import bad_rows, enough, is_unique, one_value
from outcomes import Outcome
from suites import Check

NO_ANSWER = Outcome(False, error="a schema does not look at the order or the number of columns")
OPTIONS: dict[str, dict[str, str]] = {
    "values_to_be_between": {"min_value": "min", "max_value": "max"},
    "value_lengths_to_be_between": {"min_value": "min_length", "max_value": "max_length"},
    "values_to_match_regex": {"regex": "regex"},
}
CHECKS = {"values_to_be_in_set": "in_set", "values_to_not_be_in_set": "not_in_set"}


def context() -> None:
    """Nothing is needed."""


def kind(check: Check) -> str:
    """The expectation without the prefix."""
    return check.type.removeprefix("expect_column_")


def membership(check: Check) -> Any:
    """A rule of one column about a set."""
    values = check.kwargs["value_set"]
    if kind(check) == "values_to_be_in_set":
        return lambda column: column.is_in(values)
    return lambda column: ~column.is_in(values)


def column(found: pl.DataType, checks: list[Check], in_key: bool) -> dy.Column:
    """What a schema says about a column; the type is the one of the file when nothing is expected of it."""
    kinds = {kind(one): one for one in checks}
    typed = kinds.get("values_to_be_of_type")
    dtype = typed.kwargs["type_"] if typed else str(found).partition("(")[0]
    options = {
        option: kinds[name].kwargs[key]
        for name, keys in OPTIONS.items()
        if name in kinds
        for key, option in keys.items()
    }
    sets = {CHECKS[name]: membership(one) for name, one in kinds.items() if name in CHECKS}
    return getattr(dy, dtype)(
        nullable="values_to_not_be_null" not in kinds and not in_key,
        unique="values_to_be_unique" in kinds,
        primary_key=in_key,
        check=sets or None,
        **options,
    )


def within(check: Check) -> pl.Expr:
    """Whether the one value of a check is within its limits."""
    value, kwargs = one_value(check), check.kwargs
    if "quantile_ranges" in kwargs:
        shares, ranges = kwargs["quantile_ranges"].values()
        values = [pl.col(check.columns[0]).quantile(share, "nearest") for share in shares]
        return pl.all_horizontal(
            one.is_between(*limits) for one, limits in zip(values, ranges, strict=True)
        )
    return (
        value
        if "value_set" in kwargs
        else value.is_between(kwargs["min_value"], kwargs["max_value"])
    )


def rule_name(check: Check) -> str:
    """The name of a rule about more than single values."""
    return check.name.replace(" ", "_")


def rule(check: Check) -> Any:
    """A rule about two columns, or one value for all rows."""
    expression = ~bad_rows(check) if "pair_values" in check.type else within(check)

    def validation(_: type[dy.Schema]) -> pl.Expr:
        return expression

    return dy.rule()(validation)


def schema(suite: list[Check], types: pl.Schema) -> type[dy.Schema]:
    """The suite as a schema of the columns that it looks at."""
    compound = [one.columns for one in suite if "compound" in one.type]
    key = compound[0] if compound else []
    looked_at = {name for one in suite if len(one.columns) < len(types) for name in one.columns}
    members: dict[str, Any] = {
        name: column(types[name], [one for one in suite if one.columns == [name]], name in key)
        for name in types
        if name in looked_at
    }
    members |= {
        rule_name(one): rule(one)
        for one in suite
        if "pair_values" in one.type or one_value(one) is not None
    }
    return type("Orders", (dy.Schema,), members)


def rules_of(check: Check) -> list[str]:
    """The names under which failures of a check are counted."""
    name = kind(check)
    if "compound" in name:
        return ["primary_key"]
    if name in OPTIONS:
        return [f"{check.columns[0]}|{option}" for option in OPTIONS[name].values()]
    if name in CHECKS:
        return [f"{check.columns[0]}|check__{CHECKS[name]}"]
    told = {"values_to_not_be_null": "nullability", "values_to_be_unique": "unique"}
    return [f"{check.columns[0]}|{told[name]}" if name in told else rule_name(check)]


def outcome(check: Check, counts: dict[str, int], rows: int) -> Outcome:
    """What the counts say about a check."""
    if check.type.startswith("expect_table_column"):
        return NO_ANSWER
    failures = sum(counts.get(name, 0) for name in rules_of(check))
    about_rows = bad_rows(check) is not None or is_unique(check)
    return enough(check, failures, rows) if about_rows else Outcome(not failures)


def check(context: None, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    rows = pl.scan_parquet(path)
    made = schema(suite, rows.collect_schema())
    good, failure = made.filter(rows).collect_all(engine="streaming")
    counts = failure.counts()
    total = len(good) + len(failure)
    return {one.name: outcome(one, counts, total) for one in suite}
