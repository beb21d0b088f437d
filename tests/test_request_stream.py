"""Requests on one connection, sent before the answers to those before are there."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from aifactory_nb.request_stream import PART, RequestStream

ANSWER = b"HTTP/1.1 %d OK\r\ncontent-length: %d\r\n\r\n%s"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where a service listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def serve(listener: socket.socket, answer: Callable[[socket.socket], None]) -> threading.Thread:
    """A service for one client, in a thread."""

    def run() -> None:
        client, _ = listener.accept()
        with client:
            answer(client)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def stream_to(listener: socket.socket) -> RequestStream:
    return RequestStream(*listener.getsockname(), {"Authorization": "Bearer me"}, timeout=20)


def read_bodies(client: socket.socket, ends: int) -> bytes:
    """All that is sent until so many bodies have ended."""
    read = b""
    while read.count(b"!") < ends:
        read += client.recv(2**16)
    return read


def test_requests_are_sent_before_answers_and_answers_taken_in_order(listener):
    """A service that says nothing before it has read all three of them; each goes with both kinds of headers."""
    heads: list[bytes] = []

    def answer(client: socket.socket) -> None:
        heads.append(read_bodies(client, 3))
        client.sendall(b"".join(ANSWER % (200 + n, 1, b"%d" % n) for n in range(3)))

    service, taken = serve(listener, answer), []
    stream = stream_to(listener)
    for number in range(3):
        stream.post(
            "/predict/shop", {"X-Number": str(number)}, b"!", lambda *told: taken.append(told)
        )
    stream.wait()
    service.join()
    stream.close()

    assert taken == [(200, b"0"), (201, b"1"), (202, b"2")]
    assert heads[0].count(b"POST /predict/shop HTTP/1.1\r\n") == 3
    assert heads[0].count(b"Authorization: Bearer me\r\n") == 3 and b"X-Number: 2\r\n" in heads[0]


def test_no_more_than_two_parts_are_on_their_way(listener):
    """So that neither side waits for the other to read, however much is sent."""
    most, body = [0], b"x" * 999 + b"!"
    on_their_way = [0]

    def answer(client: socket.socket) -> None:
        left = 200
        while left:
            ended = client.recv(2**16).count(b"!")
            client.sendall(ANSWER % (200, 2, b"ok") * ended)
            left -= ended

    def take(status: int, told: bytes) -> None:
        on_their_way[0] -= len(body)

    service, stream = serve(listener, answer), stream_to(listener)
    for _ in range(200):
        on_their_way[0] += len(body)
        stream.post("/", {}, body, take)
        most[0] = max(most[0], on_their_way[0])
    stream.wait()
    service.join()
    stream.close()

    assert on_their_way[0] == 0 and most[0] <= 2 * PART


def test_an_error_about_an_answer_reaches_the_caller(listener):
    """As it was raised."""
    service = serve(listener, lambda client: client.sendall(ANSWER % (422, 4, b"what")))

    def refuse(status: int, body: bytes) -> None:
        raise KeyError(status, body)

    stream = stream_to(listener)
    stream.post("/", {}, b"", refuse)
    with pytest.raises(KeyError, match="422"):
        stream.wait()
    service.join()
    stream.close()


def test_a_service_that_goes_is_told(listener):
    """It closes the connection before all is answered."""

    def answer(client: socket.socket) -> None:
        read_bodies(client, 2)
        client.sendall(ANSWER % (200, 2, b"ok"))

    service, taken = serve(listener, answer), []
    stream = stream_to(listener)
    for _ in range(2):
        stream.post("/", {}, b"!", lambda *told: taken.append(told))
    with pytest.raises(ConnectionResetError, match="before all was answered"):
        stream.wait()
    service.join()
    stream.close()

    assert len(taken) == 1
