"""A Jupyter server with the workbench, as a process of its own, and what a page says to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import websocket

TOKEN = "a token of tests"
PATIENCE = 60.0
PAGES = ("jupyterlab", "notebook", "notebook_shim")
OTHERS = ("jupyter_lsp", "jupyter_server_terminals")


class LabServer:
    """A server of a folder; with `lab` one that serves JupyterLab and Notebook 7 too."""

    def __init__(
        self, folder: Path, home: Path, *options: str, lab: bool = False, port: int = 0
    ) -> None:
        names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime"}
        names |= {"JUPYTER_DATA_DIR": "data", "IPYTHONDIR": "ipython"}
        own = {variable: str(home / name) for variable, name in names.items()}
        given = {name: value for name, value in os.environ.items() if name != "AIFACTORY_WORKSPACE"}
        extensions = {**dict.fromkeys(OTHERS, False), **dict.fromkeys(PAGES, lab)}
        extensions["aifactory_nb"] = True
        command = [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            f"--ServerApp.jpserver_extensions={extensions}",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.port={port}",
            f"--IdentityProvider.token={TOKEN}",
            *options,
        ]
        self.runtime, self.log = home / "runtime", home / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env={**given, **own}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        file = self.runtime / f"jpserver-{self.process.pid}.json"
        wait_until(lambda: file.exists() and file.read_text().endswith("}"))
        url = str(json.loads(file.read_text())["url"])

        def answers() -> bool:
            try:
                return self.get_raw(f"{url}api/status") is not None
            except OSError:
                return False

        wait_until(answers)
        return url

    def close(self) -> None:
        """End the server, as its user does; what it has started goes on."""
        self.process.terminate()
        self.process.wait()

    def get_raw(self, url: str) -> bytes:
        """What stands at a URL."""
        with urlopen(Request(url, headers={"Authorization": f"token {TOKEN}"})) as answer:
            return answer.read()

    def get_json(self, path: str) -> Any:
        """What the server itself answers, such as its kernels."""
        return json.loads(self.get_raw(f"{self.url}{path}"))

    def ask(
        self,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        **arguments: object,
    ) -> tuple[int, Any]:
        """The status and the answer to a question; with a body it is a POST."""
        query = f"?{urlencode(arguments)}" if arguments else ""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}"} if headers is None else headers
        try:
            with urlopen(
                Request(f"{self.url}aifactory/api/{path}{query}", data, headers)
            ) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text.decode()

    def get(self, path: str, **arguments: object) -> Any:
        """The answer to a question that is right."""
        status, told = self.ask(path, **arguments)
        assert status == 200, (path, told)
        return told

    def post(self, path: str, body: Any) -> Any:
        """The answer to an order that is right."""
        status, told = self.ask(path, body)
        assert status in (200, 202), (path, told)
        return told

    def ended(self, launch: dict[str, Any]) -> dict[str, Any]:
        """What was started, when it has ended."""
        path = f"launches/{launch['launch']}"
        wait_until(lambda: self.get(path)["status"] in ("ended", "failed"))
        return self.get(path)

    def begun(self, launch: dict[str, Any]) -> str:
        """The run of what was started."""
        wait_until(lambda: self.get(f"launches/{launch['launch']}")["run"])
        return str(self.get(f"launches/{launch['launch']}")["run"])

    @contextmanager
    def events(self) -> Iterator[Callable[[Callable[[dict], bool]], dict[str, Any]]]:
        """A page that is connected: a function that waits for an event for which something holds."""
        url = f"{self.url.replace('http', 'ws', 1)}api/events/subscribe"
        header = [f"Authorization: token {TOKEN}"]
        with closing(websocket.create_connection(url, header=header, timeout=PATIENCE)) as socket:
            self.get("factory")

            def wait_for(holds: Callable[[dict], bool]) -> dict[str, Any]:
                while True:
                    event = json.loads(socket.recv())
                    if "factory" in event["schema_id"] and holds(event):
                        return event

            yield wait_for


def wait_until(holds: Callable[[], object]) -> None:
    """Look until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.05)
