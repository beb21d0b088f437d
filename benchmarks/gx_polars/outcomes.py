"""What a tool says about one check, and what a process has used."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
from suites import Check


@dataclass(frozen=True)
class Outcome:
    """What a tool says about one check."""

    passed: bool
    unexpected: int | None = None  # rows; None where the check is about the table or a whole column
    error: str = ""  # why the tool has no answer


class Tool(Protocol):
    """A module of the folder tools; importing it imports the library."""

    def context(self) -> Any:
        """What is made once for a process."""

    def check(self, context: Any, path: Path, suite: list[Check]) -> dict[str, Outcome]:
        """The outcomes of a suite on a Parquet file, by name of the check."""


def children() -> list[psutil.Process]:
    """The processes that this one has started, and theirs."""
    return psutil.Process().children(recursive=True)


def cpu_seconds() -> float:
    """What this process and its children have used of the processors, user and system."""
    ended = os.times()
    seconds = time.process_time() + ended.children_user + ended.children_system
    for child in children():
        with suppress(psutil.NoSuchProcess):
            seconds += sum(child.cpu_times()[:4])
    return seconds


def peak_gigabytes() -> float:
    """The sum of the peaks of memory of this process and its children, as Linux counts them."""
    kilobytes = 0
    for number in (os.getpid(), *(child.pid for child in children())):
        with suppress(FileNotFoundError):
            text = Path(f"/proc/{number}/status").read_text(encoding="ascii")
            lines = [line for line in text.splitlines() if line.startswith("VmHWM")]
            kilobytes += sum(int(line.split()[1]) for line in lines)
    return kilobytes / 1024**2


class Stopwatch:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.cpu, self.wall = cpu_seconds(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Wall and CPU seconds so far."""
        wall = time.perf_counter() - self.wall
        return wall, cpu_seconds() - self.cpu


def threads() -> int:
    """How many threads a tool may have."""
    return int(os.environ["POLARS_MAX_THREADS"])
