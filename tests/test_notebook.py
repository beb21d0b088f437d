"""Kernels and executed notebooks."""

import ast
from pathlib import Path

from conftest import write_notebook

from aifactory_nb.notebook import Kernels, execute_notebook, printed_text


def test_kernels_started_ahead_are_ended(tmp_path: Path) -> None:
    """A kernel that waits is given out next; those that are left end with the run."""
    with Kernels("python3", tmp_path, ahead=1) as kernels:
        first = kernels.take()
        waiting = kernels.spare[0]
        second = kernels.take()
        left = kernels.spare[0]
        for kernel in (first, second):
            kernel.close()

    assert second is waiting
    assert left is not waiting
    assert not any(kernel.manager.has_kernel for kernel in (first, second, left))
    assert not Path(left.sockets.name).exists()


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
