"""Quarantine: which rows go in, what reads on without them, and that a window can be run again."""

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from conftest import orders

from aifactory_nb.errors import DataError, GateError
from aifactory_nb.ledger import Ledger
from aifactory_nb.personal import masked
from aifactory_nb.pipeline import Data, load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.quarantine import (
    QUARANTINE,
    REASONS,
    WINDOW,
    accepted_rows,
    row_identity,
    shown_rows,
    with_reasons,
)
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.stage import Stage
from aifactory_nb.store import Store
from aifactory_nb.window import TimeWindow

JANUARY = TimeWindow(datetime(2024, 1, 1), datetime(2024, 2, 1))
FEBRUARY = TimeWindow(datetime(2024, 2, 1), datetime(2024, 3, 1))
SHOP = Data(key=["order"], time="at")


def at(*days: int) -> pl.Series:
    """Moments of January 2024."""
    return pl.Series("at", [datetime(2024, 1, day) for day in days], dtype=pl.Datetime("us"))


def found(*rows: int) -> pl.DataFrame:
    """Rows that a gate has found."""
    reasons = [["price: at least 0"]] * len(rows)
    schema = {"row": pl.UInt32, "reasons": pl.List(pl.String)}
    return pl.DataFrame({"row": rows, "reasons": reasons}, schema=schema)


# --- frames


def test_a_row_is_told_by_key_and_time() -> None:
    """The same order at another time is another row."""
    rows = pl.DataFrame({"order": [1, 1, 2]}).with_columns(at(1, 2, 1))

    good = accepted_rows(rows.lazy(), with_reasons(rows, found(0)).lazy(), SHOP).collect()

    assert row_identity(SHOP) == ["order", "at"]
    assert good.rows() == [(1, datetime(2024, 1, 2)), (2, datetime(2024, 1, 1))]


def test_missing_values_of_a_key_are_equal() -> None:
    """A row without a key can be set aside, and others stay."""
    rows = pl.DataFrame({"order": [None, 2, None]}, schema={"order": pl.Int64})
    rows = rows.with_columns(at(1, 1, 2))

    good = accepted_rows(rows.lazy(), with_reasons(rows, found(0)).lazy(), SHOP).collect()

    assert good["order"].to_list() == [2, None]


def test_rows_keep_their_order_and_their_types() -> None:
    """What is left is the table as it was."""
    rows = pl.DataFrame({"order": range(1000), "name": ["x"] * 1000}).with_columns(
        at(*[1] * 1000), kind=pl.lit("a").cast(pl.Categorical)
    )

    good = accepted_rows(rows.lazy(), with_reasons(rows, found(3, 500)).lazy(), SHOP)

    assert good.collect_schema() == rows.schema
    assert good.collect()["order"].to_list() == [n for n in range(1000) if n not in (3, 500)]


def test_a_key_of_another_type_is_compared_as_it_is_now() -> None:
    """The type of a key may have changed since."""
    before = pl.DataFrame({"order": ["1", "x"]}).with_columns(at(1, 1))
    rows = pl.DataFrame({"order": [1, 2]}).with_columns(at(1, 1))

    good = accepted_rows(rows.lazy(), with_reasons(before, found(0, 1)).lazy(), SHOP).collect()

    assert good["order"].to_list() == [2]


def test_a_quarantine_without_the_key_is_an_error() -> None:
    """The key was changed, and nobody can tell which rows were meant."""
    rows = pl.LazyFrame({"order": [1]}).with_columns(at(1))

    with pytest.raises(DataError, match="has no column 'order'.*Did you mean 'ordre'"):
        accepted_rows(rows, rows.rename({"order": "ordre"}), SHOP)


def test_rows_with_reasons_come_in_the_order_of_the_table() -> None:
    """Whatever order they were found in; a few are enough for a look."""
    rows = pl.DataFrame({"order": [5, 6, 7, 8]})

    assert with_reasons(rows, found(3, 0))["order"].to_list() == [5, 8]
    assert with_reasons(rows, found(3, 0, 1), limit=2)["order"].to_list() == [5, 6]


