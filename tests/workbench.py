"""JupyterLab with the workbench in Chromium: what a user sees and does."""

import json
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from conftest import stage_cells, write_notebook
from lab_server import TOKEN, LabServer, wait_until
from servers import free_port, no_server

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

BUNDLE, NAME = Path(__file__).parent.parent / "aifactory_nb" / "labextension", "aifactory-nb"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# A container has no sandbox and no graphics processor; a browser of tests asks nobody for anything.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60_000.0  # milliseconds
THEMES = {
    "light": "JupyterLab Light",
    "dark": "JupyterLab Dark",
    "contrast": "JupyterLab Dark High Contrast",
}
OURS = (".jp-aifactory-panel", ".jp-aifactory-content", ".jp-aifactory-statusitem")


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A Chromium that is installed here; nothing is ever downloaded."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        reason = "No Chromium: the workbench is NOT tested in a browser. apt-get install chromium"
        warnings.warn(reason, stacklevel=2)
        no_server(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Lab:
    """JupyterLab of a workspace, with the bundle of this repository whatever is installed."""

    def __init__(self, folder: Path, home: Path, extension: bool = True) -> None:
        self.folder, self.home, self.port = folder, home, free_port()
        self._say("@jupyterlab/apputils-extension", "notification", fetchNews="false")
        installed = self._labextensions(extension)
        self.options = [
            option
            for app in ("LabApp", "JupyterNotebookApp")
            for option in (
                f"--{app}.expose_app_in_browser=True",
                f"--{app}.labextensions_path={installed}",
            )
        ]
        self.start()

    def _labextensions(self, ours: bool) -> Path:
        """A folder with the extensions that are installed here, and the bundle of this repository in the place of ours."""
        folder = self.home / "labextensions"
        folder.mkdir(parents=True)
        installed = (Path(sys.prefix) / "share" / "jupyter" / "labextensions").glob("*")
        for path in [*installed, *([BUNDLE] if ours else [])]:
            if path.name != NAME:
                (folder / (NAME if path == BUNDLE else path.name)).symlink_to(path)
        return folder

    def _say(self, extension: str, plugin: str, **settings: Any) -> None:
        """Settings of a user."""
        folder = self.home / "config" / "lab" / "user-settings" / extension
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))

    def start(self) -> None:
        """Start the server, again after `stop`, at the same address."""
        options = self.options
        self.server = LabServer(self.folder, self.home, *options, lab=True, port=self.port)

    def stop(self) -> None:
        """End the server; what it has started goes on."""
        self.server.close()

    @contextmanager
    def page(self, browser: "Browser", name: str, theme: str = "light") -> "Iterator[LabPage]":
        """A page of somebody whose browser knows nothing yet; each name has a layout of its own."""
        self._say("@jupyterlab/apputils-extension", "themes", theme=THEMES[theme])
        with self.tab(browser, name) as tab:
            page = LabPage(tab, self.address(f"lab/workspaces/{name}"))
            yield page
        assert not page.failures, page.failures

    @contextmanager
    def tab(self, browser: "Browser", name: str) -> "Iterator[Page]":
        """A tab of a browser that knows nothing yet."""
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        context.set_default_timeout(PATIENCE)
        tab = context.new_page()
        try:
            yield tab
        finally:  # when a test has failed, the picture says what it was looking at
            tab.screenshot(path=self.home / f"{name}.png")
            context.close()

    def address(self, path: str) -> str:
        """The address of a page of the server, for somebody who is known there."""
        return f"{self.server.url}{path}?token={TOKEN}"


