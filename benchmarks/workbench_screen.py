"""Measure the workbench in a browser: from the end of a cell to the screen, what it costs JupyterLab, and its size.

    python benchmarks/workbench_screen.py [--rounds 9] [--cells 20]

Prints a Markdown table. Needs a Chromium. Starts JupyterLab with and without the extension in turn, in folders that are
removed afterwards. Times depend on the machine and on what else it does: compare runs of one machine only.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from conftest import stage_cells, write_notebook, write_shop  # noqa: E402
from lab_server import TOKEN  # noqa: E402
from workbench import Lab, chromium, no_run_at_work  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BUNDLE = ROOT / "aifactory_nb" / "labextension"
PAUSE = 0.5  # seconds that a cell works
# Notes the moment at which each cell is first seen in the drawing of the line.
WATCH = """() => {
    window.seen = {};
    const look = () => {
        const label = document.querySelector('[data-id=tick]')?.getAttribute('aria-label') ?? '';
        const cell = label.match(/cell (\\d+) of/)?.[1];
        if (cell) window.seen[cell] ??= performance.timeOrigin + performance.now();
        requestAnimationFrame(look);
    };
    look();
}"""


def write_ticking_line(folder: Path, cells: int) -> Path:
    """A workspace whose one stage notes the moment at which each of its cells ends; the file with those."""
    write_shop(folder)
    notes = folder / "ends.jsonl"
    note = (
        f"import time\ntime.sleep({PAUSE})\n"
        f"with open({str(notes)!r}, 'a') as file:\n    print(time.time(), file=file)"
    )
    body = [note] * cells + ["stage.output('rows', 1)"]
    write_notebook(folder, "tick", stage_cells("tick", *body), writes=["rows"])
    path = folder / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[lines]\nbuild = ["tick"]\n')
    return notes


def cell_to_screen(browser: "Browser", cells: int) -> list[float]:
    """Milliseconds from the end of each cell to the moment at which the page shows the next one at work."""
    with tempfile.TemporaryDirectory() as home:
        notes = write_ticking_line(Path(home) / "factory", cells)
        lab = Lab(Path(home) / "factory", Path(home))
        with lab.page(browser, "screen") as page:
            page.execute("aifactory:open-line", pipeline="shop")
            page.page.evaluate(WATCH)
            page.execute("aifactory:run", pipeline="shop", fresh=True)
            page.node("tick", "succeeded").wait_for(timeout=300_000)
            seen = {int(cell): at / 1000 for cell, at in page.page.evaluate("window.seen").items()}
            no_run_at_work(lab.server)
        lab.stop()
        ends = [float(line) for line in notes.read_text().split()]
        # Before the first that is timed stand the parameters, those of the run, and the cell that begins the stage.
        return [
            (seen[4 + number] - end) * 1000
            for number, end in enumerate(ends, 1)
            if 4 + number in seen
        ]


@dataclass(frozen=True)
class Start:
    """What it took until JupyterLab stood, in milliseconds."""

    wall: float
    work: float  # processor time of the page's own thread, which other work on the machine does not move
    script: float  # what of it was JavaScript


def start_up(browser: "Browser", rounds: int) -> dict[bool, list[Start]]:
    """The starts of JupyterLab with and without the extension, in turn."""
    found: dict[bool, list[Start]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as home:
        labs = {}
        for extension in (True, False):
            own = Path(home) / str(extension)
            labs[extension] = Lab(write_shop(own / "factory"), own, extension=extension)
        for number in range(rounds + 1):
            for extension, lab in labs.items():
                start = start_once(browser, f"{lab.server.url}lab/workspaces/w{number}")
                if number:  # the first fills the caches of the server
                    found[extension].append(start)
        for lab in labs.values():
            lab.stop()
    return found


def start_once(browser: "Browser", url: str) -> Start:
    """A start in a browser that knows nothing of the server yet."""
    context = browser.new_context()
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(f"{url}?token={TOKEN}")
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    metrics = tools.send("Performance.getMetrics")["metrics"]
    told = {metric["name"]: metric["value"] * 1000 for metric in metrics}
    wall = page.evaluate("performance.now()")
    context.close()
    return Start(wall, told["TaskDuration"], told["ScriptDuration"])


def sizes() -> tuple[float, float]:
    """KiB of the bundle, and of what of it is loaded when JupyterLab starts."""
    files = [path for path in (BUNDLE / "static").iterdir() if path.suffix == ".js"]
    begun = [path for path in files if path.name.startswith(("remoteEntry", "lib_index", "style"))]
    whole, entry = (sum(path.stat().st_size for path in some) / 1024 for some in (files, begun))
    return whole, entry


def print_start(what: str, stands: dict[bool, list[Start]], take: Callable[[Start], float]) -> None:
    """A line of the table: medians with and without the extension, and what it adds."""
    on, off = (statistics.median(map(take, stands[extension])) for extension in (True, False))
    print(
        f"| {what}, with the extension and without, median of {len(stands[True])} | {on:,.0f} and {off:,.0f} ms |"
    )
    print(f"| which is more | {on - off:+,.0f} ms |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cells", type=int, default=20)
    told = parser.parse_args()
    begun = time.perf_counter()
    with chromium() as browser:
        screen = cell_to_screen(browser, told.cells)
        stands = start_up(browser, told.rounds)
    whole, entry = sizes()
    print("| what | measured |\n|---|---:|")
    print(
        f"| end of a cell to the screen, median of {len(screen)} | {statistics.median(screen):,.0f} ms |"
    )
    print(f"| end of a cell to the screen, longest | {max(screen):,.0f} ms |")
    print_start("until JupyterLab stands", stands, lambda start: start.wall)
    print_start("processor time of the page until then", stands, lambda start: start.work)
    print_start("of which JavaScript", stands, lambda start: start.script)
    print(f"| bundle, JavaScript and styles | {whole:,.0f} KiB |")
    print(f"| bundle, loaded at the start | {entry:,.0f} KiB |")
    print(f"\nMeasured in {time.perf_counter() - begun:,.0f} s.")


if __name__ == "__main__":
    main()
