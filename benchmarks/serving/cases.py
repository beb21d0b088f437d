"""What is served: a workspace with one model, the same rows for every server, and what the model says of them."""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from aifactory_nb.encode import encode
from aifactory_nb.features import FeatureRecipe
from aifactory_nb.model import MODEL_FILE, Model, ModelSpec
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.row_schema import RowSchema
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.store import Store
from aifactory_nb.tokens import TOKEN_FILE, add_token

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "tests"))

from serving import add_version, batch_features, fill_tables  # noqa: E402

ROWS = 500  # that are sent, one after the other
FEATURES = [f"f{number}" for number in range(30)]
PIPELINE = f"""
name = "numbers"
[source]
path = "data/numbers.parquet"
[data]
key = ["number"]
[target]
column = "label"
task = "binary"
expression = "outcome > 0"
outcomes = ["outcome"]
[features]
[[features.steps]]
kind = "columns"
columns = {json.dumps(FEATURES)}
"""
# Often enough for each measurement to pay its share of writing answers to their table.
SETTINGS = "[tracking]\nenabled = false\n[serving]\nflush_seconds = 2\n"


@dataclass(frozen=True)
class Case:
    """A pipeline with a champion, and rows to ask for."""

    name: str
    workspace: Path
    model: Path  # the file of LightGBM
    token: str
    sent: list[dict[str, Any]]  # rows as a caller of the service sends them
    encoded: np.ndarray  # the same rows as the model reads them
    expected: list[float]

    @property
    def columns(self) -> list[str]:
        """The features of the model."""
        return list(Model.load(self.model.parent).columns)

    def write_bodies(self, file: Path, form: str) -> None:
        """The requests for a kind of server, one a line."""
        columns = self.columns
        lines = [
            json.dumps(body(form, columns, sent, numbers.tolist()), default=str)
            for sent, numbers in zip(self.sent, self.encoded, strict=True)
        ]
        file.write_text("\n".join(lines))


def body(form: str, columns: list[str], sent: dict[str, Any], numbers: list[float]) -> Any:
    """One row as a kind of server wants it."""
    match form:
        case "raw":
            return {"rows": [sent]}
        case "named":
            return {"rows": [dict(zip(columns, numbers, strict=True))]}
        case "matrix":
            return {"rows": [numbers]}
        case "mlflow":
            return {"dataframe_split": {"columns": columns, "data": [numbers]}}
    tensor = {"name": "rows", "shape": [1, len(numbers)], "datatype": "FP64", "data": numbers}
    return {"inputs": [tensor]}


def make_numbers(folder: Path) -> Case:
    """500 trees of 31 leaves on 30 numbers."""
    data = folder / "pipelines" / "numbers" / "data"
    data.mkdir(parents=True)
    (data.parent / "pipeline.toml").write_text(PIPELINE)
    random = np.random.default_rng(1)
    numbers = pl.DataFrame(random.normal(size=(20_000, 30)), schema=FEATURES)
    outcome = numbers["f0"] * numbers["f1"] + numbers["f2"]
    rows = numbers.with_columns(number=pl.int_range(pl.len()), outcome=outcome)
    rows.write_parquet(data / "numbers.parquet")
    return _case(folder, "numbers", ModelSpec("binary", 500, 0.05, 31, 20))


def make_flights(folder: Path) -> Case:
    """The blueprint flight_delay: 28 features that the service makes from raw columns and tables."""
    blueprint = REPOSITORY / "templates" / "blueprints" / "flight_delay"
    shutil.copytree(blueprint, folder / "pipelines" / "flight_delay")
    return _case(folder, "flight_delay", ModelSpec("binary", 200, 0.05, 63, 20))


CASES = {"numbers": make_numbers, "flights": make_flights}


def _case(folder: Path, name: str, spec: ModelSpec) -> Case:
    (folder / "settings.ini").write_text(SETTINGS)
    settings = load_settings(folder)
    pipeline, store = fill_tables(settings, name)
    version = add_version(settings, name, spec=spec)
    token = add_token(settings.store_folder / TOKEN_FILE, "benchmark", ["predict"])
    place = store.model_folder(version)
    given = rows_to_send(pipeline, store, Model.load(place))
    return Case(name, folder, place / MODEL_FILE, token, *given)


def rows_to_send(
    pipeline: Pipeline, store: Store, model: Model
) -> tuple[list[dict[str, Any]], np.ndarray, list[float]]:
    """Rows that have all features: not every server takes missing values."""
    recipe, data = FeatureRecipe.from_section(pipeline.features), pipeline.data
    raw = store.scan("raw")
    names = list(RowSchema.of(raw.collect_schema(), recipe, data).types)
    features = batch_features(store, pipeline)
    encoded = encode(features, model.columns, model.categories)
    whole = features.filter(pl.Series(~np.isnan(encoded).any(axis=1)))
    chosen = whole.sample(ROWS, seed=1)
    rows = chosen.select(data.key).join(
        raw.collect(), on=data.key, how="left", maintain_order="left"
    )
    sent = [{name: _plain(row[name]) for name in names} for row in rows.rows(named=True)]
    matrix = encode(chosen, model.columns, model.categories)
    return sent, matrix, model.predict(chosen).tolist()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def large_body(settings: Settings, name: str, rows: int) -> pl.DataFrame:
    """Many rows of the raw table, as the body of one request."""
    store = Store(settings.store_folder, name)
    raw = store.scan("raw").collect()
    return pl.concat([raw] * (rows // raw.height + 1)).head(rows)