class LabPage:
    """A page of JupyterLab with the factory panel open."""

    def __init__(self, page: "Page", url: str) -> None:
        self.page, self.failures = page, list[str]()
        page.on("pageerror", lambda error: self._failed(f"{error}\n{error.stack}"))
        page.goto(url)
        self.loaded()
        self.execute("aifactory:show-panel")
        self.panel.get_by_role("status").first.wait_for()  # the factory has been read

    def _failed(self, told: str) -> None:
        """Keep what failed in our code; of the others there is much, and none of it is ours to mend."""
        if "aifactory" in told:
            self.failures.append(told)

    @property
    def panel(self) -> "Locator":
        """The factory panel."""
        return self.page.get_by_role("region", name="AI Factory", exact=True)

    @property
    def view(self) -> "Locator":
        """The view of ours that is in sight in the main area."""
        return self.page.locator("#jp-main-dock-panel .jp-aifactory-content:visible").first

    def loaded(self) -> None:
        """Wait until JupyterLab stands."""
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)")

    def reload(self) -> None:
        """Press F5."""
        self.page.wait_for_function(  # a layout is kept a moment after it has changed
            "async () => { const kept = await window.jupyterapp.serviceManager.workspaces"
            ".fetch(location.pathname.split('/workspaces/')[1]).catch(() => null);"
            " return JSON.stringify(kept ?? {}).includes('aifactory-') }"
        )
        self.page.reload()
        self.loaded()

    def execute(self, command: str, **arguments: object) -> None:
        """Carry out a command, as the palette does."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            [command, arguments],
        )

    def ask(self, command: str, **arguments: object) -> "Locator":
        """Carry out a command that asks something; its dialog."""
        self.page.evaluate(
            "([name, args]) => void window.jupyterapp.commands.execute(name, args)",
            [command, arguments],
        )
        dialog = self.page.get_by_role("dialog")
        dialog.wait_for()
        return dialog

    def node(self, name: str, *words: str) -> "Locator":
        """A stage or a gate of the line, whose label has these words."""
        pattern = f"^(Gate )?{re.escape(name)}\\b" + "".join(
            f".*{re.escape(word)}" for word in words
        )
        drawing = self.view.get_by_role("group", name=re.compile("^Line "))
        return drawing.get_by_role("button", name=re.compile(pattern, re.S))

    def violations(self, *where: str) -> list[str]:
        """What axe-core finds in nodes of ours that are in sight."""
        return violations(self.page, *(where or OURS))


def violations(page: "Page", *where: str) -> list[str]:
    """What axe-core finds in those nodes of a page that are in sight."""
    page.evaluate(axe_script())
    return page.evaluate(
        """async where => {
            const seen = where.filter(each => document.querySelector(each)?.checkVisibility());
            if (!seen.length) return ["nothing of ours is in sight"];
            const found = await axe.run({include: seen.map(each => [each])});
            return found.violations.flatMap(rule => rule.nodes.map(
                node => `${rule.id}: ${node.target} ${node.failureSummary}`));
        }""",
        list(where),
    )


def page_violations(browser: "Browser", html: str, scheme: Literal["light", "dark"]) -> list[str]:
    """What axe-core finds in a page that stands for itself; into its frame in JupyterLab it cannot look."""
    page = browser.new_page(color_scheme=scheme)
    page.set_content(html)
    page.evaluate(axe_script())
    found = page.evaluate("axe.run().then(found => found.violations.map(rule => rule.id))")
    page.close()
    return found


@cache
def axe_script() -> str:
    """axe-core, out of the Python package that holds it."""
    package = find_spec("axe_playwright_python")
    assert package is not None and package.origin is not None, "no axe_playwright_python"
    return (Path(package.origin).parent / "axe.min.js").read_text()


def copy_shop(folder: Path, name: str, more: str = "") -> None:
    """A pipeline as the shop is, under a name of its own."""
    home = folder / "pipelines" / name
    shutil.copytree(folder / "pipelines" / "shop", home)
    text = (home / "pipeline.toml").read_text().replace('name = "shop"', f'name = "{name}"')
    (home / "pipeline.toml").write_text(text + more)


def waiting_cells(folder: Path) -> list[str]:
    """Two cells that wait for the files `first` and `second`."""
    return [
        f"import pathlib, time\nwhile not pathlib.Path({str(folder / name)!r}).exists():\n    time.sleep(0.02)"
        for name in ("first", "second")
    ]


def write_waiting_stages(folder: Path) -> None:
    """The stages `make`, `wait` and `use`; `wait` waits in two cells for the files `first` and `second`."""
    made = stage_cells("make", "print('made')", "stage.output('rows', size)")
    help_text = "size: int = 1  # how many [1..9]"
    write_notebook(folder, "make", made, help_text, writes=["rows"])
    waited = stage_cells("wait", *waiting_cells(folder), "stage.output('waited', True)")
    write_notebook(folder, "wait", waited, reads=["rows"], writes=["waited"])
    used = stage_cells("use", "stage.output('total', stage.has('waited'))")
    write_notebook(folder, "use", used, reads=["waited"], writes=["total"])


def write_past_runs(settings: Settings) -> None:
    """Runs of the pipeline `past` as a ledger has them: a fan-out over 200 segments, one of them failed, and a replay."""
    ledger = Ledger(settings.ledger_url)
    quarter = {"start": "2024-01-01", "end": "2024-04-01", "parameters": {}}
    label, names = "2024-01-01..2024-04-01", [f"region=r{number:03d}" for number in range(200)]
    own = [{"stages": ["use"], **quarter, "branch": name, "segment": name} for name in names]
    parts = [("make", label, "", ""), *(("use", label, "", name) for name in names)]
    asked = {"segment": "region", "requests": [{"stages": ["make"], **quarter}, *own]}
    _write_run(ledger, "fan-out", "past", "run", asked, parts, "failed")
    days = [f"2024-{month:02d}" for month in range(4, 13)]
    windows = [
        {"stages": ["make", "use"], "start": f"{day}-01", "end": f"{day}-28"} for day in days
    ]
    requests = [{"stages": ["make"], **quarter}, *({**each, "parameters": {}} for each in windows)]
    asked = {"from": days[0], "to": days[-1], "requests": requests}
    steps = [(stage, day, "", "") for day in days for stage in ("make", "use")]
    parts = [("make", label, "", ""), *steps]
    _write_run(ledger, "replay", "past@replay", "replay", asked, parts, "succeeded")
    ledger.close()


def _write_run(
    ledger: Ledger,
    run: str,
    pipeline: str,
    kind: str,
    asked: dict[str, Any],
    parts: list[tuple[str, str, str, str]],
    ending: str,
) -> None:
    """A run whose first stages have ended, the last of them as the run itself."""
    ledger.start_run(run, pipeline, kind, asked, len(parts))
    ledger.plan_stages(run, [(place, *part) for place, part in enumerate(parts)])
    for position, status in enumerate(("succeeded", "succeeded", "succeeded", ending)):
        ledger.start_stage(run, position, "key", 1, "")
        ledger.end_stage(run, position, status, None, "It is broken." * (status == "failed"))
    ledger.end_run(run, ending, "use failed: it is broken." * (ending == "failed"))


def no_run_at_work(server: LabServer) -> None:
    """Wait until all runs have ended, and what was started for them."""

    def quiet() -> bool:
        state = server.get("factory")
        running = any(run["status"] == "running" for run in state["runs"])
        return not running and all(
            launch["status"] in ("ended", "failed") for launch in state["launches"]
        )

    wait_until(quiet)
