"""Daemons that are killed at any moment, several on one ledger: nothing is lost, nothing runs twice."""

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scheduling import ran, schedule_workspace, start_daemon, wait_until
from servers import postgres  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings


def compete(workspace: Path, ends: list[subprocess.Popen[str]]) -> None:
    """Two windows run once each, in order, while of two daemons on one ledger one after the other is killed."""
    path = schedule_workspace(workspace, '[schedule.w]\nevery = "1w"\nmissed = "run_all"\n')
    path.write_text(path.read_text().replace("[window]", '[window]\nevery = "1w"'))
    ledger = Ledger(load_settings(workspace).ledger_url)
    long_ago = datetime.now(UTC) - timedelta(weeks=2)
    ledger.watch_entry("shop", "w", "every 1w", f"{long_ago:%Y-%m-%dT%H:%M:%SZ}")
    daemons = [start_daemon(workspace) for _ in range(2)]
    ends += daemons
    for _ in range(2):
        wait_until(lambda: ledger.lease("shop") is not None)
        time.sleep(0.5)
        kill_holder(ledger, daemons)
        ends.append(start_daemon(workspace))
    wait_until(lambda: all_ended(ledger))
    rows = ledger.planned_runs()[::-1]
    assert [row["status"] for row in rows] == ["succeeded"] * 2
    assert len(ledger.runs()) == 2 and len(set(ran(workspace))) == len(ran(workspace)) == 2
    assert [run["run_id"] for run in ledger.runs()[::-1]] == [row["run_id"] for row in rows]
    assert ledger.verify_audit().ok
    ledger.close()


def kill_holder(ledger: Ledger, daemons: list[subprocess.Popen[str]]) -> None:
    """Kill the daemon that looks after the pipeline."""
    holder = (ledger.lease("shop") or {}).get("pid")
    for daemon in daemons:
        if daemon.pid == holder:
            daemon.kill()
            daemon.wait()


def all_ended(ledger: Ledger) -> bool:
    """Whether every planned run has come to its end."""
    rows = ledger.planned_runs()
    return bool(rows) and all(row["ended_at"] for row in rows)


@pytest.mark.long
def test_killed_daemons_lose_and_double_nothing(
    workspace: Path, ends: list[subprocess.Popen[str]]
) -> None:
    """Daemons that are killed at any moment lose no planned time and start none twice."""
    compete(workspace, ends)


@pytest.mark.long
def test_killed_daemons_on_postgresql(
    workspace: Path,
    ends: list[subprocess.Popen[str]],
    postgres: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same with a ledger on PostgreSQL, as several hosts share it."""
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", postgres)

    compete(workspace, ends)
