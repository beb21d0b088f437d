"""The command line as a user meets it: in a process of its own."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from conftest import orders, stage_cells, write_notebook
from typer.main import get_command

from aifactory_nb.cli import app
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings
from aifactory_nb.store import Store


def aifactory(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is text."""
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def line(workspace: Path) -> Path:
    """A workspace whose build line is two small stages."""
    make = stage_cells("make", "print('made')", "stage.output('rows', 1)")
    write_notebook(workspace, "make", make, "size: int = 1  # how many", writes=["rows"])
    write_notebook(
        workspace,
        "use",
        stage_cells("use", "stage.output('total', stage.has('rows'))"),
        reads=["rows"],
        writes=["total"],
    )
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[lines]\nbuild = ["make", "use"]\n')
    return workspace


def test_help_names_every_command() -> None:
    """`aifactory --help` lists the commands."""
    done = aifactory("--help")

    assert done.returncode == 0
    for command in [
        "init",
        "check",
        "run",
        "gate",
        "replay",
        "runs",
        "show",
        "logs",
        "models",
        "promote",
        "rollback",
        "audit",
        "lab",
    ]:
        assert f" {command} " in done.stdout


def all_helps(command: click.Command) -> Iterator[str]:
    """The texts of a command, of its options and of the commands below it."""
    yield command.help or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)
    for below in getattr(command, "commands", {}).values():
        yield from all_helps(below)


def test_help_shows_what_stands_in_brackets() -> None:
    """A section of the settings, such as [serving], is taken for markup unless it is escaped."""
    eaten = [text for text in all_helps(get_command(app)) if re.search(r"(?<!\\)\[[a-z]+\]", text)]

    assert eaten == []


def test_help_imports_nothing_heavy() -> None:
    """What makes start-up slow is imported by the commands that need it."""
    code = "import sys; from aifactory_nb import cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {
        "polars",
        "sqlalchemy",
        "pydantic",
        "papermill",
        "mlflow",
        "great_expectations",
        "lightgbm",
        "matplotlib",
    }
    assert not heavy & set(loaded)