def test_what_people_see_begins_with_the_reasons() -> None:
    """Personal data are hidden in each type, and other columns stay as they are."""
    rows = pl.DataFrame(
        {"n": [1.5], "name": ["ann"], "mails": [["a@b.org"]], "phone": [4915112345], "order": [7]}
    )

    shown = shown_rows(with_reasons(rows, found(0)), ["order"], masked)

    assert shown.columns == ["not as expected", "order", "n", "name", "mails", "phone"]
    assert shown.rows() == [("price: at least 0", 7, 1.5, "a••", "a@•.•••", "4•••••••••")]


def test_a_damaged_file_of_the_window_is_written_anew(workspace: Path, store: Store) -> None:
    """As in the raw table: what is replaced anyway need not be readable."""
    validate(JANUARY, 7)
    next(Path(store.table(QUARANTINE).url).glob("*.parquet")).write_bytes(b"half")
    validate(JANUARY, 8)

    assert in_quarantine(store) == [8]


# --- a stage


@pytest.fixture
def store(settings: Settings) -> Store:
    """The store of the workspace, with a raw table."""
    store = Store(settings.store_folder, "shop")
    store.write("raw", orders(months=3))
    return store


def validate(window: TimeWindow, *bad: int) -> Stage:
    """A stage that sets these orders of a window aside."""
    stage = Stage("validate", "shop", "", window.start, window.end)
    rows = stage.rows_in_window(stage.read("raw")).collect()
    numbers = rows.with_row_index("row").filter(pl.col("order").is_in(bad))["row"]
    stage.quarantine(with_reasons(rows, found(*numbers)))
    stage.complete()
    return stage


def in_quarantine(store: Store) -> list[int]:
    """The orders that are set aside."""
    return sorted(store.scan(QUARANTINE).collect()["order"])


def test_without_a_quarantine_the_whole_table_is_read(workspace: Path, store: Store) -> None:
    """Nothing is written and nothing is looked up where no gate has set anything aside."""
    stage = validate(JANUARY)

    assert not store.table_exists(QUARANTINE)
    assert stage.read_accepted("raw").collect().height == store.rows("raw")
    assert [(item.name, item.pin) for item in stage.result.outputs] == [(QUARANTINE, None)]
    assert "quarantine" not in stage.result._repr_html_().replace("quarantined", "")


def test_what_is_set_aside_is_kept_whole(workspace: Path, store: Store) -> None:
    """Every column of the row, with the reasons and the window."""
    validate(JANUARY, 7)
    row = store.scan(QUARANTINE).collect().row(0, named=True)
    raw = store.scan("raw").filter(pl.col("order") == 7).collect().row(0, named=True)

    assert {name: row[name] for name in raw} == raw
    assert row[REASONS] == ["price: at least 0"]
    assert row[WINDOW] == "2024-01"


def test_the_same_rows_make_the_same_quarantine(workspace: Path, store: Store) -> None:
    """Another run of the same validation changes nothing of what is built behind it."""
    prints = [validate(JANUARY, 7, 8).result.outputs[0].fingerprint for _ in range(2)]

    assert prints[0] == prints[1]


def test_counts_are_told(workspace: Path, store: Store) -> None:
    """In the metrics, the outputs and the rows of the stage."""
    result = validate(JANUARY, 7, 8, 9).result

    assert result.metrics["quarantined"] == 3
    assert [(item.name, item.rows) for item in result.outputs] == [(QUARANTINE, 3)]
    assert result.rows_out == result.rows_in - 3


def test_a_window_that_is_validated_again_replaces_its_rows(workspace: Path, store: Store) -> None:
    """Others stay; a window that is clean now has none."""
    validate(JANUARY, 7, 8)
    validate(FEBRUARY, 500)
    validate(JANUARY, 8, 9)
    assert in_quarantine(store) == [8, 9, 500]

    validate(JANUARY)
    assert in_quarantine(store) == [500]


def test_a_clean_window_leaves_the_table_as_it_is(workspace: Path, store: Store) -> None:
    """No new version, but its state is what the next stage reads."""
    validate(JANUARY, 7)
    stage = validate(FEBRUARY)

    assert store.version(QUARANTINE) == 0
    assert [(item.kind, item.pin) for item in stage.result.outputs] == [("value", 0)]
    assert stage.result.outputs[0].fingerprint == store.fingerprint(QUARANTINE)


