"""Runs and their stages as pages show them."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from aifactory_nb.database import now
from aifactory_nb.errors import RunNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.run_rows import (
    Places,
    asked_of,
    kind_of,
    line_of,
    remaining,
    run_detail,
    run_row,
    run_rows,
    stage_rows,
    usual_seconds,
)
from aifactory_nb.settings import Settings
from aifactory_nb.stage_result import StageResult


def keys(text: str) -> set[str]:
    """The keys of a row."""
    return set(text.split())


RUN = keys(
    "run pipeline kind line status message started_at ended_at stages done owner host can_cancel can_resume "
    "folder report stages_at_work expected_end last_event"
)
AT_WORK = keys("position stage window branch cell cells started_at at expected_end notebook")
STAGE = keys(
    "position stage window branch status attempt seconds message notebook note started_at ended_at cell cells "
    "expected_end"
)
JANUARY = {"start": "2024-01-01", "end": "2024-02-01", "parameters": {"fit": {"trials": 9}}}
ASKED: dict[str, Any] = {"line": "build", "requests": [{"stages": ["make", "fit"], **JANUARY}]}
OTHER = """
import sys
from aifactory_nb.ledger import Ledger
ledger = Ledger(sys.argv[1])
ledger.start_run("lost", "shop", "run", {"requests": []}, 1)
ledger.plan_stage("lost", 0, "make", "2024-01")
ledger.start_stage("lost", 0, "key", 1, "")
"""


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """The settings of a workspace without content."""
    return Settings(tmp_path / "factory")


@pytest.fixture
def ledger(place: Settings) -> Ledger:
    """Its ledger."""
    return Ledger(place.ledger_url)


def begin(ledger: Ledger, run: str = "r1", pipeline: str = "shop", **asked: Any) -> None:
    """Start a run whose first stage of two is at work."""
    ledger.start_run(run, pipeline, "run", ASKED | asked, 2)
    ledger.plan_stages(run, [(0, "make", "2024-01"), (1, "fit", "2024-01")])
    ledger.start_stage(run, 0, "key", 1, "runs/1.ipynb")


def test_a_run_at_work_tells_its_stage_and_cell(place: Settings, ledger: Ledger) -> None:
    """With all keys that pages rely on."""
    begin(ledger)
    progress = {"position": 0, "cell": 3, "cells": 9, "at": now(), "expected_end": None}
    ledger.write_progress("r1", [{**progress, "begins": [0.0, 0.1, 0.2]}])

    row = run_row(place, ledger, "r1", place.workspace)
    (at_work,) = row["stages_at_work"]

    assert set(row) == RUN and set(at_work) == AT_WORK
    assert (at_work["stage"], at_work["cell"], at_work["cells"]) == ("make", 3, 9)
    assert row["last_event"] == at_work["at"] == progress["at"]
    assert row["can_cancel"] and not row["can_resume"]


def test_a_stage_that_has_told_nothing_yet_is_at_no_cell(place: Settings, ledger: Ledger) -> None:
    """Its last sign is its start."""
    begin(ledger)

    (at_work,) = run_row(place, ledger, "r1", place.workspace)["stages_at_work"]

    assert (at_work["cell"], at_work["cells"]) == (0, 0)
    assert at_work["at"] == at_work["started_at"]


def test_a_run_whose_process_is_gone_is_shown_as_interrupted(
    place: Settings, ledger: Ledger
) -> None:
    """It can be resumed; the ledger is left as it is."""
    subprocess.run([sys.executable, "-c", OTHER, place.ledger_url], check=True)

    row = run_row(place, ledger, "lost", place.workspace)
    (stage,) = stage_rows(place, ledger, "lost", place.workspace)

    assert (row["status"], row["message"]) == ("interrupted", "The process that ran it is gone.")
    assert row["can_resume"] and not row["can_cancel"] and row["stages_at_work"] == []
    assert stage["status"] == "interrupted"
    assert ledger.run("lost")["status"] == "running"


def test_a_run_of_somebody_else_cannot_be_cancelled(
    place: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its owner can end a process, and only on its host."""
    monkeypatch.setattr("aifactory_nb.runs.user_name", lambda: "somebody else")
    begin(ledger)

    assert not run_row(place, ledger, "r1", place.workspace)["can_cancel"]


