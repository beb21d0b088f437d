"""The database under the ledger: sqlite and PostgreSQL, away, locked, older and newer."""
# ruff: noqa: F811 (fixtures are imported)

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import psycopg
import pytest
import sqlalchemy as sa
from ledgers import execute, history, ledger, url  # noqa: F401
from servers import postgres, postgres_server  # noqa: F401

from aifactory_nb.database import SCHEMA, canonical
from aifactory_nb.errors import BusyError, LedgerError
from aifactory_nb.ledger import Ledger


def test_ledger_makes_its_folder(tmp_path: Path) -> None:
    """A ledger whose folder does not exist yet makes it."""
    Ledger(f"sqlite:///{tmp_path}/store/ledger.db").close()

    assert (tmp_path / "store" / "ledger.db").is_file()


def test_ledger_opens_again(url: str, history: Ledger) -> None:
    """A second object on the same database sees what the first wrote."""
    again = Ledger(url)

    assert [run["run_id"] for run in again.runs()] == ["first"]
    again.close()


def test_relative_path_is_kept_after_a_change_of_folder(tmp_path: Path, monkeypatch) -> None:
    """A relative URL names the same file after the process has gone to another folder."""
    monkeypatch.chdir(tmp_path)
    ledger = Ledger("sqlite:///ledger.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    ledger.close()

    assert ledger.runs() == []


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    """Threads of one process write through the same object."""

    def write(number: int) -> None:
        for step in range(20):
            ledger.audit("ada", "note", f"{number}/{step}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ledger.verify_audit().ok and ledger.verify_audit().events == 80


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_child_writes_with_its_own_connection(ledger: Ledger) -> None:
    """A forked child and its parent both write, and the chain verifies."""
    ledger.audit("ada", "note", "parent")
    child = os.fork()
    if child == 0:
        ledger.audit("ada", "note", "child")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    ledger.audit("ada", "note", "parent")

    assert status == 0
    assert ledger.verify_audit().ok and ledger.verify_audit().events == 3


def test_locked_ledger_is_named(url: str, ledger: Ledger) -> None:
    """A ledger that somebody keeps locked gives one clear error."""
    hasty = Ledger(url, timeout=0.2)

    with ledger.writing(), pytest.raises(LedgerError, match="is locked: another process has been"):
        hasty.audit("ada", "note", "x")
    hasty.close()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("not a url", "is not a database URL"),
        ("sqlite://", "in memory"),
        ("sqlite:////proc/nowhere/ledger.db", "folder of the ledger cannot be made"),
        ("nosuchdatabase://host/ledger", "No driver for the ledger's database nosuchdatabase"),
        (
            "postgresql+pg8000://host/ledger",
            r"install the extra of this package, aifactory-nb\[postgres",
        ),
        ("postgresql://ada:se@cret@host/ledger", "holds an '@': write it as %40"),
        ("postgresql://ada:secret@host:port/ledger", r"postgresql://ada:\*\*\*@host:port"),
        ("postgresql://ada:secret@127.0.0.1:1/ledger", "cannot be used: connection failed"),
    ],
)
def test_unusable_url_is_named(address: str, message: str) -> None:
    """A URL that cannot be used gives one clear error."""
    with pytest.raises(LedgerError, match=message):
        Ledger(address, timeout=0.5)


def test_other_file_is_named(tmp_path: Path) -> None:
    """A file that is not a database gives one clear error."""
    (tmp_path / "ledger.db").write_text("this is no database, it is a letter to a friend")

    with pytest.raises(LedgerError, match="cannot be used: file is not a database"):
        Ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_newer_layout_is_refused(url: str, ledger: Ledger) -> None:
    """A ledger written by a newer version is not touched."""
    execute(url, "UPDATE ledger_state SET schema = 99")

    with pytest.raises(LedgerError, match="newer version"):
        Ledger(url)


