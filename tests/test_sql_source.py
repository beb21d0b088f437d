"""Queries on real databases: PostgreSQL, SQLite and DuckDB."""

import os
import sqlite3
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest
from servers import postgres  # noqa: F401

from aifactory_nb.errors import AifactoryError, DataError, PipelineError
from aifactory_nb.pipeline import TableSource
from aifactory_nb.source import Wanted, open_source
from aifactory_nb.sql_source import numbered_parameters, read_sql, sql_fingerprint

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1) for month in (1, 2, 3))
ORDERS = [(1, datetime(2024, 1, 1, 8)), (2, datetime(2024, 1, 15, 9, 30)), (3, FEBRUARY)]
EVERYTHING = "SELECT * FROM orders"


def fill(connection, mark: str, kind: str) -> None:
    """Three orders in a table."""
    connection.execute(f"CREATE TABLE orders (number INTEGER, moment {kind})")
    for number, at in ORDERS:
        moment = f"{at:%Y-%m-%d %H:%M:%S}" if kind == "TEXT" else at
        connection.execute(f"INSERT INTO orders VALUES ({mark}, {mark})", (number, moment))
    connection.commit()
    connection.close()


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def database(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with three orders."""
    if request.param == "sqlite":
        fill(sqlite3.connect(tmp_path / "shop.db"), "?", "TEXT")
        return "sqlite:///shop.db"
    if request.param == "duckdb":
        fill(duckdb.connect(str(tmp_path / "shop.duckdb")), "?", "TIMESTAMP")
        return "duckdb:///shop.duckdb"
    return with_hidden_password(request.getfixturevalue("postgres"), monkeypatch)


def with_hidden_password(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a PostgreSQL with orders, its password in the environment."""
    fill(psycopg.connect(url), "%s", "TIMESTAMP")
    user, _, rest = url.partition("@")
    begin, _, password = user.rpartition(":")
    monkeypatch.setenv("SHOP_PASSWORD", password)
    return f"{begin}:{{env:SHOP_PASSWORD}}@{rest}"


def numbers(frame: pl.LazyFrame) -> list[int]:
    """The numbers of the orders that came."""
    return sorted(frame.collect()["number"])


def test_all_rows_come(database: str, tmp_path: Path) -> None:
    """Without a window and a watermark a query gives what it says."""
    assert numbers(read_sql(Wanted(tmp_path), database, EVERYTHING + "; ")) == [1, 2, 3]


def test_the_window_is_bound(database: str, tmp_path: Path) -> None:
    """`:start` and `:end` are the window, also when one is used twice."""
    query = (
        EVERYTHING
        + " WHERE moment >= :start AND moment < :end AND :start < :end -- :nothing's ':end'"
    )

    found = read_sql(Wanted(tmp_path, JANUARY, FEBRUARY), database, query)

    assert numbers(found) == [1, 2]


def test_the_watermark_is_left_to_the_database(database: str, tmp_path: Path) -> None:
    """Only rows from the watermark on are read, ties included."""
    since = datetime(2024, 1, 15, 9, 30)
    found = read_sql(Wanted(tmp_path, since=since, watermark="moment"), database, EVERYTHING)

    assert numbers(found) == [2, 3]


def test_nothing_new_is_no_error(database: str, tmp_path: Path) -> None:
    """An empty answer is one when rows were known before."""
    found = read_sql(Wanted(tmp_path, since=MARCH, watermark="moment"), database, EVERYTHING)

    assert numbers(found) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nothing FROM orders", "refuses source.query: .*nothing"),
        ("SELECT * FROM ordrs", "refuses source.query: .*ordrs"),
        ("DELETE FROM orders", "refuses source.query"),
        ("SELECT * FROM orders WHERE number > 99", "gives no rows"),
        ("SELECT * FROM orders WHERE moment > :begin", "unknown parameter ':begin'"),
        (" ; ", "source.query is empty"),
        ("-- nothing\n;", "source.query is empty"),
        ("SELECT * FROM orders; DELETE FROM orders", "second statement after ';': 'DELETE"),
    ],
)
def test_a_query_that_cannot_be_carried_out_is_explained(
    database: str, tmp_path: Path, query: str, message: str
) -> None:
    """Wrong columns and tables, statements that write and empty answers have a message."""
    with pytest.raises(AifactoryError, match=message):
        read_sql(Wanted(tmp_path), database, query)


