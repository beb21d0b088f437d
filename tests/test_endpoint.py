"""A pipeline in service follows the registry, and goes on with what it has when it cannot."""

import json
import threading

import polars as pl
import pytest
from serving import add_version, ask, fill_tables

from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.errors import LedgerError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import MODEL_FILE
from aifactory_nb.registry import promote, rollback
from aifactory_nb.rollout import begin
from aifactory_nb.service import Service
from aifactory_nb.service_metrics import Meter
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.source import labels_of


@pytest.fixture
def endpoint(settings: Settings):
    pipeline, _ = fill_tables(settings)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    yield endpoint
    endpoint.close()


def test_without_a_champion_nothing_answers(endpoint):
    """It says what is missing, and takes the first champion when there is one."""
    service = Service([endpoint], ServingSettings(tokens=False))

    assert not endpoint.look()
    status, answer = ask(service, "POST", "/predict/shop", {"rows": []})
    assert status == 503 and "'shop' has no champion yet" in answer["error"]


def test_promotion_and_rollback_are_followed(settings, endpoint):
    """The version that answers is the one that the alias points to."""
    store, ledger = endpoint.store, endpoint.ledger
    seen = []
    for move in (
        lambda: add_version(settings, rounds=5),
        lambda: add_version(settings, rounds=6),
        lambda: rollback(store, ledger, "shop", "tester", "It is worse."),
        lambda: promote(store, ledger, "shop", 2, "tester", "It is not."),
    ):
        move()
        assert endpoint.look() and not endpoint.look()
        seen.append(endpoint.served.version)

    assert seen == [1, 2, 1, 2]


def test_a_damaged_version_changes_nothing(settings, endpoint):
    """The version before goes on, an incident is opened, and closed when the folder is restored."""
    add_version(settings, rounds=5)
    endpoint.look()
    add_version(settings, rounds=6)
    trees = endpoint.store.model_folder(2) / MODEL_FILE
    text = trees.read_text()
    trees.write_text(text.replace("leaf_value=", "leaf_value=9", 1))

    assert not endpoint.look()
    assert endpoint.served.version == 1
    assert "is not what was registered" in endpoint.problem
    (incident,) = endpoint.ledger.incidents("shop", open_only=True)
    assert (incident["kind"], incident["subject"]) == ("serving", "version 2")

    for _ in range(3):  # looked at again, it is still the same incident
        endpoint.refresh()
        assert not endpoint.look()
    assert len(endpoint.ledger.incidents("shop")) == 1

    trees.write_text(text)
    endpoint.refresh()
    assert endpoint.look() and endpoint.served.version == 2
    assert not endpoint.ledger.incidents("shop", open_only=True)


def test_a_ledger_that_is_away_changes_nothing(settings, endpoint, monkeypatch):
    """The service goes on with what it has, and catches up afterwards."""
    add_version(settings, rounds=5)
    endpoint.look()
    with monkeypatch.context() as away:
        away.setattr(
            endpoint.ledger, "alias", lambda *_: (_ for _ in ()).throw(LedgerError("away"))
        )
        assert not endpoint.look() and endpoint.problem == "away"
    add_version(settings, rounds=6)

    assert endpoint.served.version == 1
    assert endpoint.look() and endpoint.served.version == 2


def test_new_labels_are_taken_in(settings, endpoint):
    """Features that look at known labels see those that have come since."""
    add_version(settings, rounds=5)
    endpoint.look()
    before = endpoint.served
    assert not endpoint.refresh()

    raw = endpoint.store.scan("raw").head(100)
    endpoint.store.write("labels", labels_of(raw, endpoint.pipeline).collect())

    assert endpoint.refresh()
    assert endpoint.served is not before and endpoint.served.version == 1


