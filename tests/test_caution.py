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
    perfect_caution,
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


@pytest.mark.parametrize(("label", "said"), [(0.0, "are 0"), (1.0, "are 1")])
def test_labels_that_are_all_equal_tell_no_winner(label, said):
    """With a single label in the holdout neither the model nor a baseline wins, though losses have values."""
    found = {
        "model": {"log_loss": 0.1, "base_rate": label},
        "constant": {"log_loss": 0.3, "base_rate": label},
    }

    caution = baseline_caution(found, "log_loss")

    assert f"cannot be told: all labels held out {said}." in caution.failed[0]["found"]
    assert "Use " not in caution.failed[0]["found"]


@pytest.mark.parametrize(
    ("found", "task", "cautioned"),
    [
        ({"auc": 1.0}, "binary", True),
        ({"auc": 0.9995}, "multiclass", True),
        ({"r2": 0.9991}, "regression", True),
        ({"auc": 0.99}, "binary", False),
        ({"auc": None}, "binary", False),
    ],
)
def test_a_perfect_model_is_too_good_to_be_true(found, task, cautioned):
    """Nearly no error on rows that were not seen: the strongest feature is named."""
    caution = perfect_caution(found, {"age": 0.2, "refund": 0.8}, task)

    assert bool(caution.failed) == cautioned
    assert not cautioned or "refund (80 % of the gain)" in caution.failed[0]["found"]
    assert caution.passed


def test_of_many_rare_classes_five_are_named():
    """A list of thirty classes helps nobody: the rarest five, and how many more there are."""
    classes = [f"c{place:02}" for place in range(30)]
    label = pl.Series([float(place) for place in range(30) for _ in range(place + 1)])

    found = imbalance_caution(label, "multiclass", classes).failed[0]["found"]

    assert "c00 (0.22 %), c01" in found
    assert "c05" not in found
    assert "and 18 more" in found


def test_a_class_with_few_rows_held_out_is_told():
    """A balanced label whose holdout has three rows of a class: the verdict is worth little."""
    held_out = pl.Series([0.0] * 30 + [1.0] * 3)

    caution = imbalance_caution(pl.Series([0.0, 1.0] * 50), "binary", held_out=held_out)

    assert [row["expectation"] for row in caution.failed] == ["held_out_rows_are_enough"]
    assert "few are 1 (3): the verdict on them is worth little" in caution.failed[0]["found"]


def test_what_the_model_predicts_where_the_level_moved_is_told():
    """The bias on the rows held out, measured: what the model says on average, and what came."""
    rows = days(np.arange(400.0))
    split = split_rows(rows, TIMED)
    low = np.full(split.held_out.height, 300.0)

    caution = extrapolation_caution(split, [], TIMED, "regression", prediction=low)

    came = f"{split.held_out['label'].mean():.4g}"
    said = caution.failed[1]["found"]
    assert f"where the model predicts 300 and {came} came" in said
    assert "trees do not extrapolate" in said


def test_the_bias_of_a_class_is_told():
    """For several classes it is the mean probability of the one whose share moved."""
    values = np.where(np.arange(400) < 344, np.arange(400) % 2, 2.0)
    split = split_rows(days(values), TIMED)
    shares = np.tile([0.45, 0.45, 0.1], (split.held_out.height, 1))

    caution = extrapolation_caution(split, [], TIMED, "multiclass", ["a", "b", "c"], shares)

    assert "the model predicts 0.1 and 1 came" in caution.failed[-1]["found"]


def test_how_fast_a_model_grows_old_is_told() -> None:
    """What it reached when it learned from the first half only stands beside the random split."""
    caution = split_caution({"auc": 0.66}, {"auc": 0.8}, "binary", {"auc": 0.56})

    assert "0.560 on the second half when only the first was learned" in caution.failed[0]["found"]
