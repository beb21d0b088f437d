"""What comes in: only what is new, exactly once; what is refused before anything is written; what is told."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from conftest import orders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_notebook import run_cell

from aifactory_nb.errors import AifactoryError, DataError, PipelineError
from aifactory_nb.ingest import (
    checked_columns,
    checked_rows,
    compare_rows,
    named_columns,
    read_incoming,
    refuse_empty_window,
    since_watermark,
    time_findings,
    value_findings,
)
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.source import Wanted, source
from aifactory_nb.store import Store

INGEST = Path(__file__).parent.parent / "templates" / "stages" / "ingest.ipynb"
MEMORY: list[dict[str, int]] = []
SCHEMA = {"number": pl.Int64, "changed": pl.Int64, "value": pl.Int64}
SPECIFICATION = """
source = {kind = "memory", watermark = "changed", overlap = "3"}
data = {key = ["number"]}
target = {column = "value", task = "regression"}
features = {steps = [{kind = "columns", columns = ["changed"]}]}
"""


@source("memory")
def read_memory(wanted: Wanted) -> pl.LazyFrame:
    """Rows that a test made up."""
    return pl.LazyFrame(MEMORY, schema=SCHEMA)


def made(folder: Path, specification: str = SPECIFICATION) -> Pipeline:
    """A pipeline of that specification."""
    home = folder / "pipelines" / "made"
    home.mkdir(parents=True, exist_ok=True)
    (home / "pipeline.toml").write_text(specification)
    return load_pipeline(folder, "made")


def ingest(pipeline: Pipeline, store: Store, crash: bool = False) -> None:
    """What the template does; a crash comes between reading and writing."""
    before = store.scan("raw") if store.table_exists("raw") else None
    incoming = read_incoming(pipeline, before)
    rows = checked_rows(incoming.rows.collect(), pipeline)
    changes = compare_rows(rows, incoming.before, pipeline.data.key)
    if crash:
        return
    if incoming.before is None:
        store.write("raw", rows)
    else:
        store.merge("raw", changes.rows, pipeline.data.key, newer=pipeline.source.watermark)


def change(rows: dict[int, tuple[int, int]], number: int, behind: int, value: int) -> None:
    """A row appears or changes in the source, up to the overlap behind the newest one."""
    newest = max((changed for changed, _ in rows.values()), default=10)
    changed = max(newest + 1 - behind, rows.get(number, (0, 0))[0])
    rows[number] = (changed, value)


CHANGES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4), st.integers(0, 2)), max_size=5)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(
        st.tuples(CHANGES, st.sampled_from(["once", "twice", "crash", "late"])), max_size=5
    )
)
def test_every_row_arrives_exactly_once(tmp_path_factory, batches) -> None:
    """Repeats, ties, late rows within the overlap and crashes end with exactly the source's rows."""
    folder = tmp_path_factory.mktemp("once")
    pipeline, store = made(folder), Store(folder / "store", "made")
    there: dict[int, tuple[int, int]] = {0: (10, 0)}
    for changes, way in [*batches, ([], "once")]:
        for number, behind, value in changes:
            change(there, number, behind, value)
        MEMORY[:] = [{"number": n, "changed": c, "value": v} for n, (c, v) in there.items()]
        for crash in {
            "once": [False],
            "twice": [False, False],
            "crash": [True, False],
            "late": [True],
        }[way]:
            ingest(pipeline, store, crash)

    found = store.scan("raw").collect().rows()
    assert sorted(found) == sorted((n, c, v) for n, (c, v) in there.items())
    version = store.version("raw")
    ingest(pipeline, store)
    assert store.version("raw") == version


def test_an_older_read_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    """Of two ingests at the same time the one that read first may write last."""
    pipeline, store = made(tmp_path), Store(tmp_path / "store", "made")
    MEMORY[:] = [{"number": 1, "changed": 1, "value": 1}]
    ingest(pipeline, store)
    stale = read_incoming(pipeline, store.scan("raw")).rows.collect()
    MEMORY[:] = [{"number": 1, "changed": 2, "value": 2}]
    ingest(pipeline, store)
    store.merge("raw", stale, ["number"], newer="changed")

    assert store.scan("raw").collect().row(0) == (1, 2, 2)


@pytest.mark.parametrize(
    ("highest", "overlap", "since"),
    [
        (datetime(2024, 1, 2), "1h", datetime(2024, 1, 1, 23)),
        (datetime(2024, 1, 2).date(), "1d", datetime(2024, 1, 1).date()),
        (10, "3", 7),
        (1.5, "0.5", 1.0),
        ("2024-01", None, "2024-01"),
        (None, "3", None),
    ],
)
def test_reading_begins_an_overlap_below_the_watermark(tmp_path, highest, overlap, since) -> None:
    """Times less a span, numbers less a number, text as it is."""
    line = f'"changed", overlap = "{overlap}"' if overlap else '"changed"'
    pipeline = made(tmp_path, SPECIFICATION.replace('"changed", overlap = "3"', line))

    assert since_watermark(pl.LazyFrame({"changed": [highest]}), pipeline) == since


