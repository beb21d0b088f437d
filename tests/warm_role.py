"""What a copy becomes in the tests of the warm process: it executes its first argument."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def preloading() -> Iterator[None]:
    """Nothing special."""
    yield


def prepare() -> Callable[[Any, Any], None]:
    """What a copy is to call."""
    return become


def become(request: Any, later: Any) -> None:
    """Execute a piece of code."""
    later.catch_up()
    later.raise_threads()
    later.ready()
    exec(compile(request.argv[0], "copy", "exec"), {"__name__": "__main__"})
