"""Take the pictures of docs/workbench: each view of the workbench, light and dark, from a workspace that has worked.

    python tools/screenshots.py WORKSPACE [--to docs/workbench] [--only line,form]

The workspace is one with the pipeline flight_delay, whose build line and a replay have run, as `make demo` leaves it. The
view `rollout` has to be asked for: it needs a rollout that is under way, begun by `aifactory rollout start`.
Needs a Chromium.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from workbench import Lab, LabPage, chromium  # noqa: E402  # the tests know how

PIPELINE = "flight_delay"
WIDGETS = "from aifactory_nb.widgets import GateReport, LabelQueue, RunBoard, StageLauncher"
SETTLED = 1500.0  # milliseconds in which a picture comes to rest


def opened(page: LabPage, command: str, ready: str, **arguments: object) -> None:
    """Open a view, and wait for something in it."""
    page.execute(command, **arguments)
    page.view.locator(ready).first.wait_for()


def floor(page: LabPage) -> None:
    """The factory floor: panel, line and the newest report side by side."""
    page.execute("aifactory:factory-floor", pipeline=PIPELINE)
    page.view.locator("[data-id=evaluate]").wait_for()
    page.page.locator("#jp-main-dock-panel iframe:visible").first.wait_for()


def panel(page: LabPage) -> None:
    """The factory panel, with the stages of the only pipeline, beside the Launcher with its cards."""
    page.page.locator(".jp-Launcher:visible").wait_for()
    stages = page.panel.get_by_role("region", name=re.compile("stages of"))
    for name in ("ingest", "deploy"):
        stages.first.get_by_role("button", name=re.compile(name)).wait_for()


def line(page: LabPage) -> None:
    """The build line with what is known of a stage."""
    opened(page, "aifactory:open-line", "[data-id=evaluate]", pipeline=PIPELINE, line="build")
    page.node("evaluate").focus()


def replay(page: LabPage) -> None:
    """A replay: a window for each month."""
    copy = f"{PIPELINE}@replay"
    opened(page, "aifactory:open-line", "[data-id=monitor]", pipeline=copy, line="operate")


def notebook(page: LabPage) -> None:
    """The executed notebook of a stage beside the line."""
    line(page)
    page.node("evaluate").click()
    page.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").first.wait_for()


def form(page: LabPage) -> None:
    """The run form with a value that was changed."""
    opened(page, "aifactory:run-form", "code", pipeline=PIPELINE, line="build")
    page.view.get_by_label("Stages", exact=True).select_option("span")
    page.view.get_by_label("From", exact=True).select_option("train")


def registry(page: LabPage) -> None:
    """Which version served when, and what two of them differ in."""
    opened(page, "aifactory:registry", "table", product=f"{PIPELINE}@replay")


def rollout(page: LabPage) -> None:
    """A rollout that is under way: who answers how much, and what the guards say."""
    page.panel.get_by_role("button").filter(has_text="answers").first.click()
    page.view.get_by_role("table", name="The guards now").wait_for()


def card(page: LabPage) -> None:
    """The card of a model beside its line."""
    line(page)
    page.execute("aifactory:model-card", product=f"{PIPELINE}@replay", version=2)
    page.page.frame_locator("iframe:visible").get_by_role("heading").first.wait_for()


def promotion(page: LabPage) -> None:
    """The question before a promotion."""
    registry(page)
    page.view.get_by_role("button", name=re.compile("^Promote version")).first.click()
    page.page.get_by_role("dialog").get_by_role("table").first.wait_for()


def run_cells(page: LabPage, ready: str, *cells: str) -> None:
    """Run cells in a notebook of their own that has the whole width, and wait for something in it."""
    page.page.evaluate(
        """([path, notebook]) => window.jupyterapp.serviceManager.contents.save(
            path, { type: 'notebook', format: 'json', content: notebook }).then(() => null)""",
        ["widgets.ipynb", notebook_of(cells)],
    )
    page.execute("docmanager:open", path="widgets.ipynb")
    page.execute("application:toggle-left-area")
    page.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    page.execute("notebook:run-all-cells")
    page.page.locator(ready).wait_for()
    page.execute("notebook:move-cursor-up")


def notebook_of(cells: tuple[str, ...]) -> dict[str, object]:
    """A notebook with code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return dict(notebook)


def widgets(page: LabPage) -> None:
    """The widgets that watch and start, in a notebook."""
    cells = "RunBoard(limit=3)", f'StageLauncher("train", "{PIPELINE}")'
    run_cells(page, ".aifactory-form", WIDGETS, *cells)


def labels(page: LabPage) -> None:
    """The widget that takes labels, below the gates, in a notebook."""
    cells = f'GateReport(pipeline="{PIPELINE}")', f'LabelQueue("{PIPELINE}@replay")'
    run_cells(page, ".aifactory-labels .question", WIDGETS, *cells)


VIEWS: dict[str, Callable[[LabPage], None]] = {
    view.__name__: view
    for view in (
        *(floor, panel, line, replay, notebook, form, registry, promotion),
        *(card, rollout, widgets, labels),
    )
}

USUAL = [name for name in VIEWS if name != "rollout"]


def widen(page: LabPage) -> None:
    """Give the panel some more room, as its users do."""
    box = page.panel.bounding_box()
    assert box is not None
    edge = box["x"] + box["width"] + 2
    page.page.mouse.move(edge, 500)
    page.page.mouse.down()
    page.page.mouse.move(edge + 80, 500, steps=4)
    page.page.mouse.up()


def keep_small(path: Path) -> None:
    """A picture with 256 colours is a third as large, and looks the same."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "workbench")
    parser.add_argument("--only", default=",".join(USUAL), help="views, with commas between them")
    told = parser.parse_args()
    told.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        lab = Lab(told.workspace.resolve(), Path(home))
        try:
            for theme in ("light", "dark"):
                for name in told.only.split(","):
                    with lab.page(browser, f"{name}-{theme}", theme) as page:
                        widen(page)
                        VIEWS[name](page)
                        page.page.wait_for_timeout(SETTLED)
                        path = told.to / f"{name}_{theme}.png"
                        page.page.screenshot(path=path)
                        keep_small(path)
                        print(path, path.stat().st_size // 1024, "KiB", flush=True)
        finally:
            lab.stop()


if __name__ == "__main__":
    main()
