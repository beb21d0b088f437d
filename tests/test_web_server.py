"""The end of the service: who has come is answered, nobody is reset, and others are refused."""

import asyncio
import http.client
import socket
import sys
from collections.abc import Callable

import pytest
import uvloop

from aifactory_nb.asgi import Request, Response, json_response
from aifactory_nb.errors import SettingsError
from aifactory_nb.settings import ServingSettings
from aifactory_nb.web import Route, WebApplication
from aifactory_nb.web_server import WebServer, listen, shut_door, waiting

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can shut a door")


class Counter(list):
    def count(self, kind: str, pipeline: str, status: int, seconds: float) -> None:
        self.append(status)


class Echo(WebApplication):
    """Tells the path."""

    def find(self, parts: list[str]) -> Route | None:
        return Route("GET", "", self.tell, "tell")

    def tell(self, request: Request) -> Response:
        return json_response(request.path)


class Client(http.client.HTTPConnection):
    """A request that was sent; nobody has looked at it."""

    def __init__(self, listener: socket.socket, path: str = "/") -> None:
        super().__init__(*listener.getsockname(), timeout=60)
        self.request("GET", path)


def run_until_its_end(before: Callable[[socket.socket], None], alone: bool = True) -> Echo:
    """A server that is told to stop in the moment after `before` was done, which it has seen nothing of."""
    application = Echo(ServingSettings(), Counter())

    async def run() -> None:
        listener = listen(ServingSettings(port=0))
        server = WebServer(application, alone=alone)
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup([listener])
        before(listener)
        await server.shutdown([listener])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
    return application


@linux
def test_who_stands_in_line_is_answered():
    """The system has taken connections in that the server has not seen; their answers are the last."""
    clients: list[Client] = []

    def come(listener: socket.socket) -> None:
        clients.extend(Client(listener, f"/{number}") for number in range(20))
        assert waiting(listener) == 20

    run_until_its_end(come)

    answers = [client.getresponse() for client in clients]
    assert [answer.read() for answer in answers] == [b'"/%d"' % number for number in range(20)]
    assert {answer.headers["connection"] for answer in answers} == {"close"}


@linux
def test_who_comes_later_is_refused():
    """A connection that is begun after the door was shut never comes to be, instead of being reset."""
    late, addresses = socket.socket(), []

    def come(listener: socket.socket) -> None:
        shut_door(listener)
        late.setblocking(False)
        late.connect_ex(listener.getsockname())
        addresses.append(listener.getsockname())

    application = run_until_its_end(come)

    late.setblocking(True)
    with pytest.raises(ConnectionRefusedError):
        late.connect(addresses[0])
    assert application.counter == []


def test_a_connection_that_asks_nothing_is_closed_and_not_reset():
    """A client that keeps a connection for later sees its end, not an error."""
    silent = []
    run_until_its_end(
        lambda listener: silent.append(socket.create_connection(listener.getsockname()))
    )

    assert silent[0].recv(1) == b""


def test_a_worker_leaves_the_door_open_for_the_others():
    """Where others listen on the same socket, clients still come in."""
    others = []
    run_until_its_end(lambda listener: others.append(listener.dup()), alone=False)

    with socket.create_connection(others[0].getsockname(), timeout=60):
        others[0].accept()
    others[0].close()


def test_a_port_that_is_taken_is_told():
    """Before anything is made ready."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="cannot listen on 127.0.0.1, port"):
            listen(ServingSettings(port=other.getsockname()[1]))
    with pytest.raises(SettingsError, match="port 99999999: ports end at 65535"):
        listen(ServingSettings(port=99999999))
