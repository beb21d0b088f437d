"""What the schedule commands show."""

import re

from scheduling import schedule_workspace, utc

from aifactory_nb.ledger import Ledger
from aifactory_nb.schedule_view import entry_rows, history_rows
from aifactory_nb.settings import Settings

DAILY = '[schedule.daily]\ncron = "0 5 * * *"\ntimezone = "Europe/Berlin"\n'


def test_entries_with_their_next_time(settings: Settings) -> None:
    """The next time is told in the zone of the entry, the last outcome beside it."""
    schedule_workspace(
        settings.workspace, DAILY + "[schedule.off]\nevery = '1h'\nenabled = false\n"
    )
    ledger = Ledger(settings.ledger_url)
    key = {"pipeline": "shop", "entry": "daily", "planned_at": "2024-02-01T04:00:00Z"}
    ledger.plan_alone(key, "skipped", "busy")

    daily, off = entry_rows(settings, ledger, now=utc(2024, 2, 1, 12))

    assert daily["next"] == "2024-02-02 05:00:00 CET"
    assert (daily["last"], daily["status"], daily["message"]) == (
        key["planned_at"],
        "skipped",
        "busy",
    )
    assert off["next"] == "switched off" and off["daemon"] == "none"


def test_the_daemon_is_told(settings: Settings) -> None:
    """Who looks after a pipeline stands beside its entries."""
    schedule_workspace(settings.workspace, DAILY)
    ledger = Ledger(settings.ledger_url)
    ledger.take_leases(["shop"])

    (row,) = entry_rows(settings, ledger)

    assert re.fullmatch(r"\d+ on .+", row["daemon"])


def test_looking_records_ends(settings: Settings) -> None:
    """Where no daemon is, as with cron, a look at the history finds out how runs ended."""
    schedule_workspace(settings.workspace, DAILY)
    ledger = Ledger(settings.ledger_url)
    key = {"pipeline": "shop", "entry": "daily", "planned_at": "2024-02-01T04:00:00Z"}
    ledger.start_planned(key)
    ledger.start_run("first", "shop", "run", {}, 0)
    ledger.end_run("first", "succeeded")
    gone = {"pid": 2**22 + 1, "process_start": "1"}
    with ledger.writing() as connection:
        ledger._change_planned(connection, key, gone)
        ledger._change_run(connection, "first", gone)

    (row,) = history_rows(settings, ledger, "shop", None, 10)

    assert (row["status"], row["run_id"]) == ("succeeded", "first")
