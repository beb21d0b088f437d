"""End an executed notebook at random moments in every way there is, and look whether its file says what happened.

    python benchmarks/notebook_kills.py [--kills 200] [--seed 0] [--kernel python3]

Each cell writes down by itself when it begins and when it has ended; the statuses in the notebook are compared with that.
Prints a table of the ways to end, and every status that is not true.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import nbformat

from aifactory_nb.errors import AifactoryError
from aifactory_nb.kernel import Kernel, Kernels
from aifactory_nb.notebook import execute_notebook

WAYS = ("kernel killed", "runner killed", "SIGINT", "SIGTERM", "stop", "cell timeout", "timeout")
SIGNALS = {
    "runner killed": signal.SIGKILL,
    "SIGINT": signal.SIGINT,
    "SIGTERM": signal.SIGTERM,
    "stop": signal.SIGUSR1,
}
CELLS = 12
CELL_SECONDS = 0.05
START_SECONDS = 1.2  # about what a kernel takes to start
PATIENCE = 30.0  # seconds until everything must have ended
SAY = "import os, time\ndef say(what): os.write(log, f'{what}\\n'.encode())\n"
WORK = "say('begin {0}')\nprint('x' * 20_000)\ntime.sleep({1})\nprint('y')\nsay('end {0}')"


@dataclass(frozen=True)
class Kill:
    """One notebook that was ended, and what is wrong with its file."""

    way: str
    after: float  # seconds
    reached: int  # cells that had begun
    faults: list[str]


def write_notebook(folder: Path, slow: int | None) -> None:
    """A notebook whose cells say what they do; one of them may take longer than is allowed."""
    opens = "log = os.open('log', os.O_WRONLY | os.O_CREAT | os.O_APPEND)"
    sources = [f"{SAY}{opens}\nsay('begin 0')\nsay('end 0')"]
    for index in range(1, CELLS):
        sources.append(WORK.format(index, 60 if index == slow else CELL_SECONDS))
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "in.ipynb")


class Told(Kernels):
    """Kernels whose processes are written down when they are given out."""

    def take(self, lasting: bool = False) -> Kernel:
        """A kernel; the driver looks its process up in the file `kernel`."""
        kernel = super().take(lasting)
        part = self.folder / "part"
        part.write_text(str(kernel.process.pid))
        part.rename(self.folder / "kernel")
        return kernel


def run(folder: Path, kernel: str, way: str, after: float) -> None:
    """What the process that is to be ended does."""
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # not ignored, as it is in the background
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    stop = Event()
    signal.signal(signal.SIGUSR1, lambda *_: stop.set())
    options = {"cell timeout": {"cell_timeout": 0.5}, "timeout": {"timeout": max(after, 0.01)}}
    with Told(kernel, folder, imports="") as kernels:
        given, output = folder / "in.ipynb", folder / "out.ipynb"
        execute_notebook(given, output, {}, kernels, stop=stop, **options.get(way, {}))


def in_a_process(work: Callable[[], None]) -> int:
    """Do this in a process of its own; returns its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        work()
        code = 0
    except (AifactoryError, KeyboardInterrupt):
        pass
    finally:
        os._exit(code)


def strike(way: str, runner: int, folder: Path) -> None:
    """End what is to be ended, if that is done from outside."""
    if way in SIGNALS:
        os.kill(runner, SIGNALS[way])
    elif way == "kernel killed" and (folder / "kernel").exists():
        with suppress(ProcessLookupError):  # it was done before
            os.kill(int((folder / "kernel").read_text()), signal.SIGKILL)


