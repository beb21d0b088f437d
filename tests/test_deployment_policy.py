"""What `[deployment]` of a pipeline may say."""

import pytest

from aifactory_nb.deployment_policy import deployment_policy
from aifactory_nb.errors import PipelineError
from aifactory_nb.pipeline import Privacy, load_pipeline
from aifactory_nb.settings import Settings


def test_without_a_section_promotions_are_direct(settings: Settings):
    """A pipeline that says nothing goes on as before."""
    assert deployment_policy(load_pipeline(settings.workspace, "shop")).policy == "direct"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"policy": "canari"}, "Did you mean 'canary'"),
        ({"stepps": [1]}, "Did you mean 'steps'"),
        ({"steps": [50, 10]}, "percentages that grow"),
        ({"steps": [0, 10]}, "percentages that grow"),
        ({"guards": {"latency": 0}}, "deployment.guards.latency"),
        ({"alpha": 0.6}, "deployment.alpha"),
    ],
)
def test_what_does_not_fit_is_told(settings: Settings, changes, told):
    """The key, what was found, and what it may be."""
    with pytest.raises(PipelineError, match=told.replace("[", r"\[")):
        deployment_policy(load_pipeline(settings.workspace, "shop"), **changes)


def test_steps_end_with_all_of_the_traffic(settings: Settings):
    """A canary that is never told to end ends at 100 %."""
    found = deployment_policy(load_pipeline(settings.workspace, "shop"), steps=[5, 20])

    assert found.steps == [5, 20, 100]


def test_a_bandit_needs_decisions(settings: Settings):
    """A regression has none that come true or not."""
    pipeline = load_pipeline(settings.workspace, "shop")
    target = pipeline.target.model_copy(update={"task": "regression"})

    with pytest.raises(PipelineError, match="Use canary"):
        deployment_policy(pipeline.model_copy(update={"target": target}), policy="bandit")


def test_who_is_answered_by_whom_must_be_told_afterwards(settings: Settings):
    """A column that is not written down cannot decide it."""
    pipeline = load_pipeline(settings.workspace, "shop")
    private = pipeline.model_copy(update={"privacy": Privacy(drop=["customer"])})

    with pytest.raises(PipelineError, match="customer, which .privacy. drops"):
        deployment_policy(private, sticky=["customer"])
