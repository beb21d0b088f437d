"""Progress: what is expected from earlier runs, and what the ledger holds of a run at work."""

import time
from datetime import datetime

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import LedgerError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.stage import time_window
from aifactory_nb.stage_progress import (
    StageProgress,
    Timeline,
    remaining_seconds,
    timelines,
    window_days,
)

PATIENCE = 30


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the workspace."""
    return Ledger(settings.ledger_url)


def earlier_run(ledger: Ledger, run: str, window: str, begins: list[float]) -> None:
    """A run of `make` that succeeded."""
    ledger.start_run(run, "shop", "run", {}, 1)
    ledger.plan_stage(run, 0, "make", window)
    ledger.start_stage(run, 0, "", 1, "")
    row = {"position": 0, "cell": len(begins), "cells": len(begins), "at": "", "begins": begins}
    ledger.write_progress(run, [{**row, "expected_end": None}])
    ledger.end_stage(run, 0, "succeeded", None)
    ledger.end_run(run, "succeeded")


def wait_for(condition: object) -> None:
    """Look until something holds."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.02)


def test_the_median_of_what_came_after_the_cell_is_expected() -> None:
    """Of runs with as many cells: others were of other code."""
    earlier = [Timeline(10, [0, 1, 4]), Timeline(20, [0, 2, 8]), Timeline(12, [0, 1, 5])]

    assert remaining_seconds(earlier, 1, 3) == 12
    assert remaining_seconds(earlier, 3, 3) == 7
    assert remaining_seconds([*earlier, Timeline(1000, [0])], 3, 3) == 7
    assert remaining_seconds([], 3, 3) is None


@pytest.mark.parametrize(
    ("label", "days"),
    [("all", 0), ("2024-03", 0), ("2024-01-01..2024-03-01", 60), ("2024-01-01..2024-01-08", 7)],
)
def test_windows_of_one_size_are_alike(label: str, days: int) -> None:
    """Months are all of one size."""
    assert window_days(label) == days


def test_history_is_of_windows_of_the_same_size(ledger: Ledger) -> None:
    """The latest five that succeeded."""
    earlier_run(ledger, "long", "2024-01-01..2024-12-01", [0, 9])
    for number in range(7):
        earlier_run(ledger, f"run{number}", "2024-01-01..2024-01-08", [0, number])
    found = timelines(ledger, "shop", "make", "2024-02-01..2024-02-08")

    assert [line.begins[1] for line in found] == [6, 5, 4, 3, 2]


def test_a_run_at_work_is_in_the_ledger_with_its_expected_end(ledger: Ledger) -> None:
    """Another process can show it; the end is expected once the history was read."""
    earlier_run(ledger, "before", "all", [0, 0.5])
    with StageProgress(ledger, "shop", "now") as progress:
        progress.begin(3, "make", "all")
        progress.note(3, 1, 2)
        wait_for(lambda: ledger.progress("now") and ledger.progress("now")[0]["expected_end"])
        row = ledger.progress("now")[0]
        left = progress.note(3, 2, 2)

    assert (row["position"], row["cell"], row["cells"]) == (3, 1, 2)
    assert datetime.fromisoformat(row["expected_end"])
    assert left is not None and left >= 0


def test_branches_that_begin_together_ask_the_ledger_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a stage has taken is the same for all of them."""
    earlier_run(ledger, "first", "2024-01", [0.0, 1.0])
    asked, history = [], ledger.stage_history
    monkeypatch.setattr(
        ledger, "stage_history", lambda *place: asked.append(place) or history(*place)
    )
    progress = StageProgress(ledger, "shop", "second")
    for position in range(3):
        progress.begin(position, "make", "2024-02")
    with progress:
        wait_for(lambda: all(stage.earlier for stage in progress.stages.values()))

    assert len(asked) == 1


def test_the_last_state_is_written_when_a_run_ends(ledger: Ledger) -> None:
    """Also of a run that took less than a second: the next one learns from it."""
    with StageProgress(ledger, "shop", "quick") as progress:
        progress.begin(0, "make", "all")
        for cell in (1, 2, 4):
            progress.note(0, cell, 4)

    assert ledger.progress("quick")[0]["cell"] == 4
    assert len(ledger.progress("quick")[0]["begins"]) == 4


def test_a_ledger_that_is_away_does_not_stop_a_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost is only shown."""

    def away(*_: object) -> None:
        raise LedgerError("away")

    monkeypatch.setattr(ledger, "write_progress", away)
    monkeypatch.setattr(ledger, "stage_history", away)
    with StageProgress(ledger, "shop", "run") as progress:
        progress.begin(0, "make", "all")
        assert progress.note(0, 1, 4) is None


def test_a_second_run_of_a_stage_knows_when_it_will_end(settings: Settings) -> None:
    """Events of cells carry the seconds that are left."""
    cells = stage_cells("make", "import time\ntime.sleep(1.5)", "stage.output('n', 1)")
    write_notebook(settings.workspace, "make", cells, writes=["n"])
    pipeline, left = load_pipeline(settings.workspace, "shop"), []
    for _ in range(2):
        left.clear()
        request = Request(["make"], time_window(pipeline))
        listen = lambda event: left.append(event.remaining)  # noqa: E731
        runner = start_run(settings, pipeline, [request], fresh=True, listener=listen)
        assert runner.execute().status == "succeeded"

    assert any(seconds is not None for seconds in left)
