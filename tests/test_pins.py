"""What runs are called, and what a name stands for that a stage reads."""

from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.ledger import Ledger
from aifactory_nb.pins import latest_pin, new_run_id, pin_fingerprint, run_folder
from aifactory_nb.settings import Settings
from aifactory_nb.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store", "shop")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty ledger."""
    return Ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_runs_have_names_of_their_own(settings: Settings) -> None:
    """Two runs of the same second too, each with its folder."""
    one, other = new_run_id("run"), new_run_id("run")

    assert one != other and "-run-" in one
    assert run_folder(settings, "shop", one) == settings.runs_folder / "shop" / one


def test_a_table_is_pinned_by_its_version(store: Store, ledger: Ledger) -> None:
    """What is not there has no pin; the fingerprint follows from the rows."""
    assert latest_pin(store, ledger, "rows") is None
    store.write("rows", pl.DataFrame({"n": [1]}))
    written = store.write("rows", pl.DataFrame({"n": [2]}))

    assert latest_pin(store, ledger, "rows") == 1
    assert pin_fingerprint(store, ledger, "rows", 1) == written.fingerprint
    assert pin_fingerprint(store, ledger, "rows", 0) != written.fingerprint


def test_models_are_pinned_by_alias_and_number(store: Store, ledger: Ledger) -> None:
    """The champion is what the ledger says, the version the newest; both stand for the model's digest."""
    for digest in ("a", "b"):
        ledger.add_model("shop", f"run-{digest}", digest, "models/v{version}", {})
    ledger.set_alias("shop", "champion", 1, "me", "first", {})

    assert latest_pin(store, ledger, "champion") == 1 and latest_pin(store, ledger, "version") == 2
    assert pin_fingerprint(store, ledger, "champion", 1) == "a"
    assert pin_fingerprint(store, ledger, "shadow", None) == "none"
