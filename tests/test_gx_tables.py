"""Metrics of tables, queries, and one table against another."""

import sqlite3
from datetime import timedelta

import great_expectations as gx
import great_expectations.exceptions as gx_exceptions
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, outcome

from aifactory_nb.gx_polars import add_polars
from aifactory_nb.gx_polars.domain import Facts
from aifactory_nb.gx_polars.engine import PolarsBatchData, PolarsExecutionEngine

FLIGHTS = pl.DataFrame({"origin": ["JFK", "EWR", "JFK", None], "delay": [5, None, 1, 7]})


def of(frame, name, domain=None, **arguments):
    """The value of a metric about a table."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", frame)
    asked = MetricConfiguration(name, domain or {}, arguments)
    return MetricsCalculator(engine, show_progress_bars=False).get_metric(asked)


def error_of(frame, name, **arguments):
    """The reason why a metric about a table fails."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", frame)
    with pytest.raises(gx_exceptions.MetricResolutionError) as error:
        engine.resolve_metrics([MetricConfiguration(name, {}, arguments)])
    return str(error.value)


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectTableRowCountToEqual(value=4),
        gxe.ExpectTableRowCountToBeBetween(min_value=5),
        gxe.ExpectTableRowCountToEqual(value=2, row_condition=Column("origin") == "JFK"),
        gxe.ExpectTableColumnCountToEqual(value=2),
        gxe.ExpectTableColumnCountToBeBetween(max_value=1),
        gxe.ExpectTableColumnsToMatchSet(column_set=["delay", "origin"]),
        gxe.ExpectTableColumnsToMatchSet(column_set=["delay"], exact_match=False),
        gxe.ExpectTableColumnsToMatchSet(column_set=["Delay", "origin"]),
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=["origin", "delay"]),
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=["delay", "origin"]),
        gxe.ExpectColumnToExist(column="delay", column_index=1),
        gxe.ExpectColumnToExist(column="dely"),
    ],
    ids=lambda each: type(each).__name__,
)
@pytest.mark.parametrize("frame", [FLIGHTS, FLIGHTS.head(0)], ids=["rows", "no rows"])
def test_rows_and_columns_are_judged_as_pandas_does(expectation, frame):
    """Verdict and observed value."""
    agreed(frame, expectation)


def test_a_table_without_columns_has_no_rows():
    """And can be checked."""
    frame = pl.DataFrame()
    assert of(frame, "table.row_count") == 0 and of(frame, "table.columns") == []
    assert outcome(frame, gxe.ExpectTableColumnCountToEqual(value=0))["success"]


def test_the_rows_of_a_file_are_known_from_its_metadata():
    """The table is not read for them."""
    engine = PolarsExecutionEngine()
    frame = pl.LazyFrame({"x": [1]}).map_batches(lambda _: pytest.fail("the table was read"))
    engine.load_batch_data("batch", PolarsBatchData(engine, frame, Facts(rows=50_000_000)))
    asked = MetricConfiguration("table.row_count", {})
    assert engine.resolve_metrics([asked]) == {asked.id: 50_000_000}


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [({}, 4), ({"n_rows": 2}, 2), ({"n_rows": -1}, 3), ({"fetch_all": True}, 4)],
)
def test_the_head_of_a_table_is_a_pandas_table(arguments, rows):
    """The library prints it."""
    found = of(FLIGHTS, "table.head", **arguments)
    assert found["delay"].isna().sum() == 1 and len(found) == rows


def test_the_types_are_those_of_polars():
    """In the order of the columns."""
    found = of(FLIGHTS, "table.column_types", include_nested=True)
    assert found == [
        {"name": "origin", "type": pl.String()},
        {"name": "delay", "type": pl.Int64()},
    ]


def unexpected(query, frame=FLIGHTS, **options):
    """What the expectation of a query finds."""
    return outcome(frame, gxe.UnexpectedRowsExpectation(unexpected_rows_query=query), **options)


def test_unexpected_rows_are_found_by_a_query():
    """Their number in all formats, the rows themselves in the fullest."""
    found = unexpected("SELECT * FROM {batch} WHERE delay > 4;")
    assert not found["success"] and found["result"]["observed_value"] == 2
    assert found["result"]["details"]["unexpected_rows"] == [
        {"origin": "JFK", "delay": 5},
        {"origin": None, "delay": 7},
    ]
    short = unexpected("SELECT * FROM {batch} WHERE delay > 4", result_format="BASIC")
    assert short["result"] == {"observed_value": 2}


def test_a_query_that_finds_nothing_passes():
    """With an empty list of rows."""
    found = unexpected("SELECT * FROM {batch} WHERE delay > 99")
    assert found["success"] and found["result"]["details"]["unexpected_rows"] == []


def test_rows_of_a_query_are_bounded_and_counted():
    """Two hundred, as in the library."""
    found = unexpected("SELECT * FROM {batch}", pl.DataFrame({"x": range(500)}))
    assert found["result"]["observed_value"] == 500
    assert len(found["result"]["details"]["unexpected_rows"]) == 200


