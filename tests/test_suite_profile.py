"""A reference period is cut into parts, and limits follow from how much the parts differ."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.suite_profile import (
    POSITIVE,
    SHARE,
    divergences,
    finite,
    is_counter,
    is_missing,
    level_counts,
    limits,
    new_rows,
    part_numbers,
    reference,
    share_limits,
)

START, END = datetime(2024, 1, 1), datetime(2024, 4, 1)


@pytest.fixture
def visits() -> pl.DataFrame:
    """A row for each hour of three months."""
    return pl.DataFrame({"at": pl.datetime_range(START, END, "1h", closed="left", eager=True)})


@pytest.mark.parametrize(
    ("every", "unit", "parts"), [("1mo", "week", 13), ("1w", "week", 13), ("1d", "day", 91)]
)
def test_parts_are_long_but_no_longer_than_what_is_checked(
    visits: pl.DataFrame, every: str, unit: str, parts: int
) -> None:
    """Three months that are checked by month are cut into weeks: three months would be too few parts."""
    made = reference(visits, "at", START, END, every)

    assert (made.unit, made.parts) == (unit, parts)
    assert made.sizes.sum() == visits.height


def test_a_year_is_cut_into_months() -> None:
    """There are enough of them, and one is as long as what will be checked."""
    at = pl.datetime_range(START, datetime(2025, 1, 1), "6h", closed="left", eager=True)
    made = reference(pl.DataFrame({"at": at}), "at", START, datetime(2025, 1, 1))

    assert (made.unit, made.parts, made.longer) == ("month", 12, 1.0)


def test_a_short_rest_belongs_to_the_last_part(visits: pl.DataFrame) -> None:
    """Two days after the last whole week are no week."""
    made = reference(visits, "at", START, START + timedelta(days=72))

    assert made.days.tolist() == [7.0] * 9 + [9.0]


def test_a_few_days_are_cut_into_eight(visits: pl.DataFrame) -> None:
    """Where there are not even eight days."""
    made = reference(visits, "at", START, START + timedelta(days=3))

    assert (made.parts, made.told) == (8, "8 eighths from 2024-01-01 on")


def test_without_a_time_blocks_of_rows_are_parts() -> None:
    """In the order in which the rows lie, fifty in each at least."""
    assert reference(pl.DataFrame({"a": range(1000)})).parts == 20
    assert reference(pl.DataFrame({"a": range(120)})).parts == 2


def test_rows_outside_of_the_period_are_not_looked_at(visits: pl.DataFrame) -> None:
    """Nor those without a time; a time zone and a day are as good as a moment."""
    rows = pl.concat([visits, pl.DataFrame({"at": [None]}, schema=visits.schema)])
    zoned = rows.with_columns(pl.col("at").dt.replace_time_zone("UTC"))
    days = rows.select(pl.col("at").dt.date())
    end = START + timedelta(days=10)

    for table in (rows, zoned, days, rows.lazy()):
        assert reference(table, "at", START, end, "1d").sizes.tolist() == [24] * 10


def test_a_sample_keeps_the_sizes(visits: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many rows statistics are made from a part of them, but all are counted."""
    monkeypatch.setattr("aifactory_nb.suite_profile.MOST_ROWS", 500)
    made = reference(visits, "at", START, END)

    assert made.rows.height < 0.4 * visits.height
    assert made.sizes.sum() == visits.height
    assert len(made.part) == made.rows.height


def test_a_reference_needs_rows(visits: pl.DataFrame) -> None:
    """No rows, no time, no column: each is said."""
    late = datetime(2030, 1, 1)
    with pytest.raises(DataError, match="no rows from 2030-01-01 to 2030-02-01; name another"):
        reference(visits, "at", late, datetime(2030, 2, 1))
    with pytest.raises(DataError, match="no rows with a time in 'at'"):
        reference(visits.with_columns(at=pl.lit(None, pl.Datetime)), "at")
    with pytest.raises(DataError, match="no column 'att'. Did you mean 'at'?"):
        reference(visits, "att")
    with pytest.raises(DataError, match="no rows"):
        reference(visits.clear())


