"""Model versions, and where aliases point."""
# ruff: noqa: F811 (fixtures are imported)

import pytest
from ledgers import history, ledger, url  # noqa: F401

from aifactory_nb.errors import LedgerError, ModelNotFoundError
from aifactory_nb.ledger import Ledger


def test_same_model_of_the_same_run_keeps_its_number(ledger: Ledger) -> None:
    """Registering again after a crash gives the same version."""
    first = ledger.add_model("flights", "run", "digest", "v{version}", {})
    again = ledger.add_model("flights", "run", "digest", "v{version}", {})
    other = ledger.add_model("flights", "run", "other", "v{version}", {})

    assert (first, again, other) == (1, 1, 2)


def test_versions_count_per_pipeline(ledger: Ledger) -> None:
    """Each pipeline, and each replay, counts its versions from 1."""
    ledger.add_model("flights", "run", "digest", "v{version}", {})

    assert ledger.add_model("flights@replay", "run", "digest", "v{version}", {}) == 1


def test_alias_event_tells_everything(history: Ledger) -> None:
    """An alias event tells who moved it, when, why, from where to where, and on which evidence."""
    event = history.alias_events("flights", "champion")[-1]

    assert (event["actor"], event["reason"]) == ("ada", "better")
    assert (event["from_version"], event["to_version"]) == (2, 3)
    assert event["evidence"] == {"auc": 0.3} and len(event["evidence_hash"]) == 64
    assert event["at"].endswith("Z")


def test_alias_that_points_there_does_not_move(history: Ledger) -> None:
    """Setting an alias to where it points writes nothing."""
    assert history.set_alias("flights", "champion", 3, "ada", "again", {}) is None
    assert len(history.alias_events()) == 3


def test_alias_is_taken_away(history: Ledger) -> None:
    """An alias can point to no version."""
    history.set_alias("flights", "champion", None, "ada", "withdrawn", {})

    assert history.alias("flights", "champion") is None
    assert history.aliases("flights") == {}


def test_alias_to_unknown_version_is_refused(history: Ledger) -> None:
    """An alias cannot point to a version that does not exist."""
    with pytest.raises(ModelNotFoundError, match="no model version 9. Versions: 1, 2, 3"):
        history.set_alias("flights", "champion", 9, "ada", "a slip", {})


def test_alias_that_moved_meanwhile_stays(history: Ledger) -> None:
    """A decision that was made about another champion is not carried out."""
    with pytest.raises(LedgerError, match="points to version 3, not to 1 as it did"):
        history.set_alias("flights", "champion", 2, "ada", "late", {}, expected=1)
    assert history.alias("flights", "champion") == 3


def test_unknown_model_is_named(history: Ledger) -> None:
    """Asking for a version that does not exist names those that do."""
    with pytest.raises(ModelNotFoundError, match="Versions: 1, 2, 3"):
        history.model("flights", 9)
