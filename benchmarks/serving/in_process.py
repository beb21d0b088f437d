"""What the same costs in this process: one row, and many rows against one request with them."""

import io
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
from candidates import CANDIDATES, OURS
from cases import Case, large_body
from waiting import end, free_port, wait_for

from aifactory_nb.bodies import ARROW
from aifactory_nb.model import Model
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.served_model import prepare_features, recipe_of
from aifactory_nb.settings import load_settings
from aifactory_nb.single_row import SingleRow
from aifactory_nb.store import Store

ROWS, TIMES = 100_000, 5
MANY = 20  # times that each row is predicted alone


def whole_prediction(case: Case) -> Callable[[pl.DataFrame], object]:
    """What makes the features of rows and predicts them without a service."""
    settings = load_settings(case.workspace)
    pipeline = load_pipeline(case.workspace, case.name)
    model = Model.load(case.model.parent)
    recipe = recipe_of(model, pipeline)
    features = prepare_features(Store(settings.store_folder, case.name), pipeline, recipe)
    return lambda rows: model.predict(features.of_frame(features.schema.read_frame(rows)))


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure_one(case: Case) -> None:
    """Print what one row costs in this process, without any server."""
    model = Model.load(case.model.parent)
    single, rows = SingleRow(model), case.encoded
    ways = {
        "the single-row call": (single, rows.tolist()),
        "Booster.predict": (lambda row: model.booster.predict(row, num_threads=1), rows[:, None]),
    }
    for name, (call, given) in ways.items():
        took = sorted(1e6 * seconds(partial(call, row)) for row in [*given] * MANY)
        middle, late = took[len(took) // 2], took[int(0.99 * len(took))]
        print(f"in process, {name}: p50 {middle:.0f} µs, p99 {late:.0f} µs")


def measure_bulk(case: Case) -> None:
    """Print how long both take, one after the other, some times."""
    rows = large_body(load_settings(case.workspace), case.name, ROWS)
    buffer = io.BytesIO()
    rows.write_ipc_stream(buffer)
    port, path = free_port(), CANDIDATES[OURS].path_for(case)
    headers = {"Content-Type": ARROW, "Authorization": f"Bearer {case.token}"}
    url = f"http://127.0.0.1:{port}{path}"

    def ask() -> pl.DataFrame:
        request = urllib.request.Request(url, buffer.getvalue(), headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return pl.read_ipc_stream(answer.read())

    predict = whole_prediction(case)
    with tempfile.TemporaryDirectory() as place:
        server = CANDIDATES[OURS].start(case, Path(place), port)
        try:
            case.write_bodies(Path(place) / "first", "raw")
            first = (Path(place) / "first").read_bytes().splitlines()[0]
            wait_for(server, url, first, case.token, case.expected[0])
            pairs = [(seconds(ask), seconds(lambda: predict(rows))) for _ in range(TIMES)]
        finally:
            end(server)
    asked, alone = map(statistics.median, zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(
        f"\n{ROWS:,} rows as Arrow ({len(buffer.getvalue()) / 2**20:.0f} MB): {asked:.2f} s, "
        f"in process {alone:.2f} s, ratio {ratio:.2f}"
    )
