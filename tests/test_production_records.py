"""What the ledger knows of production, in one query each."""

# ruff: noqa: F811 (fixtures are imported)
import pytest
from ledgers import ledger, url  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.production_records import (
    champion_rows,
    decision_history,
    known_incidents,
    open_rollouts,
    previous_champion,
    version_counts,
)


def event(to_version: int | None, **evidence: object) -> dict:
    """A move of the alias champion."""
    return {"to_version": to_version, "evidence": evidence}


def test_an_alias_is_told_as_it_stands(ledger: Ledger) -> None:
    """The latest move of each alias of each product, with the metadata of a champion only."""
    for product in ("shop", "shop/region=north"):
        for number in (1, 2):
            ledger.add_model(product, f"r{number}", f"d{number}", "v{version}", {"n": number})
            ledger.set_alias(product, "champion", number, "ada", "better", {})
    ledger.set_alias("shop", "shadow", 1, "ada", "first", {})

    rows = champion_rows(ledger)
    told = [(row["pipeline"], row["alias"], row["to_version"], row["metadata"]) for row in rows]

    assert told == [
        ("shop", "champion", 2, {"n": 2}),
        ("shop/region=north", "champion", 2, {"n": 2}),
        ("shop", "shadow", 1, None),
    ]
    assert version_counts(ledger) == {"shop": 2, "shop/region=north": 2}


def test_of_each_product_the_rollout_under_way_is_told(ledger: Ledger) -> None:
    """As it is now; one that has ended is none."""
    for product in ("shop", "mill"):
        for number in (1, 2):
            ledger.add_model(product, f"r{number}", f"d{number}", "v{version}", {})
        ledger.set_alias(product, "champion", 1, "ada", "the first", {})
        begun = ledger.start_rollout(product, 1, 2, {2: 0.01}, {}, "ada", "better", {})
        change, shares = ("step", {2: 0.05}) if product == "shop" else ("abort", None)
        ledger.change_rollout(begun, change, "ada", "as it is", shares=shares)

    found = open_rollouts(ledger)

    assert {product: row["shares"] for product, row in found.items()} == {"shop": {"2": 0.05}}


def test_of_a_window_the_latest_decision_counts(ledger: Ledger) -> None:
    """In the order of the windows, however they were decided, and only of the pipelines asked for."""
    for run, window in (("r1", "2024-03"), ("r2", "2024-02"), ("r3", "2024-03")):
        ledger.record_decision("shop", run, window, True, 1.0, [{"name": run}])
    ledger.record_decision("mill", "r4", "2024-03", True, 1.0, [])

    rows = decision_history(ledger, ["shop"])

    assert [(row["window"], row["reasons"]) for row in rows] == [
        ("2024-02", [{"name": "r2"}]),
        ("2024-03", [{"name": "r3"}]),
    ]


def test_open_incidents_stand_before_those_that_were_closed(ledger: Ledger) -> None:
    """All that are open, and the newest of the others."""
    for number in range(4):
        ledger.open_incident("shop", f"kind {number}", "champion", "2024-02", {})
    for number in (1, 2, 3):
        ledger.close_incident("shop", f"kind {number}", "champion", "2024-03", {})

    rows = known_incidents(ledger, ["shop"], 2)

    assert [row["kind"] for row in rows] == ["kind 0", "kind 3", "kind 2"]
    assert known_incidents(ledger, ["mill"], 2) == []


@pytest.mark.parametrize(
    ("events", "previous"),
    [
        ([], None),
        ([event(1)], None),
        ([event(1), event(2)], 1),
        ([event(1), event(2), event(1)], 2),
        ([event(1), event(2), event(1, rolled_back_from=2)], None),
        ([event(1), event(2), event(1, rolled_back_from=2), event(3)], 1),
        ([event(1), event(2), event(1), event(3), event(1, rolled_back_from=3)], 2),
        ([event(1), event(2), event(None)], 2),
        ([event(1), event(2), event(None), event(2, rolled_back_from=None)], 1),
    ],
)
def test_previous_champion(events: list[dict], previous: int | None) -> None:
    """The previous champion follows from the history, rollbacks and withdrawals included."""
    assert previous_champion(events) == previous
