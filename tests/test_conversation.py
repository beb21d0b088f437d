"""Listening to a kernel: everything that it says is heard once, and its end is noticed."""

import json
import socket
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from aifactory_nb.cells import record
from aifactory_nb.conversation import Conversation, Limits, Stopped
from aifactory_nb.errors import StageError
from aifactory_nb.kernel import Kernels


def connected(limits: Limits, runs: bool = True) -> tuple[Conversation, socket.socket]:
    """A conversation, and the end of the line that the kernel would hold."""
    here, there = socket.socketpair()
    kernel: Any = SimpleNamespace(connection=lambda seconds: here, runs=lambda: runs, name="odd")
    conversation = Conversation(kernel, limits)
    there.sendall(record(ready=1))
    assert conversation.open() == {"ready": 1}
    return conversation, there


def test_lines_arrive_whole_however_they_are_sent() -> None:
    """In pieces, together, larger than what is read at once; what was cut off is left out."""
    conversation, there = connected(Limits())
    large = record(cell=1, content={"text": "x" * 3_000_000})
    said = record(begin=1) + large + record(cell=2)[:9] + record(end=1) + record(done=True)

    def say() -> None:
        for start in range(0, len(said), 100_001):
            there.sendall(said[start : start + 100_001])
        there.close()

    thread = Thread(target=say)
    thread.start()
    heard = list(conversation.records)
    thread.join()

    assert [next(iter(line)) for line in heard] == ["begin", "cell", "end", "done"]
    assert len(heard[1]["content"]["text"]) == 3_000_000


def test_a_process_that_is_gone_is_noticed() -> None:
    """Also when something that it started holds the connection open; what it had said is heard."""
    conversation, there = connected(Limits(), runs=False)
    there.sendall(record(begin=1))

    assert list(conversation.records) == [{"begin": 1}]


def test_what_is_not_wanted_any_more_is_left() -> None:
    """However much the kernel has to say."""
    stop = Event()
    conversation, there = connected(Limits(stop=stop))
    there.sendall(record(begin=1))
    assert next(conversation.records) == {"begin": 1}
    stop.set()

    with pytest.raises(Stopped):
        list(conversation.records)
    assert conversation.why() == ("interrupted", True)


def test_requests_are_lines_of_json() -> None:
    """One that nobody reads is no error."""
    conversation, there = connected(Limits())
    conversation.send({"cells": []})
    assert json.loads(there.recv(1000)) == {"cells": []}
    there.close()

    conversation.send({"keep": True})


def test_a_kernel_that_hangs_up_at_once_did_not_start(tmp_path: Path) -> None:
    """It never said that it is ready."""
    with Kernels("python3", tmp_path, imports="") as kernels:
        kernel = kernels.take()
        here, there = socket.socketpair()
        there.close()
        kernel.connection = lambda seconds: here  # type: ignore[method-assign]
        with pytest.raises(StageError, match="kernel 'python3' ended as it started"):
            Conversation(kernel, Limits()).open()
        kernel.close()
