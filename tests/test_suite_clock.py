"""The time of the rows has a rhythm, and what breaks it is found."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.data_gate import check_table, window_parameters
from aifactory_nb.suite_clock import clock_rules, row_rules, told_hours
from aifactory_nb.suite_profile import reference

START, END, LATER = datetime(2024, 1, 1), datetime(2024, 4, 1), datetime(2024, 5, 1)


def visits(start: datetime, end: datetime) -> pl.DataFrame:
    """About forty visits a day between eight and eight, more of them in the evening."""
    generator = np.random.default_rng(start.month)
    days = [start + timedelta(days=day) for day in range((end - start).days)]
    rows = [
        day + timedelta(hours=8, minutes=int(720 * minute))
        for day in days
        for minute in np.sqrt(generator.random(int(generator.integers(36, 45))))
    ]
    return pl.DataFrame({"at": rows}, schema={"at": pl.Datetime("us")}).sort("at")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """What is expected of the time, from three months."""
    made = reference(visits(START, END), "at", START, END)
    path = tmp_path / "clock.json"
    path.write_text(json.dumps({"expectations": [*row_rules(made), *clock_rules(made)]}))
    return path


def failed(rows: pl.DataFrame, suite: Path) -> list[tuple[str, str]]:
    """The checks that the rows of the month after do not pass."""
    window = window_parameters(END, LATER)
    checks = check_table(rows, suite, parameters=window).failed
    return [(each["severity"], each["expectation"]) for each in checks]


def test_a_good_month_passes(suite: Path) -> None:
    """Nothing is wrong with it."""
    assert failed(visits(END, LATER), suite) == []


@pytest.mark.parametrize("hours", [1, -1, 5, -5])
def test_a_clock_that_is_off_is_found(suite: Path, hours: int) -> None:
    """By an hour, or by a time zone."""
    moved = visits(END, LATER).with_columns(pl.col("at") + timedelta(hours=hours))

    assert failed(moved, suite)


@pytest.mark.parametrize("day", [3, 15])
def test_a_missing_day_is_found(suite: Path, day: int) -> None:
    """Nothing came for longer than ever."""
    rows = visits(END, LATER).filter(pl.col("at").dt.day() != day)

    assert ("warning", "unexpected_rows_expectation") in failed(rows, suite)


def test_a_day_that_was_loaded_twice_is_found(suite: Path) -> None:
    """It has more rows than a day has."""
    rows = visits(END, LATER)

    assert failed(pl.concat([rows, rows.filter(pl.col("at").dt.day() == 9)]), suite)


def test_a_load_that_broke_off_stops_the_line(suite: Path) -> None:
    """The last days are missing, or the first ones."""
    rows = visits(END, LATER)

    for part in (pl.col("at").dt.day() < 28, pl.col("at").dt.day() > 3):
        assert "critical" in dict(failed(rows.filter(part), suite))


def test_rows_outside_of_the_window_stop_the_line(suite: Path) -> None:
    """Whatever brought them there."""
    rows = pl.concat([visits(END, LATER), pl.DataFrame({"at": [LATER + timedelta(hours=9)]})])

    assert ("critical", "expect_column_values_to_be_between") in failed(rows, suite)


def test_days_have_no_hours(tmp_path: Path) -> None:
    """A column of days is checked by day only, and its rules hold for the next month."""
    days = pl.date_range(START, END, "1d", closed="left", eager=True).alias("day")
    made = reference(days.to_frame(), "day", START, END)
    rules = list(clock_rules(made))
    path = tmp_path / "days.json"
    path.write_text(json.dumps({"expectations": rules}))
    later = pl.date_range(END, LATER, "1d", closed="left", eager=True).alias("day").to_frame()
    window = window_parameters(END, LATER)

    assert not any("regex" in each["type"] for each in rules)
    assert check_table(later, path, parameters=window).failed == []
    assert check_table(later[:9].vstack(later[10:]), path, parameters=window).failed


def test_a_name_with_signs_is_quoted(tmp_path: Path) -> None:
    """Quotes and braces mean something to SQL and to the library."""
    name = 'when "it" {was}'
    rows = visits(START, END).rename({"at": name})
    made = reference(rows, name, START, END)
    path = tmp_path / "clock.json"
    path.write_text(json.dumps({"expectations": list(clock_rules(made))}))
    later = visits(END, LATER).rename({"at": name})

    assert check_table(later, path, parameters=window_parameters(END, LATER)).failed == []


def test_without_a_time_there_is_no_clock() -> None:
    """Only rows are counted."""
    made = reference(pl.DataFrame({"a": range(500)}))
    (rule,) = row_rules(made)

    assert list(clock_rules(made)) == []
    assert (rule["kwargs"]["min_value"], rule["kwargs"]["max_value"]) == (50, 5000)


def test_lengths_of_time_are_told_for_people() -> None:
    """In minutes, hours or days."""
    assert [told_hours(hours) for hours in (0.5, 7.3, 96)] == ["30 minutes", "7.3 hours", "4 days"]
