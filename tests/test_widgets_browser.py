"""The widgets as a user has them: in JupyterLab, in Notebook 7, in VS Code, and in a page that knows nothing of any of them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import nbformat
import pytest
from conftest import record_gate, stage_cells, write_notebook, write_shop
from lab_server import TOKEN, wait_until
from serving import add_version, fill_tables, score_unlabelled
from vscode import VsCodePage, vscode_files
from workbench import PATIENCE, THEMES, Lab, chromium, copy_shop, violations, waiting_cells

from aifactory_nb import label_queue, run_board
from aifactory_nb.notebook_view import COLOURS
from aifactory_nb.settings import load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CELLS = [
    "from aifactory_nb.widgets import GateReport, LabelQueue, RunBoard, StageLauncher",
    'launcher = StageLauncher("bake", "bakery")\nlauncher',
    "RunBoard()",
    "GateReport()",
    'LabelQueue("shop")',
]
FRONT_ENDS = {"lab": "lab/workspaces/lab/tree", "notebook": "notebooks"}
SIZES = {
    "lab": 3,
    "notebook": 4,
    "vs code": 5,
}  # of loaves: what was baked already is not baked again
WIDGETS = (".aifactory-form", ".aifactory-board", ".aifactory-labels")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """The browser of all tests."""
    with chromium() as found:
        yield found


def write_pages(folder: Path) -> None:
    """A notebook with all widgets for each front end, beside the pipelines."""
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (folder / "notes").mkdir()
    for name in FRONT_ENDS:
        nbformat.write(notebook, folder / "notes" / f"{name}.ipynb")


@pytest.fixture(scope="module")
def lab(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The server of a workspace with a bakery, whose only stage waits, and a shop with rows to label."""
    home = tmp_path_factory.mktemp("widgets")
    factory = write_shop(home / "factory")
    baked = stage_cells("bake", *waiting_cells(factory), "stage.output('bread', size)")
    write_notebook(factory, "bake", baked, "size: int = 1  # how many [1..9]", writes=["bread"])
    copy_shop(factory, "bakery", '\n[lines]\nbuild = ["bake"]\n')
    settings = load_settings(factory)
    fill_tables(settings)
    add_version(settings)
    score_unlabelled(settings, 6)
    record_gate(settings)
    write_pages(factory)
    found = Lab(factory, home)
    yield found
    found.stop()


