"""Stages of a run: planned, at work, ended, used again."""
# ruff: noqa: F811 (fixtures are imported)

import pytest
from ledgers import execute, ledger, url  # noqa: F401

from aifactory_nb.errors import BusyError, LedgerError
from aifactory_nb.ledger import Ledger


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
    assert ledger.last_success("flights", "ingest") == found
    assert ledger.cached_stage("trains", "ingest", "key") is None


def test_the_latest_outcome_counts_when_the_clock_is_set_back(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome used again is the one recorded last, whatever the clock said, and the chain verifies."""
    clock = iter(f"2026-03-01T00:{second:02d}:00.000000Z" for second in range(59, 0, -1))
    for module in ("audit", "runs", "stage_runs"):
        monkeypatch.setattr(f"aifactory_nb.{module}.now", lambda: next(clock))
    for name in ("first", "second"):
        ledger.start_run(name, "flights", "build", {}, stages=1)
        ledger.plan_stage(name, 0, "ingest", "2013-01")
        ledger.start_stage(name, 0, "key", 1, "")
        ledger.end_stage(name, 0, "succeeded", {"run": name})
        ledger.end_run(name, "succeeded")

    found = ledger.cached_stage("flights", "ingest", "key")
    assert found is not None and found["result"] == {"run": "second"}
    assert ledger.verify_audit().events == 6
    assert ledger.verify_audit().problem == ""


def test_a_stage_is_stopped_until_it_ends_otherwise(ledger: Ledger) -> None:
    """What a gate has stopped, in each branch, until the stage came to another end."""
    branches = ("", "region=north", "region=south")
    for run, statuses in (("first", ("stopped",) * 3), ("second", ("succeeded", "stopped", None))):
        ledger.start_run(run, "flights", "build", {}, stages=3)
        plan = [(i, "train", "2013-01", "", branch) for i, branch in enumerate(branches)]
        ledger.plan_stages(run, plan)
        for position, status in enumerate(statuses):
            ledger.start_stage(run, position, "key", 1, f"{run}/{position}")
            if status:
                ledger.end_stage(run, position, status, {})
        ledger.end_run(run, "failed")
    ledger.resume_run("second")  # what was at work is interrupted

    told = {("train", "2013-01", "region=north"): "second/1"}
    assert ledger.stopped_stages("flights") == told
    assert ledger.stopped_stages("trains") == {}


def test_a_ledger_that_knew_no_fan_out_is_brought_up(url: str, ledger: Ledger) -> None:
    """Stages of layout 2 belong to no branch; what they made is used again."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.plan_stage("first", 0, "train", "2013-01")
    ledger.start_stage("first", 0, "key", 1, "")
    ledger.end_stage("first", 0, "succeeded", {"made": 1})
    ledger.close()
    execute(url, "ALTER TABLE stage_runs DROP COLUMN branch", "UPDATE ledger_state SET schema = 2")

    newer = Ledger(url)
    assert newer.stage_runs("first")[0]["branch"] == ""
    found = newer.cached_stage("flights", "train", "key")
    assert found is not None and found["result"] == {"made": 1}
    assert newer.verify_audit().ok
    newer.close()


def test_a_plan_of_branches_is_kept(ledger: Ledger) -> None:
    """Planned again in the same way it stays; another branch in a place is refused."""
    ledger.start_run("first", "flights", "build", {}, stages=2)
    plan = [(i, "train", "2013-01", "", f"carrier={name}") for i, name in enumerate(("UA", "DL"))]
    ledger.plan_stages("first", plan)
    ledger.plan_stages("first", plan)
    ledger.start_stage("first", 1, "key", 1, "")

    assert [row["branch"] for row in ledger.stage_runs("first")] == ["carrier=UA", "carrier=DL"]
    running = ledger.running_stage("first", "train", "2013-01", "carrier=DL")
    assert running is not None and running["position"] == 1
    assert ledger.running_stage("first", "train", "2013-01", "carrier=UA") is None
    with pytest.raises(LedgerError, match="planned as train of 2013-01 of carrier=UA, not as"):
        ledger.plan_stage("first", 0, "train", "2013-01", branch="carrier=AA")


def test_a_stage_begun_again_is_the_next_attempt(ledger: Ledger) -> None:
    """A machine that takes a stage after another one was lost makes the next attempt, and the lost one is refused."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.plan_stage("first", 0, "train", "2013-01")
    ledger.start_stage("first", 0, "key", 1, "01.ipynb")
    begun = ledger.stage_runs("first")[0]["started_at"]
    lost = ledger.take_stage("first", 0, begun)
    attempts = [ledger.stage_runs("first")[0]["attempt"]]
    again = ledger.take_stage("first", 0, begun)
    attempts.append(ledger.stage_runs("first")[0]["attempt"])

    assert attempts == [1, 2]
    ledger.refuse_taken("first", 0, again)
    with pytest.raises(BusyError, match="train of 2013-01 was begun again elsewhere"):
        ledger.refuse_taken("first", 0, lost)


def test_a_stage_that_has_ended_is_not_taken(ledger: Ledger) -> None:
    """After its end, or that of its run, nobody begins with a stage or changes anything for it."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.plan_stage("first", 0, "train", "2013-01")
    ledger.start_stage("first", 0, "key", 1, "01.ipynb")
    begun = ledger.stage_runs("first")[0]["started_at"]
    ledger.end_stage("first", 0, "interrupted", None)

    with pytest.raises(BusyError, match="Stage 0 of run 'first' is not at work"):
        ledger.take_stage("first", 0, begun)
    with pytest.raises(BusyError, match="Stage 0 of run 'first' is not at work"):
        ledger.refuse_taken("first", 0, begun)


def test_the_stages_of_many_runs_are_read_at_once(ledger: Ledger) -> None:
    """With how far they are; of each run so many are done."""
    for run in ("first", "second"):
        ledger.start_run(run, run, "build", {}, stages=2)
        ledger.plan_stages(run, [(0, "ingest", "2013-01"), (1, "train", "2013-01")])
        ledger.start_stage(run, 0, "key", 1, "")
    progress = {"position": 0, "cell": 2, "cells": 7, "at": "now", "expected_end": None}
    ledger.write_progress("first", [{**progress, "begins": [0.0, 1.0]}])
    ledger.end_stage("second", 0, "succeeded", None)

    rows = ledger.stage_states(["first", "second"])

    assert [(row["run_id"], row["stage"], row["status"], row["cell"]) for row in rows] == [
        ("first", "ingest", "running", 2),
        ("first", "train", "pending", None),
        ("second", "ingest", "succeeded", None),
        ("second", "train", "pending", None),
    ]
    assert ledger.done_stages(["first", "second"]) == {"second": 1}
    assert ledger.stage_states([]) == [] and ledger.done_stages([]) == {}
    assert [row["stage"] for row in ledger.stage_runs("first", [1])] == ["train"]


def test_the_times_of_stages_are_those_of_the_latest_runs(ledger: Ledger) -> None:
    """Copies of the pipeline count, other pipelines do not; the newest comes first."""
    for pipeline in ("flights", "trains", "flights@replay"):
        ledger.start_run(pipeline, pipeline, "build", {}, stages=1)
        ledger.plan_stage(pipeline, 0, "ingest", f"window of {pipeline}")
        ledger.start_stage(pipeline, 0, "key", 1, "")
        ledger.end_stage(pipeline, 0, "succeeded", None)

    times = [row["window"] for row in ledger.stage_times("flights", 20)]

    assert times == ["window of flights@replay", "window of flights"]
    assert len(ledger.stage_times("flights", 1)) == 1
