"""Whether two engines of Great Expectations found the same: verdicts, counts, observed values and examples."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
import polars as pl
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.v1_validator import Validator
from gx_cases import _batch_definition, _error

EXACT_IN_FLOAT64 = 2**53


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """The table as pandas users have it; whole numbers that floats cannot hold beside nulls stay whole."""
    found = frame.to_pandas()
    for name, dtype in frame.schema.items():
        if dtype.is_integer() and frame[name].null_count():
            greatest = max((abs(value) for value in frame[name].drop_nulls()), default=0)
            if greatest > EXACT_IN_FLOAT64:
                found[name] = pd.array(frame[name].to_list(), dtype=str(dtype))
    return found


def findings(
    frame: Any, expectations: Sequence[Any], result_format: Any, source: str
) -> list[dict[str, Any]]:
    """What an engine finds in a table, in the order of the expectations."""
    batches = _batch_definition(source, True)
    return findings_of(batches, expectations, result_format, {"dataframe": frame})


def findings_of(
    batches: Any,
    expectations: Sequence[Any],
    result_format: Any,
    parameters: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """What is found in a batch; no checkpoint stores it, which values could prevent."""
    marked = [each.copy(deep=True) for each in expectations]
    for index, each in enumerate(marked):
        each.meta = {"index": index}
    validator = Validator(batches, result_format, parameters)
    suite = gx.ExpectationSuite(name="suite", expectations=marked)
    found = validator.validate_expectation_suite(suite).results
    by_index = sorted(found, key=lambda each: each.expectation_config.meta["index"])
    return [_plain(each) for each in by_index]


def _plain(found: Any) -> dict[str, Any]:
    try:
        result = convert_to_json_serializable(deepcopy(found.result))
    except TypeError:  # a value that JSON does not know
        result = {key: _as_records(value) for key, value in found.result.items()}
    return {
        "success": bool(found.success),
        "result": result,
        "error": _error(found.exception_info or {}),
    }


def _as_records(value: Any) -> Any:
    return value.to_dict("records") if isinstance(value, pd.DataFrame) else value


def _moment(value: Any) -> Any:
    if not isinstance(value, str) or len(value) < 10 or value[4:5] != "-":
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _plain_span(value: Any) -> Any:
    """A span of time in seconds, as our engine shows it: JSON has none."""
    if isinstance(value, np.timedelta64):
        return value / np.timedelta64(1, "s")
    return value.total_seconds() if isinstance(value, timedelta) else value


def is_missing(value: Any) -> bool:
    return (
        value is None
        or value is pd.NaT
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, np.timedelta64 | np.datetime64) and bool(np.isnat(value)))
        or value in ("NaT", "<NA>", "nan")
    )


def same(left: Any, right: Any) -> bool:
    """Equal, numbers to nine digits; a missing value equals a missing value, and a day its midnight."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, list | tuple | Mapping) or isinstance(right, list | tuple | Mapping):
        return False
    if is_missing(left) or is_missing(right):
        return is_missing(left) and is_missing(right)
    left, right = _plain_span(left), _plain_span(right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return left == right or _moment(left) == _moment(right)


def _row_numbers(query: Any) -> Any:
    """The rows that a query for unexpected rows names: `df[[1, 2]]` here, `df.filter(items=[1, 2], axis=0)` there."""
    found = re.search(r"\[([\d, ]*)\]", query) if isinstance(query, str) else None
    return [int(number) for number in found[1].split(",") if number.strip()] if found else query


def leaves(value: Any) -> list[Any]:
    """The values within lists and mappings."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


COUNTS = ("element_count", "missing_count", "unexpected_count", "observed_value")
WITHOUT_ORDER = ("partial_missing_list", "partial_unexpected_list")  # of distinct values: sets


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any], but: str = "") -> str | None:
    """The first thing in which two outcomes differ, counts before examples; None when they are the same."""
    if ours["error"] or theirs["error"]:
        if ours["error"] and theirs["error"]:
            return None
        return "we fail" if ours["error"] else "pandas fails"
    left, right = ours["result"], theirs["result"]
    keys = sorted({*left, *right} - {*COUNTS})
    for key in [each for each in (*COUNTS, "success", *keys) if each != but]:
        if key == "success":
            if ours["success"] != theirs["success"]:
                return key
        elif not _same_part(key, left, right):
            return key
    return None


def _same_part(key: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    one, other = left.get(key), right.get(key)
    if key == "unexpected_index_query":
        return same(_row_numbers(one), _row_numbers(other))
    if (
        key in WITHOUT_ORDER
        and "partial_missing_list" in left
        and one is not None
        and other is not None
    ):
        one, other = (
            sorted(values, key=lambda value: str(_moment(value))) for values in (one, other)
        )
    return same(one, other)
