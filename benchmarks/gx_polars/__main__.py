"""Great Expectations on polars beside the other ways to check the same table: wall, CPU and memory in one run.

    python benchmarks/gx_polars --rows 1_000_000 10_000_000 --suite mixed wide --rounds 3
    python benchmarks/gx_polars --rows 100 --fixed

Each tool reads the same Parquet file and carries out the same suite in a process of its own, with the same number of threads;
rounds are interleaved over the tools. The time is that from the path to the results, without imports and the context, which are
told apart. The data, and the environments of the other tools, are made in --folder when they are not there.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import table
from environments import MILLION, TOOLS, python_of
from orders import orders_file
from peers import CACHE
from processes import GIGABYTE, Limits, WorkerError, work
from suites import SUITES

FOLDER = CACHE / "gx_polars"
FIXED = ("ours", "gx_pandas")
BLOCK = 2**24
Runs = dict[str, list[table.Run]]


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="gx_polars", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10 * MILLION])
    parser.add_argument("--suite", nargs="+", choices=SUITES, default=["mixed", "wide"])
    parser.add_argument("--tools", nargs="+", metavar="TOOL", help=f"of {', '.join(TOOLS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"default: {FOLDER}")
    parser.add_argument("--fixed", action="store_true", help="a small gate in a warm process")
    parser.add_argument("--memory", type=float, help="GB at which a tool is stopped")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds")
    parser.add_argument("--save", type=Path, help="a file to which each run is added, as JSON")
    asked = parser.parse_args()
    if unknown := [name for name in asked.tools or [] if name not in TOOLS]:
        parser.error(f"unknown tool: {', '.join(unknown)}. There are {', '.join(TOOLS)}.")
    if asked.fixed and (others := set(asked.tools or []) - set(FIXED)):
        parser.error(f"--fixed takes {', '.join(FIXED)}; found {', '.join(sorted(others))}.")
    if min(asked.rows) < 1 or asked.rounds < 1:
        parser.error("--rows and --rounds have to be 1 or more.")
    asked.folder = asked.folder.expanduser().resolve()
    return asked


def limits_of(asked: argparse.Namespace) -> Limits:
    """What a worker may use: nine tenths of the memory that is free, unless told otherwise."""
    free = psutil.virtual_memory().available / GIGABYTE
    return Limits(asked.threads, asked.timeout, asked.memory or 0.9 * free)


def tools_for(asked: argparse.Namespace, rows: int) -> list[str]:
    """The tools that are measured with so many rows."""
    if asked.tools:
        return list(dict.fromkeys(asked.tools))
    left_out = [name for name, tool in TOOLS.items() if rows > tool.most_rows]
    if left_out:
        print(f"left out at {rows:,} rows unless named by --tools: {', '.join(left_out)}")
    return [name for name in TOOLS if name not in left_out]


def warm(path: Path) -> None:
    """Read the file once, so that every tool finds it in memory."""
    with path.open("rb") as file:
        while file.read(BLOCK):
            pass


def save(file: Path | None, **facts: object) -> None:
    """Add a run to the file of all runs."""
    if file:
        line = {"at": datetime.now(UTC).isoformat(), "machine": platform.platform(), **facts}
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")


def turns(names: list[str], rounds: int) -> Iterator[tuple[int, str]]:
    """Every tool in every round; each round begins with another one."""
    for turn in range(rounds):
        place = turn % len(names)
        for name in [*names[place:], *names[:place]]:
            yield turn + 1, name


def all_rounds(asked: argparse.Namespace, suite: str, rows: int) -> tuple[Runs, dict[str, str]]:
    """What was measured, and why a tool has not come to its end: it is not tried again."""
    names, limits = tools_for(asked, rows), limits_of(asked)
    pythons = {name: python_of(name, asked.folder) for name in names}
    path = orders_file(asked.folder, rows)
    runs: Runs = {name: [] for name in names}
    failures: dict[str, str] = {}
    warm(path)
    for turn, name in turns(names, asked.rounds):
        if name in failures:
            continue
        show(f"{rows:,} rows, {suite}, round {turn} of {asked.rounds}: {name}")
        try:
            run = work(pythons[name], "worker.py", [name, suite, str(path)], limits)
        except WorkerError as error:
            failures[name] = str(error)
            continue
        runs[name].append(run)
        save(asked.save, tool=name, suite=suite, rows=rows, threads=asked.threads, **run)
    show("")
    return runs, failures


def measure(asked: argparse.Namespace, suite: str, rows: int) -> None:
    """All rounds of one suite on one table, and what was found."""
    runs, failures = all_rounds(asked, suite, rows)
    print(
        f"\n{rows:,} rows, suite {suite} ({len(SUITES[suite]())} checks), {asked.threads} threads, "
        f"medians of {asked.rounds} rounds\n"
    )
    measured = {name: done for name, done in runs.items() if done and name not in failures}
    if measured:
        print(table.report(measured))
    for name, reason in failures.items():
        print(f"{TOOLS[name].label} failed: {reason}")


def show(text: str) -> None:
    """What is going on, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r{text:<78}", end="" if text else "\r", file=sys.stderr, flush=True)


def measure_fixed(asked: argparse.Namespace, rows: int) -> None:
    """The same small gate again and again in a warm process, with each engine that takes a frame."""
    names = list(asked.tools or FIXED)
    path, limits = orders_file(asked.folder, rows), limits_of(asked)
    pythons = {name: python_of(name, asked.folder) for name in names}
    runs: Runs = {name: [] for name in names}
    for _, name in turns(names, asked.rounds):
        run = work(pythons[name], "fixed.py", [name, str(path)], limits)
        runs[name].append(run)
        save(asked.save, tool=name, fixed=True, rows=rows, threads=asked.threads, **run)
    print(f"\n{rows:,} rows, 12 checks, a warm process, medians of {asked.rounds} rounds, in ms\n")
    print(table.fixed_report(runs))


def main() -> None:
    """Measure and print."""
    asked = options()
    for rows in asked.rows:
        if asked.fixed:
            measure_fixed(asked, rows)
        else:
            for suite in asked.suite:
                measure(asked, suite, rows)


if __name__ == "__main__":
    main()
