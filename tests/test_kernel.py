"""Kernels: started ahead, and ended for certain."""

import json
from pathlib import Path

import pytest

from aifactory_nb.errors import SettingsError
from aifactory_nb.kernel import Kernels


def test_kernels_started_ahead_are_ended(tmp_path: Path) -> None:
    """A kernel that waits is given out next; those that are left end with the run."""
    with Kernels("python3", tmp_path, ahead=1) as kernels:
        first = kernels.take()
        waiting = kernels.spare[0].result()
        second = kernels.take()
        left = kernels.spare[0].result()
        for kernel in (first, second):
            kernel.close()

    assert second is waiting
    assert left is not waiting
    assert not any(kernel.manager.has_kernel for kernel in (first, second, left))
    assert not Path(left.home).exists()


def test_an_unknown_kernel_gets_a_suggestion(tmp_path: Path) -> None:
    """The kernel of the settings does not exist."""
    with pytest.raises(SettingsError, match="no Jupyter kernel 'python33'.*Did you mean 'python3'"):
        Kernels("python33", tmp_path).take()


def test_a_kernel_whose_program_is_gone_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernelspec that names a Python which was removed."""
    home = tmp_path / "kernels" / "odd"
    home.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python", "-m", "x"], "display_name": "odd", "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    with pytest.raises(SettingsError, match="kernel 'odd' cannot be launched: .*/nowhere/python"):
        Kernels("odd", tmp_path).take()