@pytest.mark.parametrize("status", ["failed", "stopped", "interrupted"])
def test_a_line_that_did_not_come_to_its_end_can_be_resumed(
    place: Settings, ledger: Ledger, status: str
) -> None:
    """Its stages that are done are counted."""
    begin(ledger)
    ledger.end_stages("r1", [(0, "cached", None, ""), (1, "failed", None, "No rows.")])
    ledger.end_run("r1", status, "fit: No rows.")

    row = run_row(place, ledger, "r1", place.workspace)

    assert (row["can_resume"], row["done"], row["stages"]) == (True, 1, 2)


def test_a_stage_run_by_hand_is_no_line(place: Settings, ledger: Ledger) -> None:
    """There is nothing to resume."""
    ledger.start_run("r1", "shop", "manual", {"stage": "fit"}, 1)
    ledger.end_run("r1", "failed")

    row = run_row(place, ledger, "r1", place.workspace)

    assert (row["kind"], row["line"], row["can_resume"]) == ("manual", "", False)


def test_a_run_that_there_is_not_is_said(place: Settings, ledger: Ledger) -> None:
    """With the name that was meant."""
    begin(ledger)
    with pytest.raises(RunNotFoundError, match="There is no run 'r2'. Known: r1"):
        run_row(place, ledger, "r2", place.workspace)


@pytest.mark.parametrize(
    ("kind", "asked", "told"),
    [
        ("run", {"requests": [{"stages": ["make"]}]}, ("line", "build")),
        ("run", {"requests": [{"stages": ["make", "monitor"]}]}, ("line", "operate")),
        ("run", {"line": "operate", "requests": [{"stages": ["make"]}]}, ("line", "operate")),
        ("run", {"requests": [{"stages": ["fit"], "branch": "r=1"}]}, ("fan-out", "build")),
        ("replay", {"requests": [{"stages": ["fit"]}]}, ("replay", "operate")),
    ],
)
def test_a_run_tells_its_kind_and_line(
    kind: str, asked: dict[str, Any], told: tuple[str, str]
) -> None:
    """The line that was asked for, else what its stages say."""
    run = {"kind": kind, "parameters": asked}

    assert (kind_of(run), line_of(run)) == told


def test_what_is_gone_or_lies_elsewhere_has_no_path(tmp_path: Path) -> None:
    """A page can open nothing outside of its root, and no notebook that gc has removed."""
    place = Settings(tmp_path / "lab" / "factory")
    (place.workspace / "runs").mkdir(parents=True)
    (place.workspace / "runs" / "1.ipynb").touch()
    (tmp_path / "elsewhere").touch()
    above, beside = Places(place, tmp_path / "lab"), Places(place, tmp_path / "other")

    assert above.path("runs/1.ipynb") == above.path(place.workspace / "runs/1.ipynb")
    assert above.path("runs/1.ipynb") == "factory/runs/1.ipynb"
    assert above.path("runs/2.ipynb") == above.path("") == above.path("../../elsewhere") == ""
    assert beside.path("runs/1.ipynb") == ""


def times(stage: str, seconds: int, window: str = "2024-01") -> dict[str, Any]:
    """When a stage began and ended."""
    began = "2026-01-01T00:00:00.000000Z"
    ended = f"2026-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}.000000Z"
    return {"stage": stage, "window": window, "branch": "", "started_at": began, "ended_at": ended}


