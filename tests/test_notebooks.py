"""The notebooks are the documentation: each runs from top to bottom, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from warm import PATHS, socket_folder

from aifactory_nb.settings import KernelSettings
from aifactory_nb.warm_copy import Request, ask
from aifactory_nb.warm_imports import NotWarmError
from aifactory_nb.warm_socket import Warmth

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))
LIMIT = 300.0  # seconds
ALLOWED = {".ipynb_checkpoints", "__pycache__", ".hypothesis"}  # the last by tests beside this one
# a process that has these loaded is copied for each notebook; the package itself is imported by each
LIBRARIES = tuple(name.strip() for name in KernelSettings().preload.split(","))
ALONE = {"38_tracking", "44_warm_imports"}  # look at what a new process has imported
LOADED = Warmth((sys.executable,), "warm_role", LIBRARIES, 60.0)


def left_behind() -> set[Path]:
    """The files and folders that a notebook may have made."""
    return {path for folder in (ROOT, ROOT / "nbs") for path in folder.iterdir()}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment without settings of the user, the same for all: it tells for whom a process was loaded."""
    with socket_folder():
        given = {name: value for name, value in os.environ.items() if "AIFACTORY" not in name}
        yield {
            **given,
            "HOME": str(tmp_path_factory.mktemp("home")),
            "PYTHONPATH": PATHS,
            "POLARS_MAX_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }


def run(path: Path, environment: dict[str, str], log: Path) -> int:
    """Run a notebook in a process of its own, and write what it says; the code with which it has ended."""
    argv = [sys.executable, str(ROOT / "tests" / "run_notebook.py"), str(path)]
    with log.open("wb") as out, open(os.devnull) as nothing:
        streams = [nothing.fileno(), out.fileno(), out.fileno()]
        try:
            if path.stem in ALONE:
                raise NotWarmError("a new process is wanted")
            main = f"run_notebook.main(pathlib.Path({str(path)!r}))"
            code = f"import os, pathlib, run_notebook; {main}; os._exit(0)"  # Python's own end takes longer
            request = Request([code], environment, str(ROOT), 0o022, {}, streams)
            copy = ask(LOADED, request)
        except NotWarmError:  # also on a system without sound copies: the same takes longer
            done = subprocess.run(
                argv, env=environment, cwd=ROOT, stdout=out, stderr=out, timeout=LIMIT, check=False
            )
            return done.returncode
        try:
            return copy.wait(LIMIT)
        finally:
            copy.kill()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """All cells run and all their assertions hold."""
    before = left_behind()

    code = run(path, environment, tmp_path / "log")

    assert code == 0, (tmp_path / "log").read_text(errors="replace")[-4000:]
    assert {path.name for path in left_behind() - before} <= ALLOWED


def test_there_are_notebooks() -> None:
    """An empty folder would pass every other test."""
    assert len(NOTEBOOKS) > 20
