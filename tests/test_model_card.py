"""A model as one page: what it learned from, how good it was, its gates, and who put it to work."""

import shutil
from dataclasses import asdict
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aifactory_nb.atomic import folder_digest
from aifactory_nb.errors import ModelNotFoundError
from aifactory_nb.evaluate import HOLDOUT_FILE
from aifactory_nb.gate import make_check
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import CARD_FILE, write_json
from aifactory_nb.model_card import model_card
from aifactory_nb.settings import Settings
from aifactory_nb.stage_result import GateVerdict, Output, StageResult
from aifactory_nb.store import Store

PIN = "artifacts/candidate/r1/2024-02"
CARD: dict[str, Any] = {
    "target": "returned",
    "task": "binary",
    "threshold": 0.25,
    "classes": [],
    "columns": {"price": "Float64", "shop <b>": "String"},
    "categories": {"shop <b>": ["a", "b"]},
    "importance": {"price": 0.75, "shop <b>": 0.25},
    "parameters": {"num_leaves": 31},
    "seed": 7,
    "rounds": 50,
    "lineage": {"features": 3},
    "package": "0.1.0",
    "run": "r1",
    "recipe": {"lead": "1h", "steps": [{"kind": "columns", "columns": ["price", "shop <b>"]}]},
    "files": {"model.txt": "0f" * 32},
    "holdout": {"model": {"log_loss": 0.4, "auc": 0.8}, "constant": {"log_loss": 0.6, "auc": 0.5}},
    "training": {
        "start": "2024-01-01T00:00:00",
        "end": "2024-03-01T00:00:00",
        "fitted_until": "2024-03-01T00:00:00",
        "holdout": "14d",
        "holdout_start": "2024-02-16T00:00:00",
        "rows": 12345,
        "holdout_rows": 2345,
        "split": "time",
        "refit": True,
    },
}


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the shop."""
    return Ledger(settings.ledger_url)


@pytest.fixture
def candidate(settings: Settings, ledger: Ledger) -> Path:
    """A candidate of the run r1, as its stages have left it: one gate warned."""
    store = Store(settings.store_folder, "shop")
    folder = store.folder(PIN)
    folder.mkdir(parents=True)
    write_json(folder / CARD_FILE, CARD)
    rows = {"region": ["north", "south"] * 2, "label": [0.0, 1.0, 1.0, 0.0]}
    pl.DataFrame({**rows, "prediction": [0.1, 0.9, 0.8, 0.3]}).write_parquet(folder / HOLDOUT_FILE)
    checks = [
        make_check("metric", "auc", "at least 0.6", "0.8", True),
        make_check("model_beats_baselines", "log_loss", "lower", "It is not.", False, "warning"),
    ]
    gate = GateVerdict("limits", "model", False, False, checks)
    output = Output("candidate", "folder", PIN, folder_digest(folder))
    ledger.start_run("r1", "shop", "run", {}, 1)
    for position, (stage, gates, outputs) in enumerate(
        [("train", [], [output]), ("evaluate", [gate], [])]
    ):
        told = StageResult(stage, "shop", "r1", "2024-02", outputs=outputs, gates=gates)
        told.parts = {"parameter holdout": '"14d"', "library polars": "2.1.0"}
        ledger.plan_stage("r1", position, stage, "2024-02")
        ledger.end_stage("r1", position, "succeeded", asdict(told))
    ledger.end_run("r1", "succeeded")
    return folder


def register(settings: Settings, ledger: Ledger, candidate: Path) -> Path:
    """Give the candidate a version; its folder."""
    folder = Store(settings.store_folder, "shop").folder("models/v0001")
    shutil.copytree(candidate, folder)
    told = {"evaluation": {"reason": "It meets the limits."}, "training": CARD["training"]}
    ledger.add_model("shop", "r1", folder_digest(folder), "models/v{version}", told)
    return folder


def text_of(page: dict[str, str]) -> str:
    """The page as a reader has it, without its marks."""
    body = page["html"].partition("<body>")[2]
    words = "".join(part.partition(">")[2] + " " for part in body.split("<"))
    return " ".join(unescape(words).split())


def test_a_version_answers_for_itself(settings: Settings, ledger: Ledger, candidate: Path) -> None:
    """Data, quality, gates with value against limit, parameters, hashes, and who put it to work."""
    register(settings, ledger, candidate)
    ledger.set_alias("shop", "champion", 1, "ada", "It is steady.", {})
    page = model_card(settings, ledger, "shop", 1)
    told = text_of(page)

    assert page["title"] == "shop, version 1"
    for part in (
        "Champion since",
        "by ada: It is steady.",
        "returned: a probability; from 0.25 on it is a yes",
        "12,345 rows, 2024-01-01 to 2024-02-29, 2 features",
        "2,345 rows, the last 14d, from 2024-02-16",
        "it knows nothing from 2024-03-01 on",
        "run r1, started by",
        "The model wins: its log loss on the rows held out is 0.400 against 0.600",
        "evaluate: limits",
        "✓ passed auc metric at least 0.6 0.8 stops the line",
        "! warned log_loss model beats baselines lower It is not. warns",
        "champion: none → version 1 ada It is steady.",
        "a prediction is made 1h before the row's time",
        "price Float64 75.0 %",
        "shop <b> String, 2 values 25.0 %",
        'train.holdout "14d"',
        "num_leaves 31",
        "table features version 3",
        "polars 2.1.0",
        "The folder is what was registered",
    ):
        assert part in told, part
    assert "<script" not in page["html"] and "shop <b>" not in page["html"]


def test_a_rollout_and_its_end_stand_in_the_card(
    settings: Settings, ledger: Ledger, candidate: Path
) -> None:
    """Who began it and why it went back; then no alias names the version."""
    register(settings, ledger, candidate)
    ledger.add_model("shop", "r0", "d0", "v{version}", {})
    ledger.set_alias("shop", "champion", 2, "ada", "The first.", {})
    begun = ledger.start_rollout("shop", 2, 1, {1: 0.05}, {}, "bo", "Better.", {})
    ledger.change_rollout(begun, "back", "aifactory serve", "A guard is broken.")
    told = text_of(model_card(settings, ledger, "shop", 1))

    assert "rollout 1, start: 2: 95 %, 1: 5 % bo Better." in told
    assert "rollout 1, back: 2: 100 % aifactory serve A guard is broken." in told
    assert "It was never the champion, and no alias names it." in told


def test_a_candidate_has_a_card_before_it_has_a_number(
    settings: Settings, ledger: Ledger, candidate: Path
) -> None:
    """Once it is registered, its card is that of the version."""
    before = model_card(settings, ledger, "shop", candidate=PIN)
    register(settings, ledger, candidate)
    after = model_card(settings, ledger, "shop", candidate=PIN)

    assert before["title"] == "shop, a candidate"
    assert "it was never registered" in text_of(before)
    assert "what was registered" not in text_of(before)
    assert after["title"] == "shop, version 1"


def test_a_folder_that_was_changed_is_not_believed(
    settings: Settings, ledger: Ledger, candidate: Path
) -> None:
    """Nor is one that is gone: the page says so first, and tells what the ledger knows."""
    folder = register(settings, ledger, candidate)
    write_json(folder / CARD_FILE, {**CARD, "seed": 8})
    changed = text_of(model_card(settings, ledger, "shop", 1))
    shutil.rmtree(folder)
    gone = text_of(model_card(settings, ledger, "shop", 1))

    assert "is not what was registered: do not rely on this page" in changed
    assert "is gone" in gone and "It meets the limits." in gone


@pytest.mark.parametrize("pin", ["artifacts/candidate/r9/2024-02", "../../settings.ini", ""])
def test_only_what_a_stage_has_made_has_a_card(
    settings: Settings, ledger: Ledger, pin: str
) -> None:
    """A pin that is none leads nowhere."""
    with pytest.raises(ModelNotFoundError, match="no candidate"):
        model_card(settings, ledger, "shop", candidate=pin)
    with pytest.raises(ModelNotFoundError, match="no model version 3"):
        model_card(settings, ledger, "shop", 3)
