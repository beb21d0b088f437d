"""Data and suites that do not go together: a verdict or a clear error for each expectation, never a crash."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.registry import list_registered_expectation_implementations
from gx_cases import outcome, outcomes
from gx_strategies import every_expectation

from aifactory_nb.data_gate import check_table
from aifactory_nb.gx_polars import add_polars

ODD = "odd column"  # a name that an error has to tell
OTHER = "other"


class Thing:
    """What no engine knows."""


ODD_VALUES: dict[str, pl.Series] = {
    "struct": pl.Series(ODD, [{"a": 1, "b": "x"}, {"a": 2, "b": None}, None]),
    "list": pl.Series(ODD, [[1, 2], [], None]),
    "list of structs": pl.Series(ODD, [[{"a": 1}], [], None]),
    "array": pl.Series(ODD, [[1, 2], [3, 4], None], dtype=pl.Array(pl.Int64, 2)),
    "object": pl.Series(ODD, [Thing(), Thing(), None], dtype=pl.Object),
    "binary": pl.Series(ODD, [b"a", b"\xff\x00", None]),
    "decimal": pl.Series(ODD, [Decimal("1.50"), Decimal("2.50"), None]),
    "duration": pl.Series(ODD, [timedelta(1), timedelta(0, 5), None]),
    "time": pl.Series(ODD, [time(1, 2), time(3), None]),
    "categorical": pl.Series(ODD, ["a", "b", None], dtype=pl.Categorical),
    "enum": pl.Series(ODD, ["a", "b", None], dtype=pl.Enum(["b", "a"])),
    "null": pl.Series(ODD, [None, None, None]),
    "boolean": pl.Series(ODD, [True, False, None]),
    "float": pl.Series(ODD, [1.5, float("nan"), None]),
    "infinity": pl.Series(ODD, [1.5, float("inf"), float("-inf")]),
    "int128": pl.Series(ODD, [2**100, 1, None], dtype=pl.Int128),
    "uint64": pl.Series(ODD, [2**64 - 1, 2**64 - 1, None], dtype=pl.UInt64),
    "int64": pl.Series(ODD, [2**63 - 1, 2**63 - 1, -1]),
    "int8": pl.Series(ODD, [127, 127, -1], dtype=pl.Int8),
    "text": pl.Series(ODD, ["a", "1", None]),
    "date": pl.Series(ODD, [date(2024, 1, 1), date(1, 1, 1), None]),
    "datetime": pl.Series(ODD, [datetime(2024, 1, 1), datetime(9999, 12, 31), None]),
    "nanoseconds": pl.Series(
        ODD, [datetime(2024, 1, 1), datetime(1700, 1, 1), None], dtype=pl.Datetime("ns")
    ),
    "zoned": pl.Series(
        ODD, [datetime(2024, 1, 1), datetime(2024, 3, 31, 1), None]
    ).dt.replace_time_zone("Europe/Berlin"),
}


def table_of(series: pl.Series) -> pl.DataFrame:
    """An odd column beside a plain one."""
    return pl.DataFrame([series, pl.Series(OTHER, [1, 2, 3])])


TWO_TABLES = {  # tested with the metrics of tables
    "expect_query_results_to_match_comparison",
    "expect_table_row_count_to_equal_other_table",
}
ABOUT_THE_TABLE = {"expect_column_to_exist", "unexpected_rows_expectation"}
NOISE = (
    "panicked",
    "RUST_BACKTRACE",
    "Resolved plan",
    "FILTER ",
    "DF [",
    "Traceback",
    "object at 0x",
)


def is_about_the_table(expectation: Any) -> bool:
    """Whether it needs no column."""
    kind = str(expectation.expectation_type)
    return kind.startswith("expect_table") or kind in ABOUT_THE_TABLE


def assert_clear(error: str) -> None:
    """A message for people: short, of the column, without the inner life of polars and Python."""
    assert ODD in error
    assert not any(noise in error for noise in NOISE)
    assert max(map(len, error.split("; "))) < 400
    assert error.count("\n") <= 4  # a pattern that is shown with its fault takes some lines


def assert_judged(expectation: Any, found: dict[str, Any]) -> None:
    """A verdict, or an error that is not passed."""
    assert isinstance(found["success"], bool)
    json.dumps(found["result"])
    if found["error"]:
        assert found["success"] is False
        assert not is_about_the_table(expectation), found["error"]
        assert_clear(found["error"])


def test_every_core_expectation_is_in_the_matrix() -> None:
    """Those about two tables have tests of their own."""
    known = {
        name
        for name in list_registered_expectation_implementations()
        if name in {gxe_class.expectation_type for gxe_class in _core_classes()}
    }

    assert known - {each.expectation_type for each in every_expectation(ODD, OTHER)} == TWO_TABLES


def _core_classes() -> list[Any]:
    from great_expectations.expectations import core

    found = [getattr(core, name) for name in dir(core)]
    return [each for each in found if hasattr(each, "expectation_type") and isinstance(each, type)]


@pytest.mark.cases
@pytest.mark.parametrize("kind", ODD_VALUES)
def test_every_expectation_judges_every_type(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A checkpoint over all of them ends, with results that can be stored, and polars does not panic aloud."""
    checks = every_expectation(ODD, OTHER)

    for check, found in zip(checks, outcomes(table_of(ODD_VALUES[kind]), checks), strict=True):
        assert_judged(check, found)

    assert "panicked" not in capfd.readouterr().err


