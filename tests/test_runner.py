"""The runner: order, caching, failure, interruption, resumption."""
# ruff: noqa: F811 (fixtures are imported)

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import nbformat
import pytest
from conftest import stage_cells, write_notebook
from servers import postgres, postgres_server  # noqa: F401

from aifactory_nb.errors import (
    BusyError,
    GateError,
    LedgerError,
    ParameterError,
    PipelineError,
    SettingsError,
)
from aifactory_nb.execution import StageEvent
from aifactory_nb.ledger import Ledger
from aifactory_nb.outcome import Outcome
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.plan import Request, make_plan, select_stages
from aifactory_nb.runner import in_turn, resume_run, start_run
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.window import TimeWindow, time_window

FRAME = "import polars as pl\nframe = pl.DataFrame({'n': [1, 2, 3]})"


@pytest.fixture
def pipeline(workspace: Path) -> Pipeline:
    """The pipeline `shop` with two small stages, `make` and `use`."""
    write_notebook(
        workspace, "make", stage_cells("make", FRAME, "stage.write('rows', frame)"), writes=["rows"]
    )
    use = stage_cells(
        "use",
        "total = stage.read('rows').collect()['n'].sum() * factor",
        "stage.output('total', int(total))",
    )
    write_notebook(
        workspace,
        "use",
        use,
        "factor: int = 2  # what to multiply by",
        reads=["rows"],
        writes=["total"],
    )
    return load_pipeline(workspace, "shop")


def carry_out(
    settings: Settings, pipeline: Pipeline, stages: list[str], **parameters: dict
) -> tuple[Outcome, dict]:
    """Run a line and return how it ended, with the results by stage."""
    runner = start_run(settings, pipeline, [Request(stages, time_window(pipeline), parameters)])
    outcome = runner.execute()
    return outcome, {
        runner.steps[position].stage: result for position, result in runner.results.items()
    }


def test_a_stage_reads_what_an_earlier_one_wrote(settings: Settings, pipeline: Pipeline) -> None:
    """The table written by one stage is pinned for the next."""
    outcome, results = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.status == "succeeded"
    assert results["use"].inputs == {"rows": 0}
    assert results["use"].outputs[0].pin == 12


def test_a_second_identical_run_does_nothing(settings: Settings, pipeline: Pipeline) -> None:
    """Stages that have succeeded with the same code, parameters and inputs are not run again."""
    carry_out(settings, pipeline, ["make", "use"])
    outcome, results = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.counts == {"cached": 2}
    assert results["use"].outputs[0].pin == 12


def test_a_changed_parameter_runs_only_its_stage(settings: Settings, pipeline: Pipeline) -> None:
    """The stage before it is not run again."""
    carry_out(settings, pipeline, ["make", "use"])
    outcome, results = carry_out(settings, pipeline, ["make", "use"], use={"factor": 3})

    assert outcome.counts == {"cached": 1, "succeeded": 1}
    assert results["use"].outputs[0].pin == 18


