"""Runs, their owners, and the rule that one line at a time works on a pipeline."""
# ruff: noqa: F811 (fixtures are imported)

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from ledgers import execute, history, ledger, url  # noqa: F401

from aifactory_nb.errors import BusyError, LedgerError, RunNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.owner import this_process, user_name

SLEEPER = """
import sys, time
from aifactory_nb.ledger import Ledger

ledger = Ledger(sys.argv[1])
ledger.start_run("killed", "flights", "build", {}, stages=2)
ledger.plan_stages("killed", [(1, "ingest", "2013-01", ""), (2, "validate", "2013-01", "")])
ledger.start_stage("killed", 1, "key", 1, "01_ingest.ipynb")
print("ready", flush=True)
time.sleep(600)
"""


def killed_run(url: str) -> int:
    """Leave behind a run whose process was killed; its process number."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.kill()
    process.wait()
    process.stdout.close()
    return process.pid


def test_run_id_is_used_once(ledger: Ledger) -> None:
    """A second run of the same name is refused."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    with pytest.raises(LedgerError, match="already a run 'first'"):
        ledger.start_run("first", "flights", "build", {}, stages=1)


def test_unknown_run_is_named(history: Ledger) -> None:
    """Asking for a run that does not exist suggests one that does."""
    with pytest.raises(RunNotFoundError, match="Did you mean 'first'"):
        history.run("firs")


def test_unknown_status_is_refused(history: Ledger) -> None:
    """A misspelt status is refused."""
    with pytest.raises(LedgerError, match="Did you mean 'succeeded'"):
        history.end_run("first", "suceeded")


def test_runs_are_newest_first(ledger: Ledger) -> None:
    """The latest runs come first, as many as asked for."""
    for name in ("a", "b", "c"):
        ledger.start_run(name, "flights", "build", {}, stages=1)
        ledger.end_run(name, "succeeded")

    assert [run["run_id"] for run in ledger.runs(limit=2)] == ["c", "b"]


def test_killed_run_is_reaped(url: str, ledger: Ledger) -> None:
    """A run whose process was killed becomes interrupted, with the stage that was running."""
    killed_run(url)

    assert ledger.reap() == ["killed"]
    assert ledger.run("killed")["status"] == "interrupted"
    assert [stage["status"] for stage in ledger.stage_runs("killed")] == ["interrupted", "pending"]
    assert ledger.reap() == []


def test_living_run_is_not_reaped(ledger: Ledger) -> None:
    """A run of a living process stays running."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    assert ledger.reap() == []
    assert ledger.run("first")["status"] == "running"


def test_interrupted_run_is_resumed(url: str, ledger: Ledger) -> None:
    """A resumed run belongs to the process that resumed it, and its plan keeps its state."""
    killed_run(url)

    ledger.resume_run("killed")
    ledger.plan_stages("killed", [(1, "ingest", "2013-01", ""), (2, "validate", "2013-01", "")])

    run = ledger.run("killed")
    assert (run["status"], run["pid"]) == ("running", os.getpid())
    assert ledger.stage_runs("killed")[0]["status"] == "interrupted"


def python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """A process of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **pipes)  # type: ignore[call-overload]


def elsewhere(url: str, seconds: float) -> None:
    """Make all runs those of a process on another host that gave its last sign of life so long ago."""
    seen = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    execute(url, f"UPDATE runs SET host = 'elsewhere', pid = 4711, seen_at = '{seen}'")


def test_pipeline_at_work_is_busy(ledger: Ledger) -> None:
    """A second run of a pipeline is refused while the first is at work: whose it is, since when, and what to do."""
    ledger.start_run("first", "flights", "build", {}, stages=1)

    with pytest.raises(BusyError) as caught:
        ledger.start_run("second", "flights", "build", {}, stages=1)

    told = str(caught.value)
    me = this_process()
    assert f"Run first of 'flights' is at work: process {me['pid']} of {user_name()} on " in told
    assert me["host"] in told and "since 0 s" in told and "last sign of life 0 s ago" in told
    assert "--wait" in told and f"kill {me['pid']}" in told
    assert [run["run_id"] for run in ledger.runs()] == ["first"]


def test_other_pipeline_is_free(ledger: Ledger) -> None:
    """Each pipeline has its own turn, and so has the copy that a replay works on."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.start_run("second", "trains", "build", {}, stages=1)
    ledger.start_run("third", "flights@replay", "replay", {}, stages=1)

    assert len(ledger.runs()) == 3


def test_ended_run_frees_its_pipeline(ledger: Ledger) -> None:
    """However a run ended, the next one may begin."""
    for number, status in enumerate(("succeeded", "failed", "stopped", "interrupted")):
        ledger.start_run(f"run-{number}", "flights", "build", {}, stages=1)
        ledger.end_run(f"run-{number}", status)

    ledger.refuse_busy("flights")


def test_run_given_up_in_an_error_frees_its_pipeline(ledger: Ledger) -> None:
    """A run that this process no longer works on, and could not end, does not hold its pipeline."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.let_go("first")

    ledger.start_run("second", "flights", "build", {}, stages=1)

    assert ledger.reap() == ["first"]