@pytest.mark.cases
@pytest.mark.parametrize(
    "kind", ["struct", "object", "binary", "decimal", "enum", "null", "int64", "text", "zoned"]
)
@pytest.mark.parametrize("rows", [0, 2], ids=["empty", "all null"])
def test_every_expectation_judges_columns_without_values(kind: str, rows: int) -> None:
    """No rows, and rows that hold nothing."""
    checks = every_expectation(ODD, OTHER)
    frame = table_of(ODD_VALUES[kind]).clear(rows)

    for check, found in zip(checks, outcomes(frame, checks), strict=True):
        assert_judged(check, found)


@pytest.mark.parametrize(
    "frame",
    [pl.DataFrame(), pl.DataFrame({"else": [1]}), pl.LazyFrame()],
    ids=["none", "else", "lazy"],
)
def test_every_expectation_tells_a_missing_column(frame: Any) -> None:
    """By its name; a table without columns has none."""
    checks = every_expectation(ODD, OTHER)

    for check, found in zip(checks, outcomes(frame, checks), strict=True):
        assert isinstance(found["success"], bool)
        if not is_about_the_table(check):
            assert found["success"] is False
            assert ODD in (found["error"] or ""), check
            assert_clear(found["error"])


def test_a_table_without_columns_has_no_rows() -> None:
    """What is about the table is judged."""
    checks = [
        gxe.ExpectTableRowCountToEqual(value=0),
        gxe.ExpectTableColumnCountToEqual(value=0),
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=[]),
        gxe.ExpectColumnToExist(column="x"),
    ]

    assert [each["success"] for each in outcomes(pl.DataFrame(), checks)] == [
        True,
        True,
        True,
        False,
    ]


# --- numbers


