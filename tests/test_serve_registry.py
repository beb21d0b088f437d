"""What happens to the registry under a running service: it is away, it points to a damaged model, it changes; no request fails."""

import json

import polars as pl
import pytest
from served_process import (
    Askers,
    Server,
    assert_once,
    row_bodies,
    rows_body,
    until,
    with_settings,
)
from servers import postgres, postgres_server  # noqa: F401
from serving import add_version

from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import MODEL_FILE
from aifactory_nb.registry import promote, rollback
from aifactory_nb.rollout import begin, finish, step
from aifactory_nb.store import Store


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
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
