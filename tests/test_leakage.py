import random
import time

import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from aifactory_nb.leakage import feature_signal

CHANCE = random.Random(1)
ROWS = 500
LABEL = pl.Series([float(CHANCE.random() < 0.3) for _ in range(ROWS)])
FEATURES = pl.DataFrame(
    {
        "noise": [CHANCE.random() for _ in range(ROWS)],
        "ties": [CHANCE.randrange(4) for _ in range(ROWS)],
        "leak": LABEL * 100 + 1,
        "inverted": -LABEL,
        "name": [f"N{CHANCE.randrange(400)}" for _ in range(ROWS)],
        "known": ["yes" if value else "no" for value in LABEL],
        "empty": pl.Series([None] * ROWS, dtype=pl.Float64),
        "flag": LABEL > 0.5,
    }
)


def signal_of(name, label=LABEL, task="binary"):
    return feature_signal(FEATURES, label, [name], task).row(0, named=True)


@pytest.mark.parametrize("name", ["noise", "ties"])
def test_signal_is_the_area_under_the_curve(name):
    """For a binary label the signal equals scikit-learn's AUC, ties included."""
    assert signal_of(name)["signal"] == pytest.approx(roc_auc_score(LABEL, FEATURES[name]))


@pytest.mark.parametrize("name", ["leak", "inverted", "known", "flag"])
def test_a_feature_that_knows_the_label_raises_the_alarm(name):
    """A number, a text or a boolean that is the label in disguise is found."""
    assert signal_of(name)["alarm"]


@pytest.mark.parametrize("name", ["noise", "ties", "name"])
def test_honest_features_do_not_raise_the_alarm(name):
    """Noise is no leak, and neither is a text with many rare values."""
    assert not signal_of(name)["alarm"]


def test_a_feature_without_values_says_nothing():
    """A column of nulls has no signal and raises no alarm."""
    assert signal_of("empty") == {
        "feature": "empty",
        "rows": 0,
        "signal": None,
        "strength": None,
        "alarm": False,
        "evidence": "",
    }


def test_one_class_says_nothing():
    """Where all labels are equal nothing can be ranked."""
    assert signal_of("noise", LABEL * 0)["signal"] is None


def test_rows_without_a_label_do_not_count():
    """Only rows whose label is known are compared."""
    label = pl.Series([*LABEL[:100], *[None] * (ROWS - 100)], dtype=pl.Float64)

    assert signal_of("noise", label)["rows"] == 100


def test_amounts_are_compared_by_rank():
    """For a regression the signal is the rank correlation: any increasing function is a leak."""
    amounts = FEATURES["noise"].exp() * 1000

    assert signal_of("noise", amounts, "regression")["signal"] == pytest.approx(1)
    assert not signal_of("ties", amounts, "regression")["alarm"]


def test_the_strongest_comes_first():
    """The table is sorted by strength, features without any at the end."""
    names = feature_signal(FEATURES, LABEL, ["empty", "noise", "leak"])["feature"].to_list()

    assert names == ["leak", "noise", "empty"]


def flagged(rows: int, hits: int, of: int = 2000) -> tuple[pl.Series, pl.Series]:
    """A flag that is set in some rows, some of which have the label; 2 % of the others have it too."""
    flag = pl.Series("code", [place < rows for place in range(of)])
    label = [float(place < hits if place < rows else place % 50 == 0) for place in range(of)]
    return flag, pl.Series(label)


@pytest.mark.parametrize("dtype", [pl.Boolean, pl.Int64, pl.String])
def test_a_rare_code_that_is_always_the_label_is_a_leak(dtype):
    """A failure code of twenty rows says nothing about all rows, and everything where it is set."""
    flag, label = flagged(20, 20)

    row = feature_signal(flag.cast(dtype).to_frame(), label, ["code"]).row(0, named=True)

    assert row["strength"] < 0.9
    assert row["alarm"]
    assert "20 of 20 rows have the label 1" in row["evidence"]


@pytest.mark.parametrize(("rows", "hits"), [(9, 9), (20, 17)])
def test_few_or_mixed_rows_are_no_leak(rows, hits):
    """Nine rows may be chance, and a level with other labels in it is honest."""
    flag, label = flagged(rows, hits)

    assert not feature_signal(flag.to_frame(), label, ["code"])["alarm"][0]


