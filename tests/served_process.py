"""`aifactory serve` in processes of their own, asked over the network."""

import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from itertools import count, cycle
from pathlib import Path

import polars as pl
from serving import add_version, fill_tables

from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.store import Store
from aifactory_nb.tokens import TOKEN_FILE, add_token

PROGRAM = "from aifactory_nb.cli import main; main()"


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to come true."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "It did not come true."
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`aifactory serve` in a process of its own."""

    def __init__(self, settings: Settings, *options: str, certificate: Path | None = None) -> None:
        self.port, self.certificate, self.log = free_port(), certificate, []
        scopes = ["predict", "feedback", "admin"]
        self.token = add_token(settings.store_folder / TOKEN_FILE, f"port {self.port}", scopes)
        command = [sys.executable, "-c", PROGRAM, "serve", "shop", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *options], cwd=settings.workspace, stderr=subprocess.PIPE, text=True
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        while self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.reader.join()
        raise AssertionError("".join(self.log))

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def client(self) -> http.client.HTTPConnection:
        """A connection."""
        if self.certificate is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=trusted)

    def ask(
        self, client: http.client.HTTPConnection, method: str, path: str, body: str | None = None
    ) -> tuple[int, bytes]:
        """A request, and the status and the body of its answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        client.request(method, path, body, headers)
        answer = client.getresponse()
        return answer.status, answer.read()

    def predict(self, client: http.client.HTTPConnection, body: str) -> tuple[int, dict]:
        """Predictions of rows."""
        status, answer = self.ask(client, "POST", "/predict/shop", body)
        return status, json.loads(answer)

    def metric(self, name: str) -> float:
        """A figure of `/metrics`, added up over its labels."""
        text = self.ask(self.client(), "GET", "/metrics")[1].decode()
        return sum(
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith(name) and not line.startswith("#")
        )

    def end(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.reader.join()
        return code


class Askers:
    """Clients that ask over and over, each on a connection of its own, until the server is gone."""

    def __init__(self, server: Server, *bodies: str, number: int = 4, again: bool = False) -> None:
        self.server, self.bodies, self.again = server, bodies, again
        self.acknowledged: list[str] = []
        self.told: dict[tuple[int, int], set[str]] = {}  # predictions by body and version
        self.statuses: list[int] = []
        self.broken: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(number)]
        for thread in self.threads:
            thread.start()

    def _ask(self) -> None:
        client, turns = self.server.client(), cycle(enumerate(self.bodies))
        while not self.over.is_set():
            place, body = next(turns)
            try:
                status, answer = self.server.predict(client, body)
            except ConnectionRefusedError:  # the door is closed: nothing was asked
                return
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.broken.append(repr(error))
                client.close()
                if not self.again:
                    return
                continue
            self.statuses.append(status)
            told = answer.get("predictions", [])
            if told:
                found = str([row["prediction"] for row in told])
                self.told.setdefault((place, answer["version"]), set()).add(found)
            self.acknowledged.extend(row["prediction_id"] for row in told)

    def wait_for(self, answers: int) -> "Askers":
        """Until so many were answered."""
        limit = time.monotonic() + 120
        while len(self.statuses) < answers and time.monotonic() < limit:
            time.sleep(0.01)
        assert len(self.statuses) >= answers, self.broken[:3]
        return self

    def stop(self) -> None:
        """End, and wait for the last answers."""
        self.over.set()
        for thread in self.threads:
            thread.join()


class Shoppers:
    """Callers who ask about one order after the other, each a new one, and tell what became of it."""

    def __init__(
        self, server: Server, orders: list[dict], truth: list[bool], number: int = 2
    ) -> None:
        self.server, self.orders, self.truth = server, orders, truth
        self.answers: list[tuple[float, int]] = []  # when each came, and the version
        self.broken: list[str] = []
        self.over = threading.Event()
        self._numbers = count()
        self.threads = [threading.Thread(target=self._shop) for _ in range(number)]
        for thread in self.threads:
            thread.start()

    def _shop(self) -> None:
        client = self.server.client()
        while not self.over.is_set():
            number = next(self._numbers)
            place = number % len(self.orders)
            body = json.dumps({"rows": [{**self.orders[place], "order": number}]})
            status, answer = self.server.predict(client, body)
            if status != HTTPStatus.OK:
                self.broken.append(str(answer))
                continue
            self.answers.append((time.monotonic(), answer["version"]))
            told = answer["predictions"][0]["prediction_id"]
            body = json.dumps({"rows": [{"prediction_id": told, "label": self.truth[place]}]})
            status, said = self.server.ask(client, "POST", "/feedback/shop", body)
            if status != HTTPStatus.OK:
                self.broken.append(said.decode())

    def wait_for(self, version: int, since: float) -> float:
        """Until a version has answered after a moment; when that was."""
        limit = time.monotonic() + 120
        while time.monotonic() < limit:
            found = [
                at for at, answered in self.answers[-1000:] if at > since and answered == version
            ]
            if found:
                return found[0]
            time.sleep(0.005)
        raise AssertionError(f"version {version} has not answered: {self.broken[:3]}")

    def stop(self) -> None:
        """End, and wait for the last answers."""
        self.over.set()
        for thread in self.threads:
            thread.join()


def shoppers(settings: Settings, server: Server) -> Shoppers:
    """Callers with the orders of the table `raw` and their labels."""
    store = Store(settings.store_folder, "shop")
    known = store.scan("raw").join(store.scan("labels").select("order", "label"), on="order")
    rows = known.with_columns(pl.col("ordered_at").dt.strftime("%FT%T")).collect()
    return Shoppers(server, rows.drop("label").to_dicts(), (rows["label"] == 1).to_list())


def row_bodies(settings: Settings, number: int) -> list[str]:
    """Tables and a version, and so many bodies of requests for two rows each."""
    _, store = fill_tables(settings)
    add_version(settings, rounds=3)
    rows = store.scan("raw").head(2 * number).collect().rows(named=True)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [json.dumps({"rows": two}, default=lambda value: value.isoformat()) for two in pairs]


def rows_body(settings: Settings) -> str:
    """Tables and a version, and the body of a request for two rows."""
    return row_bodies(settings, 1)[0]


def ids_in_table(settings: Settings) -> list[str]:
    """The predictions that are in the table."""
    table: pl.DataFrame = Store(settings.store_folder, "shop").scan("served").collect()
    return table["prediction_id"].to_list()


def with_settings(workspace: Path, **sections: str) -> Settings:
    """The settings of a workspace whose service writes its answers to the table every second."""
    serving = "flush_seconds = 1\nrefresh_seconds = 1\n" + sections.pop("serving", "")
    told = {"tracking": "enabled = false", "serving": serving, **sections}
    (workspace / "settings.ini").write_text(
        "\n".join(f"[{name}]\n{text}" for name, text in told.items())
    )
    return load_settings(workspace)


def commits(settings: Settings) -> int:
    """How often answers were added to their table."""
    place = Store(settings.store_folder, "shop").table("served")
    return len(place.entries())


def assert_once(settings: Settings, *askers: Askers, under_way: int = 0) -> None:
    """Each acknowledged prediction is in the table exactly once, and no journal holds anything."""
    found, told = ids_in_table(settings), {one for each in askers for one in each.acknowledged}
    assert len(found) == len(set(found))
    assert told <= set(found)
    assert len(found) <= len(told) + under_way
    # a worker that is told to end before it can answer leaves an empty one, which the next service removes
    journals = settings.store_folder / "shop/journals/served"
    assert not [path for path in journals.glob("*/0*") if path.stat().st_size]
