"""The decision to retrain: what counts, what does not, and what it says."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory_nb.errors import ModelNotFoundError, PipelineError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.retrain import (
    Champion,
    Decision,
    Evidence,
    Reason,
    count_new_labels,
    decide,
    rows_as_of,
)
from aifactory_nb.retrain_policy import RetrainPolicy, Weights, retrain_policy

TRAINED, NOW = datetime(2013, 4, 1), datetime(2013, 6, 1)
CHAMPION = Champion(
    version=2,
    task="binary",
    trained_until=TRAINED,
    training_rows=10_000,
    evaluation={"auc": 0.70, "brier": 0.170, "log_loss": 0.52},
    label_mean=0.25,
)
FORECAST = Champion(
    version=2,
    task="regression",
    trained_until=TRAINED,
    training_rows=10_000,
    evaluation={"mae": 40.0, "rmse": 60.0},
    label_mean=-200.0,
)
AS_EXPECTED = {
    "auc": 0.70,
    "brier": 0.170,
    "log_loss": 0.52,
    "base_rate": 0.25,
    "mean_prediction": 0.25,
}


def quality(
    month: str = "2013-05",
    version: int = 2,
    alias: str = "champion",
    rows: int = 9_000,
    labelled: int = 8_500,
    **values: float | None,
) -> pl.DataFrame:
    """Rows of the table `quality` of one month; what is not given is as at evaluation."""
    group = {
        "window": month,
        "alias": alias,
        "version": version,
        "rows": rows,
        "labelled": labelled,
    }
    metrics = {**AS_EXPECTED, **values}
    table = [{**group, "metric": name, "value": value} for name, value in metrics.items()]
    return pl.DataFrame(table, schema_overrides={"value": pl.Float64})


def drift(
    psi: float = 0.01, js: float = 0.01, chance: float = 0.001, version: int = 2
) -> pl.DataFrame:
    """Rows of the table `drift` of one window."""
    return pl.DataFrame(
        {
            "version": [version] * 3,
            "kind": ["prediction", "total", "feature"],
            "name": ["prediction", "all features", "temp"],
            "psi": [float(psi), None, 99.0],
            "js": [0.0, float(js), 1.0],
            "chance": [chance, None, 0.001],
        }
    )


def evidence(**changes: object) -> Evidence:
    """A window in which everything is as it was at evaluation."""
    calm = Evidence("2013-05", NOW, quality(), drift(), new_rows=0)
    return replace(calm, **changes)  # type: ignore[arg-type]


def decision_on(
    policy: RetrainPolicy | None = None, champion: Champion = CHAMPION, **changes: object
) -> Decision:
    """The decision on a calm window with some changes."""
    return decide(champion, evidence(**changes), policy or RetrainPolicy())


def points(decision: Decision) -> dict[str, float]:
    """The names of the reasons that gave points."""
    return {reason.name: reason.score for reason in decision.reasons if reason.score}


def reason(decision: Decision, name: str) -> Reason:
    """One reason by name."""
    return next(reason for reason in decision.reasons if reason.name == name)


def test_a_calm_window_keeps_the_champion():
    """Nothing is beyond its limit: no points."""
    decision = decision_on()

    assert not decision.retrain
    assert decision.text == "Keep version 2: 0.0 of 1.0 points (nothing)."


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"auc": 0.67}, "AUC"),
        ({"brier": 0.182}, "Brier"),
        ({"log_loss": 0.56}, "log loss"),
    ],
)
def test_worse_realised_quality_triggers_alone(changed, name):
    """One metric beyond its limit is enough."""
    decision = decision_on(quality=quality(**changed))

    assert decision.retrain
    assert points(decision) == {name: 1.0}


def test_the_sentence_tells_value_reference_and_limit():
    """A person can check it against the tables."""
    decision = decision_on(quality=quality(brier=0.182))

    assert reason(decision, "Brier").text == (
        "Brier of 2013-05 is 0.182, 0.012 above the 0.170 at evaluation (limit 0.005)."
    )


def test_better_realised_quality_is_no_reason():
    """A higher AUC and a lower Brier do not count, however far they are off."""
    assert points(decision_on(quality=quality(auc=0.95, brier=0.05, log_loss=0.2))) == {}


def test_a_kind_of_evidence_counts_once():
    """AUC, Brier and log loss tell the same story: one weight, not three."""
    decision = decision_on(quality=quality(auc=0.5, brier=0.3, log_loss=0.9))

    assert points(decision) == {"AUC": 1.0}
    assert reason(decision, "Brier").beyond


def test_drifted_predictions_give_points_but_need_company():
    """Predictions that move are a sign, not a proof."""
    decision = decision_on(drift=drift(psi=5.0))

    assert points(decision) == {"prediction drift": 0.6}
    assert not decision.retrain


def test_drifted_predictions_and_new_data_trigger_together():
    """The model answers differently, and there is something new to learn."""
    decision = decision_on(drift=drift(psi=0.2), new_rows=3_000)

    assert decision.retrain
    assert points(decision) == {"prediction drift": 0.6, "new data": 0.6}
    assert decision.text == "Train a new model: 1.2 of 1.0 points (prediction drift, new data)."


def test_prediction_drift_within_chance_is_no_reason():
    """A small window may differ by chance alone."""
    assert points(decision_on(drift=drift(psi=0.4, chance=0.5))) == {}


def test_a_gap_between_prediction_and_truth_gives_points():
    """The model predicts a rate that does not come true."""
    decision = decision_on(quality=quality(base_rate=0.22, mean_prediction=0.26))

    assert points(decision) == {"calibration": 0.5}


def test_a_label_rate_that_moved_gives_points():
    """More comes true than in training, even if the model has noticed."""
    decision = decision_on(quality=quality(base_rate=0.32, mean_prediction=0.31))

    assert points(decision) == {"label rate": 0.5}
    assert "0.070 above the 0.250 in training" in reason(decision, "label rate").text


def test_new_labelled_data_gives_points():
    """More than a fifth of the training rows is new."""
    decision = decision_on(new_rows=2_001)

    assert points(decision) == {"new data": 0.6}
    assert reason(decision, "new data").text == (
        "2,001 labels became known since version 2 was trained on 10,000 rows: 20% (limit 20%)."
    )


def test_a_schedule_triggers_alone():
    """With a limit on age, an old model is reason enough."""
    decision = decision_on(RetrainPolicy(max_age_days=60))

    assert decision.retrain
    assert points(decision) == {"age": 1.0}


def test_without_a_schedule_age_is_no_reason():
    """Nothing is said about it."""
    assert "age" not in [reason.name for reason in decision_on().reasons]


@given(
    psi=st.floats(0, 1e6),
    js=st.floats(0, 1),
    weight=st.floats(0, 1, exclude_max=True),
    limit=st.floats(1e-6, 1),
)
def test_drift_of_features_never_triggers_alone(psi, js, weight, limit):
    """Whatever its size, its weight and its limit: the policy cannot even be written that way."""
    policy = RetrainPolicy(feature_js=limit, weights=Weights(features=weight))
    features = drift(js=js).with_columns(
        psi=pl.when(pl.col("kind") == "feature").then(pl.lit(psi)).otherwise("psi")
    )

    assert not decision_on(policy, drift=features).retrain


def test_a_weight_that_lets_features_trigger_is_refused():
    """The error says why."""
    with pytest.raises(ValueError, match="does not tell that a model got worse"):
        RetrainPolicy(weights=Weights(features=1.0))


def test_the_cool_down_holds_any_evidence():
    """Everything is wrong, but the model is three weeks old less an hour."""
    bad = quality(auc=0.5, brier=0.4, base_rate=0.6)
    soon = TRAINED + timedelta(days=21, hours=-1)

    decision = decision_on(quality=bad, drift=drift(psi=9, js=1), new_rows=99_999, as_of=soon)

    assert decision.score > decision.threshold
    assert not decision.retrain
    assert decision.text.endswith("but the cool-down is not over.")


def test_the_cool_down_ends_on_its_last_day():
    """Exactly the days that the policy says."""
    decision = decision_on(quality=quality(auc=0.5), as_of=TRAINED + timedelta(days=21))

    assert decision.retrain


def test_unknown_quality_is_said_not_guessed():
    """Before the first labels come, there are no points and a sentence that says so."""
    decision = decision_on(quality=None, drift=None)

    assert points(decision) == {}
    assert reason(decision, "realised quality").beyond is None
    assert "its quality is not known" in reason(decision, "realised quality").text
    assert "No drift of predictions was measured" in reason(decision, "prediction drift").text


@pytest.mark.parametrize(
    "unfit",
    [
        {"rows": 1_000, "labelled": 900},
        {"rows": 20_000},
        {"version": 1},
        {"alias": "shadow"},
    ],
    ids=["few labels", "low coverage", "another version", "the shadow"],
)
def test_a_month_that_cannot_be_judged_is_left_out(unfit):
    """Too few labels, or predictions that are not the champion's, are no evidence about it."""
    decision = decision_on(quality=quality(auc=0.5, **unfit))

    assert points(decision) == {}
    assert "realised quality" in [reason.name for reason in decision.reasons]


