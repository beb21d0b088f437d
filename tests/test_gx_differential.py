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
from gx_compare import as_pandas, difference, findings, findings_of, is_missing, leaves
from gx_strategies import cases
from hypothesis import HealthCheck, given, settings
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


def _wrapped_steps(case: Case) -> bool:
    """pandas agrees where the numbers are wide enough for their differences."""
    wide = (
        case.frame.with_columns(pl.col(case.columns).cast(pl.Float64)) if _is_order(case) else None
    )
    return (
        wide is not None
        and case.dtypes[0].is_integer()
        and case.with_frames(case.frame, wide).differs() in (None, "partial_unexpected_counts")
    )


def _is_order(case: Case) -> bool:
    return case.kind in (
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_decreasing",
    )


def _single_precision(case: Case) -> bool:
    """pandas agrees where it computes with double precision."""
    wide = case.frame.with_columns(pl.col(pl.Float32).cast(pl.Float64))
    return pl.Float32 in case.dtypes and case.with_frames(case.frame, wide).differs() is None


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
    """The verdict is the same, and the type bears the name that each library gives it; or one name stands for more here."""
    if case.kind not in ABOUT_TYPES or "observed_value" not in {
        case.differs(),
        case.differs(but="success"),
    }:
        return False
    arguments = case.expectation.configuration.kwargs
    names = {arguments.get("type_"), *(arguments.get("type_list") or [])}
    values = case.frame[case.columns[0]]
    is_another = values.null_count() > 0 and (
        values.dtype.is_integer() or values.dtype == pl.Boolean
    )
    stands_for_more = case.ours["success"] and not names.isdisjoint({"int", "float"})
    return case.differs(but="observed_value") is None or is_another or stands_for_more


DIFFERENCES: dict[str, tuple[Callable[[Case], bool], str]] = {
    "conditions on missing values": (
        _unknown_condition,
        "`!=` and `not in` are unknown for a missing value, so that the row does not count, as in SQL; pandas counts it.",
    ),
    "missing values among counted examples": (
        _examples_counted,
        "Examples that miss a value are counted as equal; pandas counts each NaN as a value of its own, and nothing where it cannot sort.",
    ),
    "steps between integers": (
        _wrapped_steps,
        "pandas subtracts neighbours in the type of the column, where the difference of unsigned and of narrow integers wraps around.",
    ),
    "single precision": (
        _single_precision,
        "Float32 is summed up with double precision; pandas stays with single precision, and the library rounds that to odd digits.",
    ),
    "names of types": (
        _type_names,
        "The observed type is called as polars does, and is that of the column: pandas makes floats and objects of integers and booleans with "
        "missing values. Suites may name types as either library does; `int` and `float` stand for all widths.",
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


@settings(
    max_examples=LONG or 60,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(cases())
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


@settings(
    max_examples=LONG or 40,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
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