@pytest.mark.parametrize(
    ("values", "dtype", "total"),
    [
        ([200, 200], pl.UInt8, 400),
        ([-100, -100], pl.Int8, -200),
        ([2**31 - 1, 1], pl.Int32, 2**31),
        ([2**62, 2**62, 2**62, 2**62], pl.Int64, 2**64),
        ([-(2**63), -1], pl.Int64, -(2**63) - 1),
        ([2**64 - 1, 2**64 - 1], pl.UInt64, 2**65 - 2),
        ([2**126] * 4, pl.Int128, 2**128),
        ([-(2**127), -1], pl.Int128, -(2**127) - 1),
        ([2**128 - 1, 2**128 - 1], pl.UInt128, 2**129 - 2),
        ([0.1] * 10, pl.Float32, pytest.approx(1.0, abs=1e-6)),
        ([Decimal("0.1")] * 3, pl.Decimal(4, 1), pytest.approx(0.3)),
    ],
    ids=str,
)
def test_sums_do_not_wrap(values: list[Any], dtype: Any, total: Any) -> None:
    """They are as wide as they have to be."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    found = outcome(frame, gxe.ExpectColumnSumToBeBetween(column="x"))
    mean = outcome(frame, gxe.ExpectColumnMeanToBeBetween(column="x"))

    assert found["result"]["observed_value"] == total
    assert mean["result"]["observed_value"] == pytest.approx(float(sum(values)) / len(values))


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int64, pl.UInt64], ids=str)
def test_sums_within_rows_do_not_wrap(dtype: Any) -> None:
    """Nor does the difference of neighbours."""
    half = pl.select(dtype.max()).item() // 2 + 1
    frame = pl.DataFrame({"a": [half, half], "b": [half, 0]}, schema={"a": dtype, "b": dtype})
    total = gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=2 * half)
    falls = gxe.ExpectColumnValuesToBeDecreasing(column="b", strictly=True)

    assert outcome(frame, total)["result"]["unexpected_index_list"] == [1]
    assert outcome(frame, falls)["success"]


def test_infinities_are_values() -> None:
    """They lie outside of finite bounds, and NaN is missing."""
    frame = pl.DataFrame({"x": [1.0, float("inf"), float("-inf"), float("nan"), None]})
    found = outcome(frame, gxe.ExpectColumnValuesToBeBetween(column="x", min_value=0, max_value=9))

    assert found["result"]["missing_count"] == 2
    assert found["result"]["unexpected_index_list"] == [1, 2]
    assert (
        outcome(frame, gxe.ExpectColumnMaxToBeBetween(column="x", max_value=9))["success"] is False
    )


# --- suites


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "*a", "(?P<n>a)(?P<n>b)", "\\"])
def test_an_invalid_regex_is_told(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    """With the pattern; in each of the four expectations."""
    frame = pl.DataFrame({"x": ["a", "b"]})
    checks = [
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=pattern),
        gxe.ExpectColumnValuesToNotMatchRegex(column="x", regex=pattern),
        gxe.ExpectColumnValuesToMatchRegexList(column="x", regex_list=["a", pattern]),
        gxe.ExpectColumnValuesToNotMatchRegexList(column="x", regex_list=["a", pattern]),
    ]

    for found in outcomes(frame, checks):
        assert found["success"] is False
        assert pattern in found["error"] or repr(pattern) in found["error"]
        assert "panicked" not in found["error"]
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "query",
    [
        "SELECT",
        "SELECT * FROM nowhere",
        'SELECT "nothing" FROM {batch}',
        "SELECT * FROM {batch} WHERE x > 'a'",
        "DROP TABLE {batch}",
        "SELECT * FROM {batch}; SELECT 1",
        "",
    ],
)
def test_invalid_sql_is_told(query: str) -> None:
    """And nothing else is done."""
    try:
        check = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query)
    except ValueError:
        return  # the library refuses it
    found = outcome(pl.DataFrame({"x": [1]}), check)

    assert found["success"] is False
    assert found["error"]
    assert not any(noise in found["error"] for noise in NOISE)


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{path}')",
        "READ_CSV ('{path}')",
        "read_csv/* */('{path}')",
        "read_parquet('{path}')",
        "{{batch}} JOIN read_csv('{path}') ON true",
        "{{batch}} WHERE x > (SELECT count(*) FROM read_csv('{path}'))",
    ],
)
def test_a_query_reads_no_file(source: str, tmp_path: Path) -> None:
    """A suite may come from anywhere; nothing of the file is told."""
    path = tmp_path / "other.csv"
    path.write_text("secret\n1\n")
    query = "SELECT * FROM " + source.format(path=path)

    found = outcome(
        pl.DataFrame({"x": [1]}), gxe.UnexpectedRowsExpectation(unexpected_rows_query=query)
    )

    assert found["success"] is False
    assert "reads a file by itself" in found["error"]
    assert "secret" not in found["error"]


@pytest.mark.parametrize(
    "check",
    [
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex="("),
        gxe.ExpectColumnValuesToMatchRegexList(column="x", regex_list=["("]),
        gxe.ExpectColumnValuesToMatchJsonSchema(column="x", json_schema={"type": "nonsense"}),
    ],
    ids=lambda check: type(check).__name__,
)
def test_a_broken_pattern_is_told_where_there_is_no_value(check: Any) -> None:
    """Also of a column that has no type, which passes every other check of values."""
    for dtype in (pl.Null, pl.String):
        frame = pl.DataFrame({"x": pl.Series([None, None], dtype=dtype)})
        assert outcome(frame, check)["error"], dtype
    fine = gxe.ExpectColumnValuesToBeBetween(column="x", min_value=1)
    assert outcome(pl.DataFrame({"x": [None]}), fine)["success"]


# --- files


def _checkpoint(path: Path, checks: list[Any]) -> Any:
    """A checkpoint over the Parquet files of a folder, which are whole when it is made."""
    pl.DataFrame({"x": [1]}).write_parquet(path / "a.parquet")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = add_polars(context, "files").add_parquet_asset("all", path / "*.parquet")
    suite = context.suites.add(gx.ExpectationSuite(name="suite", expectations=checks))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name="definition", data=asset.add_batch_definition_whole_table("all"), suite=suite
        )
    )
    return context.checkpoints.add(
        gx.Checkpoint(name="checkpoint", validation_definitions=[definition])
    )


def _half_written(path: Path) -> None:
    whole = path / "a.parquet"
    pl.DataFrame({"x": range(10_000)}).write_parquet(whole)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def _damaged_inside(path: Path) -> None:
    whole = path / "a.parquet"
    pl.DataFrame({"x": range(10_000)}).write_parquet(whole, compression="zstd")
    content = bytearray(whole.read_bytes())
    content[100:400] = bytes(300)
    whole.write_bytes(content)


def _no_parquet(path: Path) -> None:
    (path / "a.parquet").write_text("x,y\n1,2\n")


def _empty_file(path: Path) -> None:
    (path / "a.parquet").write_bytes(b"")


def _other_schema(path: Path) -> None:
    pl.DataFrame({"x": [1]}).write_parquet(path / "a.parquet")
    pl.DataFrame({"x": ["text"]}).write_parquet(path / "b.parquet")


def _missing_column(path: Path) -> None:
    pl.DataFrame({"x": [1], "y": [1]}).write_parquet(path / "a.parquet")
    pl.DataFrame({"y": [1]}).write_parquet(path / "b.parquet")


def _one_of_two_broken(path: Path) -> None:
    pl.DataFrame({"x": [1]}).write_parquet(path / "a.parquet")
    (path / "b.parquet").write_bytes(b"PAR1 no")


BROKEN = [
    _half_written,
    _damaged_inside,
    _no_parquet,
    _empty_file,
    _other_schema,
    _missing_column,
    _one_of_two_broken,
]


@pytest.mark.parametrize("write", BROKEN, ids=lambda write: write.__name__.strip("_"))
def test_files_that_cannot_be_read_fail_their_checks(
    write: Callable[[Path], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each expectation that needs the data says why, with the name of the file; the checkpoint ends."""
    checks = [
        gxe.ExpectColumnValuesToBeUnique(column="x"),
        gxe.ExpectColumnSumToBeBetween(column="x", min_value=0),
    ]
    checkpoint = _checkpoint(tmp_path, checks)
    write(tmp_path)

    (validation,) = checkpoint.run().run_results.values()

    assert not validation.success
    for each in validation.results:
        reason = str(each.exception_info)
        assert each.success is False
        assert ".parquet" in reason or "x" in reason
        assert "panicked" not in reason
    assert "panicked" not in capfd.readouterr().err