def test_later_windows_look_back_without_them(workspace: Path, store: Store) -> None:
    """The quarantine of all windows is left out, at the version that is pinned."""
    validate(JANUARY, 7, 8)
    validate(FEBRUARY, 500)
    rows = store.rows("raw")

    assert Stage("use", "shop").read_accepted("raw").collect().height == rows - 3
    pinned = Stage("use", "shop", inputs={"raw": 0, QUARANTINE: 0})
    assert pinned.read_accepted("raw").collect().height == rows - 2
    without = Stage("use", "shop", inputs={"raw": 0, QUARANTINE: None})
    assert without.read_accepted("raw").collect().height == rows


def test_a_first_window_with_other_columns_begins_anew(workspace: Path, store: Store) -> None:
    """As the raw table does, also when only a type has changed and nothing is set aside."""
    window = TimeWindow(datetime(2024, 1, 1), datetime(2024, 3, 1))
    validate(window, 7)
    store.write("raw", orders(months=3).with_columns(pl.col("customer").cast(pl.String)))
    validate(window)

    assert store.schema(QUARANTINE)["customer"] == pl.String
    assert store.rows(QUARANTINE) == 0


def test_without_a_time_the_quarantine_is_written_anew(workspace: Path, store: Store) -> None:
    """A pipeline without windows has one set of rows."""
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    text = path.read_text().replace('time = "ordered_at"\n', "")
    text = text.replace("known_at = \"ordered_at + INTERVAL '1 day' * 3\"\n", "")
    text = text.replace("[window]\nstart = 2024-01-01\nend = 2024-03-01\n", "")
    path.write_text(text)
    validate(TimeWindow(), 7, 8)
    stage = validate(TimeWindow(), 8)

    assert in_quarantine(store) == [8]
    assert stage.read_accepted("raw").collect().height == store.rows("raw") - 1


# --- the line

SUITE = [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "price", "min_value": 0}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "order"}},
]


def spoilt(share: int) -> pl.DataFrame:
    """Orders of which every so many have a price that cannot be."""
    bad = pl.col("order") % share == 7
    return orders(months=3).with_columns(price=pl.when(bad).then(-1.0).otherwise("price"))


@pytest.fixture
def gated(settings: Settings) -> Settings:
    """A workspace whose gate sets critical rows aside; every hundredth order is bad."""
    home = settings.workspace / "pipelines" / "shop"
    gates = '\n[gates]\ndata = "orders.json"\nactions = {critical = "quarantine"}\n'
    path = home / "pipeline.toml"
    path.write_text(path.read_text() + gates)
    (home / "orders.json").write_text(json.dumps({"name": "orders", "expectations": SUITE}))
    spoilt(100).write_parquet(home / "data" / "orders.parquet")
    return settings


def build(settings: Settings, window: TimeWindow = JANUARY):
    """Run the line up to the features."""
    pipeline = load_pipeline(settings.workspace, "shop")
    runner = start_run(settings, pipeline, [Request(["ingest", "validate", "features"], window)])
    return runner.execute()


def table(settings: Settings, name: str) -> pl.DataFrame:
    """A table of the pipeline."""
    return Store(settings.store_folder, "shop").scan(name).collect()


@pytest.fixture
def ledger(gated: Settings):
    """The ledger of the workspace."""
    ledger = Ledger(gated.ledger_url)
    yield ledger
    ledger.close()


def test_a_line_goes_on_with_the_good_rows(gated: Settings, ledger: Ledger) -> None:
    """Bad rows are in no feature, and counted in the ledger, the result and the notebook."""
    outcome = build(gated)
    bad, raw = table(gated, QUARANTINE), table(gated, "raw")
    gate = next(row for row in ledger.gates(outcome.run) if row["name"] == "orders")
    told = {check["expectation"]: check for check in gate["details"]}
    stage = next(row for row in ledger.stage_runs(outcome.run) if row["stage"] == "validate")

    assert outcome.status == "succeeded", outcome.message
    assert bad.height == raw.filter(pl.col("price") < 0).height > 0
    assert table(gated, "features").height == raw.height - bad.height
    assert not set(bad["order"]) & set(table(gated, "features")["order"])
    assert told["rows_for_quarantine"]["found"] == f"{bad.height} of {raw.height} rows"
    assert told["expect_column_values_to_be_between"]["action"] == "quarantine"
    assert stage["result"]["metrics"]["quarantined"] == bad.height
    assert gate["passed"]


