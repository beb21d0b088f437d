"""Whose run it is."""

import os
import subprocess
from pathlib import Path

import pytest

from aifactory_nb.errors import SettingsError
from aifactory_nb.ledger import Ledger
from aifactory_nb.owner import (
    actor_name,
    is_alive,
    process_start,
    seconds_between,
    this_process,
    user_name,
)


def test_reused_process_number_is_not_the_owner() -> None:
    """A process that has the number of a dead owner is not taken for it."""
    assert is_alive(this_process())
    assert not is_alive({**this_process(), "process_start": "12345"})


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
def test_zombie_is_dead() -> None:
    """A killed process that its parent has not waited for counts as gone."""
    process = subprocess.Popen(["sleep", "600"])
    owner = {"pid": process.pid, "process_start": process_start(process.pid)}
    alive = is_alive(owner)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet waited for

    assert alive and not is_alive(owner)
    process.wait()


def test_nothing_took_less_than_no_time() -> None:
    """A clock that was set back makes no negative durations."""
    assert seconds_between("2026-03-01T10:00:00Z", "2026-03-01T09:59:00Z") == 0
    assert seconds_between("2026-03-01T10:00:00Z", "2026-03-01T10:01:30Z") == 90


def test_a_server_says_for_whom_a_process_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit trail names that person; the process stays that of its user."""
    monkeypatch.setenv("AIFACTORY_ACTOR", "Ada Lovelace ")
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.start_run("run1", "shop", "run", {}, 0)

    assert ledger.audit_events(1)[0]["actor"] == "Ada Lovelace"
    assert ledger.run("run1")["owner"] == user_name()


@pytest.mark.parametrize("name", ["a\nb", "x" * 101])
def test_a_name_that_is_none_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown in tables and kept for ever."""
    monkeypatch.setenv("AIFACTORY_ACTOR", name)

    with pytest.raises(SettingsError, match="AIFACTORY_ACTOR must be a name"):
        actor_name()


def test_without_one_the_user_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable is none."""
    monkeypatch.setenv("AIFACTORY_ACTOR", " ")

    assert actor_name() == user_name()
