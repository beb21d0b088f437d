"""Personal data is used for the answer, and not written down."""

import asyncio
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from serving import add_version, ask, fill_tables, send

from aifactory_nb.bodies import ARROW
from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.errors import PipelineError, SecretError
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_feedback import join_feedback
from aifactory_nb.mask import Mask
from aifactory_nb.monitor import MonitorPolicy, Reference, drift_table
from aifactory_nb.outcomes import outcomes_of
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.profile import reference_profile
from aifactory_nb.registry import promote
from aifactory_nb.rollout import begin
from aifactory_nb.served_model import ServedModel
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, Settings

MASK = Mask(frozenset({"customer", "channel"}), frozenset({"region"}), b"the key of the workspace")
SECRET = "AIFACTORY_SECRET_PRIVACY"
PRIVATE = '\n[privacy]\nhash = ["channel", "order"]\ndrop = ["age"]\n'
ORDER = 777_000_333_111  # no other row and no hash has these digits
CHANNEL = "zebra crossing"


@pytest.fixture
def endpoint(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """A shop whose channel, order and age are personal."""
    monkeypatch.setenv(SECRET, "a key that nobody knows")
    file = settings.workspace / "pipelines/shop/pipeline.toml"
    file.write_text(file.read_text() + PRIVATE)
    pipeline, _ = fill_tables(settings)
    add_version(settings, rounds=5)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    endpoint.look()
    return endpoint


def ask_once(endpoint: Endpoint) -> dict:
    service = Service([endpoint], ServingSettings(tokens=False))
    row = {"region": "north", "price": 10.0, "channel": CHANNEL, "customer": 3, "order": ORDER}
    status, answer = ask(service, "POST", "/predict/shop", {"rows": [row]})
    assert status == 200, answer
    told = {"key": {"order": ORDER}, "label": True}
    status, found = ask(service, "POST", "/feedback/shop", {"rows": [told]})
    assert status == 200, found
    return answer["predictions"][0]


def holding(folder: Path, *texts: str) -> list[Path]:
    """The files below a folder in which one of the texts is, tables by their values."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            values = str(pl.read_parquet(path).rows()) if path.suffix == ".parquet" else ""
            if any(text.encode() in content or text in values for text in texts):
                found.append(path)
    return found


def test_a_raw_value_is_nowhere_in_the_store(settings, endpoint):
    """Neither in the journal while it waits, nor in the tables; the answer is that of the raw row."""
    answer = ask_once(endpoint)

    waiting = holding(settings.store_folder, CHANNEL, str(ORDER))
    lines = [p for p in settings.store_folder.rglob("*.jsonl") if p.stat().st_size]
    endpoint.close()

    assert len(lines) == 2 and not waiting
    assert not holding(settings.store_folder, CHANNEL, str(ORDER))
    served = endpoint.store.scan("served").collect()
    row = endpoint.served.schema.read_rows(
        [{"region": "north", "price": 10.0, "channel": CHANNEL, "customer": 3}]
    )
    assert served["prediction"][0] == answer["prediction"]
    assert answer["prediction"] == endpoint.served.answer(row[0]).prediction
    assert served["row"].struct.field("channel")[0] == endpoint.mask.text(CHANNEL)
    assert "features" not in served.columns


@pytest.mark.parametrize("way", ["rows", "table", "tensors", "feedback"])
def test_whatever_way_a_value_comes_it_is_not_written_down(settings, endpoint, way):
    """Champion, canary, shadow and a segment's model: in no journal before it is flushed, and in no table after."""
    add_version(settings, rounds=6)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "Not yet.")
    wanted = deployment_policy(endpoint.pipeline, policy="canary", steps=[50, 100])
    begin(endpoint.store, endpoint.ledger, "shop", 2, wanted, "tester", "Better.")
    endpoint.ledger.set_alias("shop", "shadow", 2, "tester", "Beside it.", {})
    add_version(settings, rounds=4, product="shop/region=south")
    endpoint.look()
    assert endpoint.split and endpoint.shadow and endpoint.segments.models
    service = Service([endpoint], ServingSettings(tokens=False))

    for number in range(20):
        send_one(service, way, ORDER + number, ["north", "south"][number % 2])
    endpoint.shadow.stop()
    endpoint.shadow = None
    raw = [CHANNEL, *(str(ORDER + number) for number in range(20))]
    waiting = holding(settings.store_folder, *raw)
    journals = [p for p in settings.store_folder.rglob("journals/*/*/0*") if p.stat().st_size]
    endpoint.close()

    assert journals and not waiting
    assert not holding(settings.store_folder, *raw)
    if way != "feedback":
        served = endpoint.store.scan("served").collect()
        found = set(zip(served["alias"], served["version"], served["segment"], strict=True))
        assert {("champion", 1, None), ("challenger", 2, None)} <= found
        assert ("champion", 1, "region=south") in found
        assert way == "table" or ("shadow", 2, None) in found


