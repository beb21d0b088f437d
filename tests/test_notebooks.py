"""The notebooks are the documentation: each runs from top to bottom, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))


def left_behind():
    """The files and folders that a notebook may have made."""
    return {path for folder in (ROOT, ROOT / "nbs") for path in folder.iterdir()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    """All cells run and all their assertions hold, in an environment without settings of the user."""
    environment = {
        **{name: value for name, value in os.environ.items() if "AIFACTORY" not in name},
        "HOME": str(tmp_path),
        "POLARS_MAX_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    before = left_behind()

    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "run_notebook.py", path],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    assert {path.name for path in left_behind() - before} <= {".ipynb_checkpoints", "__pycache__"}


def test_there_are_notebooks():
    """An empty folder would pass every other test."""
    assert len(NOTEBOOKS) > 20