def test_the_end_follows_from_the_latest_runs_on_a_window_of_the_size() -> None:
    """The median of the newest; a week takes less than a month and does not count."""
    found = [times("fit", seconds) for seconds in (10, 12, 90)]
    usual = usual_seconds([*found, times("fit", 1, "2024-01-01..2024-01-08")])
    waits = {**times("fit", 0), "status": "pending", "expected_end": None}
    works = {**waits, "status": "running"}
    clock = "2026-01-01T00:00:05.000000Z"

    assert remaining([waits, waits], usual, clock) == 24
    assert remaining([works, waits], usual, clock) == 7 + 12
    assert remaining([{**works, "expected_end": "2026-01-01T00:00:06Z"}], usual, clock) == 1
    assert remaining([waits, {**waits, "stage": "own"}], usual, clock) is None


ENDS = ("started_at", "ended_at")


def test_a_fan_out_is_judged_by_its_own_pace() -> None:
    """By what its stages took and how many are at work at once; that it paused for a day does not count."""
    waits = {**times("fit", 0), "branch": "r=1", "status": "pending"}
    works = {**waits, "status": "running"}
    done = {**times("fit", 10), "branch": "r=2", "status": "succeeded"}
    later = {name: done[name].replace("2026-01-01", "2026-01-02") for name in ENDS}
    clock = "2026-01-03T00:00:00.000000Z"

    assert remaining([done, {**done, **later}, works, waits], {}, clock) == 20
    assert remaining([done, done, works, works, waits, waits], {}, clock) == 20
    assert remaining([waits, works], {}, clock) is None


def test_a_run_at_work_tells_when_it_will_end(place: Settings, ledger: Ledger) -> None:
    """From a run before it, of a copy as well."""
    begin(ledger, "r0", "shop@replay")
    ledger.end_stage("r0", 0, "succeeded", None)
    ledger.start_stage("r0", 1, "key", 1, "")
    ledger.end_stage("r0", 1, "succeeded", None)
    ledger.end_run("r0", "succeeded")
    begin(ledger)

    before, row = run_rows(place, ledger, [ledger.run("r0"), ledger.run("r1")], place.workspace)

    assert row["expected_end"] >= row["started_at"]
    assert before["expected_end"] is None and before["done"] == 2


def test_stages_tell_what_came_of_them(place: Settings, ledger: Ledger) -> None:
    """With all keys that pages rely on; only those that are asked for."""
    begin(ledger)
    result = StageResult("make", "shop", "r1", "2024-01", rows_in=3, rows_out=2)
    ledger.end_stage("r1", 0, "succeeded", asdict(result))

    made, waits = stage_rows(place, ledger, "r1", place.workspace)

    assert set(made) == set(waits) == STAGE
    assert (made["note"], waits["status"], waits["seconds"]) == ("rows 3 → 2", "pending", None)
    assert made["seconds"] >= 0
    assert stage_rows(place, ledger, "r1", place.workspace, [1]) == [waits]


def test_a_run_tells_what_was_asked_of_it(place: Settings, ledger: Ledger) -> None:
    """So that a form can be filled in with it."""
    begin(ledger, segment="region=north")

    detail = run_detail(place, ledger, "r1", place.workspace)

    assert set(detail) == {"run", "request", "stages"}
    assert detail["request"] == {
        "command": "run",
        "line": "build",
        "stages": ["make", "fit"],
        "window": "2024-01",
        "values": {"fit": {}},  # no template takes them any more
        "segment": "region=north",
        "matrix": [],
    }


def test_a_replay_tells_its_first_and_last_window(place: Settings, ledger: Ledger) -> None:
    """What it gives its lines by itself is not a value that somebody asked for."""
    asked = {"from": "2024-02", "to": "2024-05", "requests": [{"stages": ["fit"], **JANUARY}]}
    ledger.start_run("r1", "shop@replay", "replay", asked, 1)

    request = asked_of(place, ledger, "r1")

    assert (request["command"], request["first"], request["last"]) == (
        "replay",
        "2024-02",
        "2024-05",
    )
    assert (request["values"], request["stages"], request["window"]) == ({}, [], "")