def send_one(service: Service, way: str, order: int, region: str) -> None:
    """One row, or its label, in one of the ways in which it can be sent."""
    row = {"region": region, "price": 10.0, "channel": CHANNEL, "customer": 3, "order": order}
    path = "/predict/shop"
    body: Any = {"rows": [row]}
    if way == "feedback":
        path, body = "/feedback/shop", {"rows": [{"key": {"order": order}, "label": True}]}
    elif way == "table":
        buffer = io.BytesIO()
        pl.DataFrame([row]).write_ipc_stream(buffer)
        body = buffer.getvalue()
    elif way == "tensors":
        kinds = {str: "BYTES", float: "FP64", int: "INT64"}
        inputs = [
            {"name": name, "shape": [1], "datatype": kinds[type(value)], "data": [value]}
            for name, value in row.items()
        ]
        path, body = "/v2/models/shop/infer", {"inputs": inputs}
    if way == "table":  # the answer is a table as well
        status = asyncio.run(send(service, "POST", path, body, content_type=ARROW))[0]
    else:
        status = ask(service, "POST", path, body)[0]
    assert status == 200


@pytest.mark.parametrize("who", ["champion", "canary", "shadow"])
def test_an_error_does_not_tell_a_value_to_the_log(settings, endpoint, monkeypatch, caplog, who):
    """Messages of libraries quote what they stumble over: the kind of the error and its place are logged."""
    add_version(settings, rounds=6)
    promote(endpoint.store, endpoint.ledger, "shop", 1, "tester", "Not yet.")
    if who == "canary":
        wanted = deployment_policy(endpoint.pipeline, policy="canary", steps=[99, 100])
        begin(endpoint.store, endpoint.ledger, "shop", 2, wanted, "tester", "Better.")
    elif who == "shadow":
        endpoint.ledger.set_alias("shop", "shadow", 2, "tester", "Beside it.", {})
    endpoint.look()
    answer_rows = ServedModel.answer_rows

    def stumble(self: ServedModel, rows: list) -> list:
        if self.version == (1 if who == "champion" else 2):
            raise ValueError(f"could not convert {rows[0]['channel']!r}")
        return answer_rows(self, rows)

    monkeypatch.setattr(ServedModel, "answer_rows", stumble)
    service = Service([endpoint], ServingSettings(tokens=False))
    row = {"region": "north", "price": 10.0, "channel": CHANNEL, "customer": 3, "order": ORDER}
    for number in range(5):
        sent = {"rows": [{**row, "order": ORDER + number}]}
        status = ask(service, "POST", "/predict/shop", sent)[0]
        assert status == (500 if who == "champion" else 200)
    endpoint.close()

    assert "ValueError" in caplog.text
    assert ("in stumble" in caplog.text) == (who == "champion")
    assert CHANNEL not in caplog.text and str(ORDER) not in caplog.text


def test_the_name_of_a_segment_is_masked_like_its_column():
    """It tells the value."""
    mask = Mask(frozenset({"customer"}), frozenset({"region"}), b"the key of the workspace")

    assert mask.segment("region=north") == "region=*"
    assert mask.segment("customer=7") == f"customer={mask.text('7')}"
    assert mask.segment("channel=web") == "channel=web" and mask.segment(None) is None