def test_the_latest_month_that_can_be_judged_counts():
    """May is bad and judged, April was good, June has hardly any labels."""
    months = [quality("2013-04"), quality("2013-05", auc=0.6), quality("2013-06", labelled=9)]

    decision = decision_on(quality=pl.concat(months))

    assert points(decision) == {"AUC": 1.0}
    assert reason(decision, "AUC").text.startswith("AUC of 2013-05 is 0.600")


def test_small_months_are_judged_together():
    """Three months of 400 labels are enough where 1,000 are needed; the oldest is left out."""
    values = {"2013-02": 0.10, "2013-03": 0.60, "2013-04": 0.66, "2013-05": 0.69}
    months = [quality(month, rows=400, labelled=400, auc=auc) for month, auc in values.items()]

    decision = decision_on(quality=pl.concat(months))

    assert reason(decision, "AUC").text.startswith("AUC of 2013-03 to 2013-05 is 0.650")


def test_months_count_by_their_labels():
    """A mean over months gives each label the same weight."""
    months = [
        quality("2013-04", rows=900, labelled=900, auc=0.70),
        quality("2013-05", rows=300, labelled=300, auc=0.50),
    ]

    decision = decision_on(quality=pl.concat(months))

    assert reason(decision, "AUC").value == pytest.approx(0.65)


