"""Kernels and executed notebooks."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from threading import Event

import nbformat
import pytest
from conftest import write_kernel, write_notebook
from jupyter_client.blocking import BlockingKernelClient

from aifactory_nb import conversation, notebook_file
from aifactory_nb.errors import DataError, StageError, StoreError
from aifactory_nb.kernel import Kernels
from aifactory_nb.notebook import NotebookError, execute_notebook, printed_text
from aifactory_nb.outputs import MOST_OUTPUT
from aifactory_nb.redact import Redactor


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


def statuses(folder: Path) -> list[str]:
    """How the cells of the executed notebook ended."""
    cells = json.loads((folder / "out.ipynb").read_text())["cells"]
    return [cell["metadata"]["papermill"]["status"] for cell in cells]


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


def test_a_cell_may_not_take_longer_than_is_allowed(tmp_path: Path) -> None:
    """It is interrupted, so that the notebook shows where it was; the cells before and behind it are what they are."""
    path = write_notebook(tmp_path, "look", ["1", "import time\ntime.sleep(60)", "2"])
    with (
        Kernels("python3", tmp_path) as kernels,
        pytest.raises(NotebookError, match="cell 3: the cell took longer than 0.5 seconds"),
    ):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels, cell_timeout=0.5)
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]

    assert statuses(tmp_path) == ["completed", "completed", "failed", "pending"]
    assert cells[2]["outputs"][0]["ename"] == "KeyboardInterrupt"


def test_a_cell_that_does_not_let_itself_be_interrupted_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kernel is killed when it has not ended in time."""
    monkeypatch.setattr(conversation, "INTERRUPT_SECONDS", 0.5)
    cell = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"
    path = write_notebook(tmp_path, "look", [cell])
    with (
        Kernels("python3", tmp_path) as kernels,
        pytest.raises(NotebookError, match="the cell took longer than 0.5 seconds"),
    ):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels, cell_timeout=0.5)

    assert statuses(tmp_path) == ["completed", "failed"]


def test_a_notebook_may_not_take_longer_than_is_allowed(tmp_path: Path) -> None:
    """Whatever its cells do."""
    path = write_notebook(tmp_path, "look", ["import time\ntime.sleep(60)"])
    with (
        Kernels("python3", tmp_path) as kernels,
        pytest.raises(NotebookError, match="the stage took longer than 3 seconds"),
    ):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels, timeout=3)

    assert statuses(tmp_path)[-1] in ("failed", "pending")  # on a slow machine it was not reached


def test_a_run_that_stops_ends_its_notebooks(tmp_path: Path) -> None:
    """A notebook that is not wanted any more is interrupted, wherever it is."""
    stop = Event()
    path = write_notebook(tmp_path, "look", ["import time\ntime.sleep(60)"])
    with Kernels("python3", tmp_path) as kernels, pytest.raises(NotebookError) as caught:
        execute_notebook(
            path,
            tmp_path / "out.ipynb",
            {},
            kernels,
            stop=stop,
            progress=lambda cell: stop.set() if cell.index == 2 else None,
        )

    assert caught.value.interrupted
    assert statuses(tmp_path) == ["completed", "failed"]


def test_the_kernel_of_a_failed_notebook_can_be_kept(tmp_path: Path) -> None:
    """Whoever connects to it finds the state that the failed cell left."""
    path = write_notebook(tmp_path, "look", ["kept = 41", "1 / 0"])
    with Kernels("python3", tmp_path) as kernels, pytest.raises(NotebookError) as caught:
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels, keep=True)
    client = BlockingKernelClient(connection_file=str(caught.value.connection_file))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    printed: list[str] = []
    client.execute_interactive(
        "print(kept + 1)",
        timeout=30,
        output_hook=lambda message: printed.append(message["content"].get("text", "")),
    )
    client.shutdown()
    client.stop_channels()

    assert "".join(printed) == "42\n"


