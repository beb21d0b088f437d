"""`papermill --engine aifactory`: what papermill's own engine gives, and statuses that are true."""

import contextlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillException, PapermillExecutionError

from aifactory_nb.errors import ParameterError, StageError
from aifactory_nb.papermill_engine import FactoryEngine

PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
TRICKY = {
    "text and a result": "print('a'); print('b', end='')\n1 + 1",
    "displays": "from IPython.display import *\ndisplay(HTML('<b>'), 3); print('after')\nMarkdown('**m**')",
    "JSON": "JSON({'a': [1, {'b': 'x\\ny'}]})",
    "updates": "handle = display(0, display_id='one')\nfor step in range(3): handle.update(step)",
    "an update from a later cell": "handle.update('later'); display('again', display_id='one')",
    "cleared": "print('gone'); clear_output(); print('kept')",
    "cleared later": "print('gone'); clear_output(wait=True); print('kept')",
    "never cleared": "print('stays'); clear_output(wait=True)",
    "logging": "import logging, sys\nlogging.warning('to stderr')",
    "warnings": "import warnings\nwarnings.warn('careful')",
    "await": "import asyncio\nawait asyncio.sleep(0.01, 'value')",
    "a task": "async def later(): print('in a task')\nawait asyncio.create_task(later())",
    "async for": "async def two():\n    yield 1\n    yield 2\nasync for n in two(): print(n)",
    "%%bash": "%%bash\necho hello\necho error >&2",
    "a shell": "!echo from a shell",
    "what a shell says": "said = !echo captured\nsaid",
    "%%capture": "%%capture\nprint('hidden')",
    "%timeit": "%timeit -n1 -r1 -q sum(range(10))",
    # ipykernel loses what comes when the cell has ended
    "a descriptor": "import os, time\nwritten = os.write(1, 'raw °\\n'.encode()); time.sleep(0.5)",
    "a subprocess": "import subprocess\ndone = subprocess.run(['echo', 'child']); time.sleep(0.5)",
    "a long line": "print('x' * 100_000)",
    "unicode": "print('ü 日本 \\U0001f600 \\u2028 end')\n'ü'",
    "colours": "print('\\x1b[31mred\\x1b[0m')",
    "carriage returns": "print('a\\rb\\rc')",
    "a plot": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(1, 1)); plt.show()",
    "a plot at the end": "fig, ax = plt.subplots(figsize=(1, 1))",
    "rich": "class Rich:\n    def _repr_html_(self): return '<i>'\nRich.__repr__ = lambda self: 'R'\nRich()",
    "bytes": "display({'image/png': b'png', 'text/plain': 'png'}, raw=True)",
    "a thread": "import threading\nt = threading.Thread(target=print, args=('t',)); t.start(); t.join()",
    "a thread that displays": "t = threading.Thread(target=display, args=(1,)); t.start(); t.join()",
    "no input": "try: input('?')\nexcept Exception as error: print(type(error).__name__)",
    "history": "(In[1], Out[2], get_ipython().execution_count)",
    "a context variable": "import contextvars\nv = contextvars.ContextVar('v'); token = v.set(5)",
    "a context variable later": "v.get()",
    "an error": "print('before'); {}['x']",
}
ENDS = ["1 +", "raise SystemExit(3)", "raise KeyboardInterrupt", "await asyncio.create_task(f)"]


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine by its name, in a folder of its own."""
    papermill_engines.register("aifactory", FactoryEngine)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    yield
    del papermill_engines._engines["aifactory"]


def write(*sources: str) -> None:
    """The notebook `in.ipynb`."""
    cells = [new_code_cell(source, metadata={"tags": []}) for source in sources]
    metadata = {"kernelspec": PYTHON, "language_info": {"name": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), "in.ipynb")


def execute(engine: str | None = "aifactory", **options: Any) -> Any:
    """The executed notebook, also when a cell of it has failed."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    options = {"progress_bar": False, **options}
    with contextlib.suppress(PapermillExecutionError):
        papermill.execute_notebook("in.ipynb", "out.ipynb", engine_name=engine, **options)
    cells = nbformat.read("out.ipynb", as_version=4).cells
    return [cell for cell in cells if "papermill-error-cell-tag" not in cell.metadata.tags]


def shown(cell: Any) -> str:
    """The outputs of a cell; texts of one stream are one, and what differs by chance is left out."""
    outputs: list[Any] = []
    for output in cell.outputs:
        if outputs and output.get("name", "-") == outputs[-1].get("name"):
            outputs[-1].text += output.text
        else:
            outputs.append(output)
    text = json.dumps(outputs, sort_keys=True)
    return re.sub(r"ipykernel_\d+/\d+|0x[0-9a-f]+|\(\d+\.py", "*", text)


def statuses(cells: list[Any]) -> list[str]:
    """How the cells ended."""
    return [cell.metadata.papermill.status for cell in cells]


def test_cells_show_what_they_show_with_papermill() -> None:
    """Displays, updates, magics, plots, shells, threads, tasks, errors."""
    write(*TRICKY.values(), "'never reached'")
    ours, theirs = execute(), execute(engine=None)

    assert statuses(ours) == statuses(theirs)
    assert [cell.get("execution_count") for cell in ours] == [
        cell.get("execution_count") for cell in theirs
    ]
    for name, our, their in zip(TRICKY, ours, theirs, strict=False):
        assert shown(our) == shown(their), name


def test_what_a_child_prints_comes_before_the_result() -> None:
    """With ipykernel it is chance."""
    write("import subprocess\nsubprocess.run(['echo', 'child']).returncode")

    assert [output.output_type for output in execute()[0].outputs] == ["stream", "execute_result"]


