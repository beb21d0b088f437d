"""The watch over the ledger: what has changed is told once, while somebody looks."""
# ruff: noqa: F811 (fixtures are imported)

from collections.abc import Iterator
from typing import Any

import pytest
from lab_server import wait_until
from ledgers import url  # noqa: F401

from aifactory_nb.errors import LedgerError
from aifactory_nb.launch import Launches
from aifactory_nb.ledger import Ledger
from aifactory_nb.live import Seen, Watch, _first_look, changed_stages, look
from aifactory_nb.settings import Settings


class Page:
    """A page that looks, and what it was told."""

    def __init__(self, settings: Settings) -> None:
        self.told: list[dict[str, Any]] = []
        self.ledger = Ledger(settings.ledger_url)
        launches = Launches(settings)
        self.watch = Watch(settings, self.ledger, launches, settings.workspace, self.told.append)

    def hears(self, name: str, **values: object) -> bool:
        """Whether a row with these values was told."""
        rows = [row for event in self.told for row in event[name]]
        flat = [{**row, **row.get("stage", {})} if name == "stages" else row for row in rows]
        return any(all(row[key] == value for key, value in values.items()) for row in flat)

    def refreshed(self) -> set[str]:
        """What it has to read again."""
        return {name for event in self.told for name in event["refresh"]}


@pytest.fixture
def page(settings: Settings) -> Iterator[Page]:
    """A page that has looked once."""
    found = Page(settings)
    found.watch.renew()
    yield found
    found.watch.close()
    found.ledger.close()


@pytest.fixture
def other(settings: Settings) -> Iterator[Ledger]:
    """The ledger as another process has it."""
    ledger = Ledger(settings.ledger_url)
    yield ledger
    ledger.close()


def begin(ledger: Ledger, run: str, stages: int = 2) -> None:
    """A run that has planned its stages."""
    ledger.start_run(run, "shop", "run", {"requests": []}, stages)
    ledger.plan_stages(run, [(number, f"stage{number}", "all") for number in range(stages)])


def test_a_run_and_its_stages_are_told_as_they_go(page: Page, other: Ledger) -> None:
    """With the cell that each is at."""
    begin(other, "run1")
    wait_until(lambda: page.hears("runs", run="run1", status="running"))
    other.start_stage("run1", 0, "", 1, "")
    wait_until(lambda: page.hears("stages", run="run1", position=0, status="running"))
    row = {"position": 0, "cell": 3, "cells": 9, "at": "", "expected_end": None, "begins": []}
    other.write_progress("run1", [row])
    wait_until(lambda: page.hears("stages", position=0, cell=3, cells=9))
    other.end_stage("run1", 0, "succeeded", None)
    wait_until(lambda: page.hears("stages", position=0, status="succeeded"))
    other.end_run("run1", "failed", "why")
    wait_until(lambda: page.hears("runs", run="run1", status="failed", message="why"))

    assert not page.hears("stages", position=1)  # it was only planned
    assert all(
        set(event) == {"runs", "stages", "removed", "refresh", "launches", "at"}
        for event in page.told
    )


def test_nothing_is_told_when_nothing_changes(page: Page, other: Ledger) -> None:
    """Nor what was there before somebody looked."""
    begin(other, "run1")
    wait_until(lambda: page.hears("runs", run="run1"))
    page.told.clear()
    other.audit("somebody", "note", "that no page shows")
    before = page.watch.seen.event
    wait_until(lambda: page.watch.seen.event >= before + 1)

    assert page.told == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda ledger: ledger.add_model("shop", "r", "d", "p", {}), "models"),
        (lambda ledger: ledger.open_incident("shop", "drift", "x", "all", {}), "incidents"),
        (lambda ledger: ledger.record_decision("shop", "r", "all", False, 0.0, []), "monitors"),
    ],
)
def test_what_has_to_be_read_again_is_told(
    page: Page, other: Ledger, change: Any, told: str
) -> None:
    """Models, incidents and monitors, by the audit trail."""
    change(other)
    wait_until(page.refreshed)

    assert page.refreshed() == {told}


