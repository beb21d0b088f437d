"""What the service answers: predictions of the batch, and errors that say what to do."""

import asyncio
import io
import json
from dataclasses import replace

import polars as pl
import pytest
from serving import add_version, ask, batch_features, fill_tables, send

from aifactory_nb.admin import states
from aifactory_nb.bodies import ARROW, ARROW_FILE, PARQUET
from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.encode import encode
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_feedback import SERVED, join_feedback
from aifactory_nb.model import Model
from aifactory_nb.registry import promote
from aifactory_nb.rollout import begin, finish
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.store import Store
from aifactory_nb.tokens import Token, token_digest
from aifactory_nb.web import LONG_BODY

PREDICT = "/predict/shop"
INFER = "/v2/models/shop/infer"


@pytest.fixture
def endpoint(settings: Settings):
    pipeline, _ = fill_tables(settings)
    add_version(settings)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    assert endpoint.look(), endpoint.problem
    yield endpoint
    endpoint.close()


@pytest.fixture
def service(endpoint: Endpoint) -> Service:
    return Service([endpoint], ServingSettings(tokens=False))


@pytest.fixture
def raw(endpoint: Endpoint) -> pl.DataFrame:
    return endpoint.store.scan("raw").sort("ordered_at", "order").collect()


def in_words(rows: pl.DataFrame) -> list[dict]:
    return json.loads(json.dumps(rows.rows(named=True), default=lambda value: value.isoformat()))


@pytest.fixture
def expected(endpoint: Endpoint) -> list[float]:
    """What the stage score would say about all rows."""
    model = Model.load(endpoint.store.model_folder(1))
    return model.predict(batch_features(endpoint.store, endpoint.pipeline)).tolist()


def test_rows_have_the_predictions_of_the_batch(service, raw, expected):
    """Rows in JSON: bit for bit what the batch says, with version, decision and an id each."""
    status, answer = ask(service, "POST", PREDICT, {"rows": in_words(raw[:300])})

    assert status == 200 and answer["version"] == 1
    found = answer["predictions"]
    assert [prediction["prediction"] for prediction in found] == expected[:300]
    assert [prediction["decision"] for prediction in found] == [p >= 0.5 for p in expected[:300]]
    assert len({prediction["prediction_id"] for prediction in found}) == 300


@pytest.mark.parametrize("media_type", [ARROW, ARROW_FILE, PARQUET])
@pytest.mark.parametrize("rows", [10, 2000])
def test_tables_have_the_predictions_of_the_batch(service, raw, expected, media_type, rows):
    """Arrow and Parquet bodies are answered in their own form, few rows and many."""
    buffer, part = io.BytesIO(), raw[:rows]
    write = {ARROW: part.write_ipc_stream, ARROW_FILE: part.write_ipc, PARQUET: part.write_parquet}
    write[media_type](buffer)

    status, _, body = asyncio.run(
        send(service, "POST", PREDICT, buffer.getvalue(), content_type=media_type)
    )

    read = {ARROW: pl.read_ipc_stream, ARROW_FILE: pl.read_ipc, PARQUET: pl.read_parquet}
    answer = read[media_type](io.BytesIO(body))
    assert status == 200
    assert answer["prediction"].to_list() == expected[:rows]
    assert set(answer["version"]) == {1} and answer["prediction_id"].n_unique() == rows


def tensors(raw: pl.DataFrame) -> dict:
    kinds = {"ordered_at": "BYTES", "region": "BYTES", "channel": "BYTES", "price": "FP64"}
    rows = in_words(raw)
    return {
        "id": "mine",
        "inputs": [
            {
                "name": name,
                "shape": [raw.height, 1],
                "datatype": kinds.get(name, "INT64"),
                "data": [row[name] for row in rows],
            }
            for name in raw.columns
        ],
    }


def test_tensors_have_the_predictions_of_the_batch(service, raw, expected):
    """The Open Inference Protocol, for the model and for its version."""
    status, answer = ask(service, "POST", INFER, tensors(raw[:5]))
    again = ask(service, "POST", "/v2/models/shop/versions/1/infer", tensors(raw[:5]))[1]

    assert status == 200
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("shop", "1", "mine")
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert outputs["prediction"]["data"] == expected[:5] and outputs["prediction"]["shape"] == [5]
    assert again["outputs"][0] == answer["outputs"][0]


