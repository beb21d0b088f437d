"""Baselines: what the simplest thing that could be done predicts."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.baseline import (
    baseline_predictions,
    last_values,
    linear_predictions,
    seasonal_means,
)
from aifactory_nb.encode import feature_types, freeze_categories
from aifactory_nb.model import ModelSpec
from aifactory_nb.pipeline import Data
from aifactory_nb.split import split_rows

TIMED = Data(key=["row"], time="at")
VALUES = ModelSpec("regression")
YES = ModelSpec("binary")


def hourly(
    label: pl.Expr, rows: int = 24 * 60, step: timedelta = timedelta(hours=1)
) -> pl.DataFrame:
    """A row each hour of sixty days, with a label."""
    at = [datetime(2024, 1, 1) + step * row for row in range(rows)]
    frame = pl.DataFrame({"row": range(rows), "at": at, "shop": ["a", "b"] * (rows // 2)})
    return frame.with_columns(label=label.cast(pl.Float64), known_at=pl.col("at"))


def all_of(rows: pl.DataFrame, data: Data, spec: ModelSpec, kind: str = "time") -> dict:
    """All baselines of a split, with the row number as the only feature."""
    features = rows.select("row")
    split = split_rows(rows, data, kind=kind)
    return baseline_predictions(
        split, feature_types(features), freeze_categories(features), spec, data
    )


def test_the_hour_of_the_week_is_known():
    """A label that repeats each week is predicted exactly by its season."""
    rows = hourly(pl.col("at").dt.weekday() * 24 + pl.col("at").dt.hour())
    split = split_rows(rows, TIMED)

    assert seasonal_means(split, TIMED, VALUES) == pytest.approx(split.held_out["label"].to_numpy())


def test_days_without_hours_have_weekdays():
    """Where times have no hours, the weekday is the season; dates work as well."""
    rows = hourly(pl.col("at").dt.weekday(), rows=200, step=timedelta(days=1))
    split = split_rows(rows, TIMED)
    dated = split_rows(rows.with_columns(pl.col("at").cast(pl.Date)), TIMED)

    expected = split.held_out["label"].to_numpy()
    assert seasonal_means(split, TIMED, VALUES) == pytest.approx(expected)
    assert seasonal_means(dated, TIMED, VALUES) == pytest.approx(expected)


def test_months_are_seasons_of_monthly_rows():
    """Rows on the first of each month are compared with the same month of other years."""
    months = [date(2018 + month // 12, month % 12 + 1, 1) for month in range(60)]
    rows = pl.DataFrame({"row": range(60), "at": months}).with_columns(
        label=pl.col("at").dt.month().cast(pl.Float64), known_at=pl.col("at")
    )
    split = split_rows(rows, TIMED, "0.2")

    assert seasonal_means(split, TIMED, VALUES) == pytest.approx(split.held_out["label"].to_numpy())


def test_the_last_value_is_that_of_the_segment():
    """Each shop is predicted what was last known of it before the holdout."""
    data = Data(key=["row"], time="at", segment="shop")
    rows = hourly(pl.col("row"))
    split = split_rows(rows, data)

    found = last_values(split, data, VALUES)

    assert set(found) == set(split.training["label"].tail(2))
    assert (found[::2] == split.training.filter(shop="a")["label"][-1]).all()


def test_a_segment_that_is_new_gets_the_last_of_all():
    """What was never seen before the holdout has no last value of its own."""
    data = Data(key=["row"], time="at", segment="shop")
    rows = hourly(pl.col("row")).with_columns(
        shop=pl.when(pl.col("row") > 1400).then(pl.lit("c")).otherwise("shop")
    )
    split = split_rows(rows, data)

    assert last_values(split, data, VALUES)[-1] == split.training["label"][-1]


def test_the_last_shares_are_no_certainties():
    """For classes the last value is a share of recent rows, and never exactly 0 or 1."""
    rows = hourly(pl.col("row") > 500)

    found = last_values(split_rows(rows, TIMED), TIMED, YES)

    assert 0.9 < found[0] < 1


def test_an_order_has_a_last_value_and_no_season():
    """Without dates there is a last value by the order, and no season."""
    data = Data(key=["row"], order="row")

    assert list(all_of(hourly(pl.col("row") % 2), data, YES)) == [
        "constant", "logistic", "last_value",
    ]  # fmt: skip


def test_a_random_split_has_no_past():
    """What came last cannot be known where rows are drawn from all of the time."""
    assert list(all_of(hourly(pl.col("row") % 2), TIMED, YES, "random")) == ["constant", "logistic"]


def test_classes_have_a_probability_each():
    """Every baseline of several classes predicts shares that sum to 1, also where a class is absent."""
    rows = hourly(pl.col("row") % 2)

    found = all_of(rows, TIMED, ModelSpec("multiclass", classes=3))

    for values in found.values():
        assert values.shape == (336, 3)
        np.testing.assert_allclose(values.sum(axis=1), 1)


def test_weights_move_the_constant():
    """A constant is the weighted mean of the label."""
    data = Data(key=["row"], time="at", weight="w")
    rows = hourly(pl.col("row") % 2).with_columns(w=pl.col("row") % 2 * 2.0 + 1)

    assert all_of(rows, data, YES)["constant"][0] == pytest.approx(0.75)


def test_one_class_in_training_has_no_linear_model():
    """Where all training labels are equal, the linear baseline is left out."""
    rows = hourly(pl.lit(0))
    features = rows.select("row")
    split = split_rows(rows, TIMED)

    assert linear_predictions(split, feature_types(features), {}, YES) is None
