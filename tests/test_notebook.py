"""Kernels and executed notebooks."""

import ast
import json
from pathlib import Path

import pytest
from conftest import write_notebook

from aifactory_nb import notebook as notebook_module
from aifactory_nb import notebook_file
from aifactory_nb.errors import DataError, StageError, StoreError
from aifactory_nb.kernel import Kernels
from aifactory_nb.notebook import NotebookError, execute_notebook, printed_text
from aifactory_nb.outputs import MOST_OUTPUT


def test_a_kernel_starts_with_an_empty_namespace(tmp_path: Path) -> None:
    """What is imported ahead leaves no name behind."""
    names = "print(sorted(name for name in dir() if not name.startswith('_')))"
    path = write_notebook(tmp_path, "look", [names])
    with Kernels("python3", tmp_path) as kernels:
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)

    shown = set(ast.literal_eval(printed_text(tmp_path / "out.ipynb")))
    assert shown <= {
        "In",
        "Out",
        "end",
        "exit",
        "get_ipython",
        "inputs",
        "open",
        "pipeline",
        "quit",
        "run",
        "start",
    }


def test_a_kernel_runs_in_the_given_folder_with_limited_threads(tmp_path: Path) -> None:
    """The current folder and the thread limits of a stage are its own."""
    cell = "import os\nprint(os.getcwd(), os.environ['POLARS_MAX_THREADS'], os.environ['OMP_NUM_THREADS'])"
    path = write_notebook(tmp_path, "look", [cell])
    with Kernels("python3", tmp_path, threads=3) as kernels:
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)

    assert printed_text(tmp_path / "out.ipynb") == f"{tmp_path} 3 3"


def test_parameters_are_injected_behind_the_defaults(tmp_path: Path) -> None:
    """The executed notebook holds what it was given."""
    path = write_notebook(tmp_path, "look", ["print(pipeline, inputs)"])
    with Kernels("python3", tmp_path) as kernels:
        execute_notebook(
            path, tmp_path / "out.ipynb", {"pipeline": "a'b", "inputs": {"raw": 3}}, kernels
        )

    assert printed_text(tmp_path / "out.ipynb") == "a'b {'raw': 3}"


def carry_out(folder: Path, *cells: str) -> NotebookError | None:
    """Execute a notebook of these cells (behind its parameters); how it failed."""
    path = write_notebook(folder, "look", list(cells))
    with Kernels("python3", folder) as kernels:
        try:
            execute_notebook(path, folder / "out.ipynb", {}, kernels)
        except NotebookError as failure:
            return failure
    return None


def test_the_cause_of_a_failed_cell_is_known(tmp_path: Path) -> None:
    """An error of ours keeps its message, its class and its exit code."""
    failure = carry_out(
        tmp_path, "from aifactory_nb.errors import DataError\nraise DataError('a.csv is empty.')"
    )

    assert (failure.error_name, failure.reason) == ("DataError", "a.csv is empty.")
    assert failure.exit_code == DataError.exit_code


def test_an_error_of_another_kind_is_told_with_its_name(tmp_path: Path) -> None:
    """Any other error is a failed stage."""
    failure = carry_out(tmp_path, "{}['price']")

    assert (failure.error_name, failure.reason) == ("KeyError", "KeyError: 'price'")
    assert failure.exit_code == StageError.exit_code


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("import os\nos._exit(3)", "the kernel ended itself with exit code 3"),
        ("import os\nos.kill(os.getpid(), 9)", "the kernel was killed (signal 9)"),
        ("import os\nos.abort()", "the kernel crashed: Aborted (signal 6)"),
    ],
)
def test_a_cell_that_ends_its_kernel_is_told_of(tmp_path: Path, cell: str, message: str) -> None:
    """The notebook is kept: the cell at work is failed, the one behind it was never reached."""
    failure = carry_out(tmp_path, cell, "2")
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]

    assert message in failure.reason
    assert failure.cell == 2
    assert [cell["metadata"]["papermill"]["status"] for cell in cells] == [
        "completed",
        "failed",
        "pending",
    ]


def test_a_cell_that_prints_without_end_does_not_fill_the_disk(tmp_path: Path) -> None:
    """A hundred megabytes are cut off, and the notebook says so; the next cell shows what it shows."""
    failure = carry_out(
        tmp_path, "for _ in range(100):\n    print('x' * 1_000_000)", "print('later')"
    )
    text = printed_text(tmp_path / "out.ipynb")

    assert failure is None
    assert (tmp_path / "out.ipynb").stat().st_size < 1.1 * MOST_OUTPUT
    assert "[cut off here: a cell may show 4,000,000 characters]" in text
    assert text.endswith("later")


def write_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    """A kernel `odd` that is started with this command."""
    home = folder / "jupyter" / "kernels" / "odd"
    home.mkdir(parents=True)
    spec = {"argv": list(command), "display_name": "odd", "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("sh", "-c", "sleep 60"), "The Jupyter kernel 'odd' did not answer in 1 seconds"),
        (("false",), "The Jupyter kernel 'odd' ended as it started"),
    ],
)
def test_a_kernel_that_does_not_start_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], message: str
) -> None:
    """A kernel that never answers, or ends at once, is not waited for without end."""
    write_kernel(tmp_path, monkeypatch, *command)
    monkeypatch.setattr(notebook_module, "START_SECONDS", 1)
    path = write_notebook(tmp_path, "look", ["1"])
    with Kernels("odd", tmp_path) as kernels, pytest.raises(StageError, match=message):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)


def test_a_notebook_that_cannot_be_written_is_a_fault_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told as what it is, with the notebook's name."""

    def full(path: Path, content: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notebook_file, "atomic_write", full)
    path = write_notebook(tmp_path, "look", ["1"])
    with (
        Kernels("python3", tmp_path) as kernels,
        pytest.raises(StoreError, match="out.ipynb cannot be written: No space left on device"),
    ):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)


def test_the_log_leaves_out_what_is_drawn(tmp_path: Path) -> None:
    """Figures and results have a picture or a table; their repr says nothing. Markdown and tables stay."""
    outputs = [
        {"text/plain": "<HouseFigure size 700x300>", "image/svg+xml": "<svg/>"},
        {"text/plain": "StageResult(stage='a',\n rows=3)", "text/html": "<p/>"},
        {"text/plain": "<Markdown object>", "text/markdown": "**4** models"},
        {"text/plain": "shape: (1, 1)", "text/html": "<table/>"},
        {"text/plain": "len(a) is 3"},
    ]
    cells = [{"outputs": [{"output_type": "display_data", "data": data}]} for data in outputs]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))

    assert printed_text(tmp_path / "a.ipynb") == "**4** models\nshape: (1, 1)\nlen(a) is 3"


def test_a_log_that_is_not_a_notebook_is_told_of(tmp_path: Path) -> None:
    """A file that somebody has changed by hand is named."""
    (tmp_path / "a.ipynb").write_text("{")

    with pytest.raises(DataError, match="a.ipynb is not a notebook"):
        printed_text(tmp_path / "a.ipynb")
