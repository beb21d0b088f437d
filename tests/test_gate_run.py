"""One gate by itself: what is checked, what is kept, and what is left alone."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from conftest import orders

from aifactory_nb.errors import ParameterError, TableNotFoundError
from aifactory_nb.gate_run import find_suite, gate_window, run_gate
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.settings import Settings
from aifactory_nb.store import Store
from aifactory_nb.window import TimeWindow

SUITE = [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "price", "min_value": 0}}
]


@pytest.fixture
def shop(settings: Settings) -> Pipeline:
    """A pipeline with a raw table, two bad rows in it, and a gate that sets them aside."""
    home = settings.workspace / "pipelines" / "shop"
    gates = '\n[gates]\ndata = "orders.json"\nactions = {critical = "quarantine"}\n'
    path = home / "pipeline.toml"
    path.write_text(path.read_text() + gates)
    (home / "orders.json").write_text(json.dumps({"name": "orders", "expectations": SUITE}))
    bad = pl.col("order").is_in([7, 500])
    rows = orders(months=3).with_columns(price=pl.when(bad).then(-1.0).otherwise("price"))
    Store(settings.store_folder, "shop").write("raw", rows)
    return load_pipeline(settings.workspace, "shop")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of the workspace."""
    ledger = Ledger(settings.ledger_url)
    yield ledger
    ledger.close()


def strict(settings: Settings) -> Path:
    """A suite that is not met."""
    path = settings.workspace / "strict.json"
    few = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}}
    path.write_text(json.dumps({"name": "strict", "expectations": [few]}))
    return path


def test_the_window_of_the_pipeline_is_checked(settings: Settings, shop: Pipeline) -> None:
    """Two months of three; bad rows are named, and nothing is set aside."""
    done = run_gate(settings, shop)

    assert (done.window, done.verdict.rows) == ("2024-01-01..2024-03-01", 799)
    assert done.verdict.passed
    assert done.verdict.set_aside.height == 2
    assert Store(settings.store_folder, "shop").tables() == ["raw"]


def test_a_month_alone(settings: Settings, shop: Pipeline) -> None:
    """The window that is given counts."""
    done = run_gate(settings, shop, span=gate_window(shop, "2024-02"))

    assert done.window == "2024-02"
    assert done.verdict.set_aside.height == 1


def test_the_verdict_is_kept_in_the_ledger(
    settings: Settings, shop: Pipeline, ledger: Ledger
) -> None:
    """A run of its own, with the action of each check; the audit trail verifies."""
    done = run_gate(settings, shop)
    gate = ledger.gates(done.run)[0]

    assert (gate["stage"], gate["name"], gate["passed"]) == ("gate", "orders", True)
    assert gate["details"] == json.loads(json.dumps(done.verdict.checks))
    assert ledger.run(done.run)["status"] == "succeeded"
    assert ledger.verify_audit().ok


def test_a_verdict_by_hand_is_not_that_of_a_window(
    settings: Settings, shop: Pipeline, ledger: Ledger
) -> None:
    """Reports tell of the gates of a line; a strict suite that is tried does not stop one."""
    done = run_gate(settings, shop, suite=strict(settings))

    assert not done.verdict.passed
    assert [gate["kind"] for gate in ledger.gates(pipeline="shop")] == ["by hand"]
    assert ledger.run(done.run)["status"] == "stopped"


def test_beside_a_run_at_work_it_is_told_and_not_kept(
    settings: Settings, shop: Pipeline, ledger: Ledger
) -> None:
    """A look at the data waits for nobody."""
    ledger.start_run("busy", "shop", "run", {}, 1)

    done = run_gate(settings, shop)

    assert done.run == "" and done.verdict.passed
    assert [run["run_id"] for run in ledger.runs()] == ["busy"]


def test_the_page_lies_with_the_run(settings: Settings, shop: Pipeline) -> None:
    """Or where it is asked for."""
    done = run_gate(settings, shop)
    asked = run_gate(settings, shop, docs=settings.workspace / "look")

    folder = settings.runs_folder / "shop" / done.run
    named = f"gate_orders_2024-01-01..2024-03-01_{done.run}.html"
    assert done.page == folder / "2024-01-01..2024-03-01" / "gate" / named
    assert done.page.is_file()
    assert asked.page == settings.workspace / "look" / "index.html"


def test_no_page_is_made_that_nobody_wants(settings: Settings, shop: Pipeline) -> None:
    """`gates.docs` is off; a folder that is named is a wish."""
    gates = shop.gates.model_copy(update={"docs": False})
    quiet = shop.model_copy(update={"gates": gates})
    quiet._folder = shop.folder

    assert run_gate(settings, quiet).page is None
    assert run_gate(settings, quiet, docs=settings.workspace / "look").page is not None


def test_any_table_with_a_suite_of_its_own(settings: Settings, shop: Pipeline) -> None:
    """A table without the time column is checked as a whole."""
    Store(settings.store_folder, "shop").write("quality", pl.DataFrame({"auc": [0.7]}))

    done = run_gate(settings, shop, "quality", strict(settings))

    assert (done.table, done.verdict.rows, done.verdict.passed) == ("quality", 1, True)


def test_what_is_missing_is_named(settings: Settings, shop: Pipeline, tmp_path: Path) -> None:
    """A table, a suite, a file: each says what to do."""
    with pytest.raises(TableNotFoundError, match=r"No table 'rwa' .*Tables: raw"):
        run_gate(settings, shop, "rwa", strict(settings))
    with pytest.raises(ParameterError, match="Name a suite for this one: --suite FILE"):
        find_suite(shop, "features")
    with pytest.raises(ParameterError, match="there is no such file"):
        find_suite(shop, "raw", tmp_path / "none.json")
    bare = shop.model_copy(update={"gates": type(shop.gates)()})
    with pytest.raises(ParameterError, match="aifactory gate propose shop"):
        find_suite(bare, "raw")


def test_windows(shop: Pipeline) -> None:
    """A named one, days, one of two days, or the pipeline's."""
    january = TimeWindow(datetime(2024, 1, 1), datetime(2024, 2, 1))

    assert gate_window(shop, "2024-01") == january
    assert gate_window(shop, first="2024-01-01", last="2024-02-01") == january
    assert gate_window(shop, last="2024-02-01") == january
    assert gate_window(shop).end == datetime(2024, 3, 1)
    with pytest.raises(ParameterError, match="either --window, or --from and --to"):
        gate_window(shop, "2024-01", "2024-01-01")