def test_stage_by_hand_holds_nothing(ledger: Ledger) -> None:
    """A stage that is run by hand does not hold the pipeline, but does not begin while a line is at work."""
    ledger.start_run("by-hand", "flights", "manual", {}, stages=1)
    ledger.start_run("line", "flights", "build", {}, stages=1)

    with pytest.raises(BusyError, match="Run line of 'flights'"):
        ledger.refuse_busy("flights", "by-hand")
    with pytest.raises(BusyError, match="Run line of 'flights'"):
        ledger.start_run("again", "flights", "manual", {}, stages=1)
    ledger.refuse_busy("flights", "line")


def test_killed_run_frees_its_pipeline(url: str, ledger: Ledger) -> None:
    """A run whose process is gone holds nothing, also before anybody has reaped it."""
    killed_run(url)

    ledger.start_run("second", "flights", "build", {}, stages=1)

    assert ledger.reap() == ["killed"]


def test_run_at_work_is_not_resumed(url: str, ledger: Ledger) -> None:
    """A run that a living process works on cannot be resumed, neither by another process nor by its own."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    code = "import sys; from aifactory_nb.ledger import Ledger; Ledger(sys.argv[1]).resume_run('first')"
    told, _ = python(code, url).communicate()

    assert f"BusyError: Run first of 'flights' is at work: process {os.getpid()}" in told
    with pytest.raises(BusyError, match="Run first of 'flights' is at work"):
        ledger.resume_run("first")


def test_run_is_not_resumed_while_another_is_at_work(ledger: Ledger) -> None:
    """Taking up an old run needs the pipeline as a new one does."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.end_run("first", "failed")
    ledger.start_run("second", "flights", "build", {}, stages=1)

    with pytest.raises(BusyError, match="Run second of 'flights'"):
        ledger.resume_run("first")
    assert ledger.run("first")["status"] == "failed"


def test_run_of_another_host_that_gives_signs_of_life_is_at_work(url: str, ledger: Ledger) -> None:
    """Only the sign of life tells of a run on another host; a recent one holds the pipeline."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    elsewhere(url, seconds=200)

    assert ledger.reap() == []
    with pytest.raises(BusyError, match="process 4711 of .* on elsewhere, .* 3 min 20 s ago"):
        ledger.start_run("second", "flights", "build", {}, stages=1)
    with pytest.raises(BusyError, match="on elsewhere"):
        ledger.resume_run("first")


def test_silent_run_of_another_host_is_gone(url: str, ledger: Ledger) -> None:
    """A run on another host that was silent for five minutes is interrupted, and can be resumed here."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    ledger.plan_stage("first", 0, "ingest", "2013-01")
    ledger.start_stage("first", 0, "key", 1, "01.ipynb")
    elsewhere(url, seconds=301)

    assert ledger.reap() == ["first"]
    assert "elsewhere gave no sign of life since" in ledger.run("first")["message"]
    assert ledger.stage_runs("first")[0]["status"] == "interrupted"
    ledger.resume_run("first")
    assert ledger.run("first")["host"] == this_process()["host"]
    assert ledger.verify_audit().ok


def test_beat_tells_whether_the_run_is_still_ours(url: str, ledger: Ledger) -> None:
    """A sign of life is written, and is refused once somebody else has the run or it has ended."""
    ledger.start_run("first", "flights", "build", {}, stages=1)
    begun = ledger.run("first")["seen_at"]
    assert ledger.beat("first")
    assert ledger.run("first")["seen_at"] > begun

    elsewhere(url, seconds=0)
    assert not ledger.beat("first")
    assert ledger.verify_audit().ok


STARTER = """
import sys, time
from aifactory_nb.errors import BusyError
from aifactory_nb.ledger import Ledger

ledger = Ledger(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    ledger.start_run(sys.argv[2], "flights", "build", {}, stages=1)
    print("has it", flush=True)
    sys.stdin.readline()  # lives until all have tried
except BusyError as error:
    print("busy", error, flush=True)
"""


