"""A canary that fails its guard and rolls itself back, as the ledger tells it: python -m benchmarks.canary

Version 2 is about as good as the champion when it is promoted. On live traffic its decisions do not come true: the
labels that come back send it back, at 10 % of the traffic. The small workspace is that of the tests.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import conftest
from serving import add_version, ask, fill_tables

from aifactory_nb.advance import advance
from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_feedback import feedback_lines
from aifactory_nb.registry import promote
from aifactory_nb.rollout import begin
from aifactory_nb.rollout_commands import event_line
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, load_settings

ROUND = 200  # requests between two looks
NEWCOMER, OK = 2, 200
CANARY = {
    "policy": "canary",
    "steps": [10, 50, 100],
    "step_seconds": 0,
    "guards": {"slow_milliseconds": 1000},
}


def make_workspace(folder: Path) -> None:
    """The workspace of the tests: orders of a shop."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(conftest.PIPELINE)
    conftest.orders().write_parquet(data / "orders.parquet")
    conftest.customers().write_parquet(data / "customers.parquet")


def label_row(answer: dict, truth: float) -> dict:
    """What came true: for version 2 the opposite of what it decided."""
    found, now = answer["predictions"][0], datetime.now(UTC).replace(tzinfo=None)
    label = float(not found["decision"]) if answer["version"] == NEWCOMER else truth
    told = {"prediction_id": found["prediction_id"], "key": None, "label": label}
    return {"feedback_id": found["prediction_id"], **told, "known_at": now, "received_at": now}


def live(endpoint: Endpoint) -> None:
    """Requests, labels and looks, until the rollout has ended."""
    service = Service([endpoint], ServingSettings(tokens=False))
    raw = endpoint.store.scan("raw").collect()
    truth = dict(endpoint.store.scan("labels").select("order", "label").collect().rows())
    asked, place = {1: 0, 2: 0}, 0
    while endpoint.rollout is not None and place < raw.height:
        feedback = []
        for row in raw.slice(place, ROUND).rows(named=True):
            body = json.dumps({"rows": [row]}, default=lambda value: value.isoformat()).encode()
            status, answer = ask(service, "POST", "/predict/shop", body)
            assert status == OK
            asked[answer["version"]] += 1
            feedback.append(label_row(answer, truth[row["order"]]))
        endpoint.journals["feedback"].append(feedback_lines(feedback))
        endpoint.flush()
        place += ROUND
        named = endpoint.store, endpoint.ledger, endpoint.pipeline
        advance(*named, endpoint.asked, endpoint.failed)
        endpoint.look()
    print(f"{place} requests, none failed; answered by version: {asked}")


def main() -> None:
    """Tell the story."""
    with tempfile.TemporaryDirectory() as folder:
        make_workspace(Path(folder))
        os.chdir(folder)
        settings = load_settings(Path(folder))
        pipeline, store = fill_tables(settings)
        ledger = Ledger(settings.ledger_url, actor="anna")
        for rounds in (30, 31):
            add_version(settings, rounds=rounds)
        promote(store, ledger, "shop", 1, "anna", "To begin with.")
        endpoint = Endpoint(settings, pipeline, ledger)
        endpoint.look()
        policy = deployment_policy(pipeline, **CANARY)
        begin(store, ledger, "shop", 2, policy, "anna", "Better on the rows held out.")
        endpoint.look()
        live(endpoint)
        print(*map(event_line, ledger.rollout_events("shop")), sep="\n")
        for incident in ledger.incidents("shop", open_only=True):
            print(f"open incident: {incident['kind']}, {incident['subject']}")
        print(
            f"champion: version {ledger.alias('shop', 'champion')}; audit: {ledger.verify_audit().ok}"
        )
        endpoint.close()
        ledger.close()


if __name__ == "__main__":
    main()
