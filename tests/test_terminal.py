"""What a person sees in a terminal."""

from io import StringIO
from types import SimpleNamespace

from rich.console import Console

from aifactory_nb.stage import GateVerdict, Output, StageResult
from aifactory_nb.terminal import (
    SHOWN_AT_WORK,
    TOLD_FAILURES,
    FanOutView,
    RunView,
    bytes_text,
    caution_lines,
    duration,
    run_view,
    show_cleaning,
    show_finding,
    show_table,
)


def console(width: int = 120) -> Console:
    """A console that keeps what is printed."""
    return Console(file=StringIO(), width=width, highlight=False)


def text(found: Console) -> str:
    """What was printed."""
    return found.file.getvalue()  # type: ignore[attr-defined]


def event(status: str, result: StageResult | None = None, message: str = "") -> SimpleNamespace:
    """An event of the stage train in April."""
    step = SimpleNamespace(
        position=0, stage="train", branch="", window=SimpleNamespace(label="2024-04")
    )
    return SimpleNamespace(
        step=step,
        status=status,
        cell=3,
        cells=9,
        seconds=2.5,
        remaining=None,
        result=result,
        message=message,
    )


def test_a_finished_stage_is_one_line() -> None:
    """Window, stage, time, rows, verdicts and metrics stand in one line."""
    gate = GateVerdict("limits", "model", False, True, [])
    result = StageResult(
        "train", "shop", "run", "2024-04", [Output("a", "value", 1, "1")], metrics={"auc": 0.75}
    )
    result.gates, result.rows_in, result.rows_out = [gate], 1000, 10
    printed = console()
    with RunView(printed, 1) as view:
        view.listen(event("running"))
        view.listen(event("succeeded", result))

    assert (
        "✓ 2024-04    train       2.5 s  rows 1,000 → 10 · gate limits NOT PASSED · auc 0.75"
        in text(printed)
    )


def test_a_failure_shows_its_first_line() -> None:
    """The reason is in the line; the rest follows at the end of the run."""
    printed = console()
    with RunView(printed, 1) as view:
        view.listen(event("failed", None, "train failed in cell 3: no rows\nNotebook: x"))

    assert "✗ 2024-04    train" in text(printed)
    assert "no rows" in text(printed)
    assert "Notebook: x" not in text(printed)


def test_markup_in_data_is_not_interpreted() -> None:
    """What comes from data is printed as it is."""
    printed = console()
    show_table(
        printed, [{"name": "[red]x[/red]", "value": 1.5}], {"name": "name", "value": "value"}
    )

    assert "[red]x[/red]" in text(printed)


def test_minutes_are_told_from_the_first_on() -> None:
    """Seconds with a decimal below a minute."""
    assert (duration(3.21), duration(61)) == ("3.2 s", "1 min 01 s")


def test_what_would_be_freed_is_told_before_it_is_removed() -> None:
    """Sums by kind and pipeline, what is left alone, and how to do it."""
    shown = console()
    rows = [{"kind": "run", "pipeline": "shop", "name": name, "bytes": 1_500} for name in "ab"]
    show_cleaning(shown, rows, ["mill"], 3, None)

    assert "run   shop           2  3.0 kB" in text(shown)
    assert "mill is left alone: a run is at work on it." in text(shown)
    assert "3.0 kB would be freed. Nothing was removed; do it with: --yes" in text(shown)


def test_a_finding_is_told_with_the_way_to_mend_it() -> None:
    """One line for what was found, one for what to do."""
    shown = console()
    finding = {"what": "store", "found": "read-only", "mend": "chmod it", "status": "wrong"}
    show_finding(shown, finding)

    assert [line.split() for line in text(shown).splitlines()] == [
        ["✗", "store", "read-only"],
        ["chmod", "it"],
    ]


def test_bytes_are_told_as_people_say_them() -> None:
    """From bytes to terabytes."""
    told = [bytes_text(count) for count in (0, 999, 1_000, 2_500_000, 3e9, 4e12)]

    assert told == ["0 B", "999 B", "1.0 kB", "2.5 MB", "3.0 GB", "4.0 TB"]


