"""HTTP as the service reads it: in pieces, ahead of time, too long, malformed, and at the end."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from aifactory_nb.asgi import Request, Response, json_response
from aifactory_nb.connection import HEADS, MOST_HEAD, MOST_HEADS, Connection
from aifactory_nb.settings import ServingSettings
from aifactory_nb.web import LONG_BODY, Route, WebApplication

HEAD = b"HTTP/1.1 "


class Counter(list):
    def count(self, kind: str, pipeline: str, status: int, seconds: float) -> None:
        self.append(status)


class Echo(WebApplication):
    """Tells the length of what it was sent."""

    def find(self, parts: list[str]) -> Route | None:
        if parts == ["secret"]:
            return Route("POST", "predict", self.tell, "echo")
        return Route("POST", "", self.tell, "echo") if parts[0] == "echo" else None

    def tell(self, request: Request) -> Response:
        return json_response([request.path, len(request.body)])


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    application = Echo(ServingSettings(most_megabytes=1), Counter())
    config = uvicorn.Config(
        application, http=Connection, port=0, log_config=None, lifespan="off", loop="uvloop"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield running
    running.should_exit = True
    thread.join()


class Client:
    def __init__(self, server: uvicorn.Server) -> None:
        address = server.servers[0].sockets[0].getsockname()
        self.socket = socket.create_connection(address, timeout=30)
        self.file = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> "Client":
        for part in parts:
            self.socket.sendall(part)
        return self

    def answer(self) -> tuple[int, dict[str, str], object]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        body = self.file.read(int(headers.get("content-length", 0)))
        return status, headers, json.loads(body) if body else None

    def is_closed(self) -> bool:
        return self.file.read(1) == b""


def post(body: bytes, path: bytes = b"/echo", *headers: bytes) -> bytes:
    lines = [b"POST " + path + b" HTTP/1.1", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_a_request_in_pieces_is_one_request(server):
    """However the network cuts it."""
    request = post(b"12345")
    client = Client(server)
    for place in range(len(request)):
        client.send(request[place : place + 1])

    assert client.answer()[2] == ["/echo", 5]


def test_requests_sent_ahead_are_answered_in_order(server):
    """A long one, answered in a thread, does not overtake or get overtaken."""
    lengths = [1, LONG_BODY + 1, 2, LONG_BODY + 2, 3]
    client = Client(server)
    threading.Thread(target=client.send, args=[post(b"x" * length) for length in lengths]).start()

    assert [client.answer()[2][1] for _ in lengths] == lengths


def test_a_body_in_chunks_is_put_together(server):
    """Clients that do not know the length beforehand."""
    head = b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    client = Client(server).send(head, b"2\r\nab\r\n", b"3\r\ncde\r\n", b"0\r\n\r\n")

    assert client.answer()[2] == ["/echo", 5]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_long_is_refused(server, announced):
    """Before it is sent where its length is told, else as soon as it is too long; the answer is read in both cases."""
    client = Client(server)
    if announced:
        client.send(post(b"")[:-4].replace(b": 0", b": 2000000"), b"\r\n\r\n")
    else:
        client.send(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send(b"%x\r\n" % 2_000_000, b"x" * 1_100_000)
    status, headers, _ = client.answer()

    assert (status, headers["connection"]) == (413, "close")
    assert client.is_closed()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\ncontent-length: x\r\n\r\n", 400),
        (b"POST /echo/\xff HTTP/1.1\r\ncontent-length: 0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (
            b"POST /echo HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
        ),
    ],
)
def test_what_is_no_request_is_told_and_ends_the_connection(server, sent, status):
    """Two ways to tell a length are how requests are smuggled."""
    client = Client(server).send(sent)

    assert client.answer()[0] == status
    assert client.is_closed()


def test_a_head_without_end_is_refused(server):
    """It would fill the memory."""
    client = Client(server).send(b"POST /echo HTTP/1.1\r\nx: ")
    for _ in range(MOST_HEAD // 8192 + 2):
        client.send(b"a" * 8192)
        time.sleep(0.01)

    assert client.answer()[0] == 431


def test_a_stranger_need_not_send_a_body(server):
    """Who waits for a sign to go on gets the refusal instead; who sends at once gets it after."""
    waiting = Client(server).send(post(b"", b"/secret", b"expect: 100-continue"))
    client = Client(server).send(post(b"x" * 1000, b"/secret"), post(b"12"))

    assert waiting.answer()[0] == 401 and waiting.is_closed()
    assert (client.answer()[0], client.answer()[2]) == (401, ["/echo", 2])


def test_a_caller_who_waits_for_a_sign_gets_it(server):
    """curl does, for long bodies."""
    client = Client(server).send(post(b"12", b"/echo", b"expect: 100-continue")[:-2])
    assert client.file.readline() == HEAD + b"100 Continue\r\n"
    client.file.readline()
    client.send(b"12")

    assert client.answer()[0] == 200


@pytest.mark.parametrize(
    ("request_line", "path"),
    [
        (b"POST /echo/a%20b?c=d HTTP/1.1", "/echo/a b"),
        (b"POST http://example.org/echo HTTP/1.1", "/echo"),
    ],
)
def test_addresses_are_read(server, request_line, path):
    """With a query, and as for a proxy."""
    client = Client(server).send(request_line + b"\r\ncontent-length: 0\r\n\r\n")

    assert client.answer()[2] == [path, 0]


def test_a_caller_may_ask_for_the_end(server):
    """`Connection: close`, and HTTP/1.0."""
    client = Client(server).send(post(b"", b"/echo", b"connection: close"))
    old = Client(server).send(b"POST /echo HTTP/1.0\r\ncontent-length: 0\r\n\r\n")

    assert client.answer()[0] == 200 and client.is_closed()
    assert old.answer()[0] == 200 and old.is_closed()


def test_the_last_answer_says_that_it_is_the_last():
    """When the service stops, one more request on each connection is answered."""

    class Transport:
        written, closed = b"", False

        def write(self, data: bytes) -> None:
            self.written += data

        def is_closing(self) -> bool:
            return self.closed

        def can_write_eof(self) -> bool:
            return False

        def close(self) -> None:
            self.closed = True

    async def stop() -> Transport:
        state = type("State", (), {"connections": set()})
        config = type("Config", (), {"app": Echo(ServingSettings(), Counter())})
        connection, transport = Connection(config, state), Transport()
        connection.connection_made(transport)
        connection.data_received(post(b"1"))
        connection.shutdown()
        connection.data_received(post(b"2"))
        connection.connection_lost(None)
        return transport

    transport = asyncio.run(stop())

    first, second = transport.written.split(HEAD)[1:]
    assert b"connection" not in first and b"connection: close" in second and transport.closed


def test_a_head_that_came_before_is_answered_for_every_body(server):
    """The same head with another body is another request; its length says where it ends."""
    client = Client(server)
    for body in (b"abc", b"xyz", b"abc"):
        assert client.send(post(body, b"/echo/again")).answer()[2] == ["/echo/again", 3]
    together = post(b"abc", b"/echo/again") + post(b"12345", b"/echo/other")
    client.send(together)
    assert client.answer()[2] == ["/echo/again", 3]
    assert client.answer()[2] == ["/echo/other", 5]

    whole = post(b"abc", b"/echo/again")
    assert client.send(whole[:-2], whole[-2:]).answer()[2] == ["/echo/again", 3]
    assert client.send(whole).answer()[2] == ["/echo/again", 3]


def test_a_head_that_came_before_is_admitted_anew(server):
    """What was refused, or comes from somebody without a token by now, is refused again."""
    client, sent = Client(server), post(b"abc", b"/secret", b"authorization: Bearer nothing")
    for _ in range(3):
        assert client.send(sent).answer()[0] == 401


def test_known_heads_do_not_fill_the_memory(server):
    """A client that sends another head each time makes room for itself only."""
    client = Client(server)
    for number in range(MOST_HEADS + 10):
        named = b"x-request-id: %d" % number
        assert client.send(post(b"abc", b"/echo", named)).answer()[0] == 200
    assert len(HEADS) <= MOST_HEADS


def test_whatever_follows_a_small_request_is_answered_after_it(server):
    """Small requests wait for those that come at the same moment; order is kept all the same."""
    small, long = post(b"ab"), post(b"x" * LONG_BODY)
    client = Client(server).send(small * 300 + long + small)
    told = [client.answer()[2][1] for _ in range(302)]
    assert told == [2] * 300 + [LONG_BODY, 2]

    client.send(small + post(b"", b"/secret") + small + b"nonsense\r\n\r\n")
    assert [client.answer()[0] for _ in range(4)] == [200, 401, 200, 400]
    assert client.is_closed()
