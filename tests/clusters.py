"""A real Dask cluster for tests: a scheduler and workers, each a process with a folder and an environment of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 60.0  # seconds
# one for all clusters: a process with the libraries loaded is for one home, and takes seconds to be started
HOME = TemporaryDirectory(prefix="aifactory-home-", ignore_cleanup_errors=True)
PROGRAM = "from distributed.cli.dask_{0} import main; main()"


class Cluster:
    """A scheduler on the loopback address, with workers of one thread; used as a context manager."""

    def __init__(self, folder: Path, workers: int, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = ""
        self.count = workers

    def __enter__(self) -> "Cluster":
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self._start("scheduler", "scheduler", options)
        self.address = self._said("scheduler", r"Scheduler at:\s+(tcp://\S+)")
        names = [self.start_worker(number) for number in range(1, self.count + 1)]
        for name in names:
            self._said(name, r"Registered to:\s+(tcp://\S+)")
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(self.processes):
            self.kill(name)

    def start_worker(self, number: int) -> str:
        """Start a worker; its name."""
        name = f"worker{number}"
        options = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        own = ["--name", name, "--memory-limit", "0", "--local-directory", str(self.folder / name)]
        self._start(name, "worker", [*options, *own])
        return name

    def kill(self, name: str) -> None:
        """Kill a process at once, as when its machine loses power."""
        self.send(name, signal.SIGKILL)
        self.processes[name].wait()

    def send(self, name: str, number: int) -> None:
        """Send a signal to a process."""
        self.processes[name].send_signal(number)

    def worker_of(self, pid: int) -> str:
        """The name of the worker in whose folder this process is at work; it need not be a child of it."""
        place = os.readlink(f"/proc/{pid}/cwd")
        return Path(place).relative_to(self.folder).parts[0]

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / name / "log.txt").read_text()

    def _start(self, name: str, program: str, options: list[str]) -> None:
        place = self.folder / name
        place.mkdir(parents=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": HOME.name,
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
            **self.environment,
        }
        command = [sys.executable, "-c", PROGRAM.format(program), *options]
        with (place / "log.txt").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=place, env=environment, stdout=log, stderr=log
            )

    def _said(self, name: str, pattern: str) -> str:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            found = re.search(pattern, self.log(name))
            if found:
                return found[1]
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"The {name} did not start: {self.log(name)}")