def test_a_value_that_is_there_only_with_the_label_is_a_leak():
    """A number that is filled in only where the label is yes gives it away by being there."""
    flag, label = flagged(40, 40)
    cost = pl.Series("cost", [float(place) if set_ else None for place, set_ in enumerate(flag)])

    row = feature_signal(cost.to_frame(), label, ["cost"]).row(0, named=True)

    assert "where it is (a value), 40 of 40" in row["evidence"]


def test_of_several_classes_the_one_given_away_is_named():
    """A feature that knows one class of three raises the alarm with its name."""
    label = pl.Series([float(place % 3) for place in range(300)])
    features = pl.DataFrame(
        {"knows": (label == 2).cast(pl.Int64), "noise": [CHANCE.random() for _ in range(300)]}
    )

    found = feature_signal(features, label, features.columns, "multiclass", ["a", "b", "c"])

    assert found["alarm"].to_list() == [True, False]
    assert "the class c almost perfectly" in found["evidence"][0]


def test_infinities_have_no_rank():
    """Infinite and missing values do not count, in numbers as in texts."""
    values = pl.Series("x", [float("inf"), float("nan"), None, *range(97)], dtype=pl.Float64)

    row = feature_signal(values.to_frame(), LABEL[:100], ["x"]).row(0, named=True)

    assert row["rows"] == 97


def test_ten_thousand_columns_take_seconds():
    """Each column costs about a millisecond."""
    wide = pl.DataFrame({f"x{place}": FEATURES["noise"] for place in range(2_000)})
    start = time.process_time()

    feature_signal(wide, LABEL, wide.columns)

    assert time.process_time() - start < 20


def test_a_column_that_is_filled_in_only_with_the_label_is_a_leak():
    """Where the label is frequent no level is rare, and being there still gives it away."""
    label = pl.Series([float(place % 3 == 0) for place in range(600)])
    reason = pl.Series("reason", [CHANCE.random() if value else None for value in label])

    row = feature_signal(reason.to_frame(), label, ["reason"]).row(0, named=True)

    assert row["alarm"]
    assert row["evidence"] == (
        "it is filled in in 200 of 200 rows with the label 1, and in 0 of the 400 others"
    )


def test_values_that_are_missing_by_chance_are_no_leak():
    """Gaps that have nothing to do with the label raise no alarm."""
    gaps = pl.Series("gaps", [CHANCE.random() if CHANCE.random() < 0.5 else None for _ in LABEL])

    assert not feature_signal(gaps.to_frame(), LABEL, ["gaps"])["alarm"][0]


def test_being_filled_in_may_tell_an_amount():
    """A refund that only the largest amounts have gives away that they are large."""
    amount = pl.Series([float(place) for place in range(200)])
    refund = pl.Series("refund", [1.0 if place >= 120 else None for place in range(200)])

    row = feature_signal(refund.to_frame(), amount, ["refund"], "regression").row(0, named=True)

    assert (
        "filled in in 80 of 200 rows, and nearly all of their labels are larger" in row["evidence"]
    )


def test_classes_of_a_few_rows_raise_no_alarm():
    """Of many columns of noise one always ranks a single row first."""
    label = pl.Series([0.0] * 300 + [1.0] * 300 + [float(place) for place in range(2, 21)])
    noise = {f"n{place}": [CHANCE.random() for _ in label] for place in range(20)}
    names = [f"class {place}" for place in range(21)]

    found = feature_signal(pl.DataFrame(noise), label, list(noise), "multiclass", names)

    assert not found["alarm"].any()


def test_nine_rows_of_the_rarer_label_raise_no_alarm():
    """A ranking of fewer than ten rows may be chance; one more and it is told, also when it is reversed."""
    few, enough = (pl.Series([1.0] * rows + [0.0] * 20) for rows in (9, 10))

    alarms = [
        feature_signal(pl.DataFrame({"x": range(len(label))}), label, ["x"]).row(0, named=True)
        for label in (few, enough)
    ]

    assert [row["alarm"] for row in alarms] == [False, True]
    assert alarms[1]["evidence"].endswith("AUC 0.000 (reversed)")


def test_a_value_of_a_measure_is_no_level() -> None:
    """Some rows of one rain gauge reading that all had the label say nothing."""
    rain = [0.0] * 300 + [0.25] * 15 + [0.5] * 15
    label = pl.Series([float(i % 10 == 0) for i in range(300)] + [1.0] * 15 + [0.0] * 15)

    found = feature_signal(pl.DataFrame({"rain": rain}), label, ["rain"])

    assert not found["alarm"].any()