def test_the_protocol_tells_what_there_is(service):
    """Health, readiness and metadata, with and without a version."""
    assert ask(service, "GET", "/v2/health/live") == (200, {"live": True})
    assert ask(service, "GET", "/v2/health/ready") == (200, {"ready": True})
    assert ask(service, "GET", "/v2/models/shop/ready") == (200, {"ready": True})
    assert ask(service, "GET", "/v2/models/shop/versions/2/ready")[0] == 404
    told = ask(service, "GET", "/v2/models/shop")[1]
    assert told["versions"] == ["1"]
    assert {"name": "price", "datatype": "FP64", "shape": [-1]} in told["inputs"]


def test_each_answer_is_in_the_table(service, endpoint, raw, expected):
    """What was sent and what was said, whichever way it came; a request that was refused is not there."""
    ask(service, "POST", PREDICT, {"rows": in_words(raw[:2])}, x_request_id="first")
    ask(service, "POST", INFER, tensors(raw[2:4]))
    buffer = io.BytesIO()
    raw[4:6].write_parquet(buffer)
    asyncio.run(send(service, "POST", PREDICT, buffer.getvalue(), content_type=PARQUET))
    ask(service, "POST", PREDICT, {"rows": [{"price": "x"}]})

    endpoint.close()

    table = endpoint.store.scan("served").collect()
    found = table.unnest("row").sort("ordered_at", "order")
    assert found["prediction"].to_list() == expected[:6]
    assert found["order"].to_list() == raw["order"][:6].to_list()
    assert found["price"].to_list() == raw["price"][:6].to_list()
    assert set(found["version"]) == {1} and set(found["decision"]) <= {"true", "false"}
    assert table.filter(request_id="first").height == 2


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "The body is not valid JSON"),
        (b'{"rows": [}', 400, "The body is not valid JSON"),
        (b"\xff\xfe", 400, "The body is not valid JSON"),
        (b"[]", 422, "column 'rows': expected an object with the key 'rows', found list"),
        (b'{"row": []}', 422, "expected an object with the key 'rows', found the keys row"),
        (b'{"rows": 5}', 422, "expected a list of objects, found 5 (whole number)"),
        (b'{"rows": [5]}', 422, "row 1, column '*': expected an object with named columns"),
        (b'{"rows": [{"price": "x"}]}', 422, "row 1, column 'price': expected a number or null"),
    ],
)
def test_a_wrong_body_is_told(service, body, status, told):
    """What is wrong with a body is the answer, never a failure of the service."""
    found, answer = ask(service, "POST", PREDICT, body)

    assert (found, told in answer["error"]) == (status, True), answer


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": None},
        {"inputs": []},
        {"inputs": [5]},
        {"inputs": [{"name": "price"}]},
        {"inputs": [{"name": "price", "datatype": "FP64", "shape": [2], "data": [1.0]}]},
        {"inputs": [{"name": "price", "datatype": "FP64", "shape": [1, 2], "data": [[1.0, 2.0]]}]},
        {"inputs": [{"name": "price", "datatype": "BYTES", "shape": [1], "data": ["1"]}]},
        {"inputs": [{"name": ["price"], "datatype": "FP64", "shape": [1], "data": [1.0]}]},
        {"inputs": [{"name": "price", "datatype": 5, "shape": [1], "data": [1.0]}]},
        {"inputs": [{"name": "price", "datatype": "FP64", "shape": ["1"], "data": [1.0]}]},
        {"inputs": [{"name": "price", "datatype": "FP64", "shape": [1], "data": {}}]},
    ],
)
def test_wrong_tensors_are_told(service, raw, change):
    """Tensors that are none are refused with what was expected."""
    status, answer = ask(service, "POST", INFER, tensors(raw[:1]) | change)

    assert status == 422 and "expected" in answer["error"]


def test_no_rows_have_no_predictions(service):
    """An empty list is answered, and nothing is written."""
    assert ask(service, "POST", PREDICT, {"rows": []})[1]["predictions"] == []


