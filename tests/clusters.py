"""A real Dask cluster for tests: a scheduler and workers, each a process with a folder and an environment of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from servers import S3, S3_CREDENTIALS, fresh_postgres

from aifactory_nb.dask_executor import DaskExecutor, open_executor
from aifactory_nb.execution import Runner
from aifactory_nb.outcome import Outcome
from aifactory_nb.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300.0  # seconds: a machine may be busy with other work
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
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = re.search(pattern, self.log(name))
            if found:
                return found[1]
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"The {name} did not start: {self.log(name)}")


@pytest.fixture
def settings(workspace: Path, s3: S3, postgres: str) -> Settings:
    """A workspace whose store is on S3 and whose ledger is on PostgreSQL."""
    (workspace / "settings.ini").write_text(
        f"[store]\npath = {s3.url}/factory\nendpoint = {s3.endpoint}\nregion = {s3.region}\n"
        f"[ledger]\nurl = {postgres}\n[tracking]\nenabled = false\n"
    )
    return load_settings(workspace)


@pytest.fixture(scope="module")
def keys(request: pytest.FixtureRequest) -> dict[str, str]:
    """What workers have in their environment: keys of the store, the password of the ledger."""
    password = urlsplit(fresh_postgres(request)).password
    return {**S3_CREDENTIALS, "PGPASSWORD": str(password)}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> Iterator[Cluster]:
    """Three workers."""
    with Cluster(tmp_path_factory.mktemp("cluster"), 3, keys) as started:
        yield started


def executor_of(settings: Settings, cluster: Cluster) -> DaskExecutor:
    """An executor for a cluster."""
    executor = open_executor(settings, "shop", scheduler=cluster.address)
    assert isinstance(executor, DaskExecutor)
    return executor


def wait_for(path: Path) -> str:
    """The content of a file as soon as it has some."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if path.is_file() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise TimeoutError(f"{path} was not written.")


def lingering(folder: Path, then: str) -> str:
    """A cell that tells the process of its first attempt and then lingers; later attempts go on at once."""
    return (
        "import os, pathlib, time, polars as pl\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "begun = folder / 'begun'\n"
        "first = not begun.exists()\n"
        "if first:\n"
        "    begun.write_text(str(os.getpid()))\n"
        "    while not (folder / 'go').exists():\n"
        "        time.sleep(0.05)\n" + then
    )


def execute_and(runner: Runner, folder: Path, act: Callable[[int], object]) -> Outcome:
    """Carry out a run, and do something to the process of the stage that lingers as soon as it has begun."""

    def when_begun() -> None:
        try:
            act(int(wait_for(folder / "begun")))
        except BaseException:
            runner.stop.set()  # or the stage would linger for ever
            raise

    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(when_begun)
        outcome = runner.execute()
        acting.result()
    return outcome