def test_new_side_tables_are_taken_in(settings, endpoint):
    """A file of the source that has changed is read again."""
    add_version(settings, rounds=5)
    endpoint.look()
    assert not endpoint.refresh()

    path = endpoint.pipeline.folder / "data/customers.parquet"
    pl.read_parquet(path).with_columns(pl.col("age") + 1).write_parquet(path)

    assert endpoint.refresh()
    row = endpoint.served.schema.read_rows(
        [{"region": None, "price": None, "channel": None, "customer": 3}]
    )
    assert endpoint.served.features.of_row(row[0])["age"] == 24


def test_no_answer_fails_or_mixes_versions_while_the_alias_moves(settings, endpoint):
    """Each answer is wholly of one version, whenever the alias moves."""
    for rounds in (3, 30):
        add_version(settings, rounds=rounds)
        endpoint.look()
    store, ledger = endpoint.store, endpoint.ledger
    service = Service([endpoint], ServingSettings(tokens=False))
    rows = store.scan("raw").head(3).collect().rows(named=True)
    body = json.dumps({"rows": rows}, default=lambda value: value.isoformat()).encode()
    told: dict[int, set[str]] = {1: set(), 2: set()}
    end = threading.Event()

    def move() -> None:
        for version in [1, 2] * 6:
            promote(store, ledger, "shop", version, "tester", "To and fro.")
            endpoint.look()
        end.set()

    mover = threading.Thread(target=move)
    mover.start()
    while not end.is_set():
        status, answer = ask(service, "POST", "/predict/shop", body)
        assert status == 200
        told[answer["version"]].add(str([row["prediction"] for row in answer["predictions"]]))
    mover.join()

    assert all(len(answers) == 1 for answers in told.values())
    endpoint.close()
    table = store.scan("served").group_by("version").agg(pl.col("prediction").n_unique()).collect()
    assert set(table["prediction"]) <= {1, 2, 3}


def answers_of(endpoint: Endpoint) -> pl.DataFrame:
    endpoint.close()
    return endpoint.store.scan("served").sort("prediction_id", "alias").collect()


def ask_rows(endpoint: Endpoint, rows: int = 3, times: int = 1) -> dict:
    service = Service([endpoint], ServingSettings(tokens=False))
    found = endpoint.store.scan("raw").head(rows).collect().rows(named=True)
    body = json.dumps({"rows": found}, default=lambda value: value.isoformat()).encode()
    for _ in range(times):
        status, answer = ask(service, "POST", "/predict/shop", body)
        assert status == 200
    return answer


def test_a_shadow_answers_for_the_table_only(settings, endpoint):
    """Its answers stand beside the champion's under the same ids, and are never returned."""
    add_version(settings, rounds=5)
    add_version(settings, rounds=20)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "To compare.", alias="shadow")
    endpoint.look()

    answer = ask_rows(endpoint)

    table = answers_of(endpoint)
    assert answer["version"] == 2
    pairs = table.group_by("alias").agg(pl.col("prediction_id").sort(), pl.col("version").unique())
    assert dict(zip(pairs["alias"], pairs["version"].to_list(), strict=True)) == {
        "champion": [2],
        "shadow": [1],
    }
    assert pairs["prediction_id"][0].to_list() == pairs["prediction_id"][1].to_list()


def test_a_shadow_that_cannot_keep_up_costs_no_answer(settings, endpoint, monkeypatch):
    """Rows are left out and counted; the caller does not wait."""
    monkeypatch.setattr("aifactory_nb.served_table.SHADOW_ROWS", 2)
    add_version(settings, rounds=5)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "To compare.", alias="shadow")
    endpoint.look()
    go_on = threading.Event()
    answer = endpoint.shadow._answer
    monkeypatch.setattr(
        endpoint.shadow, "_answer", lambda *asked: go_on.wait(60) and answer(*asked)
    )

    ask_rows(endpoint, rows=1, times=10)

    dropped = endpoint.shadow.dropped
    go_on.set()
    counts = dict(answers_of(endpoint)["alias"].value_counts().rows())
    assert dropped >= 7
    assert counts == {"champion": 10, "shadow": 10 - dropped}


