"""Facts equal what reading gives, or there are none."""

import io
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes
from servers import s3, s3_server  # noqa: F401 (fixtures)

from aifactory_nb.gx_polars import metadata
from aifactory_nb.gx_polars.metadata import delta_facts, frame_facts, parquet_facts
from aifactory_nb.gx_polars.source import DeltaSource, FileSource

NAN = math.nan
ADVERSARIAL = {
    "i8": pl.Series([-128, 127, None], dtype=pl.Int8),
    "u8": pl.Series([0, 255, None], dtype=pl.UInt8),
    "u32": pl.Series([0, 2**32 - 1, None], dtype=pl.UInt32),
    "u64": pl.Series([0, 2**64 - 1, None], dtype=pl.UInt64),
    "i64": pl.Series([-(2**63), 2**63 - 1, None], dtype=pl.Int64),
    "some_nan": pl.Series([NAN, 1.5, None]),
    "all_nan": pl.Series([NAN, NAN, NAN]),
    "zeros": pl.Series([-0.0, 0.0, -0.0]),
    "infinite": pl.Series([math.inf, -math.inf, NAN]),
    "f32": pl.Series([0.1, NAN, 0.3], dtype=pl.Float32),
    "decimal": pl.Series(
        [Decimal("1.10"), Decimal("-99999999999999.99"), None], dtype=pl.Decimal(20, 2)
    ),
    "wide_decimal": pl.Series([Decimal("1.1"), None, Decimal(10) ** 30], dtype=pl.Decimal(38, 2)),
    "all_null": pl.Series([None, None, None], dtype=pl.Int64),
    "untyped": pl.Series([None, None, None], dtype=pl.Null),
    "day": pl.Series([date(1, 1, 1), date(9999, 12, 31), None]),
    "ms": pl.Series([datetime(1950, 1, 1), None, datetime(2100, 1, 1)], dtype=pl.Datetime("ms")),
    "ns": pl.Series([1, 2**60, None], dtype=pl.Int64).cast(pl.Datetime("ns")),
    "zoned": pl.Series([datetime(2020, 7, 1), datetime(2020, 1, 1), None]).dt.replace_time_zone(
        "Europe/Berlin"
    ),
    "utc": pl.Series([datetime(2020, 7, 1), datetime(2020, 1, 1), None]).dt.replace_time_zone(
        "UTC"
    ),
    "clock": pl.Series([time(1, 2), time(3, 4), None]),
    "span": pl.Series([timedelta(1), timedelta(-1), None]),
    "flag": pl.Series([True, False, None]),
    "same": pl.Series([True, True, True]),
    "long_text": pl.Series(["x" * 100, "y" * 65, None]),
    "binary": pl.Series([b"\xff" * 70, b"", None]),
    "category": pl.Series(["b", "a", None], dtype=pl.Categorical),
    "enum": pl.Series(["b", "a", None], dtype=pl.Enum(["b", "a"])),
    "list": pl.Series([[1], None, []]),
    "struct": pl.Series([{"x": 1}, None, {"x": None}]),
    "struct.x": pl.Series([7, 8, 9]),
    "array": pl.Series([[1, 2], None, [3, 4]], dtype=pl.Array(pl.Int64, 2)),
    "*": pl.Series([1, 2, 3]),
    "": pl.Series([4, None, 6]),
}
TABLE = pl.DataFrame(ADVERSARIAL)
PLAIN = pl.DataFrame({"a": [1, 2, None], "day": [date(2013, 1, 1), None, date(2013, 1, 3)]})


def facts_of(paths, nan_is_missing=True, **options):
    source = FileSource("parquet", (str(paths),), options)
    return parquet_facts(source, source.files, source.scan(), nan_is_missing)


def assert_facts_are_read(facts, frame, nan_is_missing):
    """Each fact is what reading the frame gives; floats hold NaN or null for a missing value."""
    if nan_is_missing:
        frame = frame.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))
    assert facts.rows is None or facts.rows == frame.height
    for name, count in facts.nulls.items():
        assert count == frame[name].null_count(), name
    for bound, found in (("min", facts.low), ("max", facts.high)):
        for name, value in found.items():
            read = getattr(frame[name], bound)()
            assert value == read and type(value) is type(read), (name, value, read)