@pytest.mark.parametrize("file", ["pipelines/shop/pipeline.toml", "templates/stages/own.ipynb"])
def test_a_file_that_is_edited_is_told(page: Page, settings: Settings, file: str) -> None:
    """By its time: a line may be another one now, or stale."""
    path = settings.workspace / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# edited\n")
    wait_until(page.refreshed)

    assert page.refreshed() == {"pipelines"}


def test_what_was_started_is_told_until_its_end(page: Page, settings: Settings) -> None:
    """Also when the ledger knows nothing of it."""
    name = page.watch.launches.start(["--version"])
    wait_until(lambda: page.hears("launches", launch=name, status="ended"))

    assert page.hears("launches", launch=name, exit_code=0)


def test_two_changes_between_two_looks_are_one_event(settings: Settings, other: Ledger) -> None:
    """A fan-out of hundreds does not make hundreds of events."""
    page = Page(settings)
    begin(other, "run1", 200)
    before = look(page.ledger, Seen())
    for number in range(200):
        other.start_stage("run1", number, "", 1, "")
    page.watch.seen = before
    page.watch._step(True, False)

    assert len(page.told) == 1
    assert len(page.told[0]["stages"]) == 200 and len(page.told[0]["runs"]) == 1


def test_the_watch_ends_when_nobody_looks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And begins again with the next one who does."""
    monkeypatch.setattr("aifactory_nb.live.WATCH_SECONDS", 0.0)
    page = Page(settings)
    page.watch.renew()
    wait_until(lambda: page.watch.thread is None)
    monkeypatch.setattr("aifactory_nb.live.WATCH_SECONDS", 60.0)
    page.watch.renew()

    assert page.watch.thread is not None and page.watch.thread.is_alive()
    page.watch.close()
    page.watch.renew()
    assert not page.watch.thread or not page.watch.thread.is_alive()


def test_a_ledger_that_is_away_is_told_once_and_when_it_is_back(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of the factory says what the problem is."""

    def away(*_: object) -> Any:
        raise LedgerError("away")

    page.watch.close()
    page.told.clear()
    with monkeypatch.context() as patched:
        patched.setattr(page.ledger, "reap", away)
        for _ in range(3):
            page.watch._step(True, True)
    page.watch._step(True, True)

    assert [event["refresh"] for event in page.told] == [["pipelines"], ["pipelines"]]


def test_a_stage_that_is_tried_again_is_told() -> None:
    """It is pending once more, and has changed."""
    before = Seen({}, {("r", 0): ("running", 1), ("r", 1): ("pending", 0)})
    after = Seen({}, {("r", 0): ("pending", 1), ("r", 1): ("pending", 0), ("r", 2): ("pending", 0)})

    assert changed_stages(before, after) == {"r": {0}}


def test_a_look_of_a_long_history_is_short(settings: Settings, other: Ledger) -> None:
    """The runs of now, and those at work however old."""
    other.start_run("old", "shop@a", "run", {"requests": []}, 0)
    for number in range(60):
        run = f"run{number}"
        other.start_run(run, f"shop@b{number}", "run", {"requests": []}, 0)
        other.end_run(run, "succeeded")
    seen = look(other, Seen())

    assert "old" in seen.runs and "run59" in seen.runs and "run0" not in seen.runs
    assert seen.running == {"old"}


def test_a_look_sees_the_same_in_both_databases(url: str) -> None:
    """PostgreSQL does not tell that nothing has changed; what has is found all the same."""
    ledger = Ledger(url)
    before = look(ledger, Seen())
    begin(ledger, "run1")
    ledger.start_stage("run1", 1, "", 1, "")
    ledger.open_incident("shop", "drift", "x", "all", {})
    seen = look(ledger, before)
    again = look(ledger, seen)
    with _first_look(ledger.url) as version:
        first = version()
        ledger.end_run("run1", "failed")
        second = version()
    ledger.close()

    assert seen.running == {"run1"} and "incident.open" in seen.actions
    assert changed_stages(before, again) == {"run1": {1}}
    assert again.actions == frozenset()
    assert first != second