def test_other_bodies_and_places_are_refused(service, raw):
    """Media types, paths, methods and pipelines that are not there."""
    assert ask(service, "POST", PREDICT, b"a,b", content_type="text/csv")[0] == 415
    assert ask(service, "POST", PREDICT, b"PAR1", content_type=PARQUET)[0] == 400
    assert ask(service, "GET", PREDICT)[0] == 405
    assert ask(service, "GET", "/nowhere")[0] == 404
    status, answer = ask(service, "POST", "/predict/shopp", {"rows": []})
    assert status == 404 and "Did you mean 'shop'?" in answer["error"]


def test_limits_are_kept(endpoint, raw):
    """Too long a body, too many rows and too many requests are refused."""
    service = Service([endpoint], ServingSettings(tokens=False, most_rows=3, most_megabytes=1))

    assert ask(service, "POST", PREDICT, {"rows": in_words(raw[:4])})[0] == 413
    assert ask(service, "POST", PREDICT, b" " * (2**20 + 1))[0] == 413
    assert ask(service, "POST", PREDICT, b"", content_length=str(2**30))[0] == 413


def test_long_bodies_go_another_way_to_the_same_answer(service, raw, expected):
    """A body of many rows in JSON is answered in a thread."""
    body = json.dumps({"rows": in_words(raw)}).encode()
    assert len(body) > LONG_BODY

    answer = ask(service, "POST", PREDICT, body)[1]

    assert [prediction["prediction"] for prediction in answer["predictions"]] == expected


def test_who_may_ask(endpoint, raw):
    """No token 401, a token of another scope 403, too often 429; health needs none."""
    service = Service([endpoint], ServingSettings(rate=2))
    names = {"good": ["predict"], "other": ["feedback"]}
    service.tokens = {
        digest: Token(name, scopes, digest, "")
        for name, scopes in names.items()
        for digest in [token_digest(name.encode())]
    }

    def status(token: str) -> int:
        body = {"rows": in_words(raw[:1])}
        return ask(service, "POST", PREDICT, body, authorization=f"Bearer {token}")[0]

    assert ask(service, "POST", PREDICT, {"rows": []})[0] == 401
    assert ask(service, "GET", "/v2/health/ready")[0] == 200
    assert status("bad") == 401
    assert status("other") == 403
    assert 429 in {status("good") for _ in range(5)}


@pytest.mark.parametrize(("policy", "status"), [("refuse", 503), ("drop", 200)])
def test_a_full_journal_follows_the_setting(endpoint, raw, policy, status):
    """Refuse the request, or answer it and count what is not written down."""
    service = Service([endpoint], ServingSettings(tokens=False, journal_full=policy))
    endpoint.journals[SERVED].most_bytes = 0

    assert ask(service, "POST", PREDICT, {"rows": in_words(raw[:2])})[0] == status
    assert endpoint.dropped == (2 if policy == "drop" else 0)


def test_a_failure_of_ours_does_not_show_its_inside(service, endpoint, raw, monkeypatch):
    """An unexpected error is a 500 that points to the log."""
    monkeypatch.setattr(
        "aifactory_nb.service.served_lines", lambda *_: (_ for _ in ()).throw(KeyError("secret"))
    )

    status, answer = ask(service, "POST", PREDICT, {"rows": in_words(raw[:1])})

    assert status == 500 and "secret" not in answer["error"]


def test_feedback_is_matched_to_predictions(service, endpoint, raw):
    """By the id of a prediction and by the key of its row; both tables hold what was told."""
    answer = ask(service, "POST", PREDICT, {"rows": in_words(raw[:3])})[1]
    names = [row["prediction_id"] for row in answer["predictions"]]
    rows = [
        {"prediction_id": names[0], "label": True},
        {"key": {"order": raw["order"][1]}, "label": False},
    ]

    assert ask(service, "POST", "/feedback/shop", {"rows": rows})[1]["accepted"] == 2
    assert ask(service, "POST", "/feedback/shop", {"rows": [{"label": True}]})[0] == 422

    endpoint.close()
    tables = endpoint.store.scan("served"), endpoint.store.scan("feedback")
    known = join_feedback(*tables, ["order"]).collect()
    labels = dict(zip(known["prediction_id"], known["label"], strict=True))
    assert [labels[name] for name in names] == [1.0, 0.0, None]


