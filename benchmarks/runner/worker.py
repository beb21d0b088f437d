"""Carries out notebooks in one way, in a process of its own: `worker.py WAY CASE FOLDER RESULT`."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from pathlib import Path

from meter import Meter, adopt_orphans
from notebooks import write_kind

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
SETTLED = 3.0  # seconds
Work = Callable[[Path, int], None]  # what is measured: the notebook, and a number for its output


def sources(notebook: Path) -> list[str]:
    """The code of a notebook's cells."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells]


def output_of(notebook: Path, number: int) -> Path:
    """Where the executed notebook goes."""
    return notebook.with_name(f"out_{notebook.stem}_{number}.ipynb")


def floor(notebook: Path, number: int) -> None:
    """The same code in this process; nothing is kept."""
    scope: dict[str, object] = {}
    for source in sources(notebook):
        exec(compile(source, "cell", "exec"), scope)


def papermill(notebook: Path, number: int, **options: object) -> None:
    """Papermill from Python."""
    from papermill import execute_notebook

    given = {"number": number}
    execute_notebook(
        str(notebook), str(output_of(notebook, number)), given, progress_bar=False, **options
    )


def command(*parts: str) -> None:
    """Run a program of this environment."""
    program = BIN / parts[0]
    done = subprocess.run([program, *parts[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(parts)}: {(done.stderr or done.stdout)[-2000:]}")


def papermill_command(notebook: Path, number: int) -> None:
    """Papermill from the command line."""
    target = str(output_of(notebook, number))
    command("papermill", "--no-progress-bar", "-p", "number", str(number), str(notebook), target)


def nbconvert(notebook: Path, number: int) -> None:
    """Nbconvert from the command line."""
    target = output_of(notebook, number).name
    command(
        "jupyter", "nbconvert", "--execute", "--to", "notebook", "--output", target, str(notebook)
    )


def execnb(notebook: Path, number: int) -> None:
    """Execnb: in this process, nothing keeps notebooks apart."""
    from execnb.shell import CaptureShell

    CaptureShell().execute(str(notebook), str(output_of(notebook, number)))


class Ours:
    """The executor of a run: kernels that are copies of a warm process."""

    def __init__(self, folder: Path) -> None:
        from aifactory_nb.kernel import Kernels

        self.kernels = Kernels("aifactory", folder)

    def __call__(self, notebook: Path, number: int) -> None:
        from aifactory_nb.notebook import execute_notebook

        execute_notebook(notebook, output_of(notebook, number), {"number": number}, self.kernels)


def ours_papermill(notebook: Path, number: int) -> None:
    """Papermill from Python with our engine and kernel."""
    papermill(notebook, number, engine_name="aifactory", kernel_name="aifactory")


ALONE: dict[str, Work] = {
    "floor": floor,
    "papermill": papermill,
    "papermill_command": papermill_command,
    "nbconvert": nbconvert,
    "execnb": execnb,
    "ours_papermill": ours_papermill,
}
IN_PROCESS = ("floor", "execnb")  # what they import once is loaded from then on


def alone(way: str, kind: str, folder: Path, times: int) -> list[dict[str, float]]:
    """One notebook after another; what is needed once, imports and warm process, is paid by a first one."""
    work = Ours(folder) if way == "ours" else ALONE[way]
    work(folder / ("heavy.ipynb" if way in IN_PROCESS else "trivial.ipynb"), 0)
    measured = []
    for number in range(1, times + 1):
        time.sleep(0.5)  # what the one before leaves behind is not this one's
        with Meter() as meter:
            work(folder / f"{kind}.ipynb", number)
        measured.append({"wall": meter.wall, "cpu": meter.cpu})
    return measured


def pool(folder: Path, count: int) -> None:
    """Papermill in two processes."""
    with get_context("spawn").Pool(2) as processes:
        given = [(folder / "heavy.ipynb", number) for number in range(1, count + 1)]
        processes.starmap(papermill, given, chunksize=1)


def ploomber(folder: Path) -> None:
    """`ploomber build` of the pipeline in a folder."""
    parts = [str(BIN / "ploomber"), "build"]
    done = subprocess.run(parts, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout)[-2000:])


def factory(folder: Path) -> None:
    """`aifactory run` in a workspace; over its segments where it has several."""
    fan = ["--segment", "part"] if (folder / "templates/stages/work.ipynb").exists() else []
    parts = [str(BIN / "aifactory"), "run", "bench", *fan]
    done = subprocess.run(parts, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def line(way: str, folder: Path, count: int) -> None:
    """A whole line or fan-out."""
    if way == "pool":
        pool(folder, count)
    elif way.startswith("ploomber"):
        ploomber(folder)
    else:
        factory(folder)


def make_ready(order: dict, folder: Path) -> None:
    """What is not measured: a first build where the second is looked at, and the start of the warm process."""
    if order["case"] == "nothing":
        line(order["way"], folder, order["count"])
        time.sleep(SETTLED)  # ours leaves a process behind, which is not ready at once
    elif order["way"] == "ours":
        Ours(folder)(write_kind(folder, "trivial"), 0)


def through_papermill(way: str, folder: Path, arguments: Iterable[str]) -> None:
    """The command of ours with every stage carried out by papermill in a normal kernel."""
    program = [sys.executable, str(HERE / "plain_papermill.py"), way, *arguments]
    subprocess.run(program, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for notebook in folder.glob("runs/*/*/*/*.ipynb"):
        metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
        if (
            metadata["kernelspec"]["name"] != "python3"
            or "aifactory" in metadata["papermill"]["version"]
        ):
            raise RuntimeError(f"{notebook} is not papermill's work in a normal kernel")


PAPERMILLS = {"papermill": "api", "papermill_command": "command"}


def flights(way: str, folder: Path, arguments: list[str]) -> None:
    """Commands of the flight pipeline."""
    if way in PAPERMILLS:
        through_papermill(PAPERMILLS[way], folder, arguments)
    else:
        program = [str(BIN / "aifactory"), *arguments]
        subprocess.run(program, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure and write the result."""
    adopt_orphans()
    order = json.loads(sys.argv[1])
    folder, way = Path(order["folder"]), order["way"]
    if order["case"] == "alone":
        result = alone(way, order["kind"], folder, order["times"])
    else:
        make_ready(order, folder)
        with Meter() as meter:
            if order["case"] == "flights":
                for arguments in order["commands"]:
                    flights(way, folder, arguments)
            else:
                line(way, folder, order["count"])
        result = [{"wall": meter.wall, "cpu": meter.cpu}]
    Path(order["result"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
