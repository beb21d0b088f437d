"""The window of a first model, and what is odd about the times of a table."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from aifactory_nb.time_findings import guess_span, time_findings, usual_times

DAYS = [datetime(2024, 1, 1) + timedelta(hours=8 * i) for i in range(900)]


@pytest.mark.parametrize(
    ("days", "every", "end"),
    [(10, "1d", date(2024, 1, 11)), (40, "1w", date(2024, 2, 5)), (200, "1mo", date(2024, 7, 1))],
)
def test_the_window_ends_with_the_last_whole_period(days: int, every: str, end: date) -> None:
    """What is left over is for production."""
    times = pl.Series("t", [datetime(2024, 1, 1) + timedelta(days=i) for i in range(days)])
    span = guess_span(times)

    assert (span.every, span.end, span.holdout[-1]) == (every, end, "d")


@pytest.mark.parametrize("stray", [datetime(1900, 1, 1), datetime(2931, 1, 1)])
def test_one_stray_date_does_not_move_the_window(stray: datetime) -> None:
    """A slip of the pen is told, and the window is that of all other rows."""
    frame = pl.DataFrame({"t": [*DAYS, stray]})

    assert guess_span(frame["t"]) == guess_span(pl.Series("t", DAYS))
    found = time_findings(frame, "t", frame["t"].dt.hour(), "binary")[0]
    assert (found.kind, str(stray) in found.found) == ("stray time", True)


def test_usual_times_are_kept() -> None:
    """A table without strays loses nothing."""
    assert usual_times(pl.Series("t", DAYS)).to_list() == DAYS


def test_rows_in_bunches_are_held_out_by_share() -> None:
    """The last fifth of the days has hardly a row."""
    late = [datetime(2024, 12, 30), datetime(2025, 2, 1)]
    bunch = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(500)]

    assert guess_span(pl.Series("t", [*bunch, *late, *late])).holdout == "0.2"
