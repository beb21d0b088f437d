"""Faults of tables: damage, kills, full disks, other writers; merges by key."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.atomic import atomic_write
from aifactory_nb.errors import BusyError, DataError, StoreError
from aifactory_nb.replace import Replace
from aifactory_nb.store import Store

JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2024, month, 1) for month in (1, 2, 3, 4))
MONTHS = {JANUARY: FEBRUARY, FEBRUARY: MARCH, MARCH: APRIL}


def rows(moment: datetime, *values: int) -> pl.DataFrame:
    """Rows of one moment."""
    return pl.DataFrame({"at": [moment] * len(values), "n": values})


def write(store: Store, moment: datetime, *values: int) -> None:
    """Write the rows of a month."""
    store.write("raw", rows(moment, *values), Replace("at", moment, MONTHS[moment]))


def numbers(store: Store, name: str = "raw") -> list[int]:
    """The numbers in a table."""
    return sorted(store.scan(name).collect()["n"])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a table of two months."""
    store = Store(tmp_path, "shop")
    write(store, JANUARY, 1, 2)
    write(store, FEBRUARY, 3)
    return store


def file_of(store: Store, moment: datetime) -> Path:
    """The data file with the rows of a month."""
    table = store.table("raw")
    actions = pl.DataFrame(table.open().get_add_actions(flatten=True))
    return (
        Path(table.url) / actions.row(by_predicate=pl.col("min.at") == moment, named=True)["path"]
    )


def cut_off(path: Path) -> None:
    """Leave half of a file, as a full disk or a power cut does."""
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    """Spoil the content of a file and keep its size."""
    path.write_bytes(b"\0" * path.stat().st_size)


@pytest.mark.parametrize(
    ("damage", "found"), [(Path.unlink, "is missing"), (cut_off, r"has \d+ bytes instead of \d+")]
)
def test_a_damaged_file_is_named(store: Store, damage: Callable[[Path], None], found: str) -> None:
    """A missing or truncated data file is told with its path and the times of its rows."""
    damage(file_of(store, FEBRUARY))

    with pytest.raises(DataError, match=f"damaged: .*parquet {found}, with rows of at 2024-02-01"):
        store.scan("raw")


@pytest.mark.parametrize("damage", [Path.unlink, cut_off])
def test_writing_the_window_again_mends_it(store: Store, damage: Callable[[Path], None]) -> None:
    """The next run writes the damaged window, and the table is whole."""
    damage(file_of(store, FEBRUARY))
    write(store, FEBRUARY, 4, 5)

    assert numbers(store) == [1, 2, 4, 5]


def test_damage_outside_of_the_window_is_not_dropped(store: Store) -> None:
    """A write does not silently lose rows that it does not replace."""
    file_of(store, JANUARY).unlink()

    with pytest.raises(DataError, match="with rows of at 2024-01-01"):
        write(store, FEBRUARY, 4)


def test_a_file_with_spoilt_content_is_told(store: Store) -> None:
    """A data file that cannot be decoded gives an error of ours, and deleting it lets the next run mend it."""
    path = file_of(store, FEBRUARY)
    overwrite(path)

    with pytest.raises(DataError, match="cannot be read.*Delete that file"):
        store.fingerprint("raw")
    path.unlink()
    write(store, FEBRUARY, 3)
    assert numbers(store) == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "it is empty"), (b'{"add', "Unterminated"), (b"\0\xff", "Expecting")],
)
def test_a_damaged_log_entry_is_named(store: Store, content: bytes, found: str) -> None:
    """An empty entry would count as a commit without changes; it is an error, as one that is no JSON."""
    entry = Path(store.table("raw").url) / "_delta_log" / f"{1:020d}.json"
    entry.write_bytes(content)

    for act in (lambda: store.scan("raw"), lambda: write(store, FEBRUARY, 4)):
        with pytest.raises(DataError, match=f"the entry {1:020d}.json .* {found}"):
            act()


