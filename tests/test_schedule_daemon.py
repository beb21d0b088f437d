"""The daemon with real processes: what is due runs once, whatever dies in between."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from scheduling import PATIENCE, ran, schedule_workspace, start_daemon, utc, wait_until

from aifactory_nb.ledger import Ledger
from aifactory_nb.schedule_daemon import Scheduler
from aifactory_nb.settings import load_settings

DAILY = '[schedule.daily]\ncron = "0 5 * * *"\n'


class Daemon:
    """A daemon whose clock stands where the test sets it; its runs are real, and none begins with `at_once=0`."""

    def __init__(self, folder: Path, now: datetime, at_once: int = 2) -> None:
        self.now, self.log = now, list[tuple[str, str, dict[str, Any]]]()
        self.scheduler = Scheduler(
            load_settings(folder),
            at_once,
            log=lambda level, event, **fields: self.log.append((level, event, fields)),
            clock=lambda: self.now,
        )

    def tick(self, now: datetime | None = None) -> None:
        """Look at the clock once."""
        self.now = now or self.now
        self.scheduler.tick()

    def until(self, done: Callable[[], bool]) -> None:
        """Tick until something has happened."""
        wait_until(lambda: (self.tick(), done())[1])

    def finish(self) -> None:
        """Tick until nothing is at work and nothing waits."""
        self.tick()
        self.until(lambda: not (self.scheduler.children or self.scheduler.waits))

    def statuses(self) -> list[str]:
        """What planned runs came to, the oldest first."""
        return [row["status"] for row in self.scheduler.ledger.planned_runs()[::-1]]

    def planned(self, status: str) -> list[str]:
        """The days for which runs of a status were planned, the oldest first."""
        rows = self.scheduler.ledger.planned_runs(status=status)
        return [row["planned_at"][:10] for row in rows[::-1]]

    def events(self, *names: str) -> list[str]:
        """The log, as level and event."""
        return [f"{level} {event}" for level, event, _ in self.log if event in names]


def test_what_is_due_runs_once(workspace: Path) -> None:
    """A time that comes is run with its window, and not again at the next look at the clock."""
    schedule_workspace(workspace, DAILY)
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()

    daemon.now = utc(2024, 2, 1, 5, 1)
    daemon.finish()
    daemon.finish()

    (row,) = daemon.scheduler.ledger.planned_runs()
    assert (row["planned_at"], row["status"]) == ("2024-02-01T05:00:00Z", "succeeded")
    assert ran(workspace) == ["2024-01"]
    assert daemon.scheduler.ledger.run(row["run_id"])["status"] == "succeeded"
    assert daemon.scheduler.ledger.verify_audit().ok


def test_missed_times_wait_in_order(workspace: Path) -> None:
    """After a time without a daemon `run_all` plans each time."""
    schedule_workspace(workspace, '[schedule.m]\ncron = "0 5 1 * *"\nmissed = "run_all"\n')
    Daemon(workspace, utc(2024, 1, 20)).tick()

    daemon = Daemon(workspace, utc(2024, 4, 2), at_once=0)
    daemon.tick()

    assert daemon.planned("waiting") == ["2024-02-01", "2024-03-01", "2024-04-01"]


def test_missed_times_are_told(workspace: Path) -> None:
    """`run_once` runs the latest time; those before it are in the history as missed."""
    schedule_workspace(workspace, DAILY)
    Daemon(workspace, utc(2024, 2, 1, 6)).tick()

    daemon = Daemon(workspace, utc(2024, 2, 4, 6), at_once=0)
    daemon.tick()

    assert daemon.statuses() == ["missed", "missed", "waiting"]
    assert daemon.events("missed", "planned") == ["warning missed"] * 2 + ["info planned"]


def test_of_a_queue_the_latest_time_runs(workspace: Path) -> None:
    """Times that could not begin give way to a later one."""
    schedule_workspace(workspace, DAILY)
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    for day in (1, 2, 3):
        daemon.tick(utc(2024, 2, day, 5))

    daemon.tick(utc(2024, 2, 4, 5))

    assert daemon.planned("waiting") == ["2024-02-04"]
    assert daemon.planned("skipped") == ["2024-02-02", "2024-02-03"]


def test_a_clock_that_goes_back_repeats_nothing(workspace: Path) -> None:
    """A time that has come comes once, also when the clock was set back and reaches it again."""
    schedule_workspace(workspace, DAILY)
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    daemon.tick()
    daemon.tick(utc(2024, 2, 1, 5))
    daemon.tick(utc(2024, 2, 1, 3))

    daemon.tick(utc(2024, 2, 1, 5, 0, 30))

    assert daemon.statuses() == ["waiting"]


def test_a_clock_that_was_years_ahead_stops_nothing(workspace: Path) -> None:
    """Times after a wrong clock was mended are planned as if it had never been wrong."""
    schedule_workspace(workspace, DAILY + 'missed = "skip"\n')
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    daemon.tick()
    daemon.tick(utc(2031, 1, 1))
    daemon.tick(utc(2024, 2, 1, 4, 1))

    daemon.tick(utc(2024, 2, 1, 5))

    assert daemon.planned("waiting") == ["2024-02-01"]


def test_an_entry_that_was_off_catches_up_with_nothing(workspace: Path) -> None:
    """Switched on again, and with a new trigger, an entry begins with its next time."""
    path = schedule_workspace(workspace, DAILY)
    text = path.read_text()
    Daemon(workspace, utc(2024, 2, 1)).tick()
    path.write_text(f"{text}enabled = false\n")
    Daemon(workspace, utc(2024, 2, 2)).tick()
    path.write_text(text)
    Daemon(workspace, utc(2024, 2, 20)).tick()
    path.write_text(text.replace("0 5", "0 4"))

    daemon = Daemon(workspace, utc(2024, 2, 28))
    daemon.tick()

    assert daemon.statuses() == []


def test_the_daemon_survives_a_broken_pipeline(workspace: Path) -> None:
    """A pipeline that cannot be read is told once, and the others are planned."""
    schedule_workspace(workspace, DAILY)
    other = workspace / "pipelines" / "other"
    other.mkdir()
    (other / "pipeline.toml").write_text("name = ")
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    daemon.tick()

    daemon.tick(utc(2024, 2, 1, 5))

    assert daemon.events("problem") == ["error problem"]
    assert daemon.statuses() == ["waiting"]


def test_jitter_delays_the_start(workspace: Path) -> None:
    """A time with jitter is planned when it comes, and begins within the jitter."""
    schedule_workspace(workspace, DAILY + 'jitter = "2h"\n')
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    daemon.tick()
    daemon.tick(utc(2024, 2, 1, 5))
    assert daemon.scheduler.waits == 0

    daemon.tick(utc(2024, 2, 1, 7))

    assert daemon.scheduler.waits == 1


def test_a_busy_pipeline_is_waited_for(workspace: Path) -> None:
    """A time that comes while a run is at work on the pipeline waits, and begins after it."""
    schedule_workspace(workspace, DAILY)
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()
    daemon.scheduler.ledger.start_run("by hand", "shop", "run", {}, 0)
    daemon.tick(utc(2024, 2, 1, 5))
    assert daemon.statuses() == ["waiting"] and not daemon.scheduler.children

    daemon.scheduler.ledger.end_run("by hand", "succeeded")
    daemon.finish()

    assert daemon.statuses() == ["succeeded"]


def test_a_busy_pipeline_is_left_alone(workspace: Path) -> None:
    """With `overlap = "skip"` a time that comes while a run is at work on the pipeline is left out."""
    schedule_workspace(workspace, DAILY + 'overlap = "skip"\n')
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()
    daemon.scheduler.ledger.start_run("by hand", "shop", "run", {}, 0)

    daemon.tick(utc(2024, 2, 1, 5))

    assert daemon.statuses() == ["skipped"] and daemon.events("skipped") == ["info skipped"]


def test_failures_are_told_once(workspace: Path) -> None:
    """Of failures of an entry the first is an error in the log, until it has succeeded again."""
    schedule_workspace(workspace, DAILY)
    daemon = Daemon(workspace, utc(2024, 2, 1, 4), at_once=0)
    daemon.tick()
    for day, status in enumerate(("failed", "failed", "succeeded", "failed"), 1):
        daemon.tick(utc(2024, 2, day, 5))
        (row,) = daemon.scheduler.ledger.planned_runs(status="waiting")
        daemon.scheduler._end(row, status, "why")

    assert daemon.events("failed") == ["error failed", "warning failed", "error failed"]


def test_once_ends_with_the_exit_code_of_a_failure(workspace: Path) -> None:
    """`--once` waits for what is due and ends with 4 when a run failed."""
    schedule_workspace(workspace, DAILY)
    (workspace / "break").touch()
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()
    daemon.now = utc(2024, 2, 1, 5)

    code = daemon.scheduler.serve(Event(), once=True)

    assert code == 4 and "broken on purpose" in str(daemon.log)


def test_a_run_outlives_the_daemon_and_is_found_again(workspace: Path) -> None:
    """A daemon that is gone leaves its run at work; the next one waits for it and records its end."""
    schedule_workspace(workspace, DAILY)
    (workspace / "hold").touch()
    first = Daemon(workspace, utc(2024, 2, 1, 4))
    first.tick()
    first.tick(utc(2024, 2, 1, 5))
    wait_until(lambda: len(ran(workspace)) == 1)

    second = Daemon(workspace, utc(2024, 2, 1, 5, 1))
    second.tick()
    assert second.statuses() == ["running"]
    (workspace / "hold").unlink()
    for child in first.scheduler.children.values():
        child.process.wait()
    second.finish()

    assert second.statuses() == ["succeeded"] and len(ran(workspace)) == 1


def test_a_killed_run_is_taken_up_again(workspace: Path) -> None:
    """A run whose process was killed is resumed: the same run in the ledger, which then succeeds."""
    schedule_workspace(workspace, DAILY)
    (workspace / "hold").touch()
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()
    daemon.tick(utc(2024, 2, 1, 5))
    daemon.until(lambda: len(ran(workspace)) == 1)
    (begun,) = daemon.scheduler.ledger.planned_runs()
    os.kill(begun["pid"], signal.SIGKILL)
    (workspace / "hold").unlink()

    daemon.finish()

    (row,) = daemon.scheduler.ledger.planned_runs()
    assert (row["status"], row["starts"]) == ("succeeded", 2)
    assert [run["run_id"] for run in daemon.scheduler.ledger.runs()] == [row["run_id"]]
    assert daemon.scheduler.ledger.verify_audit().ok


def test_a_run_that_takes_too_long_is_ended(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its timeout a run is interrupted, which is a failure that is not tried again."""
    schedule_workspace(workspace, DAILY + 'timeout = "1m"\n')
    (workspace / "hold").touch()
    daemon = Daemon(workspace, utc(2024, 2, 1, 4))
    daemon.tick()
    daemon.tick(utc(2024, 2, 1, 5))
    daemon.until(lambda: len(ran(workspace)) == 1)
    monkeypatch.setattr("aifactory_nb.schedule.parse_span", short_minutes)

    daemon.finish()

    (row,) = daemon.scheduler.ledger.planned_runs()
    assert (row["status"], row["starts"]) == ("failed", 1)
    assert "after its timeout of 1m" in row["message"]


