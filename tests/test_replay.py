"""The plan of a replay."""

from datetime import datetime
from pathlib import Path

import pytest

from aifactory_nb.errors import DataError, ParameterError, PipelineError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.replay import free_copy, parse_period, refuse_beyond_data, replay_requests
from aifactory_nb.settings import Settings


def test_a_replay_builds_then_operates_each_window_then_reports(workspace: Path) -> None:
    """The first model sees only what is before the first window, and stays as the shadow."""
    build, *operate, report = replay_requests(
        load_pipeline(workspace, "shop"), "2024-03", "2024-05"
    )

    assert (build.window.start, build.window.end) == (datetime(2024, 1, 1), datetime(2024, 3, 1))
    assert build.parameters == {"deploy": {"shadow": True}}
    assert [request.window.label for request in operate] == ["2024-03", "2024-04", "2024-05"]
    assert list(report.stages) == ["report"]


def test_history_has_no_time_for_a_rollout(workspace: Path) -> None:
    """A version goes live at once, whatever the policy of the pipeline is."""
    pipeline = load_pipeline(workspace, "shop")
    pipeline.deployment.update(policy="canary")

    build, *operate, _ = replay_requests(pipeline, "2024-03", "2024-05")

    assert build.parameters == {"deploy": {"shadow": True, "policy": "direct"}}
    assert all(request.parameters == {"deploy": {"policy": "direct"}} for request in operate)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2024-05", "2024-03", "--from 2024-05 is after --to 2024-03"),
        ("2024-01", "2024-03", "the first model needs data before it"),
        ("spring", "2024-03", "found 'spring'"),
    ],
)
def test_windows_that_make_no_sense_are_refused(
    workspace: Path, first: str, last: str, message: str
) -> None:
    """Order, history and form of the windows are checked."""
    with pytest.raises(ParameterError, match=message):
        replay_requests(load_pipeline(workspace, "shop"), first, last)


@pytest.mark.parametrize("text", ["2013-13", "2013", "", "2013-04-01..", "2013-04..2013-06", "may"])
def test_a_window_that_is_none_is_told_as_it_was_typed(text: str) -> None:
    """With what a window looks like."""
    with pytest.raises(ParameterError, match=f"A window is a month such as .* found '{text}'"):
        parse_period(text, "1mo")


def test_a_window_does_not_end_before_it_begins() -> None:
    """Nor at once."""
    with pytest.raises(ParameterError, match="ends before it begins"):
        parse_period("2013-04-01..2013-04-01", "1mo")
    with pytest.raises(ParameterError, match="9999-12 ends behind all dates that there are"):
        parse_period("9999-12", "1mo")


def test_windows_beyond_the_data_are_refused(workspace: Path) -> None:
    """There is nothing to replay after the last row."""
    pipeline = load_pipeline(workspace, "shop")
    with pytest.raises(DataError, match="there is nothing to replay for 2025-01"):
        refuse_beyond_data(pipeline, replay_requests(pipeline, "2024-03", "2025-01"))


def test_a_pipeline_without_time_cannot_be_replayed(workspace: Path) -> None:
    """A replay needs a time column."""
    pipeline = load_pipeline(workspace, "shop").model_copy(update={"window": None})
    with pytest.raises(PipelineError, match="a replay needs data.time"):
        replay_requests(pipeline, "2024-03", "2024-04")


def test_each_replay_gets_a_copy_of_its_own(settings: Settings) -> None:
    """Names of copies are not used twice."""
    ledger = Ledger(settings.ledger_url)
    names = []
    for number in range(2):
        names.append(free_copy(ledger, "shop"))
        ledger.start_run(f"run{number}", names[-1], "replay", {}, 1)

    assert names == ["shop@replay", "shop@replay2"]


def test_the_report_of_a_build_is_left_out(workspace: Path) -> None:
    """A replay has one report, at its end: not one more for the first model."""
    pipeline = load_pipeline(workspace, "shop")
    requests = replay_requests(pipeline, "2024-03", "2024-04")

    assert "report" in pipeline.lines.build
    assert [("report" in request.stages) for request in requests] == [False, False, False, True]
