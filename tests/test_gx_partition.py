"""Partitions: which there are, and the rows of each."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from great_expectations.core import partitioners as gx
from great_expectations.exceptions import (
    InvalidBatchRequestError,
    InvalidMetricAccessorDomainKwargsKeyError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.partition import (
    file_partitions,
    numeric_names,
    parameter_names,
    partition_filter,
    partitions,
)
from aifactory_nb.gx_polars.source import File

DAYS = [date(2012, 12, 31), date(2013, 1, 1), date(2013, 1, 31), date(2013, 2, 1), None]
FRAME = pl.DataFrame(
    {
        "day": DAYS,
        "moment": [
            None if day is None else datetime(day.year, day.month, day.day, 23, 59) for day in DAYS
        ],
        "origin": ["JFK", "EWR", None, "JFK", "EWR"],
        "number": [-7, -1, 0, 7, None],
    }
)
MONTHLY = gx.ColumnPartitionerMonthly(column_name="day")
ALL = {
    "year": gx.ColumnPartitionerYearly(column_name="day"),
    "month": MONTHLY,
    "day": gx.ColumnPartitionerDaily(column_name="day"),
    "month of a moment": gx.ColumnPartitionerMonthly(column_name="moment"),
    "parts": gx.PartitionerDatetimePart(column_name="moment", datetime_parts=["month", "HOUR"]),
    "week": gx.PartitionerDatetimePart(column_name="day", datetime_parts=["year", "week"]),
    "value": gx.PartitionerColumnValue(column_name="origin"),
    "date as a value": gx.PartitionerColumnValue(column_name="day"),
    "values": gx.PartitionerMultiColumnValue(column_names=["origin", "number"]),
    "quotient": gx.PartitionerDividedInteger(column_name="number", divisor=2),
    "remainder": gx.PartitionerModInteger(column_name="number", mod=3),
    "text of a date": gx.PartitionerConvertedDatetime(
        column_name="day", date_format_string="%Y-%m"
    ),
}


def rows(frame, partitioner, values):
    """The rows of a partition."""
    return frame.filter(partition_filter(partitioner, frame.collect_schema(), values))


@pytest.mark.parametrize("name", ALL)
def test_partitions_hold_each_row_once(name):
    """Also rows whose column is null: they are a partition of their own."""
    found = partitions(FRAME.lazy(), ALL[name], {})

    parts = [rows(FRAME, ALL[name], each) for each in found]

    assert all(part.height for part in parts)
    assert pl.concat(parts).sort(pl.all()).equals(FRAME.sort(pl.all()))


@pytest.mark.parametrize("name", ALL)
def test_a_partition_is_named_by_the_parameters(name):
    """By those of its partitioner, in their order."""
    assert all(
        tuple(each) == parameter_names(ALL[name])
        for each in partitions(FRAME.lazy(), ALL[name], {})
    )


def test_partitions_are_sorted():
    """By their parameters, one after the other; null comes first."""
    found = partitions(FRAME.lazy(), MONTHLY, {})

    assert [tuple(each.values()) for each in found] == [
        (None, None),
        (2012, 12),
        (2013, 1),
        (2013, 2),
    ]


def test_partitions_can_be_sorted_the_other_way():
    """Null comes last, then."""
    descending = gx.ColumnPartitionerMonthly(column_name="day", sort_ascending=False)

    found = partitions(FRAME.lazy(), descending, {})

    assert [each["month"] for each in found] == [2, 1, 12, None]


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("month", {"year": 2013}, [{"year": 2013, "month": 1}, {"year": 2013, "month": 2}]),
        ("month", {"year": 2013, "month": 2}, [{"year": 2013, "month": 2}]),
        ("month", {"year": None, "month": 12}, [{"year": 2012, "month": 12}]),
        ("month", {"year": 1999}, []),
        ("month", {"year": 2013, "month": 13}, []),
        ("month", {"year": 0}, []),
        ("month", {"year": 99999}, []),
        (
            "day",
            {"day": 31},
            [{"year": 2012, "month": 12, "day": 31}, {"year": 2013, "month": 1, "day": 31}],
        ),
        ("value", {"origin": "JFK"}, [{"origin": "JFK"}]),
        ("value", {"origin": "jfk"}, []),
        ("date as a value", {"day": date(2013, 2, 1)}, [{"day": date(2013, 2, 1)}]),
        ("date as a value", {"day": "2013-02-01"}, [{"day": date(2013, 2, 1)}]),
        ("value", {"origin": "True"}, []),
        ("values", {"number": 7}, [{"origin": "JFK", "number": 7}]),
        ("values", {"number": "7"}, [{"origin": "JFK", "number": 7}]),
        ("quotient", {"quotient": -3}, [{"quotient": -3}]),
        ("text of a date", {"datetime": "2013-01"}, [{"datetime": "2013-01"}]),
    ],
)
def test_parameters_narrow_the_partitions(name, wanted, found):
    """What is left out, or None, stands for all."""
    assert partitions(FRAME.lazy(), ALL[name], wanted) == found


def test_a_quotient_is_cut_towards_zero_and_a_remainder_has_the_sign_of_the_divisor():
    """As the library's pandas engine computes them."""
    numbers = pl.LazyFrame({"number": [-7, 7]})

    assert [each["quotient"] for each in partitions(numbers, ALL["quotient"], {})] == [-3, 3]
    assert [each["remainder"] for each in partitions(numbers, ALL["remainder"], {})] == [1, 2]