@pytest.mark.parametrize("end", ENDS)
def test_a_notebook_fails_as_with_papermill(end: str) -> None:
    """The same traceback, the same statuses."""
    write("import asyncio\nf = None", end, "'never reached'")
    ours, theirs = execute(), execute(engine=None)

    assert [shown(cell) for cell in ours] == [shown(cell) for cell in theirs]
    assert statuses(ours) == statuses(theirs) == ["completed", "failed", "pending"]


def test_parameters_and_metadata_are_those_of_papermill() -> None:
    """Other tools find what they look for."""
    write("print(1)")
    ours, theirs = (
        (execute(name, parameters={"a": 1}), nbformat.read("out.ipynb", as_version=4).metadata)
        for name in ("aifactory", None)
    )

    assert [cell.source for cell in ours[0]] == [cell.source for cell in theirs[0]]
    assert ours[1].papermill.keys() == theirs[1].papermill.keys()
    assert ours[1].papermill.parameters == theirs[1].papermill.parameters
    assert ours[1].language_info == theirs[1].language_info
    assert ours[0][1].metadata.papermill.keys() == theirs[0][1].metadata.papermill.keys()


TYPED = "count: int = 1\nname: str = 'a'\nshare: 'float | None' = None\nway: Any = 0\nfree = 2"


def write_parameters(source: str) -> None:
    """A notebook with this parameters cell."""
    write(source, "print('ran')")
    notebook = nbformat.read("in.ipynb", as_version=4)
    notebook.cells[0].metadata.tags = ["parameters"]
    nbformat.write(notebook, "in.ipynb")


@pytest.mark.parametrize(
    ("source", "given", "told"),
    [
        (TYPED, {"cuont": 3}, "in.ipynb has no parameter 'cuont'. Did you mean 'count'"),
        ("count = 1", {"cuont": 3}, "no parameter 'cuont'. Did you mean 'count'"),
        (TYPED, {"count": "x"}, "count must be int, found 'x'"),
        (TYPED, {"share": "x"}, "share must be float or null, found 'x'"),
        (TYPED, {"name": 7}, "name must be str, found 7. Text is given with -r name 7"),
    ],
)
def test_wrong_parameters_are_refused(source: str, given: dict[str, Any], told: str) -> None:
    """papermill warns of a name, and goes on; here nothing is run, nor written."""
    write_parameters(source)

    with pytest.raises(ParameterError, match=told):
        execute(parameters=given)
    assert not Path("out.ipynb").exists()


def test_parameters_without_a_type_take_any_value() -> None:
    """What the notebook says nothing of is left to it, and what papermill injects is papermill's."""
    for source, given in {
        TYPED: {"free": "x", "way": "x", "share": None, "PAPERMILL_INPUT_PATH": "in.ipynb"},
        "# goes here": {"any": 1},
        "%%time\ncount = 1": {"count": 2},
    }.items():
        write_parameters("from typing import Any\n" * ("Any" in source) + source)
        assert statuses(execute(parameters=given)) == ["completed"] * 3


def test_an_executed_notebook_is_executed_again() -> None:
    """With other values, or with those that it has."""
    write_parameters("count: int = 1")
    execute(parameters={"count": 2})
    Path("out.ipynb").rename("in.ipynb")
    again = execute()

    assert "count = 2" in again[1].source and statuses(again) == ["completed"] * 3


def test_a_cell_that_takes_too_long_has_failed() -> None:
    """papermill calls all cells completed."""
    write("1", "import time\ntime.sleep(60)", "2")
    with pytest.raises(StageError, match="cell 2: the cell took longer than 1 seconds"):
        execute(execution_timeout=1)

    cells = nbformat.read("out.ipynb", as_version=4).cells
    assert statuses(cells) == ["completed", "failed", "pending"]


def test_a_kernel_that_is_killed_is_told_of() -> None:
    """papermill calls all cells completed."""
    write("1", "import os\nos.kill(os.getpid(), 9)", "2")
    with pytest.raises(StageError, match=r"cell 2: the kernel was killed \(signal 9\)"):
        execute()

    cells = nbformat.read("out.ipynb", as_version=4).cells
    assert statuses(cells) == ["completed", "failed", "pending"]


def test_cells_run_in_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    """As with papermill's own engine."""
    (tmp_path / "there").mkdir()
    write("import os\nos.getcwd()")
    cells = execute(cwd=str(tmp_path / "there"))

    assert cells[0].outputs[0].data["text/plain"] == repr(str(tmp_path / "there"))


def test_what_cells_print_can_be_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In papermill's log, and in files."""
    write("print('said')\nimport sys\nprint('warned', file=sys.stderr)", "'result'")
    with (tmp_path / "printed").open("w") as file, caplog.at_level(logging.INFO, "papermill"):
        execute(log_output=True, stdout_file=file)

    assert (tmp_path / "printed").read_text() == "said\n"
    logged = [(row.levelname, row.getMessage().strip()) for row in caplog.records]
    assert {("INFO", "said"), ("WARNING", "warned"), ("INFO", "'result'")} <= set(logged)


def test_another_language_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do instead."""
    home = tmp_path / "kernels" / "ir"
    home.mkdir(parents=True)
    spec = {"argv": ["R"], "display_name": "R", "language": "R"}
    (home / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    write("1")

    with pytest.raises(PapermillException, match="'ir' is for R. Leave out --engine"):
        execute(kernel_name="ir")


def test_papermill_pays_nothing_for_the_engine() -> None:
    """It imports all engines, whether they are used or not."""
    program = (
        "import sys, aifactory_nb.papermill_engine\n"
        "found = {name for name in sys.modules if name.startswith('aifactory_nb')}\n"
        "assert found == {'aifactory_nb', 'aifactory_nb.papermill_engine'}, found\n"
        "assert not {'papermill', 'asyncio', 'json'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
