"""Verdicts, limits, and the comparison of two models."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.gate import (
    GateResult,
    action_of,
    champion_gate,
    check_limits,
    compare_auc,
    compare_models,
    compare_paired,
    make_check,
)
from aifactory_nb.pipeline import Limit


def check(passed: bool, severity: str = "critical", column: str = "dest") -> dict:
    return make_check("in_set", column, "known", "found", passed, severity)


def noisy_losses(rows: int, gain: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    champion = generator.exponential(0.5, rows)
    return champion, champion - gain + generator.normal(0, 0.2, rows)


def test_a_critical_check_closes_the_gate():
    """One failed critical check is enough."""
    assert not GateResult("g", [check(True), check(False)]).passed


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_lesser_checks_do_not_close_the_gate(severity):
    """A warning is listed as failed, and the line goes on."""
    result = GateResult("g", [check(False, severity)])

    assert result.passed
    assert len(result.failed) == 1
    assert result.summary == "g: caution, 1 of 1 check failed (dest)"


@pytest.mark.parametrize(
    ("action", "passed"), [("block", False), ("quarantine", True), ("warn", True)]
)
def test_the_action_of_a_check_decides(action, passed):
    """Whatever its severity: a pipeline says what follows."""
    row = make_check("in_set", "dest", "known", "found", False, "info", action=action)

    assert GateResult("g", [row]).passed == passed


def test_an_older_record_is_told_by_its_severity():
    """The ledger holds checks that were written before there were actions."""
    old = {"expectation": "in_set", "column": "dest", "passed": False}

    assert action_of(old) == "block"
    assert action_of({**old, "severity": "warning"}) == "warn"
    assert not GateResult("g", [old]).passed


def test_a_verdict_shows_what_failed_first():
    """In a notebook the reader sees the failed rows before the passed ones, critical before warning."""
    result = GateResult(
        "g",
        [check(True, column="fine"), check(False, "warning", "warned"), check(False, column="bad")],
    )

    shown = result._repr_html_()

    assert shown.index(">bad<") < shown.index(">warned<") < shown.index(">fine<")


def test_a_verdict_escapes_what_the_data_holds():
    """A value of the data cannot become markup in the notebook."""
    row = make_check("in_set", "dest", "known", "<script>", False, sample=["<b>"])

    shown = GateResult("g", [row])._repr_html_()

    assert "<script>" not in shown
    assert "<b>&lt;b&gt;" not in shown


def test_a_verdict_is_plain_json():
    """The ledger stores the checks as JSON, also when numpy made the booleans."""
    result = check_limits({"auc": np.float64(0.7)}, {"auc": {"min": 0.6}})

    assert json.loads(json.dumps(result.checks)) == result.checks


@pytest.mark.parametrize(
    ("value", "limit", "passed"),
    [
        (0.7, {"min": 0.62}, True),
        (0.62, {"min": 0.62}, True),
        (0.61, {"min": 0.62}, False),
        (0.2, {"max": 0.2}, True),
        (0.21, {"max": 0.2}, False),
        (0.5, {"min": 0.4, "max": 0.6}, True),
        (0.7, {"min": 0.4, "max": 0.6}, False),
        (float("nan"), {"min": 0.0}, False),
        (float("inf"), {"min": 0.0}, False),
        (None, {"max": 1.0}, False),
    ],
)
def test_a_metric_must_lie_within_its_limits(value, limit, passed):
    """Bounds are inclusive, and a metric that is not defined does not pass."""
    assert check_limits({"metric": value}, {"metric": limit}).passed is passed


def test_limits_of_a_pipeline_are_taken_as_they_are():
    """The limits of the specification are objects already."""
    assert not check_limits({"auc": 0.5}, {"auc": Limit(min=0.6)}).passed


def test_a_misspelt_metric_is_an_error():
    """The message names the metric that was meant."""
    with pytest.raises(PipelineError, match="'acu'|acu: unknown metric. Did you mean 'auc'"):
        check_limits({"auc": 0.7, "brier": 0.1}, {"acu": {"min": 0.6}})


def test_a_limit_without_bounds_is_an_error():
    """A limit that lets everything through is a slip."""
    with pytest.raises(PipelineError, match="needs min, max or both"):
        check_limits({"auc": 0.7}, {"auc": {}})


def test_no_limits_let_all_through():
    """A pipeline need not have limits."""
    assert check_limits({"auc": 0.1}, {}).passed


def test_a_clear_gain_passes():
    """A challenger that is better by many standard errors wins."""
    comparison = compare_paired(*noisy_losses(2000, gain=0.05))

    assert comparison.passed
    assert comparison.low <= comparison.difference <= comparison.high < 0


def test_a_worse_challenger_does_not_pass():
    """The interval lies on the champion's side."""
    comparison = compare_paired(*noisy_losses(2000, gain=-0.05))

    assert not comparison.passed
    assert comparison.low > 0
    assert comparison.probability_better == 0


