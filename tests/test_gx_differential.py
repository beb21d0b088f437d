"""Random tables and suites: our engine finds what the library's pandas engine finds, or a listed difference.

`AIFACTORY_FUZZ=5000` runs that many tables, other ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from great_expectations.expectations.row_conditions import ComparisonCondition, Condition, Operator
from gx_cases import context
from gx_compare import (
    EXACT_IN_FLOAT64,
    as_pandas,
    difference,
    findings,
    findings_of,
    is_missing,
    leaves,
    same,
)
from gx_strategies import cases
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars import add_polars

LONG = int(os.environ.get("AIFACTORY_FUZZ", "0"))


@dataclass(frozen=True)
class Case:
    """One expectation on one table, and what both engines found."""

    frame: pl.DataFrame
    expectation: Any
    result_format: Any
    ours: dict[str, Any]
    theirs: dict[str, Any]

    @property
    def kind(self) -> str:
        """The name of the expectation."""
        return str(self.expectation.expectation_type)

    @property
    def columns(self) -> list[str]:
        """The columns that the expectation is about."""
        arguments = self.expectation.configuration.kwargs
        single = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
        return [*single, *(arguments.get("column_list") or [])]

    @property
    def dtypes(self) -> list[Any]:
        """Their types."""
        return [self.frame.schema[name] for name in self.columns if name in self.frame.schema]

    def differs(self, but: str = "") -> str | None:
        """The first thing in which the engines differ, one left out of sight."""
        return difference(self.ours, self.theirs, but)

    def with_frames(self, ours: pl.DataFrame, theirs: pl.DataFrame, form: Any = None) -> Case:
        """The same expectation on other tables, or in another result format."""
        form = form or self.result_format
        return replace(
            self,
            frame=ours,
            result_format=form,
            ours=findings(ours, [self.expectation], form, "polars")[0],
            theirs=findings(as_pandas(theirs), [self.expectation], form, "pandas")[0],
        )


# --- the differences


def _comparisons(condition: Any) -> Iterator[ComparisonCondition]:
    if isinstance(condition, ComparisonCondition):
        yield condition
    for inner in getattr(condition, "conditions", None) or []:
        yield from _comparisons(inner)


def _unknown_condition(case: Case) -> bool:
    """The engines agree on the rows for which the condition is known."""
    condition = getattr(case.expectation, "row_condition", None)
    if not isinstance(condition, Condition):
        return False
    negative = {
        each.column.name
        for each in _comparisons(condition)
        if each.operator in (Operator.NOT_EQUAL, Operator.NOT_IN)
    }
    known = [
        pl.col(name).fill_nan(None) if case.frame.schema[name].is_float() else pl.col(name)
        for name in negative
    ]
    rows = (
        case.frame.filter(pl.all_horizontal([each.is_not_null() for each in known]))
        if known
        else case.frame
    )
    return rows.height < case.frame.height and explained(case.with_frames(rows, rows)) is not None


def _examples_counted(case: Case) -> bool:
    """All else is the same, and some example is missing."""
    key = "partial_unexpected_counts"
    examples = case.ours["result"].get("partial_unexpected_list") or []
    return (
        case.differs() == key
        and case.differs(but=key) is None
        and any(map(is_missing, leaves(examples)))
    )


def _steps(case: Case) -> bool:
    """pandas agrees where the numbers are wide enough for their differences, and finite."""
    if not _is_order(case) or not case.dtypes[0].is_numeric():
        return False
    infinite = pl.col(case.columns).is_infinite()
    finite = case.frame
    if case.dtypes[0].is_float():
        edge = pl.col(case.columns).sign() * 1e30
        finite = finite.with_columns(pl.when(infinite).then(edge).otherwise(pl.col(case.columns)))
    wide = finite.with_columns(pl.col(case.columns).cast(pl.Float64))
    return case.with_frames(finite, wide).differs() in (None, "partial_unexpected_counts")


def _is_order(case: Case) -> bool:
    return case.kind in (
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_decreasing",
    )


def _single_precision(case: Case) -> bool:
    """pandas agrees where it computes with double precision."""
    if pl.Float32 not in case.frame.dtypes:
        return False
    short = pl.col(pl.Float32)
    wide = (short.cast(pl.Float64), short.cast(pl.String).cast(pl.Float64))  # 0.1 is 0.1
    frames = (case.frame.with_columns(each) for each in wide)
    cases = [case.with_frames(case.frame, frame) for frame in frames]
    return any(each.differs() is None or _examples_counted(each) for each in cases)


def _long_integers(case: Case) -> bool:
    """A mean of integers beyond those that a float holds."""
    if case.kind != "expect_column_mean_to_be_between" or not case.dtypes[0].is_integer():
        return False
    values = case.frame[case.columns[0]].drop_nulls().to_list()
    return max(map(abs, values), default=0) > EXACT_IN_FLOAT64


def _between_infinities(case: Case) -> bool:
    """pandas has no value between an infinity and itself."""
    if case.kind != "expect_column_quantile_values_to_be_between" or not case.dtypes[0].is_float():
        return False
    shown = case.with_frames(case.frame, case.frame, "BASIC")
    found = [each["result"]["observed_value"]["values"] for each in (shown.ours, shown.theirs)]
    return all(
        same(ours, theirs) or (theirs is None and abs(ours) == float("inf"))
        for ours, theirs in zip(*found, strict=True)
    )


def _last_digits(case: Case) -> bool:
    """The same value is observed to nine digits, and lies at a bound."""
    arguments = case.expectation.configuration.kwargs
    bounds = [arguments.get(key) for key in ("min_value", "max_value")]
    shown = case.with_frames(case.frame, case.frame, "BASIC")
    observed = shown.ours["result"].get("observed_value")
    return shown.differs() == "success" and any(
        same(observed, bound) for bound in bounds if isinstance(observed, float)
    )


def _mode_of_moments(case: Case) -> bool:
    """pandas says that a moment is not in the set, though it is."""
    return (
        case.kind == "expect_column_most_common_value_to_be_in_set"
        and case.dtypes[0].is_temporal()
        and case.differs() == "success"
        and case.ours["success"]
    )


def _overflow(case: Case) -> bool:
    """The sum of pandas is that of whole numbers, short of a multiple of 2^64."""
    if case.kind != "expect_column_sum_to_be_between" or not case.dtypes[0].is_integer():
        return False
    ours, theirs = (each["result"].get("observed_value") for each in (case.ours, case.theirs))
    fits = ours is not None and -(2**63) <= ours < (
        2**64 if case.dtypes[0].is_unsigned_integer() else 2**63
    )
    if case.differs() == "success":  # BOOLEAN_ONLY shows no sum
        total = case.with_frames(case.frame, case.frame, "BASIC")
        return total.differs() == "observed_value" and _overflow(total)
    return not fits and (ours - theirs) % 2**64 == 0


def _unknown_to_pandas(case: Case) -> bool:
    """pandas fails, and agrees where it is given floats and texts."""
    if case.differs() != "pandas fails":
        return False
    if "boolean value of NA is ambiguous" in case.theirs["error"]:
        return any(
            str(dtype) in ("Int64", "UInt64")
            for dtype in as_pandas(case.frame)[case.columns].dtypes
        )
    plain = case.frame.with_columns(
        (cs.decimal() | cs.integer()).cast(pl.Float64),
        (cs.categorical() | cs.enum()).cast(pl.String),
    )
    again = case.with_frames(case.frame, plain)
    return again.differs() is None or _examples_counted(again)


ABOUT_TYPES = ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list")


def _type_names(case: Case) -> bool:
    """The verdict is the same, or a name stands for more here, or pandas has no such type."""
    if case.kind not in ABOUT_TYPES or case.ours["error"]:
        return False
    values = as_pandas(case.frame)[case.columns[0]]
    is_another = values.dtype == object or (case.dtypes[0].is_integer() and values.isna().any())
    return case.ours["success"] or not case.theirs["success"] or is_another


def _order_of_categories(case: Case) -> bool:
    """The most common values are the same, in the order of letters and not of the categories."""
    if case.differs() != "observed_value" or case.dtypes[:1] != [pl.Categorical]:
        return False
    ours, theirs = (each["result"]["observed_value"] for each in (case.ours, case.theirs))
    return case.differs(but="observed_value") is None and ours == sorted(theirs)


DIFFERENCES: dict[str, tuple[Callable[[Case], bool], str]] = {
    "conditions on missing values": (
        _unknown_condition,
        "`!=` and `not in` are unknown for a missing value, so that the row does not count, as in SQL; pandas counts it.",
    ),
    "missing values among counted examples": (
        _examples_counted,
        "Examples that miss a value are counted as equal; pandas counts each NaN as a value of its own, and nothing where it cannot sort.",
    ),
    "steps between numbers": (
        _steps,
        "pandas subtracts neighbours in the type of the column, where the difference of unsigned and of narrow integers wraps around, and finds no "
        "step between two infinities.",
    ),
    "single precision": (
        _single_precision,
        "0.1 in a suite equals 0.1 in a column of Float32, which is summed up with double precision; for pandas the two are never equal, and it stays with "
        "single precision, which the library rounds to odd digits.",
    ),
    "names of types": (
        _type_names,
        "The observed type is called as polars does, and is that of the column. pandas makes floats and objects of integers, booleans, days and "
        "decimals, and judges objects one by one: without any, they are of every type. Suites may name types as either library does; names "
        "without unit or zone stand for all, and `object` for whatever pandas holds so.",
    ),
    "order of categories": (
        _order_of_categories,
        "Values that are equally common are observed in the order of letters; pandas has that of its categories.",
    ),
    "sums that overflow": (
        _overflow,
        "Sums are as wide as they have to be; those of pandas wrap around at 64 bits.",
    ),
    "types that pandas lacks": (
        _unknown_to_pandas,
        "pandas has objects for decimals, compares no categories of different sets, and knows integers beside missing values as an extension: "
        "several expectations fail on these, which are judged here.",
    ),
    "means of long integers": (
        _long_integers,
        "A mean is computed with floats, and rounded where integers have more than 53 bits, by each library in its own order.",
    ),
    "quantiles that are infinite": (
        _between_infinities,
        "Between an infinity and itself lies that infinity; pandas subtracts them and finds nothing.",
    ),
    "last digits": (
        _last_digits,
        "A standard deviation of equal values is 0 or some 1e-17, as the sums are rounded: at a strict bound that decides.",
    ),
    "most common moment": (
        _mode_of_moments,
        "pandas compares numpy's moments with Python's, which are never equal.",
    ),
}


def explained(case: Case) -> str | None:
    """The name of the difference that a case is one of; "" when there is none; None when it is unexplained."""
    if case.differs() is None:
        return ""
    return next((name for name, (explains, _) in DIFFERENCES.items() if explains(case)), None)


def found_by_both(frame: pl.DataFrame, expectations: list[Any], result_format: Any) -> list[Case]:
    """The cases of a table."""
    ours = findings(frame, expectations, result_format, "polars")
    theirs = findings(as_pandas(frame), expectations, result_format, "pandas")
    return [
        Case(frame, *each)
        for each in zip(
            expectations, [result_format] * len(expectations), ours, theirs, strict=True
        )
    ]


def text_of(case: Case) -> str:
    """A case as one needs it to run it again."""
    arguments = {
        key: value
        for key, value in case.expectation.configuration.kwargs.items()
        if value is not None
    }
    shown = (
        case.frame.to_init_repr(n=case.frame.height) if case.frame.height < 50 else str(case.frame)
    )
    return "\n".join(
        [
            f"{case.kind} differs in {case.differs()!r}; {arguments}; {case.result_format}",
            *(shown, f"polars: {case.ours}", f"pandas: {case.theirs}"),
        ]
    )


def drawn(examples: int) -> settings:
    """So many cases, the same ones each time; AIFACTORY_FUZZ draws that many others."""
    return settings(
        max_examples=LONG or examples,
        derandomize=not LONG,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),  # a smaller case takes minutes to find, and these are small
    )


@drawn(60)
@given(cases())
@pytest.mark.long
def test_both_engines_find_the_same(case: tuple[pl.DataFrame, list[Any], Any]) -> None:
    """Verdicts, counts, observed values to nine digits, examples and row numbers."""
    for each in found_by_both(*case):
        if explained(each) is None:
            pytest.fail(text_of(each))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[bool, Any]]:
    """A folder for Parquet files, and the batches of it with and without their metadata."""
    folder = tmp_path_factory.mktemp("files")
    _write(pl.DataFrame({"x": [1]}), folder, 1)
    batches = {}
    for use in (True, False):
        source = add_polars(context(), f"{folder} {use}", use_metadata=use)
        asset = source.add_parquet_asset("all", folder / "*.parquet")
        batches[use] = asset.add_batch_definition_whole_table("all")
    return folder, batches


def _write(frame: pl.DataFrame, folder: Path, parts: int) -> None:
    for old in folder.iterdir():
        old.unlink()
    rows = max(1, -(-frame.height // parts))
    for index, part in enumerate(frame.iter_slices(rows) if frame.height else [frame]):
        part.write_parquet(folder / f"{index:03}.parquet", row_group_size=2, statistics="full")


@pytest.mark.long
@drawn(40)
@given(case=cases(), parts=st.integers(1, 3), use_metadata=st.booleans())
def test_files_and_frames_are_the_same(
    files: tuple[Path, dict[bool, Any]],
    case: tuple[pl.DataFrame, list[Any], Any],
    parts: int,
    use_metadata: bool,
) -> None:
    """A table in Parquet files of small row groups, with what their footers prove and without it."""
    frame, expectations, result_format = case
    folder, batches = files
    _write(frame, folder, parts)

    in_memory = findings(frame, expectations, result_format, "polars")
    lazily = findings(frame.lazy(), expectations, result_format, "polars")
    in_files = findings_of(batches[use_metadata], expectations, result_format)

    for check, memory, *others in zip(expectations, in_memory, lazily, in_files, strict=True):
        for each in others:
            if difference(each, memory) or each["error"] != memory["error"]:
                pytest.fail(text_of(Case(frame, check, result_format, each, memory)))
