"""Feedback: late labels, and the quality that they reveal."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from aifactory_nb.errors import DataError
from aifactory_nb.feedback import (
    join_labels,
    known_labels,
    quality_by_month,
    quality_series,
    quality_table,
    skill,
)
from aifactory_nb.pipeline import Cost, Target

APRIL, MAY, JUNE = (datetime(2013, month, 1) for month in (4, 5, 6))
LATE = Target(column="late", task="binary", cost=Cost(false_positive=1, false_negative=3))
PRICE = Target(column="price", task="regression")

Frames = tuple[pl.LazyFrame, pl.LazyFrame]


@pytest.fixture
def flights() -> Frames:
    """Ten flights of April and ten of May, one every third day, each with its label five days later."""
    moments = [start + timedelta(days=3 * day) for start in (APRIL, MAY) for day in range(10)]
    predictions = pl.LazyFrame(
        {
            "flight": range(20),
            "at": moments,
            "alias": "champion",
            "version": [1] * 10 + [2] * 10,
            "prediction": [0.1 + 0.04 * row for row in range(20)],
            "decision": [row >= 5 for row in range(20)],
        }
    )
    labels = pl.LazyFrame(
        {
            "flight": range(20),
            "label": [float(row % 3 == 0) for row in range(20)],
            "known_at": [moment + timedelta(days=5) for moment in moments],
        }
    )
    return predictions, labels


def join(flights: Frames, as_of: datetime | None) -> pl.DataFrame:
    """Predictions with the labels known at a moment."""
    return join_labels(*flights, key=["flight"], time="at", as_of=as_of)


def values(quality: pl.DataFrame) -> dict[str, float]:
    """The metrics of a table that has one group."""
    return dict(quality.select("metric", "value").iter_rows())


def test_a_label_counts_when_it_is_known_before_the_moment():
    """A label that becomes known at the moment itself is still unknown."""
    known_at = [MAY - timedelta(microseconds=1), MAY, MAY + timedelta(days=1)]
    labels = pl.LazyFrame({"flight": [1, 2, 3], "known_at": known_at})

    assert known_labels(labels, MAY).collect()["flight"].to_list() == [1]


def test_every_prediction_stays(flights):
    """Those without a label keep their place, with a null."""
    joined = join(flights, MAY)

    assert joined["flight"].to_list() == list(range(10))
    assert joined["label"].null_count() == 1


def test_predictions_made_later_do_not_exist_yet(flights):
    """A window that is run again gives what it gave the first time."""
    assert join(flights, MAY)["window"].unique().to_list() == ["2013-04"]


def test_without_a_time_column_all_is_one_window(flights):
    """A pipeline without time measures everything together, with all labels there are."""
    predictions, labels = flights

    joined = join_labels(predictions.drop("at"), labels, ["flight"], time=None, as_of=None)

    assert joined["window"].unique().to_list() == ["all"]
    assert joined["label"].null_count() == 0


def test_a_key_of_several_columns_is_joined_on_all_of_them(flights):
    """The same flight number from another airport has its own label."""
    predictions, labels = flights
    here, there = pl.lit("JFK").alias("origin"), pl.lit("EWR").alias("origin")
    labels = pl.concat(
        [labels.with_columns(here), labels.with_columns(there, label=1 - pl.col("label"))]
    )

    joined = join_labels(predictions.with_columns(here), labels, ["flight", "origin"], "at", None)

    assert joined.height == 20
    assert joined["label"].to_list() == [float(row % 3 == 0) for row in range(20)]


def test_two_labels_for_one_row_are_refused(flights):
    """The row would count twice, so the error names it."""
    predictions, labels = flights

    with pytest.raises(DataError, match="1 labels have a key .* for example flight=3"):
        join((predictions, pl.concat([labels, labels.filter(pl.col("flight") == 3)])), None)


def test_quality_agrees_with_scikit_learn(flights):
    """AUC, Brier and log loss of what came true."""
    joined = join(flights, None).filter(pl.col("window") == "2013-04")

    found = values(quality_table(joined, LATE))

    label, prediction = joined["label"].to_numpy(), joined["prediction"].to_numpy()
    assert found["auc"] == pytest.approx(roc_auc_score(label, prediction))
    assert found["brier"] == pytest.approx(brier_score_loss(label, prediction))
    assert found["log_loss"] == pytest.approx(log_loss(label, prediction))
    assert found["base_rate"] == pytest.approx(0.4)
    assert found["mean_prediction"] == pytest.approx(0.28)


def test_each_month_alias_and_version_has_its_own_rows(flights):
    """The shadow is measured beside the champion."""
    joined = join(flights, None)
    shadow = joined.with_columns(alias=pl.lit("shadow"), version=pl.lit(1, pl.Int64))

    quality = quality_table(pl.concat([joined, shadow]), LATE)

    assert quality_by_month(quality).select("window", "alias", "version").rows() == [
        ("2013-04", "champion", 1),
        ("2013-04", "shadow", 1),
        ("2013-05", "champion", 2),
        ("2013-05", "shadow", 1),
    ]


def test_a_month_is_measured_again_when_its_labels_come_in(flights):
    """At the end of April one label is out; at the end of May it is known."""
    first, second = (quality_table(join(flights, as_of), LATE) for as_of in (MAY, JUNE))

    april = second.filter(pl.col("window") == "2013-04")
    assert values(first)["coverage"] == 0.9
    assert values(april)["coverage"] == 1.0
    assert values(first)["brier"] != values(april)["brier"]


def test_a_month_without_labels_has_a_coverage_of_zero(flights):
    """It is there, and says that nothing is known."""
    quality = quality_table(join(flights, APRIL + timedelta(days=4)), LATE)

    assert quality.select("labelled", "metric", "value").rows() == [(0, "coverage", 0.0)]


def test_a_month_in_which_nothing_was_late_has_no_auc(flights):
    """A metric without a value is null, and the others are there."""
    joined = join(flights, MAY).with_columns(label=pl.lit(0.0))

    found = values(quality_table(joined, LATE))

    assert found["auc"] is None
    assert found["brier"] > 0


def test_cost_is_what_the_decisions_cost(flights):
    """Three false alarms at 1 and two misses at 3, in ten rows."""
    joined = join(flights, None).filter(pl.col("window") == "2013-04")
    late, acted = joined["label"] == 1, joined["decision"]
    by_hand = (1.0 * (acted & ~late).sum() + 3.0 * (late & ~acted).sum()) / 10

    assert values(quality_table(joined, LATE))["cost"] == pytest.approx(by_hand) == 0.9


def test_a_regression_is_measured_by_its_errors(flights):
    """No decision, no rate: absolute errors and bias."""
    joined = join(flights, None).with_columns(decision=pl.lit(None, pl.Boolean))

    found = values(quality_table(joined.filter(pl.col("window") == "2013-04"), PRICE))

    assert found["bias"] == pytest.approx(-0.12)
    assert {"mae", "rmse", "wape", "r2", "mean_label"} <= set(found)
    assert "auc" not in found and "cost" not in found


def test_no_predictions_give_an_empty_table(flights):
    """With the columns that every reader expects."""
    quality = quality_table(join(flights, APRIL), LATE)

    assert quality.is_empty() and "metric" in quality.columns


def test_the_order_of_rows_does_not_matter(flights):
    """The same predictions and labels in any order give the same table."""
    predictions, labels = flights

    assert quality_table(join((predictions.reverse(), labels.reverse()), JUNE), LATE).equals(
        quality_table(join(flights, JUNE), LATE)
    )


def test_a_series_has_a_column_for_each_alias(flights):
    """For the picture of one metric over the months."""
    joined = join(flights, None)
    both = pl.concat([joined, joined.with_columns(alias=pl.lit("shadow"))])

    series = quality_series(quality_table(both, LATE), "brier")

    assert series.columns == ["window", "champion", "shadow"]
    assert series["window"].to_list() == ["2013-04", "2013-05"]


KIND = Target(column="kind", task="multiclass", classes=["low", "mid", "high"])
SHARES = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]]


def guessed(label: list[float | None], **columns: list[float]) -> pl.DataFrame:
    """Predictions of three classes, with what came true."""
    return pl.DataFrame(
        {
            "window": "2013-04",
            "alias": "champion",
            "version": 1,
            "prediction": [max(shares) for shares in SHARES],
            "decision": ["low", "mid", "high", "low"],
            "probabilities": SHARES,
            "label": label,
            **columns,
        },
        schema_overrides={"label": pl.Float64},
    )


def test_classes_are_measured_by_their_probabilities():
    """Log loss and accuracy as scikit-learn computes them, and no cost of a yes."""
    found = values(quality_table(guessed([0.0, 1.0, 2.0, 1.0]), KIND))

    assert found["accuracy"] == 0.75
    assert found["log_loss"] == pytest.approx(log_loss([0, 1, 2, 1], SHARES))
    assert "cost" not in found


def test_a_month_of_a_single_class_has_metrics_but_no_ranking():
    """AUC and skill have no value, and nothing breaks."""
    found = values(quality_table(guessed([1.0, 1.0, 1.0, 1.0]), KIND))

    assert found["auc"] is None
    assert found["skill"] is None
    assert found["accuracy"] == 0.25


def test_classes_without_labels_have_only_a_coverage():
    """Nothing is known yet."""
    quality = quality_table(guessed([None] * 4), KIND)

    assert quality.select("metric", "value").rows() == [("coverage", 0.0)]


def test_rows_count_by_their_weight():
    """A row of weight 2 is there twice, one of weight 0 not at all; coverage counts rows."""
    weighted = guessed([0.0, 1.0, 2.0, 1.0], weight=[2.0, 1.0, 1.0, 0.0])
    twice = pl.concat([guessed([0.0, 1.0, 2.0, 1.0])[[0, 0, 1, 2]]])

    found, expected = (values(quality_table(table, KIND)) for table in (weighted, twice))

    assert found["log_loss"] == pytest.approx(expected["log_loss"])
    assert found["skill"] == pytest.approx(expected["skill"])
    assert found["coverage"] == 1.0


def test_a_month_in_which_no_row_counts_has_only_a_coverage():
    """All weights are 0: there is nothing to measure."""
    quality = quality_table(guessed([0.0, 1.0, 2.0, 1.0], weight=[0.0] * 4), KIND)

    assert quality["metric"].to_list() == ["coverage"]


def test_the_weight_is_joined_by_the_name_of_the_pipeline(flights):
    """Whatever it is called there, the joined table calls it weight."""
    predictions, labels = flights
    heavy = predictions.with_columns(seats=pl.lit(150.0))

    joined = join_labels(heavy, labels, ["flight"], "at", None, weight="seats")

    assert joined["weight"].unique().to_list() == [150.0]


def test_skill_does_not_follow_the_base_rate():
    """A month with few positives has a small log loss and the same skill of 0 for a constant."""
    for rate in (0.05, 0.5):
        label = pl.Series([1.0] * int(100 * rate) + [0.0] * int(100 * (1 - rate)))
        constant = log_loss(label.to_numpy(), [rate] * 100)

        assert skill(constant, label) == pytest.approx(0.0, abs=1e-12)


def test_a_regression_has_no_skill_column(flights):
    """R2 is that already."""
    joined = join(flights, None).with_columns(decision=pl.lit(None, pl.Boolean))

    assert "skill" not in values(quality_table(joined.filter(pl.col("window") == "2013-04"), PRICE))
