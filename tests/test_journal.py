"""Rows on their way into a table: none lost, none twice."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from orjson import OPT_APPEND_NEWLINE, dumps

from aifactory_nb.errors import BusyError, DataError, StoreError
from aifactory_nb.journal import Journal, _read_rows, append_once, bring_in_orphans, compact
from aifactory_nb.store import Store

SCHEMA = {"number": pl.Int64}


@pytest.fixture
def place(tmp_path: Path):
    return Store(tmp_path / "store", "shop").table("served")


@pytest.fixture
def journal(tmp_path: Path, place) -> Journal:
    return Journal(tmp_path / "journals", place, SCHEMA)


def line(number: int) -> bytes:
    return b'{"number":%d}\n' % number


def numbers(place) -> list[int]:
    return sorted(place.scan().collect()["number"].to_list())


def leave(journal: Journal) -> None:
    """What the operating system does when a process is killed."""
    os.close(journal._held)
    os.close(journal._file)


def test_lines_and_tables_come_into_the_table_once(journal, place):
    """A flush adds what was written since the last one, whatever its form."""
    journal.append(line(1))
    assert journal.flush() == 1
    assert journal.flush() == 0
    journal.append(line(2))
    journal.append_table(pl.DataFrame({"number": [3, 4]}))
    journal.append(line(5))

    assert journal.close() == 4
    assert numbers(place) == [1, 2, 3, 4, 5]
    assert not list(journal.home.iterdir())


def test_a_file_whose_commit_was_made_is_not_added_again(journal, place, tmp_path):
    """A process that dies between the commit and the removal of the file has written it once."""
    journal.append(line(1))
    append_once(place, journal.name, {1: pl.DataFrame({"number": [1]})})
    leave(journal)

    assert bring_in_orphans(journal.home, place, SCHEMA) == 0
    assert numbers(place) == [1]


def test_a_line_that_was_cut_off_was_never_acknowledged(journal, place):
    """Half a line at the end of a file is left out, all others are kept."""
    journal.append(line(1) + line(2) + b'{"num')
    leave(journal)

    assert bring_in_orphans(journal.home, place, SCHEMA) == 2
    assert numbers(place) == [1, 2]


def test_many_files_go_into_the_table_with_one_commit(journal, place):
    """A service that has taken thousands of bodies ends at once; what is in the table by then is left out."""
    for number in range(1, 6):
        journal.append_table(pl.DataFrame({"number": [number]}))
    first = min(journal.folder.glob("*.parquet"))
    append_once(place, journal.name, {int(first.stem): pl.read_parquet(first)})
    journal.append_table(pl.DataFrame({"number": [6], "more": ["x"]}))

    assert journal.close() == 5
    assert numbers(place) == [1, 2, 3, 4, 5, 6]
    assert place.open().version() == 2  # the second with one schema, the third with another


def test_a_journal_at_work_is_left_alone(journal, place):
    """Another process does not take what is not left behind."""
    journal.append(line(1))

    assert bring_in_orphans(journal.home, place, SCHEMA) == 0
    assert journal.close() == 1


def test_more_than_may_wait_is_refused(tmp_path, place):
    """Backpressure is an error before anything is written, and ends when the table has taken what waits."""
    journal = Journal(tmp_path / "journals", place, SCHEMA, most_bytes=20)
    journal.append(line(1))

    with pytest.raises(BusyError, match="13 bytes wait to be written .*, of 20 that may"):
        journal.append(line(2))
    with pytest.raises(BusyError):
        journal.append_table(pl.DataFrame({"number": range(10)}))
    journal.flush()
    journal.append(line(3))

    assert journal.close() == 1


def test_a_table_that_cannot_be_written_keeps_the_rows_waiting(journal, place, monkeypatch):
    """A store that is away costs nothing but time."""
    journal.append(line(1))
    with monkeypatch.context() as away:
        away.setattr(
            "aifactory_nb.journal.append_once", lambda *_: (_ for _ in ()).throw(OSError("away"))
        )
        with pytest.raises(OSError, match="away"):
            journal.flush()
    journal.append(line(2))

    assert journal.flush() == 2
    assert journal.waiting == 0


def test_a_full_disk_takes_back_the_half_that_was_written(journal, place, monkeypatch):
    """What the disk took only in part was not acknowledged, and does not spoil the next line."""
    whole = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, data: whole(handle, data[:5]))
        with pytest.raises(StoreError, match="took 5 of 13 bytes: the disk is full"):
            journal.append(line(1))
    journal.append(line(2))

    assert journal.close() == 1
    assert numbers(place) == [2]


def test_a_file_that_cannot_be_read_is_told_and_kept(journal, place):
    """A damaged file is named, and nothing of it is thrown away."""
    journal.append(b'{"number": {}}}\n')

    with pytest.raises(DataError, match=r"0+1\.jsonl cannot be read"):
        journal.flush()
    assert (journal.folder / "000000000001.jsonl").exists()


def test_a_damaged_leftover_stops_nobody(journal, place, tmp_path, caplog):
    """It stays where it is and is told; what others have left is brought in."""
    other = Journal(journal.home, place, SCHEMA)
    for left, text in ((journal, b'{"number": {}}}\n'), (other, line(7))):
        left.append(text)
        leave(left)

    assert bring_in_orphans(journal.home, place, SCHEMA) == 1
    assert numbers(place) == [7]
    assert [path.name for path in journal.home.iterdir()] == [journal.name]
    assert "left by a process that is gone, and stays" in caplog.text


def test_what_waits_is_told_rightly_when_a_table_takes_a_part(journal, place, monkeypatch):
    """Of two files one is in the table when the store goes away: the other waits, and no more than that."""
    journal.append(line(1))
    journal.append_table(pl.DataFrame({"number": [2]}))
    whole = append_once

    def first_only(place, name, files):
        if max(files) > 1:
            raise OSError("away")
        return whole(place, name, files)

    with monkeypatch.context() as away:
        away.setattr("aifactory_nb.journal.append_once", first_only)
        away.setattr("aifactory_nb.journal.COMMIT_BYTES", 1)
        with pytest.raises(OSError, match="away"):
            journal.flush()

    (left,) = journal.folder.glob("*.parquet")
    assert journal.waiting == left.stat().st_size
    assert journal.flush() == 1 and journal.waiting == 0


def test_no_room_for_another_file_changes_nothing(journal, place, monkeypatch):
    """A table is refused, and the lines that come after it are as safe as those before."""
    journal.append(line(1))
    journal.flush()

    def full(*_):
        raise StoreError("no room")

    with monkeypatch.context() as disk:
        disk.setattr(journal, "_open", full)
        with pytest.raises(StoreError, match="no room"):
            journal.append_table(pl.DataFrame({"number": [2]}))
        journal.flush()
        journal.append(line(3))
    journal.append_table(pl.DataFrame({"number": [4]}))

    assert journal.close() == 2
    assert numbers(place) == [1, 3, 4]


def test_a_closed_journal_refuses(journal):
    """Nobody writes into a file that is somebody else's by now."""
    journal.close()

    with pytest.raises(StoreError, match="could not be written"):
        journal.append(line(1))


