"""Ledgers on both databases, and what an intruder does to them."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from servers import fresh_postgres

from aifactory_nb.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without content: once on sqlite, once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store/ledger.db"
    return fresh_postgres(request)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A ledger without content."""
    ledger = Ledger(url, actor="ada")
    yield ledger
    ledger.close()


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    """A ledger with events of several kinds."""
    ledger.start_run("first", "flights", "build", {"fresh": True}, stages=1)
    ledger.record_gate("first", "flights", "validate", "2013-01", "rows", "data", True, [{"n": 1}])
    for number in (1, 2, 3):
        ledger.add_model("flights", f"run-{number}", f"digest-{number}", "v{version}", {})
        ledger.set_alias("flights", "champion", number, "ada", "better", {"auc": number / 10})
    ledger.record_decision("flights", "first", "2013-04", True, 1.5, [{"why": "quality"}])
    ledger.end_run("first", "succeeded")
    return ledger


def execute(url: str, *statements: str) -> None:
    """Carry out statements past the ledger."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(url) as server:
        for statement in statements:
            server.execute(statement)  # type: ignore[call-overload]


def tamper(url: str, *statements: str) -> None:
    """Change the database behind the ledger's back, its guards taken away."""
    if url.startswith("postgresql"):
        execute(url, "SET session_replication_role = replica", *statements)  # no triggers
        return
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    names = [name for (name,) in triggers.fetchall()]
    connection.close()
    execute(url, *(f"DROP TRIGGER {name}" for name in names), *statements)
