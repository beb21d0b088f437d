"""A rollout on live traffic: it grows, goes back, is checked first or earns its share; no request fails or is mixed."""

import asyncio
import io
import json
import threading
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from serving import add_version, ask, fill_tables, send

from aifactory_nb.advance import (
    advance,
    check_on_served,
    deploy_version,
    start_of,
    verdict_on,
)
from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_feedback import feedback_lines
from aifactory_nb.model import MODEL_FILE
from aifactory_nb.model_records import ModelRecords
from aifactory_nb.registry import promote, rollback
from aifactory_nb.rollout import abort, begin, finish, step
from aifactory_nb.rollout_records import moment_of
from aifactory_nb.served_model import ServedModel, load_served
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, Settings


@pytest.fixture
def endpoint(settings: Settings):
    """Version 1 answers; version 2, about as good, does not yet."""
    pipeline, store = fill_tables(settings)
    for rounds in (30, 31):
        add_version(settings, rounds=rounds)
    ledger = Ledger(settings.ledger_url, actor="tester")
    promote(store, ledger, "shop", 1, "tester", "To begin with.")
    endpoint = Endpoint(settings, pipeline, ledger)
    assert endpoint.look(), endpoint.problem
    yield endpoint
    endpoint.close()


def start(endpoint: Endpoint, policy: str = "canary", version: int = 2, **changes) -> dict:
    calm = {"slow_milliseconds": 1e6, **changes.pop("guards", {})}  # however busy the machine is
    named = {"policy": policy, "step_seconds": 0, "step_requests": 20, "guards": calm, **changes}
    wanted = deployment_policy(endpoint.pipeline, **named)
    row = begin(endpoint.store, endpoint.ledger, "shop", version, wanted, "tester", "It is better.")
    endpoint.look()
    return row


def bodies(endpoint: Endpoint, rows: int, first: int = 0) -> list[bytes]:
    found = endpoint.store.scan("raw").slice(first, rows).collect().rows(named=True)
    return [
        json.dumps({"rows": [row]}, default=lambda value: value.isoformat()).encode()
        for row in found
    ]


def ask_all(endpoint: Endpoint, sent: list[bytes]) -> list[dict]:
    service = Service([endpoint], ServingSettings(tokens=False))
    answers = []
    for body in sent:
        status, answer = ask(service, "POST", "/predict/shop", body)
        assert status == 200
        answers.append(answer)
    return answers


def tell_labels(endpoint: Endpoint, answers: list[dict], wrong: int = 0) -> None:
    """What came true, as the table of labels has it; for one version always the opposite of its decision."""
    labels = endpoint.store.scan("labels").select("order", "label").collect()
    known = dict(labels.rows())
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [
        {
            "feedback_id": answer["request_id"],
            "prediction_id": answer["predictions"][0]["prediction_id"],
            "key": None,
            "label": known[order]
            if answer["version"] != wrong
            else float(not answer["predictions"][0]["decision"]),
            "known_at": now,
            "received_at": now,
        }
        for order, answer in enumerate(answers)
        if known.get(order) is not None
    ]
    endpoint.journals["feedback"].append(feedback_lines(rows))
    endpoint.flush()


def look(endpoint: Endpoint) -> dict | None:
    """Bring the answers into their table, judge, and follow."""
    endpoint.flush()
    changed = advance(
        endpoint.store, endpoint.ledger, endpoint.pipeline, endpoint.asked, endpoint.failed
    )
    endpoint.look()
    return changed


def test_a_canary_answers_its_share_and_grows_to_all(endpoint):
    """Its answers are marked in the table, each step is in the ledger, and at the end it is the champion."""
    start(endpoint, steps=[25, 50, 100], step_requests=20)
    shares: dict[float, float] = {}
    for first in range(0, 2400, 400):
        share = endpoint.split.stretches[0][0]
        answers = ask_all(endpoint, bodies(endpoint, 400, first))
        shares[share] = sum(answer["version"] == 2 for answer in answers) / len(answers)
        changed = look(endpoint)
        if changed is not None and changed["change"] == "finish":
            break

    assert 0.15 < shares[0.25] < 0.35 and 0.4 < shares[0.5] < 0.6
    events = endpoint.ledger.rollout_events("shop")
    assert [event["change"] for event in events] == ["start", "step", "finish"]
    assert "The guards hold: errors +0.000" in events[-1]["reason"]
    assert endpoint.served.version == 2 and endpoint.split is None
    table = endpoint.store.scan("served").collect()
    assert set(table.filter(version=2)["alias"]) == {"challenger"}


