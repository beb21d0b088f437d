import random

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
