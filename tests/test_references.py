"""What must stay when room is made."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aifactory_nb.ledger import Ledger
from aifactory_nb.references import find_references, is_bookkeeping, latest_successes

OLD = "9999"  # no run is young


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of its own."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", actor="ann")
    yield ledger
    ledger.close()


def ended(ledger: Ledger, run: str, status: str = "succeeded") -> None:
    """A run that came and went."""
    ledger.start_run(run, "shop", "run", {}, 1)
    ledger.end_run(run, status)


def record_gate(ledger: Ledger, run: str, passed: bool) -> None:
    """A verdict of a run."""
    ledger.record_gate(run, "shop", "validate", "2024-01", "orders", "data", passed, [])


@pytest.mark.parametrize("status", ["succeeded", "failed", "stopped", "interrupted"])
def test_a_run_that_came_and_went_is_not_evidence(ledger: Ledger, status: str) -> None:
    """Its own book-keeping, gates that it passed, and earlier housekeeping do not keep it."""
    ended(ledger, "one", status)
    record_gate(ledger, "one", passed=True)
    ledger.audit("ann", "gc.remove", "here", {"removed": ["one"]})

    assert find_references(ledger, "shop", OLD).runs == {}


def test_a_gate_that_was_not_passed_keeps_its_run(ledger: Ledger) -> None:
    """Somebody may ask what was wrong."""
    ended(ledger, "one")
    record_gate(ledger, "one", passed=False)

    assert "gate.record" in find_references(ledger, "shop", OLD).runs["one"]


def test_a_run_during_which_an_alias_moved_stays(ledger: Ledger) -> None:
    """The alias event does not name the run, but the time says which it was."""
    ended(ledger, "before")
    time.sleep(0.002)
    ledger.start_run("while", "shop", "run", {}, 1)
    ledger.add_model("shop", "elsewhere", "d1", "models/v{version}", {})
    ledger.set_alias("shop", "champion", 1, "ann", "better", {})
    ledger.end_run("while", "succeeded")

    assert set(find_references(ledger, "shop", OLD).runs) == {"while"}


def test_an_event_of_another_pipeline_keeps_nothing(ledger: Ledger) -> None:
    """A decision about one product is no evidence in another."""
    ledger.start_run("one", "shop", "run", {}, 1)
    ledger.open_incident("mill", "drift", "price", "2024-01", {})
    ledger.end_run("one", "succeeded")

    assert find_references(ledger, "shop", OLD).runs == {}


def test_versions_that_models_learned_from_stay(ledger: Ledger) -> None:
    """Also those of models that are champion no longer."""
    for number, digest in enumerate("ab"):
        lineage = {"lineage": {"features": number, "labels": None}}
        ledger.add_model("shop", f"run-{number}", digest, "models/v{version}", lineage)

    assert find_references(ledger, "shop", OLD).versions == {"features": {0, 1}}


def test_a_young_run_and_what_it_pinned_stays(ledger: Ledger) -> None:
    """It may be resumed, or looked at."""
    ended(ledger, "one", "failed")
    ledger.plan_stage("one", 0, "train", "2024-01")
    ledger.start_stage("one", 0, "key", 1, "")
    result = {"inputs": {"features": 7}, "outputs": [{"name": "candidate", "pin": "artifacts/a"}]}
    ledger.end_stage("one", 0, "failed", result)
    found = find_references(ledger, "shop", since="2000")

    assert found.runs == {"one": "is young"}
    assert found.versions == {"features": {7}}
    assert found.folders == {"artifacts/a"}


def row(run: str, status: str, ended_at: str, key: str, pin: str, branch: str = "") -> dict:
    """A stage run."""
    result = {"outputs": [{"name": "candidate", "pin": pin}]}
    place = {"run_id": run, "stage": "train", "window": "all", "ended_at": ended_at, "key": key}
    place["branch"] = branch
    return {**place, "status": status, "result": result}


def test_the_present_state_is_the_latest_success_of_each_stage() -> None:
    """What failed later does not count; a stage that had nothing to do leads to the one that worked."""
    rows = [
        row("one", "succeeded", "1", "k1", "first"),
        row("two", "succeeded", "2", "k2", "second"),
        row("three", "cached", "3", "", "first"),
        row("four", "failed", "4", "k4", "none"),
    ]

    assert [found["run_id"] for found in latest_successes(rows)] == ["three", "one"]


def test_what_people_write_into_the_audit_trail_is_no_bookkeeping() -> None:
    """Actions of their own keep what they name."""
    assert is_bookkeeping({"action": "run.resume", "details": {}})
    assert not is_bookkeeping({"action": "review", "details": {}})


def test_each_branch_has_its_present_state() -> None:
    """A later success of one segment does not take the place of another's."""
    rows = [
        row("one", "succeeded", "1", "k1", "first", "region=north"),
        row("two", "succeeded", "2", "k2", "second", "region=south"),
    ]

    assert [found["run_id"] for found in latest_successes(rows)] == ["one", "two"]


def test_models_of_segments_keep_what_they_learned_from(ledger: Ledger) -> None:
    """They belong to the pipeline; those of a pipeline whose name begins alike do not."""
    for product, version in (("shop/region=north", 3), ("shop2/region=north", 4)):
        ledger.start_run(f"run-{version}", product.partition("/")[0], "run", {}, 1)
        ledger.end_run(f"run-{version}", "succeeded")
        lineage = {"lineage": {"features": version}}
        ledger.add_model(product, f"run-{version}", "d", "models/v{version}", lineage)
    found = find_references(ledger, "shop", OLD)

    assert found.versions == {"features": {3}}
    assert found.runs == {"run-3": "made a model"}