def test_a_second_statement_changes_nothing(database: str, tmp_path: Path) -> None:
    """A query that closes our parenthesis is refused before the database sees it."""
    sneaky = "SELECT 1 AS a) AS x; DELETE FROM orders; SELECT * FROM (SELECT 1 AS b"
    with pytest.raises(PipelineError, match="second statement"):
        read_sql(Wanted(tmp_path), database, sneaky)

    assert numbers(read_sql(Wanted(tmp_path), database, EVERYTHING)) == [1, 2, 3]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """A table has each name once."""
    fill(sqlite3.connect(tmp_path / "shop.db"), "?", "TEXT")

    with pytest.raises(DataError, match="two columns the name 'a'"):
        read_sql(
            Wanted(tmp_path), "sqlite:///shop.db", "SELECT number AS a, moment AS a FROM orders"
        )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT at::date FROM t",
        "SELECT ':start', \":end\", 'it''s :since' FROM t",
        "SELECT $$ :start $$, $x$ :end $x$",
        r"SELECT E'it\'s :start'",
        "SELECT 1 -- :start\n, 2 /* :end\n :since */",
        "SELECT a[1:2], '12:30:00'",
    ],
)
def test_a_colon_is_mostly_no_parameter(text: str) -> None:
    """Casts, text, names, comments and slices stay as they are."""
    assert numbered_parameters(text, "postgresql") == (text, [])


