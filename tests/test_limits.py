"""Limits of stages: where they come from, what is tried again, and the pause before it."""

from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import (
    BusyError,
    DataError,
    GateError,
    LedgerError,
    ParameterError,
    PipelineError,
    SecretError,
    StageError,
    StoreError,
    TemplateError,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.limits import Limits, may_pass, pause_before, stage_limits
from aifactory_nb.notebook import NotebookError
from aifactory_nb.outcome import Outcome
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request, specification_digest
from aifactory_nb.runner import start_run
from aifactory_nb.settings import ExecutorSettings, Settings
from aifactory_nb.stage import time_window

LIMITS = """
[lines]
build = ["make"]

[execution]
retries = 2
backoff = 0.01

[execution.stages.make]
timeout = 30
cell_timeout = 1.5
"""


def add(workspace: Path, text: str) -> None:
    """Write more into the pipeline `shop`."""
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + text)


def carry_out(settings: Settings, events: list) -> Outcome:
    """Run `make` of `shop`."""
    pipeline = load_pipeline(settings.workspace, "shop")
    request = Request(["make"], time_window(pipeline))
    return start_run(settings, pipeline, [request], listener=events.append).execute()


def test_what_is_nearest_to_the_stage_holds(settings: Settings) -> None:
    """Its own section, then that of the pipeline, then the settings."""
    add(settings.workspace, LIMITS)
    pipeline = load_pipeline(settings.workspace, "shop")

    assert stage_limits(ExecutorSettings(), pipeline, "make") == Limits(30, 1.5, 2, 0.01)
    assert stage_limits(ExecutorSettings(), pipeline, "other") == Limits(3600, 0, 2, 0.01)


def test_limits_are_not_part_of_what_a_result_follows_from(settings: Settings) -> None:
    """A longer time-out runs nothing again."""
    before = specification_digest(load_pipeline(settings.workspace, "shop"))
    add(settings.workspace, LIMITS)

    assert specification_digest(load_pipeline(settings.workspace, "shop")) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n[execution]\nretry = 1\n", "execution.retry: unknown key. Did you mean 'retries'"),
        ("\n[execution]\ntimeout = 0\n", "execution.timeout: .*greater than 0"),
        ("\n[execution.stages.train]\nretries = -1\n", "execution.stages.train.retries"),
    ],
)
def test_a_slip_is_named(settings: Settings, text: str, message: str) -> None:
    """As in every section of a pipeline."""
    add(settings.workspace, text)
    with pytest.raises(PipelineError, match=message):
        load_pipeline(settings.workspace, "shop")


def test_limits_of_a_stage_that_is_in_no_line_are_refused(settings: Settings) -> None:
    """Its name is likely misspelt."""
    write_notebook(settings.workspace, "make", stage_cells("make"))
    add(settings.workspace, "\n[execution.stages.trian]\nretries = 1\n")
    with pytest.raises(PipelineError, match=r"\[execution.stages.trian\].*Did you mean 'train'"):
        carry_out(settings, [])


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (StageError("the kernel did not start"), True),
        (LedgerError("away"), True),
        (StoreError("away"), True),
        (BusyError("another run"), True),
        (NotebookError(1, "the kernel died"), True),
        (NotebookError(1, "ConnectionError: reset", error_name="ConnectionError"), True),
        (NotebookError(1, "away", error_name="StoreError"), True),
        (ParameterError("unknown"), False),
        (SecretError("missing"), False),
        (TemplateError("no cells"), False),
        (GateError("not passed"), False),
        (DataError("no rows"), False),
        (NotebookError(1, "no rows", error_name="DataError"), False),
        (NotebookError(1, "no model", error_name="ModelNotFoundError"), False),
        (NotebookError(1, "frme", error_name="NameError"), False),
        (NotebookError(1, "interrupted", interrupted=True), False),
    ],
)
def test_what_a_person_has_to_mend_is_not_tried_again(error: StageError, passes: bool) -> None:
    """By the exit code of the error, and by what its name says of the code."""
    assert may_pass(error) is passes


