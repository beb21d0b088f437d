"""Metrics of classes, weights and budgets, held against scikit-learn; and who wins."""

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.metrics import (
    as_matrix,
    best_model,
    metric_names,
    metrics,
)


def some_classes(rows: int = 400, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Places of classes, and probabilities that know something about them."""
    generator = np.random.default_rng(0)
    label = generator.integers(0, classes, rows)
    score = generator.random((rows, classes)) + 0.7 * np.eye(classes)[label]
    return label.astype(float), score / score.sum(axis=1, keepdims=True)


def some_rows(rows: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities with ties, and whole weights."""
    generator = np.random.default_rng(1)
    share = generator.random(rows)
    label = (generator.random(rows) < share).astype(float)
    return label, np.round(share, 2), generator.integers(0, 4, rows).astype(float)


def test_metrics_of_classes_equal_those_of_scikit_learn():
    """Each metric of several classes is the textbook one."""
    from sklearn import metrics as reference

    label, score = some_classes()
    decided = score.argmax(axis=1)

    found = metrics("multiclass", label, score)

    assert found["log_loss"] == pytest.approx(reference.log_loss(label, score))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(label, decided))
    assert found["balanced_accuracy"] == pytest.approx(
        reference.balanced_accuracy_score(label, decided)
    )
    assert found["macro_f1"] == pytest.approx(reference.f1_score(label, decided, average="macro"))
    assert found["auc"] == pytest.approx(reference.roc_auc_score(label, score, multi_class="ovr"))
    assert found["brier"] == pytest.approx(
        ((score - np.eye(4)[label.astype(int)]) ** 2).sum(1).mean()
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_weight_counts_rows(task):
    """A row with the weight 3 counts as if it were there three times, one with 0 as if it were not there."""
    label, score, weight = some_rows()
    if task == "multiclass":
        label, score = some_classes(len(label))
    times = weight.astype(int)

    found = metrics(task, label, score, 0.4, weight)

    repeated = metrics(task, np.repeat(label, times), np.repeat(score, times, axis=0), 0.4)
    for name in set(found) - {
        "rows",
        "ece",
    }:  # its bins hold equally many rows, whatever they weigh
        assert found[name] == pytest.approx(repeated[name]), name


def test_absent_class_has_no_part_in_the_means():
    """A class without a row is left out of balanced accuracy and AUC."""
    label, score = (
        np.array([0.0, 0.0, 1.0]),
        np.array([[0.8, 0.2, 0], [0.6, 0.3, 0.1], [0.1, 0.9, 0]]),
    )

    found = metrics("multiclass", label, score)

    assert (found["balanced_accuracy"], found["macro_f1"], found["auc"]) == (1, 1, 1)


def test_one_class_has_no_area():
    """Where all rows are of one class there is no AUC, and the rest has values."""
    found = metrics("multiclass", np.zeros(3), np.array([[0.8, 0.1, 0.1]] * 3))

    assert found["auc"] is None
    assert found["accuracy"] == 1


def test_a_column_of_arrays_is_a_matrix():
    """Probabilities in a table, as arrays or lists, have the same metrics as a matrix."""
    label, score = some_classes(50)
    column = pl.Series("p", score)

    found = [metrics("multiclass", label, item) for item in (score, column, column.arr.to_list())]

    assert found[0] == found[1] == found[2]


def test_missing_probabilities_are_an_error():
    """A row without probabilities is not left out in silence."""
    with pytest.raises(DataError, match="1 rows have no prediction"):
        as_matrix(pl.Series([[0.5, 0.5], None]))


@pytest.mark.parametrize("label", [3.0, -1.0, 0.5])
def test_label_that_is_no_class_is_an_error(label):
    """A place that no class has is named."""
    with pytest.raises(DataError, match=f"1 labels, such as {label:g}, are no place"):
        metrics("multiclass", np.array([label, 0.0]), np.full((2, 3), 1 / 3))


def test_budget_finds_what_can_be_acted_on():
    """With a budget of a fifth, the highest fifth of the predictions is looked at."""
    label, score = np.array([1.0, 0, 1, 0, 0, 1, 0, 0, 0, 0]), np.linspace(1, 0, 10)

    found = metrics("binary", label, score, budget=0.2)

    assert found["precision_at_budget"] == pytest.approx(1 / 2)
    assert found["recall_at_budget"] == pytest.approx(1 / 3)


def test_equal_predictions_find_what_chance_finds():
    """Where all predictions are equal, a budget finds its share of the positives, in whatever order."""
    label = np.array([1.0, 0, 0, 0] * 25)

    found = metrics("binary", label, np.full(100, 0.3), budget=0.1)

    assert found["recall_at_budget"] == pytest.approx(0.1)
    assert found["precision_at_budget"] == pytest.approx(0.25)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_impossible_weight_is_an_error(wrong):
    """A weight that is negative or no number is an error that counts such rows."""
    with pytest.raises(DataError, match="1 rows have a missing, infinite or negative weight"):
        metrics("binary", np.array([0.0, 1.0]), np.array([0.2, 0.7]), weight=np.array([wrong, 1]))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_no_rows_have_the_same_names(task):
    """Without rows the metrics have the same names, in the same order."""
    label, score, _ = some_rows()
    if task == "multiclass":
        label, score = some_classes()

    assert metric_names(task) == list(metrics(task, label, score))


def test_the_best_is_the_winner_and_a_tie_goes_to_the_simpler():
    """Losses are better when lower; a model that is only as good as a baseline does not win."""
    found = {"model": {"mae": 2.0, "r2": 0.5}, "constant": {"mae": 2.0, "r2": 0.0}}

    assert best_model(found, "mae") == "constant"
    assert best_model(found, "r2") == "model"
    assert best_model({"model": {"rmse": 1.0}, "ridge": {"rmse": 0.5}}, "mse") == "ridge"
