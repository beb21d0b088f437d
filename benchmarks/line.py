"""The build line of flight_delay: `aifactory run` against the plain papermill command, stage by stage.

Both carry out the same notebooks on the same data, in workspaces of their own, one after the other in each round.

    python benchmarks/line.py --rounds 3
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aifactory_nb.pipeline import BUILD_LINE
from aifactory_nb.template import shipped_templates
from aifactory_nb.workspace import init_workspace

FACTORY = [sys.executable, "-c", "from aifactory_nb.cli import main; main()"]
THREADS = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def run(command: list[str], folder: Path) -> None:
    """Run a command quietly; its output is shown when it fails."""
    environment = {**os.environ, **THREADS, "AIFACTORY_TRACKING_ENABLED": "false"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def with_factory(folder: Path) -> None:
    """One command."""
    run([*FACTORY, "run", "flight_delay"], folder)


def with_papermill(folder: Path) -> None:
    """One papermill command for each stage, in order."""
    for stage in BUILD_LINE:
        template = shipped_templates() / "stages" / f"{stage}.ipynb"
        run([sys.executable, "-m", "papermill", str(template), f"{stage}.ipynb"], folder)


def measure(work: Callable[[Path], None]) -> tuple[float, float]:
    """Wall and CPU seconds of the work in a new workspace."""
    with tempfile.TemporaryDirectory() as name:
        init_workspace(Path(name), "flight_delay")
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        work(Path(name))
        wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure in alternation and print medians and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    ways = {"aifactory run": with_factory, "papermill": with_papermill}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(parser.parse_args().rounds):
        for name, work in ways.items():
            measured[name].append(measure(work))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in measured.items()
    }
    print(f"{'':<16}{'wall s':>9}{'CPU s':>9}   median of {len(measured['papermill'])}")
    for name, (wall, cpu) in medians.items():
        print(f"{name:<16}{wall:>9.1f}{cpu:>9.1f}")
    ratios = [
        theirs / ours
        for theirs, ours in zip(medians["papermill"], medians["aifactory run"], strict=True)
    ]
    print(f"papermill / aifactory run: wall {ratios[0]:.2f}, CPU {ratios[1]:.2f}")


if __name__ == "__main__":
    main()