def test_a_missing_log_entry_is_told(store: Store) -> None:
    """A gap in the log is an error."""
    write(store, MARCH, 6)
    (Path(store.table("raw").url) / "_delta_log" / f"{1:020d}.json").unlink()

    with pytest.raises(DataError, match="damaged log.*gap"):
        store.scan("raw")


def test_a_table_without_a_commit_does_not_exist(store: Store) -> None:
    """A first write that was killed leaves files but no table, and the next write makes one."""
    folder = store.folder("tables", "half")
    (folder / "_delta_log").mkdir(parents=True)
    (folder / "_delta_log" / "_commit_1.json.tmp").write_text("{")
    (folder / "part-0.parquet").write_bytes(b"PAR1")

    assert store.tables() == ["raw"]
    store.write("half", rows(JANUARY, 7))
    assert numbers(store, "half") == [7]


WRITER = """
import sys
from datetime import datetime
from pathlib import Path
import polars as pl
from aifactory_nb.replace import Replace
from aifactory_nb.store import Store
store = Store(Path(sys.argv[1]), "shop")
first, count = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for day in range(first, first + count):
    start, end = datetime(2024, 5, day), datetime(2024, 5, day + 1)
    store.write("raw", pl.DataFrame({"at": [start] * 2, "n": [day, day]}), Replace("at", start, end))
"""


