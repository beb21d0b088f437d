"""The floor: the same checks as lazy plans of polars, written by somebody who knows the data and needs no report.

One `select` holds what can be counted row by row; what has to hold a column (uniqueness, quantiles) is a plan of its own, because
in one select with the rest it would keep the whole table in memory. All of them are collected together by the streaming
engine. A second, small collect fetches twenty bad values of each check that has some.
"""

from pathlib import Path

import polars as pl
from expressions import HELD, bad_rows, enough, holds, is_met, is_unique, one_value
from outcomes import Outcome
from suites import Check

SAMPLE = 20


def context() -> None:
    """Nothing is needed."""


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


def deciding_plans(rows: pl.LazyFrame, suite: list[Check]) -> list[pl.LazyFrame]:
    """Every number that decides: one select, and a plan for each column that has to be held."""
    counted = {one.name: bad_rows(one) for one in suite}
    values = {one.name: one_value(one) for one in suite}
    held = [name for name in values if any(kind in name for kind in HELD)]
    return [
        rows.select(
            pl.len().alias("rows"),
            *(bad.sum().alias(name) for name, bad in counted.items() if bad is not None),
            *(
                value.alias(name)
                for name, value in values.items()
                if value is not None and name not in held
            ),
        ),
        *(rows.select(values[name].alias(name)) for name in held),
    ]


def outcome(check: Check, found: dict, schema: pl.Schema) -> Outcome:
    """What the numbers say about a check."""
    if check.name not in found:
        return Outcome(holds(check, schema))
    if is_unique(check) or bad_rows(check) is not None:
        return enough(check, found[check.name], found["rows"])
    return Outcome(is_met(check, found[check.name]))


def check(context: None, path: Path, suite: list[Check]) -> dict[str, Outcome]:
    """The outcomes of a suite on a Parquet file."""
    rows = pl.scan_parquet(path)
    schema = rows.collect_schema()
    unique = [one for one in suite if is_unique(one)]
    plans = deciding_plans(rows, suite)
    keys = [repeated_keys(rows, one) for one in unique]
    tables = pl.collect_all([*plans, *keys], engine="streaming")
    found = pl.concat(tables[: len(plans)], how="horizontal").row(0, named=True)
    repeated = {one: table["key"] for one, table in zip(unique, tables[len(plans) :], strict=True)}
    found |= {one.name: 0 for one in unique}
    suspect = [one for one in unique if len(repeated[one])]
    bad = [one for one in suite if bad_rows(one) is not None and found[one.name]]
    later = pl.collect_all(
        [repeated_rows(rows, one, repeated[one]) for one in suspect]
        + [bad_sample(rows, one) for one in bad],
        engine="streaming",
    )
    found |= {one.name: table.item() for one, table in zip(suspect, later, strict=False)}
    return {one.name: outcome(one, found, schema) for one in suite}