@pytest.mark.parametrize(
    ("source_line", "highest", "message"),
    [
        (
            'watermark = "changed", overlap = "soon"',
            1,
            "expected a span such as '1h' or a number; found 'soon'",
        ),
        (
            'watermark = "changed", overlap = "1h"',
            1,
            "does not fit the watermark 'changed', which is 1",
        ),
        (
            'watermark = "changed", overlap = "3"',
            datetime(2024, 1, 1),
            "does not fit the watermark",
        ),
        ('watermark = "changed", overlap = "3"', "a", "does not fit the watermark"),
        ('overlap = "3"', 1, "overlap is for a source with a watermark"),
    ],
)
def test_an_overlap_that_does_not_fit_is_explained(tmp_path, source_line, highest, message) -> None:
    """A span for times, a number for numbers, none for text, none without a watermark."""
    old = 'watermark = "changed", overlap = "3"'
    pipeline = made(tmp_path, SPECIFICATION.replace(old, source_line))

    with pytest.raises(PipelineError, match=message):
        since_watermark(pl.LazyFrame({"changed": [highest]}), pipeline)


def test_a_watermark_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the closest one."""
    MEMORY[:] = [{"number": 1, "changed": 1, "value": 1}]
    pipeline = made(tmp_path, SPECIFICATION.replace('"changed", overlap', '"chanegd", overlap'))

    with pytest.raises(
        PipelineError,
        match="source.watermark: there is no column 'chanegd'. Did you mean 'changed'",
    ):
        read_incoming(pipeline, None)


def refused(rows: pl.DataFrame, pipeline: Pipeline) -> str:
    """Why rows are refused."""
    with pytest.raises(DataError) as caught:
        checked_rows(rows, pipeline)
    return str(caught.value)


def test_keys_are_refused_when_null_or_doubled(workspace: Path) -> None:
    """With how many, and an example."""
    pipeline = load_pipeline(workspace, "shop")
    rows = orders(1, 5).with_columns(order=pl.Series([1, 2, 2, 2, 3]))

    assert "3 rows share their key with another row; order 2 is there 3 times" in refused(
        rows, pipeline
    )
    nulls = rows.with_columns(order=pl.Series([1, None, None, 4, 5]))
    assert "2 of 5 rows have no 'order'" in refused(nulls, pipeline)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0], "1 of 2 rows have a weight that is missing, negative or not finite: -1.0"),
        ([1.0, float("nan")], "negative or not finite: nan"),
        ([1.0, float("inf")], "inf"),
        ([1.0, None], "None"),
        (["1", "2"], "column 'value' is String, and no number"),
    ],
)
def test_weights_are_finite_and_not_negative(tmp_path: Path, weights: list, message: str) -> None:
    """A weight of nought is one."""
    text = SPECIFICATION.replace('key = ["number"]', 'key = ["number"], weight = "value"')
    pipeline = made(
        tmp_path,
        text.replace('watermark = "changed", overlap = "3"', 'kind = "memory"').replace(
            'kind = "memory", kind', "kind"
        ),
    )
    rows = pl.DataFrame({"number": [1, 2], "value": weights}, strict=False)

    assert message in refused(rows, pipeline)
    assert checked_rows(pl.DataFrame({"number": [1], "value": [0]}), pipeline).height == 1


def test_a_row_without_watermark_is_refused(tmp_path: Path) -> None:
    """A change in it would never be seen."""
    rows = pl.DataFrame({"number": [1, 2], "changed": [1, None], "value": [1, 1]})

    assert "1 of 2 rows have no 'changed'" in refused(rows, made(tmp_path))


def test_of_several_versions_of_a_row_the_newest_is_taken(tmp_path: Path) -> None:
    """A log of changes is a source too; two different rows of one moment are an error."""
    rows = pl.DataFrame({"number": [1, 1, 1, 2], "changed": [1, 2, 2, 1], "value": [1, 5, 5, 1]})

    assert checked_rows(rows, made(tmp_path)).rows() == [(1, 2, 5), (2, 1, 1)]
    other = rows.with_columns(value=pl.Series([1, 5, 6, 1]))
    assert "share their key" in refused(other, made(tmp_path))


def test_columns_with_a_role_must_be_there(tmp_path: Path) -> None:
    """Order, group and weight too."""
    roles = 'key = ["number"], order = "row", group = "machine", weight = "count"'
    pipeline = made(tmp_path, SPECIFICATION.replace('key = ["number"]', roles))

    assert named_columns(pipeline) == {"number", "row", "machine", "count", "changed", "value"}
    with pytest.raises(
        DataError, match="The source of 'made' lacks the columns count, machine, row"
    ):
        checked_columns(pl.LazyFrame(schema=SCHEMA), pipeline)


@pytest.mark.parametrize("values", [["31.1.2024"], [1_700_000_000]])
def test_a_time_that_is_none_is_explained(workspace: Path, values: list) -> None:
    """With an example and how to declare it; a date is the beginning of its day."""
    pipeline = load_pipeline(workspace, "shop")
    rows = orders(1, 1)

    with pytest.raises(DataError, match=rf"column 'ordered_at' is .*{values[0]}.*source.types"):
        checked_columns(rows.with_columns(ordered_at=pl.Series(values)).lazy(), pipeline)
    dates = rows.with_columns(pl.col("ordered_at").dt.date()).lazy()
    assert checked_columns(dates, pipeline).collect_schema()["ordered_at"] == pl.Datetime("us")


def test_a_window_without_rows_is_explained(workspace: Path) -> None:
    """With where the rows lie, and what to do."""
    pipeline = load_pipeline(workspace, "shop")
    start, end = datetime(2030, 1, 1), datetime(2030, 2, 1)

    with pytest.raises(
        DataError,
        match="no row with ordered_at from 2030-01-01 to before 2030-02-01; its rows reach from 2024",
    ):
        refuse_empty_window(0, orders(1, 5).lazy(), pipeline, start, end)


def test_rows_are_new_changed_known_or_gone() -> None:
    """By key and content; NaN is equal to itself."""
    there = pl.LazyFrame(
        {"k": [1, 2, 3, 4], "a": [1.0, float("nan"), None, 4.0], "b": list("wxyz")}
    )
    rows = pl.DataFrame({"k": [5, 3, 2, 1], "a": [5.0, 3.0, float("nan"), 1.0], "b": list("vyxw")})

    changes = compare_rows(rows, there, ["k"])

    assert str(changes) == "1 rows are new, 1 changed, 2 known, 1 gone from the source"
    assert changes.rows["k"].to_list() == [5, 3]


def test_odd_values_are_counted() -> None:
    """NaN, infinities and columns without any value, also in a table of many columns."""
    wide = {f"c{number}": [0.0, 1.0] for number in range(2000)}
    rows = pl.DataFrame({**wide, "a": [float("nan"), float("inf")], "b": [None, None]})

    told = {(check["column"], check["found"]) for check in value_findings(rows)}

    assert told == {
        ("a", "1 of 2 values of a are NaN."),
        ("a", "1 of 2 values of a are infinite."),
        ("b", "b is empty in all rows."),
    }
    assert value_findings(rows.clear()) == []


def test_times_that_cannot_be_are_told(workspace: Path) -> None:
    """Missing ones, and ones that have not come yet."""
    pipeline = load_pipeline(workspace, "shop")
    times = [None, datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2025, 1, 1)]

    found = time_findings(pl.LazyFrame({"ordered_at": times}), pipeline, datetime(2024, 1, 1))

    assert [check["found"] for check in found] == [
        "1 of 4 rows have no ordered_at and are in no window.",
        "1 rows are later than today, up to ordered_at 2025-01-01 00:00:00: look at the clock or the "
        "time zone of the source.",
    ]


def run_template(start: str, end: str, **parameters: object):
    """Run the cells of the template in this process; the stage that it made."""
    scope: dict = {"__name__": "__main__"}
    for number, cell in enumerate(json.loads(INGEST.read_text())["cells"]):
        if cell["cell_type"] == "code":
            run_cell("".join(cell["source"]), f"ingest {number}", scope)
        if "parameters" in cell["metadata"].get("tags", []):
            scope.update(pipeline="shop", start=start, end=end, **parameters)
    return scope["stage"]


def from_sqlite(workspace: Path, rows: pl.DataFrame) -> sqlite3.Connection:
    """The shop's orders in a database that is asked for what has changed."""
    home = workspace / "pipelines" / "shop"
    text = (home / "pipeline.toml").read_text()
    declared = (
        'kind = "sql"\nurl = "sqlite:///shop.db"\nquery = "SELECT * FROM orders"\nwatermark = "changed"\n'
        'overlap = "1h"\n[source.types]\nordered_at = "Datetime"\nchanged = "Datetime"\n'
    )
    (home / "pipeline.toml").write_text(text.replace('path = "data/orders.parquet"', declared, 1))
    connection = sqlite3.connect(home / "shop.db")
    put(connection, rows)
    return connection


