"""Files of rows, read part by part: what is wrong is told exactly, and what is right is as in a request."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.atomic import whole_file
from aifactory_nb.errors import DataError, ParameterError
from aifactory_nb.features import FeatureRecipe
from aifactory_nb.file_rows import BUFFER, FrameWriter, read_parts
from aifactory_nb.file_text import FileFormat
from aifactory_nb.pipeline import Data
from aifactory_nb.row_schema import RowSchema, RowsError

RAW = {
    "flight": pl.Int64(),
    "at": pl.Datetime("us"),
    "origin": pl.String(),
    "miles": pl.Int32(),
    "wind": pl.Float64(),
    "sunday": pl.Boolean(),
}
ROWS = pl.DataFrame(
    {
        "flight": range(1, 8),
        "at": [datetime(2024, 5, day, 18, 30) for day in range(1, 8)],
        "origin": ["EWR", "JFK", None, 'L"GA', "a,b", "two\nlines", "ä"],
        "miles": [1, None, 3, 4, 5, 6, 7],
        "wind": [0.1, 1 / 3, None, 1e-300, 5e-324, -0.0, 1.7976931348623157e308],
        "sunday": [True, False, None, True, False, True, None],
    },
    RAW,
)


@pytest.fixture
def schema() -> RowSchema:
    columns = {"kind": "columns", "columns": ["origin", "miles", "wind", "sunday"]}
    steps = [columns, {"kind": "calendar", "parts": ["hour"]}]
    return RowSchema.of(
        RAW, FeatureRecipe.from_section({"steps": steps}), Data(key=["flight"], time="at")
    )


def write(path: Path, rows: pl.DataFrame = ROWS) -> Path:
    with whole_file(path) as file:
        form = {".csv": "csv", ".tsv": "tsv", ".ndjson": "ndjson", ".parquet": "parquet"}
        writer = FrameWriter(file, form.get(path.suffix, "arrow"))
        writer.write(rows[:3])
        writer.write(rows[3:])
        writer.close()
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize("size", [2, 100])
def test_rows_come_back_to_the_last_bit(tmp_path, schema, suffix, size):
    """Whatever the form of the file, and however many rows are in memory at once."""
    path = write(tmp_path / f"rows.{suffix}")

    parts = list(read_parts(path, schema, FileFormat(), size))

    found = pl.concat(part.rows for part in parts).select(ROWS.columns)
    assert found.equals(ROWS) and found["wind"].to_list() == ROWS["wind"].to_list()
    assert [number for part in parts for number in part.numbers] == list(range(1, 8))
    assert max(part.rows.height for part in parts) <= size


def test_a_stream_of_arrow_is_read_as_well(tmp_path, schema):
    """The form without an index at its end."""
    ROWS.write_ipc_stream(tmp_path / "rows.arrow")

    parts = read_parts(tmp_path / "rows.arrow", schema, FileFormat(), 3)

    assert pl.concat(part.rows for part in parts).select(ROWS.columns).equals(ROWS)


def test_what_is_wrong_in_texts_is_told_by_row_and_column(tmp_path, schema):
    """Types, times that must be there, numbers out of range, and rows of another width."""
    path = tmp_path / "rows.csv"
    path.write_text(
        "flight,at,origin,miles,wind,sunday,note\n"
        "1,2024-05-01 10:00:00,EWR,far,0.5,true,\n"
        "2,,EWR,1,inf,maybe,\n"
        "3,2024-05-01 10:00:00,EWR\n"
        "4,2024-05-01 10:00:00,EWR,99999999999,,no,\n"
        "5,2024-05-01 10:00:00,,,,,anything\n"
    )

    (part,) = read_parts(path, schema, FileFormat())

    assert part.numbers == [5]
    told = [(p.row, p.column, p.found) for row in part.bad for p in row.problems]
    assert told == [
        (1, "miles", "'far' (text)"),
        (2, "wind", "'inf' (text)"),
        (2, "sunday", "'maybe' (text)"),
        (2, "at", "null"),
        (3, "*", "3 fields"),
        (4, "miles", "'99999999999' (text)"),
    ]
    assert part.bad[0].values["miles"] == "far" and part.bad[2].values[2] == "EWR"


def test_texts_are_read_as_the_source_writes_them(tmp_path, schema):
    """Its separator, its decimal comma, its words for nothing, its form of times."""
    path = tmp_path / "rows.csv"
    path.write_text("at;origin;miles;wind;sunday\n01.05.2024 18:30;NA;1;1.234,5;yes\n", "utf-8")
    given = FileFormat(separator=";", decimal=",", missing=["NA"], formats={"at": "%d.%m.%Y %H:%M"})

    (part,) = read_parts(path, schema, given)

    row = part.rows.row(0, named=True)
    assert (row["at"], row["origin"], row["wind"]) == (datetime(2024, 5, 1, 18, 30), None, 1234.5)


def test_what_is_wrong_in_json_lines_is_told_as_the_service_does(tmp_path, schema):
    """A line that is no JSON, one that is no object, and values of another type."""
    path = tmp_path / "rows.ndjson"
    good = '{"at": "2024-05-01T10:00:00", "origin": "EWR", "miles": 1, "wind": 2, "sunday": null, "more": 1}'
    path.write_text("\n".join([good, "{", "[1]", good.replace('"EWR"', "1"), good]))

    (part,) = read_parts(path, schema, FileFormat())

    assert part.numbers == [1, 5] and part.rows["wind"].to_list() == [2.0, 2.0]
    assert [row.number for row in part.bad] == [2, 3, 4]
    assert str(part.bad[2].problems[0]) == (
        "row 4, column 'origin': expected a text or null, found 1 (whole number)"
    )


def test_values_out_of_range_in_tables_are_told(tmp_path, schema):
    """By the row of the file, also when it is not in the first part."""
    wide = ROWS.with_columns(miles=pl.Series([1, 2, 3, 4, 5, 2**40, 7]))
    write(tmp_path / "rows.parquet", wide)

    parts = list(read_parts(tmp_path / "rows.parquet", schema, FileFormat(), 2))

    assert [row.number for part in parts for row in part.bad] == [6]
    assert [number for part in parts for number in part.numbers] == [1, 2, 3, 4, 5, 7]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_column_that_is_missing_is_an_error(tmp_path, schema, suffix):
    """No row could be predicted without it."""
    path = write(tmp_path / f"rows.{suffix}", ROWS.drop("wind"))

    with pytest.raises(RowsError, match="column 'wind': expected a number or null, found no such"):
        list(read_parts(path, schema, FileFormat()))


def test_a_column_of_another_type_is_an_error(tmp_path, schema):
    """Its values cannot be meant."""
    path = write(tmp_path / "rows.parquet", ROWS.with_columns(miles=pl.lit("far")))

    with pytest.raises(RowsError, match="found a column of type String"):
        list(read_parts(path, schema, FileFormat()))


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet", "arrow"])
def test_a_file_without_rows_is_one_empty_part(tmp_path, schema, suffix):
    """With all columns."""
    path = write(tmp_path / f"rows.{suffix}", ROWS.clear())

    parts = list(read_parts(path, schema, FileFormat()))

    assert sum(part.rows.height for part in parts) == 0 and len(parts) >= 1
    assert set(parts[0].rows.columns) == set(ROWS.columns)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00,\n1,2\n", b"a,a\n1,2\n", b""])
def test_a_file_that_is_no_table_of_text_is_told(tmp_path, schema, content):
    """Not UTF-8, columns named twice, nothing in it."""
    (tmp_path / "rows.csv").write_bytes(content)

    with pytest.raises(DataError):
        list(read_parts(tmp_path / "rows.csv", schema, FileFormat()))


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_file_that_was_cut_off_is_told(tmp_path, schema, suffix):
    """By its name."""
    path = write(tmp_path / f"rows.{suffix}")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(DataError, match="cannot be read"):
        list(read_parts(path, schema, FileFormat()))


def test_a_suffix_that_says_nothing_is_refused(tmp_path, schema):
    """It tells what is expected."""
    with pytest.raises(ParameterError, match="found '.dat', expected one of .csv"):
        list(read_parts(tmp_path / "rows.dat", schema, FileFormat()))


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    """What was there before stays, and nothing is left behind."""
    path = tmp_path / "answers.csv"
    path.write_text("before")

    def write_half() -> None:
        with whole_file(path) as file:
            file.write(b"x" * BUFFER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()

    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
