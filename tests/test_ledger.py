"""What the factory obeys: gates, models, aliases, decisions, incidents."""
# ruff: noqa: F811 (fixtures are imported)

import subprocess
import sys

import pytest
from ledgers import history, ledger, url  # noqa: F401

from aifactory_nb.errors import LedgerError, ModelNotFoundError
from aifactory_nb.ledger import Ledger


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
