"""A run on a Dask cluster of which a worker is killed in the middle of a stage, told step by step.

    PYTHONPATH=tests python benchmarks/dask_run.py [--stage train] [--workers 3]

Real processes: a scheduler and workers in folders of their own, a PostgreSQL ledger, an S3 server (moto) as the store. The build
line of flight_delay runs, the worker that fits the model is killed (-9), and what the ledger and the store hold at the end is
printed. Then a second run is stopped in the same stage, and resumed. Everything is removed afterwards.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from clusters import Cluster
from servers import (
    S3,
    S3_CREDENTIALS,
    PostgresServer,
    _postgres_programs,
    _wait_for_answer,
    free_port,
)

from aifactory_nb.dask_executor import DaskExecutor
from aifactory_nb.execution import Runner, StageEvent
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import resume_run, start_run
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.stage import time_window
from aifactory_nb.store import Store
from aifactory_nb.workspace import init_workspace

PIPELINE = "flight_delay"
BEGIN = time.monotonic()


def tell(text: str) -> None:
    """A line with the seconds since the beginning."""
    print(f"{time.monotonic() - BEGIN:6.1f} s  {text}", flush=True)


@contextmanager
def s3_server() -> Iterator[S3]:
    """A bucket on an S3 server of its own."""
    port = free_port()
    program = Path(sys.executable).parent / "moto_server"
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, "-p", str(port)], stdout=quiet, stderr=quiet)
    try:
        server = S3(f"http://127.0.0.1:{port}", f"factory-{secrets.token_hex(3)}")
        _wait_for_answer(f"{server.endpoint}/moto-api/", process)
        server.client().create_bucket(Bucket=server.bucket)
        yield server
    finally:
        process.kill()
        process.wait()


class Watch:
    """Tells what a run does, and acts once when a stage is in its third cell on a worker."""

    def __init__(self, executor: DaskExecutor, stage: str, act: Callable[[str], None]) -> None:
        self.executor, self.stage, self.act = executor, stage, act
        self.places: dict[str, str] = {}
        self.acted = False

    def _worker(self, stage: str) -> str:
        """The name of the worker that is at work on a stage; nothing when it is carried out here."""
        for job, address in list(self.executor.begun.items()):
            if job.startswith(f"{stage}-"):
                workers = self.executor.client.scheduler_info()["workers"]
                return str(workers[address]["name"]) if address in workers else ""
        return ""

    def listen(self, event: StageEvent) -> None:
        """Hear of a change."""
        stage = event.step.stage
        if event.status != "running":
            place = self.places.get(stage, "this machine")
            tell(f"{stage}: {event.status} on {place} after {event.seconds:.1f} s")
        elif event.cell > 1 and event.cell % 2:
            Thread(target=self._look, args=(stage, event.cell, event.cells), daemon=True).start()

    def _look(self, stage: str, cell: int, cells: int) -> None:
        worker = self._worker(stage)
        if worker and self.places.get(stage) != worker:
            tell(f"{stage}: at work on {worker}, cell {cell} of {cells}")
            self.places[stage] = worker
        if worker and stage == self.stage and not self.acted:
            self.acted = True
            self.act(worker)


def carry_out(
    settings: Settings,
    cluster: Cluster,
    stage: str,
    act: Callable[[Runner, str], None],
    resume: str = "",
) -> Runner:
    """A run on the cluster, to its end."""
    pipeline = load_pipeline(settings.workspace, PIPELINE)
    executor = DaskExecutor(settings, cluster.address, PIPELINE)
    if resume:
        runner = resume_run(settings, resume, executor=executor)
    else:
        request = Request(pipeline.lines.build, time_window(pipeline))
        runner = start_run(settings, pipeline, [request], fresh=True, executor=executor)
    runner.listener = Watch(executor, stage, lambda worker: act(runner, worker)).listen
    tell(f"run {runner.run} on {executor.workers} workers")
    outcome = runner.execute()
    tell(f"the run {outcome.status}: {outcome.counts} {outcome.message}".rstrip())
    return runner


def show(settings: Settings, run: str) -> None:
    """What the ledger and the store hold."""
    ledger, store = Ledger(settings.ledger_url), Store(settings.store_folder, PIPELINE)
    print("\n| stage | status | attempt |\n|---|---|---|")
    for row in ledger.stage_runs(run):
        print(f"| {row['stage']} | {row['status']} | {row['attempt']} |")
    versions = [model["version"] for model in ledger.models(PIPELINE)]
    audit = ledger.verify_audit()
    rows = {name: store.rows(name) for name in store.tables()}
    print(f"\nModel versions: {versions}. Champion: {ledger.alias(PIPELINE, 'champion')}.")
    print(f"Rows: {rows}.\nAudit trail: {audit.events} events, {audit.problem or 'intact'}.\n")


def main() -> None:
    """Run, kill, stop, resume."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", default="train", help="the stage in which the worker is killed")
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    programs = _postgres_programs()
    if programs is None:
        sys.exit("No PostgreSQL is installed here.")
    os.environ.update(S3_CREDENTIALS)
    database = PostgresServer(programs)
    keys = {**S3_CREDENTIALS, "PGPASSWORD": database.password}
    try:
        with tempfile.TemporaryDirectory() as name, s3_server() as s3:
            workspace = Path(name) / "factory"
            init_workspace(workspace, PIPELINE)
            (workspace / "settings.ini").write_text(
                f"[store]\npath = {s3.url}\nendpoint = {s3.endpoint}\n[ledger]\n"
                f"url = {database.fresh_database()}\n[tracking]\nenabled = false\n"
            )
            settings = load_settings(workspace)
            with Cluster(Path(name) / "cluster", options.workers, keys) as cluster:
                tell(f"a scheduler at {cluster.address} and {options.workers} workers")
                play(settings, cluster, options.stage)
    finally:
        database.close()


def play(settings: Settings, cluster: Cluster, stage: str) -> None:
    """The two runs."""

    def kill(runner: Runner, worker: str) -> None:
        tell(f"kill -9 {worker}, which is at work on {stage}")
        cluster.kill(worker)

    show(settings, carry_out(settings, cluster, stage, kill).run)
    stopped = []

    def stop(runner: Runner, worker: str) -> None:
        tell(f"stop the run, while {worker} is at work on {stage}")
        stopped.append(time.monotonic())
        runner.stop.set()

    runner = carry_out(settings, cluster, stage, stop)
    tell(f"stopped within {time.monotonic() - stopped[0]:.1f} s of being asked to")
    again = carry_out(settings, cluster, "", lambda *_: None, resume=runner.run)
    show(settings, again.run)


if __name__ == "__main__":
    main()
