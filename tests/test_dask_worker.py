"""What a worker does with a stage; the cluster around it is in test_dask_executor."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb import dask_worker, parcel
from aifactory_nb.dask_worker import error_of, error_values, execute, facts, look, stop_work
from aifactory_nb.errors import BusyError, DataError, LedgerError, SettingsError, StageError
from aifactory_nb.ledger import Ledger
from aifactory_nb.notebook import CellProgress, NotebookError
from aifactory_nb.parcel import settings_file, workspace_files
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.settings import Settings
from aifactory_nb.stage import time_window
from aifactory_nb.template import find_template

FRAME = "import polars as pl\nstage.write('rows', pl.DataFrame({'n': [1, 2]}))"


def work_of(settings: Settings, *body: str, **told: Any) -> dict[str, Any]:
    """What a worker is told of a stage `make` that is at work in the ledger."""
    write_notebook(settings.workspace, "make", stage_cells("make", *body), writes=["rows"])
    pipeline = load_pipeline(settings.workspace, "shop")
    window = time_window(pipeline)
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("first", "shop", "run", {}, stages=1)
    ledger.plan_stage("first", 0, "make", window.label)
    ledger.start_stage("first", 0, "key", 1, "01_make.ipynb")
    begun = ledger.stage_runs("first")[0]["started_at"]
    return {
        "job": "make-1",
        "topic": "",
        "files": workspace_files(settings, pipeline, find_template(settings.workspace, "make")),
        "wanted": facts(settings),
        "notebook": f"{window.label}/01_make.ipynb",
        "parameters": {"pipeline": "shop", "run": "first"},
        "options": {"timeout": 60.0},
        "run": "first",
        "position": 0,
        "begun": begun,
        **told,
    }


def test_a_stage_leaves_its_notebook_its_result_and_its_files(
    tmp_path: Path, settings: Settings
) -> None:
    """By their names in the folder of the run; the table is in the store."""
    done = execute(
        work_of(settings, FRAME, "(stage.folder / 'page.html').write_text('fine')"),
        tmp_path / "there",
        lambda cell: None,
    )
    label = time_window(load_pipeline(settings.workspace, "shop")).label

    assert done["error"] is None
    assert sorted(done["files"]) == sorted(
        [f"{label}/01_make.ipynb", f"{label}/make.json", "page.html"]
    )


def test_a_stage_that_somebody_else_has_begun_again_ends(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker ends its kernel as soon as the ledger says so."""
    monkeypatch.setattr(dask_worker, "LOOK_SECONDS", 0.1)
    work, waits = work_of(settings, "import time\ntime.sleep(300)"), Event()

    def tell(cell: CellProgress) -> None:
        if cell.index == cell.total - 1:
            waits.set()

    def take() -> None:
        waits.wait(60)
        Ledger(settings.ledger_url).take_stage("first", 0, work["begun"])

    taker = Thread(target=take)
    taker.start()
    done = execute(work, tmp_path / "there", tell)
    taker.join()

    assert done["error"]["interrupted"]


def test_a_worker_with_another_version_refuses_the_stage(
    tmp_path: Path, settings: Settings
) -> None:
    """Also one that came later than the look at all workers; nothing was run."""
    work = work_of(settings, FRAME)
    work["wanted"] |= {"aifactory_nb": "9.9.9"}
    done = execute(work, tmp_path / "there", lambda cell: None)

    assert isinstance(error_of(done["error"]), SettingsError)
    assert "instead of 9.9.9" in done["error"]["message"] and done["files"] == {}


def test_a_worker_with_another_ledger_refuses_the_stage(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage would be a run of its own there."""
    work = work_of(settings, FRAME)
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", f"sqlite:///{tmp_path}/other.db")
    done = execute(work, tmp_path / "there", lambda cell: None)

    assert "does not know run first" in done["error"]["message"]


def test_a_file_that_is_too_large_fails_the_stage(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says where it should be instead."""
    work = work_of(settings, "(stage.folder / 'big.bin').write_bytes(bytes(200_000))")
    monkeypatch.setattr(parcel, "MOST_BYTES", 100_000)
    done = execute(work, tmp_path / "there", lambda cell: None)

    assert isinstance(error_of(done["error"]), DataError)
    assert "big.bin has 200,000 bytes" in done["error"]["message"]


def test_what_a_worker_lacks_is_found_before_anything_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger out of reach, for want of a password as well."""
    files = {"settings.ini": settings_file(settings)}
    assert look(files, facts(settings), "shop") == ""
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", "postgresql://ada@127.0.0.1:1/ledger")

    assert "ledger" in look(files, {}, "shop")


def test_a_job_that_is_not_here_is_not_stopped() -> None:
    """The answer says so."""
    assert stop_work("unknown") is False


@pytest.mark.parametrize(
    ("error", "kind", "exit_code"),
    [
        (NotebookError(3, "torn", error_name="DataError"), NotebookError, DataError.exit_code),
        (NotebookError(1, "interrupted", interrupted=True), NotebookError, StageError.exit_code),
        (LedgerError("gone"), LedgerError, LedgerError.exit_code),
        (BusyError("at work"), BusyError, BusyError.exit_code),
        (ZeroDivisionError("by zero"), StageError, StageError.exit_code),
    ],
)
def test_errors_arrive_as_they_were(error: Exception, kind: type, exit_code: int) -> None:
    """Their class, fields and exit codes; one that is not ours is a failed stage, with its name."""
    found = error_of(error_values(error))

    assert type(found) is kind and found.exit_code == exit_code
    assert "by zero" not in str(error) or "ZeroDivisionError: by zero" in str(found)
