"""A workspace with models in its registry, and a service without a server to ask."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from aifactory_nb.features import FeatureRecipe, build_features
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.predict import score
from aifactory_nb.registry import promote, register
from aifactory_nb.service import Service
from aifactory_nb.settings import Settings
from aifactory_nb.source import labels_of, side_tables
from aifactory_nb.store import Store


def fill_tables(settings: Settings, name: str = "shop") -> tuple[Pipeline, Store]:
    """Write the tables raw and labels of a pipeline, as its line would."""
    pipeline = load_pipeline(settings.workspace, name)
    store = Store(settings.store_folder, name)
    path = pipeline.folder / pipeline.source.options["path"]
    raw = pl.read_parquet(path)
    store.write("raw", raw)
    store.write("labels", labels_of(raw.lazy(), pipeline).collect())
    return pipeline, store


def batch_features(store: Store, pipeline: Pipeline) -> pl.DataFrame:
    """The features of all rows, as the stage makes them."""
    recipe = FeatureRecipe.from_section(pipeline.features)
    given = store.scan("raw"), store.scan("labels"), side_tables(pipeline)
    return build_features(*given, recipe, pipeline.data, pipeline.target)


def add_version(
    settings: Settings,
    name: str = "shop",
    rounds: int = 10,
    rows: int = 20_000,
    spec: ModelSpec | None = None,
    product: str = "",  # of a segment
    turned: bool = False,  # learned from labels the wrong way round
    champion: bool = True,
) -> int:
    """Train a version on the first rows, register it, and make it the champion."""
    pipeline, store = load_pipeline(settings.workspace, name), Store(settings.store_folder, name)
    ledger = Ledger(settings.ledger_url)
    features = batch_features(store, pipeline).head(rows)
    labels = store.scan("labels").select(*pipeline.data.key, "label").collect()
    label = features.join(labels, on=pipeline.data.key, how="left", maintain_order="left")["label"]
    if turned:
        label = 1 - label
    names = FeatureRecipe.from_section(pipeline.features).feature_names
    spec = spec or ModelSpec(pipeline.target.task, rounds=rounds)
    model = Model.fit(
        features.select(names), label.fill_null(0), spec, classes=pipeline.target.classes
    )
    model.card = {"recipe": pipeline.features, "run": f"run-{rounds}"}
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model", features)
        store, name = Store(settings.store_folder, product or name), product or name
        version = register(store, ledger, name, f"run-{rounds}", Path(folder) / "model", {})
    if champion:
        promote(store, ledger, name, version, "tester", "It is the newest.")
    return version


def score_unlabelled(settings: Settings, rows: int, name: str = "shop") -> Store:
    """Write the tables features and predictions of the first rows, as the line does, and forget their labels."""
    pipeline, store = load_pipeline(settings.workspace, name), Store(settings.store_folder, name)
    features = batch_features(store, pipeline)
    version = Ledger(settings.ledger_url).alias(name, "champion")
    assert version is not None
    model = Model.load(store.model_folder(version))
    predictions = score(model, features.head(rows), pipeline.data, version)
    labels = store.scan("labels").join(predictions.lazy(), on=pipeline.data.key, how="anti")
    store.write("labels", labels.collect())
    store.write("features", features)
    store.write("predictions", predictions)
    return store


async def send(
    service: Service, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """A request to an ASGI application: status, headers and body of its answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named}
    await service(scope, receive, collect)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


def ask(
    service: Service, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """A request in JSON: status and content of its answer."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    status, _, answer = asyncio.run(send(service, method, path, data, **headers))
    return status, json.loads(answer)
