"""Kernels of failed notebooks that were kept, in a runtime folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_notebook

from aifactory_nb.kept_kernel import KeptKernel, keep_kernel, kept_kernels, stop_kernel
from aifactory_nb.kernel import Kernels
from aifactory_nb.notebook import NotebookError, execute_notebook


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for what lasts as long as a process; kernels that are left there are ended."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    yield tmp_path / "runtime"
    for kernel in kept_kernels():
        stop_kernel(kernel)


def kept_by_hand(folder: Path, minutes: float) -> KeptKernel:
    """The kernel of a notebook that failed, kept without a run."""
    template = write_notebook(folder, "make", ["made = 42", "1 / 0"])
    kernels = Kernels("python3", folder)
    with kernels, pytest.raises(NotebookError) as failure:
        execute_notebook(template, folder / "out.ipynb", {}, kernels, keep=True)
    told = KeptKernel(str(folder), "shop", "r", 0, "make", "all", 3, "n", "", [], minutes)
    return keep_kernel(told, failure.value.connection_file)