class Notebook:
    """A notebook in a front end."""

    areas = ".jp-OutputArea:visible"

    def __init__(self, page: "Page", lab: Lab, front_end: str) -> None:
        self.page, self.lab, self.front_end = page, lab, front_end
        self.form, self.board, self.queue = map(page.locator, WIDGETS)
        self.failures: list[str] = []
        page.on("pageerror", lambda error: self._failed(f"{error}\n{error.stack}"))
        page.on("console", lambda said: self._failed(said.text) if said.type == "error" else None)

    def _failed(self, told: str) -> None:
        """Keep what failed in our code; the front ends have failures of their own."""
        if "aifactory" in told:
            self.failures.append(told)

    def open(self) -> None:
        """Open the notebook as its user does."""
        path = f"{FRONT_ENDS[self.front_end]}/notes/{self.front_end}.ipynb"
        self.page.goto(self.lab.address(path))
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()

    def open_without_kernel(self) -> None:
        """Open the notebook once its kernel is gone: JupyterLab without any, Notebook 7 with one that knows nothing of it."""
        for session in self.lab.server.get_json("api/sessions"):
            url = f"{self.lab.server.url}api/sessions/{session['id']}"
            headers = {"Authorization": f"token {TOKEN}"}
            urlopen(Request(url, method="DELETE", headers=headers)).close()
        if self.front_end == "notebook":
            self.open()
            return
        self.page.goto(self.lab.address("lab/workspaces/again"))
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        no_kernel = {"shouldStart": False, "autoStartDefault": False}
        path = f"notes/{self.front_end}.ipynb"
        self.execute("docmanager:open", path=path, kernelPreference=no_kernel)

    def execute(self, command: str, **arguments: object) -> None:
        """Carry out a command of the front end; one that waits for somebody fails with what it asks."""
        self.page.evaluate(
            """([name, args, patience]) => Promise.race([
                window.jupyterapp.commands.execute(name, args).then(() => null),
                new Promise((_, fail) => setTimeout(() => fail(new Error(
                    name + ' waits: ' + (document.querySelector('.jp-Dialog')?.innerText ?? 'no dialog')
                )), patience))
            ])""",
            [command, arguments, PATIENCE],
        )

    def run_all(self) -> None:
        """Run all cells, and wait for the widgets."""
        self.page.wait_for_function(
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        self.execute("notebook:run-all-cells")
        self.queue.locator(".question").wait_for()

    def set_theme(self, theme: str) -> None:
        """Put on a theme."""
        name = THEMES[theme]
        self.execute("apputils:change-theme", theme=name)
        wait_until(lambda: self.page.evaluate("document.body.dataset.jpThemeName") == name)

    def follow(self, link: "Locator", text: str) -> None:
        """Click the link to the executed notebook, in which there is a text."""
        if self.front_end == "lab":
            link.click()
            self.page.locator(".lm-TabBar-tab.lm-mod-current", has_text="01_bake.ipynb").wait_for()
            found = self.page
        else:
            with self.page.context.expect_page() as opened:
                link.click()
            found = opened.value
        found.locator(".jp-Cell:visible", has_text=text).wait_for()
        if found is not self.page:
            found.close()
            self.page.bring_to_front()  # a page behind another one is not drawn, and may not save

    def save(self) -> None:
        """Save the notebook."""
        self.execute("docmanager:open", path=f"notes/{self.front_end}.ipynb")
        self.execute("docmanager:save")

    def outputs(self) -> str:
        """What stands below the cells."""
        self.page.locator(".aifactory-summary:visible").nth(2).wait_for()
        areas, told = self.page.locator(self.areas), [""]

        def stand() -> (
            bool
        ):  # Notebook 7 draws them anew once its kernel knows nothing of the widgets
            told[0] = "\n".join(areas.all_inner_texts())
            return all(word in told[0] for word in ("bakery: bake", "Gates of run", "labelled"))

        wait_until(stand)
        return told[0]


class VsCode(Notebook):
    """A notebook in VS Code."""

    areas = ".cell_container"

    def __init__(self, page: "Page", lab: Lab, files: Path) -> None:
        super().__init__(page, lab, "vs code")
        self.host, self.saved = VsCodePage(page, lab, files), None

    def open(self) -> None:
        """Open a notebook with nothing in it."""
        self.host.open()

    def run_all(self) -> None:
        """Run all cells, and wait for the widgets."""
        self.host.run_all("notes/vscode.ipynb", CELLS)
        self.queue.locator(".question").wait_for()

    def set_theme(self, theme: str) -> None:
        """Put on a theme."""
        self.host.set_theme(theme)

    def follow(self, link: "Locator", text: str) -> None:
        """Click the link to the executed notebook, in which there is a text; VS Code opens it itself."""
        link.click()
        (opened,) = self.host.opened
        assert text in (self.lab.folder / "notes" / opened).read_text()

    def save(self) -> None:
        """Save the notebook."""
        self.saved = self.host.saved()

    def open_without_kernel(self) -> None:
        """Open the notebook once its kernel is gone."""
        self.host.reopen(self.saved)


@pytest.fixture(scope="module")
def vscode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page that does what VS Code does."""
    return vscode_files(tmp_path_factory.mktemp("vscode"))


@pytest.fixture(params=[*FRONT_ENDS, "vs code"])
def notebook(lab: Lab, browser: "Browser", request: Any) -> Iterator[Notebook]:
    """The notebook in each front end, with all cells run and a stage that waits; in the end it waits no longer."""
    for name in ("first", "second"):
        (lab.folder / name).unlink(missing_ok=True)
    with lab.tab(browser, request.param) as page:
        if request.param in FRONT_ENDS:
            found = Notebook(page, lab, request.param)
        else:
            found = VsCode(page, lab, request.getfixturevalue("vscode"))
        found.open()
        found.run_all()
        yield found
        assert not found.failures, found.failures
    for name in ("first", "second"):
        (lab.folder / name).touch()


def start_wrongly_then_rightly(notebook: Notebook) -> None:
    """Type what is no number of loaves, and then one."""
    size = notebook.form.get_by_label("size")
    size.fill("many")
    notebook.form.get_by_text("size must be int, found 'many'").wait_for()
    size.fill(str(SIZES[notebook.front_end]))
    notebook.form.get_by_text("size must be int").wait_for(state="hidden")
    notebook.form.get_by_role("button", name="Start").click()


def cancel_from_the_board(notebook: Notebook) -> str:
    """Cancel the run that is at work, after thinking about it once; its name."""
    run = notebook.board.get_by_role("row").filter(has_text="cell 5 of")
    name = run.locator("small").first.inner_text()
    for answer in ("Let it run", "Cancel the run"):
        notebook.board.get_by_role("button", name=f"Cancel {name}", exact=True).click()
        question = notebook.board.get_by_role("group", name="Cancel this run?")
        question.get_by_text(answer, exact=True).click()
        question.wait_for(state="hidden")
    notebook.form.get_by_text("‖ interrupted").wait_for()
    return name


def test_the_widgets_do_what_they_say(notebook: Notebook, lab: Lab) -> None:
    """A stage is filled in, started, watched, cancelled, resumed and looked at; a row is labelled; what is saved are tables."""
    start_wrongly_then_rightly(notebook)
    notebook.form.get_by_text("cell 4 of").wait_for()
    (lab.folder / "first").touch()
    notebook.form.get_by_text("cell 5 of").wait_for()
    run = cancel_from_the_board(notebook)
    notebook.board.get_by_role("button", name=f"Resume {run}").click()
    (lab.folder / "second").touch()
    row = notebook.board.get_by_role("row").filter(has_text=run)
    row.get_by_text("✓ succeeded").wait_for()
    found = {theme: contrast(notebook, theme) for theme in ("light", "dark")}
    assert not any(found.values()), found

    notebook.queue.focus()
    notebook.page.keyboard.press("y")
    notebook.queue.get_by_text("1 labelled").wait_for()
    link = notebook.form.get_by_role("link", name="executed notebook")
    notebook.follow(link, "stage.output('bread', size)")

    notebook.save()
    notebook.open_without_kernel()
    told = notebook.outputs()

    assert "bakery: bake" in told and "‖ interrupted" in told and "size" in told
    assert run in told and "✓ succeeded" in told
    assert "Gates of run r1" in told and re.search(r"labelled\s+1", told)
    assert "widget" not in told.lower()


def contrast(notebook: Notebook, theme: str) -> list[str]:
    """What axe-core finds in the widgets in a theme."""
    notebook.set_theme(theme)
    return violations(notebook.page, *WIDGETS)


MODEL = """async ([source, style, name, value]) => {
    document.head.append(Object.assign(document.createElement('style'), { textContent: style }));
    const changed = new Set();
    const model = window.model = {
        sent: [],
        get: () => value,
        send: told => model.sent.push(told),
        on: (event, act) => event === `change:${name}` && changed.add(act),
        off: (event, act) => changed.delete(act),
        set: next => { value = next; changed.forEach(act => act()); },
    };
    const { default: page } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    window.leave = page.render({ model, el: document.querySelector('main div') });
}"""
NOW = datetime.now(UTC).isoformat()
RUN = {
    **{"run": "r1", "pipeline": "shop", "kind": "build", "message": "", "problem": "", "order": ""},
    **{"status": "running", "state": "▶ running", "started_at": NOW, "ended_at": None},
    **{
        "expected_end": None,
        "done": 1,
        "part": 0.5,
        "stages": 3,
        "at_work": ["train: cell 2 of 4"],
    },
    **{"link": {"href": "runs/r1"}, "linked": "notebooks", "can_cancel": True, "can_resume": False},
}
FAILED = {
    **{**RUN, "run": "r0", "status": "failed", "state": "✗ failed", "message": "No rows."},
    **{"can_cancel": False, "can_resume": True, "problem": "It cannot be.", "ended_at": NOW},
}
CARD = {
    **{"question": "Will an order be returned?", "told": "1 of 6", "waits": True, "before": ""},
    **{"prediction": "yes", "problem": "Not a label.", "can_go_back": False},
    "values": [["price", "12.5"], ["a_name_that_is_longer_than_most_of_them_are", "x" * 80]],
    "choices": [{"key": "y", "text": "yes", "value": True}],
}
PAGES = {
    "board": (
        run_board.PAGE,
        run_board.STYLE,
        {"problem": "", "caption": "Runs", "runs": [RUN, FAILED]},
    ),
    "card": (label_queue.PAGE, label_queue.STYLE, CARD),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_of_jupyter(
    lab: Lab, browser: "Browser", name: str, scheme: str
) -> None:
    """No variable, global or library: readable on light and dark paper, 700 pixels wide."""
    source, style, value = PAGES[name]
    with lab.tab(browser, f"{name} {scheme}") as page:
        page.set_viewport_size({"width": 700, "height": 600})
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.set_content(
            f"<!doctype html><html lang=en style='color-scheme:{scheme}'><title>x</title><main><div></div></main></html>"
        )
        page.evaluate(MODEL, [source, COLOURS + style, name, value])
        found = violations(page, "main")
        wide = page.evaluate("document.documentElement.scrollWidth")
        act(page, name)
        sent = page.evaluate("() => { leave(); return model.sent }")

    assert not found and not failures and wide <= 700, (found, failures, wide)
    assert sent == SENT[name], json.dumps(sent)


SENT = {
    "board": [
        {"kind": "look"},
        {"kind": "resume", "run": "r0"},
        {"kind": "cancel", "run": "r1"},
        {"kind": "gone"},
    ],
    "card": [{"kind": "label", "label": True}, {"kind": "skip"}],
}


def act(page: "Page", name: str) -> None:
    """Use the page, while what it shows changes."""
    if name == "card":
        page.keyboard.press("Tab")
        for key in ("y", "s"):
            page.keyboard.press(key)
        return
    page.get_by_role("button", name="Resume r0").click()
    page.get_by_role("button", name="Cancel r1").press("Enter")
    page.evaluate(
        "value => model.set(value)", {**PAGES["board"][2], "runs": [{**RUN, "part": 0.9}, FAILED]}
    )
    assert page.evaluate("document.activeElement.textContent") == "Let it run"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Cancel the run r1").click()
