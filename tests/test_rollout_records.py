"""The state of a rollout is the last row that tells of it, and only one writer comes first."""

import sqlite3
import threading
from pathlib import Path

import pytest

from aifactory_nb.errors import BusyError, LedgerError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model_records import ModelRecords


@pytest.fixture
def ledger(tmp_path: Path):
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", actor="tester")
    for number in (1, 2, 3):
        ledger.add_model("shop", f"run-{number}", f"digest-{number}", "models/v{version}", {})
    ledger.set_alias("shop", "champion", 1, "tester", "The first.", {})
    yield ledger
    ledger.close()


def start(ledger: Ledger) -> dict:
    return ledger.start_rollout("shop", 1, 2, {2: 0.01}, {"policy": "canary"}, "me", "Better.", {})


def test_one_rollout_at_a_time(ledger):
    """A second one is refused, with the way out; after an end it has the next number."""
    first = start(ledger)
    with pytest.raises(BusyError, match="Rollout 1 of 'shop' is under way.*rollout abort shop"):
        start(ledger)
    ledger.change_rollout(first, "abort", "me", "Not today.")

    assert start(ledger)["rollout"] == 2


def test_of_writers_that_saw_the_same_one_writes(ledger):
    """Ten services come to a verdict at once: one row is written."""
    seen = start(ledger)
    done: list = []

    def decide() -> None:
        done.append(ledger.change_rollout(seen, "back", "service", "It is worse."))

    threads = [threading.Thread(target=decide) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(row is not None for row in done) == 1
    assert [row["change"] for row in ledger.rollout_events("shop")] == ["start", "back"]


def test_finishing_moves_the_alias_in_the_same_transaction(ledger):
    """Either the rollout is finished and the alias moved, or neither."""
    seen = start(ledger)
    with pytest.raises(LookupError, match="no model version 9"):
        ledger.finish_rollout(seen, 9, "service", "It holds.", {})
    assert ledger.rollout("shop") is not None and ledger.alias("shop", "champion") == 1

    assert ledger.finish_rollout(seen, 2, "service", "It holds.", {})["change"] == "finish"
    assert ledger.rollout("shop") is None and ledger.alias("shop", "champion") == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [("abort", "was aborted"), ("back", "went back"), ("refuse", "was refused")],
)
def test_what_was_tried_is_no_challenger_afterwards(ledger, change, told):
    """The end takes the name away, by whom and why; whoever wants it to be the challenger all the same says so."""
    begun = start(ledger)
    assert ledger.aliases("shop") == {"champion": 1, "challenger": 2}

    ledger.change_rollout(begun, change, "ann", "It is slow.")

    moved = ledger.alias_events("shop", "challenger")[-1]
    assert (moved["from_version"], moved["to_version"], moved["actor"]) == (2, None, "ann")
    assert moved["reason"] == f"Rollout 1 {told}: It is slow."
    assert moved["evidence"] == {"rollout": 1, "change": change}
    assert ledger.aliases("shop") == {"champion": 1} and ledger.verify_audit().ok
    ledger.set_alias("shop", "challenger", 2, "ann", "To look at.", {})
    assert ledger.alias("shop", "challenger") == 2


def test_a_name_that_was_given_to_another_version_meanwhile_stays(ledger):
    """The rollout takes back what it has given, and nothing else."""
    begun = start(ledger)
    ledger.set_alias("shop", "challenger", 3, "ann", "The next one.", {})

    ledger.change_rollout(begun, "abort", "ann", "Not today.")

    assert ledger.aliases("shop") == {"champion": 1, "challenger": 3}


def test_of_a_bandit_none_keeps_the_name(ledger):
    """Also where the version that came last is not the one that was called challenger."""
    shares, bandit = {2: 0.1}, {"policy": "bandit"}
    begun = ledger.start_rollout("shop", 1, 2, shares, bandit, "me", "To try.", {})
    both = ledger.change_rollout(
        begun, "step", "me", "Another.", shares={**shares, 3: 0.1}, candidate=3
    )

    ledger.finish_rollout(both, 3, "service", "It is the best.", {})

    assert ledger.aliases("shop") == {"champion": 3}


def test_the_name_and_the_end_are_written_together(ledger, monkeypatch):
    """Whatever happens in between, none is there without the other: neither at the beginning nor at the end."""
    begun = start(ledger)
    monkeypatch.setattr(ModelRecords, "_set_alias", killed)
    with pytest.raises(OSError, match="the disk is full"):
        ledger.change_rollout(begun, "abort", "ann", "Not today.")
    assert ledger.rollout("shop") == begun and ledger.alias("shop", "challenger") == 2

    monkeypatch.undo()
    ledger.change_rollout(begun, "abort", "ann", "Not today.")
    monkeypatch.setattr(ModelRecords, "_set_alias", killed)
    with pytest.raises(OSError, match="the disk is full"):
        start(ledger)
    assert ledger.rollout("shop") is None and ledger.verify_audit().ok


def killed(*_: object) -> None:
    """What happens when nothing more can be written."""
    raise OSError("the disk is full")


@pytest.mark.parametrize("version", [2, 3, None])
def test_the_champion_of_a_rollout_stays_the_champion(ledger, version):
    """Neither its own candidate, nor another version, nor none: the shares that are told would be false."""
    start(ledger)
    with pytest.raises(BusyError, match=r"under way \(1: 99 %, 2: 1 %\)"):
        ledger.set_alias("shop", "champion", version, "other", "At once.", {})
    ledger.set_alias("shop", "champion", 1, "other", "Where it is.", {})
    ledger.set_alias("shop", "shadow", 3, "other", "Another alias.", {})

    assert ledger.aliases("shop") == {"champion": 1, "challenger": 2, "shadow": 3}


def test_a_rollout_begins_beside_the_champion_of_that_moment(ledger):
    """Who has seen another one is told which it is."""
    ledger.set_alias("shop", "champion", 3, "other", "Meanwhile.", {})
    with pytest.raises(LedgerError, match="version 3, not 1"):
        start(ledger)


def test_a_ledger_in_which_the_champion_has_moved_is_mended_by_an_abort(ledger, tmp_path):
    """It was written before the champion was held: nothing but the end is taken, and the end tells who answers."""
    seen = start(ledger)
    ModelRecords(f"sqlite:///{tmp_path}/ledger.db").set_alias(
        "shop", "champion", 3, "other", "An older version of this package did that.", {}
    )
    with pytest.raises(LedgerError, match="version 3, not 1 .*rollout abort shop"):
        ledger.change_rollout(seen, "step", "service", "It holds.", shares={2: 0.5})

    assert ledger.change_rollout(seen, "abort", "me", "It is over.")["champion"] == 3


def test_a_row_that_was_changed_is_found(ledger, tmp_path):
    """Rows of rollouts are written once and told of by the audit chain."""
    start(ledger)
    assert ledger.verify_audit().ok
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("DROP TRIGGER rollout_events_no_update")
        connection.execute("UPDATE rollout_events SET shares = '{\"2\":0.5}'")

    assert "rollout_events was changed" in ledger.verify_audit().problem


def test_a_ledger_of_the_layout_before_gets_the_table(ledger, tmp_path):
    """Workspaces that are there already need no step by hand."""
    ledger.close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("DROP TABLE rollout_events")
        connection.execute("UPDATE ledger_state SET schema = 5")
    again = Ledger(f"sqlite:///{tmp_path}/ledger.db")

    assert start(again)["rollout"] == 1 and again.verify_audit().ok
    again.close()