def test_postgresql_types_become_plain(postgres: str, tmp_path: Path) -> None:  # noqa: F811
    """Exact numbers, identifiers, JSON, enumerations and times with a zone can be stored and learned from."""
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        connection.execute(
            "CREATE TABLE t (n NUMERIC(10, 2), u UUID, j JSONB, e mood, z TIMESTAMPTZ, d DATE, m MONEY, c TIME)"
        )
        connection.execute(
            "INSERT INTO t VALUES (1.5, '123e4567-e89b-12d3-a456-426614174000', '{\"a\": 1}', 'ok',"
            " '2024-01-01 10:00+02', '2024-01-01', '1.25', '10:30'), ('NaN', NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
    table = TableSource(kind="sql", url=hidden(postgres), query="SELECT * FROM t")
    frame = open_source(table, Wanted(tmp_path), "source").collect()

    assert frame.row(0) == (
        1.5,
        "123e4567-e89b-12d3-a456-426614174000",
        '{"a": 1}',
        "ok",
        datetime(2024, 1, 1, 8),
        date(2024, 1, 1),
        1.25,
        "10:30:00",
    )
    assert frame.row(1)[1:] == (None,) * 7
    frame.write_delta(tmp_path / "table")


def hidden(url: str) -> str:
    """The URL with its password taken from the environment."""
    user, _, rest = url.partition("@")
    begin, _, os.environ["HIDDEN_PASSWORD"] = user.rpartition(":")
    return f"{begin}:{{env:HIDDEN_PASSWORD}}@{rest}"


@pytest.mark.parametrize("column", ["INTERVAL '1 day'", "'1.2.3.4'::inet"])
def test_a_type_that_no_table_holds_is_named(postgres: str, tmp_path: Path, column: str) -> None:  # noqa: F811
    """The error says which column, and to convert it in the query."""
    with pytest.raises(DataError, match=r"column 'odd' has the type .*CAST\(odd AS TEXT\)"):
        read_sql(Wanted(tmp_path), hidden(postgres), f"SELECT {column} AS odd")


def test_a_server_that_writes_is_not_asked(postgres: str, tmp_path: Path) -> None:  # noqa: F811
    """A function that writes is refused by the read-only transaction."""
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.execute(
            "CREATE FUNCTION sneak() RETURNS INTEGER LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING n'"
        )

    with pytest.raises(DataError, match="read-only transaction"):
        read_sql(Wanted(tmp_path), hidden(postgres), "SELECT sneak()")


def test_secrets_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a driver says of a connection that fails holds no password."""
    monkeypatch.setenv("SHOP_PASSWORD", "geheim")
    url = "postgresql://factory:{env:SHOP_PASSWORD}@127.0.0.1:1/geheim"

    with pytest.raises(DataError, match="Cannot connect to the database") as caught:
        read_sql(Wanted(tmp_path), url, "SELECT 1")

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("postgresql://a:open@host/x", PipelineError, "holds a password"),
        ("postgresql://host/x?user=a&password=open", PipelineError, "holds a password"),
        ("postgresql://a:{env:NOT_THERE}@host/x", PipelineError, "variable NOT_THERE is not set"),
        ("mysql://host/x", PipelineError, "begins with 'mysql'"),
        ("shop.db", PipelineError, "expected postgresql://"),
        ("sqlite:///none.db", DataError, "No database .*none.db"),
        ("sqlite:///text.db", DataError, "not a database"),
        ("duckdb:///text.db", DataError, "not a valid DuckDB"),
    ],
)
def test_a_database_that_cannot_be_opened_is_explained(
    tmp_path: Path, url: str, error: type[Exception], message: str
) -> None:
    """Open passwords, unknown databases and missing files each have their message; no file is made."""
    (tmp_path / "text.db").write_text("no database " * 1000)

    with pytest.raises(error, match=message) as caught:
        read_sql(Wanted(tmp_path), url, "SELECT 1 AS a")

    assert "open@" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["text.db"]


def test_a_missing_driver_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(PipelineError, match=r"aifactory-nb\[duckdb\]"):
        read_sql(Wanted(tmp_path), "duckdb:///a.duckdb", "SELECT 1 AS a")


def test_sqlite_columns_can_be_given_a_type(tmp_path: Path) -> None:
    """SQLite has no dates; a declared one is read strictly."""
    fill(sqlite3.connect(tmp_path / "shop.db"), "?", "TEXT")
    wanted = Wanted(tmp_path)

    typed = read_sql(
        wanted, "sqlite:///shop.db", EVERYTHING, types={"moment": "Datetime"}
    ).collect()
    assert typed["moment"].to_list() == [at for _, at in ORDERS]

    with pytest.raises(
        DataError, match="column 'moment': 3 of 3 values are no Float64: '2024-01-01"
    ):
        read_sql(wanted, "sqlite:///shop.db", EVERYTHING, types={"moment": "Float64"})


def test_a_sqlite_column_of_two_kinds_is_named(tmp_path: Path) -> None:
    """What the driver says of it comes with what to do."""
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE t (a)")
    connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(70_000)] + [("x",)])
    connection.commit()

    with pytest.raises(DataError, match="CAST"):
        read_sql(Wanted(tmp_path), "sqlite:///shop.db", "SELECT a FROM t")


def test_the_fingerprint_of_a_file_follows_its_content(tmp_path: Path) -> None:
    """Also when what was written last is still in the log beside it."""
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    wanted = Wanted(tmp_path)
    before = sql_fingerprint(wanted, "sqlite:///shop.db", "")
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()

    assert sql_fingerprint(wanted, "sqlite:///shop.db", "") != before
    assert read_sql(wanted, "sqlite:///shop.db", "SELECT * FROM t").collect().height == 1


def test_a_server_is_asked_by_each_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing cheap tells whether a query gives other rows."""
    monkeypatch.setenv("SHOP_PASSWORD", "a")
    told = {
        sql_fingerprint(Wanted(tmp_path), "postgresql://a:{env:SHOP_PASSWORD}@h/d", "SELECT 1")
        for _ in range(2)
    }

    assert len(told) == 2


def test_a_watermark_with_a_zone_is_compared_in_utc(postgres: str, tmp_path: Path) -> None:  # noqa: F811
    """What was stored without its zone finds the same moments again, ties included."""
    with psycopg.connect(postgres) as connection:
        connection.execute("SET TIME ZONE 'Asia/Tokyo'")
        connection.execute("CREATE TABLE t (n INTEGER, changed TIMESTAMPTZ)")
        connection.execute(
            "INSERT INTO t VALUES (1, '2024-01-01 10:00+00'), (2, '2024-01-01 11:00+00')"
        )
    table = TableSource(kind="sql", url=hidden(postgres), query="SELECT * FROM t")
    everything = open_source(table, Wanted(tmp_path, watermark="changed"), "source").collect()

    wanted = Wanted(tmp_path, since=everything["changed"].max(), watermark="changed")
    found = open_source(table, wanted, "source").collect()

    assert everything["changed"].to_list()[0] == datetime(2024, 1, 1, 10)
    assert found["n"].to_list() == [2]


def test_the_first_since_is_null(postgres: str, tmp_path: Path) -> None:  # noqa: F811
    """A query that filters by itself can ask for that."""
    fill(psycopg.connect(postgres), "%s", "TIMESTAMP")
    query = "SELECT * FROM orders WHERE CAST(:since AS timestamp) IS NULL OR moment >= CAST(:since AS timestamp)"

    found = [
        numbers(
            read_sql(Wanted(tmp_path, since=since, watermark="moment"), hidden(postgres), query)
        )
        for since in (None, FEBRUARY)
    ]

    assert found == [[1, 2, 3], [3]]


@pytest.mark.parametrize("end", [";", "; -- all of them", " /* all; */ ;;\n-- of them; and more\n"])
def test_a_query_may_end_with_a_semicolon_and_comments(
    database: str, tmp_path: Path, end: str
) -> None:
    """As it is copied from a database's own client."""
    assert numbers(read_sql(Wanted(tmp_path), database, EVERYTHING + end)) == [1, 2, 3]
