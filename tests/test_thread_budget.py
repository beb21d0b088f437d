"""The thread budget: what each stage gets, and what the libraries in a kernel are told."""

import json
from pathlib import Path

import pytest
from conftest import write_notebook

from aifactory_nb.kernel import Kernels
from aifactory_nb.notebook import execute_notebook, printed_text
from aifactory_nb.settings import ExecutorSettings
from aifactory_nb.thread_budget import thread_environment, threads_per_stage, usable_cores


@pytest.mark.parametrize(
    ("workers", "threads", "cores", "found"),
    [(2, 1, 8, 1), (2, 0, 8, 4), (3, 0, 8, 2), (4, 0, 2, 1), (2, 6, 2, 6)],
)
def test_zero_shares_the_cores_among_the_workers(
    workers: int, threads: int, cores: int, found: int
) -> None:
    """At least one each; a number that is given is taken."""
    assert threads_per_stage(ExecutorSettings(workers=workers, threads=threads), cores) == found


@pytest.mark.parametrize(
    ("text", "most"), [("150000 100000", 1), ("max 100000", 10_000), ("", 10_000)]
)
def test_a_container_that_grants_less_is_believed(tmp_path: Path, text: str, most: int) -> None:
    """Its limit stands in the control group."""
    (tmp_path / "cpu.max").write_text(text)

    assert 1 <= usable_cores(tmp_path / "cpu.max") <= most


def test_a_kernel_is_told_its_threads(tmp_path: Path) -> None:
    """By the variables that libraries read when they are loaded; polars keeps to them."""
    cell = (
        "import json, os, polars\n"
        f"told = {{name: os.environ[name] for name in {list(thread_environment(2))}}}\n"
        "print(json.dumps([told, polars.thread_pool_size()]))"
    )
    template = write_notebook(tmp_path, "look", [cell])
    with Kernels("python3", tmp_path, threads=2) as kernels:
        execute_notebook(template, tmp_path / "out.ipynb", {}, kernels)

    assert json.loads(printed_text(tmp_path / "out.ipynb")) == [thread_environment(2), 2]
