"""The workbench inside a notebook: what is imported, and what a saved notebook shows."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import record_gate

from aifactory_nb import widgets
from aifactory_nb.code_files import PACKAGE
from aifactory_nb.settings import Settings

CELLS = [
    "from aifactory_nb.widgets import GateReport, RunBoard, StageLauncher",
    'launcher = StageLauncher("train")\nlauncher',
    "RunBoard()",
    "GateReport()",
]
LIGHT = """
import sys
import aifactory_nb.widgets
heavy = {"ipywidgets", "anywidget", "IPython", "polars", "numpy", "sqlalchemy"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def executed(settings: Settings, tmp_path: Path) -> nbformat.NotebookNode:
    """A notebook with widgets that papermill has executed."""
    record_gate(settings)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, tmp_path / "in.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "in.ipynb", "out.ipynb"]
    words = [*command, "--cwd", str(settings.workspace)]
    subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=True)
    return nbformat.read(tmp_path / "out.ipynb", as_version=4)


def test_an_executed_notebook_shows_tables(executed: nbformat.NotebookNode) -> None:
    """No widget that nobody could bring to life: GitHub and nbconvert show the tables too."""
    outputs = [cell.outputs[0].data for cell in executed.cells[1:]]

    assert all(set(data) == {"text/plain", "text/html"} for data in outputs)
    form, board, gates = (data["text/html"] for data in outputs)
    assert "num_leaves" in form and "aifactory run shop --only train" in form
    assert "✓ succeeded" in board and "at least 0.7" in gates


def test_widgets_are_imported_when_they_are_named() -> None:
    """The module itself costs nothing."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", LIGHT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
    assert dir(widgets) == ["GateReport", "LabelQueue", "RunBoard", "StageLauncher"]
    with pytest.raises(AttributeError, match="Did you mean 'RunBoard'"):
        widgets.RunBord  # noqa: B018
