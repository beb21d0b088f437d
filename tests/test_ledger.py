"""What the factory obeys: gates, models, aliases, decisions, incidents."""
# ruff: noqa: F811 (fixtures are imported)

import subprocess
import sys

from ledgers import history, ledger, url  # noqa: F401

from aifactory_nb.ledger import Ledger


def test_gate_keeps_its_history(ledger: Ledger) -> None:
    """A gate that was checked again has its latest verdict, and both in its history."""
    for passed in (False, True):
        ledger.record_gate("r", "flights", "validate", "2013-01", "rows", "data", passed, [])

    assert [gate["passed"] for gate in ledger.gates(pipeline="flights")] == [True]
    assert [gate["passed"] for gate in ledger.gates(history=True)] == [False, True]


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