def test_init_makes_a_workspace_that_passes_its_check(tmp_path: Path) -> None:
    """A blueprint is a pipeline that is valid at once."""
    done = aifactory("init", "factory", "--blueprint", "flight_delay", folder=tmp_path)
    checked = aifactory("check", "flight_delay", "--json", folder=tmp_path / "factory")

    assert done.returncode == 0, done.stderr
    assert checked.returncode == 0, checked.stdout
    assert all(item["passed"] for item in json.loads(checked.stdout))


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """A pipeline that is there already is left as it is."""
    aifactory("init", ".", "--blueprint", "flight_delay", folder=tmp_path)
    path = tmp_path / "pipelines" / "flight_delay" / "pipeline.toml"
    path.write_text("mine")
    done = aifactory("init", ".", "--blueprint", "flight_delay", folder=tmp_path)

    assert done.returncode == 3
    assert "is there already" in done.stderr
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "shpo"], 6, "Did you mean 'shop'"),
        (
            ["run", "shop", "--only", "mkae"],
            3,
            "'mkae' is not a stage of this line. Did you mean 'make'",
        ),
        (["run", "shop", "--set", "make.size=big"], 3, "make.size must be int, found 'big'"),
        (["run", "shop", "--set", "size=1"], 3, "expected STAGE.NAME=VALUE"),
        (["run", "shop", "--line", "bulid"], 3, "--line must be build or operate"),
        (["run", "shop", "--window", "soon"], 3, "must be an ISO date"),
        (["run", "shop", "--resume", "nothing"], 6, "nothing"),
        (["show", "nothing"], 6, "nothing"),
        (["replay", "shop", "--from", "2024-03"], 3, "needs --from WINDOW and --to WINDOW"),
        (
            ["replay", "shop", "--from", "2024-01", "--to", "2024-02"],
            3,
            "the first model needs data before it",
        ),
        (["promote", "shop", "1", "--reason", "test"], 6, "no model version 1"),
        (["rollback", "shop", "--reason", "test"], 6, ""),
        (
            ["promote", "shop", "1", "--reason", "x", "--alias", "chmpion"],
            3,
            "Did you mean 'champion'",
        ),
        (["promote", "shop", "1", "--reason", " "], 3, "--reason is empty"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_bad_input_gets_a_message_and_a_code(
    line: Path, arguments: list[str], code: int, message: str
) -> None:
    """What went wrong is said without a traceback, and the exit code tells its kind."""
    done = aifactory(*arguments, folder=line)

    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    """The first error a newcomer meets tells what to do."""
    done = aifactory("runs", folder=tmp_path)

    assert done.returncode == 3
    assert "aifactory init DIR" in done.stderr


def test_a_run_is_told_listed_shown_and_logged(line: Path) -> None:
    """run, runs, show and logs agree; a second run says that there is nothing to do."""
    first = aifactory("run", "shop", folder=line)
    second = aifactory("run", "shop", folder=line)
    runs = json.loads(aifactory("runs", "--json", folder=line).stdout)
    show = aifactory("show", runs[-1]["run_id"], folder=line)
    logs = aifactory("logs", runs[-1]["run_id"], "make", folder=line)

    assert first.returncode == 0, first.stderr
    assert "Nothing to do" in second.stdout
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"]
    assert "make" in show.stdout
    assert "✓ succeeded" in show.stdout
    assert "made" in logs.stdout


def test_a_failed_stage_exits_with_4_and_a_gate_with_5(line: Path) -> None:
    """A scheduler can tell a crash from a gate that did its work."""
    write_notebook(line, "use", stage_cells("use", "1 / 0"), reads=["rows"], writes=["total"])
    failed = aifactory("run", "shop", folder=line)
    gate = "stage.gate('total', False, [{'expectation': 'none', 'passed': False}])"
    write_notebook(line, "use", stage_cells("use", gate), reads=["rows"], writes=["total"])
    stopped = aifactory("run", "shop", folder=line)

    assert failed.returncode == 4
    assert "ZeroDivisionError" in failed.stderr
    assert stopped.returncode == 5
    assert "The gate 'total' stopped the line" in stopped.stderr


def test_audit_verify_passes_and_detects_a_change(line: Path, settings: Settings) -> None:
    """The chain verifies after a run; a changed event is found, with exit code 8."""
    import sqlite3

    aifactory("run", "shop", folder=line)
    good = aifactory("audit", "verify", folder=line)
    connection = sqlite3.connect(line / "store" / "ledger.db")
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")
    connection.execute("update audit set subject = 'changed' where event = 1")
    connection.commit()
    bad = aifactory("audit", "verify", folder=line)

    assert good.returncode == 0
    assert "audit events verify" in good.stdout
    assert bad.returncode == 8
    assert Ledger(settings.ledger_url).verify_audit().ok is False


def test_a_changed_result_of_a_stage_does_not_verify(line: Path) -> None:
    """What a stage is said to have found cannot be changed behind the ledger's back."""
    import sqlite3

    aifactory("run", "shop", folder=line)
    connection = sqlite3.connect(line / "store" / "ledger.db")
    connection.execute("update stage_runs set result = replace(result, 'total', 'other')")
    connection.commit()
    connection.close()
    done = aifactory("audit", "verify", folder=line)

    assert done.returncode == 8
    assert "the outcome of stage" in done.stderr


def test_a_traceback_is_shown_with_debug_only(line: Path) -> None:
    """`--debug` shows where an error comes from, and changes neither message nor exit code."""
    done = aifactory("--debug", "run", "shpo", folder=line)

    assert "Traceback" in done.stderr
    assert "error: No pipeline 'shpo'" in done.stderr
    assert done.returncode == 6


def test_workspace_can_be_named(line: Path, tmp_path: Path) -> None:
    """`--workspace` works from anywhere."""
    done = aifactory("--workspace", str(line), "runs", "--json", folder=tmp_path)

    assert done.returncode == 0
    assert json.loads(done.stdout) == []


def test_one_run_at_a_time_works_on_a_pipeline(line: Path, settings: Settings) -> None:
    """While a run is at work another exits with 9 and says whose it is; with --wait it goes on afterwards."""
    body = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.1)"
    cells = stage_cells("make", body, "stage.output('rows', 1)")
    write_notebook(line, "make", cells, writes=["rows"])
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", "run", "shop"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    first = subprocess.Popen(command, cwd=line, **pipes)  # type: ignore[call-overload]
    ledger = Ledger(settings.ledger_url)
    while not ledger.runs():
        time.sleep(0.1)
    busy = aifactory("run", "shop", folder=line)
    waiting = subprocess.Popen([*command, "--wait"], cwd=line, **pipes)  # type: ignore[call-overload]
    told = waiting.stdout.readline()
    (line / "go").touch()
    first.communicate()
    waiting.communicate()

    assert busy.returncode == 9
    assert f"of 'shop' is at work: process {first.pid} of" in busy.stderr
    assert told.startswith("Waiting. Run ")
    assert (first.returncode, waiting.returncode) == (0, 0)
    assert [run["status"] for run in ledger.runs()] == ["succeeded", "succeeded"]


