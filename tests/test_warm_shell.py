"""What a copy becomes, without a copy: the streams and the order at exit. Kernels are in test_warm_kernel.py."""

import atexit

import pytest
from warm import LINUX

from aifactory_nb.warm_shell import LastFunctions, LaterStream

pytestmark = LINUX


def test_a_stream_kept_at_import_writes_to_that_of_the_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And does not call itself when it is the stream of the day."""
    stream = LaterStream("stdout")

    stream.write("text")

    assert capsys.readouterr().out == "text"
    assert not stream.isatty() and stream.writable() and stream.encoding


def test_functions_of_the_kernel_are_called_after_those_of_libraries() -> None:
    """The last one first, and only those that are registered meanwhile."""
    last, called = LastFunctions(), []
    with last.collecting():
        atexit.register(called.append, "context")
        atexit.register(called.append, "sockets")

    assert called == []
    last.call()
    assert called == ["sockets", "context"]
