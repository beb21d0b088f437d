"""Notebooks that are ended in every way at random moments: their files are whole, and every status is true."""

import importlib.util
from pathlib import Path

import pytest

DRIVER = Path(__file__).parents[1] / "benchmarks" / "notebook_kills.py"
KILLS = 21  # each way three times


@pytest.mark.long
def test_the_file_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, interrupted, stopped, too slow: what was cut off is failed, what was not reached is pending."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    spec = importlib.util.spec_from_file_location("notebook_kills", DRIVER)
    kills = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kills)
    found = kills.kill_all(KILLS, seed=0, kernel="python3")
    print(kills.table(found))

    assert [(kill.way, kill.after, kill.faults) for kill in found if kill.faults] == []
    assert any(0 < kill.reached < kills.CELLS for kill in found)