@pytest.mark.long
def test_the_second_run_does_nothing_and_a_mended_source_lets_rows_out(gated: Settings) -> None:
    """What changed in the quarantine is built again, and only that."""
    build(gated)
    again = build(gated)
    path = gated.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    orders(months=3).write_parquet(path)
    mended = build(gated)

    assert again.nothing_done
    assert mended.counts == {"succeeded": 3}
    assert table(gated, QUARANTINE).is_empty()
    assert table(gated, "features").height == table(gated, "raw").height


@pytest.mark.long
def test_other_actions_build_the_features_again(gated: Settings) -> None:
    """The quarantine is empty once bad rows only warn."""
    build(gated)
    path = gated.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text().replace('"quarantine"}', '"warn"}'))

    assert build(gated).status == "succeeded"
    assert table(gated, QUARANTINE).is_empty()
    assert table(gated, "features").height == table(gated, "raw").height


def test_too_many_bad_rows_stop_the_line(gated: Settings, ledger: Ledger) -> None:
    """Nothing is set aside, and the message tells the limit."""
    path = gated.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    spoilt(10).write_parquet(path)

    outcome = build(gated)

    assert (outcome.status, outcome.exit_code) == ("stopped", GateError.exit_code)
    assert "rows_for_quarantine : limit at most 5 % of rows, found at least" in outcome.message
    assert not Store(gated.store_folder, "shop").table_exists(QUARANTINE)


def test_the_notebook_shows_the_bad_rows_and_links_the_page(gated: Settings) -> None:
    """The executed notebook holds the table, the rows and a relative link that leads somewhere."""
    outcome = build(gated)
    folder = gated.runs_folder / "shop" / outcome.run / "2024-01"
    text = (folder / "02_validate.ipynb").read_text()
    named = f"gate_orders_2024-01_{outcome.run}.html"
    page = (folder / "gate" / named).read_text()

    assert f'href=\\"gate/{named}\\"' in text
    assert "price: values to be between, at least 0" in text
    assert "rows are set aside." in text
    assert "rows for quarantine" in page and str(gated.workspace) not in page


@pytest.mark.long
def test_a_stage_that_broke_off_is_run_again(gated: Settings) -> None:
    """Rows that it had set aside before it died are there once."""
    build(gated)
    rows = table(gated, QUARANTINE)
    broken = Stage("validate", "shop", "", date(2024, 1, 1), date(2024, 2, 1))
    bad = broken.read("raw").collect().head(3)
    broken.quarantine(with_reasons(bad, found(0, 1, 2)))

    assert build(gated).status == "succeeded"
    assert sorted(table(gated, QUARANTINE)["order"]) == sorted(rows["order"])


@pytest.mark.long
def test_features_wait_for_the_quarantine(gated: Settings) -> None:
    """Two windows in one run: each features stage reads what its own validate stage left."""
    pipeline = load_pipeline(gated.workspace, "shop")
    line = ["ingest", "validate", "features"]
    requests = [Request(line, JANUARY), Request(line, FEBRUARY)]
    runner = start_run(gated, pipeline, requests)
    assert runner.execute().status == "succeeded"
    results = [runner.results[step.position] for step in runner.steps if step.stage == "features"]

    assert [result.inputs[QUARANTINE] for result in results] == [0, 1]
    assert (
        table(gated, "features").height + table(gated, QUARANTINE).height
        == table(gated, "raw").height
    )


@pytest.mark.long
def test_days_of_the_window_are_dates(gated: Settings) -> None:
    """A stage that is run by hand sets aside what the line would."""
    build(gated)
    before = in_quarantine(Store(gated.store_folder, "shop"))
    stage = Stage("validate", "shop", "", date(2024, 1, 1), date(2024, 2, 1))

    assert stage.read_accepted("raw").collect().height + len(before) == table(gated, "raw").height