def test_a_broken_row_of_a_text_fails_the_checks_of_all_columns(tmp_path: Path) -> None:
    """Not only those of the column that is broken: a plan that reads some columns does not see it."""
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,4,5,6\n")
    context = gx.get_context(mode="ephemeral")
    asset = add_polars(context, "files").add_csv_asset("all", tmp_path / "a.csv")
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    checks = [
        gxe.ExpectColumnMaxToBeBetween(column="a", max_value=3),
        gxe.ExpectColumnMaxToBeBetween(column="b", max_value=4),
        gxe.ExpectTableRowCountToEqual(value=2),
    ]

    for check in checks:
        found = batch.validate(check)
        assert found.success is False
        assert "more fields" in str(found.exception_info)


@pytest.mark.parametrize("late", [{"x": ["text"]}, {"x": [1], "more": [1]}], ids=["type", "more"])
def test_a_file_that_came_later_and_differs_fails_all_checks(late: Any, tmp_path: Path) -> None:
    """Those that need no row of it too."""
    checks = [
        gxe.ExpectTableColumnCountToEqual(value=1),
        gxe.ExpectColumnToExist(column="x"),
        gxe.ExpectColumnValuesToBeOfType(column="x", type_="Int64"),
        gxe.ExpectTableRowCountToEqual(value=2),
    ]
    checkpoint = _checkpoint(tmp_path, checks)
    pl.DataFrame(late).write_parquet(tmp_path / "b.parquet")

    (validation,) = checkpoint.run().run_results.values()

    for each in validation.results:
        assert each.success is False
        assert "b.parquet" in str(each.exception_info)


# --- the gate


@pytest.mark.cases
@pytest.mark.parametrize(
    "kind", ["struct", "object", "decimal", "duration", "categorical", "null", "infinity", "zoned"]
)
def test_the_gate_does_not_pass_what_could_not_be_judged(kind: str, tmp_path: Path) -> None:
    """Each check that ended in an error is a failed one, and the gate is closed."""
    suite = tmp_path / "suite.json"
    checks = [
        json.loads(json.dumps(each.configuration.to_json_dict()))
        for each in every_expectation(ODD, OTHER)
    ]
    suite.write_text(json.dumps({"name": "odd", "expectations": checks}))
    expected = outcomes(table_of(ODD_VALUES[kind]), every_expectation(ODD, OTHER))

    verdict = check_table(table_of(ODD_VALUES[kind]), suite)

    assert verdict.passed is False
    assert len(verdict.checks) == len(expected)
    for check, found in zip(verdict.checks, expected, strict=True):
        assert check["passed"] is found["success"], check
        assert check["found"].startswith("not checked: ") is bool(found["error"]), check


def test_the_gate_is_closed_for_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    """With the reason; nothing is raised."""
    suite = tmp_path / "suite.json"
    check = gxe.ExpectColumnValuesToNotBeNull(column="x").configuration.to_json_dict()
    suite.write_text(json.dumps({"name": "odd", "expectations": [check]}))
    _half_written(tmp_path)

    verdict = check_table(pl.scan_parquet(tmp_path / "a.parquet"), suite)

    assert verdict.passed is False
    assert re.search(r"parquet", str(verdict.checks), re.IGNORECASE)
