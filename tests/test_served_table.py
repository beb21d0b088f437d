"""What is written down of answers, as lines and as a table."""

import io
from datetime import datetime

import polars as pl
import pytest
from serving import add_version, fill_tables

from aifactory_nb.journal import Journal
from aifactory_nb.ledger import Ledger
from aifactory_nb.served_model import ServedModel, load_served
from aifactory_nb.served_table import Shadow, served_frame, served_lines, served_schema
from aifactory_nb.settings import Settings
from aifactory_nb.store import Store

AT = datetime(2024, 5, 31, 18, 30)


@pytest.fixture
def served(settings: Settings) -> ServedModel:
    pipeline, store = fill_tables(settings)
    add_version(settings, rounds=5)
    return load_served(store, Ledger(settings.ledger_url), pipeline, 1)


def sent(settings: Settings, served: ServedModel) -> pl.DataFrame:
    raw = Store(settings.store_folder, "shop").scan("raw").head(5).collect()
    return served.schema.read_frame(raw)


def table_of(columns: dict, served: ServedModel, rows: pl.DataFrame) -> pl.DataFrame:
    answers, features = served.answer_table(rows)
    ids = [f"a-{number}" for number in range(rows.height)]
    return served_frame(columns, ids, "r", served, rows, answers, 1.0, features, "challenger", AT)


def test_lines_and_tables_tell_the_same(settings, served):
    """Whichever way the rows came in."""
    rows, columns = sent(settings, served), served_schema(served)
    ids, named = [f"a-{number}" for number in range(5)], rows.rows(named=True)

    lines = served_lines(ids, "r", served, named, served.answer_rows(named), 1.0, "challenger", AT)

    read = pl.read_ndjson(io.BytesIO(lines), schema=columns)
    assert read.equals(table_of(columns, served, rows))
    assert read.select("alias", "version", "at").unique().rows() == [("challenger", 1, AT)]


def test_the_champion_says_which_columns_there_are(settings, served):
    """What a version beside it does not make is unknown; what it makes besides is left out."""
    columns = {**served_schema(served), "features": pl.Struct({"another": pl.Int64()})}

    table = table_of(columns, served, sent(settings, served))

    assert table.schema == pl.Schema(columns)
    assert table["features"].struct.field("another").null_count() == 5


def test_a_replay_waits_for_its_shadow(settings, served, monkeypatch):
    """Who says what time it is has time: no row is left out, however many come at once."""
    monkeypatch.setattr("aifactory_nb.served_table.SHADOW_ROWS", 2)
    store = Store(settings.store_folder, "shop")
    place = store.table("served")
    journal = Journal(store.folder("journals", "served"), place, served_schema(served))
    rows = sent(settings, served).rows(named=True)
    shadow = Shadow(served, journal)

    for number in range(200):
        shadow.ask([f"a-{number}"], "mine", rows[:1], datetime(2024, 5, 1), patient=True)
    shadow.stop()
    journal.close()

    assert shadow.dropped == 0
    assert store.scan("served").collect().height == 200
