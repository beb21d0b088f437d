"""Where a stage notebook is carried out."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from conftest import write_notebook

from aifactory_nb.executor import Job, LocalExecutor
from aifactory_nb.notebook import NotebookError, printed_text
from aifactory_nb.settings import Settings


def test_a_job_leaves_its_notebook_where_it_was_told(tmp_path: Path) -> None:
    """The executed notebook lies there, in the folder of the run, and progress is told for each cell."""
    template, told = write_notebook(tmp_path, "look", ["print(pipeline)"]), []
    job = Job(template, tmp_path / "run" / "01_look.ipynb", {"pipeline": "shop"})
    with LocalExecutor(Settings(tmp_path)) as executor:
        executor.carry_out(job, Event(), lambda cell: told.append((cell.index, cell.total)))

    assert printed_text(job.notebook) == "shop"
    assert told[-1] == (told[-1][1], told[-1][1])


def test_a_job_ends_at_its_time_limit_and_when_the_run_stops(tmp_path: Path) -> None:
    """Both are told apart."""
    template = write_notebook(tmp_path, "wait", ["import time\ntime.sleep(60)"])
    job, stop = Job(template, tmp_path / "out.ipynb", {}, timeout=0.5), Event()
    with LocalExecutor(Settings(tmp_path)) as executor:
        with pytest.raises(NotebookError, match="longer than"):
            executor.carry_out(job, stop, lambda cell: None)
        stop.set()
        with pytest.raises(NotebookError) as ended:
            executor.carry_out(replace(job, timeout=0), stop, lambda cell: None)

    assert ended.value.interrupted