def test_the_same_model_does_not_pass():
    """A model is not better than itself."""
    champion, _ = noisy_losses(100)

    assert not compare_paired(champion, champion).passed


def test_a_comparison_is_repeatable():
    """The same arguments give the same result, another seed another interval."""
    losses = noisy_losses(500, gain=0.01)

    assert compare_paired(*losses, seed=1) == compare_paired(*losses, seed=1)
    assert compare_paired(*losses, seed=1).low != compare_paired(*losses, seed=2).low


def test_drawing_in_blocks_changes_nothing(monkeypatch):
    """The result does not depend on how much memory a block may take."""
    losses = noisy_losses(500, gain=0.01)
    at_once = compare_paired(*losses)

    monkeypatch.setattr("aifactory_nb.gate.CHUNK", 1000)

    assert compare_paired(*losses) == at_once


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_equal_models_are_promoted_as_rarely_as_promised(confidence):
    """In trials of models that are equally good, the share that passes is one minus the confidence."""
    trials = [
        compare_paired(
            *noisy_losses(400, seed=seed), confidence=confidence, resamples=200, seed=seed
        )
        for seed in range(1000)
    ]

    promoted = np.mean([trial.passed for trial in trials])

    assert promoted == pytest.approx(1 - confidence, abs=0.03)


def test_without_groups_correlated_rows_promote_too_often():
    """Rows of a day share their luck: drawn one by one, equal models are promoted far too often; drawn by day, they are not."""
    days = np.repeat(np.arange(40), 25)
    passed = {"rows": 0, "days": 0}
    for seed in range(200):
        luck = np.random.default_rng(seed).normal(0, 0.1, 40)[days]
        champion, challenger = noisy_losses(days.size, seed=seed)
        by_row = compare_paired(champion, challenger + luck, resamples=200)
        by_day = compare_paired(champion, challenger + luck, resamples=200, groups=days)
        passed["rows"] += by_row.passed
        passed["days"] += by_day.passed

    assert passed["rows"] > 30
    assert passed["days"] < 22


def test_a_handful_of_rows_proves_nothing():
    """However large the gain, fewer than ten rows or groups do not pass."""
    assert not compare_paired(np.ones(9), np.zeros(9)).passed
    assert compare_paired(np.ones(10), np.zeros(10)).passed
    assert not compare_paired(np.ones(100), np.zeros(100), groups=np.arange(100) % 9).passed


@pytest.mark.parametrize(
    ("champion", "challenger"),
    [([0.1, 0.2], [0.1]), ([], []), ([0.1, float("nan")], [0.1, 0.2]), ([[0.1]], [[0.2]])],
)
def test_losses_that_do_not_match_are_refused(champion, challenger):
    """Unequal, empty, unknown or nested losses are an error of the caller."""
    with pytest.raises(DataError):
        compare_paired(champion, challenger)


def test_groups_must_match_the_rows():
    """One group for each row."""
    with pytest.raises(DataError, match="groups"):
        compare_paired([0.1] * 20, [0.2] * 20, groups=[1, 2])


@pytest.mark.parametrize("decimals", [1, 8])
def test_auc_is_that_of_scikit_learn(decimals):
    """Also when many predictions are tied."""
    generator = np.random.default_rng(3)
    label = generator.integers(0, 2, 500)
    champion, challenger = (
        np.round(label + generator.normal(0, noise, 500), decimals) for noise in (2, 1)
    )

    comparison = compare_auc(label, champion, challenger, resamples=100)

    expected = roc_auc_score(label, champion) - roc_auc_score(label, challenger)
    assert comparison.difference == pytest.approx(expected)


