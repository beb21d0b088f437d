"""What breaks under a running service: its processes and its disk; nothing acknowledged is lost."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import may_mount
from served_process import (
    Askers,
    Server,
    assert_once,
    commits,
    ids_in_table,
    rows_body,
    until,
    with_settings,
)
from servers import no_server

import aifactory_nb


def children(pid: int) -> list[int]:
    return [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.long
def test_two_workers_killed_while_they_write_to_the_table(workspace):
    """kill -9 of all processes under load, after files went into the table: each acknowledged prediction is there once."""
    settings = with_settings(workspace)
    body = rows_body(settings)
    server = Server(settings, "--workers", "2")
    askers = Askers(server, body).wait_for(200)
    until(lambda: commits(settings) >= 3)
    for pid in [*children(server.process.pid), server.process.pid]:
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    askers.stop()
    left = list((settings.store_folder / "shop/journals/served").iterdir())

    Server(settings).end()

    assert len(left) == 2
    assert_once(settings, askers, under_way=2 * len(askers.threads))


@pytest.mark.long
def test_two_services_on_one_store(workspace):
    """Two processes that begin with the same empty tables: all rows are there once, and none is shut out."""
    settings = with_settings(workspace)
    body = rows_body(settings)
    servers = [Server(settings), Server(settings)]
    askers = [Askers(server, body, number=2) for server in servers]
    until(lambda: commits(settings) >= 5)
    for each in askers:
        each.stop()
    codes = [server.end() for server in servers]

    assert len(set(codes)) == 1 and {*askers[0].statuses, *askers[1].statuses} == {200}
    assert_once(settings, *askers)
    assert ids_in_table(settings)
    told = "".join(line for server in servers for line in server.log)
    assert "flush" not in told and "last answers wait" not in told, told


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own for a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_up(file: Path) -> None:
    """Write until there is no room."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filler:
        while filler.write(b"0" * 4096):
            pass


@pytest.mark.parametrize("policy", ["refuse", "drop"])
def test_a_full_disk(workspace, policy):
    """Requests are refused and told why, or answered and counted; with room again all is as before, and nothing is lost."""
    if not may_mount():
        no_server("A disk of a few megabytes needs the right to mount: run the tests as root.")
    settings = with_settings(workspace, serving=f"journal_full = {policy}\n")
    with small_disk(settings.store_folder, "24m"):
        body = rows_body(settings)
        server = Server(settings)
        client, filler = server.client(), settings.store_folder / "filler"
        acknowledged: set[str] = set()
        fill_up(filler)
        for _ in range(2000):  # until the last block of the journal is full
            status, answer = server.predict(client, body)
            ids = [row["prediction_id"] for row in answer.get("predictions", ())]
            if server.metric("aifactory_dropped_total") or status != 200:
                break
            acknowledged.update(ids)
        dropped = server.metric("aifactory_dropped_total")
        refused, ready = status, server.ask(client, "GET", "/v2/health/ready")[0]
        filler.unlink()
        status, again = server.predict(client, body)
        acknowledged.update(row["prediction_id"] for row in again["predictions"])
        server.end()

        assert (refused, dropped) == ((503, 0) if policy == "refuse" else (200, 2))
        assert "No space left" in answer.get("error", "No space left") and ready == 200
        assert status == 200
        assert sorted(ids_in_table(settings)) == sorted(acknowledged)


def test_intervals_are_measured_by_a_clock_that_nobody_sets():
    """No part of the service asks for the time of the day to know how long something took or has to wait."""
    names = (
        "serve serve_workers endpoint journal served_table service web web_server access connection"
    )
    package = Path(aifactory_nb.__file__).parent

    assert [
        name for name in names.split() if "time.time(" in (package / f"{name}.py").read_text()
    ] == []
