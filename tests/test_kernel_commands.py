"""Kept kernels and the workbench in a real Jupyter server, started as `aifactory lab` starts it."""
# ruff: noqa: F811 (fixtures are imported)

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kept import kept_by_hand, runtime  # noqa: F401

from aifactory_nb.kept_kernel import KeptKernel, stop_kernel
from aifactory_nb.kernel_commands import lab_options

PATIENCE = 60.0
TOKEN = "token-of-the-test"


@pytest.fixture
def kept(tmp_path: Path, runtime: Path) -> KeptKernel:
    """A kept kernel with a variable."""
    return kept_by_hand(tmp_path, minutes=5)


@pytest.fixture
def server(tmp_path: Path, kept: KeptKernel) -> Iterator[str]:
    """The address of a Jupyter server with the options of `aifactory lab`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}", *lab_options()]
    options += [f"--ServerApp.root_dir={tmp_path}", "--no-browser", "--allow-root"]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options], stdout=log, stderr=log
        )
    address, end = f"127.0.0.1:{port}", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            ask(address, "/api/status")
            break
        except OSError:
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(PATIENCE)


def ask(address: str, path: str) -> list[dict]:
    """What the server answers."""
    request = urllib.request.Request(
        f"http://{address}{path}", headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


async def execute(address: str, kernel: str, code: str) -> str:
    """What code prints in a kernel of the server, through its websocket."""
    from tornado.websocket import websocket_connect

    socket = await websocket_connect(f"ws://{address}/api/kernels/{kernel}/channels?token={TOKEN}")
    header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "session": uuid4().hex}
    header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}}
    message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell"}
    await socket.write_message(json.dumps({**message, "content": content | {"allow_stdin": False}}))
    while True:
        answer = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE) or "{}")
        if answer.get("header", {}).get("msg_type") == "stream":
            socket.close()
            return str(answer["content"]["text"])


def test_a_jupyter_server_shows_a_kept_kernel_and_works_in_it(
    server: str, kept: KeptKernel
) -> None:
    """It is among the running kernels, and code is carried out in its process."""
    kernels = ask(server, "/api/kernels")
    assert len(kernels) == 1

    told = asyncio.run(execute(server, kernels[0]["id"], "import os; print(os.getpid(), made)"))
    assert told.split() == [str(kept.pid), "42"]


def test_a_kernel_that_is_ended_is_gone_from_the_server(server: str, kept: KeptKernel) -> None:
    """Its connection file goes with it."""
    assert len(ask(server, "/api/kernels")) == 1
    stop_kernel(kept)

    assert ask(server, "/api/kernels") == []


def test_the_workbench_of_the_factory_is_part_of_the_lab(server: str) -> None:
    """Also where the file that switches it on is not installed."""
    assert "flight_delay" in [row["name"] for row in ask(server, "/aifactory/api/blueprints")]
