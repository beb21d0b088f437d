"""Cautions: what is treacherous about a result, in sentences."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.caution import (
    baseline_caution,
    extrapolation_caution,
    find_winner,
    imbalance_caution,
    leakage_caution,
    split_caution,
)
from aifactory_nb.leakage import feature_signal
from aifactory_nb.pipeline import Data
from aifactory_nb.split import split_rows

TIMED = Data(key=["row"], time="at")


def days(values: np.ndarray, **columns: np.ndarray) -> pl.DataFrame:
    """A row each six hours, with these labels."""
    at = [datetime(2024, 1, 1) + timedelta(hours=6 * row) for row in range(len(values))]
    frame = pl.DataFrame({"row": range(len(values)), "at": at, "label": values, **columns})
    return frame.with_columns(known_at=pl.col("at"))


def said(rows: pl.DataFrame, task: str, features: tuple[str, ...] = ()) -> list[str]:
    """The sentences of the extrapolation caution."""
    caution = extrapolation_caution(split_rows(rows, TIMED), features, TIMED, task)
    return [row["found"] for row in caution.failed]


def test_growth_is_beyond_what_trees_predict():
    """Labels above all of training, and a mean that moved, are told with their figures."""
    sentences = said(days(np.arange(400.0)), "regression")

    assert len(sentences) == 2
    assert "100 % above" in sentences[0]
    assert sentences[1].startswith("the mean label is")


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_what_stays_as_it_was_is_no_caution(task):
    """Rows that are drawn alike raise nothing."""
    values = np.random.default_rng(0).random(400)

    assert said(days(values.round() if task == "binary" else values), task) == []


def test_a_rate_that_moved_far_is_told():
    """A share of yes that goes from three to forty percent is more than chance."""
    chance = np.random.default_rng(0).random(400)
    rate = np.where(np.arange(400) < 340, 0.03, 0.45)

    assert "the mean label is 0.0" in said(days((chance < rate) * 1.0), "binary")[0]


def test_one_loud_day_is_chance():
    """Days vary as a whole, so a few loud ones in the holdout are no shift of the level."""
    loud = np.repeat(np.random.default_rng(2).normal(size=100), 4)

    assert said(days(loud), "binary") == []


def test_a_running_number_lies_outside():
    """A feature whose held-out values were never seen is named."""
    values = np.random.default_rng(0).random(400)
    rows = days(values, number=np.arange(400), hour=np.arange(400) % 24)

    sentences = said(rows, "regression", ("number", "hour"))

    assert len(sentences) == 1
    assert "values of number lie outside" in sentences[0]


def test_classes_are_told_one_by_one():
    """For several classes the share of each is held against that of training."""
    values = np.where(np.arange(400) < 344, np.arange(400) % 2, 2.0)

    caution = extrapolation_caution(
        split_rows(days(values), TIMED), [], TIMED, "multiclass", ["a", "b", "c"]
    )

    assert "the share of c is 0" in caution.failed[-1]["found"]


def test_a_random_split_says_nothing_about_later():
    """Rows drawn at random have the same times on both sides."""
    split = split_rows(days(np.arange(400.0)), TIMED, kind="random")

    assert extrapolation_caution(split, [], TIMED, "regression").checks == []


def test_a_baseline_that_wins_is_told_as_the_winner():
    """The sentence names the winner and both values; the model winning is no caution."""
    found = {"model": {"mae": 95.1}, "constant": {"mae": 150.0}, "last_value": {"mae": 80.0}}
    better = {**found, "model": {"mae": 70.0}}

    caution = baseline_caution(found, "mae")

    assert "last_value: mae 80, model 95.1. Use last_value as it is" in caution.failed[0]["found"]
    assert not baseline_caution(better, "mae").failed
    assert find_winner(better, "mae").sentence.endswith("the best baseline last_value 80.")


def test_without_a_value_nobody_wins():
    """One class in the holdout: no AUC, and the sentence says so."""
    found = {"model": {"auc": None}, "constant": {"auc": None}}

    assert find_winner(found, "auc").sentence.startswith("There is no winner: auc has no value")


def test_rare_labels_are_told_with_what_to_look_at():
    """Three percent: accuracy is no measure."""
    label = pl.Series([0.0] * 97 + [1.0] * 3)

    caution = imbalance_caution(label, "binary")

    assert "average_precision and recall_at_budget" in caution.failed[0]["found"]


def test_rare_classes_are_named():
    """Of several classes the rare ones are listed by name, also one without any row."""
    caution = imbalance_caution(pl.Series([0.0] * 60 + [1.0] * 40), "multiclass", ["a", "b", "c"])

    assert "few are c (0 %)" in caution.failed[0]["found"]


@pytest.mark.parametrize(("drawn", "cautioned"), [(0.80, True), (0.52, False)])
def test_a_flattering_split_is_told_with_both_values(drawn, cautioned):
    """Much better on a random split: the figure of the honest one counts."""
    caution = split_caution({"auc": 0.49}, {"auc": drawn}, "binary")

    assert bool(caution.failed) == cautioned
    assert "auc 0.490 on the rows held out" in caution.checks[0]["found"]


def test_a_leak_is_told_with_its_evidence():
    """The sentence names the feature, what it gives away, and what to do."""
    label = pl.Series([0.0, 1.0] * 50)
    features = pl.DataFrame({"leak": label * 2, "noise": np.arange(100) // 2})

    caution = leakage_caution(feature_signal(features, label, features.columns))

    assert [row["column"] for row in caution.failed] == ["leak"]
    assert "AUC 1.000" in caution.failed[0]["found"]
    assert "target.outcomes" in caution.failed[0]["found"]


def test_cautions_never_stop_the_line():
    """A caution is of the severity of a warning, so the gate as a verdict lets all through."""
    assert split_caution({"auc": 0.5}, {"auc": 0.9}, "binary").passed
