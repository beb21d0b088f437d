# ruff: noqa: F811 (fixtures are imported)
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import postgres  # noqa: F401

from aifactory_nb import tracking
from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import register
from aifactory_nb.store import Store
from aifactory_nb.tracking import SyncReport, behind_mark, sync, tracking_client

PIPELINE = "flights@replay"
NAME = "flights-replay"
CARD = {
    "task": "binary",
    "columns": {"hour": "Int64"},
    "parameters": {"num_leaves": 31},
    "rounds": 20,
    "training": {"rows": 400, "split": "time"},
    "lineage": {"features": 7},
    "package": "0.1.0",
    "holdout": {"model": {"auc": 0.7, "brier": None}, "logistic": {"auc": 0.68}},
}


class Workspace:
    """A workspace whose models are folders with a card."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "settings.ini").touch()
        self.root = folder / "store"
        self.store = Store(self.root, PIPELINE)
        self.ledger = Ledger(f"sqlite:///{self.root}/ledger.db", actor="ada")
        self.uri = f"sqlite:///{self.root}/mlflow.db"

    def add_version(self, seed: int) -> int:
        folder = self.store.folder("artifacts", "candidate", str(seed))
        folder.mkdir(parents=True)
        (folder / "model.json").write_text(json.dumps({**CARD, "seed": seed}))
        (folder / "model.txt").write_text("trees")
        return register(self.store, self.ledger, PIPELINE, f"run-{seed}", folder, {})

    def sync(self) -> SyncReport:
        return sync(self.ledger, self.root, self.uri)


@pytest.fixture(scope="module")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without content: making one takes seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    tracking_client(f"sqlite:///{path}").search_registered_models()
    return path


@pytest.fixture
def workspace(tmp_path: Path, empty_mlflow: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path)
    shutil.copy(empty_mlflow, workspace.root / "mlflow.db")
    workspace.add_version(1)
    yield workspace
    workspace.ledger.close()


def test_version_is_mirrored(workspace: Workspace) -> None:
    """A model version becomes a registered model version with its run, metrics, parameters and tags."""
    assert workspace.sync() == SyncReport(versions=1, aliases=0)

    client = tracking_client(workspace.uri)
    version = client.get_model_version(NAME, "1")
    run = client.get_run(version.run_id)
    assert version.tags["aifactory.digest"] == workspace.ledger.model(PIPELINE, 1)["digest"]
    assert run.data.metrics == {"auc": 0.7, "logistic.auc": 0.68}
    assert run.data.params["num_leaves"] == "31" and run.data.params["training.rows"] == "400"
    assert run.data.tags["aifactory.table.features"] == "7"
    assert (run.info.status, run.info.run_name) == ("FINISHED", "v0001")


def test_the_models_of_a_segment_are_mirrored(workspace: Workspace) -> None:
    """Under a name of their own, with their champion, whatever the value of the segment holds."""
    product = f"{PIPELINE}/city=a%2Fb%27c"
    store = Store(workspace.root, product)
    folder = workspace.store.folder("artifacts", "candidate", "1")
    register(store, workspace.ledger, product, "run-2", folder, {})
    workspace.ledger.set_alias(product, "champion", 1, "ada", "first", {})
    workspace.sync()

    client = tracking_client(workspace.uri)
    name = f"{NAME}-city=a%2Fb%27c"
    version = client.get_model_version(name, "1")
    assert version.tags["aifactory.pipeline"] == product
    assert {**client.get_registered_model(name).aliases} == {"champion": 1}
    paths = [item.path for item in client.list_artifacts(version.run_id, "model")]
    assert "model/model.txt" in paths
    assert workspace.sync() == SyncReport(versions=0, aliases=0)


def test_files_are_mirrored_into_the_store(workspace: Workspace, monkeypatch, tmp_path) -> None:
    """The files of a version lie in the store, whatever folder the process runs in."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    workspace.sync()

    client = tracking_client(workspace.uri)
    run = client.get_model_version(NAME, "1").run_id
    assert {item.path for item in client.list_artifacts(run, "model")} == {
        "model/model.json",
        "model/model.txt",
    }
    assert list((workspace.root / "mlflow" / NAME).glob("*/artifacts/model/model.txt"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_second_sync_does_nothing(workspace: Workspace) -> None:
    """A mirror that is complete is left alone."""
    workspace.ledger.set_alias(PIPELINE, "champion", 1, "ada", "first", {})
    workspace.sync()

    assert workspace.sync() == SyncReport(versions=0, aliases=0)
    client = tracking_client(workspace.uri)
    assert len(client.search_model_versions(f"name = '{NAME}'")) == 1


def test_aliases_follow_the_ledger(workspace: Workspace) -> None:
    """An alias that moved moves in the mirror, and one that was taken away goes away."""
    workspace.add_version(2)
    workspace.ledger.set_alias(PIPELINE, "champion", 1, "ada", "first", {})
    workspace.ledger.set_alias(PIPELINE, "shadow", 1, "ada", "watch", {})
    workspace.sync()
    workspace.ledger.set_alias(PIPELINE, "champion", 2, "ada", "better", {})
    workspace.ledger.set_alias(PIPELINE, "shadow", None, "ada", "seen enough", {})

    assert workspace.sync() == SyncReport(versions=0, aliases=2)
    client = tracking_client(workspace.uri)
    found = client.get_registered_model(NAME).aliases
    assert {alias: int(version) for alias, version in found.items()} == {"champion": 2}


def test_alias_of_somebody_else_stays(workspace: Workspace) -> None:
    """An alias that people set in MLflow and the ledger does not know is not touched."""
    workspace.sync()
    client = tracking_client(workspace.uri)
    client.set_registered_model_alias(NAME, "favourite", "1")

    workspace.sync()

    assert "favourite" in client.get_registered_model(NAME).aliases


def test_interrupted_sync_is_completed(workspace: Workspace, monkeypatch) -> None:
    """A sync that died between the run and the version is completed without a second run."""
    from mlflow import MlflowClient

    def die(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_model_version", die)
        with pytest.raises(KeyboardInterrupt):
            workspace.sync()

    assert workspace.sync().versions == 1
    client = tracking_client(workspace.uri)
    experiment = client.get_experiment_by_name(NAME)
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id])) == 1


