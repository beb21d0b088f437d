"""Notebooks carried out by aifactory_nb and by other tools: wall, CPU and memory, side by side in one run.

    python benchmarks/runner                                 # everything but the flights
    python benchmarks/runner --case alone --kind heavy --rounds 5
    python benchmarks/runner --case fan --count 50 --rounds 3
    python benchmarks/runner --case flights --rounds 1       # the main job of `make demo`: takes long

alone    one notebook after another by a warm parent: what each costs
fan      so many notebooks with heavy imports on two cores
nothing  a line of twelve stages that has nothing to do
flights  the build line and the replay of flight_delay, also with plain papermill kernels

Each tool works in a process of its own, with one thread for each notebook; rounds are interleaved over the tools. What a tool
needs once (its imports, our warm process) is paid before the measurement, but for `aifactory, cold` and the commands.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from meter import Peak, adopt_orphans, family
from notebooks import KINDS, write_kind, write_stage, write_workspace
from ploomber_pipeline import write_pipeline

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from peers import CACHE, environment, ready_python  # noqa: E402

FOLDER = CACHE / "runner"
PINS = HERE / "peers.txt"
HEAVY = ("polars", "lightgbm", "great_expectations", "mlflow", "ipykernel")
ENVIRONMENTS = {
    "notebooks": ("papermill", "nbconvert", "execnb", *HEAVY),
    "ploomber": ("ploomber", "setuptools", *HEAVY),  # it slows the import of papermill beside it
}
STAGES = 12


@dataclass(frozen=True)
class Way:
    """A tool, and how it is used."""

    label: str
    environment: str = ""  # empty: this one


ALONE = {
    "floor": Way("the same code in one process", "notebooks"),
    "ours": Way("aifactory"),
    "ours_papermill": Way("papermill --engine aifactory (API)"),
    "execnb": Way("execnb (no isolation)", "notebooks"),
    "papermill": Way("papermill (API)", "notebooks"),
    "papermill_command": Way("papermill (command)", "notebooks"),
    "nbconvert": Way("nbconvert --execute", "notebooks"),
}
FAN = {
    "ours": Way("aifactory run --segment"),
    "ours_cold": Way("the same, with no warm process yet"),
    "pool": Way("papermill in 2 processes", "notebooks"),
    "ploomber_parallel": Way("Ploomber, 2 processes", "ploomber"),
    "ploomber_serial": Way("Ploomber, one after another", "ploomber"),
}
NOTHING = {"ours": Way("aifactory run"), "ploomber": Way("ploomber build", "ploomber")}
FLIGHTS = {
    "ours": Way("aifactory, warm kernels"),
    "papermill": Way("papermill (API), python3, two at a time"),
    "papermill_command": Way("papermill (command), python3, one after another"),
}
LAST_MONTH = "2013-12"
Measured = dict[str, float]


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="runner", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cases = ("alone", "fan", "nothing", "flights")
    parser.add_argument("--case", nargs="+", choices=cases, default=["alone", "fan", "nothing"])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--ways", nargs="+", help="only these; the name in brackets of the table")
    parser.add_argument("--count", type=int, default=50, help="notebooks of the fan-out")
    parser.add_argument(
        "--until",
        default=LAST_MONTH,
        help="last month of the flights' replay; empty for the build line alone",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"default: {FOLDER}")
    asked = parser.parse_args()
    if asked.rounds < 1 or asked.count < 2:  # noqa: PLR2004
        parser.error("--rounds has to be 1 or more, --count 2 or more.")
    return asked


def python_of(way: Way, folder: Path) -> Path:
    """The Python that has the tool."""
    if not way.environment:
        return Path(sys.executable)
    home = folder / "environments" / way.environment
    return ready_python(home, PINS, ENVIRONMENTS[way.environment])


def measure(way: Way, folder: Path, order: dict) -> Measured:
    """Have a worker carry out an order; nothing that it has started is left behind."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir="/tmp") as runtime:
        work, result = Path(name) / "work", Path(name) / "result.json"
        work.mkdir()
        prepare(work, order)
        told = json.dumps({**order, "folder": str(work), "result": str(result)})
        command = [str(python_of(way, folder)), str(HERE / "worker.py"), told]
        given = {
            **environment(1),
            "XDG_RUNTIME_DIR": runtime,
            "DO_NOT_TRACK": "1",  # as the command sets it: the same warm process
        }
        log = Path(name) / "log.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=given, cwd=work, stdout=output, stderr=output, start_new_session=True
            )
        try:
            with Peak(process.pid) as peak:
                code = process.wait()
        finally:
            for pid in family(process.pid)[::-1] + family(os.getpid())[1:]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if code:
            sys.exit(f"{way.label} failed:\n{log.read_text(errors='replace')[-3000:]}")
        rows = json.loads(result.read_text(encoding="utf-8"))
    middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return middle | {"peak": peak.bytes / 1e9}