def test_a_canary_that_is_worse_goes_back_by_itself(endpoint):
    """An incident tells which guard it broke, and all requests go to the champion."""
    start(endpoint, steps=[50, 100])
    tell_labels(endpoint, ask_all(endpoint, bodies(endpoint, 300)), wrong=2)

    changed = look(endpoint)

    assert changed["change"] == "back" and "quality +0." in changed["reason"]
    (incident,) = endpoint.ledger.incidents("shop", open_only=True)
    assert incident["subject"] == "version 2"
    assert {answer["version"] for answer in ask_all(endpoint, bodies(endpoint, 50))} == {1}
    assert endpoint.ledger.verify_audit().ok


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_jumps_hides_nothing_from_the_guards(endpoint, monkeypatch, hours):
    """Set back or forward after the canary has begun, its answers are judged, and it goes back as it should."""
    start(endpoint, steps=[50, 100])

    class Set(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=hours)

    for module in ("endpoint", "served_table", "live_feedback", "guards"):
        monkeypatch.setattr(f"aifactory_nb.{module}.datetime", Set)
    tell_labels(endpoint, ask_all(endpoint, bodies(endpoint, 300)), wrong=2)

    changed = look(endpoint)

    assert changed["change"] == "back" and "quality +0." in changed["reason"]
    moments = endpoint.store.scan("served").filter(alias="challenger").select("at").collect()["at"]
    assert moments.min() >= moment_of(endpoint.ledger.rollout_events("shop")[0])


def test_a_newcomer_that_fails_costs_nobody_an_answer(endpoint, monkeypatch):
    """The champion answers instead, and the failures send it back."""
    start(endpoint, steps=[50, 100])
    answer_rows = ServedModel.answer_rows

    def fail(self: ServedModel, rows: list) -> list:
        return answer_rows(self, rows) if self.version == 1 else 1 / 0

    monkeypatch.setattr(ServedModel, "answer_rows", fail)
    answers = ask_all(endpoint, bodies(endpoint, 60))
    changed = look(endpoint)

    assert {answer["version"] for answer in answers} == {1} and endpoint.failed[2] > 15
    assert changed["change"] == "back" and "errors +1.000" in changed["reason"]


def test_a_canary_that_cannot_be_loaded_goes_back(endpoint):
    """Its folder was damaged after it was promoted: nothing of it is served."""
    trees = endpoint.store.model_folder(2) / MODEL_FILE
    text = trees.read_text()
    wanted = deployment_policy(endpoint.pipeline, policy="canary")
    begin(endpoint.store, endpoint.ledger, "shop", 2, wanted, "tester", "It is better.")
    trees.write_text(text.replace("leaf_value=", "leaf_value=9", 1))

    endpoint.look()

    assert endpoint.split is None and endpoint.ledger.rollout("shop") is None
    assert "is not what was registered" in endpoint.ledger.rollout_events("shop")[-1]["reason"]


def test_the_same_key_gets_the_same_version(endpoint):
    """Asked twice, in rows or as a tensor, a key is answered by the same version."""
    start(endpoint, steps=[50, 100])
    sent = bodies(endpoint, 40)

    first, second = ask_all(endpoint, sent), ask_all(endpoint, sent)

    assert [a["version"] for a in first] == [a["version"] for a in second]
    assert {answer["alias"] for answer in first} == {"champion", "challenger"}


def test_no_answer_fails_or_is_mixed_at_any_switch(endpoint):
    """Under load a canary begins, grows, is aborted, begins again and is finished, and the champion is rolled back."""
    store, ledger = endpoint.store, endpoint.ledger
    rows = store.scan("raw").head(3).collect().rows(named=True)
    body = json.dumps({"rows": rows}, default=lambda value: value.isoformat()).encode()
    service = Service([endpoint], ServingSettings(tokens=False))
    told: dict[int, set[str]] = {1: set(), 2: set()}
    end = threading.Event()

    def switch() -> None:
        for _ in range(3):
            row = step(ledger, start(endpoint), {2: 1.0}, "tester", "All of it.")
            endpoint.look()
            abort(ledger, row, "tester", "No.")
            endpoint.look()
            finish(store, ledger, start(endpoint), "tester", "Yes.")
            endpoint.look()
            rollback(store, ledger, "shop", "tester", "No again.")
            endpoint.look()
        end.set()

    switcher = threading.Thread(target=switch)
    switcher.start()
    while not end.is_set():
        status, answer = ask(service, "POST", "/predict/shop", body)
        assert status == 200
        told[answer["version"]].add(str([row["prediction"] for row in answer["predictions"]]))
    switcher.join()

    assert all(len(answers) == 1 for answers in told.values())