def test_wrong_parameters_write_nothing(line: Path, settings: Settings) -> None:
    """A parameter of the wrong type and a kernel that is not there are refused before there is a run."""
    path = line / "pipelines" / "shop" / "pipeline.toml"
    good = path.read_text()
    path.write_text(good + '\n[stages.make]\nsize = "big"\n')
    own = aifactory("run", "shop", folder=line)
    path.write_text(good)
    (line / "settings.ini").write_text("[tracking]\nenabled = false\n[executor]\nkernel = juila\n")
    kernel = aifactory("run", "shop", folder=line)

    assert (own.returncode, kernel.returncode) == (3, 3)
    assert "make.size must be int, found 'big'" in own.stderr
    assert "there is no such Jupyter kernel" in kernel.stderr
    assert Ledger(settings.ledger_url).runs() == []
    assert not (line / "runs").exists()


def test_the_copy_of_a_replay_is_not_run(line: Path) -> None:
    """`run NAME@replay` says what to do instead."""
    done = aifactory("run", "shop@replay", folder=line)

    assert done.returncode == 3
    assert "'shop@replay' is the copy of a replay, which is not run by hand" in done.stderr


def test_the_page_of_a_run_is_told(line: Path) -> None:
    """A run whose report stage wrote a page says where it is, also when it need not write it again."""
    use = stage_cells(
        "use",
        "(stage.folder / 'report.html').write_text('x')",
        "stage.output('report', 'report.html')",
    )
    write_notebook(line, "use", use, reads=["rows"], writes=["report"])
    first = aifactory("run", "shop", folder=line)
    again = aifactory("run", "shop", folder=line)

    page = first.stdout.rpartition("Report: ")[2].strip()
    assert (line / page).read_text() == "x"
    assert f"Report: {page}" in again.stdout


