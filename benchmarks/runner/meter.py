"""Wall and CPU seconds, and memory, of a process and of everything that it has started, orphans included."""

import ctypes
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY = 0.2  # seconds


def adopt_orphans() -> None:
    """Become the parent of every process below that loses its own, such as a warm process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def family(root: int) -> list[int]:
    """A process and all that are below it."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(root: int) -> float:
    """CPU seconds of a family, with those of members that have ended and were waited for."""
    total = 0
    for pid in family(root):
        with suppress(OSError):
            text = Path(f"/proc/{pid}/stat").read_text()
            total += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return total / TICK


def memory_bytes(root: int) -> int:
    """Memory of a family, in which what copies share counts once (PSS)."""
    total = 0
    for pid in family(root):
        with suppress(OSError, ValueError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


@dataclass
class Peak:
    """The most memory that a family has had while it was looked at."""

    root: int
    bytes: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Peak":
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()

    def _look(self) -> None:
        while not self.ended.wait(LOOK_EVERY):
            self.bytes = max(self.bytes, memory_bytes(self.root))


class Meter:
    """Measures what happens within a `with` block, in this process and below it."""

    def __enter__(self) -> "Meter":
        self.cpu, self.wall = cpu_seconds(os.getpid()), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self.wall
        self.cpu = cpu_seconds(os.getpid()) - self.cpu
