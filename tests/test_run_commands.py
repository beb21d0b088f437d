"""`aifactory run` and `aifactory replay`."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import aifactory, stage_cells, write_notebook

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings


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


def test_a_replay_whose_tables_are_gone_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No empty table: the report is named, and how to replay again."""
    from aifactory_nb.errors import NotFoundError
    from aifactory_nb.run_commands import _show_replay

    ledger = Ledger(settings.ledger_url)
    ledger.start_run("old", "shop@replay", "replay", {}, 1)
    ledger.plan_stages("old", [(0, "score", "all", "key")])
    ledger.start_stage("old", 0, "key", 1, "a.ipynb")
    written = {"outputs": [{"name": "predictions", "kind": "table", "pin": 0}]}
    ledger.end_stage("old", 0, "succeeded", written)

    with pytest.raises(NotFoundError, match="removed by gc.*add --fresh"):
        _show_replay(settings, "old", False)
