"""Metrics, held against scikit-learn, and what they do where they have no value."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory_nb.errors import DataError, ModelNotFoundError, PipelineError
from aifactory_nb.evaluate import (
    POINTS,
    calibration_table,
    class_table,
    confusion_table,
    cost_curve,
    cost_threshold,
    decided_calibration,
    metric_notes,
    metrics,
    precision_recall_points,
    read_holdout,
    residual_table,
    roc_points,
    segment_table,
)


def some_rows(seed: int, rows: int = 500, step: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities with ties."""
    generator = np.random.default_rng(seed)
    share = generator.random(rows)
    return (generator.random(rows) < share).astype(float), np.round(share / step) * step


@pytest.mark.parametrize("step", [1e-9, 0.01, 0.25])
def test_binary_metrics_equal_those_of_scikit_learn(step):
    """With and without ties, all metrics are the textbook ones."""
    from sklearn import metrics as reference

    label, prediction = some_rows(1, step=step)
    yes = prediction >= 0.3

    found = metrics("binary", label, prediction, threshold=0.3)

    assert found["auc"] == pytest.approx(reference.roc_auc_score(label, prediction))
    assert found["average_precision"] == pytest.approx(
        reference.average_precision_score(label, prediction)
    )
    assert found["brier"] == pytest.approx(reference.brier_score_loss(label, prediction))
    assert found["log_loss"] == pytest.approx(reference.log_loss(label, prediction), abs=1e-9)
    assert found["precision"] == pytest.approx(reference.precision_score(label, yes))
    assert found["recall"] == pytest.approx(reference.recall_score(label, yes))
    assert found["base_rate"] == label.mean()


def test_regression_metrics_equal_those_of_scikit_learn():
    """MAE, RMSE and R2 are the textbook ones; WAPE is the summed error by the summed label."""
    from sklearn import metrics as reference

    generator = np.random.default_rng(2)
    label = generator.normal(10, 3, 300)
    prediction = label + generator.normal(1, 1, 300)

    found = metrics("regression", label, prediction)

    assert found["mae"] == pytest.approx(reference.mean_absolute_error(label, prediction))
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(label, prediction))
    assert found["r2"] == pytest.approx(reference.r2_score(label, prediction))
    assert found["wape"] == pytest.approx(np.abs(prediction - label).sum() / np.abs(label).sum())
    assert found["bias"] == pytest.approx(1, abs=0.2)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 1.0]))))
def test_metrics_never_fail(rows):
    """Any labels and probabilities have metrics: numbers, or None."""
    label = np.array([float(truth) for truth, _ in rows])
    prediction = np.array([share for _, share in rows])

    found = metrics("binary", label, prediction)

    assert all(value is None or np.isfinite(value) for value in found.values())
    assert (found["auc"] is None) == (len(set(label)) < 2)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_class_has_no_ranking(value):
    """In a month in which nothing, or everything, was late there is no AUC, and a note says why."""
    label, prediction = np.full(5, value), np.linspace(0, 1, 5)

    found = metrics("binary", label, prediction)

    assert found["auc"] is None
    assert found["brier"] is not None
    assert metric_notes("binary", label)[0].startswith(f"All labels are {value:g}")
    assert roc_points(label, prediction).is_empty()
    assert precision_recall_points(label, prediction).is_empty()


def test_no_rows_have_no_metrics():
    """Without labelled rows every metric is None and a note says so."""
    found = metrics("binary", np.empty(0), np.empty(0))

    assert found.pop("rows") == 0
    assert set(found.values()) == {None}
    assert metric_notes("binary", np.empty(0)) == [
        "There are no labelled rows, so no metric has a value."
    ]


def test_constant_value_has_no_r2():
    """R2 of a constant label is None, not minus infinity; WAPE of zeros as well."""
    found = metrics("regression", np.zeros(3), np.ones(3))

    assert found["r2"] is None
    assert found["wape"] is None
    assert found["mae"] == 1


def test_certain_and_wrong_is_finite():
    """A probability of 0 for what came true costs much, but not infinitely much."""
    assert np.isfinite(metrics("binary", np.array([1.0, 0.0]), np.array([0.0, 0.5]))["log_loss"])


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_gap_in_predictions_is_an_error(gap):
    """A prediction that is no number is not left out in silence."""
    with pytest.raises(DataError, match="1 rows have no prediction"):
        metrics("binary", np.array([0.0, 1.0]), np.array([gap, 0.5]))


def test_missing_label_is_an_error():
    """Rows without a label must be left out by whoever asks."""
    with pytest.raises(DataError, match="1 rows have no label"):
        metrics("binary", pl.Series([None, 1.0]), pl.Series([0.5, 0.5]))


def test_unequal_lengths_are_an_error():
    """Labels and predictions of different rows are an error."""
    with pytest.raises(DataError, match="2 labels do not fit 3 predictions"):
        metrics("binary", np.zeros(2), np.zeros(3))


def test_unknown_task_is_an_error():
    """A misspelt task gets a suggestion."""
    with pytest.raises(PipelineError, match="Did you mean 'binary'"):
        metrics("binry", np.zeros(2), np.zeros(2))


def test_curves_are_short_and_complete():
    """A curve of many rows has few points, and both ends."""
    label, prediction = some_rows(3, rows=20_000, step=1e-9)

    curve = roc_points(label, prediction)

    assert curve.height <= POINTS
    assert curve.row(0) == (0, 0)
    assert curve.row(-1) == (1, 1)