def put(connection: sqlite3.Connection, rows: pl.DataFrame) -> None:
    """Add rows to the database."""
    texts = rows.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S"))
    columns = ", ".join(f'"{name}"' for name in rows.columns)
    connection.execute(f"CREATE TABLE IF NOT EXISTS orders ({columns})")
    marks = ", ".join("?" * rows.width)
    connection.executemany(f"INSERT INTO orders VALUES ({marks})", texts.rows())
    connection.commit()


def test_a_source_with_a_watermark_is_merged(workspace: Path) -> None:
    """New and changed rows of any time arrive once, and labels follow them."""
    rows = orders(3, 40).with_columns(changed=pl.col("ordered_at"))
    connection = from_sqlite(workspace, rows.head(60))
    store = Store(workspace / "store", "shop")
    run_template("2024-01-01", "2024-03-01")
    put(connection, rows[60:])
    connection.execute(
        "UPDATE orders SET days_to_return = NULL, changed = '2024-04-02 00:00:00' WHERE \"order\" = 5"
    )
    connection.commit()

    stage = run_template("2024-03-01", "2024-04-01")

    raw = store.scan("raw").collect()
    assert sorted(raw["order"]) == list(range(120))
    assert stage.result.metrics["new_rows"] == 60 and stage.result.metrics["changed_rows"] == 1
    labels = store.scan("labels").collect()
    assert 5 not in labels["order"] and labels["order"].is_unique().all()
    expected = rows.filter(
        pl.col("ordered_at") < datetime(2024, 4, 1) - timedelta(days=3), pl.col("order") != 5
    )
    assert sorted(labels["order"]) == sorted(expected["order"])
    version = store.version("raw")
    assert run_template("2024-03-01", "2024-04-01").result.metrics["new_rows"] == 0
    assert store.version("raw") == version


