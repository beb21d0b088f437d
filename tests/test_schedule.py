"""The times of a schedule, and what follows from them, with clocks that are given."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aifactory_nb.errors import PipelineError
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.schedule import (
    Entry,
    due_times,
    find_entry,
    next_planned,
    planned_between,
    planned_window,
    run_arguments,
    schedule_entries,
    start_time,
)


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def with_schedule(workspace: Path, text: str) -> Pipeline:
    """The pipeline `shop` with a schedule."""
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(f"{path.read_text()}\n{text}")
    return load_pipeline(workspace, "shop")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[schedule.a]\ncron = "0 5 1 *"', "schedule.a.cron: expected five fields"),
        ('[schedule.a]\ncron = "0 5 1 * * *"', "schedule.a.cron: expected five fields"),
        (
            '[schedule.a]\ncron = "61 * * * *"',
            "schedule.a.cron: cannot be read as cron, bad minute",
        ),
        ('[schedule.a]\ncron = "0 0 30 2 *"', "bad day-of-month"),
        ('[schedule.a]\nevery = "6 hours"', "schedule.a.every: expected a span such as"),
        ('[schedule.a]\nevery = "0m"', "expected at least a minute"),
        ("[schedule.a]\nenabled = true", "one trigger is needed: cron, every or on"),
        ('[schedule.a]\nevery = "6h"\non = "drift"', "one trigger is needed"),
        ('[schedule.a]\non = "new data"', "Did you mean 'new_data'?"),
        (
            '[schedule.a]\nevery = "6h"\ntimezone = "Europe/Berlinn"',
            "Did you mean 'Europe/Berlin'?",
        ),
        ('[schedule.a]\nevery = "6h"\nmised = "skip"', "unknown key. Did you mean 'missed'?"),
        ('[schedule.a]\nevery = "6h"\nstages = ["trian"]', "Did you mean 'train'?"),
        ('[schedule.a]\nevery = "6h"\nset.trian.trials = 1', "Did you mean 'train'?"),
        (
            '[schedule.a]\nevery = "1h"\njitter = "2h"',
            "jitter '2h' must be shorter than every '1h'",
        ),
        ('[schedule]\nevery = "6h"', "expected a section [schedule.NAME]"),
        ('[schedule."a b"]\nevery = "6h"', "expected a section [schedule.NAME]"),
    ],
)
def test_a_wrong_entry_is_refused(workspace: Path, text: str, told: str) -> None:
    """What is wrong is told with the key and, where there is one, the closest name."""
    pipeline = with_schedule(workspace, text)

    with pytest.raises(PipelineError) as refused:
        schedule_entries(pipeline)

    assert told in str(refused.value)


def test_a_time_that_does_not_exist_comes_right_after() -> None:
    """02:30 in Berlin is skipped by the clocks on 29 March 2026: the run comes at 03:00, once."""
    entry = Entry(cron="30 2 * * *", timezone="Europe/Berlin")

    times = planned_between(entry, utc(2026, 3, 28, 12), utc(2026, 3, 30, 12), 9)

    assert times == [utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_comes_twice_runs_once() -> None:
    """02:30 in Berlin comes twice on 25 October 2026: the first one counts."""
    entry = Entry(cron="30 2 * * *", timezone="Europe/Berlin")

    times = planned_between(entry, utc(2026, 10, 24, 12), utc(2026, 10, 26, 12), 9)

    assert times == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


def test_a_step_follows_real_time() -> None:
    """Every half hour stays so in a day of 25 hours."""
    entry = Entry(cron="*/30 * * * *", timezone="Europe/Berlin")

    times = planned_between(entry, utc(2026, 10, 24, 22), utc(2026, 10, 25, 23), 99)

    assert len(times) == 50
    assert {after - before for before, after in pairwise(times)} == {timedelta(minutes=30)}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Santiago"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "15 1,2,3 * * *", "0 */4 * * *", "*/20 * * * *"])
def test_looking_back_and_ahead_agree(zone: str, cron: str) -> None:
    """A year of times is the same one after another as looked up afterwards."""
    entry, begin, end = Entry(cron=cron, timezone=zone), utc(2026, 1, 1), utc(2026, 12, 31)
    ahead, moment = [], begin
    while (moment := next_planned(entry, moment)) <= end:
        ahead.append(moment)

    assert planned_between(entry, begin, end, len(ahead) + 1) == ahead


def test_now_is_a_time_that_has_come() -> None:
    """A time counts from its very second on, and only once."""
    entry = Entry(cron="0 5 * * *")

    assert planned_between(entry, utc(2026, 1, 1), utc(2026, 1, 1, 5), 9) == [utc(2026, 1, 1, 5)]
    assert planned_between(entry, utc(2026, 1, 1, 5), utc(2026, 1, 1, 5, 0, 1), 9) == []


def test_intervals_do_not_depend_on_the_start() -> None:
    """`every` has the same times on each host, whenever it was started."""
    entry = Entry(every="90m")

    assert next_planned(entry, utc(2026, 5, 4, 0, 1)) == utc(2026, 5, 4, 1, 30)
    assert planned_between(entry, utc(2026, 5, 4), utc(2026, 5, 4, 3, 59), 9) == [
        utc(2026, 5, 4, 1, 30),
        utc(2026, 5, 4, 3),
    ]


def test_a_long_absence_is_bounded() -> None:
    """A schedule of every minute that was missed for ten years is looked up at once."""
    due = due_times(Entry(every="1m", missed="run_all"), utc(2016, 1, 1), utc(2026, 1, 1))

    assert len(due) == 25 and [each.runs for each in due] == [False] + [True] * 24
    assert "those before it" in due[0].message


@pytest.mark.parametrize(
    ("missed", "runs"),
    [("run_once", [False, False, True]), ("run_all", [True] * 3), ("skip", [False] * 3)],
)
def test_missed_times(missed: Any, runs: list[bool]) -> None:
    """After three missed days one run makes up for all, each is made up for, or none."""
    entry = Entry(cron="0 5 * * *", missed=missed)

    due = due_times(entry, utc(2026, 1, 1, 6), utc(2026, 1, 4, 6))

    assert [each.runs for each in due] == runs


def test_grace() -> None:
    """A time within its grace has not been missed, also where missed times are left out."""
    entry = Entry(cron="0 5 * * *", missed="skip", grace="10m")

    due = due_times(entry, utc(2026, 1, 1, 6), utc(2026, 1, 3, 5, 9))

    assert [each.runs for each in due] == [False, True]


def test_jitter_is_the_same_each_time() -> None:
    """A planned time has one start, within the jitter, that differs from entry to entry."""
    entry, at = Entry(every="1d", jitter="2h"), utc(2026, 1, 1)

    starts = [start_time("shop", name, entry, at) for name in "abcdefgh"]

    assert starts == [start_time("shop", name, entry, at) for name in "abcdefgh"]
    assert len(set(starts)) == 8 and all(at <= start < at + timedelta(hours=2) for start in starts)


@pytest.mark.parametrize(
    ("every", "window", "label"),
    [
        ("1mo", "previous", "2026-10"),
        ("1mo", "current", "2026-11"),
        ("1w", "previous", "2026-10-19..2026-10-26"),
        ("1w", "current", "2026-10-26..2026-11-02"),
        ("1d", "previous", "2026-10-31..2026-11-01"),
    ],
)
def test_windows_follow_from_the_planned_time(
    workspace: Path, every: str, window: str, label: str
) -> None:
    """Days count in the zone of the entry; weeks begin on the weekday of the pipeline's window."""
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    text = path.read_text().replace("end = 2024-03-01", f'end = 2024-03-01\nevery = "{every}"')
    path.write_text(text)  # 2024-01-01 is a Monday
    text = f'[schedule.a]\ncron = "30 0 1 * *"\ntimezone = "Europe/Berlin"\nwindow = "{window}"'
    pipeline = with_schedule(workspace, text)

    found = planned_window(pipeline, find_entry(pipeline, "a"), utc(2026, 10, 31, 23, 30))

    assert found is not None and found.label == label


def test_arguments_of_the_run(workspace: Path) -> None:
    """Line, window, stages and parameters of an entry are options of `aifactory run`."""
    text = '[schedule.a]\nevery = "1d"\nstages = ["train"]\n[schedule.a.set.train]\ntrials = 3'
    pipeline = with_schedule(workspace, text)

    arguments = run_arguments(pipeline, find_entry(pipeline, "a"), utc(2026, 5, 2))

    assert arguments[1:5] == ["--line", "operate", "--window", "2026-04"]
    assert arguments[5:] == ["--only", "train", "--set", "train.trials=3"]


def test_the_build_line_has_the_pipelines_window(workspace: Path) -> None:
    """Nothing is said about the window where the pipeline's own is meant."""
    pipeline = with_schedule(workspace, '[schedule.a]\nevery = "1d"\nline = "build"')

    assert run_arguments(pipeline, find_entry(pipeline, "a"), utc(2026, 5, 2))[1:] == [
        "--line",
        "build",
    ]