def test_a_metric_without_a_value_is_said():
    """A month in which nothing was late has no AUC; the others still count."""
    decision = decision_on(quality=quality(auc=None, brier=0.3))

    assert reason(decision, "AUC").text == "AUC of 2013-05 has no value."
    assert points(decision) == {"Brier": 1.0}


def test_drift_of_another_version_is_no_evidence():
    """After a promotion the old model's drift says nothing about the new one."""
    assert points(decision_on(drift=drift(psi=5, js=1, version=1))) == {}


def test_a_regression_is_judged_by_relative_errors():
    """An MAE of 45 against 40 is 12.5 % worse; the limit is 10 %."""
    errors = {"mae": 45.0, "rmse": 60.0, "mean_label": -200.0, "mean_prediction": -203.0}

    decision = decision_on(champion=FORECAST, quality=quality(**errors))

    assert points(decision) == {"MAE": 1.0}
    assert "5.000 above the 40.000 at evaluation (limit 4.000)" in reason(decision, "MAE").text


def test_a_regression_that_misses_the_mean_gives_points():
    """The gap is held against the mean label of training, whatever its sign."""
    errors = {"mae": 40.0, "rmse": 60.0, "mean_label": -200.0, "mean_prediction": -190.0}

    decision = decision_on(champion=FORECAST, quality=quality(**errors))

    assert points(decision) == {"calibration": 0.5}


def test_data_without_times_has_no_cool_down():
    """It is said, and does not hold the decision."""
    timeless = replace(CHAMPION, trained_until=None)

    decision = decision_on(champion=timeless, quality=quality(auc=0.5), as_of=None)

    assert decision.retrain
    assert "no times" in reason(decision, "cool-down").text


def test_the_same_evidence_gives_the_same_decision():
    """In any order of rows."""
    tables = [quality("2013-04"), quality("2013-05", brier=0.2)]
    first = decision_on(quality=pl.concat(tables), drift=drift(psi=0.3))

    second = decision_on(quality=pl.concat(tables[::-1]).reverse(), drift=drift(psi=0.3).reverse())

    assert first == second


def test_the_score_is_the_sum_of_the_points():
    """An auditor can add it up."""
    decision = decision_on(
        quality=quality(brier=0.3, base_rate=0.4), drift=drift(psi=1, js=1), new_rows=9_999
    )

    assert decision.score == pytest.approx(sum(points(decision).values())) == pytest.approx(3.1)