def test_a_replay_whose_tables_are_gone_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No empty table: the report is named, and how to replay again."""
    from aifactory_nb.cli import _show_replay
    from aifactory_nb.errors import NotFoundError

    ledger = Ledger(settings.ledger_url)
    ledger.start_run("old", "shop@replay", "replay", {}, 1)
    ledger.plan_stages("old", [(0, "score", "all", "key")])
    ledger.start_stage("old", 0, "key", 1, "a.ipynb")
    written = {"outputs": [{"name": "predictions", "kind": "table", "pin": 0}]}
    ledger.end_stage("old", 0, "succeeded", written)

    with pytest.raises(NotFoundError, match="removed by gc.*add --fresh"):
        _show_replay(settings, "old", False)


@pytest.fixture
def gated(workspace: Path, settings: Settings) -> Path:
    """A workspace with a raw table of the pipeline, and a suite that it meets."""
    home = workspace / "pipelines" / "shop"
    (home / "pipeline.toml").write_text(
        (home / "pipeline.toml").read_text() + '\n[gates]\ndata = "gates/raw.json"\n'
    )
    (home / "gates").mkdir()
    unique = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "order"}}
    suite = {"name": "orders", "expectations": [unique]}
    (home / "gates" / "raw.json").write_text(json.dumps(suite))
    few = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}}
    (workspace / "few.json").write_text(json.dumps({"name": "few", "expectations": [few]}))
    Store(settings.store_folder, "shop").write("raw", orders(months=3))
    return workspace


@pytest.mark.parametrize("command", [["gate"], ["gate", "run"]])
def test_a_gate_runs_by_itself(gated: Path, command: list[str]) -> None:
    """The command may be left out; a verdict that is passed exits with 0."""
    done = aifactory(*command, "shop", "--table", "raw", folder=gated)

    assert done.returncode == 0, done.stderr
    assert "raw of 2024-01-01..2024-03-01: 799 rows" in done.stdout
    assert "✓" in done.stdout
    assert "orders: passed, 1 check" in done.stdout
    assert "Data Docs: runs/shop/" in done.stdout


def test_a_gate_that_is_not_passed_exits_with_5(gated: Path) -> None:
    """The table stands in the terminal, and options may come first."""
    done = aifactory("gate", "--suite", "few.json", "shop", folder=gated)

    assert done.returncode == 5
    assert "✗ stops" in done.stdout
    assert "few: NOT passed" in done.stdout


def test_a_gate_tells_programs(gated: Path) -> None:
    """JSON and the exit code."""
    done = aifactory(
        *("gate", "shop", "--suite", "few.json", "--window", "2024-01"),
        *("--docs", "look", "--json"),
        folder=gated,
    )
    told = json.loads(done.stdout)

    assert done.returncode == 5
    assert (told["passed"], told["rows"], told["window"]) == (False, 400, "2024-01")
    assert told["checks"][0]["action"] == "block"
    assert (gated / "look" / "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["shpo"], 6, "Did you mean 'shop'"),
        (["shop", "--table", "rwa", "--suite", "few.json"], 6, "No table 'rwa'"),
        (["shop", "--table", "labels"], 3, "Name a suite for this one: --suite FILE"),
        (["shop", "--suite", "none.json"], 3, "--suite none.json: there is no such file"),
        (["shop", "--from", "soon"], 3, "must be an ISO date"),
    ],
)
def test_a_gate_that_cannot_run_says_why(
    gated: Path, arguments: list[str], code: int, message: str
) -> None:
    """The exit codes are those of all commands."""
    done = aifactory("gate", *arguments, folder=gated)

    assert done.returncode == code, done.stderr
    assert message in done.stderr


def test_a_suite_is_proposed_and_never_written_over(gated: Path) -> None:
    """The proposal is a file that the gate reads; a sharpened one stays."""
    refused = aifactory("gate", "propose", "shop", folder=gated)
    beside = aifactory("gate", "propose", "shop", "--output", "new.json", folder=gated)
    used = aifactory("gate", "shop", "--suite", "new.json", folder=gated)
    forced = aifactory("gate", "propose", "shop", "--force", folder=gated)

    assert refused.returncode == 3 and "--force" in refused.stderr
    assert beside.returncode == 0 and "Expectations: new.json" in beside.stdout
    assert used.returncode == 0, used.stdout
    assert forced.returncode == 0
    assert aifactory("check", "shop", folder=gated).returncode == 0


def test_where_a_proposal_goes_is_told(workspace: Path, settings: Settings) -> None:
    """A pipeline without a gate is told how to use what was proposed."""
    Store(settings.store_folder, "shop").write("raw", orders(months=3))

    done = aifactory("gate", "propose", "shop", folder=workspace)

    assert done.returncode == 0, done.stderr
    assert 'data = "gates/raw.json"' in done.stdout
    assert (workspace / "pipelines" / "shop" / "gates" / "raw.json").is_file()