def test_whole_numbers_without_a_sign_have_quotients():
    """Also beyond what fits a signed one."""
    numbers = pl.LazyFrame({"number": pl.Series([2**64 - 1, 0], dtype=pl.UInt64)})

    assert [each["quotient"] for each in partitions(numbers, ALL["quotient"], {})] == [0, 2**63 - 1]


def test_a_partition_of_null_is_found_by_its_name():
    """None means null where all parameters are given and there is such a partition; else it stands for all."""
    nothing, somewhere = {"origin": "EWR", "number": None}, {"origin": None, "number": 0}

    assert partitions(FRAME.lazy(), ALL["values"], nothing) == [nothing]
    assert partitions(FRAME.lazy(), ALL["values"], somewhere) == [somewhere]
    assert partitions(FRAME.lazy(), ALL["value"], {"origin": None}) == [{"origin": None}]
    assert len(partitions(FRAME.lazy(), ALL["value"], {})) == 3


@pytest.mark.parametrize("name", ALL)
def test_what_names_a_partition_finds_it(name):
    """One by one."""
    for each in partitions(FRAME.lazy(), ALL[name], {}):
        assert partitions(FRAME.lazy(), ALL[name], each) == [each]


def test_nan_is_a_value_of_its_own():
    """A partition of NaN has its rows."""
    frame = pl.DataFrame({"x": [math.nan, 1.0, math.nan]})
    by_value = gx.PartitionerColumnValue(column_name="x")

    last = partitions(frame.lazy(), by_value, {})[-1]

    assert rows(frame, by_value, last).height == 2
    assert len(partitions(frame.lazy(), by_value, last)) == 1


def test_columns_may_have_odd_names():
    """`*` is a column, not all of them."""
    frame = pl.DataFrame({"*": [1, 2], "a": [3, 3]})
    by_value = gx.PartitionerColumnValue(column_name="*")

    assert rows(frame, by_value, {"*": 2}).height == 1


@pytest.mark.parametrize(
    ("partitioner", "message"),
    [
        (
            gx.ColumnPartitionerYearly(column_name="origin"),
            "needs a date or a moment, it is String",
        ),
        (
            gx.PartitionerDatetimePart(column_name="day", datetime_parts=["hour"]),
            "needs a date or a moment, it is Date",
        ),
        (
            gx.PartitionerDatetimePart(column_name="day", datetime_parts=["dekade"]),
            "A date has no part 'dekade'",
        ),
        (
            gx.PartitionerModInteger(column_name="origin", mod=2),
            "needs a whole number, it is String",
        ),
        (
            gx.PartitionerColumnValue(column_name="list"),
            r"needs a plain value, it is List\(Int64\)",
        ),
    ],
)
def test_a_column_that_makes_no_partitions_is_told(partitioner, message):
    """With what it would take."""
    with pytest.raises(InvalidBatchRequestError, match=message):
        partitions(FRAME.with_columns(list=[1]).lazy(), partitioner, {})


def test_a_missing_column_is_told_as_the_library_does():
    """With the column that was meant, perhaps."""
    with pytest.raises(
        InvalidMetricAccessorDomainKwargsKeyError, match='"dai" in BatchData does not exist'
    ):
        partitions(FRAME.lazy(), gx.ColumnPartitionerYearly(column_name="dai"), {})


def test_clock_times_have_hours():
    """And no years."""
    frame = pl.LazyFrame({"at": [time(7, 30), time(8, 0)]})
    hourly = gx.PartitionerDatetimePart(column_name="at", datetime_parts=["hour"])

    assert partitions(frame, hourly, {}) == [{"hour": 7}, {"hour": 8}]


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Asia/Beirut",
]