def test_pauses_double_and_are_told_apart_by_lot_that_can_be_repeated() -> None:
    """Between half of it and all of it, never above five minutes."""
    pauses = [pause_before(2, attempt, "run", 3) for attempt in range(1, 20)]

    assert all(2**attempt / 2 <= pause <= 2**attempt for attempt, pause in enumerate(pauses[:7], 1))
    assert max(pauses) <= 300
    assert pauses == [pause_before(2, attempt, "run", 3) for attempt in range(1, 20)]
    assert len({pause_before(2, 1, "run", position) for position in range(20)}) > 10


def fails(workspace: Path, error: str) -> None:
    """The stage `make` writes down each attempt, and fails as long as there are fewer than three."""
    count = (
        "from pathlib import Path\nfrom aifactory_nb.errors import DataError\n"
        f"seen = Path({str(workspace / 'seen')!r})\n"
        "seen.open('a').write('x')\n"
        f"if len(seen.read_text()) < 3:\n    raise {error}"
    )
    cells = stage_cells("make", count, "stage.output('answer', 42)")
    write_notebook(workspace, "make", cells, writes=["answer"])
    add(workspace, LIMITS.replace("cell_timeout = 1.5\n", ""))  # a busy machine takes its time


def test_a_stage_is_tried_again_as_often_as_it_may_be(settings: Settings) -> None:
    """Each time is told to whoever listens, and in the audit trail with its reason."""
    fails(settings.workspace, "ConnectionError('reset by peer')")
    events: list = []
    outcome = carry_out(settings, events)
    ledger = Ledger(settings.ledger_url)
    retries = [event for event in ledger.audit_events() if event["action"] == "stage.retry"]
    told = [event.message for event in events if event.status == "pending"]

    assert outcome.status == "succeeded"
    assert ledger.stage_runs(outcome.run)[0]["attempt"] == 3
    assert [event["details"]["attempt"] for event in retries] == [2, 1]
    assert told[0].startswith("attempt 1 of 3: make of 2024-01-01..2024-03-01 failed in cell 4")
    assert "reset by peer; again in" in told[0]
    assert ledger.verify_audit().ok


def test_bad_data_is_not_tried_again(settings: Settings) -> None:
    """The run ends with its exit code at once."""
    fails(settings.workspace, "DataError('no rows')")
    outcome = carry_out(settings, [])

    assert (outcome.status, outcome.exit_code) == ("failed", DataError.exit_code)
    assert (settings.workspace / "seen").read_text() == "x"


def test_a_stage_that_waits_holds_no_worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one worker another stage runs while the first waits for its next attempt."""
    from aifactory_nb.settings import load_settings

    monkeypatch.setenv("AIFACTORY_EXECUTOR_WORKERS", "1")
    fails(settings.workspace, "ConnectionError('reset by peer')")
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text().replace("backoff = 0.01", "backoff = 3"))
    path.write_text(path.read_text().replace("retries = 2", "retries = 9"))
    write_notebook(settings.workspace, "other", stage_cells("other", "stage.output('n', 1)"))
    pipeline, order = load_pipeline(settings.workspace, "shop"), []
    request = Request(["make", "other"], time_window(pipeline))

    def listen(event: object) -> None:
        if event.status in ("pending", "succeeded"):  # type: ignore[attr-defined]
            order.append((event.step.stage, event.status))  # type: ignore[attr-defined]

    fresh = load_settings(settings.workspace)
    outcome = start_run(fresh, pipeline, [request], listener=listen).execute()

    assert outcome.status == "succeeded"
    assert order[:2] == [("make", "pending"), ("other", "succeeded")]


def test_a_cell_that_takes_too_long_is_stopped(settings: Settings) -> None:
    """The message names the limit; the cell is marked as failed."""
    cells = stage_cells("make", "import time\ntime.sleep(60)")
    write_notebook(settings.workspace, "make", cells)
    add(settings.workspace, LIMITS.replace("retries = 2", "retries = 0"))
    outcome = carry_out(settings, [])

    assert outcome.status == "failed"
    assert "the cell took longer than 1.5 seconds" in outcome.message
