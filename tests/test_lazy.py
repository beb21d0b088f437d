"""Modules that are imported when they are used, and a run that needs none of the heavy ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.code_files import PACKAGE
from aifactory_nb.lazy import Lazy

RUN = """
import sys
from aifactory_nb.cli import main
sys.argv = ["aifactory", "run", "shop", "--until", "ingest"]
try:
    main()
except SystemExit as end:
    assert not end.code
heavy = {"polars", "numpy", "deltalake", "pyarrow", "pandas", "nbformat", "nbclient", "papermill", "IPython", "mlflow"}
print(sorted(heavy & set(sys.modules)))
"""


def test_a_name_is_looked_up_when_it_is_used() -> None:
    """The stand-in answers as the module does."""
    assert Lazy("math").floor(1.5) == 1


@pytest.mark.long
def test_a_run_without_work_imports_nothing_heavy(workspace: Path) -> None:
    """Neither tables nor notebooks are needed to see that nothing has changed."""
    cells = stage_cells(
        "ingest", "import polars as pl", "stage.write('raw', pl.DataFrame({'n': [1]}))"
    )
    write_notebook(workspace, "ingest", cells, writes=["raw"])
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            cwd=workspace,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    assert "Nothing to do" in done.stdout and done.stdout.splitlines()[-1] == "[]"