def test_rows_of_a_query_can_be_stored():
    """Elapsed times, lists, structs and objects are values of JSON."""
    frame = pl.DataFrame({"waited": [timedelta(1)], "legs": [[1]], "plane": [{"age": 3}]})
    frame = frame.with_columns(pl.Series("thing", [1j], dtype=pl.Object))
    found = unexpected("SELECT * FROM {batch}", frame)
    row = {"waited": 86_400.0, "legs": [1], "plane": {"age": 3}, "thing": "1j"}
    assert found["result"]["details"]["unexpected_rows"] == [row]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT b.delay FROM {batch} AS b JOIN {batch} AS c ON b.delay = c.delay WHERE b.delay > 4",
        "WITH late AS (SELECT * FROM {batch} WHERE delay > 4) SELECT * FROM late",
        "SELECT * FROM (SELECT * FROM {batch}) WHERE delay > 4 ORDER BY delay",
        "SELECT origin, COUNT(*) AS n FROM {batch} GROUP BY origin HAVING COUNT(*) < 2",
        "SELECT * FROM {batch} WHERE delay > 4 AND '{{' <> '}}'",
        "-- those that are late\n/* by much */ (SELECT * FROM {batch} WHERE delay > 4)",
    ],
)
def test_a_query_may_join_nest_and_group(query):
    """All of them find two rows."""
    assert unexpected(query)["result"]["observed_value"] == 2


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("SELECT * FROM {batch} WHERE dely > 4", ["dely", "Did you mean", "delay"]),
        ("SELECT FROM WHERE {batch}", ["The query cannot be run", "SQL of polars"]),
        ("DROP TABLE {batch}", ["no query", "DROP TABLE", "SELECT"]),
        ("DELETE FROM {batch}", ["no query"]),
        ("SELECT * FROM planes, {batch}", ["planes", "tables that it may name"]),
        ("SELECT * FROM {batch} WHERE origin LIKE '{x}'", ["brace", "doubled", "{batch}"]),
        ("SELECT origin + delay FROM {batch} WHERE origin > 4", ["The query cannot be run"]),
    ],
)
def test_a_wrong_query_is_an_error_that_says_what_is_wrong(query, parts):
    """Of its expectation alone."""
    found = unexpected(query)
    assert not found["success"] and all(part in found["error"] for part in parts), found["error"]


def test_a_query_that_is_none_is_an_error():
    """As in the library."""
    assert "must be a text" in error_of(FLIGHTS, "query.table", query=None)


def test_a_query_sees_the_rows_that_count():
    """A row condition is applied before it."""
    some = {"row_condition": Column("delay") > 4}
    query = "SELECT * FROM {batch}"
    assert of(FLIGHTS, "query.row_count", some, query=query) == 2
    assert len(of(FLIGHTS, "query.table", some, query=query)) == 2


QUERIES = [
    ("query.column", {"column": "delay", "query": "SELECT MAX({column}) AS x FROM {batch}"}),
    ("query.column", {"column": "delay", "query": "SELECT MAX({col}) AS x FROM {batch}"}),
    (
        "query.column_pair",
        {
            "column_A": "delay",
            "column_B": "origin",
            "query": "SELECT MAX({column_A}) AS x FROM {batch} WHERE {column_B} IS NULL",
        },
    ),
    (
        "query.multiple_columns",
        {
            "columns": ["delay", "origin"],
            "query": "SELECT MAX({col_1}) AS x FROM {batch} WHERE {col_2} IS NULL",
        },
    ),
    (
        "query.template_values",
        {
            "template_dict": {"what": "MAX(delay)", "limit": 3},
            "query": "SELECT {what} AS x FROM {batch} WHERE delay > {limit}",
        },
    ),
    (
        "query.template_values",
        {
            "template_dict": {"source": "(SELECT * FROM {batch})"},
            "query": "SELECT MAX(delay) AS x FROM {source}",
        },
    ),
]


@pytest.mark.parametrize(("name", "arguments"), QUERIES)
def test_queries_take_columns_and_values(name, arguments):
    """By the names that the library's Spark and SQL engines know."""
    assert of(FLIGHTS, name, **arguments) == [{"x": 7}]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("query.column", {}),
        ("query.column_pair", {"column_A": "delay"}),
        ("query.multiple_columns", {"columns": "delay"}),
        ("query.template_values", {"template_dict": None}),
    ],
)
def test_queries_without_their_columns_are_errors(name, arguments):
    """The argument is named."""
    message = error_of(FLIGHTS, name, query="SELECT 1 FROM {batch}", **arguments)
    assert any(
        f"`{each}`" in message for each in ("column", "column_A", "columns", "template_dict")
    )


@pytest.fixture
def context():
    """A context of its own."""
    return gx.get_context(mode="ephemeral")


