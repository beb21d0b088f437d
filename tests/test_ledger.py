import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from aifactory_nb.audit import RECORDS, canonical, metadata
from aifactory_nb.errors import LedgerError, ModelNotFoundError, RunNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.runs import is_alive, process_start, this_process

WRITER = """
import sys
from aifactory_nb.ledger import Ledger

ledger = Ledger(sys.argv[1], actor=sys.argv[2])
for number in range(50):
    ledger.add_model("flights", f"{sys.argv[2]}-{number}", "digest", "v{version}", {})
"""

SLEEPER = """
import sys, time
from aifactory_nb.ledger import Ledger

ledger = Ledger(sys.argv[1])
ledger.start_run("killed", "flights", "build", {}, stages=2)
ledger.plan_stages("killed", [(1, "ingest", "2013-01", ""), (2, "validate", "2013-01", "")])
ledger.start_stage("killed", 1, "key", 1, "01_ingest.ipynb")
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "ledger.db"


@pytest.fixture
def ledger(path: Path):
    ledger = Ledger(f"sqlite:///{path}", actor="ada")
    yield ledger
    ledger.close()


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    """A ledger with events of several kinds."""
    ledger.start_run("first", "flights", "build", {"fresh": True}, stages=1)
    ledger.record_gate("first", "flights", "validate", "2013-01", "rows", "data", True, [{"n": 1}])
    for number in (1, 2, 3):
        ledger.add_model("flights", f"run-{number}", f"digest-{number}", "v{version}", {})
        ledger.set_alias("flights", "champion", number, "ada", "better", {"auc": number / 10})
    ledger.record_decision("flights", "first", "2013-04", True, 1.5, [{"why": "quality"}])
    ledger.end_run("first", "succeeded")
    return ledger


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the ledger's back."""
    with sqlite3.connect(path) as intruder:
        triggers = intruder.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            intruder.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            intruder.execute(statement)
    intruder.close()


def killed_run(url: str) -> int:
    """Leave behind a run whose process was killed; its process number."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.kill()
    process.wait()
    process.stdout.close()
    return process.pid


def test_ledger_makes_its_folder(path: Path, ledger: Ledger) -> None:
    """A ledger whose folder does not exist yet makes it."""
    assert path.is_file()


def test_ledger_opens_again(path: Path, history: Ledger) -> None:
    """A second object on the same file sees what the first wrote."""
    again = Ledger(f"sqlite:///{path}")

    assert [run["run_id"] for run in again.runs()] == ["first"]


def test_relative_path_is_kept_after_a_change_of_folder(tmp_path: Path, monkeypatch) -> None:
    """A relative URL names the same file after the process has gone to another folder."""
    monkeypatch.chdir(tmp_path)
    ledger = Ledger("sqlite:///ledger.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    ledger.close()

    assert ledger.runs() == []


def test_four_processes_lose_nothing(path: Path) -> None:
    """Four processes that make the ledger and write 50 versions each lose none, and the chain verifies."""
    url = f"sqlite:///{path}"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, f"writer{number}"])
        for number in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    ledger = Ledger(url)

    models = ledger.models("flights")
    assert sorted(model["version"] for model in models) == list(range(1, 201))
    assert len({model["run_id"] for model in models}) == 200
    assert ledger.verify_audit().ok and ledger.verify_audit().events == 200


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


def test_locked_ledger_is_named(path: Path, ledger: Ledger) -> None:
    """A ledger that somebody keeps locked gives one clear error."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    hasty = Ledger(f"sqlite:///{path}", timeout=0.1)

    with pytest.raises(LedgerError, match="is locked: another process has been writing"):
        hasty.audit("ada", "note", "x")
    holder.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("not a url", "is not a database URL"),
        ("sqlite://", "in memory"),
        ("sqlite:////proc/nowhere/ledger.db", "folder of the ledger cannot be made"),
        ("nosuchdatabase://host/ledger", "No driver for the ledger's database nosuchdatabase"),
    ],
)
def test_unusable_url_is_named(url: str, message: str) -> None:
    """A URL that cannot be used gives one clear error."""
    with pytest.raises(LedgerError, match=message):
        Ledger(url)


