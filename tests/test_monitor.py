"""The monitor: measures of drift, the table `drift`, and incidents."""

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2

from aifactory_nb.errors import DataError, ModelNotFoundError, PipelineError
from aifactory_nb.ledger import Ledger
from aifactory_nb.monitor import (
    MonitorPolicy,
    Reference,
    chi_square_quantile,
    column_drift,
    drift_table,
    explain_drift,
    jensen_shannon,
    monitor_policy,
    named_labels,
    psi,
    psi_by_chance,
    unseen_share,
    update_incidents,
)
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.profile import column_profile, reference_profile

ROWS = 4_000
counts = st.lists(st.integers(0, 1_000), min_size=2, max_size=12).filter(any)


def window(rows: int = ROWS, seed: int = 0, warmer: float = 0.0) -> pl.DataFrame:
    """Rows of two features."""
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "temp": random.normal(40 + warmer, 10, rows),
            "carrier": random.choice(["AA", "DL", "UA"], rows),
        }
    )


def says(rows: int = ROWS, seed: int = 0, higher: float = 0.0) -> pl.Series:
    """Predictions."""
    return pl.Series("prediction", np.random.default_rng(seed).beta(2 + higher, 6, rows))


@pytest.fixture(scope="module")
def reference() -> Reference:
    """A model for which the temperature counts for a tenth."""
    label = pl.Series(np.random.default_rng(1).integers(0, 2, ROWS))
    profile = reference_profile(window(), ["temp", "carrier"], says().to_numpy(), label)
    importance = {"temp": 0.1, "carrier": 0.9}
    return Reference(3, profile, importance, {"carrier": ["AA", "DL", "UA"]})


def drift_of(reference: Reference, features: pl.DataFrame, prediction: pl.Series) -> pl.DataFrame:
    """The drift of a window."""
    return drift_table("2013-07", features, prediction, reference, MonitorPolicy())


def named(drift: pl.DataFrame, name: str) -> dict:
    """One row of it."""
    return drift.row(by_predicate=pl.col("name") == name, named=True)


def test_psi_equals_the_formula():
    """PSI is the sum of (q - p) ln(q / p), computed by hand here."""
    p, q = (0.2, 0.3, 0.5), (0.3, 0.3, 0.4)
    by_hand = 0.1 * math.log(1.5) + 0.0 + -0.1 * math.log(0.8)

    found = psi([1e6 * share for share in p], [1e6 * share for share in q])

    assert found == pytest.approx(by_hand, rel=1e-4)
    assert by_hand == pytest.approx(
        sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    )


@given(counts, st.randoms(use_true_random=False))
def test_psi_is_symmetric_and_never_negative(before, random):
    """The order of the two distributions does not matter, and less than no drift does not exist."""
    now = before.copy()
    random.shuffle(now)

    assert psi(before, now) == pytest.approx(psi(now, before))
    assert psi(before, now) >= -1e-12


def test_psi_of_an_empty_bin_is_finite():
    """A bin that nobody is in any more gives a large value, not an infinite one."""
    assert 1 < psi([500, 500], [1_000, 0]) < 10


def test_a_bin_that_is_empty_on_both_sides_changes_nothing():
    """Levels that neither the reference nor the window has are left out."""
    assert psi([10, 20, 0], [30, 5, 0]) == psi([10, 20], [30, 5])


def test_distributions_in_different_bins_are_refused():
    """Counts of different bins cannot be compared."""
    with pytest.raises(DataError, match="2 bins and the window 3"):
        psi([1, 2], [1, 2, 3])


def test_a_distribution_without_rows_is_refused():
    """Nothing cannot be compared with something."""
    with pytest.raises(DataError, match="without rows"):
        jensen_shannon([0, 0], [1, 2])


@given(counts, st.randoms(use_true_random=False))
def test_jensen_shannon_agrees_with_scipy(before, random):
    """scipy returns the square root of the divergence."""
    now = before.copy()
    random.shuffle(now)

    assert jensen_shannon(before, now) == pytest.approx(
        jensenshannon(before, now, base=2) ** 2, abs=1e-9
    )


def test_jensen_shannon_lies_between_zero_and_one():
    """Equal distributions have 0, those with nothing in common have 1."""
    assert jensen_shannon([1, 2], [10, 20]) == 0
    assert jensen_shannon([1, 0], [0, 7]) == 1


@pytest.mark.parametrize("freedom", [1, 4, 10, 30])
def test_the_chi_square_quantile_is_close_to_scipy(freedom):
    """The approximation is good to about three percent where it is used."""
    assert chi_square_quantile(0.99, freedom) == pytest.approx(chi2.ppf(0.99, freedom), rel=0.03)


def test_samples_of_one_distribution_stay_below_chance():
    """Of a thousand pairs without drift, about one in a hundred exceeds what chance allows."""
    random = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    pairs = zip(
        random.multinomial(5_000, shares, 1_000),
        random.multinomial(500, shares, 1_000),
        strict=True,
    )

    limit = psi_by_chance(5_000, 500, bins=10, confidence=0.99)
    above = np.mean([psi(before, now) > limit for before, now in pairs])

    assert 0.002 <= above <= 0.025


