"""What a pipeline may say about retraining."""

import pytest

from aifactory_nb.retrain_policy import MEASURES, RetrainPolicy


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_each_task_is_judged_by_metrics_that_have_a_limit(task: str) -> None:
    """Every measure names a setting of the policy."""
    assert MEASURES[task]
    assert all(measure.setting in RetrainPolicy.model_fields for measure in MEASURES[task])


def test_features_alone_never_retrain() -> None:
    """A weight that could do it is refused."""
    with pytest.raises(ValueError, match="must be below threshold"):
        RetrainPolicy(weights={"features": 1.0})
