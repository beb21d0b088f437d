"""A verdict follows from the answers and the labels that are in the tables."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.guards import answers_since, decide, error_finding, judge
from aifactory_nb.pipeline import Target
from aifactory_nb.store import Store

TARGET = Target(column="returned", task="binary")
NOW = datetime.now(UTC).replace(tzinfo=None)
AGO = NOW - timedelta(hours=1)
START = {"at": AGO.isoformat() + "+00:00"}


def rollout(policy: str = "canary", **settings) -> dict:
    named = DeploymentPolicy(policy=policy, step_seconds=0, **settings).model_dump()
    return {"champion": 1, "candidate": 2, "shares": {"2": 0.3}, "policy": named, **START}


def served(
    rows: int = 3000, worse: float = 0.0, slow: float = 0.0, higher: float = 0.0, seed: int = 3
):
    """Answers of two versions and what came true; the newcomer may be worse, slower or higher."""
    random = np.random.default_rng(seed)
    new = random.random(rows) < 0.3
    truth = random.beta(2.0, 2.0, rows)
    noise = worse * random.choice([-1.0, 1.0], rows) * new
    prediction = np.clip(truth + noise + higher * new, 0.0, 1.0)
    milliseconds = np.where(random.random(rows) < slow * new, 90.0, 2.0)
    answers = pl.DataFrame(
        {
            "prediction_id": [f"p{number}" for number in range(rows)],
            "request_id": [f"r{number}" for number in range(rows)],
            "at": [AGO + timedelta(milliseconds=100 * number) for number in range(rows)],
            "alias": np.where(new, "challenger", "champion"),
            "version": np.where(new, 2, 1),
            "prediction": prediction,
            "decision": np.where(prediction >= 0.5, "true", "false"),
            "milliseconds": milliseconds,
            "row": [{"order": number} for number in range(rows)],
        }
    )
    feedback = pl.DataFrame(
        {
            "feedback_id": [f"f{number}" for number in range(rows)],
            "prediction_id": answers["prediction_id"],
            "key": pl.Series([None] * rows, dtype=pl.Struct({"order": pl.Int64})),
            "label": (random.random(rows) < truth).astype(float),
            "known_at": answers["at"],
            "received_at": answers["at"].shuffle(1),
        }
    )
    return answers, feedback


def store_of(tmp_path, answers: pl.DataFrame, feedback: pl.DataFrame | None = None) -> Store:
    store = Store(tmp_path, "shop")
    store.write("served", answers)
    if feedback is not None:
        store.write("feedback", feedback)
    return store


def verdict_of(tmp_path, row: dict | None = None, labels: bool = True, **how):
    answers, feedback = served(**how)
    store = store_of(tmp_path, answers, feedback if labels else None)
    return judge(store, row or rollout(), START, TARGET, ["order"])


def test_a_version_that_is_no_worse_grows(tmp_path):
    """All guards hold, and the evidence says on how many rounds."""
    verdict = verdict_of(tmp_path)

    assert verdict.change == "grow", verdict.reason
    assert {found["measure"] for found in verdict.evidence["findings"]} == {
        "errors",
        "latency",
        "predictions",
        "spread",
        "quality",
    }


@pytest.mark.parametrize(
    ("how", "guard"),
    [({"slow": 0.4}, "latency"), ({"higher": 0.3}, "predictions"), ({"worse": 0.45}, "quality")],
)
def test_each_guard_sends_a_version_back(tmp_path, how, guard):
    """The reason names the guard with what was found and what is allowed."""
    verdict = verdict_of(tmp_path, **how)

    assert verdict.change == "back" and f"{guard} +0." in verdict.reason
    assert "(at most " in verdict.reason


def test_requests_that_fail_send_a_version_back(tmp_path):
    """They leave no row in the table; the service counts them."""
    verdict = decide([error_finding(200, 30, 0.01)], DeploymentPolicy(), 0, 0.0)

    assert verdict.change == "back" and "errors +0.150" in verdict.reason


def test_it_waits_for_enough_requests_and_time(tmp_path):
    """A step lasts as long as the policy says, whatever the guards say."""
    few = verdict_of(tmp_path / "few", rollout(step_requests=5000))
    policy = DeploymentPolicy(step_seconds=7200.0)

    assert few.change == "keep" and "of 5,000 requests" in few.reason
    assert decide([], policy, 1000, 3600.0).change == "keep"


def test_it_waits_for_labels_where_they_are_needed(tmp_path):
    """With `needs_labels` quality must be shown; without, it only must not be shown to be worse."""
    needed = verdict_of(tmp_path / "needed", rollout(needs_labels=True), rows=700, worse=0.1)
    without = verdict_of(tmp_path / "without", labels=False)

    assert needed.change == "keep" and "Not shown to hold yet: quality" in needed.reason
    assert without.change == "grow"


def test_a_key_counts_once(tmp_path):
    """A customer who asks a hundred times is one customer, by the first request."""
    answers, _ = served(rows=600)
    same = answers.with_columns(row=pl.lit({"order": 1}, dtype=pl.Struct({"order": pl.Int64})))

    assert answers_since(answers.lazy(), rollout(), AGO, ["order"]).height == 600
    assert answers_since(same.lazy(), rollout(), AGO, ["order"]).height == 1


def test_answers_before_the_rollout_do_not_count(tmp_path):
    """Nor do those of other versions and aliases."""
    answers, _ = served(rows=600)
    late = AGO + timedelta(seconds=30)
    others = answers.with_columns(version=pl.lit(7, pl.Int64))

    found = answers_since(pl.concat([answers, others]).lazy(), rollout(), late, ["order"])

    assert found.height == 300 and set(found["version"]) == {1, 2}


def test_answers_of_segments_do_not_count():
    """The champion of a segment has a version number of its own, which may be that of either."""
    answers, _ = served(rows=600)
    of_segment = pl.when(pl.int_range(pl.len()) < 200).then(pl.lit("region=north"))

    found = answers_since(
        answers.with_columns(segment=of_segment).lazy(), rollout(), AGO, ["order"]
    )

    assert found.height == 400


def test_a_shadow_is_compared_in_pairs(tmp_path):
    """Each request was answered by both, so a small difference is found in few of them."""
    random = np.random.default_rng(5)
    answers, feedback = served(rows=400)
    champion = answers.with_columns(alias=pl.lit("champion"), version=pl.lit(1))
    shadow = champion.with_columns(
        alias=pl.lit("shadow"),
        version=pl.lit(2),
        at=pl.col("at") + timedelta(milliseconds=3),
        prediction=pl.Series(random.random(400)),
    )
    store = store_of(tmp_path, pl.concat([champion, shadow]), feedback)
    row = rollout("shadow") | {"shares": {"2": 0.0}}

    verdict = judge(store, row, START, TARGET, ["order"])

    rounds = {finding.measure: finding.rounds for finding in verdict.findings}
    assert (rounds["latency"], rounds["quality"]) == (400, 400)
    assert verdict.change == "back" and "quality" in verdict.reason
