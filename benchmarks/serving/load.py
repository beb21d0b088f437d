"""Asks a server over and over on some connections, and tells how long the answers took.

python benchmarks/serving/load.py 8080 /predict/numbers bodies.ndjson --connections 16 --seconds 4

One thread and bare sockets, so that it costs little beside the server: it tells its own CPU time. The requests
are the lines of a file, one after the other, since a row that comes again and again is cheaper for every model.
"""

import argparse
import json
import select
import socket
import time
from itertools import cycle
from pathlib import Path

END = b"\r\n\r\n"
WARM_SECONDS = 1.0  # that do not count
LONGEST = 30.0  # seconds that a server may take for an answer


class Connection:
    """One connection: the next request is sent when the answer to the last one is there."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self.socket.fileno()
        self.answer = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.answer, self.begin = b"", time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> bytes:
        """Take in what has come; the head of the answer when it is whole, else nothing."""
        came = self.socket.recv(65536)
        if not came:
            raise SystemExit("The server has closed a connection.")
        self.answer += came
        head, found, body = self.answer.partition(END)
        return head if found and whole(head.lower(), body) else b""


def whole(head: bytes, body: bytes) -> bool:
    """Whether the body of an answer is complete."""
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    return len(body) >= length


def ask_on(connections: list[Connection], requests: "cycle[bytes]", seconds: float) -> list[float]:
    """Keep every connection busy for some seconds; how long each answer took."""
    poll, of = select.epoll(), {each.number: each for each in connections}
    took: list[float] = []
    for connection in connections:
        poll.register(connection.number, select.EPOLLIN)
        connection.ask(next(requests))
    end, silent = time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < end:
        for number, _ in poll.poll(1.0):
            connection = of[number]
            head = connection.take()
            if head:
                if not head.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"No answer: {connection.answer[:300]!r}")
                silent = time.perf_counter()
                took.append(silent - connection.begin)
                connection.ask(next(requests))
        if time.perf_counter() - silent > LONGEST:
            raise SystemExit("The server does not answer.")
    for connection in connections:  # the last answers are waited for, and not counted
        while not connection.take():
            pass
    return took


def request_bytes(path: str, body: bytes, token: str = "") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join(lines).encode() + END + body


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    lines = given.bodies.read_bytes().splitlines()
    requests = cycle([request_bytes(given.path, line, given.token) for line in lines])
    connections = [Connection(given.port) for _ in range(given.connections)]
    warm = ask_on(connections, requests, WARM_SECONDS)
    before, begin = time.process_time(), time.perf_counter()
    took = sorted(ask_on(connections, requests, given.seconds))
    passed, used = time.perf_counter() - begin, time.process_time() - before
    if not took:
        raise SystemExit("No answer came in time.")
    found = {
        "rate": len(took) / passed,
        "answers": len(warm) + len(took) + 2 * given.connections,
        "p50": 1000 * took[len(took) // 2],
        "p99": 1000 * took[int(len(took) * 0.99)],
        "load_cpu": 1e6 * used / len(took),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
