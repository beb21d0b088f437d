"""Rollouts as plain values: who answers how much, what may be chosen, what the guards say."""

from typing import Any

import pytest
from serving import add_version, fill_tables

from aifactory_nb.advance import verdict_on
from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.errors import PipelineNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.registry import promote
from aifactory_nb.rollout import abort, begin, step
from aifactory_nb.rollout_rows import policy_choices, rollout_row, rollout_verdict
from aifactory_nb.settings import Settings

ROW = set(
    "rollout change at champion candidate actor reason policy shares steps next".split()  # noqa: SIM905
)


def event(policy: str = "canary", change: str = "step", **shares: float) -> dict[str, Any]:
    """A row of a rollout of version 2 beside version 1."""
    told = {"rollout": 1, "change": change, "at": "", "champion": 1, "candidate": 2}
    named = {"policy": policy, "steps": [1, 5, 25, 100]}
    return {**told, "policy": named, "actor": "ada", "reason": "", "shares": shares}


@pytest.fixture
def pipeline(settings: Settings) -> Pipeline:
    """The shop."""
    return load_pipeline(settings.workspace, "shop")


@pytest.mark.parametrize(
    ("row", "shares", "following"),
    [
        (event(**{"2": 0.05}), [(1, 0.95), (2, 0.05)], 0.25),
        (event(**{"2": 0.3}), [(1, 0.7), (2, 0.3)], 1.0),
        (event("shadow", **{"2": 0.0}), [(1, 1.0), (2, 0.0)], None),
        (event("bandit", **{"2": 0.1, "3": 0.2}), [(1, 0.7), (2, 0.1), (3, 0.2)], None),
        (event(change="finish"), [(2, 1.0)], None),
        (event(change="abort"), [(1, 1.0)], None),
    ],
)
def test_a_row_tells_who_answers_how_much(
    row: dict[str, Any], shares: list[tuple[int, float]], following: float | None
) -> None:
    """The champion first; of a canary also which share follows."""
    told = rollout_row(row)

    assert set(told) == ROW
    assert [(each["version"], each["share"]) for each in told["shares"]] == shares
    assert told["next"] == following


def test_what_may_be_chosen_follows_from_the_pipeline(pipeline: Pipeline) -> None:
    """A bandit counts decisions, which a regression makes none of; a segment is deployed directly."""
    target = pipeline.target.model_copy(update={"task": "regression"})
    number = pipeline.model_copy(update={"target": target})
    wrong = pipeline.model_copy(update={"deployment": {"policy": "canry"}})

    assert policy_choices(pipeline, "shop") == {
        "policy": "direct",
        "steps": [1, 5, 25, 50, 100],
        "choices": ["direct", "blue-green", "canary", "shadow", "bandit"],
    }
    assert "bandit" not in (policy_choices(number, "shop") or {})["choices"]
    assert policy_choices(pipeline, "shop/region=north") is None
    assert policy_choices(None, "shop") is None and policy_choices(wrong, "shop") is None


@pytest.mark.parametrize("policy", ["canary", "bandit"])
def test_the_guards_are_told_beside_their_limits(
    settings: Settings, pipeline: Pipeline, policy: str
) -> None:
    """Before anything was served they wait; without a rollout there is nothing to tell."""
    _, store = fill_tables(settings)
    for rounds in (3, 4):
        add_version(settings, rounds=rounds)
    ledger = Ledger(settings.ledger_url)
    promote(store, ledger, "shop", 1, "tester", "To begin with.")
    begin(store, ledger, "shop", 2, deployment_policy(pipeline, policy=policy), "ada", "Better.")
    told = rollout_verdict(settings, ledger, "shop") or {}
    under_way = ledger.rollout("shop")
    assert under_way is not None
    abort(ledger, under_way, "ada", "Enough.")

    assert (told["rollout"], told["verdict"]) == (1, "keep") and told["reason"]
    assert told["guards"] == [
        {"name": "errors", "value": None, "limit": 0.01, "rounds": 0, "state": "open", "at": None}
    ]
    assert rollout_verdict(settings, ledger, "shop") is None


def test_failures_are_told_as_a_service_has_counted_them(
    settings: Settings, pipeline: Pipeline
) -> None:
    """It alone knows them: what it wrote down with the last step is shown, with the moment; no other rollout's."""
    _, store = fill_tables(settings)
    for rounds in (3, 4):
        add_version(settings, rounds=rounds)
    ledger, canary = Ledger(settings.ledger_url), deployment_policy(pipeline, policy="canary")
    promote(store, ledger, "shop", 1, "tester", "To begin with.")
    row = begin(store, ledger, "shop", 2, canary, "ada", "Better.")
    counted = verdict_on(store, ledger, pipeline, row, asked=400, failed=2)
    row = step(ledger, row, {2: 0.05}, "aifactory serve", counted.reason, counted.evidence) or {}
    row = step(ledger, row, {2: 0.1}, "ada", "It looks good.") or {}
    (told,) = (rollout_verdict(settings, ledger, "shop") or {})["guards"]
    abort(ledger, row, "ada", "Once more.")
    begin(store, ledger, "shop", 2, canary, "ada", "Once more.")
    (again,) = (rollout_verdict(settings, ledger, "shop") or {})["guards"]

    counted_at = ledger.rollout_events("shop")[1]["at"]
    assert told == {
        "name": "errors",
        "value": 0.005,
        "limit": 0.01,
        "rounds": 400,
        "state": "open",
        "at": counted_at,
    }
    assert (again["rounds"], again["at"]) == (0, None)


def test_a_pipeline_that_is_gone_is_named(settings: Settings) -> None:
    """Its rollout stays in the ledger; nothing can judge it."""
    ledger = Ledger(settings.ledger_url)
    for number in (1, 2):
        ledger.add_model("mill", f"r{number}", f"d{number}", "v{version}", {})
    ledger.set_alias("mill", "champion", 1, "ada", "The first.", {})
    ledger.start_rollout("mill", 1, 2, {2: 0.1}, {"policy": "canary"}, "ada", "Better.", {})

    with pytest.raises(PipelineNotFoundError, match="mill"):
        rollout_verdict(settings, ledger, "mill")
