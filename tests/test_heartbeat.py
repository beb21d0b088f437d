"""Signs of life of a run."""

import time
from pathlib import Path
from threading import Event

from aifactory_nb.heartbeat import Heartbeat
from aifactory_nb.ledger import Ledger


def test_a_run_gives_signs_of_life(tmp_path: Path) -> None:
    """While a run is at work, the ledger is told again and again."""
    ledger, stop = Ledger(f"sqlite:///{tmp_path}/ledger.db"), Event()
    ledger.start_run("first", "flights", "build", {}, stages=1)
    begun = ledger.run("first")["seen_at"]
    with Heartbeat(ledger, "first", stop, every=0.01) as heartbeat:
        while ledger.run("first")["seen_at"] == begun:
            time.sleep(0.01)

    assert not heartbeat.lost and not stop.is_set()
    assert ledger.verify_audit().ok


def test_a_run_that_is_lost_stops(tmp_path: Path) -> None:
    """When the ledger says that the run is not ours any more, the work is to stop."""
    ledger, stop = Ledger(f"sqlite:///{tmp_path}/ledger.db"), Event()
    ledger.start_run("first", "flights", "build", {}, stages=1)
    with Heartbeat(ledger, "first", stop, every=0.01) as heartbeat:
        ledger.end_run("first", "interrupted")

        assert stop.wait(10)
    assert heartbeat.lost


def test_a_ledger_that_is_away_does_not_end_the_run(tmp_path: Path) -> None:
    """A sign of life that could not be given is given the next time."""
    ledger, stop = Ledger(f"sqlite:///{tmp_path}/ledger.db", timeout=0.01), Event()
    ledger.start_run("first", "flights", "build", {}, stages=1)
    other = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    with Heartbeat(ledger, "first", stop, every=0.01) as heartbeat:
        with other.writing():
            time.sleep(0.2)
        begun = ledger.run("first")["seen_at"]
        while ledger.run("first")["seen_at"] == begun:
            time.sleep(0.01)

    assert not heartbeat.lost
