"""Runs on a real Dask cluster: processes with folders of their own, the store on S3, the ledger on PostgreSQL."""
# ruff: noqa: F811 (fixtures are imported)

import signal
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster, cluster, execute_and, executor_of, keys, lingering, settings, wait_for  # noqa: F401
from conftest import stage_cells, write_notebook
from servers import free_port, postgres, s3, s3_server  # noqa: F401

from aifactory_nb.dask_executor import DaskExecutor, open_executor
from aifactory_nb.errors import DataError, SettingsError
from aifactory_nb.execution import Runner, StageEvent
from aifactory_nb.ledger import Ledger
from aifactory_nb.notebook import printed_text
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import resume_run, start_run
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.stage import time_window
from aifactory_nb.store import Store

FRAME = "import polars as pl\nframe = pl.DataFrame({'n': [1, 2, 3]})"
NOTEBOOKS = ("01_make.ipynb", "02_use.ipynb")


@pytest.fixture
def stages(workspace: Path) -> None:
    """Two small stages, `make`, which reads the files of the source, and `use`; and a module of the workspace."""
    (workspace / "shapes.py").write_text("FACTOR = 7\n")
    where = "import os\nprint('in', os.getcwd())"
    make = stage_cells("make", FRAME, "stage.write('rows', frame)", where)
    write_notebook(workspace, "make", make, reads=["source"], writes=["rows"])
    use = stage_cells(
        "use",
        "from shapes import FACTOR",
        where,
        "(stage.folder / 'page.html').write_text('fine')",
        "stage.output('total', int(stage.read('rows').collect()['n'].sum()) * FACTOR)",
    )
    write_notebook(workspace, "use", use, reads=["rows"], writes=["total"])


def start(
    settings: Settings, executor: DaskExecutor, *names: str, **parameters: dict[str, Any]
) -> Runner:
    """A run of some stages on the cluster."""
    pipeline = load_pipeline(settings.workspace, "shop")
    request = Request(list(names), time_window(pipeline), parameters)
    return start_run(settings, pipeline, [request], executor=executor)


WRITE = "stage.write('rows', pl.DataFrame({'n': [1, 2, 3]}))"


def write_lingering(workspace: Path, folder: Path, then: str = WRITE) -> None:
    """A stage `make` that lingers before it writes its rows."""
    cells = stage_cells("make", lingering(folder, then))
    write_notebook(workspace, "make", cells, writes=["rows"])


@pytest.mark.long
def test_a_line_is_carried_out_by_the_workers(
    settings: Settings, stages: None, cluster: Cluster
) -> None:
    """They run in folders of the workers; what they leave behind lies here, progress is told live; files are read here."""
    events: list[StageEvent] = []
    runner = start(settings, executor_of(settings, cluster), "make", "use")
    runner.listener = events.append
    outcome = runner.execute()

    assert outcome.status == "succeeded", outcome.message
    assert runner.results[1].outputs[0].pin == 42
    places = [printed_text(next(runner.folder.glob(f"*/{name}"))) for name in NOTEBOOKS]
    assert f"in {settings.workspace}\n" in f"{places[0]}\n"
    assert f"in {cluster.folder}/worker" in places[1]
    assert (runner.folder / "page.html").read_text() == "fine"
    assert [event.cell for event in events if event.step.stage == "use"][:3] == [0, 1, 2]


def test_a_stage_on_a_worker_fits_with_all_workers(
    workspace: Path, settings: Settings, cluster: Cluster
) -> None:
    """It does not keep the thread that its own fit waits for."""
    fit = (
        "import numpy as np, polars as pl\n"
        "from aifactory_nb.model import Model, ModelSpec\n"
        "number = np.random.default_rng(1).normal(size=3000)\n"
        "frame, label = pl.DataFrame({'number': number}), pl.Series(number)\n"
        "spec = ModelSpec('regression', rounds=5, distributed=distributed)\n"
        "text = Model.fit(frame, label, spec).text()\n"
        "stage.output('rows', [line for line in text.splitlines() if 'num_machines' in line][0])"
    )
    own = 'distributed: str = ""  # scheduler'
    write_notebook(workspace, "make", stage_cells("make", fit), own, writes=["rows"])
    address = {"distributed": cluster.address}
    runner = start(settings, executor_of(settings, cluster), "make", make=address)
    outcome = runner.execute()

    assert outcome.status == "succeeded", outcome.message
    assert runner.results[0].outputs[0].pin == "[num_machines: 3]"


def test_a_killed_worker_loses_its_stage_to_another(
    workspace: Path, tmp_path: Path, settings: Settings, cluster: Cluster
) -> None:
    """Its stage runs again elsewhere: one success, the second attempt, each row once."""
    write_lingering(workspace, tmp_path)
    runner = start(settings, executor_of(settings, cluster), "make")

    outcome = execute_and(runner, tmp_path, lambda pid: cluster.kill(cluster.worker_of(pid)))

    assert outcome.status == "succeeded", outcome.message
    row = Ledger(settings.ledger_url).stage_runs(runner.run)[0]
    assert (row["status"], row["attempt"]) == ("succeeded", 2)
    ends = [
        event
        for event in Ledger(settings.ledger_url).audit_events()
        if event["action"] == "stage.end"
    ]
    assert len(ends) == 1
    store = Store(settings.store_folder, "shop")
    assert store.version("rows") == 0
    assert store.scan("rows").collect()["n"].to_list() == [1, 2, 3]