def test_many_rows_are_masked_as_one(endpoint):
    """A table in the body is written down with the same hashes."""
    rows = pl.DataFrame({"order": [1, 2], "channel": ["web", None], "customer": [3, 3]})

    masked = endpoint.mask.frame(rows).rows(named=True)

    assert masked == [endpoint.mask.row(row) for row in rows.iter_rows(named=True)]
    endpoint.close()


def test_feedback_by_a_hashed_key_finds_its_prediction(endpoint):
    """Equal values have equal hashes."""
    ask_once(endpoint)
    endpoint.close()

    tables = endpoint.store.scan("served"), endpoint.store.scan("feedback")

    assert join_feedback(*tables, ["order"]).collect()["label"].to_list() == [1.0]


def test_drift_of_a_hashed_text_is_that_of_its_values():
    """Levels are compared by their hashes; what cannot be compared is left out."""
    rows = pl.DataFrame(
        {
            "channel": ["web", "store", "web", "phone"] * 50,
            "customer": list(range(200)),
            "region": ["north"] * 200,
            "price": [float(number) for number in range(200)],
        }
    )
    prediction, label = rows["price"] / 200, (rows["price"] > 100).cast(pl.Float64)
    profile = reference_profile(rows, rows.columns, prediction, label)
    levels = {"channel": ["phone", "store", "web"], "region": ["north"]}
    reference = Reference(1, profile, dict.fromkeys(rows.columns, 0.25), levels)
    now = rows.with_columns(channel=pl.Series(["web"] * 150 + ["stall"] * 50))
    policy = MonitorPolicy()

    plain = drift_table("w", now, prediction, reference, policy)
    hidden = drift_table("w", MASK.frame(now), prediction, reference.masked(MASK), policy)

    names = hidden.filter(kind="feature")["name"].sort().to_list()
    assert names == ["channel", "price"]
    values = ["psi", "js", "unseen"]
    found, expected = (t.filter(name="channel").select(values).row(0) for t in (hidden, plain))
    assert found == expected


def test_without_its_key_nothing_is_served(settings):
    """A hash without a key could be undone by trying all values."""
    file = settings.workspace / "pipelines/shop/pipeline.toml"
    file.write_text(file.read_text() + PRIVATE)
    pipeline = load_pipeline(settings.workspace, "shop")

    with pytest.raises(SecretError, match="The secret 'privacy' is missing"):
        Endpoint(settings, pipeline, Ledger(settings.ledger_url))


def test_a_misspelt_column_is_not_let_through(settings, monkeypatch):
    """The version is refused, because its rows would be written down as they are."""
    monkeypatch.setenv(SECRET, "a key that nobody knows")
    file = settings.workspace / "pipelines/shop/pipeline.toml"
    file.write_text(file.read_text() + '\n[privacy]\nhash = ["chanel"]\n')
    pipeline, _ = fill_tables(settings)
    add_version(settings, rounds=3)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))

    assert not endpoint.look()
    assert "no column or feature 'chanel'. Did you mean 'channel'" in endpoint.problem
    endpoint.close()


@pytest.mark.parametrize("what", ['hash = ["ordered_at"]', 'drop = ["order"]'])
def test_what_the_loop_needs_is_not_masked(settings, what):
    """The time of a row, and a key to find its label by."""
    file = settings.workspace / "pipelines/shop/pipeline.toml"
    file.write_text(file.read_text() + f"\n[privacy]\n{what}\n")

    with pytest.raises(PipelineError, match=r"\[privacy\] cannot mask order"):
        load_pipeline(settings.workspace, "shop")


def test_a_pipeline_without_privacy_writes_down_all(settings):
    """Nothing changes where nothing is asked for."""
    pipeline, _ = fill_tables(settings)
    add_version(settings, rounds=3)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    endpoint.look()
    ask_once(endpoint)
    endpoint.close()

    outcomes = outcomes_of(
        pipeline.model_copy(update={"predictions": "served"}), endpoint.store.scan
    )
    assert outcomes.features(1).collect()["channel"].to_list() == [CHANNEL]