def test_missing_values_are_a_bin_of_their_own():
    """A sensor that stops reporting is drift, even if what it still reports is unchanged."""
    temp = pl.Series("temp", np.random.default_rng(0).normal(40, 10, ROWS))
    gaps = temp.set(pl.arange(ROWS, eager=True) % 2 == 0, None)

    moved = column_drift(gaps, column_profile(temp))

    assert moved["missing_current"] == 0.5
    assert moved["psi"] > 1


def test_nan_counts_as_missing():
    """NaN and null are the same to the monitor."""
    moved = column_drift(
        pl.Series([1.0, float("nan"), None, 2.0]), column_profile(pl.Series([1.0, 2.0]))
    )

    assert moved["missing_current"] == 0.5


def test_unseen_levels_are_counted():
    """The share of rows with a level that the model does not know, missing ones aside."""
    assert unseen_share(pl.Series(["AA", "new", None, "newer"]), ["AA"]) == 0.5


def test_the_table_has_prediction_total_and_features_by_importance(reference):
    """Each is one row; the features are sorted by what they mean to the model."""
    drift = drift_of(reference, window(seed=5), says(seed=5))

    assert drift["name"].to_list() == ["prediction", "all features", "carrier", "temp"]
    assert drift["kind"].to_list() == ["prediction", "total", "feature", "feature"]
    assert set(drift["version"]) == {3}


def test_nothing_is_breached_without_drift(reference):
    """Another sample of the same distribution breaks no limit."""
    drift = drift_of(reference, window(seed=5), says(seed=5))

    assert not drift["breached"].any()
    assert drift["psi"].max() < 0.02


def test_a_feature_that_hardly_matters_breaks_no_limit(reference):
    """A temperature beyond all that was seen has a huge PSI, and counts by its importance only."""
    drift = drift_of(reference, window(seed=5, warmer=100), says(seed=5))

    assert named(drift, "temp")["psi"] > 5
    assert 0.05 < named(drift, "all features")["js"] < 0.1
    assert not drift["breached"].any()


def test_the_total_weighs_features_by_importance(reference):
    """When the feature that matters is gone, the total breaks its limit."""
    features = window(seed=5).with_columns(carrier=pl.lit("NEW"))

    drift = drift_of(reference, features, says(seed=5))

    assert named(drift, "all features")["breached"]
    assert named(drift, "carrier")["unseen"] == 1
    assert not named(drift, "prediction")["breached"]


def test_predictions_that_move_break_their_limit(reference):
    """The model answers differently than it did in training."""
    drift = drift_of(reference, window(seed=5), says(seed=5, higher=4))

    row = named(drift, "prediction")
    assert row["breached"] and row["psi"] > row["limit"] == 0.2


def test_a_small_window_breaks_no_limit_by_chance(reference):
    """With a few rows the limit is what chance alone can do."""
    drift = drift_of(reference, window(20, seed=5), says(20, seed=5))

    row = named(drift, "prediction")
    assert row["limit"] == row["chance"] > 0.5
    assert not row["breached"]


@pytest.mark.parametrize(("rows", "said", "what"), [(0, 5, "features"), (5, 0, "predictions")])
def test_an_empty_window_is_an_error(reference, rows, said, what):
    """Nothing to compare is not the same as no drift."""
    with pytest.raises(DataError, match=f"no {what} of version 3"):
        drift_of(reference, window(rows), says(said))


def test_a_feature_that_is_not_there_is_named(reference):
    """The error suggests what the column may be called now."""
    with pytest.raises(DataError, match="lack the feature 'temp'. Did you mean 'temp_f'?"):
        drift_of(reference, window().rename({"temp": "temp_f"}), says())


