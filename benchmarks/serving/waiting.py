"""Waits until a server answers as its model does, and ends it with all that it has started."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from meter import family

START_SECONDS, END_SECONDS = 90, 10


def free_port() -> int:
    """A port that nobody listens on, nor on the two after it."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port < 65000:  # noqa: PLR2004
            return port


def ask(url: str, body: bytes, token: str = "") -> Any:
    """The answer to one request."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def numbers_in(answer: Any) -> Iterator[float]:
    """Every number of an answer, wherever it stands."""
    match answer:
        case dict():
            for value in answer.values():
                yield from numbers_in(value)
        case list():
            for value in answer:
                yield from numbers_in(value)
        case float():
            yield answer


def wait_for(server: subprocess.Popen, url: str, body: bytes, token: str, expected: float) -> None:
    """Until it answers; what it says must be what the model says."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError("it has ended by itself")
        with suppress(OSError):
            found = list(numbers_in(ask(url, body, token)))
            if not any(abs(value - expected) < 1e-9 for value in found):  # noqa: PLR2004
                raise RuntimeError(f"it says {found}, the model {expected}")
            return
        time.sleep(0.2)
    raise RuntimeError("it does not answer")


def end(server: subprocess.Popen) -> None:
    """End a server and what it has started."""
    members = family(server.pid)
    server.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        server.wait(END_SECONDS)
    for pid in members:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.wait()