def test_limits_hold_what_was_seen_and_some_more() -> None:
    """A steady number gets narrow limits, a restless one wide ones."""
    steady, restless = [10.0, 10.1] * 6, [5.0, 15.0] * 6
    narrow, wide = limits(steady), limits(restless)

    assert narrow is not None
    assert wide is not None
    assert 9 < narrow[0] < 10
    assert 10.1 < narrow[1] < 11
    assert wide[0] < 0
    assert wide[1] > 20


def test_limits_are_rarely_passed_by_the_next_part() -> None:
    """About as rarely as is said, for numbers that are like those of the reference."""
    draws = np.random.default_rng(1).normal(size=(2000, 13))
    found = [limits(row[:12]) for row in draws]
    passed = [
        not low <= row[12] <= high
        for row, (low, high) in zip(draws, filter(None, found), strict=True)
    ]

    assert np.mean(passed) < 0.01


def test_a_longer_period_varies_less_unless_parts_follow_each_other() -> None:
    """Independent parts average out; a number that drifts does not."""
    numbers = np.random.default_rng(2).normal(size=16)
    drifting = np.linspace(-1, 1, 16)
    width = [
        high - low
        for values in (numbers, drifting)
        for longer in (1.0, 4.0)
        for low, high in filter(None, [limits(values, longer=longer)])
    ]

    assert width[1] < 0.8 * width[0]
    assert width[3] > 0.9 * width[2]


def test_a_scale_keeps_limits_where_numbers_can_be() -> None:
    """A count is never below zero, a share never above one."""
    count, share = limits([1, 20, 300] * 4, POSITIVE), limits([0.5, 0.9, 0.99] * 4, SHARE)

    assert count is not None
    assert share is not None
    assert count[0] > 0
    assert share[1] < 1


def test_shares_have_room_for_a_few_rows() -> None:
    """A share that was always zero may be that of a few rows, and one that was always all may lack them."""
    rows = np.full(12, 1000)

    assert share_limits(np.zeros(12), rows, few=0.003) == (0.0, 0.003)
    low, high = share_limits(rows, rows, few=0.003) or (0, 0)
    assert 0.99 < low <= 0.997
    assert high == 1


def test_missing_is_null_or_no_number() -> None:
    """Infinity is a number, but no mean can be made of it."""
    column = pl.Series([1.0, None, float("nan"), float("inf")])

    assert is_missing(column).to_list() == [False, True, True, False]
    assert finite(column).to_list() == [1.0, None, None, None]


def test_a_counter_grows_from_part_to_part(visits: pl.DataFrame) -> None:
    """A number that goes up and down within a part is none."""
    made = reference(visits, "at", START, END)
    row, hour = pl.Series(range(visits.height)), visits["at"].dt.hour()

    assert is_counter(part_numbers(made, finite(row)))
    assert not is_counter(part_numbers(made, finite(hour)))


def test_a_part_with_another_distribution_is_far_from_the_others() -> None:
    """The divergence tells which part is different."""
    counts = np.array([[50, 50]] * 7 + [[95, 5]])

    assert divergences(counts).argmax() == 7
    assert divergences(counts)[7] > 0.2 > divergences(counts)[0]


def test_new_values_of_the_later_half_are_counted(visits: pl.DataFrame) -> None:
    """The month of a row is no fixed set: each month brings a new one."""
    made = reference(visits, "at", START, END)
    counts = level_counts(made, visits["at"].dt.month(), [1, 2, 3])
    new, rows = new_rows(counts)

    assert rows.sum() == visits["at"].ge(START + timedelta(weeks=6)).sum()
    assert new.max() > 20


def test_a_file_that_is_checked_is_no_shorter_than_a_quarter_of_the_reference() -> None:
    """So three odd rows are a small share of it, although blocks are short."""
    made = reference(pl.DataFrame({"a": range(600)}))

    assert (made.parts, made.longer, made.told) == (12, 3.0, "12 blocks of 50 rows")
    assert made.few == 0.02
