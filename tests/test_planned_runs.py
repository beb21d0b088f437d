"""The records of schedules, on both databases."""

from ledgers import ledger, tamper, url  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.planned_runs import KEY

AT = "2026-11-01T05:00:00Z"
FIRST = dict(zip(KEY, ("shop", "monthly", AT), strict=True))


def plan(ledger: Ledger) -> bool:  # noqa: F811
    """Plan one run."""
    ledger.watch_entry("shop", "monthly", "0 5 1 * * UTC", "2026-10-15T00:00:00Z")
    return ledger.plan_runs("shop", "monthly", AT, [(AT, "waiting", "")])


def give_lease_away(ledger: Ledger, seen_at: str) -> None:  # noqa: F811
    """Make a daemon on another host the holder of the lease."""
    ledger.take_leases(["shop"])
    with ledger.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE schedule_leases SET host = 'elsewhere', seen_at = '{seen_at}'"
        )


def test_a_planned_run_is_started_once(ledger: Ledger) -> None:  # noqa: F811
    """Planned twice it is one row, and the second start finds it taken."""
    ledger.take_leases(["shop"])

    assert plan(ledger) and plan(ledger)
    assert ledger.start_planned(FIRST) is not None and ledger.start_planned(FIRST) is None
    assert len(ledger.planned_runs()) == 1 and ledger.verify_audit().ok


def test_without_the_lease_nothing_is_planned(ledger: Ledger) -> None:  # noqa: F811
    """A daemon that lost its lease while it slept writes nothing."""
    give_lease_away(ledger, "2999-01-01T00:00:00.000000Z")

    assert plan(ledger) is False
    assert list(ledger.take_leases(["shop"])) == ["shop"]
    assert ledger.planned_runs() == []


def test_a_silent_daemon_loses_its_lease(ledger: Ledger) -> None:  # noqa: F811
    """A daemon on another host that gave no sign of life for a minute is taken for gone."""
    give_lease_away(ledger, "2020-01-01T00:00:00.000000Z")
    assert ledger.lease("shop") is None

    assert ledger.take_leases(["shop"]) == {}
    assert plan(ledger)


def test_an_end_is_written_once(ledger: Ledger) -> None:  # noqa: F811
    """What came of a planned run stays, whoever else finds it out."""
    ledger.take_leases(["shop"])
    plan(ledger)
    ledger.start_planned(FIRST)
    ledger.end_planned(FIRST, "succeeded", run_id="first")

    ledger.end_planned(FIRST, "failed")

    assert ledger.planned_runs()[0]["status"] == "succeeded"


def test_only_the_present_start_is_returned(ledger: Ledger) -> None:  # noqa: F811
    """Who looked at an earlier start does not take the present one back."""
    ledger.take_leases(["shop"])
    plan(ledger)
    before = ledger.start_planned(FIRST)
    assert before is not None
    ledger.return_planned(before, "gone", None)
    ledger.start_planned(FIRST)

    ledger.return_planned(before, "gone", None)

    row = ledger.planned_runs()[0]
    assert (row["status"], row["starts"]) == ("running", 2) and ledger.verify_audit().ok


def test_a_changed_row_is_found(ledger: Ledger, url: str) -> None:  # noqa: F811
    """The audit tells when somebody changed the history of a schedule."""
    ledger.take_leases(["shop"])
    plan(ledger)
    ledger.end_planned(FIRST, "failed", "it broke")

    tamper(url, "UPDATE planned_runs SET status = 'succeeded'")

    assert ledger.verify_audit().problem == f"the planned run shop/monthly/{AT} was changed"