def test_version_number_taken_in_mlflow(workspace: Workspace) -> None:
    """An alias points to the right version when somebody made a version in MLflow by hand."""
    client = tracking_client(workspace.uri)
    client.create_registered_model(NAME)
    client.create_model_version(NAME, "runs:/0/model")
    workspace.ledger.set_alias(PIPELINE, "champion", 1, "ada", "first", {})

    workspace.sync()

    champion = client.get_model_version_by_alias(NAME, "champion")
    assert int(champion.version) == 2 and champion.tags["aifactory.version"] == "1"


def test_version_without_a_folder_is_mirrored(workspace: Workspace) -> None:
    """A version whose folder is gone is mirrored without files."""
    shutil.rmtree(workspace.store.model_folder(1))

    assert workspace.sync().versions == 1


@pytest.mark.long
def test_two_processes_make_no_second_version(workspace: Workspace) -> None:
    """Two syncs at the same time mirror each version once."""
    command = [sys.executable, "-m", "aifactory_nb.tracking", str(workspace.folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    told = [process.communicate() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sorted("1 versions" in lines for lines, _ in told) == [False, True]
    assert [errors for _, errors in told] == ["", ""]  # nothing of MLflow's own
    client = tracking_client(workspace.uri)
    assert len(client.search_model_versions(f"name = '{NAME}'")) == 1


def test_process_says_what_it_did(workspace: Workspace, capsys) -> None:
    """The background process prints one line."""
    assert tracking.main([str(workspace.folder)]) == 0
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert told.endswith("mlflow.db: 1 versions and 0 aliases brought up to date.\n")


def test_mlflow_away_is_one_message(workspace: Workspace, monkeypatch, capsys) -> None:
    """When MLflow cannot be reached, one message says so, and what happens next."""
    monkeypatch.setenv("AIFACTORY_TRACKING_URI", "postgresql://ada:secret@127.0.0.1:1/mlflow")

    assert tracking.main([str(workspace.folder)]) == 1
    message = capsys.readouterr().err
    assert "could not be brought up to date" in message and "The ledger has everything" in message
    assert "secret" not in message and "Traceback" not in message


def test_tracking_switched_off(workspace: Workspace, monkeypatch, capsys) -> None:
    """A workspace that does not want MLflow gets none."""
    monkeypatch.setenv("AIFACTORY_TRACKING_ENABLED", "false")

    assert tracking.main([str(workspace.folder)]) == 0
    assert "switched off" in capsys.readouterr().out


def test_no_workspace_is_one_message(tmp_path: Path, capsys) -> None:
    """A folder that is no workspace is one message and its exit code."""
    assert tracking.main([str(tmp_path / "none")]) == 3
    assert "No workspace" in capsys.readouterr().err


def test_telemetry_is_off(workspace: Workspace) -> None:
    """MLflow's telemetry is off in every process that mirrors."""
    tracking_client(workspace.uri)

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["DO_NOT_TRACK"] == "true"


def test_importing_tracking_does_not_import_mlflow() -> None:
    """The import of the module does not pay for MLflow."""
    code = "import sys, aifactory_nb.tracking; print('mlflow' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"


def test_mirror_on_postgresql(workspace: Workspace, postgres: str) -> None:
    """MLflow on PostgreSQL is a mirror like any other, by the same short URL as the ledger."""
    workspace.ledger.set_alias(PIPELINE, "champion", 1, "ada", "first", {})

    first = sync(workspace.ledger, workspace.root, postgres)
    again = sync(workspace.ledger, workspace.root, postgres)

    client = tracking_client(postgres)
    version = client.get_model_version_by_alias(NAME, "champion")
    assert (first, again) == (SyncReport(1, 1), SyncReport(0, 0))
    assert client.get_run(version.run_id).data.metrics == {"auc": 0.7, "logistic.auc": 0.68}
    assert {item.path for item in client.list_artifacts(version.run_id, "model")} == {
        "model/model.json",
        "model/model.txt",
    }


def test_mlflow_that_was_away_is_caught_up(workspace: Workspace, monkeypatch, capsys) -> None:
    """A mirror that could not be brought up to date is marked as behind until it could."""
    mark = behind_mark(workspace.root)
    begin = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setenv("AIFACTORY_TRACKING_URI", "postgresql://ada:secret@127.0.0.1:1/mlflow")
        assert tracking.main([str(workspace.folder)]) == 1
    took = time.monotonic() - begin
    away = mark.exists()
    assert tracking.main([str(workspace.folder)]) == 0

    told = capsys.readouterr()
    assert "Connection refused" in told.err
    assert took < 20
    assert (away, mark.exists()) == (True, False)
    assert "1 versions and 0 aliases" in told.out