def test_small_files_are_put_together(tmp_path, place, monkeypatch):
    """Two journals that write often leave few files; all rows are there once, also those of older versions."""
    monkeypatch.setattr("aifactory_nb.journal.LOOK_EVERY", 2)
    monkeypatch.setattr("aifactory_nb.journal.MOST_SMALL", 8)
    journals = [Journal(tmp_path / "journals", place, SCHEMA) for _ in range(2)]
    for number in range(24):
        journals[number % 2].append(line(number))
        journals[number % 2].flush()

    assert len(place.open().file_uris()) < 12
    assert numbers(place) == list(range(24))
    assert sorted(place.scan(5).collect()["number"].to_list()) == list(range(6))
    assert not append_once(place, journals[0].name, {1: pl.DataFrame({"number": [0]})})
    assert numbers(place) == list(range(24))


def test_two_at_once_put_files_together_once(tmp_path, place, monkeypatch):
    """Whoever comes second leaves it at that, also while rows are added: all rows are there once."""
    monkeypatch.setattr("aifactory_nb.journal.MOST_SMALL", 2)
    for number in range(6):
        append_once(place, "first", {number + 1: pl.DataFrame({"number": [number]})})
    lock = tmp_path / "lock"
    threads = [threading.Thread(target=compact, args=[place, lock]) for _ in range(3)]
    for thread in threads:
        thread.start()
    append_once(place, "second", {1: pl.DataFrame({"number": [6]})})
    for thread in threads:
        thread.join()

    assert numbers(place) == list(range(7))