def write_arrow(frame, path, **options):
    pq.write_table(frame.to_arrow(), path, **options)


WRITERS = {
    "polars": lambda frame, path: frame.write_parquet(path, row_group_size=2),
    "arrow": lambda frame, path: write_arrow(frame, path, row_group_size=2),
    "arrow 1.0": lambda frame, path: write_arrow(frame.drop("ns"), path, version="1.0"),
    "no dictionary": lambda frame, path: write_arrow(frame, path, use_dictionary=False),
    "int96": lambda frame, path: write_arrow(frame, path, use_deprecated_int96_timestamps=True),
    "without statistics": lambda frame, path: frame.write_parquet(path, statistics=False),
    "some statistics": lambda frame, path: write_arrow(
        frame, path, write_statistics=["i8", "flag"]
    ),
}


@pytest.mark.parametrize("nan_is_missing", [True, False])
@pytest.mark.parametrize("writer", WRITERS)
def test_facts_of_parquet_files_are_what_reading_gives(tmp_path, writer, nan_is_missing):
    """Of all types, from several writers, over row groups and files."""
    frame = (
        TABLE
        if "polars" in writer or writer == "without statistics"
        else TABLE.drop("category", "enum")
    )
    for name, rows in (("1", frame), ("2", frame.tail(1)), ("3", frame.clear())):
        WRITERS[writer](rows, tmp_path / f"{name}.parquet")

    facts = facts_of(tmp_path, nan_is_missing)

    read = pl.concat([frame, frame.tail(1)])
    assert facts.rows == read.height
    assert_facts_are_read(facts, pl.scan_parquet(tmp_path).collect(), nan_is_missing)


def test_there_are_facts(tmp_path):
    """A test that compares nothing would pass; these columns have facts, and those have none."""
    TABLE.write_parquet(tmp_path / "1.parquet")

    facts = facts_of(tmp_path)

    nested, floats = (
        {"list", "struct", "array"},
        {"some_nan", "all_nan", "zeros", "infinite", "f32"},
    )
    assert set(facts.nulls) == set(TABLE.columns) - nested - floats
    bounded = {
        "i8",
        "u8",
        "u32",
        "u64",
        "i64",
        "some_nan",
        "zeros",
        "infinite",
        "f32",
        "decimal",
        "wide_decimal",
    }
    bounded |= {"day", "ms", "ns", "zoned", "utc", "flag", "same", "struct.x", "*", ""}
    assert set(facts.low) == set(facts.high) == bounded


def test_bounds_of_floats_are_none_where_nan_is_a_value(tmp_path):
    """Statistics leave NaN out; missing values, then, are nulls."""
    TABLE.write_parquet(tmp_path / "1.parquet")

    facts = facts_of(tmp_path, nan_is_missing=False)

    assert not {"some_nan", "zeros", "f32"} & set(facts.low)
    assert facts.nulls["some_nan"] == 1 and facts.nulls["all_nan"] == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    frame=dataframes(
        allowed_dtypes=[
            pl.Int8,
            pl.UInt64,
            pl.Float32,
            pl.Float64,
            pl.Boolean,
            pl.Date,
            pl.Datetime,
            pl.String,
            pl.Decimal,
        ],
        max_size=12,
        max_cols=6,
        allow_chunks=False,
    ),
    group=st.integers(1, 5),
    nan_is_missing=st.booleans(),
)
def test_facts_of_any_frame_are_what_reading_gives(tmp_path, frame, group, nan_is_missing):
    """Random tables, in row groups of a few rows."""
    frame.write_parquet(tmp_path / "1.parquet", row_group_size=group)

    facts = facts_of(tmp_path / "1.parquet", nan_is_missing)

    assert_facts_are_read(facts, pl.read_parquet(tmp_path / "1.parquet"), nan_is_missing)


