"""The whole workspace at a glance."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ledgers import execute

from aifactory_nb.code_files import PACKAGE
from aifactory_nb.factory_state import factory_state, monitor_rows, shown_names
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings


def keys(text: str) -> set[str]:
    """The keys of a row."""
    return set(text.split())


STATE = keys("workspace root pipelines runs models monitors incidents launches now problem")
PIPELINE = keys("name title path problem lines windows segments last_run running schedule")
MODEL = keys("product pipeline segment versions aliases metric value since rollout")
MONITOR = keys("pipeline name subject window value limit direction breached windows values")
INCIDENT = keys("pipeline kind subject opened_at opened_window closed_at closed_window reason")
LIGHT = """
import sys
from aifactory_nb.factory_state import factory_state
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings
settings = load_settings()
state = factory_state(settings, Ledger(settings.ledger_url), settings.workspace)
assert state["models"] and state["monitors"] and not state["problem"]
heavy = {"polars", "numpy", "deltalake", "pandas", "lightgbm", "mlflow", "great_expectations", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the shop."""
    return Ledger(settings.ledger_url)


def state_of(settings: Settings, ledger: Ledger | None, problem: str = "") -> dict[str, Any]:
    """The state of a workspace, in a folder above it."""
    return factory_state(settings, ledger, settings.workspace.parent, problem)


def reason(name: str = "AUC", kind: str = "quality", **told: Any) -> dict[str, Any]:
    """A reason of a decision."""
    values = {"value": 0.70, "reference": 0.76, "limit": 0.02, "beyond": True, "text": "Worse."}
    return {"kind": kind, "name": name, **values, **told}


def in_production(ledger: Ledger, product: str = "shop") -> None:
    """Let a product have two versions, decisions in two windows, and an incident."""
    for number in (1, 2):
        metadata = {"metrics": {"log_loss": number / 10}}
        ledger.add_model(product, f"r{number}", f"d{number}", "v{version}", metadata)
        ledger.set_alias(product, "champion", number, "ada", "better", {})
    for window in ("2024-03", "2024-04"):
        ledger.record_decision(product, "r1", window, True, 1.0, [reason()])
    ledger.open_incident(product, "feature_drift", "champion", "2024-04", {"reason": "Moved."})


def test_a_workspace_without_runs_has_its_pipelines(settings: Settings, ledger: Ledger) -> None:
    """With all keys that pages rely on."""
    state = state_of(settings, ledger)
    (shop,) = state["pipelines"]

    assert set(state) == STATE and set(shop) == PIPELINE
    assert (shop["name"], shop["title"]) == ("shop", "Will an order be returned?")
    assert shop["path"] == "factory/pipelines/shop/pipeline.toml"
    assert shop["windows"] and shop["last_run"] is None and shop["problem"] == ""
    assert shop["lines"]["build"][0] == "ingest"
    assert (state["workspace"], state["root"], state["runs"]) == ("factory", "factory", [])


def test_an_empty_workspace_is_no_error(tmp_path: Path) -> None:
    """Nothing is there, and nothing is wrong."""
    settings = Settings(tmp_path)
    state = state_of(settings, Ledger(settings.ledger_url))

    assert [state[name] for name in ("pipelines", "runs", "models", "problem")] == [[], [], [], ""]


def test_a_damaged_pipeline_is_listed_with_its_problem(settings: Settings, ledger: Ledger) -> None:
    """The others, and what the ledger knows, are told as ever."""
    mill = settings.workspace / "pipelines" / "mill" / "pipeline.toml"
    mill.parent.mkdir()
    mill.write_text("name =")
    in_production(ledger, "mill")

    state = state_of(settings, ledger)
    broken, shop = state["pipelines"]

    assert set(broken) == PIPELINE and "is not valid TOML" in broken["problem"]
    assert shop["problem"] == "" and state["problem"] == ""
    assert (state["models"][0]["metric"], state["models"][0]["value"]) == ("", None)


def test_a_wrong_schedule_is_told_beside_the_rest(settings: Settings, ledger: Ledger) -> None:
    """The pipeline can be run by hand all the same."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[schedule.monthly]\ncron = "every month"\n')

    (shop,) = state_of(settings, ledger)["pipelines"]

    assert "expected five fields" in shop["problem"] and shop["lines"]["build"]


def test_a_schedule_is_told_in_a_few_words(settings: Settings, ledger: Ledger) -> None:
    """By name and trigger; what is switched off is left out."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    monthly = '\n[schedule.monthly]\ncron = "0 5 1 * *"\n'
    path.write_text(f'{path.read_text()}{monthly}[schedule.often]\nevery = "1h"\nenabled = false\n')

    (shop,) = state_of(settings, ledger)["pipelines"]

    assert (shop["schedule"], shop["problem"]) == ("monthly: 0 5 1 * * UTC", "")


def test_a_ledger_that_cannot_be_opened_is_said(settings: Settings) -> None:
    """The pipelines are still there."""
    state = state_of(settings, None, "The ledger is locked.")

    assert state["problem"] == "The ledger is locked."
    assert [row["name"] for row in state["pipelines"]] == ["shop"] and state["runs"] == []


def test_a_ledger_that_cannot_be_read_is_said(settings: Settings, ledger: Ledger) -> None:
    """With what to do about it, and no exception."""
    execute(settings.ledger_url, "DROP TABLE runs")

    state = state_of(settings, ledger)

    assert "cannot be used: no such table: runs" in state["problem"]
    assert state["pipelines"][0]["running"] is None


def test_a_run_of_a_pipeline_that_is_gone_is_still_told(settings: Settings, ledger: Ledger) -> None:
    """The ledger keeps it."""
    ledger.start_run("r1", "mill", "run", {}, 1)
    ledger.end_run("r1", "failed", "No rows.")

    (run,) = state_of(settings, ledger)["runs"]

    assert (run["pipeline"], run["message"], run["folder"]) == ("mill", "No rows.", "")


def test_a_pipeline_knows_its_last_run_and_the_one_at_work(
    settings: Settings, ledger: Ledger
) -> None:
    """A replay works on a copy and counts; a stage run by hand does not."""
    ledger.start_run("r1", "shop", "run", {}, 1)
    ledger.end_run("r1", "succeeded")
    ledger.start_run("r2", "shop@replay", "replay", {}, 1)
    ledger.start_run("r3", "shop", "manual", {}, 1)

    state = state_of(settings, ledger)
    (shop,) = state["pipelines"]

    assert (shop["last_run"], shop["running"]) == ("r2", "r2")
    assert [run["run"] for run in state["runs"]] == ["r3", "r2", "r1"]


def test_models_monitors_and_incidents_are_told(settings: Settings, ledger: Ledger) -> None:
    """With all keys that pages rely on, of the pipeline and of its segments."""
    in_production(ledger)
    ledger.add_model("shop/region=north", "r1", "d", "v{version}", {"metrics": {}})

    state = state_of(settings, ledger)
    model, north = state["models"]
    (monitor,), (incident,) = state["monitors"], state["incidents"]

    assert (set(model), set(monitor), set(incident)) == (MODEL, MONITOR, INCIDENT)
    assert (model["aliases"], model["metric"], model["value"]) == ({"champion": 2}, "log_loss", 0.2)
    assert (north["segment"], north["aliases"], north["since"]) == ("region=north", {}, None)
    assert state["pipelines"][0]["segments"] == ["region=north"]
    assert (monitor["windows"], monitor["values"]) == (["2024-03", "2024-04"], [0.70, 0.70])
    assert (incident["reason"], incident["closed_at"]) == ("Moved.", None)


def test_the_limit_of_a_metric_is_on_the_side_that_is_worse() -> None:
    """An AUC may fall, a Brier score may rise; drift is told as it is."""
    told = [
        reason(),
        reason("Brier", value=0.2, reference=0.17),
        reason("calibration", "labels", value=0.2, reference=0.25, beyond=False),
        reason("prediction drift", "predictions", value=0.3, reference=0.0, limit=0.1),
    ]
    rows = monitor_rows([{"pipeline": "shop", "window": "2024-03", "reasons": told}])

    assert [
        (row["name"], round(row["value"], 3), round(row["limit"], 3), row["direction"])
        for row in rows
    ] == [
        ("AUC", 0.7, 0.74, "below"),
        ("Brier", 0.2, 0.19, "above"),
        ("calibration", 0.05, 0.02, "above"),
        ("prediction drift", 0.3, 0.1, "above"),
    ]
    assert [row["breached"] for row in rows] == [True, True, False, True]


def test_a_monitor_keeps_what_was_known_last() -> None:
    """A window without labels leaves a gap and the value before it; what was never known is no monitor."""
    unknown = {"kind": "quality", "name": "realised quality", "text": "Too few labels."}
    windows = [("2024-03", reason()), ("2024-04", unknown)]
    (row,) = monitor_rows(
        [{"pipeline": "shop", "window": name, "reasons": [each]} for name, each in windows]
    )

    assert (row["name"], row["window"], row["value"]) == ("AUC", "2024-03", 0.70)
    assert (row["windows"], row["values"]) == (["2024-03", "2024-04"], [0.70, None])


def test_a_monitor_shows_two_years() -> None:
    """The latest windows, the oldest first."""
    months = [f"{year}-{month:02d}" for year in (2021, 2022, 2023) for month in range(1, 13)]
    (row,) = monitor_rows(
        [{"pipeline": "shop", "window": name, "reasons": [reason()]} for name in months]
    )

    assert row["windows"] == months[-24:] and len(row["values"]) == 24


def test_of_the_copies_of_a_pipeline_the_one_replayed_last_is_shown() -> None:
    """The newest run comes first; a copy of what is gone is left out."""
    last = ["shop@replay3", "mill", "shop@replay", "gone@replay"]

    assert shown_names(["shop", "mill"], last) == ["mill", "shop", "shop@replay3"]


def test_a_longer_history_takes_no_more_queries(settings: Settings, ledger: Ledger) -> None:
    """However many runs, stages and products there are."""

    def count() -> int:
        asked: list[str] = []

        def note(*arguments: Any) -> None:
            asked.append(arguments[2])

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
        state_of(settings, ledger)
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
        return len(asked)

    def add(number: int) -> None:
        name = f"r{number}"
        ledger.start_run(name, "shop", "manual", {}, 3)
        ledger.plan_stages(name, [(place, "fit", "all") for place in range(3)])
        ledger.start_stage(name, 0, "key", 1, "")
        in_production(ledger, f"shop/region={number}")

    add(0)
    few = count()
    for number in range(1, 8):
        add(number)

    assert count() == few


def test_nothing_heavy_is_loaded(workspace: Path, ledger: Ledger) -> None:
    """A server that shows the state starts at once."""
    in_production(ledger)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
