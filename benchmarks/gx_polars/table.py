"""What is printed: one table for each suite and number of rows, and where tools do not agree."""

import statistics
from collections.abc import Iterable
from typing import Any

from environments import TOOLS

Run = dict[str, Any]
HEADINGS = (
    "tool",
    "wall s",
    "CPU s",
    "wall / floor",
    "CPU / floor",
    "GX pandas wall / this",
    "GX pandas CPU / this",
    "peak GB",
    "import s",
    "context s",
    "answered",
)


def medians(runs: list[Run]) -> dict[str, float]:
    """The middle of what was measured."""
    names = ("wall", "cpu", "peak", "import", "context")
    return {name: statistics.median(run[name] for run in runs) for name in names}


def ratio(value: float | None, other: float | None) -> str:
    """One number by another."""
    return f"{value / other:.2f}" if value and other else "-"


def answered(run: Run) -> str:
    """To how many checks a tool has an answer."""
    outcomes = run["outcomes"].values()
    return f"{sum(not outcome['error'] for outcome in outcomes)} of {len(outcomes)}"


def cells(tool: str, runs: dict[str, list[Run]]) -> list[str]:
    """A line of the table."""
    mine = medians(runs[tool])
    floor = medians(runs["floor"]) if "floor" in runs else {}
    pandas = medians(runs["gx_pandas"]) if "gx_pandas" in runs else {}
    return [
        TOOLS[tool].label,
        f"{mine['wall']:.2f}",
        f"{mine['cpu']:.2f}",
        ratio(mine["wall"], floor.get("wall")),
        ratio(mine["cpu"], floor.get("cpu")),
        ratio(pandas.get("wall"), mine["wall"]),
        ratio(pandas.get("cpu"), mine["cpu"]),
        f"{mine['peak']:.2f}",
        f"{mine['import']:.2f}",
        f"{mine['context']:.3f}",
        answered(runs[tool][-1]),
    ]


def markdown(lines: Iterable[list[str]]) -> str:
    """Lines of cells as a table of Markdown whose columns stand below each other."""
    lines = [list(line) for line in lines]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]

    def row(line: list[str]) -> str:
        first = line[0].ljust(widths[0])
        others = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        return "| " + " | ".join([first, *others]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([row(lines[0]), row(rule), *map(row, lines[1:])])


def unanswered(tool: str, run: Run) -> Iterable[str]:
    """The checks to which a tool has no answer."""
    by_reason: dict[str, list[str]] = {}
    for name, outcome in run["outcomes"].items():
        if outcome["error"]:
            reason = outcome["error"].strip().splitlines()[0]
            by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"{TOOLS[tool].label} has no answer to {', '.join(names)}: {reason}"


def mismatches(tool: str, run: Run, reference: Run) -> Iterable[str]:
    """The checks on which a tool differs from another, in the verdict or the number of unexpected rows."""
    for name, expected in reference["outcomes"].items():
        found = run["outcomes"].get(name)
        if found is None:
            yield f"{TOOLS[tool].label} says nothing about {name}"
        elif not (found["error"] or expected["error"]) and differ(found, expected):
            yield f"{TOOLS[tool].label} on {name}: {told(found)}, not {told(expected)}"


def differ(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether two outcomes contradict each other."""
    counts = {outcome["unexpected"] for outcome in (found, expected)} - {None}
    return found["passed"] != expected["passed"] or len(counts) > 1


def told(outcome: dict[str, Any]) -> str:
    """An outcome in words."""
    verdict = "passed" if outcome["passed"] else "failed"
    return verdict if outcome["unexpected"] is None else f"{verdict}, {outcome['unexpected']} rows"


def notes(runs: dict[str, list[Run]]) -> list[str]:
    """What a reader has to know: missing answers, and where a tool differs from the first one."""
    first, *_ = runs
    lines = [line for tool in runs for line in unanswered(tool, runs[tool][-1])]
    reference = runs[first][-1]
    different = [line for tool in runs for line in mismatches(tool, runs[tool][-1], reference)]
    return lines + (different or [f"All verdicts and counts are those of {TOOLS[first].label}."])


def report(runs: dict[str, list[Run]]) -> str:
    """The table of a suite, and notes below it."""
    lines = [list(HEADINGS), *(cells(tool, runs) for tool in runs)]
    return "\n".join([markdown(lines), "", *notes(runs)])


def fixed_report(runs: dict[str, list[Run]]) -> str:
    """The table of what a small gate costs, and notes below it."""
    names = ("set up", "median", "best")
    lines = [["engine", "set up once", "run, median", "run, best", "answered"]]
    for tool, done in runs.items():
        numbers = [f"{statistics.median(run[name] for run in done):.1f}" for name in names]
        lines.append([TOOLS[tool].label, *numbers, answered(done[-1])])
    return "\n".join([markdown(lines), "", *notes(runs)])