def test_two_processes_that_start_at_once_get_one_run(url: str) -> None:
    """Of processes that start a run of one pipeline at the same moment, exactly one gets it."""
    command = [sys.executable, "-c", STARTER, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    starters = [
        subprocess.Popen([*command, f"run-{number}"], **pipes)  # type: ignore[call-overload]
        for number in range(4)
    ]
    for starter in starters:
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        starter.stdin.write("go\n")
        starter.stdin.flush()
    told = [starter.stdout.readline() for starter in starters]
    for starter in starters:
        starter.communicate("end\n")

    assert sorted(line.partition(" ")[0] for line in told) == ["busy", "busy", "busy", "has"]
    ledger = Ledger(url)
    assert len(ledger.runs()) == 1
    ledger.close()


def test_runs_keep_their_order_when_the_clock_is_set_back(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest run is the one that was started last, not the one with the latest time."""
    clock = iter(f"2026-03-{day:02d}T00:00:00.000000Z" for day in range(28, 0, -1))
    for module in ("audit", "runs", "stage_runs", "ledger"):
        monkeypatch.setattr(f"aifactory_nb.{module}.now", lambda: next(clock))
    for name in ("a", "b"):
        ledger.start_run(name, "flights", "build", {}, stages=1)
        ledger.end_run(name, "succeeded")

    assert [run["run_id"] for run in ledger.runs()] == ["b", "a"]


WRITER = """
import sys
from aifactory_nb.ledger import Ledger

url, name = sys.argv[1:]
ledger = Ledger(url, actor=name)
for number in range(2):
    run = f"{name}-{number}"
    ledger.start_run(run, name, "build", {"name": name}, stages=1)
    ledger.plan_stage(run, 0, "train", "2013-01")
    ledger.start_stage(run, 0, "key", 1, "01.ipynb")
    ledger.record_gate(run, name, "train", "2013-01", "limits", "model", True, [])
    version = ledger.add_model("shared", run, run, "v{version}", {})
    ledger.set_alias("shared", name, version, name, "newer", {})
    ledger.record_decision(name, run, "2013-01", False, 0.5, [])
    ledger.open_incident("shared", "drift", run, "2013-01", {})
    ledger.close_incident("shared", "drift", run, "2013-02", {})
    ledger.beat(run)
    ledger.end_stage(run, 0, "succeeded", {"version": version})
    ledger.end_run(run, "succeeded")
"""


@pytest.mark.long
def test_ten_processes_lose_nothing(url: str) -> None:
    """Ten processes that make one ledger and write runs, stages, gates, models, aliases and incidents lose nothing."""
    writers = [python(WRITER, url, f"writer{number}") for number in range(10)]
    told = [writer.communicate()[0] for writer in writers]
    ledger = Ledger(url)
    report = ledger.verify_audit()

    assert told == [""] * 10
    assert report.ok, report.problem
    assert report.events == 10 * 2 * 9
    assert {run["status"] for run in ledger.runs(limit=100)} == {"succeeded"}
    assert len(ledger.runs(limit=100)) == len(ledger.gates()) == len(ledger.decisions()) == 20
    assert sorted(model["version"] for model in ledger.models("shared")) == list(range(1, 21))
    assert len(ledger.aliases("shared")) == 10
    assert len(ledger.incidents()) == 20 and not ledger.incidents(open_only=True)
    ledger.close()


def test_those_at_work_are_shown_beside_the_newest(ledger: Ledger) -> None:
    """However long ago they began."""
    for number in range(4):
        ledger.start_run(f"r{number}", f"p{number}", "build", {}, stages=1)
        if number:
            ledger.end_run(f"r{number}", "succeeded")

    assert [run["run_id"] for run in ledger.latest_runs(2)] == ["r3", "r2", "r0"]


def test_a_pipeline_that_runs_often_does_not_hide_the_others(ledger: Ledger) -> None:
    """The newest of each pipeline and copy are shown beside the newest of all."""
    for number, pipeline in enumerate(["quiet", "quiet", "quiet", *["busy"] * 5]):
        ledger.start_run(f"r{number}", pipeline, "run", {}, stages=1)
        ledger.end_run(f"r{number}", "succeeded")

    found = [run["run_id"] for run in ledger.latest_runs(3, each=2)]
    assert found == ["r7", "r6", "r5", "r2", "r1"]


def test_the_newest_run_of_each_pipeline_is_known(ledger: Ledger) -> None:
    """Stages run by hand are left out; copies have runs of their own."""
    begun = [
        ("flights", "run"),
        ("trains", "run"),
        ("flights@replay", "replay"),
        ("trains", "manual"),
    ]
    for number, (pipeline, kind) in enumerate([*begun, ("flights", "run")]):
        ledger.start_run(f"r{number}", pipeline, kind, {}, stages=1)
        ledger.end_run(f"r{number}", "succeeded")

    last = {"flights": "r4", "flights@replay": "r2", "trains": "r1"}

    assert ledger.last_runs() == last and list(ledger.last_runs()) == list(last)
    assert [run["run_id"] for run in ledger.product_runs("flights", 2)] == ["r4", "r2"]
    assert [run["run_id"] for run in ledger.product_runs("trains", 9)] == ["r1"]


def test_a_run_that_lost_its_process_is_told_and_left_as_it_is(url: str, ledger: Ledger) -> None:
    """A page may look at it; only who takes the run up changes it."""
    ledger.start_run("mine", "trains", "build", {}, stages=1)
    ledger.start_run("lost", "flights", "build", {}, stages=1)
    ledger.held.discard((ledger.url, "lost"))

    assert ledger.lost_runs() == {"lost": "The process that ran it is gone."}
    assert ledger.run("lost")["status"] == "running"
