"""What is told of a model that was built: cautions, rivals, where it comes from."""

from pathlib import Path

import polars as pl

from aifactory_nb.ledger import Ledger
from aifactory_nb.model_facts import (
    BuiltModel,
    cautions,
    champion_metric,
    metric_text,
    product_facts,
    read_built,
    rival_rows,
    segment_rows,
    skill_over,
    winner_sentence,
)
from aifactory_nb.pipeline import ChampionGate, Data, Gates, Pipeline, Source, Target
from aifactory_nb.store import Store

TRAINING = {
    "rows": 900,
    "start": "2013-01-01T05:00:00",
    "end": "2013-04-01T00:00:00",
    "split": "time",
    "holdout": "14d",
    "holdout_rows": 100,
    "holdout_start": "2013-03-18T00:00:00",
}


def pipeline(task: str = "binary", **given: object) -> Pipeline:
    """A pipeline of one key column."""
    classes = ["low", "mid", "high"] if task == "multiclass" else []
    return Pipeline(
        name="flights",
        source=Source(),
        data=Data(key=["row"], segment="site"),
        target=Target(column="late", task=task, classes=classes),
        features={},
        **given,
    )


def gate(name: str, passed: bool = False, severity: str = "warning", **given: object) -> dict:
    """A verdict as the ledger keeps it."""
    check = {
        "expectation": "holds",
        "column": "hour",
        "limit": "0.9",
        "found": "Odd.",
        "passed": passed,
    }
    details = [{**check, "severity": severity}]
    return {
        "name": name,
        "stage": "train",
        "window": "w1",
        "passed": passed,
        "details": details,
        **given,
    }


def test_the_most_treacherous_comes_first() -> None:
    """A leak makes all figures worthless: it stands above a column that nobody reads."""
    found = cautions([gate("schema"), gate("baseline"), gate("leakage"), gate("own_check")])

    assert [caution.name for caution in found] == ["leakage", "baseline", "schema", "own_check"]
    assert found[-1].title == "Own check"


def test_a_caution_lasts_until_its_gate_is_passed() -> None:
    """The latest verdict counts, and the windows in which it was found are counted."""
    twice = [gate("split"), gate("split", window="w2")]

    assert [(caution.window, caution.windows) for caution in cautions(twice)] == [("w2", 2)]
    assert cautions([*twice, gate("split", passed=True, window="w3")]) == []


def test_a_baseline_that_wins_is_the_winner() -> None:
    """It is named with what it does, and with both values."""
    found = {"model": {"mae": 12.0}, "ridge": {"mae": 14.0}, "last_value": {"mae": 10.0}}

    assert winner_sentence(found, "mae").startswith(
        "A simple baseline wins: the last value known before. The MAE on the rows held out is 12.000 against 10.000"
    )


def test_a_tie_is_no_win() -> None:
    """A model that is as good as a constant is not worth running."""
    found = {"model": {"log_loss": 0.5}, "constant": {"log_loss": 0.5}}

    assert winner_sentence(found, "log_loss").startswith("The model is no better than a constant")


def test_without_a_rival_or_a_value_nobody_wins() -> None:
    """Nothing is said about a comparison that was not made."""
    assert winner_sentence({"model": {"mae": 1.0}}, "mae") == ""
    assert winner_sentence({"model": {"auc": None}, "constant": {"auc": None}}, "auc") == ""


def test_rivals_are_in_order_with_the_best_marked() -> None:
    """The winner stands first; each metric marks its own best; skill is against the constant."""
    found = {
        "model": {"mae": 8.0, "r2": 0.5},
        "constant": {"mae": 20.0, "r2": 0.0},
        "ridge": {"mae": 6.0, "r2": 0.4},
    }

    table = rival_rows(found, "regression", "mae")

    assert [row["name"] for row in table["rows"]] == ["ridge", "the model", "constant"]
    assert table["headings"] == ["MAE", "R²", "skill in MAE"]
    assert [cell["best"] for cell in table["rows"][1]["cells"]] == [False, True, False]
    assert [row["cells"][-1]["text"] for row in table["rows"]] == ["70.0 %", "60.0 %", "0.0 %"]


def test_skill_of_a_ranking_makes_no_sense() -> None:
    """Only a loss has a part that can be saved."""
    assert skill_over({"model": {"auc": 0.8}, "constant": {"auc": 0.5}}, "model", "auc") is None


def test_no_minus_before_a_zero() -> None:
    """A value that rounds to zero is zero."""
    assert metric_text(-0.0001) == "0.000"


def test_the_metric_of_a_regression_is_no_log_loss() -> None:
    """The default suits the task; what the file says wins."""
    chosen = pipeline("regression", gates=Gates(champion=ChampionGate(metric="rmse")))

    assert champion_metric(pipeline()) == "log_loss"
    assert champion_metric(pipeline("regression")) == "mae"
    assert champion_metric(chosen) == "rmse"


def test_facts_name_rows_days_and_the_newer_version() -> None:
    """Where a model comes from, and that a newer one was not promoted."""
    card = {"training": TRAINING, "columns": {"hour": "Int64"}, "classes": ["low", "mid", "high"]}
    built = BuiltModel(
        1, ["champion"], card, "First.", newest=2, newest_verdict="Not surely better."
    )

    facts = dict(product_facts(pipeline("multiclass"), built))

    assert facts["predicts"] == "late, one of 3 classes: low, mid, high"
    assert facts["learned from"] == "900 rows, 2013-01-01 to 2013-03-31, 1 features"
    assert facts["newest version"] == "v2 is newer and not the champion. Not surely better."


def test_the_champion_is_told_of_even_when_its_folder_is_gone(tmp_path: Path) -> None:
    """Nobody is kept from the rest of the report by a folder that was removed."""
    ledger, store = Ledger(f"sqlite:///{tmp_path}/ledger.db"), Store(tmp_path, "flights")
    for digest in ("d1", "d2"):
        ledger.add_model("flights", digest, digest, "models/v{version}", {})
    ledger.set_alias("flights", "champion", 1, "me", "because", {})

    built = read_built(store, ledger, "flights")

    assert built is not None
    assert (built.version, built.newest, built.aliases, built.card) == (1, 2, ["champion"], {})


def test_segments_need_a_column_and_rows() -> None:
    """Without held-out rows there is nothing to tell."""
    rows = pl.DataFrame(
        {"row": [1, 2], "site": ["a", "b"], "label": [0.0, 1.0], "prediction": [0.1, 0.9]}
    )

    segments = segment_rows(pipeline(), BuiltModel(1, [], {}, holdout=rows))

    assert segments is not None
    assert segments["segment"].to_list() == ["a", "b"]
    assert segment_rows(pipeline(), BuiltModel(1, [], {})) is None