def start_writer(store: Store, first: int, count: int) -> subprocess.Popen:
    """A process that writes some days of May once it is told to."""
    command = [sys.executable, "-c", WRITER, str(store.root), str(first), str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def write_at_once(store: Store) -> list[int]:
    """Two processes that write different days at the same time; how they ended."""
    writers = [start_writer(store, first, 6) for first in (1, 11)]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    return [writer.wait() for writer in writers]


def test_two_processes_write_different_windows_at_once(store: Store) -> None:
    """Nobody waits, nothing is lost."""
    assert write_at_once(store) == [0, 0]
    days = [*range(1, 7), *range(11, 17)]
    assert numbers(store) == sorted([1, 2, 3, *days, *days])


def write_in_between(patch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let somebody else write once, between the moment a writer opens its table and its commit."""
    original, done = pl.DataFrame.write_delta, list[bool]()

    def late(frame: pl.DataFrame, *arguments: object, **options: object) -> object:
        if not done:
            done.append(True)
            act()
        return original(frame, *arguments, **options)

    patch.setattr(pl.DataFrame, "write_delta", late)


def test_the_same_window_written_by_another_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that finds its rows replaced by somebody else meanwhile is told so, and nothing of it is kept."""
    write_in_between(monkeypatch, lambda: write(store, FEBRUARY, 9))

    with pytest.raises(BusyError, match="at from 2024-02-01 .*Nothing of this write was kept"):
        write(store, FEBRUARY, 4)
    assert numbers(store) == [1, 2, 9]


def test_another_window_in_the_same_file_is_written_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two windows that share a file conflict; the second writer starts again, and both are there."""
    store.write("raw", store.scan("raw").collect())
    write_in_between(monkeypatch, lambda: write(store, JANUARY, 8))
    write(store, FEBRUARY, 4)

    assert numbers(store) == [4, 8]


def test_a_merge_that_comes_second_merges_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What both merged is there once."""
    write_in_between(monkeypatch, lambda: store.merge("raw", rows(MARCH, 7, 8), ["n"]))
    merged = store.merge("raw", rows(MARCH, 8, 9), ["n"])

    assert numbers(store) == [1, 2, 3, 7, 8, 9]
    assert merged.inserted == 1


def test_a_table_made_by_another_meanwhile_is_merged_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first merge does not overwrite the table that somebody else has just made."""
    store = Store(tmp_path, "shop")
    write_in_between(monkeypatch, lambda: store.merge("new", rows(MARCH, 7), ["n"]))
    store.merge("new", rows(MARCH, 8), ["n"])

    assert numbers(store, "new") == [7, 8]


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
def test_a_killed_writer_leaves_whole_windows(store: Store, delay: float) -> None:
    """After kill -9 a day is there or not, never by half, and the next run writes all."""
    writer = start_writer(store, 1, 12)
    writer.stdout.readline()
    writer.stdin.write("\n")
    writer.stdin.flush()
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    writer.wait()

    found = store.scan("raw").filter(pl.col("at") >= APRIL).collect().group_by("n").len()
    assert set(found["len"]) <= {2}
    again = start_writer(store, 1, 3)
    again.communicate("\n")
    assert again.returncode == 0
    assert [value for value in numbers(store) if value <= 3].count(1) == 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can make a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_the_table_as_it_was(small_disk: Path) -> None:
    """The error says so, and once there is room the next write succeeds."""
    store = Store(small_disk, "shop")
    write(store, JANUARY, 1)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * (small_disk_free(small_disk) - 1000))

    with pytest.raises(StoreError, match="could not be written to .*: the disk is full"):
        write(store, FEBRUARY, *range(1000))
    with pytest.raises(StoreError, match="the disk is full"):
        atomic_write(small_disk / "note.txt", "a" * 20_000)
    assert numbers(store) == [1]
    ballast.unlink()
    write(store, FEBRUARY, 2)
    assert numbers(store) == [1, 2]
    assert not (small_disk / "note.txt").exists()


def small_disk_free(folder: Path) -> int:
    """The free bytes of a disk."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def test_a_full_disk_leaves_no_half_folder(small_disk: Path) -> None:
    """A folder that does not fit is not there at all, and the one before it is kept."""
    store, source = Store(small_disk, "shop"), small_disk.parent / "source"
    atomic_write(source / "model.txt", "small")
    store.save_folder(source, store.model_pin(1))
    (source / "model.txt").write_bytes(b"a" * 300_000)

    with pytest.raises(StoreError, match="v0001 could not be written: the disk is full"):
        store.save_folder(source, store.model_pin(1))
    assert (store.model_folder(1) / "model.txt").read_text() == "small"
    assert [path.name for path in store.folder("models").iterdir()] == ["v0001"]


@pytest.fixture
def read_only(small_disk: Path) -> Iterator[Store]:
    """A store with a table on a disk that is mounted read-only."""
    store = Store(small_disk, "shop")
    write(store, JANUARY, 1)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    yield store
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)


def test_a_read_only_store_is_read_and_not_written(read_only: Store, tmp_path: Path) -> None:
    """Each way to write says that the file system is read-only; reading goes on."""
    acts: list[Callable[[], object]] = [
        lambda: write(read_only, FEBRUARY, 2),
        lambda: read_only.write("new", rows(JANUARY, 1)),
        lambda: read_only.merge("raw", rows(FEBRUARY, 2), ["n"]),
        lambda: read_only.save_folder(tmp_path, "models/v0001"),
    ]
    for act in acts:
        with pytest.raises(StoreError, match="the file system is read-only"):
            act()
    assert numbers(read_only) == [1]


KEYS = {
    "text": (["a'b", 'c"d', "é; DROP TABLE", "", "%_\\"], ["a''b", "A'B"]),
    "time": ([datetime(2024, 1, 1, 1, 2, 3, 456789), datetime(1, 1, 1)], [datetime(9999, 12, 31)]),
    "date": ([date(2024, 2, 29), date(1900, 1, 1)], [date(2024, 3, 1)]),
    "number": ([2**62, -1, 0], [2**62 + 1]),
    "decimal": ([Decimal("1.10"), Decimal("2.25")], [Decimal("1.11")]),
    "truth": ([True], [False]),
    "bytes": ([b"a", b"\0"], [b""]),
    "code": (pl.Series([1, 2], dtype=pl.UInt16), pl.Series([3], dtype=pl.UInt16)),
    "class": (pl.Series(["a", "b"], dtype=pl.Categorical), pl.Series(["c"], dtype=pl.Categorical)),
}


@pytest.mark.parametrize("kind", KEYS)
def test_merge_is_exact_for_every_type_of_key(tmp_path: Path, kind: str) -> None:
    """New keys are inserted, known ones replaced where the content differs, the rest is untouched."""
    old, new = KEYS[kind]
    store, column = Store(tmp_path, "shop"), f'the "{kind}"'
    first = pl.DataFrame({column: old}).with_columns(n=pl.lit(1, pl.Int64))
    added = pl.DataFrame({column: new}).with_columns(n=pl.lit(2, pl.Int64))
    store.merge("t", first, [column])
    changed = first.head(1).with_columns(n=pl.lit(7, pl.Int64))
    merged = store.merge("t", pl.concat([changed, first.tail(-1), added]), [column])

    assert (merged.inserted, merged.updated, merged.rows) == (len(new), 1, len(new) + 1)
    assert numbers(store, "t") == sorted([7, *[1] * (len(old) - 1), *[2] * len(new)])


def test_merge_of_what_is_there_makes_no_version(store: Store) -> None:
    """Done again, nothing changes: neither version nor fingerprint."""
    frame = rows(MARCH, 8, 9)
    first = store.merge("raw", frame, ["n"])
    again = store.merge("raw", frame, ["n"])

    assert (again.version, again.fingerprint, again.rows) == (first.version, first.fingerprint, 0)
    assert store.merge("raw", frame.clear(), ["n"]).version == first.version


def test_merge_by_two_columns(store: Store) -> None:
    """All key columns together name a row."""
    frame = pl.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"], "n": [1, 2, 3]})
    store.merge("pairs", frame, ["a", "b"])
    merged = store.merge("pairs", frame.with_columns(a=pl.col("a") + 1), ["a", "b"])

    assert (merged.inserted, merged.updated) == (2, 1)
    assert numbers(store, "pairs") == [1, 1, 2, 2, 3]


def test_merge_keeps_what_is_newer(store: Store) -> None:
    """A slow writer does not put old content back."""
    frame = pl.DataFrame({"key": ["a"], "n": [2], "seen": [FEBRUARY]})
    store.merge("news", frame, ["key"])
    older = frame.with_columns(n=pl.lit(1, pl.Int64), seen=pl.lit(JANUARY))

    assert store.merge("news", older, ["key"], newer="seen").rows == 0
    assert store.merge("news", older, ["key"]).updated == 1


def test_merge_tells_nulls_and_nan_apart_from_values(store: Store) -> None:
    """A null that becomes a value is a change; a NaN that stays one is not."""
    frame = pl.DataFrame({"key": [1, 2], "n": [None, float("nan")]})
    store.merge("gaps", frame, ["key"])

    assert store.merge("gaps", frame, ["key"]).rows == 0
    assert store.merge("gaps", frame.with_columns(n=pl.lit(1.0)), ["key"]).updated == 2


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"at": [JANUARY], "n": [None]}, "1 rows have no value in the key n"),
        ({"at": [JANUARY] * 3, "n": [4, 4, 5]}, "1 keys are there more than once.* n = 4, 2 times"),
        ({"at": [JANUARY], "m": [1]}, "the key column 'n' is missing"),
        ({"at": [JANUARY], "n": ["1"]}, r"other columns .*n \(Int64 in the table, String now\)"),
    ],
)
def test_merge_refuses_what_it_cannot_do_exactly(store: Store, frame: dict, message: str) -> None:
    """Null, doubled or missing keys and other types are told before anything is written."""
    before = store.version("raw")

    with pytest.raises(DataError, match=message):
        store.merge("raw", pl.DataFrame(frame, strict=False), ["n"])
    assert store.version("raw") == before


def test_a_time_column_with_a_zone_is_refused(store: Store) -> None:
    """Windows have no time zone."""
    frame = rows(JANUARY, 1).with_columns(pl.col("at").dt.replace_time_zone("UTC"))

    with pytest.raises(DataError, match="a time without a zone"):
        store.write("zoned", frame, Replace("at", JANUARY, FEBRUARY))