def short_minutes(text: str) -> timedelta:
    """A span whose minutes last a tenth of a second."""
    return timedelta(seconds=0.1 * int(text[:-1]))


def test_a_second_daemon_stands_by(workspace: Path, ends: list[subprocess.Popen[str]]) -> None:
    """A daemon that finds another one at work starts nothing, and takes over when that is killed."""
    schedule_workspace(workspace, DAILY)
    first = start_daemon(workspace)
    ends.append(first)
    ledger = Ledger(load_settings(workspace).ledger_url)
    wait_until(lambda: ledger.lease("shop") is not None)

    second = Daemon(workspace, datetime.now(UTC))
    second.tick()
    assert second.events("standby") == ["info standby"]
    first.kill()
    first.wait()
    second.tick()

    assert ledger.lease("shop")["pid"] == os.getpid()  # type: ignore[index]


def test_sigterm_ends_the_daemon_cleanly(
    workspace: Path, ends: list[subprocess.Popen[str]]
) -> None:
    """It ends at once with exit code 0, gives up its leases and says so in its log."""
    schedule_workspace(workspace, DAILY)
    daemon = start_daemon(workspace)
    ends.append(daemon)
    ledger = Ledger(load_settings(workspace).ledger_url)
    wait_until(lambda: ledger.lease("shop") is not None)

    daemon.terminate()
    _, log = daemon.communicate(timeout=PATIENCE)

    assert daemon.returncode == 0 and ledger.lease("shop") is None
    assert "info event=begin" in log and "info event=end" in log