def test_equal_rankings_are_promoted_as_rarely_as_promised():
    """The false promotion rate holds for AUC too."""
    passed = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        label = generator.integers(0, 2, 200)
        champion, challenger = (label + generator.normal(0, 1.5, 200) for _ in range(2))
        passed += compare_auc(label, champion, challenger, resamples=100, seed=seed).passed

    assert passed / 200 == pytest.approx(0.05, abs=0.04)


def test_auc_by_group_draws_groups():
    """Groups are the units of the resampling."""
    label, groups = np.tile([0, 1], 50), np.repeat(np.arange(20), 5)

    comparison = compare_auc(label, 1 - label, label, resamples=100, groups=groups)

    assert comparison.units == 20
    assert comparison.passed


@pytest.mark.parametrize("label", [[1] * 20, [0, 2] * 10])
def test_auc_needs_both_labels(label):
    """With one kind of label there is nothing to rank."""
    with pytest.raises(DataError, match="labels of both kinds"):
        compare_auc(label, np.arange(20), np.arange(20))


@pytest.mark.parametrize("metric", ["log_loss", "brier", "auc", "mae", "mse", "rmse"])
def test_each_metric_sees_the_better_model(metric):
    """All metrics agree on a challenger that is plainly better."""
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 300)
    near, far = (
        np.clip(0.5 + (label - 0.5) * pull + generator.normal(0, 0.1, 300), 0, 1)
        for pull in (0.6, 0.2)
    )

    assert compare_models(metric, label, far, near, resamples=200).passed
    assert not compare_models(metric, label, near, far, resamples=200).passed


def test_certain_and_wrong_is_a_finite_loss():
    """A probability of exactly 0 or 1 does not make the log loss infinite."""
    comparison = compare_models("log_loss", [0, 1] * 20, [0.5] * 40, [1.0, 1.0] * 20)

    assert np.isfinite(comparison.difference)


def test_an_unknown_metric_is_an_error():
    """The message names the metric that was meant."""
    with pytest.raises(PipelineError, match="Did you mean 'log_loss'"):
        compare_models("logloss", [0, 1], [0.1, 0.2], [0.1, 0.2])


def test_the_verdict_tells_how_sure_it_is():
    """The check of the gate holds the difference, its interval and the number of draws."""
    comparison = compare_paired(*noisy_losses(2000, gain=0.05))

    verdict = champion_gate("log_loss", comparison)

    assert verdict.passed
    assert verdict.checks[0]["column"] == "log_loss"
    assert "2,000 drawn" in verdict.checks[0]["found"]


CLASSES = np.array([0, 1, 2] * 40)


def probabilities(certainty: float) -> np.ndarray:
    """Probabilities of three classes; the true one has this much more than the others."""
    return (np.eye(3)[CLASSES] * certainty + 1) / (3 + certainty)


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_classes_are_compared_row_by_row(metric):
    """A challenger that is surer of the true class is better."""
    comparison = compare_models(metric, CLASSES, probabilities(1), probabilities(2))

    assert comparison.passed
    assert comparison.difference < 0


def test_classes_have_no_paired_area():
    """AUC of several classes is not compared, and the message names what can be."""
    with pytest.raises(PipelineError, match="'mae' cannot be compared. Known: brier, log_loss"):
        compare_models("mae", CLASSES, probabilities(1), probabilities(2))


@pytest.mark.parametrize("metric", ["log_loss", "auc"])
def test_rows_without_weight_decide_nothing(metric):
    """Rows of weight 0 may say what they like."""
    label, old = np.array([0.0, 1.0] * 100), np.full(200, 0.5)
    new = np.where(label == 1, 0.7, 0.3)
    weight = (np.arange(200) < 100).astype(float)
    worse = np.where(weight == 1, new, 1 - new)

    found = compare_models(metric, label, old, worse, weight=weight)

    assert found.passed
    assert found.difference == pytest.approx(compare_models(metric, label, old, new).difference)


def test_impossible_weights_are_an_error():
    """A comparison with negative weights means nothing."""
    with pytest.raises(DataError, match="weight must hold 2 numbers"):
        compare_paired([0.1, 0.2], [0.2, 0.3], weight=[-1, 1])
