"""A month of flights through the batch and through the service: one transformation, to the last bit."""

import asyncio
import io
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from serving import add_version, ask, batch_features, fill_tables, send

from aifactory_nb.bodies import ARROW, PARQUET
from aifactory_nb.endpoint import Endpoint
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_feedback import SERVED
from aifactory_nb.model import Model
from aifactory_nb.predict import score
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, load_settings

BLUEPRINT = Path(__file__).parents[1] / "templates" / "blueprints" / "flight_delay"
PREDICT = "/predict/flight_delay"
FEBRUARY, MARCH = datetime(2013, 2, 1), datetime(2013, 3, 1)
KEY = ["scheduled_at", "carrier", "flight", "origin"]


def damaged(flights: pl.DataFrame) -> pl.DataFrame:
    """With what a caller may send and training has not seen: other categories, missing values, numbers at the limits."""
    row, late = pl.int_range(pl.len()), pl.col("scheduled_at") >= FEBRUARY

    def some(every: int, name: str, value: object) -> pl.Expr:
        dtype = flights.schema[name]
        chosen = late & (row % every == 1)
        return pl.when(chosen).then(pl.lit(value, dtype)).otherwise(name).alias(name)

    return (
        flights.sort(KEY)
        .with_columns(some(31, "carrier", "ZZ"), some(41, "dest", "nowhere"))
        .with_columns(some(37, "dest", None), some(43, "tailnum", None))
        .with_columns(some(47, "tailnum", "unknown"), some(53, "distance", None))
        .with_columns(some(59, "sched_minutes", 2000), some(61, "dest", ""))
        .unique(KEY, keep="first", maintain_order=True)
    )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The blueprint's recipe and a model of January, asked about February."""
    folder = tmp_path_factory.mktemp("flights")
    home = folder / "pipelines" / "flight_delay"
    shutil.copytree(BLUEPRINT, home)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    path = home / "data" / "flights.parquet"
    flights = pl.scan_parquet(path).filter(pl.col("scheduled_at") < MARCH).collect()
    damaged(flights).write_parquet(path)
    settings = load_settings(folder)
    pipeline, store = fill_tables(settings, "flight_delay")
    january = store.scan("raw").filter(pl.col("scheduled_at") < FEBRUARY)
    rows = january.select(pl.len()).collect().item()
    add_version(settings, "flight_delay", rounds=20, rows=rows)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    assert endpoint.look(), endpoint.problem
    yield endpoint
    endpoint.close()


@pytest.fixture(scope="module")
def batch(endpoint: Endpoint) -> pl.DataFrame:
    """What the stages make of February: features, and the predictions of the stage score."""
    features = batch_features(endpoint.store, endpoint.pipeline)
    features = features.filter(pl.col("scheduled_at") >= FEBRUARY).sort(KEY)
    model = Model.load(endpoint.store.model_folder(1))
    scored = score(model, features, endpoint.pipeline.data, 1)
    return features.with_columns(scored["prediction"], scored["decision"])


@pytest.fixture(scope="module")
def month(endpoint: Endpoint) -> pl.DataFrame:
    """The rows that callers send, by their moments."""
    raw = endpoint.store.scan("raw").filter(pl.col("scheduled_at") >= FEBRUARY)
    return raw.sort(KEY).collect()


def in_words(rows: pl.DataFrame) -> list[dict]:
    """The rows as JSON brings them."""
    return json.loads(json.dumps(rows.rows(named=True), default=lambda value: value.isoformat()))


@pytest.fixture
def service(endpoint: Endpoint) -> Service:
    return Service([endpoint], ServingSettings(tokens=False))


def test_the_month_has_what_training_has_not_seen(endpoint, batch, month):
    """Or the tests below would show little."""
    levels = endpoint.served.model.categories
    unseen = {name: set(batch[name].drop_nulls()) - set(known) for name, known in levels.items()}

    assert month.height > 20_000 and batch.height == month.height
    assert "ZZ" in unseen["carrier"] and {"nowhere", ""} <= unseen["dest"] and unseen["model"]
    for name in ("dest", "distance", "built", "wind_gust", "late_tailnum_12h"):
        assert batch[name].null_count() > 0, name


def test_every_row_has_the_features_and_the_prediction_of_the_batch(
    endpoint, service, batch, month
):
    """In JSON, one request for each moment, as `replay --live` sends them; also as it is written down."""
    predictions, decisions = [], []
    for moment in month.partition_by("scheduled_at", maintain_order=True):
        status, answer = ask(service, "POST", PREDICT, {"rows": in_words(moment)})
        assert status == 200, answer
        predictions += [row["prediction"] for row in answer["predictions"]]
        decisions += [row["decision"] for row in answer["predictions"]]
    endpoint.flush()
    served = endpoint.store.scan(SERVED).collect()
    written = served.unnest("row").unnest("features").sort(KEY)

    assert predictions == batch["prediction"].to_list()
    assert decisions == batch["decision"].to_list()
    assert written["prediction"].equals(batch["prediction"])
    for name in endpoint.served.features.types:
        assert written[name].equals(batch[name]), name


@pytest.mark.parametrize("media_type", [ARROW, PARQUET])
def test_the_month_as_one_table_has_the_predictions_of_the_batch(service, batch, month, media_type):
    """Whatever the order of its rows."""
    shuffled = month.sample(fraction=1, shuffle=True, seed=1)
    buffer = io.BytesIO()
    (shuffled.write_ipc_stream if media_type == ARROW else shuffled.write_parquet)(buffer)

    sent = send(service, "POST", PREDICT, buffer.getvalue(), content_type=media_type)
    status, _, body = asyncio.run(sent)
    read = pl.read_ipc_stream if media_type == ARROW else pl.read_parquet
    found = shuffled.select(KEY).hstack(read(io.BytesIO(body)).select("prediction")).sort(KEY)

    assert status == 200
    assert found["prediction"].equals(batch["prediction"])


@pytest.mark.parametrize("zone", ["Z", "+02:00"])
def test_a_time_with_a_zone_is_refused(service, month, zone):
    """The table has times without one: which of them is meant would be a guess."""
    row = in_words(month[:1])[0]
    row["scheduled_at"] += zone

    status, told = ask(service, "POST", PREDICT, {"rows": [row]})

    assert status == 422
    assert "row 1, column 'scheduled_at': expected a time without a zone" in told["error"]


def test_a_table_of_times_with_a_zone_is_refused(service, month):
    """As in JSON."""
    buffer = io.BytesIO()
    rows = month[:2].with_columns(pl.col("scheduled_at").dt.replace_time_zone("America/New_York"))
    rows.write_ipc_stream(buffer)

    status, told = ask(service, "POST", PREDICT, buffer.getvalue(), content_type=ARROW)

    assert status == 422 and "scheduled_at" in told["error"]