def prepare(folder: Path, order: dict) -> None:
    """Write what is carried out."""
    case, way = order["case"], order["way"]
    if case == "flights":
        from aifactory_nb.workspace import init_workspace

        init_workspace(folder, "flight_delay")
        return
    for kind in KINDS:
        write_kind(folder, kind)
    count, kind = order.get("count", 1), "heavy" if case == "fan" else "trivial"
    if way.startswith("ploomber"):
        write_pipeline(folder, kind, count, 2 if way == "ploomber_parallel" else 1)
    elif case == "fan":
        write_workspace(folder, ["work"], count)
        write_stage(folder, "work", KINDS[kind], segment=True)
    elif case == "nothing":
        stages = [f"work{number:02d}" for number in range(count)]
        write_workspace(folder, stages)
        for name in stages:
            write_stage(folder, name, KINDS[kind])


def rounds(ways: dict[str, Way], asked: argparse.Namespace, order: dict) -> dict[str, Measured]:
    """The medians of all rounds, interleaved over the tools."""
    chosen = {name: way for name, way in ways.items() if name in (asked.ways or ways)}
    found: dict[str, list[Measured]] = {name: [] for name in chosen}
    for _ in range(asked.rounds):
        for name, way in chosen.items():
            found[name].append(measure(way, asked.folder, {**order, "way": name}))
    return {
        name: {what: statistics.median(run[what] for run in runs) for what in runs[0]}
        for name, runs in found.items()
    }


def show(title: str, ways: dict[str, Way], found: dict[str, Measured]) -> None:
    """Print a table; each tool beside ours."""
    print(f"\n{title}\n")
    print("| tool | wall s | CPU s | wall / ours | CPU / ours | beyond the floor, s | peak GB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    ours, floor = found.get("ours"), found.get("floor")
    for name, row in found.items():
        ratios = [row[what] / ours[what] if ours else float("nan") for what in ("wall", "cpu")]
        beyond = f"{row['wall'] - floor['wall']:.3f}" if floor else "-"
        told = (
            f"{row['wall']:.3f} | {row['cpu']:.3f} | {ratios[0]:.2f} | {ratios[1]:.2f} | {beyond}"
        )
        print(f"| {ways[name].label} [{name}] | {told} | {row['peak']:.2f} |", flush=True)


def main() -> None:
    """Measure and print."""
    asked = options()
    adopt_orphans()
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(
        f"{os.cpu_count()} processors, Python {platform.python_version()}, medians of {asked.rounds} rounds"
    )
    if "alone" in asked.case:
        for kind in asked.kind:
            found = rounds(ALONE, asked, {"case": "alone", "kind": kind, "times": 2})
            show(f"One notebook, {kind}, {len(KINDS[kind])} cells", ALONE, found)
    if "fan" in asked.case:
        found = rounds(FAN, asked, {"case": "fan", "count": asked.count})
        show(f"{asked.count} notebooks with heavy imports", FAN, found)
    if "nothing" in asked.case:
        found = rounds(NOTHING, asked, {"case": "nothing", "count": STAGES})
        show(f"Nothing to do in {STAGES} stages", NOTHING, found)
    if "flights" in asked.case:
        commands, title = [["run", "flight_delay"]], "Build line of flight_delay"
        if asked.until:
            commands.append(["replay", "flight_delay", "--from", "2013-04", "--to", asked.until])
            title += f", and its replay until {asked.until}"
        found = rounds(FLIGHTS, asked, {"case": "flights", "commands": commands})
        show(title, FLIGHTS, found)


if __name__ == "__main__":
    main()
