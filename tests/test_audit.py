"""The chain of audit events: what somebody changed behind the ledger's back is found."""
# ruff: noqa: F811 (fixtures are imported)

import sqlite3

import psycopg
import pytest
from ledgers import execute, history, ledger, tamper, url  # noqa: F401

from aifactory_nb.audit import RECORDS
from aifactory_nb.errors import LedgerError
from aifactory_nb.ledger import Ledger


def test_untouched_ledger_verifies(history: Ledger) -> None:
    """A ledger that nobody touched verifies and names its head."""
    report = history.verify_audit()

    assert report.ok and report.problem == ""
    assert report.events == 10
    assert report.head == history.audit_events(1)[0]["hash"]


def test_changed_event_is_found(url: str, history: Ledger) -> None:
    """A changed audit event is found."""
    tamper(url, "UPDATE audit SET actor = 'bob' WHERE event = 4")

    assert history.verify_audit().problem == "event 4 was changed"


def test_changed_event_with_matching_hash_is_found(url: str, history: Ledger) -> None:
    """A changed audit event whose own hash was made to match is found at the next one."""
    from aifactory_nb.audit import _event_hash

    event = {**history.audit_events()[-4], "actor": "bob"}
    forged = _event_hash(event)
    tamper(url, f"UPDATE audit SET actor = 'bob', hash = '{forged}' WHERE event = 4")

    assert history.verify_audit().problem == "event 5 does not follow the event before it"


def test_removed_event_is_found(url: str, history: Ledger) -> None:
    """An audit event removed from the middle is found."""
    tamper(url, "DELETE FROM audit WHERE event = 4")

    assert history.verify_audit().problem == "event 4 is missing"


def test_removed_last_events_are_found(url: str, history: Ledger) -> None:
    """Audit events removed from the end are found."""
    tamper(url, "DELETE FROM audit WHERE event > 8")

    assert history.verify_audit().problem == "events 9 to 10 are missing"


def test_event_removed_and_rest_renumbered_is_found(url: str, history: Ledger) -> None:
    """A removed audit event is found when the later ones were given its number."""
    tamper(
        url,
        "DELETE FROM audit WHERE event = 4",
        "UPDATE audit SET event = -event WHERE event > 4",
        "UPDATE audit SET event = -event - 1 WHERE event < 0",
    )

    assert history.verify_audit().problem == "event 4 does not follow the event before it"


def test_inserted_event_is_found(url: str, history: Ledger) -> None:
    """An audit event put into the middle is found."""
    tamper(
        url,
        "UPDATE audit SET event = -event WHERE event > 4",
        "UPDATE audit SET event = -event + 1 WHERE event < 0",
        "INSERT INTO audit SELECT 5, at, actor, action, subject, details, previous, hash "
        "FROM audit WHERE event = 4",
    )

    assert history.verify_audit().problem == "event 5 does not follow the event before it"


def test_appended_event_is_found(url: str, history: Ledger) -> None:
    """A correctly chained audit event that the ledger did not write is found."""
    from aifactory_nb.audit import _event_hash

    last = history.audit_events(1)[0]
    event = {**last, "event": 11, "previous": last["hash"], "action": "note", "details": None}
    tamper(
        url,
        f"INSERT INTO audit VALUES (11, '{event['at']}', 'ada', 'note', '{event['subject']}', "
        f"'null', '{event['previous']}', '{_event_hash(event)}')",
    )

    assert history.verify_audit().problem == (
        "events after event 10 were not written by the ledger"
    )


def test_reordered_events_are_found(url: str, history: Ledger) -> None:
    """Two audit events that changed places are found."""
    tamper(
        url,
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
        ("UPDATE gates SET passed = NOT passed", "the row of event 2 in gates was changed"),
        ("UPDATE models SET digest = 'other' WHERE version = 1", "the row of event 3 in models"),
        ("UPDATE decisions SET score = 0.1", "the row of event 9 in decisions was changed"),
    ],
)
def test_changed_record_is_found(url: str, history: Ledger, statement: str, problem: str) -> None:
    """A row that differs from what its audit event tells is found."""
    tamper(url, statement)

    report = history.verify_audit()
    assert not report.ok and problem in report.problem


@pytest.mark.parametrize("table", ["audit", *(table.name for table in RECORDS.values())])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET event = 99"])
def test_records_are_written_once(url: str, history: Ledger, table: str, statement: str) -> None:
    """The database refuses to change or remove what is written once."""
    history.start_rollout("flights", 3, 2, {2: 0.1}, {}, "ada", "better", {})  # a row in each table
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RestrictViolation), match="once"):
        execute(url, statement.format(table))


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


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE runs SET status = 'failed'", "the record of run first was changed"),
        ("UPDATE runs SET message = 'fine'", "the record of run first was changed"),
        ("UPDATE runs SET pipeline = 'trains'", "the record of run first was changed"),
        ("UPDATE runs SET parameters = '{}'", "the record of run first was changed"),
        ("UPDATE runs SET started_at = '2020-01-01T00:00:00Z'", "the record of run first was"),
        ("UPDATE runs SET ended_at = NULL", "the record of run first was changed"),
        ("UPDATE runs SET run_id = 'other'", "run other was not written by the ledger"),
        ("DELETE FROM runs", "the record of run first is missing"),
        ("UPDATE stage_runs SET status = 'pending'", "the outcome of stage first/0 was changed"),
        ("UPDATE stage_runs SET result = '{}'", "the outcome of stage first/0 was changed"),
        ("DELETE FROM stage_runs", "the outcome of stage first/0 is missing"),
        ("UPDATE incidents SET closed_window = '2013-02'", "incident 1 was changed"),
        ("UPDATE incidents SET opened_details = '{}'", "incident 1 was changed"),
        ("UPDATE incidents SET opened_at = '2013-01-01T00:00:00Z'", "incident 1 was changed"),
        ("UPDATE incidents SET closed_at = NULL", "incident 1 was changed"),
        ("UPDATE incidents SET kind = 'quality'", "incident 1 was not written by the ledger"),
        ("DELETE FROM incidents", "an incident of flights/drift/temp is missing"),
    ],
)
def test_changed_state_is_found(url: str, ledger: Ledger, statement: str, problem: str) -> None:
    """Rows that change over time are as the last event about them tells, or the audit says which is not."""
    ledger.start_run("first", "flights", "build", {"fresh": True}, stages=1)
    ledger.plan_stage("first", 0, "ingest", "2013-01")
    ledger.start_stage("first", 0, "key", 1, "01.ipynb")
    ledger.end_stage("first", 0, "succeeded", {"rows": 1})
    ledger.open_incident("flights", "drift", "temp", "2013-04", {"psi": 0.4})
    ledger.close_incident("flights", "drift", "temp", "2013-05", {"psi": 0.1})
    ledger.end_run("first", "succeeded", "good")
    before = ledger.verify_audit()

    execute(url, statement)

    assert before.ok, before.problem
    assert problem in ledger.verify_audit().problem
