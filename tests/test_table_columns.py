"""The columns of a table, from its first rows."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.table_columns import FIRST_BYTES, first_columns, table_columns

ROWS = {"id": [1, 2, 3], "day": ["2024-01-02", "2024-01-03", "2024-01-04"], "price": [1.5, 2, 3]}
TYPES = {"id": "Int64", "day": "Date", "price": "Float64"}


def types(path: Path) -> dict[str, str]:
    """The types of the columns of a table."""
    return {name: column.type for name, column in first_columns(path).items()}


def test_each_kind_of_table_tells_its_columns(tmp_path: Path) -> None:
    """Texts, packed texts, Parquet, lines of JSON, workbooks and Delta tables."""
    frame = pl.DataFrame(ROWS)
    frame.write_csv(tmp_path / "a.csv")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ndjson(tmp_path / "a.ndjson")
    frame.with_columns(pl.col("day").str.to_date()).write_delta(str(tmp_path / "delta"))
    names = ("a.csv", "a.csv.gz", "a.parquet", "a.ndjson", "delta")

    assert {name: types(tmp_path / name) for name in names} == dict.fromkeys(names, TYPES)


def test_of_a_long_text_only_the_begin_is_read(tmp_path: Path) -> None:
    """Whole records of it, also where a text has several lines, and in letters of two bytes."""
    record = '1,"two\nlines",3\n'
    for name, encoding in (("a.csv", "utf-8"), ("b.csv", "utf-16")):
        path = tmp_path / name
        path.write_text("id,note,size\n" + record * 200_000 + '2,"no end', encoding=encoding)
        column = first_columns(path)["note"]

        assert types(path) == {"id": "Int64", "note": "String", "size": "Int64"}
        assert 0 < column.rows <= FIRST_BYTES / len(record) and column.distinct == 1


def test_only_what_leaves_no_doubt_is_guessed(tmp_path: Path) -> None:
    """A name that means a target, and the only column of days; a birthday is none."""
    days = ["2024-01-02", "2024-01-03", "2024-01-04"]
    pl.DataFrame({"Churn": [0, 1, 0], "seen": days, "birth_date": days}).write_csv(
        tmp_path / "a.csv"
    )
    pl.DataFrame({"label": [0, 1, 0], "class": [1, 0, 1], "a": days, "b": days}).write_csv(
        tmp_path / "b.csv"
    )

    assert table_columns(tmp_path / "a.csv")["guess"] == {"target": "Churn", "time": "seen"}
    assert table_columns(tmp_path / "b.csv")["guess"] == {"target": "", "time": ""}


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    (tmp_path / "a.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large.xlsx").open("wb") as stream:
        stream.truncate(11 << 20)

    for name, told in (
        ("a.parquet", "cannot be read"),
        ("a.csv.gz", "cannot be read"),
        ("folder", "is a folder"),
        ("large.xlsx", "larger than 10 MB"),
    ):
        with pytest.raises(DataError, match=rf"^{name} .*{told}|{told}"):
            first_columns(tmp_path / name)


def test_an_empty_table_is_told_by_its_own_name(tmp_path: Path) -> None:
    """And not by that of the small copy that is read."""
    path = tmp_path / "nothing.csv"
    path.touch()

    with pytest.raises(DataError, match="nothing.csv is empty") as caught:
        table_columns(path)
    assert "aifactory-columns" not in str(caught.value)