def wait_for(done: Callable[[], bool]) -> bool:
    """Whether this came true in time."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > PATIENCE:
            return False
        time.sleep(0.02)
    return True


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits for its parent only."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def kill_one(
    folder: Path, kernel: str, way: str, at_work: bool, after: float, slow: int | None
) -> Kill:
    """Execute a notebook, end it so long after the start, or after the first cell began, and look at its file."""
    write_notebook(folder, slow)
    runner = in_a_process(lambda: run(folder, kernel, way, after))
    ended: list[bool] = []

    def runner_ended() -> bool:
        if not ended and os.waitpid(runner, os.WNOHANG)[0]:
            ended.append(True)
        return bool(ended)

    log = folder / "log"
    if at_work:
        wait_for(lambda: log.exists() or runner_ended())
    time.sleep(after)
    if not runner_ended():
        strike(way, runner, folder)
    faults = [] if wait_for(runner_ended) else ["the runner does not end"]
    number = folder / "kernel"
    if number.exists() and not wait_for(lambda: has_ended(int(number.read_text()))):
        faults.append("the kernel does not end")
    said = set(log.read_text().splitlines()) if log.exists() else set()
    begun, done = (
        [index for index in range(CELLS) if f"{word} {index}" in said] for word in ("begin", "end")
    )
    faults += untrue(folder / "out.ipynb", len(begun), len(done), way == "runner killed")
    faults += [
        f"left behind: {path.name}" for path in folder.glob(".out*") if way != "runner killed"
    ]
    return Kill(way, after, len(begun), faults)


def untrue(path: Path, begun: int, done: int, silent: bool) -> list[str]:
    """What the file says that did not happen; a runner that was killed could not write the last of it."""
    if not path.exists():
        return [] if silent else ["there is no file"]
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # whatever it is, it is a fault
        return [f"{type(error).__name__}: {error}"]
    status = [cell.metadata.papermill.status for cell in notebook.cells]
    finished, rest = status.count("completed"), [s for s in status if s != "completed"]
    faults = []
    if status[:finished] != ["completed"] * finished or set(rest[1:]) - {"pending"}:
        faults.append(f"out of order: {status}")
    if finished > done:
        faults.append(f"{finished} completed, {done} were")
    if silent:
        return faults
    if finished < CELLS and finished < done - 1:  # the end of a cell is told after it has said so
        faults.append(f"{finished} completed, {done} were")
    at_work = rest[0] if rest else "completed"
    if at_work == "running" or (at_work == "pending" and begun > finished):
        faults.append(f"cell {finished + 1} is {at_work}: {begun} had begun")
    if at_work == "failed" and begun < finished:
        faults.append(f"cell {finished + 1} is failed, and had not begun")
    if at_work != "completed" and not notebook.metadata.papermill.exception:
        faults.append("the notebook does not say that it failed")
    if at_work != "completed" and not notebook.metadata.papermill.end_time:
        faults.append("the notebook does not say when it ended")
    return faults


def kill_all(kills: int, seed: int, kernel: str, start: float = START_SECONDS) -> list[Kill]:
    """End so many notebooks, each way in turn, at random moments."""
    chance, found = random.Random(seed), []
    for number in range(kills):
        way, at_work = WAYS[number % len(WAYS)], bool(chance.randrange(4))
        at_work &= way in (*SIGNALS, "kernel killed")
        work = 1.2 * CELLS * CELL_SECONDS
        after = chance.uniform(0.0, work if at_work else start + work)
        slow = chance.randrange(1, CELLS) if way == "cell timeout" else None
        with tempfile.TemporaryDirectory() as folder:
            found.append(kill_one(Path(folder), kernel, way, at_work, after, slow))
    return found


def table(found: list[Kill]) -> str:
    """How many notebooks were ended in which way, how far they had come, and what was wrong."""
    lines = ["| way | notebooks | ended in mid-run | untrue |", "|---|---|---|---|"]
    for way in WAYS:
        those = [kill for kill in found if kill.way == way]
        middle = sum(0 < kill.reached < CELLS for kill in those)
        lines.append(f"| {way} | {len(those)} | {middle} | {sum(bool(k.faults) for k in those)} |")
    faults = Counter(f"{kill.way}: {fault}" for kill in found for fault in kill.faults)
    return "\n".join([*lines, *(f"- {fault} ({count})" for fault, count in faults.items())])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kernel", default="python3")
    parser.add_argument("--start", type=float, default=START_SECONDS)
    given = parser.parse_args()
    found = kill_all(given.kills, given.seed, given.kernel, given.start)
    print(table(found))
    sys.exit(any(kill.faults for kill in found))


if __name__ == "__main__":
    main()
