"""Tables, windows, fingerprints, folders."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.errors import DataError, TableNotFoundError
from aifactory_nb.store import (
    Replace,
    Store,
    atomic_write,
    copy_folder,
    fingerprint,
    folder_digest,
)

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1) for month in (1, 2, 3))


def rows(moment: datetime, *values: int) -> pl.DataFrame:
    """Rows of one moment."""
    return pl.DataFrame({"at": [moment] * len(values), "n": values})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two months."""
    store = Store(tmp_path, "shop")
    store.write("raw", rows(JANUARY, 1, 2), Replace("at", JANUARY, FEBRUARY))
    store.write("raw", rows(FEBRUARY, 3), Replace("at", FEBRUARY, MARCH))
    return store


def test_a_window_written_twice_is_there_once(store: Store) -> None:
    """Writing a window again replaces its rows and leaves the others."""
    store.write("raw", rows(FEBRUARY, 4, 5), Replace("at", FEBRUARY, MARCH))

    assert sorted(store.scan("raw").collect()["n"]) == [1, 2, 4, 5]


def test_an_empty_window_removes_its_rows(store: Store) -> None:
    """A window without rows is a window without rows."""
    store.write("raw", rows(FEBRUARY, 4).clear(), Replace("at", FEBRUARY, MARCH))

    assert sorted(store.scan("raw").collect()["n"]) == [1, 2]


def test_an_old_version_stays_readable(store: Store) -> None:
    """A version number is a snapshot."""
    assert sorted(store.scan("raw", 0).collect()["n"]) == [1, 2]
    assert store.version("raw") == 1


def test_rows_outside_the_window_are_refused(store: Store) -> None:
    """A stage cannot write rows of another window by mistake."""
    with pytest.raises(DataError, match="1 rows have a at outside the window"):
        store.write("raw", rows(JANUARY, 9), Replace("at", FEBRUARY, MARCH))


def test_categories_are_stored_as_text(store: Store) -> None:
    """Delta has no categories; its writer would abort the process."""
    frame = pl.DataFrame({"a": ["x", "y"]}).with_columns(pl.col("a").cast(pl.Categorical))
    store.write("texts", frame)

    assert store.scan("texts").collect()["a"].to_list() == ["x", "y"]


def test_a_missing_table_names_those_that_are_there(store: Store) -> None:
    """The error lists the tables."""
    with pytest.raises(TableNotFoundError, match="No table 'row'.*Tables: raw"):
        store.scan("row")
    with pytest.raises(TableNotFoundError, match="at version 7 cannot be opened"):
        store.scan("raw", 7)


def test_a_path_out_of_the_store_is_refused(store: Store) -> None:
    """Names with .. lead nowhere."""
    with pytest.raises(DataError, match="leads out of the store"):
        store.table("../../secrets")


def test_the_fingerprint_follows_the_content(store: Store) -> None:
    """The same rows in another version have the same fingerprint; other rows, types or names have not."""
    frame = pl.LazyFrame({"a": [1, 2], "b": ["x", None]})

    assert fingerprint(frame) == fingerprint(frame.reverse())
    assert fingerprint(frame) != fingerprint(frame.with_columns(pl.col("a").cast(pl.Int32)))
    assert fingerprint(frame) != fingerprint(frame.rename({"a": "c"}))
    assert fingerprint(frame) != fingerprint(pl.concat([frame, frame]))
    before = store.fingerprint("raw")
    store.write("raw", rows(FEBRUARY, 3), Replace("at", FEBRUARY, MARCH))
    assert store.fingerprint("raw") == before


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """An atomic write that fails changes nothing and leaves nothing behind."""
    path = tmp_path / "a.txt"
    atomic_write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        atomic_write(path, "\ud800")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_copied_whole(store: Store, tmp_path: Path) -> None:
    """A copy has the same digest and replaces what was there."""
    source, target = tmp_path / "a", tmp_path / "deep" / "b"
    atomic_write(source / "x" / "y.txt", "hello")
    atomic_write(target / "old.txt", "old")
    copy_folder(source, target)

    assert folder_digest(target) == folder_digest(source)
    assert not (target / "old.txt").exists()
