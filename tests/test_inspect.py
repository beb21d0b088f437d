"""Guessing how a file is to be read."""

from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.inspect import inspect_file, with_types


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_by_the_rows(tmp_path: Path, separator: str) -> None:
    """Separators within quotes do not count."""
    lines = [["name", "n"], ['"Rhein; Köln, |"', "1"], ["x", "2"]]
    found = inspect_file(written(tmp_path, "\n".join(separator.join(line) for line in lines)))

    assert found.format.separator == separator
    assert found.columns["n"].type == "Int64"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_told_by_the_bytes(tmp_path: Path, encoding: str) -> None:
    """The text is the same in all of them."""
    found = inspect_file(written(tmp_path, "city,n\nKöln,1\n", encoding))

    assert found.frame["city"].to_list() == ["Köln"]


def test_types_dates_and_marks_are_told_by_all_values(tmp_path: Path) -> None:
    """A small table with one of each."""
    text = "id;price;day;paid;grade;zip\n1;1,5;31.12.2024;yes;none;01067\n2;-;01.02.2025;no;unknown;04103\n"
    found = inspect_file(written(tmp_path, text))

    assert found.format.types == {
        "id": "Int64",
        "price": "Float64",
        "day": "Date",
        "paid": "Boolean",
        "grade": "String",
        "zip": "String",
    }
    assert (found.format.missing, found.format.decimal) == (["-"], ",")
    assert found.frame["grade"].to_list() == ["none", "unknown"]
    assert {fact["guess"] for fact in found.facts} >= {"separator", "encoding", "decimal"}


def test_a_column_that_is_nearly_numbers_says_what_is_not(tmp_path: Path) -> None:
    """The evidence for a text shows what would have to be mended."""
    rows = "\n".join([*map(str, range(50)), "12o"])
    found = inspect_file(written(tmp_path, f"n,m\n{rows.replace(chr(10), f',x{chr(10)}')},x\n"))

    assert "98.04 % are numbers, but not '12o'" in found.columns["n"].evidence


def test_parquet_keeps_its_types_and_texts_in_it_are_read(tmp_path: Path) -> None:
    """Types are declared only where the file does not know them."""
    frame = pl.DataFrame({"a": [1, 2], "day": ["2024-01-01", "2024-01-02"]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.select("a").write_parquet(tmp_path / "b.parquet")

    assert inspect_file(tmp_path / "a.parquet").format.types == {"a": "Int64", "day": "Date"}
    assert inspect_file(tmp_path / "b.parquet").format.types == {}


def test_a_delta_table_is_a_source_of_its_own_kind(tmp_path: Path) -> None:
    """The folder of the table stands for it."""
    pl.DataFrame({"a": [1, 2]}).write_delta(tmp_path / "events")

    assert inspect_file(tmp_path / "events").kind == "delta"


def test_a_type_can_be_overruled(tmp_path: Path) -> None:
    """The file is read again with it."""
    found = with_types(inspect_file(written(tmp_path, "a,b\nyes,1\nno,2\n")), {"a": "String"})

    assert found.frame["a"].to_list() == ["yes", "no"]


def test_a_header_alone_is_no_table(tmp_path: Path) -> None:
    """There is nothing to guess from."""
    with pytest.raises(DataError, match="a header but no rows"):
        inspect_file(written(tmp_path, "a,b\n"))


def test_doubtful_days_and_zones_are_noted(tmp_path: Path) -> None:
    """What a person should look at stands beside the column."""
    (tmp_path / "a.csv").write_text("day,at\n" + "03/02/2023,2024-01-01T10:00:00Z\n" * 9)
    columns = inspect_file(tmp_path / "a.csv").columns

    assert "%d/%m/%Y too" in columns["day"].evidence
    assert "UTC" in columns["at"].evidence


def test_the_sheets_of_a_workbook_are_told(tmp_path: Path) -> None:
    """The one that is read, and the others."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        for sheet in ("Info", "Data"):
            book.add_worksheet(sheet).write_column(0, 0, ["note", "a", "b"])
    facts = {each["guess"]: each for each in inspect_file(tmp_path / "book.xlsx").facts}

    assert (facts["sheet"]["found"], "Data" in facts["sheet"]["evidence"]) == ("Info", True)
