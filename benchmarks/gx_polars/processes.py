"""Running a worker: in a process group of its own, within a time and a memory limit."""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from environments import HERE
from peers import environment

LOOK_EVERY = 0.25  # seconds
GIGABYTE = 1024**3


class WorkerError(RuntimeError):
    """A worker has not come to its end."""


@dataclass(frozen=True)
class Limits:
    """What a worker may use."""

    threads: int
    seconds: float
    gigabytes: float


def resident_gigabytes(pid: int) -> float:
    """The memory of a process and its children at this moment."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family) / GIGABYTE
    except psutil.NoSuchProcess:
        return 0.0


def wait(process: subprocess.Popen, limits: Limits) -> None:
    """Wait for the end; at a limit, or when the user has had enough, the whole group is stopped."""
    end = time.monotonic() + limits.seconds
    try:
        while process.poll() is None:
            time.sleep(LOOK_EVERY)
            if time.monotonic() > end:
                raise WorkerError(f"stopped after {limits.seconds:.0f} s")
            if (used := resident_gigabytes(process.pid)) > limits.gigabytes:
                raise WorkerError(f"stopped at {used:.1f} GB of {limits.gigabytes:.1f} GB allowed")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def work(python: Path, script: str, arguments: list[str], limits: Limits) -> dict[str, Any]:
    """What a worker writes as its result."""
    with TemporaryDirectory() as name:
        result, log = Path(name, "result.json"), Path(name, "log.txt")
        command = [str(python), str(HERE / script), *arguments, str(result)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment(limits.threads),
                start_new_session=True,
            )
            wait(process, limits)
        if not result.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise WorkerError(lines[-1] if lines else f"ended with {process.returncode}")
        return json.loads(result.read_text(encoding="utf-8"))
