"""What breaks under a running service: its processes, its disk, its database, its models; nothing acknowledged is lost."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from faults import may_mount
from served_process import Askers, Server, ids_in_table, row_bodies, rows_body, until
from servers import no_server, postgres, postgres_server  # noqa: F401
from serving import add_version

import aifactory_nb
from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import MODEL_FILE
from aifactory_nb.registry import promote, rollback
from aifactory_nb.rollout import begin, finish, step
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.store import Store


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
    """Each acknowledged prediction is in the table exactly once, and no journal is left."""
    found, told = ids_in_table(settings), {one for each in askers for one in each.acknowledged}
    assert len(found) == len(set(found))
    assert told <= set(found)
    assert len(found) <= len(told) + under_way
    assert not list((settings.store_folder / "shop/journals/served").iterdir())


def children(pid: int) -> list[int]:
    return [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


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


def test_the_ledger_is_away(workspace, postgres):  # noqa: F811
    """PostgreSQL is stopped under load: answers go on, readiness tells that the registry cannot be followed, and it recovers by itself."""
    settings = with_settings(workspace, ledger=f"url = {postgres}")
    body = rows_body(settings)
    server = Server(settings)
    askers, client, database = Askers(server, body).wait_for(50), server.client(), postgres_server()

    def ready() -> dict:
        status, told = server.ask(client, "GET", "/v2/health/ready")
        assert status == 200
        return json.loads(told)

    database.stop()
    try:
        until(lambda: ready() == {"ready": True, "behind": ["shop"]})
        behind = server.metric("aifactory_problem")
        askers.wait_for(len(askers.statuses) + 50)
    finally:
        database.start()
    add_version(settings, rounds=4)
    until(lambda: (0, 2) in askers.told and ready() == {"ready": True})
    askers.stop()
    server.end()

    assert behind == 1 and set(askers.statuses) == {200} and askers.broken == []
    assert {version for _, version in askers.told} == {1, 2}
    assert_once(settings, askers)


def test_a_corrupt_model_under_load(workspace):
    """Two workers go on with the version before; one incident is opened, and closed when the folder is mended."""
    settings = with_settings(workspace)
    body = rows_body(settings)
    store, ledger = Store(settings.store_folder, "shop"), Ledger(settings.ledger_url)
    add_version(settings, rounds=6)
    promote(store, ledger, "shop", 1, "tester", "Back to the first.")
    trees = store.model_folder(2) / MODEL_FILE
    text = trees.read_text()
    trees.write_text(text.replace("leaf_value=", "leaf_value=9", 1))
    server = Server(settings, "--workers", "2")
    askers = Askers(server, body)
    ledger.set_alias("shop", "champion", 2, "tester", "By hand.", {})
    until(lambda: server.metric("aifactory_problem") == 1)
    askers.wait_for(len(askers.statuses) + 100)
    incidents, versions = ledger.incidents("shop"), {version for _, version in askers.told}
    trees.write_text(text)
    until(lambda: (0, 2) in askers.told)
    askers.stop()
    server.end()

    assert (len(incidents), versions) == (1, {1}) and set(askers.statuses) == {200}
    assert ledger.incidents("shop", open_only=True) == []
    assert {version for _, version in askers.told} == {1, 2}
    assert all(len(found) == 1 for found in askers.told.values())
    assert_once(settings, askers)


def test_switches_under_load(workspace):
    """Promotion, rollback and each step of a canary, with two workers: no request fails, and each is of one version."""
    settings = with_settings(workspace)
    bodies = row_bodies(settings, 8)
    store, ledger = Store(settings.store_folder, "shop"), Ledger(settings.ledger_url)
    add_version(settings, rounds=20)
    promote(store, ledger, "shop", 1, "tester", "Back to the first.")
    server = Server(settings, "--workers", "2")
    askers = Askers(server, *bodies).wait_for(40)
    policy = DeploymentPolicy(policy="canary", steps=[20, 60, 100], step_seconds=10**6)

    def after(change: object) -> None:
        assert change is not None
        askers.wait_for(len(askers.statuses) + 60)

    after(promote(store, ledger, "shop", 2, "tester", "It is better."))
    after(rollback(store, ledger, "shop", "tester", "It is not.") or True)
    rollout = begin(store, ledger, "shop", 2, policy, "tester", "Try it.")
    after(rollout)
    for share in (0.5, 0.9):
        rollout = step(ledger, rollout, {2: share}, "tester", "On.")
        after(rollout)
    after(finish(store, ledger, rollout, "tester", "Done."))
    until(lambda: len([version for _, version in askers.told if version == 2]) == len(bodies))
    askers.stop()
    server.end()

    assert set(askers.statuses) == {200} and askers.broken == []
    assert {version for _, version in askers.told} == {1, 2}
    assert all(len(found) == 1 for found in askers.told.values())
    table = store.scan("served").group_by("request_id").agg(pl.col("version").n_unique()).collect()
    assert set(table["version"]) == {1}
    assert_once(settings, askers)


def test_intervals_are_measured_by_a_clock_that_nobody_sets():
    """No part of the service asks for the time of the day to know how long something took or has to wait."""
    names = (
        "serve serve_workers endpoint journal served_table service web web_server access connection"
    )
    package = Path(aifactory_nb.__file__).parent

    assert [
        name for name in names.split() if "time.time(" in (package / f"{name}.py").read_text()
    ] == []