def test_a_file_without_row_groups_has_no_rows(tmp_path):
    """And none missing; there is no smallest value."""
    PLAIN.clear().write_parquet(tmp_path / "1.parquet")

    facts = facts_of(tmp_path)

    assert facts.rows == 0 and facts.nulls["a"] == 0 and not facts.low


@pytest.mark.parametrize(
    "other",
    [PLAIN.with_columns(pl.col("a").cast(pl.Int32)), PLAIN.drop("a"), PLAIN.with_columns(b=1)],
    ids=["type", "missing", "more"],
)
def test_files_that_differ_have_no_facts(tmp_path, other):
    """Reading them fails, or casts: the reader has the word."""
    PLAIN.write_parquet(tmp_path / "1.parquet")
    other.write_parquet(tmp_path / "2.parquet")

    facts = facts_of(tmp_path, missing_columns="insert", extra_columns="ignore")

    assert facts.rows is None and not facts.nulls


def test_a_file_that_cannot_be_read_has_no_facts(tmp_path):
    """What is wrong with it is said when it is read."""
    PLAIN.write_parquet(tmp_path / "1.parquet")
    facts = facts_of(tmp_path)
    (tmp_path / "1.parquet").write_bytes(b"PAR1")

    assert facts.rows is None and not facts.high


def test_nothing_is_looked_up_before_it_is_asked_for(tmp_path):
    """And then once."""
    PLAIN.write_parquet(tmp_path / "1.parquet")
    facts = facts_of(tmp_path)
    PLAIN.head(1).write_parquet(tmp_path / "1.parquet")

    assert facts.rows == 1

    PLAIN.write_parquet(tmp_path / "1.parquet")
    assert facts.rows == 1


def test_of_very_many_files_no_footers_are_read(tmp_path, monkeypatch):
    """They would cost more than they save."""
    PLAIN.write_parquet(tmp_path / "1.parquet")
    PLAIN.write_parquet(tmp_path / "2.parquet")
    monkeypatch.setattr(metadata, "MOST_FILES", 1)

    assert facts_of(tmp_path).rows is None


def test_a_column_from_the_names_of_folders_has_no_facts(tmp_path):
    """Though the files have a column of that name."""
    (tmp_path / "a=7").mkdir()
    PLAIN.write_parquet(tmp_path / "a=7" / "1.parquet")

    facts = facts_of(tmp_path)

    assert facts.rows == 3 and "a" not in facts.nulls and facts.nulls["day"] == 1


def test_statistics_that_are_missing_in_one_row_group_are_missing(tmp_path):
    """Half a proof is none."""
    write_arrow(PLAIN, tmp_path / "1.parquet")
    write_arrow(PLAIN, tmp_path / "2.parquet", write_statistics=False)

    facts = facts_of(tmp_path)

    assert facts.rows == 6 and not facts.nulls and not facts.low


# --- frames


@pytest.mark.parametrize("nan_is_missing", [True, False])
def test_facts_of_a_frame_are_what_it_holds(nan_is_missing):
    """Its height, and missing values where they are not NaN."""
    facts = frame_facts(TABLE, nan_is_missing)

    assert facts.rows == 3 and not facts.low
    assert ("some_nan" in facts.nulls) is not nan_is_missing
    assert_facts_are_read(facts, TABLE, nan_is_missing)


def test_a_frame_without_columns_has_facts():
    """No rows, no columns."""
    assert frame_facts(pl.DataFrame(), True).rows == 0


# --- Delta

DELTA = TABLE.select(
    "i8",
    "i64",
    "some_nan",
    "zeros",
    "decimal",
    "all_null",
    "day",
    "zoned",
    "flag",
    "long_text",
    "struct",
    "struct.x",
    "list",
)


def facts_of_delta(path, nan_is_missing=True):
    source = DeltaSource(str(path))
    return delta_facts(source, source.scan(), nan_is_missing)


@pytest.mark.parametrize("nan_is_missing", [True, False])
def test_facts_of_a_delta_table_are_what_reading_gives(tmp_path, nan_is_missing):
    """Over several files, of which some hold only nulls."""
    for rows in (DELTA, DELTA.tail(1), DELTA.clear()):
        rows.write_delta(tmp_path / "t", mode="append")

    facts = facts_of_delta(tmp_path / "t", nan_is_missing)

    assert facts.rows == 4 and facts.nulls["day"] == 2
    assert set(facts.low) == {"i8", "i64", "day", "flag", "struct.x"}
    assert_facts_are_read(facts, pl.read_delta(str(tmp_path / "t")), nan_is_missing)