def test_a_window_is_replaced_without_a_watermark(workspace: Path) -> None:
    """And what is new, changed and gone is told."""
    path = workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    first = run_template("2024-01-01", "2024-03-01")
    rows = pl.read_parquet(path)
    rows[1:].with_columns(
        price=pl.when(pl.col("order") == 3).then(0.0).otherwise("price")
    ).write_parquet(path)

    second = run_template("2024-01-01", "2024-03-01")

    assert first.result.metrics["new_rows"] == first.result.metrics["rows"]
    assert second.result.metrics["new_rows"] == 0 and second.result.metrics["changed_rows"] == 1
    assert 0 not in Store(workspace / "store", "shop").scan("raw").collect()["order"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows.with_columns(order=pl.lit(1)), "data.key: 771 rows share their key"),
        (
            lambda rows: rows.with_columns(pl.lit(None, pl.Int64).alias("order")),
            "rows have no 'order'",
        ),
        (lambda rows: rows.drop("region"), "lacks the columns region"),
        (lambda rows: rows.with_columns(days_to_return=pl.lit("soon")), "target"),
        (
            lambda rows: rows.with_columns(pl.col("ordered_at").dt.offset_by("10y")),
            "no row with ordered_at",
        ),
    ],
)
def test_nothing_is_written_of_rows_that_are_refused(workspace: Path, spoil, message: str) -> None:
    """Neither table appears."""
    path = workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    spoil(pl.read_parquet(path)).write_parquet(path)

    with pytest.raises(AifactoryError, match=message):
        run_template("2024-01-01", "2024-03-01")

    assert Store(workspace / "store", "shop").tables() == []


def test_a_window_without_rows_may_be_passed_over(workspace: Path) -> None:
    """Late labels are written, and the stages behind it are not needed."""
    run_template("2024-01-01", "2024-03-01")
    path = workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    rows = pl.read_parquet(path)
    rows.filter(pl.col("ordered_at") < datetime(2024, 3, 1)).write_parquet(path)

    stage = run_template("2024-03-01", "2024-04-01", allow_empty=True)

    assert stage.result.declined == "2024-03 has no rows"
    assert stage.result.metrics["labels"] > 0


def test_columns_that_appeared_are_a_caution(workspace: Path) -> None:
    """Recorded by the stage, and it does not stop."""
    home = workspace / "pipelines" / "shop"
    rows = pl.read_parquet(home / "data" / "orders.parquet")
    rows.with_columns(colour=pl.lit("red")).write_csv(home / "data" / "orders.csv")
    types = {"order": "Int64", "ordered_at": "Datetime", "region": "String", "customer": "Int64"}
    types |= {"price": "Float64", "channel": "String", "days_to_return": "Int64"}
    declared = "[source.types]\n" + "\n".join(f'{name} = "{kind}"' for name, kind in types.items())
    text = (home / "pipeline.toml").read_text().replace("orders.parquet", "orders.csv")
    (home / "pipeline.toml").write_text(
        text.replace("[source.tables", f"{declared}\n[source.tables", 1)
    )

    stage = run_template("2024-01-01", "2024-03-01")

    (gate,) = stage.result.gates
    assert (gate.name, gate.passed, gate.blocks) == ("schema", False, False)
    assert [check["column"] for check in gate.details] == ["colour"]
    assert stage.result.stopped == ""
