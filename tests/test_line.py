"""The whole line on made-up data: build, replay, kill and resume, and gates."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest
from conftest import COMMAND, PIPELINE, customers, orders

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings

REPLAY = ["replay", "shop", "--from", "2024-03", "--to", "2024-05"]
SUITE = {
    "name": "orders",
    "expectations": [
        {
            "type": "expect_column_values_to_be_unique",
            "kwargs": {"column": "order"},
            "severity": "critical",
        },
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "price", "min_value": 0},
            "severity": "critical",
        },
    ],
}


def aifactory(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a workspace."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def make_workspace(folder: Path) -> Path:
    """A workspace with the pipeline `shop` and a gate on its data, which sets every hundredth order aside."""
    home = folder / "pipelines" / "shop"
    (home / "data").mkdir(parents=True)
    (home / "gates").mkdir()
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    gates = '\n[gates]\ndata = "gates/orders.json"\nactions = {critical = "quarantine"}\n'
    (home / "pipeline.toml").write_text(PIPELINE + gates)
    (home / "gates" / "orders.json").write_text(json.dumps(SUITE))
    price = pl.when(pl.col("order") % 100 == 7).then(-1.0).otherwise("price")
    orders().with_columns(price=price).write_parquet(home / "data" / "orders.parquet")
    customers().write_parquet(home / "data" / "customers.parquet")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the build line and a replay have run."""
    folder = make_workspace(tmp_path_factory.mktemp("built"))
    done = aifactory(folder, "run", "shop")
    assert done.returncode == 0, done.stdout + done.stderr
    done = aifactory(folder, *REPLAY)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def replay_rows(folder: Path) -> list[dict]:
    """The table of the replay, from the command that finds it done."""
    done = aifactory(folder, *REPLAY, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_build_line_makes_a_champion(built: Path) -> None:
    """After a run there is one model version, and it is the champion."""
    ledger = Ledger(load_settings(built).ledger_url)

    assert [model["version"] for model in ledger.models("shop")] == [1]
    assert ledger.aliases("shop") == {"champion": 1}
    assert ledger.verify_audit().ok


def test_a_second_run_and_replay_do_nothing(built: Path) -> None:
    """Everything has succeeded before."""
    assert "Nothing to do" in aifactory(built, "run", "shop").stdout
    assert "Nothing to do" in aifactory(built, *REPLAY).stdout


def test_a_replay_leaves_production_alone(built: Path) -> None:
    """The copy has its own models and aliases; the pipeline's are as they were."""
    ledger = Ledger(load_settings(built).ledger_url)

    assert ledger.aliases("shop@replay")["shadow"] == 1
    assert ledger.aliases("shop") == {"champion": 1}


def test_the_replay_has_a_row_for_each_month_and_a_report(built: Path) -> None:
    """The table and a report that opens offline."""
    rows = replay_rows(built)
    report = next(built.glob("runs/shop@replay/*/report.html")).read_text()

    assert [row["window"] for row in rows] == ["2024-03", "2024-04", "2024-05"]
    assert "<svg" in report
    assert "http://" not in report.replace("http://www.w3.org", "")
    assert "<script" not in report


def test_rows_in_quarantine_are_nowhere_behind_it(built: Path) -> None:
    """In the raw table all rows; features, predictions and their quality are made without the bad ones."""
    tables = built / "store" / "shop@replay" / "tables"
    raw, bad, features, predictions, quality = (
        pl.read_delta(str(tables / name))
        for name in ("raw", "quarantine", "features", "predictions", "quality")
    )
    months = quality.filter(alias="champion").group_by("window").agg(pl.col("rows").last())

    assert set(bad["order"]) == set(raw.filter(pl.col("price") < 0)["order"])
    assert set(features["order"]) == set(raw["order"]) - set(bad["order"])
    assert not set(predictions["order"]) & set(bad["order"])
    assert months["rows"].sum() == predictions.filter(alias="champion").height


def test_labels_arrive_late(built: Path) -> None:
    """No label is in a table before it is known, and each prediction was made without its own month's outcome."""
    tables = built / "store" / "shop@replay" / "tables"
    labels = pl.read_delta(str(tables / "labels"))
    quality = pl.read_delta(str(tables / "quality"))
    march = quality.filter((pl.col("window") == "2024-03") & (pl.col("alias") == "champion")).sort(
        "as_of"
    )

    assert labels["known_at"].max() < max(quality["as_of"])
    assert march["labelled"].to_list() == sorted(march["labelled"].to_list())
    assert march["labelled"][0] < march["rows"][0]


def stop_in_the_middle(folder: Path, stage: str) -> str:
    """Start the replay, kill -9 it while a stage of its second month is at work, and return the run's name."""
    process = subprocess.Popen(
        [*COMMAND, *REPLAY], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ledger = Ledger(load_settings(folder).ledger_url)
    for _ in range(3000):
        for run in ledger.runs("shop@replay"):
            rows = [row for row in ledger.stage_runs(run["run_id"]) if row["window"] == "2024-04"]
            if any(row["stage"] == stage and row["status"] == "running" for row in rows):
                os.kill(run["pid"], signal.SIGKILL)  # it may be a copy, of which `process` waits
                process.wait()
                return run["run_id"]
        time.sleep(0.05)
    raise AssertionError(f"{stage} never started")


@pytest.mark.long
def test_a_killed_replay_is_resumed_to_the_same_table(built: Path, tmp_path: Path) -> None:
    """kill -9 in the middle, then --resume: the same final table as an undisturbed run."""
    folder = make_workspace(tmp_path)
    run = stop_in_the_middle(folder, "feedback")
    refused = aifactory(folder, *REPLAY)
    resumed = aifactory(folder, "replay", "shop", "--resume", run)

    assert f"--resume {run}" in refused.stderr
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert replay_rows(folder) == replay_rows(built)
    assert Ledger(load_settings(folder).ledger_url).verify_audit().ok


def test_a_red_data_gate_stops_the_line_until_the_data_is_mended(tmp_path: Path) -> None:
    """Bad rows stop the line with exit code 5; once they are mended, the run goes on."""
    folder = make_workspace(tmp_path)
    path = folder / "pipelines" / "shop" / "data" / "orders.parquet"
    good = pl.read_parquet(path)
    good.with_columns(price=-pl.col("price")).write_parquet(path)
    stopped = aifactory(folder, "run", "shop", "--until", "features")
    good.write_parquet(path)
    mended = aifactory(folder, "run", "shop", "--until", "features")

    assert stopped.returncode == 5
    assert "The gate 'orders' stopped the line at validate" in stopped.stderr
    assert (
        not (folder / "store" / "shop" / "tables" / "features").exists() or mended.returncode == 0
    )
    assert mended.returncode == 0, mended.stderr


def test_rollback_and_promotion_move_the_champion(built: Path) -> None:
    """promote and rollback verify the version, move the pointer, and tell who, when and why."""
    ledger = Ledger(load_settings(built).ledger_url)
    versions = [model["version"] for model in ledger.models("shop@replay")]
    before = ledger.alias("shop@replay", "champion")
    other = (
        next(version for version in versions if version != before) if len(versions) > 1 else before
    )
    aifactory(built, "promote", "shop@replay", str(other), "--reason", "trial")
    moved = ledger.alias("shop@replay", "champion")
    back = aifactory(built, "rollback", "shop@replay", "--reason", "worse")

    assert moved == other
    if other != before:
        assert back.returncode == 0, back.stderr
        assert ledger.alias("shop@replay", "champion") == before
        assert ledger.alias_events("shop@replay", "champion")[-1]["reason"] == "worse"


def test_the_same_run_twice_gives_the_same_model(built: Path, tmp_path: Path) -> None:
    """In another workspace every file of the model is the same, byte for byte; the card differs in the name of the run."""
    other = make_workspace(tmp_path / "other")
    done = aifactory(other, "run", "shop", "--until", "register")
    assert done.returncode == 0, done.stdout + done.stderr
    one, two = (folder / "store/shop/models/v0001" for folder in (built, other))
    cards = [json.loads((folder / "model.json").read_text()) for folder in (one, two)]
    names = sorted(path.name for path in one.iterdir())

    assert names == sorted(path.name for path in two.iterdir())
    for name in set(names) - {"model.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert cards[0].pop("run") != cards[1].pop("run")
    assert cards[0] == cards[1]