def test_a_rollback_needs_no_load(endpoint, monkeypatch):
    """The champion before is kept ready: the alias moves, and at the next look it answers, from memory."""
    finish(endpoint.store, endpoint.ledger, start(endpoint), "tester", "It holds.")
    endpoint.look()
    assert endpoint.served.version == 2
    monkeypatch.setattr("aifactory_nb.endpoint.load_served", lambda *_: 1 / 0)

    rollback(endpoint.store, endpoint.ledger, "shop", "tester", "It is worse after all.")

    assert endpoint.look() and endpoint.served.version == 1
    assert {answer["version"] for answer in ask_all(endpoint, bodies(endpoint, 5))} == {1}


def test_another_champion_ends_the_rollout(endpoint, settings):
    """In a ledger of before champions were held: what was begun beside the old one says nothing about the new one."""
    start(endpoint)
    version = add_version(settings, rounds=33, champion=False)
    ModelRecords(settings.ledger_url).set_alias("shop", "champion", version, "me", "At once.", {})

    assert look(endpoint)["change"] == "abort"
    assert endpoint.split is None and endpoint.served.version == 3


def test_blue_green_moves_the_traffic_after_the_checks(endpoint):
    """The version answers the requests that were served, then it is the champion."""
    ask_all(endpoint, bodies(endpoint, 30))
    endpoint.flush()
    start(endpoint, policy="blue-green")
    assert {answer["version"] for answer in ask_all(endpoint, bodies(endpoint, 5))} == {1}

    changed = look(endpoint)

    assert changed["change"] == "finish" and endpoint.served.version == 2
    begun = start_of(endpoint.ledger, changed)
    assert changed["reason"].startswith(f"{begun['actor']}: {begun['reason']} It predicts")
    assert changed["reason"].endswith("it answers the last requests.")


def test_blue_green_refuses_what_fails_on_served_rows(endpoint, monkeypatch):
    """The champion stays, and an incident tells the row's error."""
    ask_all(endpoint, bodies(endpoint, 30))
    endpoint.flush()
    start(endpoint, policy="blue-green")
    monkeypatch.setattr(ServedModel, "answer", lambda self, row: 1 / 0)

    changed = look(endpoint)

    assert changed["change"] == "back" and "ZeroDivisionError" in changed["reason"]
    assert endpoint.served.version == 1 and endpoint.ledger.incidents("shop", open_only=True)


def test_served_rows_are_those_of_the_last_time(endpoint):
    """A version that answers them all has no problem; without rows there is nothing to check."""
    served = load_served(endpoint.store, endpoint.ledger, endpoint.pipeline, 2)
    assert check_on_served(served, endpoint.store, 1000) == ""
    ask_all(endpoint, bodies(endpoint, 10))
    endpoint.flush()

    assert check_on_served(served, endpoint.store, 1000) == ""


def test_a_shadow_waits_for_a_person(endpoint):
    """Its guards are judged in pairs; nothing moves until somebody promotes it."""
    start(endpoint, policy="shadow")
    assert endpoint.shadow.served.version == 2
    answers = ask_all(endpoint, bodies(endpoint, 300))
    assert {answer["version"] for answer in answers} == {1}
    endpoint.shadow.stop()  # all that waits is answered
    endpoint.shadow = None

    assert look(endpoint) is None
    table = endpoint.store.scan("served").collect()
    assert set(table.filter(alias="shadow")["version"]) == {2}

    finish(endpoint.store, endpoint.ledger, endpoint.ledger.rollout("shop"), "tester", "It holds.")
    endpoint.look()
    assert endpoint.served.version == 2 and endpoint.shadow is None


def test_the_verdict_on_a_bandit_is_that_of_the_labels(endpoint):
    """Who looks at it is told what decides: how often each version was right."""
    start(endpoint, policy="bandit", explore=0.4, settle_labels=20)
    told = (endpoint.store, endpoint.ledger, endpoint.pipeline, endpoint.ledger.rollout("shop"))
    before = verdict_on(*told)
    tell_labels(endpoint, ask_all(endpoint, bodies(endpoint, 200)), wrong=2)
    waits, broken = verdict_on(*told), verdict_on(*told, asked=500, failed=400)

    assert (before.change, before.reason) == ("keep", "Nothing has been served yet.")
    assert waits.change == "back" and "Version 1 is the best: version 1 right in" in waits.reason
    assert broken.change == "back" and "A guard is broken: errors" in broken.reason


def test_a_bandit_goes_on_after_a_restart(endpoint, settings):
    """Shares follow from the tables: a service that comes up later has the same."""
    start(endpoint, policy="bandit", explore=0.4, settle_labels=10_000)
    tell_labels(endpoint, ask_all(endpoint, bodies(endpoint, 400)))
    look(endpoint)
    again = Endpoint(settings, endpoint.pipeline, endpoint.ledger)
    again.look()

    assert again.split.stretches[0][0] == endpoint.split.stretches[0][0]
    answers = [ask_all(one, bodies(one, 30)) for one in (endpoint, again)]
    assert [a["version"] for a in answers[0]] == [a["version"] for a in answers[1]]
    again.close()