def test_a_shadow_that_fails_changes_nothing(settings, endpoint, monkeypatch):
    """The champion goes on, and the rows are counted."""
    add_version(settings, rounds=5)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "To compare.", alias="shadow")
    endpoint.look()
    shadow = endpoint.shadow
    monkeypatch.setattr(shadow, "_answer", lambda *_: 1 / 0)

    ask_rows(endpoint, rows=2)
    endpoint.ledger.set_alias("shop", "shadow", None, "tester", "Enough.", {})
    endpoint.look()

    assert shadow.dropped == 2 and endpoint.shadow is None
    assert answers_of(endpoint)["alias"].to_list() == ["champion"] * 2


def test_no_caller_waits_for_a_shadow_in_a_rollout(settings, endpoint, monkeypatch):
    """A rollout says what time it is, as a replay does, but has no time: rows are left out."""
    monkeypatch.setattr("aifactory_nb.served_table.SHADOW_ROWS", 2)
    add_version(settings, rounds=5)
    add_version(settings, rounds=6)
    policy, store, ledger = DeploymentPolicy(policy="shadow"), endpoint.store, endpoint.ledger
    begin(store, ledger, "shop", 1, policy, "tester", "To compare.")
    ledger.set_alias("shop", "shadow", 1, "tester", "To compare.", {})
    endpoint.look()
    go_on = threading.Event()
    monkeypatch.setattr(endpoint.shadow, "_answer", lambda *_: go_on.wait(60))

    ask_rows(endpoint, rows=1, times=5)

    assert endpoint.moment() is not None and endpoint.left_out >= 2
    go_on.set()


def test_a_shadow_that_hangs_holds_nothing_up(settings, endpoint, monkeypatch):
    """The next champion is followed, and the service ends, without waiting for it; what it owed is counted."""
    monkeypatch.setattr("aifactory_nb.endpoint.SHADOW_SECONDS", 0.01)
    add_version(settings, rounds=5)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "To compare.", alias="shadow")
    endpoint.look()
    shadow, go_on = endpoint.shadow, threading.Event()
    monkeypatch.setattr(shadow, "_answer", lambda *_: go_on.wait(60))
    ask_rows(endpoint, rows=2, times=3)

    endpoint.ledger.set_alias("shop", "shadow", None, "tester", "Enough.", {})
    endpoint.look()
    add_version(settings, rounds=6)

    assert endpoint.look() and endpoint.served.version == 2
    assert (endpoint.shadow, endpoint.left_out) == (None, 6)
    assert answers_of(endpoint)["alias"].to_list() == ["champion"] * 6
    go_on.set()


def test_metrics_tell_what_the_stage_monitor_has_found(settings, endpoint, monkeypatch):
    """The last window that was monitored, and open incidents; a request for metrics never asks the ledger."""
    ledger = endpoint.ledger
    for number, psi in enumerate((0.5, 0.125)):
        ledger.start_run(f"run-{number}", "shop", "operate", {}, stages=1)
        ledger.plan_stage(f"run-{number}", 0, "monitor", f"2024-0{number + 1}")
        ledger.start_stage(f"run-{number}", 0, "key", 1, "")
        found = {"metrics": {"prediction_psi": psi, "feature_js": None}}
        ledger.end_stage(f"run-{number}", 0, "succeeded", found)
        ledger.end_run(f"run-{number}", "succeeded")
    ledger.open_incident("shop", "drift", "prediction", "2024-02", {})
    meter = Meter([endpoint])
    assert b"aifactory_drift{" not in meter.text()

    endpoint.look_at_monitor()
    monkeypatch.setattr(endpoint, "ledger", None)
    told = meter.text()

    assert b'aifactory_drift{measure="prediction_psi",pipeline="shop"} 0.125' in told
    assert b'aifactory_open_incidents{pipeline="shop"} 1.0' in told
    assert b"feature_js" not in told and b"aifactory_monitor_timestamp_seconds{" in told
    monkeypatch.undo()
