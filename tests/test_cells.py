"""Cells inside of a kernel: what they show arrives whole, in its place, and as in any other kernel."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import write_notebook

from aifactory_nb.cells import record
from aifactory_nb.kernel import Kernels
from aifactory_nb.notebook import NotebookError, execute_notebook


def carry_out(folder: Path, *cells: str, **options: Any) -> list[list[dict[str, Any]]]:
    """The outputs of these cells; the notebook may fail."""
    path = write_notebook(folder, "look", list(cells))
    # ipykernel leaves the descriptors alone in a process that it takes for a test
    environment = {name: os.environ[name] for name in os.environ if "PYTEST" not in name}
    with Kernels("python3", folder, environment=environment, imports="") as kernels:
        try:
            execute_notebook(path, folder / "out.ipynb", {}, kernels, **options)
        except NotebookError as failure:
            print(failure)
    executed = json.loads((folder / "out.ipynb").read_text())["cells"]
    return [cell["outputs"] for cell in executed[1:]]


def text(outputs: list[dict[str, Any]], name: str = "stdout") -> str:
    """What a cell printed."""
    streams = (output for output in outputs if output.get("name") == name)
    return "".join("".join(output["text"]) for output in streams)


def test_a_record_that_was_cut_off_does_not_spoil_the_next_one() -> None:
    """Each begins with a line break."""
    lines = (record(cell=1, kind="stream")[:9] + record(end=2)).split(b"\n")

    assert json.loads([line for line in lines if line][-1]) == {"end": 2}


def test_what_is_written_past_python_belongs_to_its_cell(tmp_path: Path) -> None:
    """C libraries, subprocesses and forked processes; a character is never torn apart."""
    cells = [
        "import os, subprocess, multiprocessing\n_ = os.write(1, 'raw °'.encode())",
        "_ = subprocess.run(['echo', 'from a subprocess'])",
        "_ = os.write(2, b'to stderr')",
        "child = multiprocessing.get_context('fork').Process(target=print, args=('from a fork',))\n"
        "child.start(); child.join()",
        "_ = os.write(1, ('°' * 100_000).encode())",
    ]
    first, second, third, fourth, fifth = carry_out(tmp_path, *cells)

    assert text(first) == "raw °"
    assert text(second) == "from a subprocess\n"
    assert text(third, "stderr") == "to stderr"
    assert text(fourth) == "from a fork\n"
    assert text(fifth) == "°" * 100_000


def test_a_cell_that_closes_its_descriptors_does_not_stop_the_others(tmp_path: Path) -> None:
    """What is printed by Python arrives all the same."""
    _, second = carry_out(tmp_path, "import os\nos.close(1); os.close(2)", "print('there')")

    assert text(second) == "there\n"


def test_a_process_that_is_left_behind_does_not_hold_the_notebook(tmp_path: Path) -> None:
    """Whoever listens notices the end of the kernel, and not that of its fork."""
    cell = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    time.sleep(60)\n"
        "    open('woke up', 'w')\n"
        "    os._exit(0)\n"
        "os.kill(os.getpid(), 9)"
    )
    carry_out(tmp_path, cell)

    assert not (tmp_path / "woke up").exists()


def test_cells_see_the_state_of_a_kernel(tmp_path: Path) -> None:
    """History, magics, top-level await, hooks, and context variables."""
    cells = [
        "import asyncio, contextvars\nvariable = contextvars.ContextVar('v')\ntoken = variable.set(3)\n1",
        "await asyncio.sleep(0, _ + 1)",
        "print(Out, len(In), variable.get())",
        "%%capture captured\nprint('hidden')",
        "task = asyncio.create_task(asyncio.sleep(0, 'done by itself'))",
        "print(task.done() and task.result(), captured.stdout)",
        "get_ipython().events.register('post_run_cell', lambda result: print('hook'))",
    ]
    *_, third, _, _, sixth, seventh = carry_out(tmp_path, *cells)

    assert text(third) == "{2: 1, 3: 2} 5 3\n"
    assert text(sixth) == "done by itself hidden\n\n"
    assert text(seventh) == "hook\n"


def test_nobody_answers_a_question(tmp_path: Path) -> None:
    """A cell that asks fails, instead of waiting for ever."""
    (asked,) = carry_out(tmp_path, "input('really?')")

    assert asked[0]["ename"] == "StdinNotImplementedError"


def test_what_a_thread_prints_after_its_cell_is_not_lost(tmp_path: Path) -> None:
    """It is shown by the cell that is at work then."""
    starts = (
        "import threading, time\n"
        "thread = threading.Thread(target=lambda: (time.sleep(0.2), print('late')))\n"
        "thread.start()"
    )
    first, second = carry_out(tmp_path, starts, "thread.join()")

    assert text(first) + text(second) == "late\n"


def test_what_a_task_prints_after_its_cell_is_shown_with_that_cell(tmp_path: Path) -> None:
    """The one that started it."""
    starts = (
        "import asyncio\n"
        "async def later():\n    await asyncio.sleep(0.05)\n    print('late')\n"
        "task = asyncio.create_task(later())"
    )
    first, second = carry_out(tmp_path, starts, "await task")

    assert (text(first), text(second)) == ("late\n", "")


def test_exit_functions_are_called(tmp_path: Path) -> None:
    """A kernel leaves as any process does, and files that were left open are written."""
    cell = (
        "import atexit, pathlib\n"
        "atexit.register(lambda: pathlib.Path('said').write_text('goodbye'))\n"
        "file = open('left', 'w')\n"
        "_ = file.write('all of it')"
    )
    carry_out(tmp_path, cell)

    assert (tmp_path / "said").read_text() == "goodbye"
    assert (tmp_path / "left").read_text() == "all of it"


@pytest.mark.parametrize("cell", ["import sys\nsys.exit()", "exit", "raise SystemExit(0)"])
def test_a_cell_can_end_the_notebook(tmp_path: Path, cell: str) -> None:
    """That is no failure; the cells behind it are not reached."""
    path = write_notebook(tmp_path, "look", [cell, "1 / 0"])
    with Kernels("python3", tmp_path, imports="") as kernels:
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)

    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    statuses = [cell["metadata"]["papermill"]["status"] for cell in cells]
    assert statuses == ["completed", "completed", "pending"]


def test_a_kernel_ends_with_whoever_runs_the_notebook(tmp_path: Path) -> None:
    """Also what it has started, when the connection ends in the middle of a cell."""
    source = (
        "import os, subprocess\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "child.wait()"
    )
    with Kernels("python3", tmp_path, imports="") as kernels:
        kernel = kernels.take()
        connection = kernel.connection(60)
        assert connection is not None
        connection.sendall(json.dumps({"cells": [{"cell": 0, "source": source}]}).encode() + b"\n")
        pids: list[str] = []
        while len(pids) < 2:
            time.sleep(0.05)
            if (tmp_path / "pids").is_file():
                pids = (tmp_path / "pids").read_text().split()
        connection.close()
        code = kernel.process.wait(30)
        kernel.close()

    assert code == -9
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: str) -> bool:
    """Whether a process is at work; one that nobody has waited for yet is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX" and os.path.exists(f"/proc/{pid}")
