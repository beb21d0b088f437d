"""What the gates of a run have said, in a notebook."""

from pathlib import Path
from typing import Any

import pytest

from aifactory_nb.errors import NotFoundError, RunNotFoundError
from aifactory_nb.gate import make_check
from aifactory_nb.gate_report import GateReport
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings

PLACE = "runs/shop/r1/2024-03"


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """A ledger with a run whose validation has stopped it."""
    ledger = Ledger(settings.ledger_url)
    folder = settings.workspace / PLACE
    (folder / "gate").mkdir(parents=True)
    (folder / "gate" / "index.html").touch()
    (folder / "02_validate.ipynb").touch()
    ledger.start_run("r1", "shop", "run", {}, 2)
    ledger.plan_stage("r1", 0, "validate", "2024-03")
    ledger.start_stage("r1", 0, "", 1, f"{PLACE}/02_validate.ipynb")
    wrong = make_check("column_values_to_be_between", "price", "at least 0", "-3 <b>", False)
    good = make_check("column_to_exist", "order", "", "", True)
    record(ledger, "orders", [wrong, good])
    outputs = [{"name": "data_docs orders", "pin": "gate/index.html"}]
    ledger.end_stage("r1", 0, "stopped", {"outputs": outputs})
    ledger.end_run("r1", "stopped")
    return ledger


def record(ledger: Ledger, name: str, checks: list[dict[str, Any]], run: str = "r1") -> None:
    """A verdict."""
    passed = all(check["passed"] for check in checks)
    ledger.record_gate(run, "shop", "validate", "2024-03", name, "data", passed, checks)


def test_a_failed_check_stands_first_with_value_and_limit(
    ledger: Ledger, settings: Settings
) -> None:
    """What is in the data is no HTML."""
    report = GateReport("r1", settings=settings)
    told = report._repr_html_()

    assert not report.passed and "✗ 2024-03, validate, gate orders: not passed" in repr(report)
    assert "at least 0" in told and "-3 &lt;b&gt;" in told
    assert told.index("price") < told.index("1 check passed")


def test_links_lead_to_the_docs_and_the_failing_rows(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the folder of the notebook."""
    notebooks = Path(settings.workspace, "notebooks")
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    told = GateReport("r1", settings=settings)._repr_html_()

    assert f'href="../{PLACE}/gate/index.html"' in told and ">Data Docs<" in told
    assert f'href="../{PLACE}/02_validate.ipynb"' in told and ">the failing rows<" in told


def test_the_newest_run_with_gates_is_taken(ledger: Ledger, settings: Settings) -> None:
    """One that has passed no gate is not looked at."""
    ledger.start_run("r2", "shop", "run", {}, 1)
    ledger.end_run("r2", "succeeded")

    assert GateReport(pipeline="shop", settings=settings).run == "r1"
    with pytest.raises(NotFoundError, match="passed no gate"):
        GateReport("r2", settings=settings)


def test_a_run_that_there_is_not_is_an_error(settings: Settings) -> None:
    """And so is a workspace without verdicts, with what to do."""
    with pytest.raises(RunNotFoundError):
        GateReport("r9", settings=settings)
    with pytest.raises(NotFoundError, match="aifactory run PIPELINE"):
        GateReport(settings=settings)
