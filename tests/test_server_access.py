"""Who may ask what of the Jupyter server extension, of all endpoints that there are."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import write_shop
from jupyter_server.auth.authorizer import Authorizer

# fixtures of this module alone: as a plugin it would give each test of all modules an event loop
from pytest_jupyter.jupyter_core import *  # noqa: F403
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import *  # noqa: F403

from aifactory_nb.server import URLS

Fetch = Callable[..., Awaitable[Any]]
ENDPOINTS = [
    (path.replace("([^/]+)", "shop"), method.upper())
    for path, handler in sorted(URLS.items())
    for method in ("get", "post", "put", "patch", "delete")
    if method in vars(handler)
]


class Readers(Authorizer):
    """Lets everybody read and nobody act, as administrators of a JupyterHub may decide."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Keep what was asked."""
        self.asked.append((resource, action))
        return action == "read"


@pytest.fixture
def jp_root_dir(tmp_path: Path) -> Path:
    """The folder that the server serves: a workspace."""
    return write_shop(tmp_path / "factory")


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """With our extension, and without any page."""
    return {"ServerApp": {"jpserver_extensions": {"aifactory_nb": True}}}


@pytest.fixture
def readers(jp_server_config: dict[str, Any]) -> type[Readers]:
    """The server asks `Readers`; named before `ask`, which starts it."""
    jp_server_config["ServerApp"]["authorizer_class"] = Readers
    Readers.asked.clear()
    return Readers


@pytest.fixture
def ask(jp_fetch: Fetch, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Callable[..., int]:
    """Asks an endpoint, and tells the status of the answer."""

    async def fetch(path: str, method: str, options: dict[str, Any]) -> int:
        body = None if method == "GET" else "{}"
        place = "aifactory/api", path
        return (await jp_fetch(*place, method=method, body=body, raise_error=False, **options)).code

    def status(path: str, method: str, **options: Any) -> int:
        return jp_asyncio_loop.run_until_complete(fetch(path, method, options))

    return status


def test_nobody_gets_in_without_a_token(ask: Callable[..., int]) -> None:
    """Neither to read nor to change anything; who has the token is let in."""
    strangers = [ask(*each, headers={"Authorization": "token wrong"}) for each in ENDPOINTS]

    assert strangers == [403] * len(ENDPOINTS)
    assert ask("factory", "GET") == 200


def test_the_authorizer_of_the_server_decides(
    readers: type[Readers], ask: Callable[..., int]
) -> None:
    """It is asked for each endpoint by the name of the extension: reading is one right, acting another."""
    for path, method in ENDPOINTS:
        readers.asked.clear()
        status = ask(path, method)
        wanted = "read" if method == "GET" else "execute"

        assert ("aifactory", wanted) in readers.asked, (path, method, readers.asked)
        assert (status == 403) == (method != "GET"), (path, method, status)


def test_all_endpoints_are_walked() -> None:
    """An empty list would pass every other test."""
    assert len(ENDPOINTS) >= len(URLS) > 10
