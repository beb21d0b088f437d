"""kill -9 at twenty moments of a replay: each time it is resumed, and it ends as if nothing had happened."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from test_line import make_workspace

DRIVER = Path(__file__).parents[1] / "benchmarks" / "kills.py"
LATE = 4  # kills that may come behind the end
KILLS = 20 + LATE


@pytest.fixture(scope="module")
def kills() -> ModuleType:
    """The driver, which can also be run by hand."""
    spec = importlib.util.spec_from_file_location("kills", DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(1200)
@pytest.mark.long
def test_a_replay_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    kills: ModuleType, tmp_path: Path
) -> None:
    """The same tables, models, aliases, decisions and replay table; no half-written file; the audit chain verifies."""
    undisturbed, disturbed = (
        kills.Replay(make_workspace(tmp_path / name), "shop", "2024-03", "2024-03")
        for name in ("undisturbed", "disturbed")
    )
    trial = kills.try_out(undisturbed, disturbed, kills=KILLS, seed=0)
    print(trial.text())

    assert len(trial.kills) >= KILLS - LATE
    assert trial.differences == []
    assert [kill.audit for kill in trial.kills if kill.audit] == []
    assert [kill.half_written for kill in trial.kills if kill.half_written] == []
