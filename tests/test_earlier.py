"""What runs again, why, and what is found to be there still."""

import shutil
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.ledger import Ledger
from aifactory_nb.outcome import Outcome
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.window import time_window

TEAM = """
def rows():
    return [1, 2]

def factor():
    return 2
"""


@pytest.fixture(autouse=True)
def line(workspace: Path) -> Path:
    """Stages `make` and `use`, each of which calls a function of the workspace's module `team`."""
    (workspace / "team.py").write_text(TEAM)
    make = [
        "import polars as pl",
        "from team import rows",
        "stage.write('rows', pl.DataFrame({'n': rows()}))",
    ]
    write_notebook(workspace, "make", stage_cells("make", *make), writes=["rows"])
    use = [
        "import team",
        "stage.output('total', int(stage.read('rows').collect()['n'].sum() * team.factor()))",
    ]
    write_notebook(workspace, "use", stage_cells("use", *use), reads=["rows"], writes=["total"])
    return workspace


def carry_out(settings: Settings) -> Outcome:
    """Run both stages."""
    pipeline = load_pipeline(settings.workspace, "shop")
    return start_run(
        settings, pipeline, [Request(["make", "use"], time_window(pipeline))]
    ).execute()


def ended(settings: Settings, outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Status and message of each stage."""
    rows = Ledger(settings.ledger_url).stage_runs(outcome.run)
    return {row["stage"]: (row["status"], row["message"]) for row in rows}


def test_a_changed_function_runs_the_stage_that_uses_it(
    settings: Settings, workspace: Path
) -> None:
    """The other stage is left out, and the reason stands in the ledger."""
    carry_out(settings)
    (workspace / "team.py").write_text(TEAM.replace("return 2", "return 3"))
    second = ended(settings, carry_out(settings))

    assert second == {
        "make": ("cached", ""),
        "use": ("succeeded", "Runs again, changed: team.factor."),
    }


def test_a_comment_runs_nothing(settings: Settings, workspace: Path) -> None:
    """Neither in a module nor in a notebook."""
    carry_out(settings)
    (workspace / "team.py").write_text("# ours\n" + TEAM)
    outcome = carry_out(settings)

    assert outcome.counts == {"cached": 2}


def test_what_follows_from_a_change_runs_too(settings: Settings, workspace: Path) -> None:
    """The input of the second stage is another one then."""
    carry_out(settings)
    (workspace / "team.py").write_text(TEAM.replace("[1, 2]", "[1, 3]"))
    second = ended(settings, carry_out(settings))

    assert second == {
        "make": ("succeeded", "Runs again, changed: team.rows."),
        "use": ("succeeded", "Runs again, changed: input rows."),
    }


@pytest.mark.parametrize("harm", ["remove", "cut off"])
def test_a_harmed_table_is_noticed_in_any_run(
    settings: Settings, workspace: Path, harm: str
) -> None:
    """Also when earlier runs have found it whole."""
    carry_out(settings)
    assert carry_out(settings).counts == {"cached": 2}
    assert carry_out(settings).counts == {"cached": 2}
    (table,) = (workspace / "store").glob("*/tables/rows")
    if harm == "remove":
        shutil.rmtree(table)
    else:
        next(table.glob("*.parquet")).write_bytes(b"PAR1")
    second = ended(settings, carry_out(settings))

    assert second["make"] == (
        "succeeded",
        "Runs again: what it had made is gone, or is no longer as it was.",
    )
    assert second["use"][0] == "cached"


def test_stages_that_are_left_out_are_told_by_the_audit_chain(settings: Settings) -> None:
    """They are written at once, each with its event."""
    carry_out(settings)
    carry_out(settings)
    ledger = Ledger(settings.ledger_url)
    ends = [event["subject"] for event in ledger.audit_events() if event["action"] == "stage.end"]

    assert len(ends) == 4 and ledger.verify_audit().ok
