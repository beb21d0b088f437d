"""A fan-out of the shipped stages, as the command line carries it out."""

import json
from pathlib import Path

import pytest
from conftest import PIPELINE, aifactory, customers, orders

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace in which a model was built for each region, and what the command printed."""
    folder = tmp_path_factory.mktemp("built")
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(PIPELINE)
    orders(months=3, rows=600).write_parquet(data / "orders.parquet")
    customers().write_parquet(data / "customers.parquet")
    done = aifactory("run", "shop", "--segment", "region", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_each_region_has_a_champion_of_its_own(built: tuple[Path, str]) -> None:
    """The line from the rows to the alias, with the shipped templates."""
    folder, text = built
    settings = load_settings(folder)
    ledger = Ledger(settings.ledger_url)

    assert ledger.products("shop") == ["shop", "shop/region=north", "shop/region=south"]
    rows = 0
    for region in ("north", "south"):
        store = Store(settings.store_folder, f"shop/region={region}")
        assert ledger.aliases(store.product) == {"champion": 1}
        card = json.loads((store.model_folder(1) / "model.json").read_text())
        rows += card["training"]["rows"]
    assert 1000 < rows < 1300  # of two months, each row in one of them
    assert "version 1 is champion" in text
    assert ledger.verify_audit().ok


def test_the_models_of_segments_are_listed_and_moved(built: tuple[Path, str]) -> None:
    """By the commands of any model, with the segment."""
    folder, _ = built
    rows = json.loads(aifactory("models", "shop", "--json", folder=folder).stdout)
    told = aifactory(
        "promote", "shop", "1", "--segment", "region=north", "--alias", "shadow",
        "--reason", "to compare", folder=folder,
    )  # fmt: skip
    wrong = aifactory(
        "rollback", "shop", "--segment", "region=nort", "--reason", "x", folder=folder
    )

    assert [row["segment"] for row in rows] == ["region=north", "region=south"]
    assert "shadow of shop/region=north is now version 1" in told.stdout
    assert "no model of the segment region=nort. Did you mean 'region=north'" in wrong.stderr


def test_the_fan_out_is_shown_again(built: tuple[Path, str]) -> None:
    """In the terminal, as JSON, and as a page; and a second one finds nothing to do."""
    folder, _ = built
    again = aifactory("run", "shop", "--segment", "region=south,north", folder=folder)
    run = Ledger(load_settings(folder).ledger_url).runs("shop")[0]["run_id"]
    shown = aifactory("show", run, folder=folder)
    told = json.loads(aifactory("show", run, "--json", folder=folder).stdout)

    assert "Nothing to do" in again.stdout
    assert "region=north" in shown.stdout and "log_loss" in shown.stdout
    assert told["counts"] == {"cached": 2}
    assert (folder / "runs" / "shop" / run / "index.html").is_file()


def test_what_a_fan_out_cannot_do_is_said(built: tuple[Path, str]) -> None:
    """Production has one champion so far; a resumed run is as it was planned."""
    folder, _ = built
    operate = aifactory("run", "shop", "--line", "operate", "--segment", "region", folder=folder)
    resumed = aifactory("run", "shop", "--resume", "x", "--matrix", "train.rounds=1", folder=folder)
    typed = aifactory("run", "shop", "--matrix", "train.num_leaves=15,many", folder=folder)

    assert "--segment and --matrix build models" in operate.stderr
    assert "leave out --matrix" in resumed.stderr
    assert "train.num_leaves must be int, found 'many'" in typed.stderr