def test_what_a_stage_warns_of_is_told() -> None:
    """A gate that stops nothing and is not passed is told in its own words; a lost contest is no warning."""
    said = "AUC is .49 in order, .80 at random."
    found = [{"found": said, "passed": False, "severity": "warning"}]
    gates = [
        GateVerdict("split", "model", False, False, found),
        GateVerdict("champion", "model", False, False, [{"found": "worse", "passed": False}]),
    ]
    result = StageResult("train", "shop", "r", "all", gates=gates)

    assert caution_lines(result) == [f"split: {said}"]


def in_branch(position: int, branch: str, status: str) -> SimpleNamespace:
    """An event of a stage of a branch."""
    found = event(status, message="no rows\nsecond line")
    found.step.position, found.step.branch = position, branch
    return found


def test_a_fan_out_is_told_in_counts() -> None:
    """A thousand branches are ten lines, and of many failures the first are told."""
    steps = [in_branch(place, f"r={place}", "running").step for place in range(1000)]
    printed = console(200)
    with run_view(printed, steps) as view:
        for place in range(1000):
            view.listen(in_branch(place, f"r={place}", "running"))
            view.listen(in_branch(place, f"r={place}", "failed" if place < 50 else "succeeded"))
    lines = text(printed).splitlines()

    assert len(lines) == 10 + TOLD_FAILURES
    assert "r=0" in lines[0] and "no rows" in lines[0]
    assert lines[-1] == "1,000 of 1,000 branches, 50 failed or stopped"


def test_a_branch_has_ended_when_all_of_its_stages_have() -> None:
    """Or when one of them did not come to its end."""
    steps = [in_branch(place, "r=1", "running").step for place in range(2)]
    view = FanOutView(console(), steps)
    view.listen(in_branch(0, "r=1", "succeeded"))
    begun = view.ended
    view.listen(in_branch(1, "r=1", "cached"))

    assert (begun, view.ended, view.failed) == (0, 1, 0)


def test_a_fan_out_at_work_shows_a_few_branches_and_when_it_ends() -> None:
    """In a terminal: those at work, counts, and the expected end."""
    steps = [in_branch(place, f"r={place}", "running").step for place in range(30)]
    view = FanOutView(console(), steps)
    view._begin()
    for place in range(30):
        view.listen(in_branch(place, f"r={place}", "running"))
    for place in range(10):
        view.listen(in_branch(place, f"r={place}", "succeeded"))
    printed = console()
    printed.print(view._render())
    view.live.stop()
    lines = text(printed).splitlines()

    assert len(lines) == SHOWN_AT_WORK + 1
    assert "r=10" in lines[0] and "cell 3 of 9" in lines[0]
    assert "10 of 30 branches, about " in lines[-1] and " left, " in lines[-1]


def test_what_was_done_before_says_nothing_of_the_time_that_is_left() -> None:
    """The end of a fan-out is foreseen from the branches that were at work."""
    steps = [in_branch(place, f"r={place}", "running").step for place in range(9)]
    view = FanOutView(console(), steps)
    for place in range(3):
        view.listen(in_branch(place, f"r={place}", "cached"))
    before = view._counts()
    view.listen(in_branch(3, "r=3", "running"))
    begun = view._counts()
    view.branches_begin -= 12
    view.listen(in_branch(3, "r=3", "succeeded"))

    assert before == begun == "3 of 9 branches"
    assert view._counts() == "4 of 9 branches, about 1 min 00 s left"


def test_a_run_is_shown_live_in_a_terminal() -> None:
    """Nothing waits for itself while the view begins, prints and ends; nor does that of a fan-out."""
    for steps in ([event("running").step], [in_branch(0, "r=1", "running").step]):
        printed = Console(file=StringIO(), width=120, force_terminal=True)
        with run_view(printed, steps) as view:
            for status in ("running", "pending", "running", "failed"):
                found = event(status, message="again")
                found.step = steps[0]
                view.listen(found)
        assert "failed" in status and "✗" in text(printed)
        assert view.done == 1 and view.running == {}