def old_ledger(tmp_path: Path) -> str:
    """The URL of a ledger that a version with layout 1 wrote."""
    script = (Path(__file__).parent / "data" / "ledger_layout_1.sql").read_text()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.executescript(script)
    connection.close()
    return f"sqlite:///{tmp_path}/ledger.db"


def test_older_layout_is_migrated(tmp_path: Path) -> None:
    """A ledger of layout 1 keeps all it knew, in its order, and verifies; the change is an audit event."""
    ledger = Ledger(old_ledger(tmp_path))

    assert [run["run_id"] for run in ledger.runs()] == ["third", "second", "first"]
    found = ledger.cached_stage("flights", "ingest", "key")
    assert found is not None and found["result"] == {"run": "second"}
    assert ledger.audit_events(1)[0]["details"] == {"from": 1, "to": SCHEMA}
    assert ledger.verify_audit().ok
    ledger.close()


def test_migrated_ledger_is_written_on(tmp_path: Path) -> None:
    """A run that another host left behind in a ledger of layout 1 holds its pipeline only while it is taken for alive."""
    url = old_ledger(tmp_path)
    ledger = Ledger(url)
    with pytest.raises(BusyError, match="Run third of 'flights' is at work: process 4711"):
        ledger.start_run("fourth", "flights", "build", {}, stages=1)
    execute(url, "UPDATE runs SET seen_at = '2026-03-01T08:00:00.000000Z' WHERE run_id = 'third'")

    ledger.start_run("fourth", "flights", "build", {}, stages=1)

    assert [run["run_id"] for run in ledger.runs(limit=2)] == ["fourth", "third"]
    assert ledger.verify_audit().ok
    ledger.close()


def test_migration_happens_once(tmp_path: Path) -> None:
    """Several processes that find an older ledger at the same moment migrate it once."""
    url = old_ledger(tmp_path)
    code = "import sys; from aifactory_nb.ledger import Ledger; Ledger(sys.argv[1])"
    starts = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(4)]

    assert [start.wait() for start in starts] == [0, 0, 0, 0]
    ledger = Ledger(url)
    actions = [event["action"] for event in ledger.audit_events()]
    assert actions.count("ledger.migrate") == 1
    assert ledger.verify_audit().ok
    ledger.close()


def test_file_that_somebody_writes_is_waited_for_by_the_first_to_open_it(tmp_path: Path) -> None:
    """Sqlite itself does not wait before it changes the journal of a new file."""
    file = tmp_path / "ledger.db"
    writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, writer.execute, ["COMMIT"])
    done.start()
    ledger = Ledger(f"sqlite:///{file}")
    done.join()

    assert ledger.verify_audit().ok
    ledger.close()
    writer.close()


def test_layout_1_on_postgresql_gets_its_guards(postgres: str) -> None:
    """Layout 1 guarded nothing on PostgreSQL; the migration makes up for it."""
    Ledger(postgres).close()
    execute(
        postgres,
        "DROP TRIGGER audit_written_once ON audit",
        "ALTER TABLE runs DROP COLUMN event",
        "UPDATE ledger_state SET schema = 1",
    )
    Ledger(postgres).close()

    with pytest.raises(psycopg.errors.RestrictViolation, match="rows of audit are written once"):
        execute(postgres, "DELETE FROM audit")


def test_wrong_password_is_named_and_not_shown(postgres: str) -> None:
    """A server that refuses the password is one clear error that does not tell it."""
    wrong = postgres.replace("factory:", "factory:very", 1)

    with pytest.raises(LedgerError, match="password authentication failed") as caught:
        Ledger(wrong)
    assert "very" not in str(caught.value) and caught.value.__suppress_context__


def test_missing_database_is_named(postgres: str) -> None:
    """A database that does not exist on the server is one clear error."""
    with pytest.raises(LedgerError, match='database "nowhere" does not exist'):
        Ledger(f"{postgres.rpartition('/')[0]}/nowhere")