def test_calibration_bins_hold_equally_many_rows():
    """Ten bins of a tenth of the rows each, ordered by prediction."""
    label, prediction = some_rows(4, rows=1000, step=1e-9)

    table = calibration_table(label, prediction)

    assert table["rows"].to_list() == [100] * 10
    assert table["predicted"].is_sorted()


def test_calibrated_predictions_have_a_small_error():
    """The calibration error of true probabilities is near 0, that of doubled ones is not."""
    label, prediction = some_rows(5, rows=20_000, step=1e-9)

    assert metrics("binary", label, prediction)["ece"] < 0.02
    assert metrics("binary", label, prediction / 2)["ece"] > 0.2


def test_segments_are_ordered_by_rows():
    """The largest segment comes first; each has metrics of its own rows alone."""
    label, prediction = some_rows(6, rows=100)
    segment = pl.Series(["small"] * 20 + ["large"] * 70 + [None] * 10)

    table = segment_table("binary", segment, label, prediction)

    assert table["segment"].to_list() == ["large", "small", "(missing)"]
    assert table["rows"].to_list() == [70, 20, 10]
    assert table["auc"][1] == metrics("binary", label[:20], prediction[:20])["auc"]


def test_segments_may_be_empty():
    """No rows give an empty table with the same columns."""
    table = segment_table("binary", pl.Series([], dtype=pl.String), np.empty(0), np.empty(0))

    assert table.is_empty()
    assert "auc" in table.columns


def test_costly_misses_lower_the_threshold():
    """The more a missed case costs, the more is flagged."""
    label, prediction = some_rows(7, rows=5000, step=1e-9)

    thresholds = [cost_threshold(label, prediction, 1, cost) for cost in (0.2, 1, 5)]

    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[2] == pytest.approx(1 / 6, abs=0.1)


def test_threshold_is_the_cheapest_of_the_curve():
    """The chosen threshold is a point of the cost curve, and none is cheaper."""
    label, prediction = some_rows(8)
    curve = cost_curve(label, prediction, 1, 3)

    chosen = cost_threshold(label, prediction, 1, 3)

    yes = prediction >= chosen
    cost = ((yes & (label == 0)) * 1 + (~yes & (label == 1)) * 3).mean()
    assert cost == pytest.approx(curve["cost"].min())


def test_threshold_without_evidence_follows_from_costs():
    """Where all labels are equal, the costs alone decide."""
    assert cost_threshold(np.zeros(5), np.linspace(0, 1, 5), 1, 3) == 0.25


def test_residuals_show_where_errors_are():
    """The error by size of the prediction."""
    value = np.arange(100.0)

    table = residual_table(value, np.where(value < 50, value, value + 10))

    assert table["bias"][0] == 0
    assert table["bias"][-1] == 10


def test_missing_holdout_is_not_found(tmp_path):
    """A folder without held-out rows says so."""
    with pytest.raises(ModelNotFoundError, match=r"no holdout\.parquet"):
        read_holdout(tmp_path)


KINDS = ["a", "b", "c"]


def some_classes() -> tuple[np.ndarray, np.ndarray]:
    """Places of three classes, and probabilities; the last class has no row."""
    label = np.array([0.0, 0, 1, 1, 1])
    score = [[0.9, 0.1, 0], [0.4, 0.6, 0], [0.2, 0.8, 0], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]]
    return label, np.array(score)


def test_confusion_counts_each_row_once():
    """What was taken for what, a row for each true class."""
    table = confusion_table(*some_classes(), KINDS)

    assert table.columns == ["class", "decided a", "decided b", "decided c"]
    assert table.rows() == [("a", 1, 1, 0), ("b", 0, 2, 1), ("c", 0, 0, 0)]


def test_each_class_has_its_own_figures():
    """A class without a row has no recall and no AUC, and the others have theirs."""
    table = class_table(*some_classes(), KINDS)

    assert table["rows"].to_list() == [2, 3, 0]
    assert table["recall"].to_list() == [0.5, pytest.approx(2 / 3), None]
    assert table["precision"].to_list() == [1, pytest.approx(2 / 3), 0]
    assert table["auc"].null_count() == 1


def test_classes_without_rows_have_an_empty_confusion():
    """No rows give zeros and no figures, not an error."""
    table = class_table(np.empty(0), np.empty((0, 3)), KINDS)

    assert table["rows"].to_list() == [0, 0, 0]
    assert table["recall"].null_count() == 3


def test_the_decided_class_is_calibrated():
    """How sure the model was, against how often it was right."""
    label, score = some_classes()

    table = decided_calibration(label, score)

    assert table["rows"].sum() == 5
    assert np.average(table["observed"], weights=table["rows"]) == pytest.approx(3 / 5)


def test_segments_of_classes():
    """Each segment of a multiclass target has the metrics of its own rows."""
    label, score = some_classes()

    table = segment_table("multiclass", pl.Series(list("xxyyy")), label, pl.Series(score))

    assert table["segment"].to_list() == ["y", "x"]
    assert table["accuracy"].to_list() == [pytest.approx(2 / 3), 0.5]


def test_weights_move_curves_and_tables():
    """A weight of 0 takes a row out of curves, calibration, residuals and costs."""
    label, prediction = some_rows(9)
    weight = (np.arange(len(label)) < 100).astype(float)
    part = label[:100], prediction[:100]

    assert roc_points(label, prediction, weight).equals(roc_points(*part))
    assert precision_recall_points(label, prediction, weight).equals(precision_recall_points(*part))
    assert residual_table(label, prediction, weight=weight)["rows"].sum() == 100
    assert calibration_table(label, prediction, weight=weight)["rows"].sum() == 100
    assert cost_threshold(label, prediction, weight=weight) == cost_threshold(*part)
