"""Going on at a failed cell: when it may be done, and under which key."""

import json
from pathlib import Path

import pytest

from aifactory_nb.keeping import Keeper, cell_sources, own_key, why_not
from aifactory_nb.kept_kernel import KeptKernel
from aifactory_nb.notebook import NotebookError
from aifactory_nb.settings import Settings

KERNEL = KeptKernel("/w", "shop", "run", 0, "make", "all", 3, "n", "key", ["a", "b", "c", "d"], 60)


def test_the_code_from_the_failed_cell_on_may_be_changed() -> None:
    """Cells may come and go there too."""
    for sources in (["a", "b", "c", "d"], ["a", "b", "mended", "d"], ["a", "b", "c", "new", "d"]):
        assert why_not(KERNEL, "key", sources) == ""


def test_a_changed_cell_before_it_is_named() -> None:
    """What the kernel holds was made by other code."""
    assert "cell 2 of the notebook" in why_not(KERNEL, "key", ["a", "B", "c", "d"])
    assert "cell 3 of the notebook" in why_not(KERNEL, "key", ["a", "b"])
    assert "cell 1 of the notebook" in why_not(KERNEL, "key", [])


def test_other_inputs_begin_the_stage_anew() -> None:
    """The kernel has read the old ones."""
    assert "what the stage reads has changed" in why_not(KERNEL, "other key", KERNEL.sources)


def test_a_result_of_changed_code_has_a_key_of_its_own() -> None:
    """It is not taken for a result of the template; the unchanged one is."""
    assert own_key(KERNEL, "key", KERNEL.sources) == "key"
    assert own_key(KERNEL, "key", ["a", "b", "mended", "d"]) not in ("key", "")


def test_without_a_kept_kernel_the_stage_runs_as_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told about it."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(settings.workspace / "runtime"))
    found = Keeper(settings, "shop", "run").go_on(0, "key", settings.workspace / "n.ipynb")

    assert (found.kernel, found.key, found.reason) == (None, "key", "")


def test_a_kernel_that_had_ended_is_told_of(settings: Settings) -> None:
    """The message of the failure says so, or why one could not be kept."""
    keeper, notebook = Keeper(settings, "shop", "run"), settings.workspace / "n.ipynb"
    gone = NotebookError(3, "x")
    gone.connection_file = settings.workspace / "no such file"

    assert "it had ended" in keeper.keep(
        0, "make", "all", "key", notebook, NotebookError(3, "died")
    )
    assert "could not be kept" in keeper.keep(0, "make", "all", "key", notebook, gone)


def test_a_notebook_that_cannot_be_read_has_no_cells(tmp_path: Path) -> None:
    """It was removed, or is none any more."""
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": 3}))

    assert cell_sources(tmp_path / "n.ipynb") == cell_sources(tmp_path / "none.ipynb") == []