def test_server_that_is_away_for_a_moment_is_waited_for(postgres: str) -> None:
    """A ledger whose server restarts goes on when it is back; nothing is lost."""
    server = postgres_server()
    assert server is not None
    ledger = Ledger(postgres)
    ledger.audit("ada", "note", "before")
    server.stop()
    back = threading.Timer(1.0, server.start)
    back.start()
    ledger.audit("ada", "note", "after")
    back.join()

    assert ledger.verify_audit().events == 2
    ledger.close()


def recovering(refusals: int, port: int, listener: socket.socket) -> None:
    """Answer the first connections as a server does that is not ready, then pass one on."""
    message = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is not yet accepting connections\0\0"
    for _ in range(refusals):
        client, _address = listener.accept()
        client.recv(4096)
        client.sendall(b"E" + (len(message) + 4).to_bytes(4, "big") + message)
        client.close()
    client, _address = listener.accept()
    server = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=passed_on, args=(client, server), daemon=True).start()
    passed_on(server, client)


def passed_on(source: socket.socket, target: socket.socket) -> None:
    """Copy what one end sends to the other, until it closes."""
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)


def test_server_that_recovers_is_waited_for_by_a_process_that_begins(postgres: str) -> None:
    """A stage may open the ledger for the first time while its server comes back."""
    address = sa.make_url(postgres)
    assert address.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (2, address.port, listener)
        threading.Thread(target=recovering, args=arguments, daemon=True).start()
        through = address.set(port=listener.getsockname()[1], query={"sslmode": "disable"})
        ledger = Ledger(through.render_as_string(hide_password=False))
        ledger.audit("ada", "note", "after")
        assert ledger.verify_audit().events == 1
        ledger.close()


def test_server_that_stays_away_is_told(postgres: str) -> None:
    """A ledger whose server went away gives one clear error after the time-out."""
    server = postgres_server()
    assert server is not None
    ledger = Ledger(postgres, timeout=0.5)
    ledger.audit("ada", "note", "before")
    server.stop()
    try:
        with pytest.raises(LedgerError, match="cannot be used: .*Check that it is the database"):
            ledger.audit("ada", "note", "x")
    finally:
        server.start()
    ledger.close()


def test_connection_cut_off_within_a_transaction_is_told(postgres: str) -> None:
    """What was not committed when the connection broke is not there, and the next use works."""
    ledger = Ledger(postgres)
    others = "datname = current_database() AND pid <> pg_backend_pid()"

    def write_and_lose_the_connection() -> None:
        with ledger.writing() as connection:
            ledger._append(connection, "note", "lost", None)
            execute(
                postgres, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
            )
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(LedgerError, match="cannot be used"):
        write_and_lose_the_connection()
    ledger.audit("ada", "note", "kept")
    assert [event["subject"] for event in ledger.audit_events()] == ["kept"]
    ledger.close()


def test_every_statement_of_a_user_value_is_bound(ledger: Ledger) -> None:
    """No value reaches the database as part of the text of a statement."""
    seen: list[str] = []
    sa.event.listen(
        ledger._engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2])
    )
    ledger.start_run("marked-value", "marked-value", "marked-value", {}, stages=1)
    ledger.runs("marked-value")

    assert seen and not any("marked-value" in statement for statement in seen)


def test_odd_values_become_plain() -> None:
    """Numpy scalars, arrays and numbers that are not finite become plain JSON."""
    value = {1: np.float32(0.5), "b": np.array([1, 2]), "c": [np.nan, float("inf"), np.True_]}

    assert canonical(value) == '{"1":0.5,"b":[1,2],"c":[null,null,true]}'


def test_text_of_users_is_bound(ledger: Ledger) -> None:
    """Text with SQL in it is stored as text."""
    nasty = "x'); DROP TABLE runs; --"
    ledger.start_run(nasty, nasty, "build", {nasty: nasty}, stages=1)

    assert ledger.run(nasty)["parameters"] == {nasty: nasty}
    assert ledger.runs(nasty)[0]["run_id"] == nasty