def test_an_incident_opens_once_and_closes_when_it_is_over(reference, tmp_path: Path):
    """From the window that breaks the limit to the first one that keeps it."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    calm = drift_of(reference, window(seed=5), says(seed=5))
    moved = drift_of(reference, window(seed=5), says(seed=5, higher=4))

    for month, drift in [("05", calm), ("06", moved), ("07", moved), ("08", calm)]:
        update_incidents(ledger, "flights", drift.with_columns(window=pl.lit(f"2013-{month}")))

    (incident,) = ledger.incidents("flights")
    assert incident["kind"] == "prediction_drift"
    assert (incident["opened_window"], incident["closed_window"]) == ("2013-06", "2013-08")
    assert "above the limit of 0.200" in incident["opened_details"]["reason"]


def test_a_reference_needs_a_champion():
    """Without one the error says what to do."""
    with pytest.raises(ModelNotFoundError, match="There is no champion to compare"):
        Reference.read(None, None)


def test_the_policy_is_read_from_the_pipeline(workspace: Path):
    """What the section leaves out has its default."""
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    file.write_text(file.read_text() + "\n[monitor]\nprediction_psi = 0.3\n")

    policy = monitor_policy(load_pipeline(workspace, "shop"))

    assert (policy.prediction_psi, policy.feature_js) == (0.3, 0.15)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "prediction_ps = 0.3",
            "monitor.prediction_ps: unknown key. Did you mean 'prediction_psi'?",
        ),
        ("feature_js = 2", "monitor.feature_js: input should be less than or equal to 1; found 2"),
    ],
)
def test_a_wrong_policy_is_explained(workspace: Path, line, message):
    """The error names the file, the key and what was found."""
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    file.write_text(file.read_text() + f"\n[monitor]\n{line}\n")

    with pytest.raises(PipelineError) as caught:
        monitor_policy(load_pipeline(workspace, "shop"))

    assert message in str(caught.value) and str(file) in str(caught.value)


def test_a_sampled_reference_prediction_is_no_drift():
    """Training profiles the predictions of a sample of its rows: that alone must not look like drift."""
    values = pl.Series("prediction", np.random.default_rng(0).random(9000))
    profile = reference_profile(pl.DataFrame({"x": values}), ["x"], values.to_numpy()[::3], values)

    assert column_drift(values, profile["prediction"])["psi"] < 0.01


KINDS = ["low", "mid", "high"]


@pytest.fixture(scope="module")
def kinds() -> Reference:
    """A model of three classes that came equally often."""
    random = np.random.default_rng(1)
    label = pl.Series(random.integers(0, 3, ROWS))
    profile = reference_profile(
        window(), ["temp", "carrier"], random.dirichlet([2, 2, 2], ROWS), label, KINDS
    )
    return Reference(
        3, profile, {"temp": 0.1, "carrier": 0.9}, {"carrier": ["AA", "DL", "UA"]}, KINDS
    )


def decided(*names: str) -> pl.Series:
    """Decisions, one after the other."""
    return pl.Series("decision", list(names) * (ROWS // len(names)))


def test_the_decided_class_is_watched(kinds):
    """Of a multiclass model the decision is compared, not the probability."""
    calm = drift_of(kinds, window(seed=5), decided(*KINDS))
    moved = drift_of(kinds, window(seed=5), decided("high"))

    assert kinds.watched == "decision"
    assert not named(calm, "prediction")["breached"]
    assert named(moved, "prediction")["breached"]


@pytest.mark.parametrize(("share", "breached"), [(1 / 3, False), (0.9, True)])
def test_labels_that_are_known_are_compared(kinds, share, breached):
    """When the classes come in other shares than in training, that is told in a row of its own."""
    random = np.random.default_rng(2)
    rest = (1 - share) / 2
    label = pl.Series(random.choice([0.0, 1.0, 2.0], 600, p=[share, rest, rest]))

    drift = drift_table("w", window(seed=5), decided(*KINDS), kinds, MonitorPolicy(), label)

    assert named(drift, "label")["kind"] == "label"
    assert named(drift, "label")["breached"] is breached


@pytest.mark.parametrize(
    "label", [None, pl.Series([1.0] * 49), pl.Series([None] * 900, dtype=pl.Float64)]
)
def test_few_labels_tell_nothing(reference, label):
    """Without labels, or with a handful, there is no row and a sentence instead."""
    drift = drift_table("w", window(seed=5), says(seed=5), reference, MonitorPolicy(), label)

    assert drift.filter(kind="label").is_empty()
    assert (
        explain_drift(drift, "label")
        == "No drift of the label was measured: there are too few rows."
    )


def test_labels_are_named_as_the_profile_names_them():
    """Codes of classes become names; a value stays what it is."""
    assert named_labels(pl.Series([2.0, 0.0]), KINDS).to_list() == ["high", "low"]
    assert named_labels(pl.Series([2, 0]), []).to_list() == [2.0, 0.0]


def test_drift_of_labels_opens_no_incident(kinds, tmp_path: Path):
    """The first labels to come are seldom a fair sample."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    label = pl.Series([0.0] * 600)
    drift = drift_table("w", window(seed=5), decided(*KINDS), kinds, MonitorPolicy(), label)

    update_incidents(ledger, "parts", drift)

    assert drift["breached"].any()
    assert ledger.incidents("parts") == []


def test_a_window_without_rows_leaves_incidents_as_they_are(reference, tmp_path: Path):
    """Nothing was seen of production in it, so nothing is over."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    drift = drift_of(reference, window(seed=5), says(seed=5, higher=3))
    update_incidents(ledger, "flights", drift)

    told = update_incidents(ledger, "flights", drift.clear())

    assert told == []
    assert len(ledger.incidents("flights", open_only=True)) == 1


def test_equal_predictions_are_drift(reference):
    """A model that says the same of every row has stopped telling them apart."""
    drift = drift_of(reference, window(seed=5), pl.Series("prediction", [0.3] * ROWS))

    assert named(drift, "prediction")["breached"]
