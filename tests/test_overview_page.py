"""The page of a fan-out."""

import re
from pathlib import Path
from urllib.parse import unquote

from quick import Quick, regions, shop, spread  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.overview_page import write_overview
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.settings import Settings

# ruff: noqa: F811 (fixtures are imported)


def test_the_page_leads_to_each_notebook(settings: Settings, shop: Pipeline) -> None:
    """Whatever a value holds, its link is right and nothing of it is markup."""
    regions(settings.workspace, "<script>alert(1)</script>", "a/b?c#d", "ü")
    outcome = spread(shop, Quick())
    ledger = Ledger(settings.ledger_url)
    _, page = write_overview(settings, shop, ledger, outcome.run)
    text = page.read_text()
    links = {
        str((page.parent / unquote(link)).resolve()) for link in re.findall(r'href="(.*?)"', text)
    }
    rows = ledger.stage_runs(outcome.run)

    assert page == settings.runs_folder / "shop" / outcome.run / "index.html"
    assert links == {str(settings.workspace / row["notebook"]) for row in rows}
    assert "<script" not in text
    assert "http" not in re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)


def test_the_page_tells_what_is_missing(
    settings: Settings, shop: Pipeline, workspace: Path
) -> None:
    """Rows that are in no segment, failures, and the best of a matrix."""
    regions(workspace, "north", None)
    quick = Quick()
    quick.broken = {"region=north,fit.rounds=2"}
    outcome = spread(shop, quick, "region", ("fit.rounds=2,4,8",))
    _, page = write_overview(settings, shop, Ledger(settings.ledger_url), outcome.run)
    text = page.read_text()

    assert re.search(r"\d+ rows have no value and are in no segment", text)
    assert "no rows of region=north" in text
    assert "aifactory run shop --set fit.rounds=8 --segment region=north" in text
