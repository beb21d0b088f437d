"""Asks a server over and over on some connections, and tells how long the answers took.

python benchmarks/serving/load.py 8080 /predict/numbers body.json --connections 16 --seconds 4
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

import uvloop

END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection: the next request is sent when the answer to the last one is there."""

    def __init__(self, request: bytes, took: list[float], failed: list[bytes]) -> None:
        self.request, self.took, self.failed = request, took, failed
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send a request."""
        self.begin = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Take an answer in; when it is whole, ask again."""
        self.buffer += data
        head, found, body = self.buffer.partition(END)
        if not found or not whole(head.lower(), body):
            return
        self.took.append(time.perf_counter() - self.begin)
        if not head.startswith(b"HTTP/1.1 200"):
            self.failed.append(self.buffer[:300])
        self.buffer = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that the server closes is a failure."""
        if self.buffer is not None and not self.transport.is_closing():
            self.failed.append(b"connection lost")


def whole(head: bytes, body: bytes) -> bool:
    """Whether the body of an answer is complete."""
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    return len(body) >= length


async def load(request: bytes, port: int, connections: int, seconds: float) -> dict[str, float]:
    """Ask for some seconds, after one second that does not count."""
    took: list[float] = []
    failed: list[bytes] = []
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(request, took, failed), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(1)
    warm = len(took)
    took.clear()
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    count, passed, times = len(took), time.perf_counter() - begin, sorted(took)
    for transport, _ in opened:
        transport.abort()
    if failed or not count:
        raise SystemExit(f"{len(failed)} requests failed, {count} were answered: {failed[:1]}")
    return {
        "rate": count / passed,
        "answers": warm + len(took),
        "p50": 1000 * times[count // 2],
        "p99": 1000 * times[int(count * 0.99)],
    }


def request_bytes(path: str, body: bytes, token: str = "") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join(lines).encode() + END + body


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("body", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    request = request_bytes(given.path, given.body.read_bytes(), given.token)
    uvloop.install()
    print(json.dumps(asyncio.run(load(request, given.port, given.connections, given.seconds))))


if __name__ == "__main__":
    main()