@settings(max_examples=80, deadline=None)
@given(
    moments=st.lists(
        st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=20
    ),
    zone=st.sampled_from([None, *ZONES]),
    unit=st.sampled_from(["ms", "us", "ns"]),
)
def test_the_days_of_a_zone_hold_each_moment_once(moments, zone, unit):
    """Whatever its clocks do at midnight: the range of days by which files are passed over costs no row."""
    column = pl.Series("moment", moments, dtype=pl.Datetime(unit))
    if zone:
        column = column.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    frame = column.to_frame()
    for kind in (
        gx.ColumnPartitionerYearly,
        gx.ColumnPartitionerMonthly,
        gx.ColumnPartitionerDaily,
    ):
        partitioner = kind(column_name="moment")

        parts = [
            rows(frame, partitioner, each) for each in partitions(frame.lazy(), partitioner, {})
        ]

        assert pl.concat(parts).sort("moment").equals(frame.sort("moment"))


def test_a_day_that_happens_twice_in_part_is_one_partition():
    """In St. John's, the clock once went back from 00:01 to 23:01 of the day before."""
    begin = datetime(2010, 11, 7, 1, 0, tzinfo=UTC)
    minutes = [begin + timedelta(minutes=number) for number in range(240)]
    frame = pl.DataFrame({"moment": minutes}).with_columns(
        pl.col("moment").dt.convert_time_zone("America/St_Johns")
    )
    daily = gx.ColumnPartitionerDaily(column_name="moment")

    found = rows(frame, daily, {"year": 2010, "month": 11, "day": 7})

    here = ZoneInfo("America/St_Johns")
    assert found.height == sum(
        minute.astimezone(here).date() == date(2010, 11, 7) for minute in minutes
    )


@pytest.mark.parametrize("column", ["day", "moment", "zoned"])
def test_the_filter_reaches_the_file(tmp_path, column):
    """Row groups of other months are not read: the plan compares the column itself, within the scan."""
    frame = FRAME.with_columns(zoned=pl.col("moment").dt.replace_time_zone("Asia/Tokyo"))
    frame.write_parquet(tmp_path / "1.parquet")
    table = pl.scan_parquet(tmp_path / "1.parquet")
    partitioner = gx.ColumnPartitionerMonthly(column_name=column)

    plan = rows(table, partitioner, {"year": 2013, "month": 1}).explain()

    assert plan.startswith("Parquet SCAN") and f'col("{column}") >= 2012-12-31' in plan


def test_a_column_is_enough_to_know_the_partitions(tmp_path):
    """Of files, no other column is read."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    table = pl.scan_parquet(tmp_path / "1.parquet").with_columns(
        origin=pl.col("origin").map_batches(lambda _: 1 / 0, return_dtype=pl.String)
    )

    assert len(partitions(table, MONTHLY, {})) == 4


# --- files

FILES = [
    File(f"data/{name}", name) for name in ("2013/12.csv", "2013/2.csv", "2014/01.csv", "notes.txt")
]
BY_MONTH = gx.FileNamePartitionerMonthly(
    regex=re.compile(r"(?P<year>\d{4})/(?P<month>\d+)\.csv"), param_names=("year", "month")
)


def names(wanted, partitioner=BY_MONTH):
    return [named["path"] for named, _ in file_partitions(FILES, partitioner, wanted)]


def test_files_are_sorted_by_number():
    """The second month comes before the twelfth."""
    assert names({}) == ["2013/2.csv", "2013/12.csv", "2014/01.csv"]


def test_files_can_be_sorted_the_other_way():
    """The first is the latest, then."""
    descending = BY_MONTH.copy(update={"sort_ascending": False})

    assert names({}, descending)[0] == "2014/01.csv"


@pytest.mark.parametrize(
    "wanted",
    [{"year": 2014}, {"year": "2014", "month": 1}, {"month": "01"}, {"path": "2014/01.csv"}],
)
def test_a_file_is_wanted_by_number_or_text(wanted):
    """A number means its digits, with zeros before them or without; text means itself."""
    assert names(wanted) == ["2014/01.csv"]


def test_what_a_file_is_named_by_is_text():
    """As the library has it: the digits as they stand in the name."""
    assert file_partitions(FILES, BY_MONTH, {"year": 2014})[0][0] == {
        "path": "2014/01.csv",
        "year": "2014",
        "month": "01",
    }


def test_parameters_that_are_numbers_are_known():
    """Digits are taken for them, but not for values of a column."""
    assert numeric_names(BY_MONTH) == {"year", "month"} and numeric_names(MONTHLY) == {
        "year",
        "month",
    }
    assert not numeric_names(ALL["values"]) and not numeric_names(None)
