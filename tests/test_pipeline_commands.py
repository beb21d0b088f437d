"""What stands before a run: new workspaces, checks, gates."""

import json
from pathlib import Path

import pytest
from conftest import aifactory, orders

from aifactory_nb.settings import Settings
from aifactory_nb.store import Store


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