def test_other_file_is_named(tmp_path: Path) -> None:
    """A file that is not a database gives one clear error."""
    (tmp_path / "ledger.db").write_text("this is no database, it is a letter to a friend")

    with pytest.raises(LedgerError, match="cannot be used: file is not a database"):
        Ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_newer_layout_is_refused(path: Path, ledger: Ledger) -> None:
    """A ledger written by a newer version is not touched."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ledger_state SET schema = 99")
    connection.close()

    with pytest.raises(LedgerError, match="newer version"):
        Ledger(f"sqlite:///{path}")


def test_password_is_not_shown() -> None:
    """An error about a database on a server does not tell its password."""
    with pytest.raises(LedgerError) as caught:
        Ledger("postgresql+psycopg://ada:secret@127.0.0.1:1/ledger")

    assert "secret" not in str(caught.value)


def test_tables_compile_for_postgresql() -> None:
    """Every table of the ledger can be declared on PostgreSQL."""
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_untouched_ledger_verifies(history: Ledger) -> None:
    """A ledger that nobody touched verifies and names its head."""
    report = history.verify_audit()

    assert report.ok and report.problem == ""
    assert report.events == 10
    assert report.head == history.audit_events(1)[0]["hash"]


def test_changed_event_is_found(path: Path, history: Ledger) -> None:
    """A changed audit event is found."""
    tamper(path, "UPDATE audit SET actor = 'bob' WHERE event = 4")

    assert history.verify_audit().problem == "event 4 was changed"


def test_changed_event_with_matching_hash_is_found(path: Path, history: Ledger) -> None:
    """A changed audit event whose own hash was made to match is found at the next one."""
    from aifactory_nb.audit import _event_hash

    event = {**history.audit_events()[-4], "actor": "bob"}
    forged = _event_hash(event)
    tamper(path, f"UPDATE audit SET actor = 'bob', hash = '{forged}' WHERE event = 4")

    assert history.verify_audit().problem == "event 5 does not follow the event before it"


def test_removed_event_is_found(path: Path, history: Ledger) -> None:
    """An audit event removed from the middle is found."""
    tamper(path, "DELETE FROM audit WHERE event = 4")

    assert history.verify_audit().problem == "event 4 is missing"


def test_removed_last_events_are_found(path: Path, history: Ledger) -> None:
    """Audit events removed from the end are found."""
    tamper(path, "DELETE FROM audit WHERE event > 8")

    assert history.verify_audit().problem == "events 9 to 10 are missing"


def test_event_removed_and_rest_renumbered_is_found(path: Path, history: Ledger) -> None:
    """A removed audit event is found when the later ones were given its number."""
    tamper(
        path,
        "DELETE FROM audit WHERE event = 4",
        "UPDATE audit SET event = -event WHERE event > 4",
        "UPDATE audit SET event = -event - 1 WHERE event < 0",
    )

    assert history.verify_audit().problem == "event 4 does not follow the event before it"


def test_inserted_event_is_found(path: Path, history: Ledger) -> None:
    """An audit event put into the middle is found."""
    tamper(
        path,
        "UPDATE audit SET event = -event WHERE event > 4",
        "UPDATE audit SET event = -event + 1 WHERE event < 0",
        "INSERT INTO audit SELECT 5, at, actor, action, subject, details, previous, hash "
        "FROM audit WHERE event = 4",
    )

    assert history.verify_audit().problem == "event 5 does not follow the event before it"


def test_appended_event_is_found(path: Path, history: Ledger) -> None:
    """A correctly chained audit event that the ledger did not write is found."""
    from aifactory_nb.audit import _event_hash

    last = history.audit_events(1)[0]
    event = {**last, "event": 11, "previous": last["hash"], "action": "note", "details": None}
    tamper(
        path,
        f"INSERT INTO audit VALUES (11, '{event['at']}', 'ada', 'note', '{event['subject']}', "
        f"'null', '{event['previous']}', '{_event_hash(event)}')",
    )

    assert history.verify_audit().problem == (
        "events after event 10 were not written by the ledger"
    )


def test_reordered_events_are_found(path: Path, history: Ledger) -> None:
    """Two audit events that changed places are found."""
    tamper(
        path,
        "UPDATE audit SET event = -4 WHERE event = 4",
        "UPDATE audit SET event = 4 WHERE event = 5",
        "UPDATE audit SET event = 5 WHERE event = -4",
    )

    assert history.verify_audit().problem == "event 4 does not follow the event before it"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE alias_events SET to_version = 1 WHERE event = 6",
            "the row of event 6 in alias_events was changed",
        ),
        (
            """UPDATE alias_events SET evidence = '{"auc":0.9}' WHERE event = 6""",
            "the row of event 6 in alias_events was changed",
        ),
        (
            "UPDATE alias_events SET evidence = 'not json' WHERE event = 6",
            "the row of event 6 in alias_events was changed",
        ),
        (
            "UPDATE alias_events SET evidence_hash = 'other' WHERE event = 6",
            "the row of event 6 in alias_events was changed",
        ),
        (
            "DELETE FROM alias_events WHERE event = 6",
            "the row of event 6 in alias_events is missing",
        ),
        (
            "UPDATE alias_events SET event = 99 WHERE event = 6",
            "a row of alias_events (event 99) was not written by the ledger",
        ),
        ("UPDATE gates SET passed = 0", "the row of event 2 in gates was changed"),
        ("UPDATE models SET digest = 'other' WHERE version = 1", "the row of event 3 in models"),
        ("UPDATE decisions SET score = 0.1", "the row of event 9 in decisions was changed"),
    ],
)
def test_changed_record_is_found(path: Path, history: Ledger, statement: str, problem: str) -> None:
    """A row that differs from what its audit event tells is found."""
    tamper(path, statement)

    report = history.verify_audit()
    assert not report.ok and problem in report.problem


@pytest.mark.parametrize("table", ["audit", *(table.name for table in RECORDS.values())])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET event = 99"])
def test_records_are_written_once(path: Path, history: Ledger, table: str, statement: str) -> None:
    """The database refuses to change or remove what is written once."""
    intruder = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="written once"):
        intruder.execute(statement.format(table))
    intruder.close()


def test_change_and_its_event_are_one(ledger: Ledger, monkeypatch) -> None:
    """When the audit event cannot be written, the change is not made either."""
    monkeypatch.setattr("aifactory_nb.audit._event_hash", lambda event: None)

    with pytest.raises(LedgerError):
        ledger.start_run("first", "flights", "build", {}, stages=1)
    assert ledger.runs() == []


def test_reserved_action_is_refused(ledger: Ledger) -> None:
    """Nobody can write an audit event that looks as if an alias had moved."""
    with pytest.raises(LedgerError, match="written by the ledger itself"):
        ledger.audit("bob", "alias.set", "flights/champion", {})


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


def test_run_id_is_used_once(ledger: Ledger) -> None:
    """A second run of the same name is refused."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    with pytest.raises(LedgerError, match="already a run 'first'"):
        ledger.start_run("first", "flights", "build", {}, stages=1)