def test_what_was_answered_is_counted(service, raw):
    """Requests by pipeline and status; names that a caller makes up are not kept."""
    ask(service, "POST", PREDICT, {"rows": in_words(raw[:1])})
    ask(service, "POST", PREDICT, b"")
    ask(service, "POST", "/predict/made_up", b"")

    status, headers, body = asyncio.run(send(service, "GET", "/metrics"))

    assert status == 200 and headers["content-type"].startswith("text/plain")
    assert b'requests_total{kind="predict",pipeline="shop",status="200"} 1.0' in body
    assert b'requests_total{kind="predict",pipeline="shop",status="400"} 1.0' in body
    assert b"made_up" not in body
    assert b'aifactory_version{pipeline="shop"} 1.0' in body


def metrics(service: Service) -> dict[str, float]:
    body = asyncio.run(send(service, "GET", "/metrics"))[2].decode()
    lines = (line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_metrics_tell_who_answers_how_much_and_how(settings, service, endpoint, raw, monkeypatch):
    """The share of each version, its answers and its errors; before, in and after a rollout."""
    version = add_version(settings, rounds=4, champion=False)
    one, two = (f'{{pipeline="shop",version="{number}"}}' for number in (1, version))
    assert metrics(service)["aifactory_traffic_share" + one] == 1.0
    canary = deployment_policy(endpoint.pipeline, policy="canary", steps=[20, 100])
    store, ledger = endpoint.store, endpoint.ledger
    row = begin(store, ledger, "shop", version, canary, "me", "Better.")
    endpoint.look()
    shares = endpoint.split.stretches
    monkeypatch.setattr(
        endpoint, "split", replace(endpoint.split, stretches=((1.0, shares[0][1]),))
    )

    ask(service, "POST", PREDICT, {"rows": in_words(raw[:3])})
    told = metrics(service)
    assert told['aifactory_rollout{pipeline="shop"}'] == 1.0
    assert told["aifactory_traffic_share" + one] == 0.8
    assert told["aifactory_traffic_share" + two] == 0.2
    assert told["aifactory_answer_seconds_count" + two] == 1.0

    arm = shares[0][1]
    monkeypatch.setattr(type(arm), "answer_rows", fail_as(version, type(arm).answer_rows))
    ask(service, "POST", PREDICT, {"rows": in_words(raw[:3])})
    finish(store, ledger, row, "me", "It is good.")
    endpoint.look()
    told = metrics(service)
    assert told["aifactory_answer_errors_total" + two] == 1.0
    assert told["aifactory_answer_seconds_count" + one] == 1.0
    assert told['aifactory_rollout{pipeline="shop"}'] == 0.0
    assert told["aifactory_traffic_share" + two] == 1.0
    assert "aifactory_traffic_share" + one not in told


def fail_as(version: int, answer):
    """A version that fails, among others that do not."""

    def answer_or_fail(self, rows):
        if self.version == version:
            raise RuntimeError("It fails.")
        return answer(self, rows)

    return answer_or_fail


def test_labels_of_predictions_that_were_never_made_are_counted(service, endpoint, raw):
    """What cannot be an id is refused; what nobody has given is taken, and told to those who watch."""
    answer = ask(service, "POST", PREDICT, {"rows": in_words(raw[:1])})[1]
    known = answer["predictions"][0]["prediction_id"]

    def tell(name: str) -> int:
        rows = [{"prediction_id": name, "label": True}]
        return ask(service, "POST", "/feedback/shop", {"rows": rows})[0]

    assert [tell(name) for name in ("order-7", known, "0123456789ab-1")] == [422, 200, 200]
    endpoint.flush()

    assert metrics(service)['aifactory_feedback_unmatched_total{pipeline="shop"}'] == 1.0


def test_the_document_is_served(service):
    """Programs find the columns of each pipeline."""
    assert "/predict/shop" in ask(service, "GET", "/openapi.json")[1]["paths"]


def test_an_explanation_sums_to_the_raw_score(service, endpoint, raw):
    """The largest contributions by their features, with the values that they come from; the others together."""
    rows = in_words(raw[:5])
    status, answer = ask(service, "POST", PREDICT, {"rows": rows, "explain": 2})
    _, plain = ask(service, "POST", PREDICT, {"rows": rows})

    assert status == 200
    features = batch_features(endpoint.store, endpoint.pipeline)[:5]
    model = endpoint.served.model
    matrix = encode(features, model.columns, model.categories)
    expected = model.booster.predict(matrix, raw_score=True).tolist()
    for told, score, row, alone in zip(
        answer["predictions"],
        expected,
        features.rows(named=True),
        plain["predictions"],
        strict=True,
    ):
        found = told["explanation"]
        shares = [each["contribution"] for each in found["contributions"]]
        assert found["raw_score"] == pytest.approx(score, abs=1e-12)
        assert found["base"] + sum(shares) + found["others"] == pytest.approx(score, abs=1e-12)
        assert len(shares) == 2 and abs(shares[0]) >= abs(shares[1])
        assert all(row[each["feature"]] == each["value"] for each in found["contributions"])
        assert told["prediction"] == alone["prediction"] and "explanation" not in alone


@pytest.mark.parametrize(
    ("explain", "rows", "status"), [("all", 1, 422), (-1, 1, 422), (1, 101, 413)]
)
def test_explanations_are_bounded(service, raw, explain, rows, status):
    """A number of contributions, for not too many rows."""
    body = {"rows": in_words(raw[:rows]), "explain": explain}

    assert ask(service, "POST", PREDICT, body)[0] == status


def test_a_row_is_answered_by_the_model_of_its_segment(service, endpoint, settings, raw):
    """Several in one request, in JSON and as a table; segments without one by the pipeline's own."""
    north = Store(settings.store_folder, "shop/region=north")
    version = add_version(settings, rounds=3, product="shop/region=north")
    regions = raw["region"].to_list()
    assert "north" in regions and len(set(regions)) > 1
    endpoint.look()
    rows = raw[:400]
    expected = [
        Model.load(store.model_folder(number)).predict(
            batch_features(endpoint.store, endpoint.pipeline)[:400]
        )
        for store, number in ((endpoint.store, 1), (north, version))
    ]

    _, answer = ask(service, "POST", PREDICT, {"rows": in_words(rows)})
    table = endpoint.served.answer_frame(endpoint.served.schema.read_frame(rows))

    for place, told in enumerate(answer["predictions"]):
        of_north = regions[place] == "north"
        assert told["prediction"] == expected[of_north][place] == table["prediction"][place]
        assert told["segment"] == ("region=north" if of_north else None) == table["segment"][place]
        assert told["version"] == (version if of_north else 1) == table["version"][place]
    endpoint.flush()
    logged = endpoint.store.scan(SERVED).collect()
    assert logged["segment"].null_count() == 400 - regions[:400].count("north")


def outputs_of(answer: dict) -> dict[str, list]:
    return {output["name"]: output["data"] for output in answer["outputs"]}


def test_tensors_are_told_the_version_that_answered(service, endpoint, settings, raw):
    """That of the segment row by row, all of them at the top; a version that was asked for answers alone."""
    version = add_version(settings, rounds=3, product="shop/region=north")
    endpoint.look()
    rows = raw[:20]
    north = [region == "north" for region in rows["region"]]

    mixed = ask(service, "POST", INFER, tensors(rows))[1]
    single = ask(service, "POST", INFER, tensors(rows.filter(region="north")))[1]
    alone = ask(service, "POST", "/v2/models/shop/versions/1/infer", tensors(rows))[1]

    told = outputs_of(mixed)
    expected = [f"region=north/{version}" if of_north else "1" for of_north in north]
    assert told["version"] == expected and mixed["model_version"] == f"1, region=north/{version}"
    assert single["model_version"] == f"region=north/{version}"
    assert alone["model_version"] == "1" and "version" not in outputs_of(alone)
    pairs = zip(told["prediction"], outputs_of(alone)["prediction"], north, strict=True)
    assert all((mine == own) != of_north for mine, own, of_north in pairs)
    described = ask(service, "GET", "/v2/models/shop")[1]
    assert described["versions"] == ["1", f"region=north/{version}"]
    assert "version" in [output["name"] for output in described["outputs"]]


def test_tensors_are_told_that_a_canary_answered(service, endpoint, settings, raw):
    """By the number of its version; who asks for the champion by its number gets the champion."""
    add_version(settings, rounds=11)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "Not yet.")
    wanted = deployment_policy(endpoint.pipeline, policy="canary", steps=[50, 100])
    begin(endpoint.store, endpoint.ledger, "shop", 2, wanted, "tester", "Better.")
    endpoint.look()
    models = {n: Model.load(endpoint.store.model_folder(n)) for n in (1, 2)}
    features = batch_features(endpoint.store, endpoint.pipeline)

    for place in range(30):
        sent = tensors(raw[place : place + 1])
        answer = ask(service, "POST", INFER, sent)[1]
        alone = ask(service, "POST", "/v2/models/shop/versions/1/infer", sent)[1]
        expected = models[int(answer["model_version"])].predict(features[place : place + 1])
        assert outputs_of(answer)["prediction"] == expected.tolist()
        assert alone["model_version"] == "1"
    endpoint.flush()

    assert endpoint.store.scan(SERVED).collect().filter(version=2)["alias"].unique().item() == (
        "challenger"
    )


