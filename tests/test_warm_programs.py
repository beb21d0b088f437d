"""The kernel that has the libraries loaded, in the programs that people have, unchanged: papermill, nbconvert, Jupyter's server."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests
import websocket
from warm import LINUX, is_running, socket_folder, wait_until, warm_pids

pytestmark = [LINUX, pytest.mark.timeout(180)]
LIMIT = 120.0
PAPERMILL = ["-m", "papermill", "-k", "aifactory", "--no-progress-bar", "a.ipynb", "b.ipynb"]
NBCONVERT = [
    "-m", "nbconvert", "--execute", "--ExecutePreprocessor.kernel_name=aifactory", "--to", "notebook", "a.ipynb", "--output", "b.ipynb",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def sockets() -> Iterator[Path]:
    """One warm process for these tests, with few libraries, so that it is there soon."""
    with socket_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIFACTORY_KERNEL_PRELOAD", "numpy, polars, lightgbm")
        patch.delenv("AIFACTORY_WORKSPACE", raising=False)
        yield folder


@pytest.mark.parametrize("program", [PAPERMILL, NBCONVERT], ids=["papermill", "nbconvert"])
def test_a_notebook_is_executed(tmp_path: Path, program: list[str]) -> None:
    """The libraries are there, and the outputs are in the notebook."""
    cells = ["import sys; print('lightgbm' in sys.modules)", "1 + 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "a.ipynb")

    subprocess.run([sys.executable, *program], cwd=tmp_path, check=True, capture_output=True)

    first, second = nbformat.read(tmp_path / "b.ipynb", 4).cells
    assert first.outputs[0].text == "True\n"
    assert second.outputs[0].data["text/plain"] == "2"


class Server:
    """Jupyter's server, as JupyterLab talks to it."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.url, self.token = about["url"] + "api/kernels", about["token"]

    def ask(self, method: str, path: str = "", **content: Any) -> Any:
        """A request; returns the answer."""
        headers = {"Authorization": f"token {self.token}"}
        found = requests.request(
            method, f"{self.url}{path}", headers=headers, json=content or None, timeout=LIMIT
        )
        found.raise_for_status()
        return found.json() if found.content else None

    def answers(self) -> bool:
        """Whether it has begun to answer."""
        try:
            return self.ask("GET") == []
        except requests.ConnectionError:
            return False

    @contextmanager
    def kernel(self) -> Iterator[str]:
        """The path of a kernel."""
        path = "/" + self.ask("POST", name="aifactory")["id"]
        try:
            yield path
        finally:
            self.ask("DELETE", path)

    @contextmanager
    def connected(self, path: str) -> Iterator[websocket.WebSocket]:
        """A connection with a kernel, as JupyterLab opens one: anew after each restart."""
        url = f"ws{self.url.removeprefix('http')}{path}/channels?token={self.token}"
        connection = websocket.create_connection(url, timeout=LIMIT)
        try:
            yield connection
        finally:
            connection.close()


def execute(connection: websocket.WebSocket, code: str) -> str:
    """Send a cell; returns its number."""
    number = uuid.uuid4().hex
    header = {"msg_id": number, "msg_type": "execute_request", "version": "5.3", "session": "test", "username": "", "date": ""}  # fmt: skip
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}  # fmt: skip
    message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "content": content}  # fmt: skip
    connection.send(json.dumps(message))
    return number


def said(connection: websocket.WebSocket, number: str) -> str:
    """What a cell prints, or the name of its error."""
    texts: list[str] = []
    while True:
        message = json.loads(connection.recv())
        content = message["content"]
        if message["parent_header"].get("msg_id") != number or message["channel"] != "iopub":
            continue
        if content.get("execution_state") == "idle":
            return "".join(texts)
        texts.append(content.get("text") or content.get("ename") or "")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sockets: Path) -> Iterator[Server]:
    """A server that looks often whether its kernels live."""
    folder = tmp_path_factory.mktemp("server")
    command = ["-m", "jupyter_server", "--no-browser", "--ServerApp.allow_root=True", "--ServerApp.port=0", f"--ServerApp.root_dir={folder}"]  # fmt: skip
    often = "--AsyncIOLoopKernelRestarter.time_to_dead=0.2"
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command, often], env=environment, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: list(folder.glob("runtime/jpserver-*.json")), LIMIT)
        (about,) = folder.glob("runtime/jpserver-*.json")
        wait_until(lambda: json.loads(about.read_text() or "{}"), LIMIT)
        found = Server(json.loads(about.read_text()))
        wait_until(found.answers, LIMIT)
        yield found
    finally:
        process.terminate()
        process.wait(LIMIT)


def test_a_cell_is_executed_in_the_server(server: Server, sockets: Path) -> None:
    """In a copy of the warm process."""
    code = "import os, sys; print('lightgbm' in sys.modules, os.getppid())"
    with server.kernel() as path, server.connected(path) as connection:
        assert said(connection, execute(connection, code)) == f"True {warm_pids(sockets)[-1]}\n"


def test_a_cell_is_interrupted_in_the_server(server: Server, tmp_path: Path) -> None:
    """By the button; the next cell finds what was there before."""
    marker = tmp_path / "here"
    code = f"x = 1; import time; open({str(marker)!r}, 'w'); time.sleep(60)"
    with server.kernel() as path, server.connected(path) as connection:
        long = execute(connection, code)
        wait_until(marker.exists, LIMIT)

        server.ask("POST", f"{path}/interrupt")

        assert said(connection, long) == "KeyboardInterrupt"
        assert said(connection, execute(connection, "print(x)")) == "1\n"


def test_a_kernel_is_restarted_in_the_server(server: Server) -> None:
    """It is another copy, and the old one is gone."""
    code = "import os; print(os.getpid(), os.getppid())"
    with server.kernel() as path:
        with server.connected(path) as connection:
            before = said(connection, execute(connection, code)).split()

        server.ask("POST", f"{path}/restart")

        with server.connected(path) as connection:
            after = said(connection, execute(connection, code)).split()
        assert before[0] != after[0] and before[1] == after[1]
        wait_until(lambda: not is_running(int(before[0])))


def test_a_kernel_that_has_died_is_restarted_by_the_server(server: Server) -> None:
    """As another copy, without being asked."""
    with server.kernel() as path:
        with server.connected(path) as connection:
            execute(connection, "import os; os._exit(3)")
            wait_until(lambda: state(connection) == "restarting")

        with server.connected(path) as connection:
            assert said(connection, execute(connection, "print(2)")) == "2\n"


def state(connection: websocket.WebSocket) -> str:
    """The state of the kernel that the next message tells, if it does."""
    return json.loads(connection.recv())["content"].get("execution_state", "")


def test_a_deleted_kernel_leaves_nothing(server: Server) -> None:
    """Neither the process nor what the warm process held for it."""
    code = "import os; print(os.getpid(), os.getppid())"
    with server.kernel() as path, server.connected(path) as connection:
        copy, warm = said(connection, execute(connection, code)).split()

    wait_until(lambda: not is_running(int(copy)))
    wait_until(lambda: not Path(f"/proc/{warm}/task/{warm}/children").read_text())
