"""A notebook in VS Code: the widget manager of its Jupyter extension in a page that does around it what extension and VS Code do."""

import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from lab_server import TOKEN
from servers import no_server
from workbench import Lab

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

LABEXTENSION = Path(__file__).parent.parent / "labextension"
MANAGER = (
    LABEXTENSION / "node_modules" / "@vscode" / "jupyter-ipywidgets8" / "dist" / "ipywidgets.js"
)
# src/webviews/extension-side/ipywidgets: where VS Code looks for the files of other widgets
NBEXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "nbextensions"
COLOURS = {  # of the themes "Light Modern" and "Dark Modern"
    "light": {
        **{"editor-background": "#ffffff", "editor-foreground": "#3b3b3b"},
        **{"textLink-foreground": "#005fb8", "focusBorder": "#005fb8"},
        **{"textPreformat-foreground": "#3b3b3b", "textPreformat-background": "#0000001f"},
        **{"keybindingLabel-foreground": "#3b3b3b", "keybindingLabel-background": "#dddddd66"},
    },
    "dark": {
        **{"editor-background": "#1f1f1f", "editor-foreground": "#cccccc"},
        **{"textLink-foreground": "#4daafc", "focusBorder": "#0078d4"},
        **{"textPreformat-foreground": "#d0d0d0", "textPreformat-background": "#3c3c3c"},
        **{"keybindingLabel-foreground": "#cccccc", "keybindingLabel-background": "#8080802b"},
    },
}
FONT = {"font-family": "system-ui, sans-serif", "font-size": "13px", "font-weight": "normal"}


def vscode_files(folder: Path) -> Path:
    """The files of the page, in a folder."""
    if not MANAGER.is_file() or shutil.which("node") is None:
        reason = "No widget manager of VS Code: the widgets are NOT tested in it. make ui"
        warnings.warn(reason, stacklevel=2)
        if shutil.which("npm") is None:  # nothing of this repository is made to need it
            pytest.skip(reason)
        no_server(reason)
    source = LABEXTENSION / "tests" / "vscode"
    subprocess.run(["node", source / "bundle.mjs", folder], check=True)
    shutil.copy(source / "page.html", folder)
    shutil.copy(MANAGER, folder)
    return folder


class VsCodePage:
    """The page, served beside a Jupyter server."""

    def __init__(self, page: "Page", lab: Lab, files: Path) -> None:
        self.page, self.lab, self.files = page, lab, files
        page.route("**/vscode/**", self._answer)
        # Chromium knows of no address that such a page comes from, and would keep it from the server.
        page.context.grant_permissions(["local-network-access"])

    def open(self) -> None:
        """Open a notebook with nothing in it."""
        self.page.goto(self.lab.address("vscode/page.html"))
        self.set_theme("dark")

    def set_theme(self, theme: str) -> None:
        """Put on a theme, as VS Code does it."""
        self.page.evaluate(
            """([theme, colours]) => {
                document.body.className = document.body.dataset.vscodeThemeKind = `vscode-${theme}`;
                for (const [name, value] of Object.entries(colours))
                    document.documentElement.style.setProperty(`--vscode-${name}`, value);
            }""",
            [theme, COLOURS[theme] | FONT],
        )

    def run_all(self, notebook: str, cells: list[str]) -> None:
        """Run cells in a kernel for a notebook of the server."""
        self._do("runAll", notebook, TOKEN, cells)

    def saved(self) -> Any:
        """The outputs of all cells, as they are saved."""
        return self._do("saved")

    def reopen(self, saved: Any) -> None:
        """Open what was saved, without a kernel."""
        self.open()
        self._do("reopen", saved)

    @property
    def opened(self) -> list[str]:
        """What VS Code was asked to open, relative to the notebook."""
        return self.page.evaluate("vscode.opened")

    def _do(self, name: str, *given: Any) -> Any:
        return self.page.evaluate(f"given => vscode.{name}(...given)", list(given))

    def _answer(self, route: "Route") -> None:
        path = urlsplit(route.request.url).path.partition("/vscode/")[2]
        name = path.removeprefix("nbextensions/")
        route.fulfill(path=(self.files if name == path else NBEXTENSIONS) / name)
