"""A version that turns out to be bad, on live traffic: real processes, from the command that lets it in to the ledger."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served_process import PROGRAM, Server, Shoppers, shoppers
from serving import add_version, fill_tables

from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
from aifactory_nb.settings import Settings, load_settings

CANARY = """
[deployment]
policy = "canary"
steps = [20, 50, 100]
step_seconds = 0
guards = {slow_milliseconds = 1e6}
"""


@pytest.fixture
def server(workspace: Path) -> Iterator[Server]:
    """A service with version 1, which is good, beside version 2, which has learned everything the wrong way round."""
    (workspace / "settings.ini").write_text(
        "[tracking]\nenabled = false\n[serving]\nflush_seconds = 1\n"
    )
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    file.write_text(file.read_text() + CANARY)
    settings = load_settings(workspace)
    _, store = fill_tables(settings)
    add_version(settings, rounds=30)
    add_version(settings, rounds=30, turned=True)
    promote(store, Ledger(settings.ledger_url), "shop", 1, "tester", "To begin with.")
    server = Server(settings)
    yield server
    server.end()


@pytest.fixture
def callers(settings: Settings, server: Server) -> Iterator[Shoppers]:
    """Those who ask all the time."""
    callers = shoppers(settings, server)
    callers.wait_for(1, 0.0)
    yield callers
    callers.stop()


def aifactory(*words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_a_bad_canary_goes_back_by_itself(settings, server, callers):
    """It answers some, the labels or its predictions give it away, an incident is opened; nobody went without an answer."""
    ledger = Ledger(settings.ledger_url)

    begun = aifactory("rollout", "start", "shop", "2", "--reason", "Better on the rows held out.")
    limit = time.monotonic() + 120
    while ledger.rollout("shop") is not None and time.monotonic() < limit:
        time.sleep(0.1)
    history = aifactory("rollout", "history", "shop").splitlines()
    callers.wait_for(1, time.monotonic())
    end = time.monotonic() + 1.0  # twice as long as a service takes to follow
    callers.wait_for(1, end)
    callers.stop()

    assert "start   1: 80 %, 2: 20 %" in begun
    assert [line.split()[3] for line in history] == ["start", "back"]
    assert "aifactory serve: A guard is broken" in history[1]
    assert {version for at, version in callers.answers if at > end} == {1}
    assert 2 in {version for _, version in callers.answers} and not callers.broken
    (incident,) = ledger.incidents("shop", open_only=True)
    assert (incident["kind"], incident["subject"]) == ("rollout", "version 2")
    assert ledger.alias("shop", "champion") == 1
    assert "audit events verify" in aifactory("audit", "verify")


@pytest.mark.long
def test_a_rollback_is_followed_under_load_without_a_restart(settings, server, callers):
    """The same process answers with the version before, and no request fails."""
    aifactory("promote", "shop", "2", "--policy", "direct", "--reason", "It looks good.")
    callers.wait_for(2, time.monotonic())

    begin = time.monotonic()
    aifactory("rollback", "shop", "--reason", "It is bad.")
    moved = time.monotonic()
    back = callers.wait_for(1, begin)
    end = max(moved, back) + 1.0
    callers.wait_for(1, end)
    callers.stop()

    print(
        f"the command took {moved - begin:.2f} s, the first answer came after {back - begin:.2f} s"
    )
    assert server.process.poll() is None
    assert {version for at, version in callers.answers if at > end} == {1}
    assert not callers.broken
