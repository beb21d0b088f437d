"""Reading files of rows."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.files import FileFormat, read_files, unread_columns


def rows(path: Path, **keys: object) -> list[tuple[object, ...]]:
    """The rows of one file."""
    return read_files([path], FileFormat(**keys)).collect().rows()  # type: ignore[arg-type]


def refused(path: Path, **keys: object) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(DataError) as error:
        rows(path, **keys)
    assert error.value.exit_code == 7
    return str(error.value)


@pytest.fixture
def orders() -> pl.DataFrame:
    """A small table of all types."""
    return pl.DataFrame(
        {
            "order": [1, 2],
            "price": [1.5, None],
            "paid": [True, False],
            "note": ["a,b", None],
            "at": [datetime(2024, 1, 1), datetime(2024, 1, 2, 3, 4, 5)],
        }
    )


TYPES = {"order": "Int64", "price": "Float64", "paid": "Boolean", "note": "String"}
TYPES |= {"at": "Datetime"}


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "ndjson", "xlsx"])
def test_every_format_gives_the_same_rows(
    tmp_path: Path, orders: pl.DataFrame, suffix: str
) -> None:
    """What was written comes back, whatever the format."""
    path = tmp_path / f"orders.{suffix}"
    write = {
        "csv": orders.write_csv,
        "tsv": lambda path: orders.write_csv(path, separator="\t"),
        "parquet": orders.write_parquet,
        "ndjson": orders.write_ndjson,
        "xlsx": orders.write_excel,
    }
    write[suffix](path)

    assert rows(path, types=TYPES) == orders.rows()


def test_text_is_read_in_its_encoding_and_with_its_separator(tmp_path: Path) -> None:
    """UTF-16 with semicolons and decimal commas."""
    path = tmp_path / "a.csv"
    path.write_bytes("name;n\nMüller;1,5\n".encode("utf-16"))
    types = {"name": "String", "n": "Float64"}

    assert rows(path, separator=";", encoding="utf-16", decimal=",", types=types) == [
        ("Müller", 1.5)
    ]


def test_a_mark_at_the_begin_blank_lines_and_dos_line_ends_do_no_harm(tmp_path: Path) -> None:
    """What editors and spreadsheets leave behind."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n,\r\n3,4\r\n")

    assert rows(path, types={"a": "Int64", "b": "Int64"}, row_number="row") == [
        (1, 1, 2),
        (2, 3, 4),
    ]


def test_a_quote_within_a_text_is_no_fault(tmp_path: Path) -> None:
    """A pipe of 5 inches."""
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,5" pipe\n2,"x\ny"\n3,z\n')

    assert rows(path) == [(1, '5" pipe'), (2, "x\ny"), (3, "z")]


def test_a_wrong_value_is_told_with_its_line_even_behind_line_ends_in_texts(tmp_path: Path) -> None:
    """Lines are those that an editor shows."""
    path = tmp_path / "a.csv"
    path.write_text('n,t\n1,"x\ny"\n\ntwo,z\n')

    assert "n: declared Int64, but 1 of 2 values are not: line 5 'two'" in refused(
        path, types={"n": "Int64"}
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1abcdefgh", "was cut off"),
        (b"a,b\n1,2\n", "is no Parquet file"),
        (b"PAR1abcdefghPAR1", "is damaged"),
    ],
)
def test_a_broken_parquet_file_says_how(tmp_path: Path, content: bytes, message: str) -> None:
    """Cut off, damaged, or another format altogether."""
    path = tmp_path / "a.parquet"
    path.write_bytes(content)

    assert message in refused(path)


def test_a_broken_workbook_and_a_missing_sheet_are_told(
    tmp_path: Path, orders: pl.DataFrame
) -> None:
    """An archive without its end, and a name that is nearly right."""
    path = tmp_path / "a.xlsx"
    orders.write_excel(path, worksheet="Orders")

    assert "Did you mean 'Orders'" in refused(path, sheet="Order")
    path.write_bytes(path.read_bytes()[:200])
    assert "is no workbook or was cut off" in refused(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a":', "line 2 is not JSON.*cut off"),
        ('{"a": 1}\n[1]\n', "line 2 is list"),
    ],
)
def test_a_broken_ndjson_file_names_the_line(tmp_path: Path, content: str, message: str) -> None:
    """The first line that is no object."""
    path = tmp_path / "a.ndjson"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        rows(path)


def test_a_column_that_vanished_is_an_error_and_one_that_appeared_is_listed(tmp_path: Path) -> None:
    """Exactly the declared columns are read."""
    path = tmp_path / "a.csv"
    path.write_text("age,job\n1,x\n")

    assert "lacks the columns agee.*Did you mean 'age'".replace(
        ".*", ", which [source.types] declares. "
    ) in refused(path, types={"agee": "Int64"})
    assert rows(path, types={"age": "Int64"}) == [(1,)]
    assert unread_columns([path], FileFormat(types={"age": "Int64"})) == ["job"]


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Rows are numbered over all of them; one may have no rows."""
    for name, text in {"b": "a\n3\n", "a": "a\n1\n2\n", "c": "a\n"}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    found = read_files(
        list(tmp_path.glob("*.csv")), FileFormat(types={"a": "Int64"}, row_number="row")
    )

    assert found.collect().rows() == [(1, 1), (2, 2), (3, 3)]


def test_files_with_other_columns_are_told(tmp_path: Path) -> None:
    """The file that differs is named, with what it lacks and adds."""
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("a,c\n1,2\n")
    with pytest.raises(DataError, match=r"b.csv does not have .* it lacks b and adds c"):
        read_files([tmp_path / "a.csv", tmp_path / "b.csv"], FileFormat())


def test_a_header_without_rows_is_told(tmp_path: Path) -> None:
    """A file that was still being written."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n")

    assert "a header but no rows" in refused(path)


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    """A wide file is no special case."""
    names = [f"c{i}" for i in range(10_000)]
    path = tmp_path / "wide.csv"
    path.write_text(",".join(names) + "\n" + ",".join(["1.5"] * 10_000) + "\n")

    assert len(rows(path, types=dict.fromkeys(names, "Float64"))[0]) == 10_000


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """What is remembered of a file holds for that content only."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    rows(path)
    path.write_text("a,b\n1,2,3\n")

    assert "line 2 has 3" in refused(path)
