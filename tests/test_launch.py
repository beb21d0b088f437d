"""Commands that are started as processes of their own."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lab_server import wait_until

from aifactory_nb.errors import NotFoundError, ParameterError
from aifactory_nb.launch import KEPT, Launches, cancel, interrupt
from aifactory_nb.ledger import Ledger
from aifactory_nb.owner import process_start, this_process
from aifactory_nb.runs import runs_table
from aifactory_nb.settings import Settings

AT_WORK = ("starting", "running")


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the workspace."""
    return Ledger(settings.ledger_url)


def ended(launches: Launches, name: str, ledger: Ledger) -> dict[str, Any]:
    """A launch that has come to its end."""
    wait_until(lambda: launches.row(name, ledger)["status"] not in AT_WORK)
    return launches.row(name, ledger)


def test_what_a_command_prints_and_how_it_ends_is_kept(settings: Settings, ledger: Ledger) -> None:
    """Another server finds it in the files."""
    launches = Launches(settings)
    name = launches.start(["parameters", "shop", "--json"], "shop")
    row = ended(launches, name, ledger)

    assert (row["status"], row["exit_code"], row["message"]) == ("ended", 0, "")
    assert row["command"] == "aifactory parameters shop --json" and row["run"] is None
    assert row["what"] == "parameters"
    assert row["output"].endswith("}")
    assert Launches(settings).row(name, ledger) == row
    assert [each["launch"] for each in Launches(settings).rows(ledger)] == [name]


def test_a_command_that_fails_says_why(settings: Settings, ledger: Ledger) -> None:
    """In the words of the command, with its exit code."""
    launches = Launches(settings)
    row = ended(launches, launches.start(["promote", "shpo", "1", "--reason", "x"]), ledger)

    assert (row["status"], row["exit_code"]) == ("failed", 6)
    assert row["message"].startswith("No pipeline 'shpo'")


def test_the_run_of_a_launch_stays_known_when_another_process_takes_it_up(
    settings: Settings, ledger: Ledger
) -> None:
    """A run that was resumed did start, also for a server that has not seen it."""
    launches = Launches(settings)
    name = launches.start(["run", "shpo"], "shpo")
    told = json.loads((launches.folder / f"{name}.json").read_text())
    ledger.start_run("run1", "shpo", "run", {"requests": []}, 0)
    ledger.end_run("run1", "failed")
    owners = [{key: told[key] for key in this_process()}, this_process()]
    rows = []
    for owner in owners:
        with ledger.writing() as connection:
            connection.execute(sa.update(runs_table).values(owner))
        rows.append(ended(Launches(settings), name, ledger))

    assert [row["run"] for row in rows] == ["run1", "run1"]


def test_words_are_no_shell(settings: Settings, ledger: Ledger) -> None:
    """What stands in them is never carried out; what no process can be given is refused."""
    launches = Launches(settings)
    row = ended(launches, launches.start(["check", "$(touch made); touch made"]), ledger)

    assert row["status"] == "failed" and not (settings.workspace / "made").exists()
    with pytest.raises(ParameterError, match="null character"):
        launches.start(["check", "a\0b"])


def test_a_command_acts_for_whom_it_is_started(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit trail names that person; a name that is none is refused."""
    launches, gone = Launches(settings), {**this_process(), "process_start": "1"}
    with monkeypatch.context() as patched:
        patched.setattr("aifactory_nb.runs.this_process", lambda: gone)
        ledger.start_run("lost", "shop", "run", {}, 0)
    told = ended(launches, launches.start(["models", "shop"], actor="ada@example.org"), ledger)
    event = ledger.audit_events(1)[0]
    refused = ended(launches, launches.start(["models", "shop"], actor="a\nb"), ledger)

    assert told["status"] == "ended"
    assert (event["action"], event["subject"]) == ("run.end", "lost")
    assert event["actor"] == "ada@example.org"
    assert "AIFACTORY_ACTOR must be a name" in refused["message"]


def test_files_are_private_and_few(settings: Settings, ledger: Ledger) -> None:
    """What a command prints may hold rows of data."""
    launches = Launches(settings)
    first = ended(launches, launches.start(["--version"]), ledger)["launch"]
    told = json.loads((launches.folder / f"{first}.json").read_text())
    for number in range(KEPT):
        (launches.folder / f"20200101-0000{number:02d}-000000.json").write_text(json.dumps(told))
    second = ended(launches, launches.start(["--version"]), ledger)["launch"]
    names = {path.stem for path in launches.folder.glob("*.json")}

    assert launches.folder.stat().st_mode & 0o777 == 0o700
    for kind in ("out", "err"):
        assert (launches.folder / f"{first}.{kind}").stat().st_mode & 0o077 == 0
    assert {first, second} <= names and len(names) == KEPT


def test_a_launch_that_there_is_not(settings: Settings, ledger: Ledger) -> None:
    """No name leads out of the folder."""
    for name in ("20260101-000000-abcdef", "../settings", ""):
        with pytest.raises(NotFoundError, match="There is no launch"):
            Launches(settings).row(name, ledger)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"host": "elsewhere"}, "at work on another machine"),
        ({"kind": "manual"}, "interrupt the kernel of its notebook"),
        ({"status": "failed"}, "has ended"),
        ({"process_start": "1"}, "is gone: it is interrupted now"),
    ],
)
def test_only_what_is_at_work_here_is_cancelled(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], told: str
) -> None:
    """A number that another process has by now is not taken for the run's."""
    ledger.start_run("run1", "shop", "run", {}, 0)
    found = {**ledger.run("run1"), **changes}
    monkeypatch.setattr(ledger, "run", lambda run: found)

    with pytest.raises(ParameterError, match=told):
        cancel(ledger, "run1")


@pytest.mark.parametrize("ignores", [True, False])
def test_a_process_in_the_background_of_a_shell_is_interrupted_too(ignores: bool) -> None:
    """No command ignores interrupts, but a script that uses the package may: it is sent SIGTERM."""
    code = (
        "import signal, time\n"
        f"if {ignores}: signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "try:\n    print('ready', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('interrupted')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        interrupt({"pid": child.pid, "process_start": process_start(child.pid)})
        told = child.communicate()[0]

    assert told == "interrupted\n"


def test_a_command_in_the_background_of_a_shell_ends_in_order(workspace: Path) -> None:
    """SIGTERM interrupts it, although interrupts are ignored there."""
    code = (
        "import signal, os, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from aifactory_nb import cli\n"
        "cli.app = lambda: os.kill(os.getpid(), signal.SIGTERM) or __import__('time').sleep(60)\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)

    assert done.returncode == 128 + signal.SIGINT