def test_tables_are_split_like_rows(endpoint):
    """An Arrow body is answered whole by the version of its first row, and marked so in the table."""
    start(endpoint, steps=[50, 100])
    service = Service([endpoint], ServingSettings(tokens=False))
    versions = []
    for place in range(12):
        buffer = io.BytesIO()
        endpoint.store.scan("raw").collect()[place : place + 3].write_ipc_stream(buffer)
        media = "application/vnd.apache.arrow.stream"
        status, _, body = asyncio.run(
            send(service, "POST", "/predict/shop", buffer.getvalue(), content_type=media)
        )
        assert status == 200
        versions.append(pl.read_ipc_stream(io.BytesIO(body))["version"].unique().to_list())

    assert all(len(found) == 1 for found in versions) and {v for (v,) in versions} == {1, 2}
    endpoint.flush()
    pairs = endpoint.store.scan("served").select("alias", "version").unique().collect().rows()
    assert set(pairs) == {("champion", 1), ("challenger", 2)}


def test_a_segment_is_answered_by_its_own_champion_all_the_time(endpoint, settings):
    """What is tried beside the pipeline's champion does not take its rows, in a table or one by one."""
    version = add_version(settings, rounds=3, product="shop/region=north")
    start(endpoint, steps=[99, 100])
    endpoint.look()
    service = Service([endpoint], ServingSettings(tokens=False))
    rows = endpoint.store.scan("raw").head(40).collect()
    buffer = io.BytesIO()
    rows.write_ipc_stream(buffer)
    media = "application/vnd.apache.arrow.stream"

    asyncio.run(send(service, "POST", "/predict/shop", buffer.getvalue(), content_type=media))
    ask_all(endpoint, bodies(endpoint, 40))
    endpoint.flush()

    table = endpoint.store.scan("served").collect()
    of_north = table.filter(pl.col("segment").is_not_null())
    assert of_north.height == 2 * rows.filter(region="north").height > 0
    assert set(of_north.select("alias", "version").rows()) == {("champion", version)}
    others = table.filter(pl.col("segment").is_null())
    assert set(others.select("alias", "version").rows()) <= {("champion", 1), ("challenger", 2)}


def test_masked_values_are_unknown_to_the_check(endpoint):
    """They were not written down as they were."""
    served = load_served(endpoint.store, endpoint.ledger, endpoint.pipeline, 2)
    ask_all(endpoint, bodies(endpoint, 5))
    endpoint.flush()
    rows = endpoint.store.scan("served").collect()
    hidden = rows.with_columns(pl.col("row").struct.with_fields(price=pl.lit("d41d8c")))
    endpoint.store.write("served", hidden)

    assert "row that was served" in check_on_served(served, endpoint.store, 100)
    assert check_on_served(served, endpoint.store, 100, {"price"}) == ""


def test_a_stage_begins_the_rollout(endpoint):
    """The deploy stage with a policy leaves the champion; blue-green is decided there and then."""
    store, ledger, pipeline = endpoint.store, endpoint.ledger, endpoint.pipeline
    verdict = {"promote": True, "reason": "Better.", "compared_with": 1, "metrics": {}}
    named = store, ledger, pipeline, "shop", 2, verdict

    canary = deploy_version(*named, "canary")
    abort(ledger, ledger.rollout("shop"), "tester", "Another way.")
    promote(store, ledger, "shop", 1, "tester", "Still.")

    assert (canary.promoted, canary.champion) == (False, 1) and "has begun" in canary.reason
    refused = deploy_version(*named, "blue-green")
    assert "is not rolled out again" in refused.reason


@pytest.mark.parametrize(("version", "end"), [(2, "finish"), (3, "abort")])
def test_a_stage_that_deploys_directly_ends_the_rollout(endpoint, settings, version, end):
    """Of the same version it is the end that was meant; another one that its gates let through takes its place."""
    start(endpoint)
    add_version(settings, rounds=33, champion=False)
    store, ledger, pipeline = endpoint.store, endpoint.ledger, endpoint.pipeline
    verdict = {"promote": True, "reason": "Better.", "compared_with": 1, "metrics": {}}

    done = deploy_version(store, ledger, pipeline, "shop", version, verdict, "direct")

    assert (done.promoted, done.champion) == (True, version)
    assert ledger.rollout("shop") is None and ledger.alias("shop", "champion") == version
    assert ledger.rollout_events("shop")[-1]["change"] == end