def test_a_decision_is_one_row_of_the_ledger(tmp_path: Path):
    """With all reasons, each with a name of its own; a stage that runs twice has decided once."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    decision = decision_on(quality=quality(brier=0.182))

    for _ in range(2):
        ledger.record_decision(
            "flights", "r1", "2013-05", decision.retrain, decision.score, decision.reason_rows()
        )

    (row,) = ledger.decisions("flights")
    names = [reason["name"] for reason in row["reasons"]]
    assert row["retrain"] and row["score"] == 1.0
    assert len(names) == len(set(names)) == len(decision.reasons)


def test_only_labels_that_came_after_the_training_are_new():
    """From the end of the training, up to but without the moment of the decision."""
    known_at = [TRAINED - timedelta(seconds=1), TRAINED, NOW - timedelta(seconds=1), NOW]

    assert count_new_labels(pl.LazyFrame({"known_at": known_at}), CHAMPION, NOW) == 2


def test_without_times_labels_beyond_the_training_rows_are_new():
    """There is nothing else to tell them by."""
    labels = pl.LazyFrame({"known_at": pl.Series([None] * 10_007, dtype=pl.Datetime("us"))})

    assert count_new_labels(labels, replace(CHAMPION, trained_until=None), None) == 7


def test_rows_of_another_moment_are_stale():
    """What was measured a month ago is not what is known now."""
    table = pl.LazyFrame({"as_of": [TRAINED, NOW, None], "value": [1, 2, 3]})

    assert rows_as_of(table, NOW)["value"].to_list() == [2]
    assert rows_as_of(table, None)["value"].to_list() == [3]


def test_there_is_nothing_to_decide_without_a_champion():
    """The error says what to do."""
    with pytest.raises(ModelNotFoundError, match="There is no champion to retrain"):
        Champion.read(None, None)


def test_the_policy_is_read_from_the_pipeline(workspace: Path):
    """What the section leaves out has its default."""
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    file.write_text(file.read_text() + "\n[retrain]\ncooldown_days = 7\nweights = {data = 1.0}\n")

    policy = retrain_policy(load_pipeline(workspace, "shop"))

    assert (policy.cooldown_days, policy.weights.data, policy.weights.quality) == (7, 1.0, 1.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("auc_dorp = 0.1", "retrain.auc_dorp: unknown key. Did you mean 'auc_drop'?"),
        ("weights = {feature = 0.1}", "weights.feature: unknown key. Did you mean 'features'?"),
        ("cooldown_days = -1", "retrain.cooldown_days: input should be greater than or equal to 0"),
    ],
)
def test_a_wrong_policy_is_explained(workspace: Path, line, message):
    """The error names the file, the key and what is known."""
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    file.write_text(file.read_text() + f"\n[retrain]\n{line}\n")

    with pytest.raises(PipelineError) as caught:
        retrain_policy(load_pipeline(workspace, "shop"))

    assert message in str(caught.value) and str(file) in str(caught.value)


KINDS = replace(
    CHAMPION, task="multiclass", evaluation={"log_loss": 0.9, "accuracy": 0.7}, label_mean=0.4
)


def class_quality(**values: float | None) -> pl.DataFrame:
    """A month of a model of several classes."""
    plain = {"log_loss": 0.9, "accuracy": 0.7, "mean_prediction": 0.7, "base_rate": 0.4, **values}
    return quality(**plain)


def label_drift(psi: float) -> pl.DataFrame:
    """The row of the table `drift` about labels."""
    return pl.DataFrame(
        {"kind": ["label"], "version": [2], "psi": [psi], "js": [0.0], "chance": [0.01]}
    )


def reasons_of(champion: Champion, **given: object) -> dict[str, Reason]:
    """The reasons of a decision by name."""
    evidence = Evidence(
        **{
            "window": "2013-05",
            "as_of": NOW,
            "quality": None,
            "drift": None,
            "new_rows": 0,
            **given,
        }
    )
    return {reason.name: reason for reason in decide(champion, evidence, RetrainPolicy()).reasons}


def test_classes_are_judged_by_log_loss_and_accuracy():
    """Fewer right decisions than at evaluation are a reason, and calibration is of the decided class."""
    found = reasons_of(KINDS, quality=class_quality(accuracy=0.6))

    assert found["accuracy"].beyond
    assert not found["log loss"].beyond
    assert found["calibration"].beyond
    assert "mean certainty" in found["calibration"].text


@pytest.mark.parametrize(("psi", "beyond"), [(0.05, False), (0.5, True)])
def test_shares_of_classes_are_compared_with_training(psi, beyond):
    """No single rate tells how the classes have moved, so the drift of the labels does."""
    found = reasons_of(KINDS, quality=class_quality(), drift=label_drift(psi))

    assert found["class shares"].beyond is beyond


def test_classes_without_known_labels_have_no_shares():
    """What was not measured is not guessed."""
    assert reasons_of(KINDS, quality=class_quality())["class shares"].beyond is None


def test_a_month_of_a_single_class_still_has_a_decision():
    """Metrics without a value give no points, and their reason says so."""
    found = reasons_of(KINDS, quality=class_quality(log_loss=None, accuracy=None, base_rate=None))

    assert found["log loss"].beyond is None
    assert found["label rate"].text.endswith("has no value.")


def test_a_value_around_zero_has_a_scale():
    """Where the mean label is near zero, its spread says what is far."""
    champion = replace(FORECAST, label_mean=0.01, label_spread=50.0)
    month = quality(mae=40.0, rmse=60.0, mean_label=0.5, mean_prediction=0.6)

    found = reasons_of(champion, quality=month)

    assert not found["calibration"].beyond
    assert not found["label rate"].beyond