def check(asset, frame, *expectations):
    """Whether a frame meets expectations; errors as their messages."""
    definitions = asset.batch_definitions or [asset.add_batch_definition_whole_dataframe("whole")]
    batch = definitions[0].get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="suite", expectations=list(expectations))
    found = batch.validate(suite, result_format="COMPLETE").results
    messages = [str(each.exception_info) for each in found if "True" in str(each.exception_info)]
    return messages or [each.success for each in found]


def test_the_rows_of_another_asset_are_counted(context):
    """Of the same data source; a row condition is about the table itself."""
    source = add_polars(context, "airline")
    planes, flights = source.add_frame_asset("planes"), source.add_frame_asset("flights")
    check(planes, pl.DataFrame({"tail": [1, 2]}), gxe.ExpectTableRowCountToEqual(value=2))
    same = gxe.ExpectTableRowCountToEqualOtherTable
    assert check(flights, FLIGHTS, same(other_table_name="planes")) == [False]
    some = same(other_table_name="planes", row_condition=Column("origin") == "JFK")
    assert check(flights, FLIGHTS, some) == [True]


def test_another_asset_of_files_is_scanned(context, tmp_path):
    """It need not have been checked before."""
    pl.DataFrame({"tail": [1, 2, 3, 4]}).write_parquet(tmp_path / "planes.parquet")
    source = add_polars(context, "airline")
    source.add_parquet_asset("planes", str(tmp_path / "planes.parquet"))
    flights = source.add_frame_asset("flights")
    assert check(
        flights, FLIGHTS, gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="planes")
    ) == [True]


@pytest.mark.parametrize(
    ("name", "part"), [("plans", "Did you mean"), ("planes", "has not been checked yet")]
)
def test_another_table_that_is_not_there_is_an_error(context, name, part):
    """A name near it is told, or what to do."""
    source = add_polars(context, "airline")
    source.add_frame_asset("planes")
    flights = source.add_frame_asset("flights")
    expectation = gxe.ExpectTableRowCountToEqualOtherTable(other_table_name=name)
    (message,) = check(flights, FLIGHTS, expectation)
    assert part in message


def test_a_query_joins_other_assets_of_its_data_source(context):
    """As a query about a database may name other tables of it."""
    source = add_polars(context, "airline")
    airports, flights = source.add_frame_asset("airports"), source.add_frame_asset("flights")
    known = pl.DataFrame({"code": ["JFK"]})
    check(airports, known, gxe.ExpectTableRowCountToEqual(value=1))
    query = "SELECT * FROM {batch} f LEFT JOIN airports a ON f.origin = a.code WHERE a.code IS NULL"
    expectation = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query)
    assert check(flights, FLIGHTS, expectation) == [False]
    assert check(flights, FLIGHTS.filter(pl.col("origin") == "JFK"), expectation) == [True]


def compared(source, query, **options):
    """The expectation that a query gives what one to another data source gives."""
    return gxe.ExpectQueryResultsToMatchComparison(
        base_query="SELECT delay FROM {batch} WHERE delay IS NOT NULL",
        comparison_data_source_name=source,
        comparison_query=query,
        **options,
    )


def test_queries_to_two_polars_data_sources_are_compared(context):
    """The order of rows and the names of columns do not matter."""
    flights = add_polars(context, "airline").add_frame_asset("flights")
    log = add_polars(context, "tower").add_frame_asset("log")
    check(log, pl.DataFrame({"late": [7, 5, 1]}), gxe.ExpectTableRowCountToEqual(value=3))
    assert check(flights, FLIGHTS, compared("tower", "SELECT late FROM log")) == [True]
    assert check(flights, FLIGHTS, compared("tower", "SELECT late + 1 FROM log")) == [False]
    braces = compared("tower", "SELECT late FROM log WHERE '{x}' <> ''")
    assert check(flights, FLIGHTS, braces) == [True]
    mostly = compared("tower", "SELECT late FROM log WHERE late > 1", mostly=0.6)
    assert check(flights, FLIGHTS, mostly) == [True]


def test_a_query_is_compared_with_one_to_a_database(context, tmp_path):
    """By the library's own code."""
    with sqlite3.connect(tmp_path / "tower.db") as database:
        database.execute("CREATE TABLE log AS SELECT 5 AS late UNION SELECT 1 UNION SELECT 7")
    database.close()
    context.data_sources.add_sqlite("tower", connection_string=f"sqlite:///{tmp_path}/tower.db")
    flights = add_polars(context, "airline").add_frame_asset("flights")
    assert check(flights, FLIGHTS, compared("tower", "SELECT late FROM log")) == [True]


def test_a_data_source_that_cannot_be_asked_is_an_error(context):
    """One that is not there, and one of a kind that has no queries."""
    context.data_sources.add_pandas("tower")
    flights = add_polars(context, "airline").add_frame_asset("flights")
    (message,) = check(flights, FLIGHTS, compared("towers", "SELECT 1"))
    assert 'There is no data source "towers"' in message
    (message,) = check(flights, FLIGHTS, compared("tower", "SELECT 1"))
    assert "cannot be queried" in message and "pandas" in message
