"""A rollout begins beside the champion, and ends once."""

from pathlib import Path

import pytest
from serving import add_version, fill_tables

from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.errors import BusyError, LedgerError, ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
from aifactory_nb.rollout import (
    abort,
    begin,
    finish,
    go_back,
    put_to_work,
    roll_out,
    step,
    take_back,
)
from aifactory_nb.rollout_records import next_share
from aifactory_nb.settings import Settings

CANARY = DeploymentPolicy(policy="canary", steps=[1, 25, 100])


@pytest.fixture
def shop(settings: Settings):
    """A champion, version 1, and a version 2 that is none."""
    _, store = fill_tables(settings)
    ledger = Ledger(settings.ledger_url, actor="tester")
    for rounds in (3, 4):
        add_version(settings, rounds=rounds)
    promote(store, ledger, "shop", 1, "tester", "To begin with.")
    yield store, ledger
    ledger.close()


def test_the_champion_stays_until_the_rollout_is_finished(shop):
    """The alias challenger names who is on the way; champion moves at the end, with the evidence."""
    store, ledger = shop
    row = begin(store, ledger, "shop", 2, CANARY, "tester", "Better on all rows.")
    assert ledger.aliases("shop") == {"champion": 1, "challenger": 2}

    row = step(ledger, row, {2: next_share(row)}, "service", "It holds.")
    assert next_share(row) == 1.0
    finish(store, ledger, row, "service", "It holds.", {"findings": []})

    assert ledger.aliases("shop") == {"champion": 2}
    told = ledger.alias_events("shop", "champion")[-1]
    assert told["evidence"]["rollout"] == 1 and len(told["evidence"]["digest"]) == 64


def test_going_back_opens_an_incident_that_the_next_success_closes(shop):
    """What went wrong stays open until a version has made it."""
    store, ledger = shop
    row = begin(store, ledger, "shop", 2, CANARY, "tester", "Better.")
    assert go_back(ledger, row, "service", "latency +0.300")["change"] == "back"
    assert go_back(ledger, row, "another service", "latency +0.300") is None
    (incident,) = ledger.incidents("shop", open_only=True)
    assert (incident["kind"], incident["subject"]) == ("rollout", "version 2")
    assert incident["opened_details"]["reason"] == "latency +0.300"

    row = begin(store, ledger, "shop", 2, CANARY, "tester", "On a faster machine.")
    finish(store, ledger, row, "service", "It holds.")

    assert not ledger.incidents("shop", open_only=True)
    assert ledger.aliases("shop") == {"champion": 2}


def test_an_abort_by_a_person_is_no_incident(shop):
    """Somebody has changed their mind."""
    store, ledger = shop
    row = begin(store, ledger, "shop", 2, CANARY, "tester", "Better.")
    abort(ledger, row, "tester", "Not on a Friday.")

    assert ledger.rollout("shop") is None and not ledger.incidents("shop")
    assert ledger.aliases("shop") == {"champion": 1}
    promote(store, ledger, "shop", 2, "tester", "Still the next one.", alias="challenger")
    assert ledger.aliases("shop") == {"champion": 1, "challenger": 2}


@pytest.mark.parametrize("version", [1, 9])
def test_what_cannot_be_set_beside_the_champion_is_refused(shop, version):
    """Neither the champion itself nor a version that is not there."""
    store, ledger = shop
    with pytest.raises((ParameterError, LedgerError, LookupError)):
        begin(store, ledger, "shop", version, CANARY, "tester", "Why not.")

    assert ledger.rollout_events("shop") == []


def test_shares_beyond_all_of_the_traffic_are_refused(shop):
    """120 % is a mistake of somebody."""
    store, ledger = shop
    row = begin(store, ledger, "shop", 2, CANARY, "tester", "Better.")

    with pytest.raises(ParameterError, match="between 0 and 100 percent.*found 2: 120 %"):
        step(ledger, row, {2: 1.2}, "tester", "More!")
    with pytest.raises(ParameterError, match="found 2: nan %"):
        step(ledger, row, {2: float("nan")}, "tester", "More!")


def test_who_is_promoted_at_once_has_finished_the_rollout(shop):
    """The champion moves and the rollout ends together; without one, only the champion moves."""
    store, ledger = shop
    begin(store, ledger, "shop", 2, CANARY, "tester", "Better.")

    assert put_to_work(store, ledger, "shop", 2, "tester", "At once.")["change"] == "finish"
    assert ledger.rollout("shop") is None and ledger.aliases("shop") == {"champion": 2}
    assert put_to_work(store, ledger, "shop", 1, "tester", "No.") is None
    assert ledger.alias("shop", "champion") == 1


def test_another_version_is_not_promoted_past_a_rollout(shop, settings):
    """Who wants that has to end the rollout first."""
    store, ledger = shop
    begin(store, ledger, "shop", 2, CANARY, "tester", "Better.")
    add_version(settings, rounds=5, champion=False)

    with pytest.raises(BusyError, match="is under way"):
        put_to_work(store, ledger, "shop", 3, "tester", "At once.")
    assert ledger.alias("shop", "champion") == 1 and ledger.rollout("shop") is not None


def test_a_rollback_ends_the_rollout_first(shop):
    """What is new is taken off at once: the newcomer, then the champion that came last."""
    store, ledger = shop
    promote(store, ledger, "shop", 2, "tester", "Better.")
    begin(store, ledger, "shop", 1, CANARY, "tester", "The old one again.")

    assert take_back(store, ledger, "shop", "tester", "Complaints.")["change"] == "abort"
    assert ledger.alias("shop", "champion") == 2 and ledger.rollout("shop") is None
    assert take_back(store, ledger, "shop", "tester", "More of them.") == (2, 1)


def test_a_line_that_runs_again_changes_nothing(shop):
    """Neither a rollout that is under way nor one that has gone back is begun again by a stage."""
    store, ledger = shop
    named = store, ledger, "shop", 2, CANARY, "Better.", {}
    assert "has begun" in roll_out(*named).reason
    assert "is under way" in roll_out(*named).reason
    go_back(ledger, ledger.rollout("shop"), "service", "quality +0.100")

    done = roll_out(*named)

    assert done.champion == 1 and "is not rolled out again" in done.reason
    assert "quality +0.100" in done.reason and ledger.rollout("shop") is None


def test_a_bandit_takes_in_another_version(shop, settings):
    """It shares what the others have, in proportion."""
    store, ledger = shop
    bandit = DeploymentPolicy(policy="bandit", explore=0.2)
    begin(store, ledger, "shop", 2, bandit, "tester", "To try.")
    add_version(settings, rounds=5, champion=False)

    row = begin(store, ledger, "shop", 3, bandit, "tester", "To try as well.")

    assert row["change"] == "step" and row["rollout"] == 1
    assert row["shares"] == pytest.approx({"2": 0.16, "3": 0.2})
    assert Path(store.model_folder(3)).is_dir()
