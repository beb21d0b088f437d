"""Features of single rows: those of the batch, to the last bit."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.feature_steps import FEATURE_STEPS, FeatureStep, feature_step
from aifactory_nb.features import FeatureRecipe, build_features
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.pipeline import Data, Target, load_pipeline
from aifactory_nb.row_features import PARTS, RowFeatures, row_encoder
from aifactory_nb.single_row import SingleRow

BLUEPRINT = Path(__file__).parents[1] / "templates" / "blueprints" / "flight_delay"
DATA = Data(key=["flight"], time="at")
TARGET = Target(
    column="late",
    task="binary",
    expression="delay >= 15",
    known_at="at + INTERVAL '1 minute' * (60 + delay)",
    outcomes=["delay"],
)
STEPS = [
    {"kind": "columns", "columns": ["carrier", "origin", "weight", "narrow"]},
    {"kind": "calendar", "parts": list(PARTS), "prefix": "c_"},
    {"kind": "lookup", "table": "planes", "on": ["tailnum"], "columns": ["seats", "maker"]},
    {
        "kind": "latest",
        "table": "weather",
        "by": ["origin"],
        "time": "seen",
        "columns": ["temp"],
        "max_age": "3h",
    },
    {"kind": "latest", "table": "prices", "time": "seen", "columns": ["price"]},
    {"kind": "history", "by": ["carrier"], "windows": ["6h", "7d"], "count": True},
    {"kind": "history", "by": ["origin", "carrier"], "windows": ["1d"], "of": "delay", "name": "d"},
    {"kind": "history", "windows": ["3h"], "count": True},
    {"kind": "derive", "name": "warm", "sql": "temp > 10 AND carrier = 'UA'"},
    {"kind": "derive", "name": "share", "sql": "weight / seats"},
]
RECIPE = FeatureRecipe.from_section({"lead": "1h", "steps": STEPS})
FIRST = datetime(2013, 1, 1)


def make_raw(rows: int, seed: int) -> pl.DataFrame:
    """Flights with missing values, infinite numbers and carriers of all kinds."""
    chance = random.Random(seed)
    made = [
        {
            "flight": number,
            "at": FIRST + timedelta(minutes=chance.randrange(40 * 24 * 12) * 5),
            "carrier": chance.choice(["UA", "DL", "AA", "", None]),
            "origin": chance.choice(["EWR", "JFK", None]),
            "tailnum": chance.choice(["N1", "N2", "N3", "unknown", None]),
            "weight": chance.choice([None, 0.0, float("inf"), chance.random() * 1e5]),
            "narrow": chance.choice([None, 0.1, chance.random()]),
            "delay": chance.choice([None, *range(-20, 120, 5)]),
        }
        for number in range(rows)
    ]
    types = {"weight": pl.Float64, "narrow": pl.Float32, "delay": pl.Int32}
    return pl.DataFrame(made, schema_overrides=types)


def make_tables(seed: int) -> dict[str, pl.LazyFrame]:
    chance = random.Random(seed)
    hours = [FIRST + timedelta(hours=chance.randrange(40 * 24)) for _ in range(400)]
    weather = {
        "seen": hours,
        "origin": [chance.choice(["EWR", "JFK", None]) for _ in hours],
        "temp": [chance.choice([None, chance.gauss(10, 5)]) for _ in hours],
    }
    planes = {
        "tailnum": ["N1", "N2", "N3", None],
        "seats": [100, 0, None, 7],
        "maker": ["b", None, "a", "c"],
    }
    prices = {"seen": hours[:50], "price": [chance.random() for _ in range(50)]}
    return {
        "weather": pl.LazyFrame(weather),
        "planes": pl.LazyFrame(planes),
        "prices": pl.LazyFrame(prices),
    }


def labels_of(raw: pl.LazyFrame, data: Data, target: Target, late: pl.Expr) -> pl.LazyFrame:
    known = raw.filter(late.is_not_null())
    moment = pl.sql_expr(str(target.known_at)).alias("known_at")
    return known.select(*data.key, moment, late.cast(pl.Float64).alias("label"))


def in_words(rows: pl.DataFrame) -> list[dict]:
    """The rows as JSON brings them."""
    return json.loads(json.dumps(rows.rows(named=True), default=lambda value: value.isoformat()))


@pytest.mark.parametrize("seed", range(4))
def test_features_of_a_row_are_those_of_the_batch(seed):
    """Every kind of step gives the same values for a row alone, many rows, and the batch of training."""
    raw, tables = make_raw(300, seed), make_tables(seed)
    labels = labels_of(raw.lazy(), DATA, TARGET, pl.col("delay") >= 15)
    given = raw.lazy(), labels, tables
    batch = build_features(*given, RECIPE, DATA, TARGET)
    prepared = RowFeatures.prepare(RECIPE, DATA, TARGET, *given)
    rows = prepared.schema.read_frame(raw.sort("at", "flight"))

    alone = [prepared.of_row(row) for row in rows.iter_rows(named=True)]

    names = RECIPE.feature_names
    found = pl.DataFrame(
        [{name: row[name] for name in names} for row in alone], schema=prepared.types
    )
    assert found.equals(batch.select(names))
    shuffled = rows.with_row_index("place").sample(fraction=1, shuffle=True, seed=seed)
    many = prepared.of_frame(shuffled.drop("place")).insert_column(0, shuffled["place"])
    assert many.sort("place").drop("place").equals(batch.select(names))


def test_a_step_that_is_not_prepared_is_applied_as_it_is():
    """A kind of your own needs no second implementation."""

    @feature_step("doubled")
    class Doubled(FeatureStep):
        def makes(self):
            return ["doubled"]

        def reads(self):
            return ["weight"]

        def apply(self, rows, inputs):
            return rows.with_columns(doubled=pl.col("weight") * 2)

    try:
        recipe = FeatureRecipe.from_section({"steps": [{"kind": "doubled"}]})
    finally:
        del FEATURE_STEPS["doubled"]
    raw = make_raw(5, 1).lazy()
    labels = labels_of(raw, DATA, TARGET, pl.col("delay") >= 15)
    prepared = RowFeatures.prepare(recipe, DATA, TARGET, raw, labels, {})

    assert prepared.of_row({"flight": 1, "at": None, "weight": 2.5})["doubled"] == 5.0


def test_a_month_of_flights_has_the_predictions_of_the_batch():
    """JSON in, the recipe of the blueprint, a model with text features: bit for bit the predictions of the score stage."""
    folder = BLUEPRINT.parent
    pipeline = load_pipeline_of(folder)
    files = {
        name: pl.scan_parquet(BLUEPRINT / f"data/{name}.parquet") for name in ("weather", "planes")
    }
    raw = pl.scan_parquet(BLUEPRINT / "data/flights.parquet")
    raw = raw.filter(pl.col("scheduled_at") < datetime(2013, 2, 1)).collect().lazy()
    labels = labels_of(raw, pipeline.data, pipeline.target, pl.col("arr_delay") >= 15)
    recipe = FeatureRecipe.from_section(pipeline.features)
    given = raw, labels, files
    batch = build_features(*given, recipe, pipeline.data, pipeline.target)
    names = recipe.feature_names
    late = batch.select(pipeline.data.key).join(
        labels.collect(), on=pipeline.data.key, how="left", maintain_order="left"
    )["label"]
    model = Model.fit(batch.select(names), late.fill_null(0), ModelSpec("binary", rounds=15))
    prepared = RowFeatures.prepare(recipe, pipeline.data, pipeline.target, *given)
    encode, single = row_encoder(model), SingleRow(model)
    rows = raw.collect().sort(pipeline.data.time, *pipeline.data.key, maintain_order=True)

    read = prepared.schema.read_rows(in_words(rows))
    alone = [single(encode(prepared.of_row(row)))[0] for row in read]

    assert alone == model.predict(batch).tolist()


def load_pipeline_of(folder: Path):
    """The pipeline of the blueprint, read where it lies."""
    import tempfile

    with tempfile.TemporaryDirectory() as workspace:
        (Path(workspace) / "pipelines").symlink_to(folder)
        return load_pipeline(Path(workspace), "flight_delay")
