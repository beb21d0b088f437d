"""`aifactory schedule` as a user meets it."""

import subprocess
from pathlib import Path

from scheduling import aifactory, command, ran, schedule_workspace, wait_until

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings

DAILY = '[schedule.daily]\ncron = "0 5 * * *"\n'


def test_list_and_history(workspace: Path) -> None:
    """`schedule list` tells the next time and the last outcome, `schedule history` each planned run."""
    schedule_workspace(workspace, DAILY)
    started = aifactory(workspace, "schedule", "start", "shop", "daily")
    again = aifactory(workspace, "schedule", "start", "shop", "daily")

    listed = aifactory(workspace, "schedule", "list").stdout
    history = aifactory(workspace, "schedule", "history").stdout

    assert started.returncode == 0 and len(ran(workspace)) == 1
    assert "is not waiting" in again.stdout
    assert "05:00:00 UTC" in listed and "succeeded" in listed
    assert "succeeded" in history and "none" in listed


def test_skip_where_no_daemon_is(workspace: Path) -> None:
    """Started by cron, an entry that skips ends well while another run is at work, and says so in the history."""
    schedule_workspace(workspace, DAILY + 'overlap = "skip"\n')
    (workspace / "hold").touch()
    ledger = Ledger(load_settings(workspace).ledger_url)
    other = subprocess.Popen(command("run", "shop"), cwd=workspace, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(ran(workspace)) == 1)

    done = aifactory(workspace, "schedule", "start", "shop", "daily")
    (workspace / "hold").unlink()
    other.wait()

    assert done.returncode == 0 and "is at work" in done.stdout
    assert [row["status"] for row in ledger.planned_runs()] == ["skipped"]


def test_start_without_a_reason_does_nothing(workspace: Path) -> None:
    """An entry with a condition that is not met ends well and says so."""
    schedule_workspace(workspace, '[schedule.drift]\non = "drift"\n')

    done = aifactory(workspace, "schedule", "start", "shop", "drift")

    assert done.returncode == 0 and "there is no drift" in done.stdout
    assert ran(workspace) == []


def test_export_writes_files(workspace: Path) -> None:
    """`schedule export` prints, or writes into a folder; an unknown scheduler is refused with the closest name."""
    schedule_workspace(workspace, DAILY)

    printed = aifactory(workspace, "schedule", "export", "shop", "--to", "cron").stdout
    written = aifactory(workspace, "schedule", "export", "shop", "--to", "systemd", "--output", "x")
    wrong = aifactory(workspace, "schedule", "export", "shop", "--to", "crom")

    assert "0 5 * * * mkdir -p" in printed
    assert len(list((workspace / "x").iterdir())) == len(written.stdout.split()) == 2
    assert wrong.returncode == 3 and "Did you mean 'cron'?" in wrong.stderr