def test_a_worker_that_was_taken_for_lost_changes_nothing(
    workspace: Path, tmp_path: Path, settings: Settings, keys: dict[str, str]
) -> None:
    """The scheduler gives up a worker that is silent; its kernel lives on, and what it then wants to write is refused."""
    then = (
        "try:\n"
        f"    {WRITE}\n"
        "except Exception as error:\n"
        "    (folder / 'refused').write_text(str(error))\n"
        "    raise"
    )

    async def give_up(address: str, dask_scheduler: Any) -> None:
        await dask_scheduler.remove_worker(address, stimulus_id="silent", close=False)

    write_lingering(workspace, tmp_path, then)
    with Cluster(tmp_path / "cluster", 2, keys) as cluster:
        executor = executor_of(settings, cluster)
        runner = start(settings, executor, "make")

        def freeze(pid: int) -> None:
            name = cluster.worker_of(pid)
            workers = executor.client.scheduler_info()["workers"]
            address = next(place for place, told in workers.items() if told["name"] == name)
            cluster.send(name, signal.SIGSTOP)
            executor.client.run_on_scheduler(give_up, address)

        outcome = execute_and(runner, tmp_path, freeze)
        (tmp_path / "go").touch()
        refused = wait_for(tmp_path / "refused")

    assert outcome.status == "succeeded", outcome.message
    assert "is not at work: it has ended" in refused
    assert Store(settings.store_folder, "shop").version("rows") == 0


def test_a_failed_cell_is_told_as_from_here(
    workspace: Path, settings: Settings, cluster: Cluster
) -> None:
    """The message names the cell and the reason, the notebook lies here with the traceback, the exit code is that of the error."""
    raised = "from aifactory_nb.errors import DataError\nraise DataError('it is torn')"
    write_notebook(workspace, "make", stage_cells("make", raised), writes=["rows"])
    runner = start(settings, executor_of(settings, cluster), "make")
    outcome = runner.execute()

    assert (outcome.status, outcome.exit_code) == ("failed", DataError.exit_code)
    assert "failed in cell 4: it is torn" in outcome.message
    assert "DataError" in printed_text(next(runner.folder.glob("*/01_make.ipynb")))


def test_a_stopped_run_ends_the_kernel_on_the_worker(
    workspace: Path, tmp_path: Path, settings: Settings, cluster: Cluster
) -> None:
    """The stage is interrupted, its notebook comes back, its process is gone; the run is taken up later."""
    write_lingering(workspace, tmp_path)
    runner = start(settings, executor_of(settings, cluster), "make")

    outcome = execute_and(runner, tmp_path, lambda _: runner.stop.set())

    assert outcome.status == "interrupted", outcome.message
    assert not Path(f"/proc/{(tmp_path / 'begun').read_text()}").exists()
    assert next(runner.folder.glob("*/01_make.ipynb"))
    resumed = resume_run(settings, runner.run, executor=executor_of(settings, cluster)).execute()
    assert resumed.status == "succeeded", resumed.message


@pytest.mark.long
def test_a_scheduler_that_vanishes_fails_the_run(
    workspace: Path, tmp_path: Path, settings: Settings, keys: dict[str, str]
) -> None:
    """The message says so, and the run can be taken up on another cluster, or here."""
    write_lingering(workspace, tmp_path)
    with Cluster(tmp_path / "cluster", 1, keys) as cluster:
        runner = start(settings, executor_of(settings, cluster), "make")
        outcome = execute_and(runner, tmp_path, lambda _: cluster.kill("scheduler"))

    assert outcome.status == "failed"
    assert f"connection to the Dask scheduler {cluster.address} was lost" in outcome.message
    assert resume_run(settings, runner.run).execute().status == "succeeded"


def test_a_worker_with_another_version_is_refused(
    settings: Settings, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything runs, with what differs and on which worker."""
    monkeypatch.setattr("aifactory_nb.dask_worker.__version__", "9.9.9")

    with pytest.raises(SettingsError, match=r"worker tcp://\S+ cannot .* instead of 9\.9\.9"):
        executor_of(settings, cluster)


def test_a_store_in_a_folder_needs_workers_on_this_machine(
    workspace: Path, stages: None, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With several processes on one machine it works; a worker on another one is refused with what to set."""
    (workspace / "settings.ini").write_text("[tracking]\nenabled = false\n")
    settings = load_settings(workspace)
    outcome = start(settings, executor_of(settings, cluster), "make", "use").execute()

    assert outcome.status == "succeeded", outcome.message
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    with pytest.raises(SettingsError, match=r"files on elsewhere, and this worker runs on .*s3://"):
        executor_of(settings, cluster)


def test_a_scheduler_that_is_not_there_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is not begun."""
    monkeypatch.setattr("aifactory_nb.cluster.CONNECT_SECONDS", 1.0)
    with pytest.raises(SettingsError, match="Name the Dask scheduler"):
        open_executor(settings, "shop", kind="dask")
    with pytest.raises(SettingsError, match="does not answer"):
        open_executor(settings, "shop", scheduler=f"tcp://127.0.0.1:{free_port()}")
    assert Ledger(settings.ledger_url).runs() == []


@pytest.mark.long
def test_a_cluster_without_workers_fails_the_run(
    workspace: Path,
    tmp_path: Path,
    settings: Settings,
    keys: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last worker was killed: the run does not wait for ever, and says what to do."""
    write_lingering(workspace, tmp_path)
    monkeypatch.setattr("aifactory_nb.dask_executor.WORKER_SECONDS", 2.0)
    with Cluster(tmp_path / "cluster", 1, keys) as cluster:
        runner = start(settings, executor_of(settings, cluster), "make")
        outcome = execute_and(runner, tmp_path, lambda _: cluster.kill("worker1"))

    assert outcome.status == "failed"
    assert f"has had no worker for 2 seconds. Start some: dask worker {cluster.address}" in (
        outcome.message
    )
