"""What a copy of the warm process becomes in the tests of notebooks: it runs the notebook that it is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from run_notebook import main


@contextmanager
def preloading() -> Iterator[None]:
    """Nothing special."""
    yield


def prepare() -> Callable[[Any, Any], None]:
    """What a copy is to call."""
    return become


def become(request: Any, later: Any) -> None:
    """Run a notebook, as a process of its own would."""
    later.catch_up()
    later.raise_threads()
    later.ready()
    main(Path(request.argv[-1]))
