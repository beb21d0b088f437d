"""Going on at a failed cell: when it may be done, and under which key."""

import json
from dataclasses import replace
from pathlib import Path

from aifactory_nb.kept_kernel import KeptKernel
from aifactory_nb.keeping import _own_key, _why_not, cell_sources, go_on, keep_failed
from aifactory_nb.notebook import NotebookError

KERNEL = KeptKernel("/w", "shop", "run", 0, "make", "all", 3, "n", "key", ["a", "b", "c", "d"], 60)


def test_the_code_from_the_failed_cell_on_may_be_changed() -> None:
    """Cells may come and go there too."""
    for sources in (["a", "b", "c", "d"], ["a", "b", "mended", "d"], ["a", "b", "c", "new", "d"]):
        assert _why_not(KERNEL, "key", sources) == ""


def test_a_changed_cell_before_it_is_named() -> None:
    """What the kernel holds was made by other code."""
    assert "cell 2 of the notebook" in _why_not(KERNEL, "key", ["a", "B", "c", "d"])
    assert "cell 3 of the notebook" in _why_not(KERNEL, "key", ["a", "b"])
    assert "cell 1 of the notebook" in _why_not(KERNEL, "key", [])


def test_other_inputs_begin_the_stage_anew() -> None:
    """The kernel has read the old ones."""
    assert "what the stage reads has changed" in _why_not(KERNEL, "other key", KERNEL.sources)


def test_a_result_of_changed_code_has_a_key_of_its_own() -> None:
    """It is not taken for a result of the template; the unchanged one is."""
    assert _own_key(KERNEL, "key", KERNEL.sources) == "key"
    assert _own_key(KERNEL, "key", ["a", "b", "mended", "d"]) not in ("key", "")


def test_without_a_kept_kernel_the_stage_runs_as_ever(tmp_path: Path, monkeypatch) -> None:
    """Nothing is told about it."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    found = go_on("run", 0, "key", tmp_path / "n.ipynb", tmp_path)

    assert (found.kernel, found.key, found.reason) == (None, "key", "")


def test_a_kernel_that_had_ended_is_told_of(tmp_path: Path) -> None:
    """The message of the failure says so, and why one could not be kept."""
    ended = NotebookError(3, "the kernel died")
    gone = NotebookError(3, "x", connection_file=tmp_path / "no such file")

    assert "it had ended" in keep_failed(KERNEL, tmp_path / "n.ipynb", ended)
    assert "could not be kept" in keep_failed(replace(KERNEL), tmp_path / "n.ipynb", gone)


def test_a_notebook_that_cannot_be_read_has_no_cells(tmp_path: Path) -> None:
    """It was removed, or is none any more."""
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": 3}))

    assert cell_sources(tmp_path / "n.ipynb") == cell_sources(tmp_path / "none.ipynb") == []
