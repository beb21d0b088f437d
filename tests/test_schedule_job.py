"""One planned run: its condition, its start, and what came of it."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from scheduling import schedule_workspace, utc

from aifactory_nb.errors import ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.schedule import find_entry
from aifactory_nb.schedule_job import Begun, begin_planned, parse_stamp, settle
from aifactory_nb.settings import Settings

ON = '[schedule.a]\non = "{}"\n'


def begin(settings: Settings, planned: datetime | None) -> Begun:
    """Take a planned run of the entry `a` for this process."""
    return begin_planned(settings, load_pipeline(settings.workspace, "shop"), "a", planned)


def end_last(settings: Settings, status: str) -> None:
    """End the planned run that is running."""
    ledger = Ledger(settings.ledger_url)
    (row,) = ledger.planned_runs(status="running")
    ledger.end_planned(row, status)


def touch_source(settings: Settings) -> None:
    """Give the source other content."""
    data = settings.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    data.write_bytes(data.read_bytes() + b"\0")
    os.utime(data, (1, 1))


@pytest.mark.parametrize(
    ("status", "again"), [("succeeded", False), ("stopped", False), ("failed", True)]
)
def test_the_same_data_runs_once(settings: Settings, status: str, again: bool) -> None:
    """Data that a run has had, or a gate has stopped, is not new; what a run failed on still is."""
    schedule_workspace(settings.workspace, ON.format("new_data"))
    assert begin(settings, utc(2024, 2, 1)).arguments
    end_last(settings, status)

    assert bool(begin(settings, utc(2024, 2, 2)).arguments) is again


def test_changed_data_is_new(settings: Settings) -> None:
    """A source that changed since the last run makes the entry due."""
    schedule_workspace(settings.workspace, ON.format("new_data"))
    begin(settings, utc(2024, 2, 1))
    end_last(settings, "succeeded")
    touch_source(settings)

    assert begin(settings, utc(2024, 2, 2)).arguments


def test_an_incident_runs_once(settings: Settings) -> None:
    """Drift is an open incident that no run of the entry has had yet."""
    schedule_workspace(settings.workspace, ON.format("drift"))
    ledger = Ledger(settings.ledger_url)
    assert "there is no drift" in begin(settings, utc(2024, 2, 1)).message
    ledger.open_incident("shop", "feature_drift", "champion", "2024-01", {})

    assert begin(settings, utc(2024, 2, 2)).arguments
    end_last(settings, "succeeded")
    assert not begin(settings, utc(2024, 2, 3)).arguments
    ledger.open_incident("shop", "prediction_drift", "champion", "2024-02", {})
    assert begin(settings, utc(2024, 2, 4)).arguments


def test_a_condition_waits_for_a_busy_pipeline(settings: Settings) -> None:
    """While a run is at work on the pipeline nothing is planned: the next check sees to it."""
    schedule_workspace(settings.workspace, ON.format("new_data"))
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("by hand", "shop", "run", {}, 0)

    assert "is at work" in begin(settings, utc(2024, 2, 1)).message
    assert ledger.planned_runs() == []


def test_a_time_is_taken_once(settings: Settings) -> None:
    """The second process that wants the same planned time finds it taken."""
    schedule_workspace(settings.workspace, '[schedule.a]\ncron = "0 5 * * *"\n')

    first, second = begin(settings, None), begin(settings, None)

    assert first.arguments[:2] == ["run", "shop"] and first.arguments[-1] == "--wait"
    assert second.arguments == [] and "is not waiting" in second.message


def test_a_moment_needs_a_zone() -> None:
    """A planned time without a time zone is refused."""
    with pytest.raises(ParameterError, match="with a time zone"):
        parse_stamp("2026-11-01T05:00:00")


GONE = {"pid": 2**22 + 1, "process_start": "1"}  # of no process


def taken(settings: Settings, starts: int = 1) -> tuple[Ledger, dict[str, Any]]:
    """A planned run whose process is gone."""
    schedule_workspace(settings.workspace, '[schedule.a]\ncron = "0 5 * * *"\n')
    begin(settings, utc(2024, 2, 1, 5))
    ledger = Ledger(settings.ledger_url)
    (row,) = ledger.planned_runs()
    with ledger.writing() as connection:
        ledger._change_planned(connection, row, {**GONE, "starts": starts})
    return ledger, ledger.planned_runs()[0]


@pytest.mark.parametrize(
    ("code", "starts", "attended", "status"),
    [
        (None, 1, True, "waiting"),
        (None, 3, True, "failed"),
        (None, 1, False, "running"),
        (-9, 1, True, "waiting"),
        (130, 1, True, "waiting"),
        (3, 1, True, "failed"),
        (9, 1, True, "waiting"),
    ],
)
def test_a_start_that_began_no_run(
    settings: Settings, code: int | None, starts: int, attended: bool, status: str
) -> None:
    """A process that was killed is started again, at most twice; one that ended with an error has failed."""
    ledger, row = taken(settings, starts)
    entry = find_entry(load_pipeline(settings.workspace, "shop"), "a")

    assert settle(settings, ledger, row, entry, code, attended) == status
    assert ledger.planned_runs()[0]["status"] == status
    assert ledger.verify_audit().ok


@pytest.mark.parametrize("status", ["succeeded", "failed", "stopped"])
def test_what_came_of_the_run_is_what_came_of_the_plan(settings: Settings, status: str) -> None:
    """The run that the process began says how the planned run ended, and when."""
    ledger, row = taken(settings)
    ledger.start_run("first", "shop", "run", {}, 0)
    with ledger.writing() as connection:
        ledger._change_run(connection, "first", GONE)
    ledger.end_run("first", status, "why\nin detail")

    settle(settings, ledger, row, None)

    found = ledger.planned_runs()[0]
    assert (found["status"], found["run_id"], found["message"]) == (status, "first", "why")
    assert found["ended_at"] == ledger.run("first")["ended_at"]


def test_an_interrupted_run_is_resumed(settings: Settings) -> None:
    """A run that was cut off is taken up where it was."""
    ledger, row = taken(settings)
    ledger.start_run("first", "shop", "run", {}, 0)
    with ledger.writing() as connection:
        ledger._change_run(connection, "first", GONE)
    ledger.end_run("first", "interrupted")

    assert settle(settings, ledger, row, None) == "waiting"
    assert begin(settings, utc(2024, 2, 1, 5)).arguments == ["run", "shop", "--resume", "first"]


def test_the_log_lies_beside_the_runs(settings: Settings, workspace: Path) -> None:
    """What a planned run prints can be found by its entry and time."""
    from aifactory_nb.schedule_job import log_file

    key = {"pipeline": "shop", "entry": "a", "planned_at": "2024-02-01T05:00:00Z"}

    assert log_file(settings, key) == workspace / "runs/shop/schedule/a-20240201T050000Z.log"
