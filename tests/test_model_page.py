"""The part of the report about the model, for each task."""

import numpy as np
import polars as pl
import pytest

from aifactory_nb.metrics import metrics
from aifactory_nb.model_facts import BuiltModel, Caution
from aifactory_nb.model_page import (
    built_figures,
    built_headline,
    caution_rows,
    model_pictures,
    model_section,
)
from aifactory_nb.pipeline import Data, Pipeline, Source, Target

CLASSES = ["low", "mid", "high"]
ROWS = 60


def pipeline(task: str) -> Pipeline:
    """A pipeline with a segment."""
    return Pipeline(
        name="parts",
        source=Source(),
        data=Data(key=["row"], segment="site"),
        target=Target(column="kind", task=task, classes=CLASSES if task == "multiclass" else []),
        features={},
    )


def built(task: str) -> BuiltModel:
    """A version with its held-out rows, as training leaves them."""
    random = np.random.default_rng(0)
    label = random.integers(0, 3 if task == "multiclass" else 2, ROWS).astype(float)
    rows = pl.DataFrame({"row": range(ROWS), "site": ["a", "b"] * (ROWS // 2), "label": label})
    if task == "multiclass":
        kind = pl.Array(pl.Float64, 3)
        shares = random.dirichlet([1, 1, 1], ROWS)
        even = np.full((ROWS, 3), 1 / 3)
        rows = rows.with_columns(
            pl.Series("prediction", shares.tolist(), dtype=kind),
            pl.Series("constant", even.tolist(), dtype=kind),
        )
    else:
        rows = rows.with_columns(
            prediction=0.2 + 0.6 * label + random.normal(0, 0.05, ROWS), constant=pl.lit(0.5)
        )
    found = {
        name: metrics(
            task,
            rows["label"],
            rows[column].clip(0.01, 0.99) if task != "multiclass" else rows[column],
        )
        for name, column in (("model", "prediction"), ("constant", "constant"))
    }
    card = {
        "holdout": found,
        "importance": {"hour": 0.7, "site": 0.3},
        "classes": CLASSES if task == "multiclass" else [],
        "training": {"rows": 300, "holdout_rows": ROWS, "split": "random", "holdout": "0.2"},
    }
    return BuiltModel(1, ["champion"], card, newest=1, holdout=rows)


@pytest.mark.parametrize(
    ("task", "pictures"), [("binary", 3), ("multiclass", 4), ("regression", 3)]
)
def test_each_task_has_its_pictures(task: str, pictures: int) -> None:
    """Importance, segments, and how predictions fit what came true."""
    assert len(model_pictures(pipeline(task), built(task))) == pictures


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_section_has_rivals_and_facts(task: str) -> None:
    """For every task the model stands beside its constant."""
    section = model_section(pipeline(task), built(task))

    assert section is not None
    assert {row["name"] for row in section["rivals"]["rows"]} == {"the model", "constant"}
    assert dict(section["facts"])["version"] == "v1 (champion)"


def test_without_a_model_there_is_no_section() -> None:
    """And the headline says that there is nothing in production."""
    assert model_section(pipeline("binary"), None) is None
    assert built_headline(pipeline("binary"), None).startswith("There are no predictions yet")


def test_a_model_that_was_not_promoted_is_told_as_such() -> None:
    """Registered is not deployed."""
    challenger = BuiltModel(1, ["challenger"], {}, "AUC 0.5 is below the limit 0.6.", newest=1)

    assert "there is no champion: AUC 0.5 is below the limit 0.6." in built_headline(
        pipeline("binary"), challenger
    )


def test_figures_name_the_best_baseline_and_the_cautions() -> None:
    """The numbers that a reader sees first."""
    found = [
        Caution("leakage", "A feature may give the answer away", "features", "all", 1, ["Odd."])
    ]

    figures = built_figures(pipeline("regression"), built("regression"), found)

    assert figures[0]["name"] == "MAE, held out"
    assert figures[0]["note"].startswith("best baseline, constant: ")
    assert figures[-1] == {"name": "cautions", "value": "1", "note": "see below"}


def test_a_folder_that_is_gone_is_said() -> None:
    """The version is told of, without rivals and pictures."""
    section = model_section(pipeline("binary"), BuiltModel(1, ["champion"], {}, newest=1))

    assert section is not None
    assert (section["gone"], section["rivals"], section["pictures"]) == (True, None, [])


def test_a_caution_says_where_it_was_found() -> None:
    """Stage and window, and how often before."""
    rows = caution_rows([Caution("split", "Odd split", "train", "2013-05", 3, ["Odd."])])

    assert rows[0]["where"] == "found by train of 2013-05, and in 2 windows before"