def test_nothing_secret_is_written_or_told(tmp_path: Path) -> None:
    """Not in the notebook, and not in the reason of its failure."""
    path = write_notebook(
        tmp_path, "look", ["raise ValueError(f'no {token}')"], 'token: str = ""\n'
    )
    with Kernels("python3", tmp_path) as kernels, pytest.raises(NotebookError) as caught:
        execute_notebook(
            path,
            tmp_path / "out.ipynb",
            {"token": "s3cret"},
            kernels,
            redact=Redactor({"TOKEN": "s3cret"}),
        )

    assert caught.value.reason == "ValueError: no [secret TOKEN]"
    assert "s3cret" not in (tmp_path / "out.ipynb").read_text()


def test_an_error_that_is_expected_does_not_end_the_notebook(tmp_path: Path) -> None:
    """A cell that is tagged `raises-exception` shows it; one tagged `skip-execution` is left out."""
    path = write_notebook(tmp_path, "look", ["1 / 0", "2 / 0", "print('went on')"])
    notebook = json.loads(path.read_text())
    for index, tag in ((1, "raises-exception"), (2, "skip-execution")):
        notebook["cells"][index]["metadata"]["tags"] = [tag]
    path.write_text(json.dumps(notebook))
    with Kernels("python3", tmp_path) as kernels:
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)

    assert "went on" in printed_text(tmp_path / "out.ipynb")
    assert statuses(tmp_path) == ["completed"] * 4


def test_an_error_of_a_display_is_told_as_what_it_is(tmp_path: Path) -> None:
    """The kernel itself knows no name for it."""
    cell = "class Bad:\n    def __repr__(self): raise ValueError('bad repr')\nBad()"

    assert carry_out(tmp_path, cell).reason == "ValueError: bad repr"


def test_text_between_cells_is_done_when_its_turn_comes(tmp_path: Path) -> None:
    """Text behind a cell that failed was not reached."""
    path = write_notebook(tmp_path, "look", ["1", "1 / 0", "2"])
    notebook = json.loads(path.read_text())
    text = {"cell_type": "markdown", "metadata": {}, "source": "# Text"}
    notebook["cells"][1:1] = [{**text, "id": "before"}]
    notebook["cells"].append({**text, "id": "behind"})
    path.write_text(json.dumps(notebook))
    with Kernels("python3", tmp_path) as kernels, pytest.raises(NotebookError, match="cell 4"):
        execute_notebook(path, tmp_path / "out.ipynb", {}, kernels)

    assert statuses(tmp_path) == ["completed"] * 3 + ["failed", "pending", "pending"]


@pytest.mark.long
def test_many_cells_and_much_output(tmp_path: Path) -> None:
    """A thousand cells, a hundred thousand lines, fifty megabytes: all of it is there, and valid."""
    small = [f"print({number})" for number in range(1000)]
    lines = ["for number in range(100_000):\n    print(number)"]
    flushed = ["for number in range(5_000):\n    print(number, flush=True)"]
    large = ["print(('x' * 79 + '\\n') * 43_000, end='')"] * 15
    failure = carry_out(tmp_path, *small, *lines, *flushed, *large)
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells

    assert failure is None
    assert set(statuses(tmp_path)) == {"completed"}
    assert [cell.outputs[0].text for cell in cells[1:1001]] == [f"{n}\n" for n in range(1000)]
    assert cells[1001].outputs[0].text.count("\n") == 100_000
    assert cells[1002].outputs[0].text.count("\n") == 5_000
    assert sum(len(cell.outputs[0].text) for cell in cells[1003:]) == 15 * 43_000 * 80


def test_nothing_slow_is_imported_to_execute_a_notebook(tmp_path: Path) -> None:
    """papermill takes a second, nbformat a fifth of one; what signs is imported when all is done."""
    path = write_notebook(tmp_path, "look", ["print('done')"])
    program = (
        "import sys\nfrom pathlib import Path\nfrom aifactory_nb import notebook\n"
        "from aifactory_nb.kernel import Kernels\n"
        "class Later:\n    sign = print\n"
        "notebook.SIGNER = Later()\n"
        f"with Kernels('python3', Path({str(tmp_path)!r})) as kernels:\n"
        f"    notebook.execute_notebook(Path({str(path)!r}), Path({str(tmp_path / 'out.ipynb')!r}), {{}}, kernels)\n"
        "slow = {'papermill', 'nbformat', 'nbclient', 'jsonschema'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


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
    monkeypatch.setattr(conversation, "START_SECONDS", 1)
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