@pytest.fixture
def segments_only(settings: Settings):
    """A pipeline that was built with --segment region, for one of its regions."""
    pipeline, _ = fill_tables(settings)
    add_version(settings, product="shop/region=north")
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    assert endpoint.look() and not endpoint.look(), endpoint.problem
    yield endpoint
    endpoint.close()


def test_without_a_champion_of_its_own_segments_answer(segments_only, settings):
    """Bit for bit as their models say; nothing claims a version of the pipeline's own."""
    service = Service([segments_only], ServingSettings(tokens=False))
    raw = segments_only.store.scan("raw").sort("ordered_at", "order").collect()
    chosen = raw["region"] == "north"
    model = Model.load(Store(settings.store_folder, "shop/region=north").model_folder(1))
    features = batch_features(segments_only.store, segments_only.pipeline)
    expected = model.predict(features.filter(chosen)).tolist()

    rows = raw.filter(chosen)
    status, answer = ask(service, "POST", PREDICT, {"rows": in_words(rows)})
    tensor = ask(service, "POST", INFER, tensors(rows[:3]))[1]
    (state,) = states([segments_only])
    segments_only.flush()

    assert status == 200 and answer["version"] is None
    assert [row["prediction"] for row in answer["predictions"]] == expected
    assert {(row["segment"], row["version"]) for row in answer["predictions"]} == {
        ("region=north", 1)
    }
    assert tensor["model_version"] == "region=north/1"
    assert state["version"] is None and state["segments"] == {"shop/region=north": 1}
    served = segments_only.store.scan(SERVED).collect()
    assert served.height == rows.height + 3 and set(served["segment"]) == {"region=north"}
    assert ask(service, "GET", "/v2/health/ready")[0] == 200
    assert ask(service, "GET", "/openapi.json")[0] == 200


