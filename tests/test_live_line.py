"""A replay through the real service, stage by stage through the whole line: the same months, tables and decisions as by score."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_line import COMMAND, aifactory, make_workspace

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store

pytestmark = pytest.mark.long
REPLAY = ["replay", "shop", "--from", "2024-03", "--to", "2024-04"]
EAGER = "\n[retrain]\ncooldown_days = 31\nweights = {data = 1.0}\n"  # March is long enough, April is not
BATCH, LIVE = "shop@replay", "shop@live"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which two months were replayed in both ways; from March on, what was returned is kept."""
    folder = make_workspace(tmp_path_factory.mktemp("live"))
    path = folder / "pipelines" / "shop" / "data" / "orders.parquet"
    days = pl.col("days_to_return")
    turned = pl.when(pl.col("ordered_at") < datetime(2024, 3, 1)).then(days).otherwise(100 - days)
    pl.read_parquet(path).with_columns(turned).write_parquet(path)
    with open(folder / "pipelines" / "shop" / "pipeline.toml", "a") as pipeline:
        pipeline.write(EAGER)
    processes = [
        subprocess.Popen(
            [*COMMAND, *REPLAY, *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for options in ([], ["--live"])
    ]
    for process in processes:
        told, _ = process.communicate()
        assert process.returncode == 0, told
    return folder


def ledger_of(folder: Path) -> Ledger:
    """The ledger of the workspace."""
    return Ledger(load_settings(folder).ledger_url)


def table(folder: Path, pipeline: str, name: str) -> pl.DataFrame:
    """A table of a copy, in an order of its own."""
    found = Store(load_settings(folder).store_folder, pipeline).scan(name).collect()
    return found.sort(found.columns)


def replay_rows(folder: Path, *options: str) -> list[dict[str, Any]]:
    """The table of a replay, from the command that finds it done."""
    done = aifactory(folder, *REPLAY, *options, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_table_of_a_live_replay_is_that_of_the_batch(replayed):
    """To the last digit: quality of champion and frozen model, drift, and what was promoted."""
    batch, live = replay_rows(replayed), replay_rows(replayed, "--live")

    assert [row["window"] for row in batch] == ["2024-03", "2024-04"]
    assert live == batch
    for name in ("quality", "drift"):
        assert table(replayed, LIVE, name).equals(table(replayed, BATCH, name)), name


def test_a_live_replay_decides_as_the_batch_does(replayed):
    """Gates, decisions to retrain, and changes of the champion; one of them came from live traffic."""
    ledger, told = ledger_of(replayed), {}
    for name in (BATCH, LIVE):
        run = ledger.runs(name)[0]["run_id"]
        gates = [(g["window"], g["stage"], g["name"], g["passed"]) for g in ledger.gates(run)]
        moves = [
            (e["alias"], e["from_version"], e["to_version"]) for e in ledger.alias_events(name)
        ]
        decisions = [(d["window"], d["retrain"], d["score"]) for d in ledger.decisions(name)]
        told[name] = sorted(gates), moves, decisions

    assert told[LIVE] == told[BATCH]
    assert ("champion", 1, 2) in told[LIVE][1]
    assert ledger.verify_audit().ok


def test_each_row_was_answered_by_the_service_in_its_turn(replayed):
    """By the champion of its month and by the shadow, with the predictions of the batch, at the virtual time of the row."""
    served = table(replayed, LIVE, "served")
    predictions = table(replayed, BATCH, "predictions")
    row = pl.col("row").struct
    asked = served.with_columns(row.field("order"), row.field("ordered_at"))
    found = ["order", "alias", "version", "prediction"]

    assert asked.select(found).sort(found).equals(predictions.select(found).sort(found))
    assert asked["at"].equals(asked["ordered_at"].dt.offset_by("-1h"))
    champions = served.filter(alias="champion").sort("at")
    assert champions["version"].is_sorted() and champions["version"].n_unique() == 2


def test_each_label_was_told_once_it_was_known(replayed):
    """None before its time, each once, and never later than the hour in which it became known."""
    feedback = table(replayed, LIVE, "feedback")
    labels = table(replayed, BATCH, "labels")
    window = labels.filter(pl.col("known_at").dt.strftime("%Y-%m").is_in(["2024-03", "2024-04"]))

    late = feedback["received_at"] - feedback["known_at"]
    assert feedback["known_at"].sort().equals(window["known_at"].sort())
    assert late.min().total_seconds() >= 0 and late.max().total_seconds() <= 3600
    assert feedback["prediction_id"].null_count() < feedback.height / 4
