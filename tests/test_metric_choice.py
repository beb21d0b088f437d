"""Which metric decides between two models."""

import pytest

from aifactory_nb.errors import PipelineError
from aifactory_nb.metric_choice import better_side, champion_metric, lower_is_better
from aifactory_nb.pipeline import ChampionGate


def test_of_losses_less_is_better() -> None:
    """Errors and losses, and no share of what was right."""
    assert lower_is_better("rmse") and not lower_is_better("accuracy")


@pytest.mark.parametrize(
    ("task", "metric"), [("binary", "log_loss"), ("multiclass", "log_loss"), ("regression", "mae")]
)
def test_the_task_decides_where_the_pipeline_does_not(task: str, metric: str) -> None:
    """Without a metric in the file, probabilities are compared by log loss and values by absolute error."""
    assert champion_metric(ChampionGate(), task) == metric


@pytest.mark.parametrize(
    ("task", "metric"), [("regression", "log_loss"), ("binary", "mae"), ("multiclass", "auc")]
)
def test_a_metric_of_another_task_is_refused(task: str, metric: str) -> None:
    """What the file names must be a metric of the task."""
    with pytest.raises(PipelineError, match=f"'{metric}' cannot be compared for a {task} target"):
        champion_metric(ChampionGate(metric=metric), task)


@pytest.mark.parametrize(
    ("metric", "better"), [("log_loss", "left"), ("auc", "right"), ("base_rate", ""), ("own", "")]
)
def test_the_better_of_two_values_follows_from_the_metric(metric: str, better: str) -> None:
    """Of what is neither a loss nor a gain, none is; nor where one is not known, or both are equal."""
    assert better_side(metric, 0.2, 0.3) == better
    assert better_side(metric, 0.2, 0.2) == better_side(metric, None, 0.2) == ""