def test_two_journals_write_one_table_at_the_same_time(tmp_path, place):
    """Two services on one store lose nothing and add nothing twice."""
    journals = [Journal(tmp_path / "journals", place, SCHEMA) for _ in range(2)]
    append_once(place, "first", {1: pl.DataFrame({"number": [-1]})})

    def work(first: int) -> None:
        for number in range(5):
            journals[first].append(line(10 * first + number))
            journals[first].flush()

    threads = [threading.Thread(target=work, args=[first]) for first in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert numbers(place) == [-1, *range(5), *range(10, 15)]


WRITER = """
import sys
from pathlib import Path
import polars as pl
from aifactory_nb.journal import Journal
from aifactory_nb.store import Store
root = Path(sys.argv[1])
journal = Journal(root / "journals", Store(root / "store", "shop").table("served"), {"number": pl.Int64})
for number in range(10**9):
    journal.append(b'{"number":%d}\\n' % number)
    print(number, flush=True)
    if number % 50 == 49:
        journal.flush()
"""


@pytest.mark.parametrize("acknowledged", [49, 120, 260])
def test_a_killed_process_has_lost_nothing_that_it_acknowledged(tmp_path, place, acknowledged):
    """After kill -9 each acknowledged row is in the table exactly once."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    told = -1
    while told < acknowledged:
        told = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait()
    told = max([told, *map(int, rest)])

    bring_in_orphans(tmp_path / "journals", place, SCHEMA)

    found = numbers(place)
    assert found[: told + 1] == list(range(told + 1))
    assert len(found) <= told + 2  # one more may have been written, but not told


def test_times_are_read_whatever_their_unit_and_zone(tmp_path, place):
    """With and without a part of a second, inside of others, and none."""
    inner = pl.Struct({"day": pl.Date, "at": pl.Datetime("ms"), "empty": pl.Struct({})})
    schema = {"at": pl.Datetime("us"), "zoned": pl.Datetime("us", "UTC"), "row": inner}
    journal = Journal(tmp_path / "journals", place, schema)
    moment = datetime(2024, 5, 31, 18, 30, 0, 123_000)
    rows = [
        {"at": moment, "zoned": moment.replace(tzinfo=UTC), "row": {"at": moment}},
        {"at": moment.replace(microsecond=0), "zoned": None, "row": {"day": moment.date()}},
        {"at": None, "zoned": None, "row": None},
    ]
    for row in rows:
        journal.append(dumps(row, option=OPT_APPEND_NEWLINE))
    path = next(journal.folder.glob("*.jsonl"))

    found = _read_rows(path, schema)

    assert found.schema == schema
    assert found["at"].to_list() == [row["at"] for row in rows]
    assert found["zoned"].to_list() == [row["zoned"] for row in rows]
    assert found["row"].struct.field("at").to_list() == [moment, None, None]
    assert found["row"].struct.field("day").to_list() == [None, moment.date(), None]