def test_unknown_run_is_named(history: Ledger) -> None:
    """Asking for a run that does not exist suggests one that does."""
    with pytest.raises(RunNotFoundError, match="Did you mean 'first'"):
        history.run("firs")


def test_unknown_status_is_refused(history: Ledger) -> None:
    """A misspelt status is refused."""
    with pytest.raises(LedgerError, match="Did you mean 'succeeded'"):
        history.end_run("first", "suceeded")


def test_runs_are_newest_first(ledger: Ledger) -> None:
    """The latest runs come first, as many as asked for."""
    for name in ("a", "b", "c"):
        ledger.start_run(name, "flights", "build", {}, stages=1)

    assert [run["run_id"] for run in ledger.runs(limit=2)] == ["c", "b"]


def test_killed_run_is_reaped(path: Path, ledger: Ledger) -> None:
    """A run whose process was killed becomes interrupted, with the stage that was running."""
    killed_run(f"sqlite:///{path}")

    assert ledger.reap() == ["killed"]
    assert ledger.run("killed")["status"] == "interrupted"
    assert [stage["status"] for stage in ledger.stage_runs("killed")] == ["interrupted", "pending"]
    assert ledger.reap() == []


def test_living_run_is_not_reaped(ledger: Ledger) -> None:
    """A run of a living process stays running."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    assert ledger.reap() == []
    assert ledger.run("first")["status"] == "running"


def test_reused_process_number_is_not_the_owner() -> None:
    """A process that has the number of a dead owner is not taken for it."""
    assert is_alive(this_process())
    assert not is_alive({**this_process(), "process_start": "12345"})


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
def test_zombie_is_dead() -> None:
    """A killed process that its parent has not waited for counts as gone."""
    process = subprocess.Popen(["sleep", "600"])
    owner = {"pid": process.pid, "process_start": process_start(process.pid)}
    alive = is_alive(owner)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet waited for

    assert alive and not is_alive(owner)
    process.wait()


def test_interrupted_run_is_resumed(path: Path, ledger: Ledger) -> None:
    """A resumed run belongs to the process that resumed it, and its plan keeps its state."""
    killed_run(f"sqlite:///{path}")

    ledger.resume_run("killed")
    ledger.plan_stages("killed", [(1, "ingest", "2013-01", ""), (2, "validate", "2013-01", "")])

    run = ledger.run("killed")
    assert (run["status"], run["pid"]) == ("running", os.getpid())
    assert ledger.stage_runs("killed")[0]["status"] == "interrupted"


def test_run_at_work_is_not_resumed(path: Path, ledger: Ledger) -> None:
    """A run that a living process works on cannot be resumed by another."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    code = "import sys; from aifactory_nb.ledger import Ledger; Ledger(sys.argv[1]).resume_run('first')"
    other = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{path}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"still at work in process {os.getpid()}" in other.stderr