def test_columns_that_part_a_delta_table_have_no_facts(tmp_path):
    """Their values are not among the statistics."""
    PLAIN.with_columns(p=pl.Series([1, 1, None])).write_delta(
        tmp_path / "t", delta_write_options={"partition_by": ["p"]}
    )

    facts = facts_of_delta(tmp_path / "t")

    assert facts.rows == 3 and set(facts.nulls) == {"a", "day"}


def test_a_column_that_came_later_has_no_facts(tmp_path):
    """Files from before say nothing about it."""
    PLAIN.write_delta(tmp_path / "t")
    PLAIN.with_columns(b=1).write_delta(
        tmp_path / "t", mode="append", delta_write_options={"schema_mode": "merge"}
    )

    facts = facts_of_delta(tmp_path / "t")

    assert facts.rows == 6 and "b" not in facts.nulls and "b" not in facts.low


def rewrite(log, change):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text("\n".join(json.dumps(change(line)) for line in lines))


def test_a_table_that_can_have_deletion_vectors_has_no_facts(tmp_path):
    """Rows that were deleted are still counted."""
    PLAIN.write_delta(tmp_path / "t")

    def with_vectors(line):
        if "protocol" in line:
            features = {
                "readerFeatures": ["deletionVectors"],
                "writerFeatures": ["deletionVectors"],
            }
            line["protocol"] = {"minReaderVersion": 3, "minWriterVersion": 7, **features}
        return line

    rewrite(tmp_path / "t" / "_delta_log" / "00000000000000000000.json", with_vectors)

    facts = facts_of_delta(tmp_path / "t")

    assert facts.rows is None and not facts.nulls


def test_files_without_statistics_have_no_facts(tmp_path):
    """One of them is enough."""
    PLAIN.write_delta(tmp_path / "t")
    PLAIN.write_delta(tmp_path / "t", mode="append")

    def without(line):
        line.get("add", {}).pop("stats", None)
        return line

    rewrite(tmp_path / "t" / "_delta_log" / "00000000000000000001.json", without)

    facts = facts_of_delta(tmp_path / "t")

    assert facts.rows is None and not facts.low


# --- S3


@pytest.mark.parametrize("prefix", ["aws_", ""])
@pytest.mark.parametrize("columns", [2, 1500], ids=["short footer", "long footer"])
def test_footers_are_read_from_s3(s3, prefix, columns):  # noqa: F811
    """Only the end of each file is fetched, of which a long footer needs more."""
    named = {"aws_endpoint_url": s3.endpoint, "aws_region": s3.region, "aws_allow_http": "true"}
    options = {name.replace("aws_", prefix): value for name, value in named.items()}
    buffer = io.BytesIO()
    pl.DataFrame({f"column{number}": [number, None] for number in range(columns)}).write_parquet(
        buffer
    )
    s3.put("1.parquet", buffer.getvalue())
    s3.put("2.parquet", buffer.getvalue())
    source = FileSource("parquet", (f"{s3.url}/*.parquet",), {}, options)

    facts = parquet_facts(source, source.files, source.scan(), True)

    assert facts.rows == 4 and facts.nulls["column1"] == 2 and facts.high["column1"] == 1


def test_options_that_only_polars_knows_leave_no_facts(s3):  # noqa: F811
    """The data is read as ever."""
    options = {
        "aws_endpoint_url": s3.endpoint,
        "aws_region": s3.region,
        "aws_allow_http": "true",
        "max_retries": 2,
    }
    PLAIN.write_parquet(f"{s3.url}/1.parquet", storage_options=options)
    source = FileSource("parquet", (f"{s3.url}/1.parquet",), {}, options)

    facts = parquet_facts(source, source.files, source.scan(), True)

    assert facts.rows is None and source.scan().collect().height == 3