def test_a_changed_cell_runs_its_stage_and_what_reads_it(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """New code with another result runs what depends on it."""
    carry_out(settings, pipeline, ["make", "use"])
    changed = FRAME.replace("3]", "4]")
    write_notebook(
        workspace,
        "make",
        stage_cells("make", changed, "stage.write('rows', frame)"),
        writes=["rows"],
    )
    outcome, results = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.counts == {"succeeded": 2}
    assert results["use"].outputs[0].pin == 14


def test_a_table_that_vanished_is_made_again(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """A cached result counts only while what it made is still there."""
    import shutil

    carry_out(settings, pipeline, ["make"])
    shutil.rmtree(workspace / "store" / "shop" / "tables")
    outcome, _ = carry_out(settings, pipeline, ["make"])

    assert outcome.counts == {"succeeded": 1}


def test_a_failed_cell_is_told_and_kept(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """The message names stage, cell, reason and notebook; the notebook holds the traceback; later cells stay pending."""
    write_notebook(workspace, "use", stage_cells("use", "1 / 0"), reads=["rows"])
    outcome, _ = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.status == "failed"
    assert "use of 2024-01-01..2024-03-01 failed in cell" in outcome.message
    assert "ZeroDivisionError: division by zero" in outcome.message
    assert f"--resume {outcome.run}" in outcome.message
    notebook = nbformat.read(next(workspace.glob("runs/**/02_use.ipynb")), as_version=4)
    assert [cell.metadata.papermill.status for cell in notebook.cells][-3:] == [
        "completed",
        "failed",
        "pending",
    ]


def test_a_failed_run_is_resumed_where_it_failed(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """What succeeded is not run again."""
    flag = workspace / "flag"
    body = f"import pathlib\nassert pathlib.Path({str(flag)!r}).exists()"
    write_notebook(workspace, "use", stage_cells("use", body), reads=["rows"])
    failed, _ = carry_out(settings, pipeline, ["make", "use"])
    flag.touch()
    outcome = resume_run(settings, failed.run).execute()

    assert outcome.status == "succeeded"
    stages = Ledger(settings.ledger_url).stage_runs(failed.run)
    assert [(row["stage"], row["attempt"]) for row in stages] == [("make", 1), ("use", 1)]


def test_a_blocking_gate_stops_the_line(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """The stages behind it are not started, the run is stopped and not failed."""
    gate = "stage.gate('rows', False, [{'expectation': 'none', 'passed': False}])"
    write_notebook(
        workspace,
        "make",
        stage_cells("make", FRAME, "stage.write('rows', frame)", gate),
        writes=["rows"],
    )
    outcome, _ = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.status == "stopped"
    assert outcome.counts == {"stopped": 1, "pending": 1}
    assert "The gate 'rows' stopped the line at make" in outcome.message
    assert "mended data needs a new run" in outcome.message
    assert [row["passed"] for row in Ledger(settings.ledger_url).gates(outcome.run)] == [False]


def test_a_declined_stage_skips_what_follows(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """Stages that read what a stage declined are skipped, with the reason, and the run succeeds."""
    body = ["stage.output('rows', 1)", "stage.decline('no need')"]
    write_notebook(workspace, "make", stage_cells("make", *body), writes=["rows"])
    outcome, _ = carry_out(settings, pipeline, ["make", "use"])

    assert outcome.status == "succeeded"
    assert outcome.counts == {"succeeded": 1, "skipped": 1}
    assert Ledger(settings.ledger_url).stage_runs(outcome.run)[1]["message"] == "no need"


def test_a_notebook_that_does_not_complete_fails(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """A notebook that ends without stage.complete() is not a success."""
    write_notebook(workspace, "make", ["1 + 1"], writes=["rows"])
    outcome, _ = carry_out(settings, pipeline, ["make"])

    assert outcome.status == "failed"
    assert "its last cell must call stage.complete()" in outcome.message


def test_a_dead_kernel_is_told_truthfully(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """A kernel that is killed fails the cell at work; the cells behind it stay pending."""
    write_notebook(
        workspace,
        "make",
        ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "2"],
        writes=["rows"],
    )
    outcome, _ = carry_out(settings, pipeline, ["make"])

    assert outcome.status == "failed"
    assert "the kernel was killed" in outcome.message
    notebook = nbformat.read(next(workspace.glob("runs/**/01_make.ipynb")), as_version=4)
    assert [cell.metadata.papermill.status for cell in notebook.cells][-2:] == ["failed", "pending"]


def test_a_stage_that_takes_too_long_is_stopped(
    pipeline: Pipeline, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time-out of a stage ends its kernel and says so."""
    monkeypatch.setenv("AIFACTORY_EXECUTOR_STAGE_TIMEOUT", "3")
    write_notebook(workspace, "make", ["import time\ntime.sleep(60)"], writes=["rows"])
    outcome, _ = carry_out(load_settings(workspace), pipeline, ["make"])

    assert outcome.status == "failed"
    assert "the stage took longer than 3 seconds" in outcome.message


def test_a_failed_stage_is_tried_again(
    pipeline: Pipeline, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With retries a stage that fails once succeeds the second time."""
    monkeypatch.setenv("AIFACTORY_EXECUTOR_RETRIES", "1")
    monkeypatch.setenv("AIFACTORY_EXECUTOR_BACKOFF", "0")
    flag = workspace / "flag"
    body = f"import pathlib\nflag = pathlib.Path({str(flag)!r})\nseen = flag.exists()\nflag.touch()\nassert seen"
    write_notebook(
        workspace, "make", stage_cells("make", body, "stage.output('rows', 1)"), writes=["rows"]
    )
    settings = load_settings(workspace)
    outcome, _ = carry_out(settings, pipeline, ["make"])

    assert outcome.status == "succeeded"
    assert Ledger(settings.ledger_url).stage_runs(outcome.run)[0]["attempt"] == 2


def test_independent_windows_overlap_and_writers_keep_their_order(
    settings: Settings, pipeline: Pipeline
) -> None:
    """A step waits for the nearest writers of what it reads and writes, and for nothing else."""
    from datetime import datetime

    january = TimeWindow(datetime(2024, 1, 1), datetime(2024, 2, 1))
    february = TimeWindow(datetime(2024, 2, 1), datetime(2024, 3, 1))
    steps = make_plan(
        settings, pipeline, [Request(["make", "use"], january), Request(["make", "use"], february)]
    )

    assert [sorted(step.waits_for) for step in steps] == [[], [0], [0], [1, 2]]


def test_unknown_names_are_refused_before_anything_runs(
    settings: Settings, pipeline: Pipeline
) -> None:
    """Unknown stages and parameters get a suggestion."""
    window = time_window(pipeline)
    with pytest.raises(ParameterError, match="no parameter 'facto'. Did you mean 'factor'"):
        make_plan(settings, pipeline, [Request(["make", "use"], window, {"use": {"facto": 1}})])
    with pytest.raises(ParameterError, match="use.factor must be int, found 'x'"):
        make_plan(settings, pipeline, [Request(["make", "use"], window, {"use": {"factor": "x"}})])
    with pytest.raises(
        ParameterError, match="'mkae' is not a stage of this line. Did you mean 'make'"
    ):
        select_stages(["make", "use"], first="mkae")
    wrong = pipeline.model_copy(update={"stages": {"usee": {}}})
    with pytest.raises(PipelineError, match="no such stage. Did you mean 'use'"):
        make_plan(settings, wrong, [Request(["make", "use"], window)])


def test_the_executed_notebook_is_trusted(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """The notebook on disk is signed, so that JupyterLab shows its outputs."""
    from nbformat.sign import NotebookNotary

    carry_out(settings, pipeline, ["make"])
    notebook = nbformat.read(next(workspace.glob("runs/**/01_make.ipynb")), as_version=4)

    assert NotebookNotary().check_signature(notebook)


RUN = "import sys; from aifactory_nb.cli import main; sys.argv = ['aifactory', 'run', 'shop', '--until', 'features']; main()"


def wait_for_running(settings: Settings, stage: str) -> dict:
    """The row of a stage once it is running."""
    ledger = Ledger(settings.ledger_url)
    for _ in range(600):
        for run in ledger.runs():
            for row in ledger.stage_runs(run["run_id"]):
                if row["stage"] == stage and row["status"] == "running":
                    return row
        time.sleep(0.1)
    raise AssertionError(f"{stage} never started")


def slow_ingest(workspace: Path) -> None:
    body = "import time\ntime.sleep(0 if __import__('pathlib').Path('go').exists() else 60)"
    write_notebook(
        workspace, "ingest", stage_cells("ingest", body, "stage.output('raw', 1)"), writes=["raw"]
    )
    for stage, asset in (("validate", "validated"), ("features", "features")):
        cells = stage_cells(stage, f"stage.output({asset!r}, 1)")
        write_notebook(workspace, stage, cells, reads=["raw"], writes=[asset])


def test_an_interrupt_that_python_lost_ends_the_run(
    settings: Settings, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised in a callback, the exception is printed and gone; the mark that it leaves is looked at."""
    interrupted = Event()
    monkeypatch.setattr("aifactory_nb.execution.INTERRUPTED", interrupted)
    interrupted.set()
    outcome, _ = carry_out(settings, pipeline, ["make", "use"])

    assert (outcome.status, outcome.exit_code) == ("interrupted", 130)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_cut_off_is_interrupted_and_resumable(
    settings: Settings, workspace: Path, number: int, code: int
) -> None:
    """After Ctrl-C, termination or kill -9 the run is interrupted, its kernel is gone, and it can be resumed."""
    slow_ingest(workspace)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    row = wait_for_running(settings, "ingest")
    process.send_signal(number)
    process.communicate(timeout=30)
    ledger = Ledger(settings.ledger_url)
    ledger.reap()
    status = ledger.run(row["run_id"])["status"]
    first = ledger.stage_runs(row["run_id"])[0]["status"]
    (workspace / "go").touch()
    outcome = resume_run(settings, row["run_id"]).execute()

    assert process.returncode == code
    assert (status, first) == ("interrupted", "interrupted")
    assert outcome.status == "succeeded"
    assert ledger.verify_audit().ok


def test_a_notebook_is_whole_whenever_it_is_read(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """While cells are at work, the file on disk always is a notebook."""
    from threading import Thread

    body = "import time\nfor i in range(20):\n    print('x' * 100_000)\n    time.sleep(0.05)"
    write_notebook(
        workspace,
        "make",
        stage_cells("make", *[body] * 3, "stage.output('rows', 1)"),
        writes=["rows"],
    )
    thread = Thread(target=carry_out, args=(settings, pipeline, ["make"]))
    thread.start()
    read = 0
    while thread.is_alive():
        for path in workspace.glob("runs/**/*.ipynb"):
            json.loads(path.read_text())
            read += 1
        time.sleep(0.02)
    thread.join()

    assert read > 10
    assert not [
        name
        for _, _, files in os.walk(workspace / "runs")
        for name in files
        if name.startswith(".")
    ]


def test_a_cached_table_that_was_overwritten_is_made_again(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """A cached result counts only while its rows are those that a later command would read."""
    good = stage_cells("make", FRAME, "stage.write('rows', frame)")
    bad = stage_cells("make", FRAME.replace("3]", "9]"), "stage.write('rows', frame)")
    carry_out(settings, pipeline, ["make"])
    write_notebook(workspace, "make", bad, writes=["rows"])
    carry_out(settings, pipeline, ["make"])
    write_notebook(workspace, "make", good, writes=["rows"])
    outcome, _ = carry_out(settings, pipeline, ["make"])
    _, results = carry_out(settings, pipeline, ["use"])

    assert outcome.counts == {"succeeded": 1}
    assert results["use"].outputs[0].pin == 12


def test_a_line_does_not_begin_behind_a_gate_that_stopped_it(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """Naming a later stage is no way around a gate."""
    lines = pipeline.lines.model_copy(update={"build": ["make", "use"]})
    guarded = pipeline.model_copy(update={"lines": lines})
    gate = "stage.gate('rows', False, [{'expectation': 'none', 'passed': False}])"
    cells = stage_cells("make", FRAME, "stage.write('rows', frame)", gate)
    write_notebook(workspace, "make", cells, writes=["rows"])
    carry_out(settings, guarded, ["make"])

    with pytest.raises(GateError, match="A gate stopped make .* and use builds on it"):
        carry_out(settings, guarded, ["use"])


def test_a_run_that_succeeded_is_not_resumed(settings: Settings, pipeline: Pipeline) -> None:
    """There is nothing to resume."""
    outcome, _ = carry_out(settings, pipeline, ["make"])

    with pytest.raises(ParameterError, match="has succeeded: there is nothing to resume"):
        resume_run(settings, outcome.run)


def raising(workspace: Path, error: str) -> None:
    """Let the stage `make` raise an error of ours."""
    body = f"from aifactory_nb import errors\nraise errors.{error}"
    write_notebook(workspace, "make", stage_cells("make", body), writes=["rows"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("DataError('column price holds text')", 7),
        ("StageError('something else')", 4),
    ],
)
def test_the_exit_code_is_that_of_the_cause(
    settings: Settings, pipeline: Pipeline, workspace: Path, error: str, code: int
) -> None:
    """A stage that fails by an error of ours ends the run with the code and the message of that error."""
    raising(workspace, error)
    outcome, _ = carry_out(settings, pipeline, ["make"])

    text = error.split("'")[1]
    assert outcome.status == "failed"
    assert outcome.exit_code == code
    assert (
        f"make of 2024-01-01..2024-03-01 failed in cell 4: {text}\n  Notebook: " in outcome.message
    )


def test_a_busy_pipeline_is_refused_before_anything_is_written(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """While a run is at work, a second one is refused and leaves no trace."""
    first = start_run(settings, pipeline, [Request(["make"], time_window(pipeline))])

    with pytest.raises(BusyError, match=f"Run {first.run} of 'shop' is at work"):
        start_run(settings, pipeline, [Request(["make"], time_window(pipeline))])
    assert [run["run_id"] for run in first.ledger.runs()] == [first.run]
    assert not (workspace / "runs").exists()


def test_a_run_waits_for_its_turn(settings: Settings, pipeline: Pipeline) -> None:
    """A run that waits says once for whom, and goes on when that one has ended."""
    from threading import Timer

    first = start_run(settings, pipeline, [Request(["make"], time_window(pipeline))])
    Timer(3.0, first.execute).start()
    told: list[str] = []
    request = Request(["make"], time_window(pipeline))
    second = in_turn(lambda: start_run(settings, pipeline, [request]), told.append)
    outcome = second.execute()

    assert len(told) == 1
    assert f"Run {first.run} of 'shop' is at work" in told[0]
    assert outcome.counts == {"cached": 1}


def test_the_copy_of_a_replay_is_not_run_by_hand(settings: Settings, pipeline: Pipeline) -> None:
    """The tables of a replay are those of one replay."""
    copy = load_pipeline(settings.workspace, "shop@replay")

    with pytest.raises(ParameterError, match="'shop@replay' is the copy of a replay"):
        start_run(settings, copy, [Request(["make"], time_window(copy))])


def test_an_unknown_kernel_is_refused_before_anything_is_written(
    pipeline: Pipeline, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt kernel is told with those that are installed."""
    monkeypatch.setenv("AIFACTORY_EXECUTOR_KERNEL", "pyton3")
    settings = load_settings(workspace)

    with pytest.raises(SettingsError, match="no such Jupyter kernel. Installed: .*python3"):
        start_run(settings, pipeline, [Request(["make"], time_window(pipeline))])
    assert Ledger(settings.ledger_url).runs() == []


def test_an_empty_ledger_where_runs_have_been_is_refused(
    settings: Settings, pipeline: Pipeline, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt ledger does not begin the history anew."""
    carry_out(settings, pipeline, ["make"])
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", f"sqlite:///{workspace}/store/legder.db")

    with pytest.raises(LedgerError, match="is empty, but .*runs holds runs, such as .*-run-"):
        carry_out(load_settings(workspace), pipeline, ["make"])


def test_a_ledger_that_stays_locked_ends_the_run_clearly(
    settings: Settings, pipeline: Pipeline, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the ledger is locked in mid-run for too long, the run ends with one error, and can be taken up later."""
    # for the runner, and for the stage in its kernel
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", f"{settings.ledger_url}?timeout=0.2")
    line = [Request(["make", "use"], time_window(pipeline))]
    runner = start_run(load_settings(workspace), pipeline, line)
    blocker = sqlite3.connect(
        workspace / "store" / "ledger.db", isolation_level=None, check_same_thread=False
    )

    def lock(event: StageEvent) -> None:
        if event.status == "running" and not blocker.in_transaction:
            blocker.execute("BEGIN IMMEDIATE")

    runner.listener = lock
    with pytest.raises(LedgerError, match="is locked: another process has been writing"):
        runner.execute()
    blocker.execute("ROLLBACK")
    blocker.close()
    monkeypatch.delenv("AIFACTORY_LEDGER_URL")
    outcome = resume_run(settings, runner.run).execute()

    assert outcome.status == "succeeded"
    assert runner.ledger.verify_audit().ok


def test_a_run_goes_on_when_its_database_restarts(
    pipeline: Pipeline, workspace: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger on PostgreSQL that is away for two seconds in mid-run costs the run nothing."""
    from threading import Timer

    server = postgres_server()
    assert server is not None
    monkeypatch.setenv("AIFACTORY_LEDGER_URL", postgres)
    settings = load_settings(workspace)
    runner = start_run(settings, pipeline, [Request(["make", "use"], time_window(pipeline))])
    back = Timer(1.5, server.start)

    def stop(event: StageEvent) -> None:
        if event.cell == 3 and back.ident is None:
            server.stop()
            back.start()

    runner.listener = stop
    outcome = runner.execute()
    back.join()

    assert outcome.status == "succeeded", outcome.message
    assert runner.ledger.verify_audit().ok


def test_a_run_that_somebody_else_has_taken_stops(
    settings: Settings, pipeline: Pipeline, workspace: Path
) -> None:
    """A runner whose run was taken for dead ends its stages and writes nothing more about it."""
    write_notebook(workspace, "make", ["import time\ntime.sleep(60)"], writes=["rows"])
    runner = start_run(settings, pipeline, [Request(["make"], time_window(pipeline))])
    runner.heartbeat.every = 0.1

    def take(event: StageEvent) -> None:
        if event.cell == 2:
            Ledger(settings.ledger_url).end_run(runner.run, "interrupted", "silent")

    runner.listener = take
    outcome = runner.execute()

    assert (outcome.status, outcome.exit_code) == ("interrupted", 130)
    assert "was taken for dead" in outcome.message
    assert runner.ledger.run(runner.run)["message"] == "silent"
    assert runner.ledger.stage_runs(runner.run)[0]["status"] == "running"


def test_models_that_the_ledger_does_not_know_stop_a_run(
    settings: Settings, pipeline: Pipeline
) -> None:
    """The ledger was lost: nothing is run that would overwrite what is registered."""
    (settings.store_folder / "shop" / "models" / "v0001").mkdir(parents=True)

    with pytest.raises(LedgerError, match="holds models of 'shop'.*v0001.*knows none"):
        carry_out(settings, pipeline, ["make"])
    assert Ledger(settings.ledger_url).runs() == []


def test_runs_outside_of_the_workspace(
    settings: Settings, pipeline: Pipeline, workspace: Path, tmp_path: Path
) -> None:
    """The notebooks of a run may lie on another disk; they are told by their whole path."""
    runs = tmp_path / "elsewhere"
    (workspace / "settings.ini").write_text(
        f"[store]\nruns = {runs}\n[tracking]\nenabled = false\n"
    )
    outcome, _ = carry_out(load_settings(workspace), pipeline, ["make"])
    (stage,) = Ledger(settings.ledger_url).stage_runs(outcome.run)

    assert outcome.status == "succeeded"
    assert Path(stage["notebook"]).is_file() and Path(stage["notebook"]).is_relative_to(runs)