def test_run_of_another_host_is_resumed_by_force(path: Path, ledger: Ledger) -> None:
    """A run of another host is taken over only when forced."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET host = 'elsewhere'")
    connection.close()

    with pytest.raises(LedgerError, match="force it here"):
        ledger.resume_run("first")
    ledger.resume_run("first", force=True)
    assert ledger.run("first")["host"] == this_process()["host"]


def test_changed_plan_is_refused(ledger: Ledger) -> None:
    """A run cannot be resumed with another plan."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.plan_stage("first", 1, "ingest", "2013-01")

    with pytest.raises(LedgerError, match="planned as ingest of 2013-01, not as train of 2013-01"):
        ledger.plan_stage("first", 1, "train", "2013-01")


def test_unplanned_stage_is_refused(ledger: Ledger) -> None:
    """A stage that is not in the plan cannot start."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    with pytest.raises(LedgerError, match="no stage 7"):
        ledger.start_stage("first", 7, "key", 1, "07.ipynb")


def test_cached_stage_is_the_latest_that_succeeded(ledger: Ledger) -> None:
    """Only a stage that succeeded is reused, the latest one, and of the same pipeline."""
    ledger.start_run("first", "flights", "build", {}, stages=3)
    ledger.plan_stages("first", [(number, "ingest", "2013", "") for number in (1, 2, 3)])
    for number, status in ((1, "succeeded"), (2, "succeeded"), (3, "failed")):
        ledger.start_stage("first", number, "key", 1, "")
        ledger.end_stage("first", number, status, {"number": number})

    found = ledger.cached_stage("flights", "ingest", "key")
    assert found is not None and found["result"] == {"number": 2}
    assert ledger.cached_stage("trains", "ingest", "key") is None


def test_gate_keeps_its_history(ledger: Ledger) -> None:
    """A gate that was checked again has its latest verdict, and both in its history."""
    for passed in (False, True):
        ledger.record_gate("r", "flights", "validate", "2013-01", "rows", "data", passed, [])

    assert [gate["passed"] for gate in ledger.gates(pipeline="flights")] == [True]
    assert [gate["passed"] for gate in ledger.gates(history=True)] == [False, True]


def test_same_model_of_the_same_run_keeps_its_number(ledger: Ledger) -> None:
    """Registering again after a crash gives the same version."""
    first = ledger.add_model("flights", "run", "digest", "v{version}", {})
    again = ledger.add_model("flights", "run", "digest", "v{version}", {})
    other = ledger.add_model("flights", "run", "other", "v{version}", {})

    assert (first, again, other) == (1, 1, 2)


def test_versions_count_per_pipeline(ledger: Ledger) -> None:
    """Each pipeline, and each replay, counts its versions from 1."""
    ledger.add_model("flights", "run", "digest", "v{version}", {})

    assert ledger.add_model("flights@replay", "run", "digest", "v{version}", {}) == 1


def test_alias_event_tells_everything(history: Ledger) -> None:
    """An alias event tells who moved it, when, why, from where to where, and on which evidence."""
    event = history.alias_events("flights", "champion")[-1]

    assert (event["actor"], event["reason"]) == ("ada", "better")
    assert (event["from_version"], event["to_version"]) == (2, 3)
    assert event["evidence"] == {"auc": 0.3} and len(event["evidence_hash"]) == 64
    assert event["at"].endswith("Z")


def test_alias_that_points_there_does_not_move(history: Ledger) -> None:
    """Setting an alias to where it points writes nothing."""
    assert history.set_alias("flights", "champion", 3, "ada", "again", {}) is None
    assert len(history.alias_events()) == 3


def test_alias_is_taken_away(history: Ledger) -> None:
    """An alias can point to no version."""
    history.set_alias("flights", "champion", None, "ada", "withdrawn", {})

    assert history.alias("flights", "champion") is None
    assert history.aliases("flights") == {}


def test_alias_to_unknown_version_is_refused(history: Ledger) -> None:
    """An alias cannot point to a version that does not exist."""
    with pytest.raises(ModelNotFoundError, match="no model version 9. Versions: 1, 2, 3"):
        history.set_alias("flights", "champion", 9, "ada", "a slip", {})


def test_alias_that_moved_meanwhile_stays(history: Ledger) -> None:
    """A decision that was made about another champion is not carried out."""
    with pytest.raises(LedgerError, match="points to version 3, not to 1 as it did"):
        history.set_alias("flights", "champion", 2, "ada", "late", {}, expected=1)
    assert history.alias("flights", "champion") == 3


def test_unknown_model_is_named(history: Ledger) -> None:
    """Asking for a version that does not exist names those that do."""
    with pytest.raises(ModelNotFoundError, match="Versions: 1, 2, 3"):
        history.model("flights", 9)


def test_decision_stands(ledger: Ledger) -> None:
    """A stage that decides again after a crash gets the decision that stands."""
    first = ledger.record_decision("flights", "run", "2013-04", True, 1.0, [{"why": "quality"}])
    again = ledger.record_decision("flights", "run", "2013-04", False, 0.0, [])

    assert again == first
    assert [row["retrain"] for row in ledger.decisions("flights")] == [True]


def test_incident_opens_and_closes_once(ledger: Ledger) -> None:
    """An incident is open from the first report to the first all-clear."""
    for window in ("2013-04", "2013-05"):
        ledger.open_incident("flights", "drift", "temp", window, {"psi": 0.4})
    for window in ("2013-06", "2013-07"):
        ledger.close_incident("flights", "drift", "temp", window, {"psi": 0.1})

    (incident,) = ledger.incidents("flights")
    assert (incident["opened_window"], incident["closed_window"]) == ("2013-04", "2013-06")
    assert incident["closed_at"] and ledger.incidents(open_only=True) == []


def test_incident_can_open_again(ledger: Ledger) -> None:
    """What goes wrong a second time is a second incident."""
    ledger.open_incident("flights", "drift", "temp", "2013-04", {})
    ledger.close_incident("flights", "drift", "temp", "2013-05", {})
    ledger.open_incident("flights", "drift", "temp", "2013-06", {})

    assert [row["opened_window"] for row in ledger.incidents(open_only=True)] == ["2013-06"]


def test_ledger_imports_little() -> None:
    """The ledger does not pay for libraries that it does not use."""
    code = (
        "import sys, aifactory_nb.ledger; print({'pandas', 'polars', 'mlflow'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert found.stdout.strip() == "set()"


def test_every_statement_of_a_user_value_is_bound(ledger: Ledger) -> None:
    """No value reaches the database as part of the text of a statement."""
    seen: list[str] = []
    sa.event.listen(
        ledger._engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2])
    )
    ledger.start_run("marked-value", "marked-value", "marked-value", {}, stages=1)
    ledger.runs("marked-value")

    assert seen and not any("marked-value" in statement for statement in seen)