@pytest.mark.parametrize("region", ["south", None, "nowhere"])
def test_a_segment_without_a_model_is_told(segments_only, region):
    """With the row, what was found, and which there are; in JSON, tensors and tables. None of the rows is answered."""
    service = Service([segments_only], ServingSettings(tokens=False))
    raw = segments_only.store.scan("raw").collect()
    rows = pl.concat([raw.filter(region="north")[:1], raw[:1].with_columns(region=pl.lit(region))])
    buffer = io.BytesIO()
    rows.write_ipc_stream(buffer)

    status, told = ask(service, "POST", PREDICT, {"rows": in_words(rows)})
    infer = ask(service, "POST", INFER, tensors(rows))
    table = ask(service, "POST", PREDICT, buffer.getvalue(), content_type=ARROW)

    assert status == infer[0] == table[0] == 422
    expected = "row 2, column 'region': expected a segment with a model: north, found"
    assert told["error"] == infer[1]["error"] == table[1]["error"]
    assert expected in told["error"] and "row 1," not in told["error"]
    segments_only.flush()
    assert not segments_only.store.table_exists(SERVED)


def test_a_champion_of_its_own_takes_the_other_rows(segments_only, settings):
    """As soon as there is one."""
    service = Service([segments_only], ServingSettings(tokens=False))
    rows = segments_only.store.scan("raw").collect().filter(region="south")[:2]
    assert ask(service, "POST", PREDICT, {"rows": in_words(rows)})[0] == 422

    version = add_version(settings, rounds=3)
    assert segments_only.look()
    status, answer = ask(service, "POST", PREDICT, {"rows": in_words(rows)})

    assert status == 200 and answer["version"] == version
    assert {row["segment"] for row in answer["predictions"]} == {None}
