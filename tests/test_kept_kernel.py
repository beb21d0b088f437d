"""Kept kernels: they outlive their runner, hold what the stage had, and the stage goes on in them."""
# ruff: noqa: F811 (fixtures are imported)

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook
from kept import kept_by_hand, runtime  # noqa: F401

from aifactory_nb.errors import RunNotFoundError
from aifactory_nb.kept_kernel import (
    KeptKernel,
    connections_folder,
    kept_kernels,
    records_folder,
    stop_kernels,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.notebook import printed_text
from aifactory_nb.settings import load_settings

PATIENCE = 60


def aifactory(*words: str) -> subprocess.CompletedProcess:
    """A command of the factory in a process of its own, which has ended when this returns."""
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def fails_once(workspace: Path) -> None:
    """The pipeline `shop` with one stage whose third cell names what is not there."""
    body = ["import os\nmade, process = 6 * 7, os.getpid()\nprint('made in', process)"]
    body += ["stage.output('answer', mad)", "print('still in', process)"]
    write_notebook(workspace, "make", stage_cells("make", *body), writes=["answer"])
    toml = workspace / "pipelines" / "shop" / "pipeline.toml"
    toml.write_text(toml.read_text() + '\n[lines]\nbuild = ["make"]\n')


def mend(notebook: Path, number: int, old: str, new: str) -> None:
    """What a person does in JupyterLab: change a cell and save."""
    content = json.loads(notebook.read_text())
    cell = content["cells"][number - 1]
    cell["source"] = "".join(cell["source"]).replace(old, new)
    notebook.write_text(json.dumps(content))


@pytest.fixture
def failed(workspace: Path, runtime: Path) -> KeptKernel:
    """The kernel that was kept of a run that failed; its runner is gone."""
    fails_once(workspace)
    done = aifactory("run", "shop", "--keep-kernel")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "jupyter console --existing" in done.stderr
    return kept_kernels()[0]


def test_a_kernel_outlives_its_runner_and_holds_what_the_stage_had(failed: KeptKernel) -> None:
    """Its variables are there for whoever connects by its file."""
    from jupyter_client.blocking.client import BlockingKernelClient

    assert failed.alive and os.getpgid(failed.pid) == failed.pid
    client = BlockingKernelClient(connection_file=failed.connection)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    client.execute("", user_expressions={"made": "made"}, reply=True, timeout=PATIENCE)
    reply = client.execute("", user_expressions={"made": "made"}, reply=True, timeout=PATIENCE)
    client.stop_channels()

    assert reply["content"]["user_expressions"]["made"]["data"]["text/plain"] == "42"


def test_the_stage_goes_on_at_the_failed_cell(workspace: Path, failed: KeptKernel) -> None:
    """In the same process; the finished notebook is whole, and its kernel is gone."""
    notebook = workspace / failed.notebook
    mend(notebook, failed.cell, "mad)", "made)")
    done = aifactory("run", "shop", "--resume", failed.run, "--keep-kernel")
    assert done.returncode == 0, done.stdout + done.stderr

    text = printed_text(notebook)
    statuses = [
        cell["metadata"]["papermill"]["status"]
        for cell in json.loads(notebook.read_text())["cells"]
    ]
    assert f"made in {failed.pid}" in text and f"still in {failed.pid}" in text
    assert set(statuses) == {"completed"}
    assert not failed.alive and kept_kernels() == []

    row = Ledger(load_settings(workspace).ledger_url).stage_runs(failed.run)[0]
    assert row["result"]["outputs"][0]["pin"] == 42
    assert row["key"] != failed.key  # a changed notebook is not taken for the template


def test_a_cell_that_was_carried_out_and_is_changed_begins_the_stage_anew(
    workspace: Path, failed: KeptKernel
) -> None:
    """The cell is named; what the kernel held is gone with it."""
    mend(workspace / failed.notebook, 4, "6 * 7", "6 * 8")
    done = aifactory("run", "shop", "--resume", failed.run, "--keep-kernel")

    assert "cell 4 of the notebook was changed" in done.stdout
    assert done.returncode == 4
    assert not failed.alive
    assert [kernel.pid for kernel in kept_kernels()] != [failed.pid]


def test_a_kernel_can_be_ended_by_the_name_of_its_run(failed: KeptKernel) -> None:
    """It is listed until then; its files go with it."""
    assert failed.run in aifactory("kernels").stdout
    folder = Path(failed.folder)
    assert stop_kernels(failed.run) == 1

    assert not Path(failed.connection).exists() and not folder.exists()
    assert aifactory("kernels").stdout == "Kept kernels: none.\n"
    with pytest.raises(RunNotFoundError, match="No kernel was kept"):
        stop_kernels(failed.run)


def test_a_kernel_that_nobody_uses_ends_by_itself(workspace: Path, runtime: Path) -> None:
    """After `[executor] keep` minutes; here a record with less."""
    kept = kept_by_hand(workspace, minutes=0.01)
    end = time.monotonic() + PATIENCE
    while kept.alive and time.monotonic() < end:
        time.sleep(0.05)

    assert kept_kernels() == []
    assert not Path(kept.folder).exists() and not Path(kept.origin).exists()


def test_a_kernel_that_is_not_kept_ends_with_its_runner(workspace: Path, runtime: Path) -> None:
    """Also when the runner is killed: no kernel is left behind by accident."""
    code = (
        "import time; from pathlib import Path; from aifactory_nb.kernel import Kernels\n"
        "kernel = Kernels('python3', Path('.')).take(lasting=True)\n"
        "while kernel.connection(1) is None: pass\n"
        "print(kernel.process.pid, flush=True); time.sleep(600)"
    )
    runner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert runner.stdout is not None
    pid = int(runner.stdout.readline())
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.1)

    assert not Path(f"/proc/{pid}").exists()


def test_what_is_left_of_a_dead_kernel_is_removed(failed: KeptKernel) -> None:
    """A machine that was switched off leaves files."""
    os.killpg(failed.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while failed.alive and time.monotonic() < end:
        time.sleep(0.05)

    assert kept_kernels() == []
    assert list(records_folder().iterdir()) == list(connections_folder().iterdir()) == []
