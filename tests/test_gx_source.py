"""What a batch can be made of: files of four kinds and Delta tables, local and on an S3 server."""

import gzip
import os
from datetime import UTC, datetime

import polars as pl
import pytest
from servers import S3, s3, s3_server  # noqa: F401 (fixtures)

from aifactory_nb.errors import DataError
from aifactory_nb.gx_polars.source import (
    DeltaSource,
    FileSource,
    dtype_named,
    dtype_text,
    list_files,
    one_line,
    try_out,
)

FRAME = pl.DataFrame({"origin": ["JFK", "EWR", None], "delay": [5, None, 1]})
WRITERS = {
    "parquet": pl.DataFrame.write_parquet,
    "csv": pl.DataFrame.write_csv,
    "ndjson": pl.DataFrame.write_ndjson,
    "ipc": pl.DataFrame.write_ipc,
}
DTYPES = [
    pl.Int64,
    pl.String,
    pl.Date,
    pl.Datetime("ns", "Europe/Berlin"),
    pl.Duration("ms"),
    pl.Decimal(10, 2),
    pl.Enum(["a", "b's"]),
    pl.List(pl.Struct({"a b": pl.Int8, "c": pl.List(pl.Float32)})),
    pl.Array(pl.Int64, (2, 3)),
    pl.Categorical,
]


# --- types as text


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_type_survives_as_text(dtype):
    """The text of a type gives the type again."""
    assert dtype_named(dtype_text(dtype)) == dtype


def test_a_python_type_is_the_polars_type_that_polars_takes_it_for():
    """`int` in a schema is Int64."""
    assert dtype_text(int) == "Int64"


@pytest.mark.parametrize(
    "text", ["int77", "List(", "scan_csv", "DataFrame()", "open('x')", "1 + 1", ""]
)
def test_text_that_names_no_type_is_refused(text):
    """Nothing but types of polars is made of text."""
    with pytest.raises(ValueError, match="is not the name of a polars type"):
        dtype_named(text)


# --- files


def names(path, **options):
    return [file.name for file in list_files(str(path), **options)]


@pytest.fixture
def folder(tmp_path):
    """A folder with files of two years, and what does not belong to them."""
    for name in ("2013/01.csv", "2013/02.csv", "2014/01.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("origin,delay\nJFK,1\n")
    (tmp_path / "2013" / "_SUCCESS").write_text("done")
    (tmp_path / "2013" / ".01.csv.tmp").write_text("half")
    for name in (".ipynb_checkpoints", "_temporary"):
        (tmp_path / "2013" / name).mkdir()
        (tmp_path / "2013" / name / "01.csv").write_text("origin,delay\nEWR,2\n")
    return tmp_path


def test_a_file_is_its_own_path(folder):
    """A path without a pattern is one file, named without its folder."""
    assert names(folder / "2013" / "01.csv") == ["01.csv"]


def test_a_folder_stands_for_all_files_below_it(folder):
    """Files and folders whose names begin with a dot or an underscore are left out."""
    assert names(folder) == ["2013/01.csv", "2013/02.csv", "2014/01.csv"]


def test_a_pattern_stands_for_what_matches(folder):
    """Names are relative to the part of the path before the pattern."""
    assert names(folder / "*" / "01.csv") == ["2013/01.csv", "2014/01.csv"]


def test_a_hidden_file_can_be_named(folder):
    """A pattern that begins with a dot or an underscore means such files."""
    assert names(folder / "2013" / "_*") == ["_SUCCESS"]
    assert names(folder / "*" / "_temporary" / "*.csv") == ["2013/_temporary/01.csv"]


def test_a_path_may_lead_upwards(folder):
    """`..` in a path is the user's own business."""
    assert names(folder / "2013" / ".." / "2014" / "*.csv") == ["01.csv"]


def test_a_path_may_begin_at_home(folder, monkeypatch):
    """`~` is the home folder."""
    monkeypatch.setenv("HOME", str(folder))

    assert names("~/2014/*.csv") == ["01.csv"]


def test_a_path_may_be_a_file_url(folder):
    """`file://` is a way to write a local path."""
    assert names(f"file://{folder}/2014/01.csv") == ["01.csv"]


def test_a_relative_path_is_relative_to_the_current_folder(folder, monkeypatch):
    """A pattern without a folder works, too."""
    monkeypatch.chdir(folder / "2013")

    assert names("*.csv") == ["01.csv", "02.csv"]


def test_a_name_may_look_like_a_pattern(tmp_path):
    """Without glob, brackets are brackets, for listing and for reading."""
    FRAME.write_parquet(tmp_path / "a[1]*.parquet")
    source = FileSource("parquet", (str(tmp_path / "a[1]*.parquet"),), glob=False)

    assert source.scan().collect().equals(FRAME)


def test_a_file_that_two_paths_name_is_read_once(folder):
    """Overlapping paths do not double rows."""
    source = FileSource("csv", (f"{folder}/2014/*.csv", f"{folder}/2014/01.csv"))

    assert source.scan().collect().height == 1


def test_a_missing_file_is_told_with_its_path(tmp_path):
    """The path is what there is to correct."""
    with pytest.raises(DataError, match=rf"There is no file {tmp_path}/a\.csv\. Look at the path"):
        list_files(f"{tmp_path}/a.csv")


def test_a_pattern_without_a_match_is_told(tmp_path, monkeypatch):
    """A relative path is told with the folder that it was looked for in."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DataError, match=rf"No file matches data/\*\.csv \(in {tmp_path}\)"):
        list_files("data/*.csv")


def test_an_empty_folder_is_told(tmp_path):
    """A folder without files is no table."""
    with pytest.raises(DataError, match="No file matches"):
        list_files(str(tmp_path))


def test_a_folder_of_mixed_files_is_told(folder):
    """The message of polars about extensions is handed on."""
    (folder / "notes.txt").write_text("hello")

    with pytest.raises(
        DataError, match="cannot be listed: directory contained paths with different"
    ):
        list_files(str(folder))


def test_the_folder_of_a_delta_table_is_not_read_as_files(tmp_path):
    """It holds files that were removed from the table."""
    FRAME.write_delta(tmp_path / "flights")

    with pytest.raises(DataError, match="is a Delta table: read it as one, with add_delta_asset"):
        list_files(str(tmp_path / "flights"))


def test_the_files_are_those_of_the_first_look(tmp_path):
    """A file that is written while a batch is worked on does not join it."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    table = FileSource("parquet", (f"{tmp_path}/*.parquet",)).scan()
    FRAME.write_parquet(tmp_path / "2.parquet")

    assert table.collect().height == FRAME.height


# --- half-written files


@pytest.mark.parametrize("kind", ["parquet", "ipc"])
@pytest.mark.parametrize(
    ("kept", "found"), [(0, "it is empty"), (40, "its end is missing"), (-3, "its end is missing")]
)
def test_a_half_written_file_is_named(tmp_path, kind, kept, found):
    """Before anything is read, though it is not the first."""
    for name in ("1", "2"):
        WRITERS[kind](FRAME, tmp_path / name)
    (tmp_path / "2").write_bytes((tmp_path / "2").read_bytes()[:kept])

    with pytest.raises(DataError, match=rf"{tmp_path}/2 is not a whole \w+ file: {found}"):
        FileSource(kind, (str(tmp_path),)).scan()


# --- reading


@pytest.mark.parametrize("kind", WRITERS)
def test_files_of_each_kind_are_scanned(tmp_path, kind):
    """Two files are one lazy table."""
    for name in ("1", "2"):
        WRITERS[kind](FRAME, tmp_path / f"{name}.{kind}")

    table = FileSource(kind, (f"{tmp_path}/*.{kind}",)).scan()

    assert isinstance(table, pl.LazyFrame)
    assert table.collect(engine="streaming").height == 2 * FRAME.height


def test_options_of_a_reader_are_handed_on(tmp_path):
    """They bear their names in polars; types are text."""
    (tmp_path / "a.csv").write_text("JFK;2013-01-02;NA\n")
    options = {
        "has_header": False,
        "separator": ";",
        "new_columns": ["origin", "day", "delay"],
        "null_values": "NA",
        "try_parse_dates": True,
        "schema_overrides": {"delay": "Int16"},
    }

    table = FileSource("csv", (f"{tmp_path}/a.csv",), options).scan().collect()

    assert table.schema == {"origin": pl.String, "day": pl.Date, "delay": pl.Int16}
    assert table["delay"].null_count() == 1


def test_a_compressed_csv_is_read(tmp_path):
    """As polars reads it."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"origin\nJFK\n"))

    assert FileSource("csv", (f"{tmp_path}/a.csv.gz",)).scan().collect().item() == "JFK"


def write_years(folder):
    """Parquet files in folders that are named by their year."""
    for year in (2013, 2014):
        (folder / f"year={year}").mkdir(parents=True)
        FRAME.write_parquet(folder / f"year={year}" / "a.parquet")


def test_folders_below_the_path_are_columns(tmp_path):
    """A folder with hive folders needs no option."""
    write_years(tmp_path)

    table = FileSource("parquet", (str(tmp_path),)).scan().collect()

    assert table["year"].unique().sort().to_list() == [2013, 2014]


def test_hive_columns_of_a_pattern_are_asked_for(tmp_path):
    """As polars has it: a pattern takes them when it is told to."""
    write_years(tmp_path)

    told = FileSource("parquet", (f"{tmp_path}/*/*.parquet",), {"hive_partitioning": True})
    plain = FileSource("parquet", (f"{tmp_path}/*/*.parquet",))

    assert "year" in told.scan().collect_schema() and "year" not in plain.scan().collect_schema()


def test_hive_columns_have_the_types_they_are_given(tmp_path):
    """`hive_schema` is text, too."""
    write_years(tmp_path)

    table = FileSource("parquet", (str(tmp_path),), {"hive_schema": {"year": "String"}}).scan()

    assert table.collect_schema()["year"] == pl.String


def test_folders_above_the_path_are_no_columns(tmp_path):
    """A folder named run=5 around the data says nothing about its rows."""
    write_years(tmp_path / "run=5")

    table = FileSource("parquet", (str(tmp_path / "run=5"),)).scan()

    assert table.collect_schema().names() == ["origin", "delay", "year"]


def test_the_file_of_a_row_can_be_a_column(tmp_path):
    """So that bad rows tell where they came from."""
    FRAME.write_parquet(tmp_path / "1.parquet")

    table = FileSource("parquet", (str(tmp_path),), {"include_file_paths": "file"}).scan().collect()

    assert set(table["file"]) == {str(tmp_path / "1.parquet")}


# --- trying out

WIDER = FRAME.with_columns(pl.col("delay").cast(pl.Int32))
DIFFERENT = {
    "delay is String and not Int64": (FRAME.with_columns(pl.col("delay").cast(pl.String)), {}),
    "delay is Int32 and not Int64": (WIDER, {"cast_options": {"integer_cast": "upcast"}}),
    "no delay": (FRAME.drop("delay"), {"missing_columns": "insert"}),
    "carrier more": (FRAME.with_columns(carrier=pl.lit("AA")), {"extra_columns": "ignore"}),
}


@pytest.mark.parametrize("difference", DIFFERENT)
def test_a_file_that_differs_is_named(tmp_path, difference):
    """With the column in which it differs from the first."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    DIFFERENT[difference][0].write_parquet(tmp_path / "2.parquet")

    with pytest.raises(
        DataError, match=rf"2\.parquet has other columns than .*1\.parquet: {difference}\."
    ):
        try_out(FileSource("parquet", (str(tmp_path),)))


@pytest.mark.parametrize("difference", [name for name in DIFFERENT if DIFFERENT[name][1]])
def test_a_difference_can_be_allowed(tmp_path, difference):
    """The options of polars decide, and the files are then read."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    DIFFERENT[difference][0].write_parquet(tmp_path / "2.parquet")
    source = FileSource("parquet", (str(tmp_path),), DIFFERENT[difference][1])

    try_out(source)

    assert source.scan().collect().height == 2 * FRAME.height


def test_names_of_folders_make_no_difference(tmp_path):
    """Whatever types their values have by themselves."""
    for year in ("2013", "unknown"):
        (tmp_path / f"year={year}").mkdir()
        FRAME.write_parquet(tmp_path / f"year={year}" / "a.parquet")
    source = FileSource("parquet", (str(tmp_path),))

    try_out(source)

    assert source.scan().collect()["year"].unique().sort().to_list() == ["2013", "unknown"]


def test_columns_in_another_order_are_the_same_columns(tmp_path):
    """Parquet files are read by the names of their columns."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    FRAME.select("delay", "origin").write_parquet(tmp_path / "2.parquet")

    try_out(FileSource("parquet", (str(tmp_path),)))


def test_columns_of_csv_files_come_in_one_order(tmp_path):
    """What polars would find in the middle of a pass is found when the source is tried out."""
    FRAME.write_csv(tmp_path / "1.csv")
    FRAME.select("delay", "origin").write_csv(tmp_path / "2.csv")

    with pytest.raises(DataError, match=r"2\.csv has other columns .*: they come in another order"):
        try_out(FileSource("csv", (str(tmp_path),)))


BROKEN = {
    "parquet": b"PAR1 this is no footer PAR1",
    "ndjson": b"{not json",
    "ipc": b"ARROW1 no footer ARROW1",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named_when_it_is_tried_out(tmp_path, kind):
    """Whichever of the files it is."""
    WRITERS[kind](FRAME, tmp_path / "1.x")
    (tmp_path / "2.x").write_bytes(BROKEN[kind])

    with pytest.raises(DataError, match=rf"2\.x cannot be read as {kind}: "):
        try_out(FileSource(kind, (str(tmp_path),)))


def test_keys_that_a_line_lacks_are_no_difference(tmp_path):
    """In NDJSON a missing key is a null."""
    (tmp_path / "1.ndjson").write_text('{"a": 1, "b": 2}\n')
    (tmp_path / "2.ndjson").write_text('{"a": 1}\n')

    try_out(FileSource("ndjson", (str(tmp_path),)))


def test_a_message_is_one_line():
    """What object stores answer fills pages."""
    error = OSError("Error performing GET:\n 404 Not Found: <?xml version='1.0'?>\n<Error>…")

    assert one_line(error) == "Error performing GET: 404 Not Found"


# --- Delta


def test_a_delta_table_is_read_at_its_latest_version(tmp_path):
    """And keeps that version while it is worked on."""
    FRAME.write_delta(tmp_path / "t")
    source = DeltaSource(str(tmp_path / "t"))
    table = source.scan()
    FRAME.write_delta(tmp_path / "t", mode="append")

    assert table.collect().height == FRAME.height


def test_a_delta_table_is_read_at_a_version(tmp_path):
    """By number."""
    FRAME.write_delta(tmp_path / "t")
    FRAME.write_delta(tmp_path / "t", mode="append")

    assert DeltaSource(str(tmp_path / "t"), version=0).scan().collect().height == FRAME.height


def test_a_delta_table_is_read_as_of_a_moment(tmp_path):
    """By a moment, as text."""
    FRAME.write_delta(tmp_path / "t")
    log = tmp_path / "t" / "_delta_log" / "00000000000000000000.json"
    os.utime(log, (946684800, 946684800))
    between = datetime(2010, 1, 1, tzinfo=UTC).isoformat()
    FRAME.write_delta(tmp_path / "t", mode="append")

    found = DeltaSource(str(tmp_path / "t"), version=between).table.version()

    assert found == 0


@pytest.mark.parametrize("exists", [False, True])
def test_what_is_no_delta_table_is_told(tmp_path, exists):
    """A missing folder, and one without a log."""
    if exists:
        (tmp_path / "t").mkdir()

    with pytest.raises(DataError, match=rf"{tmp_path}/t cannot be read as a Delta table"):
        DeltaSource(str(tmp_path / "t")).scan()


def test_a_version_that_is_not_there_is_told(tmp_path):
    """As any other fault."""
    FRAME.write_delta(tmp_path / "t")

    with pytest.raises(DataError, match="cannot be read as a Delta table"):
        DeltaSource(str(tmp_path / "t"), version=7).scan()


# --- S3


def options(server: S3) -> dict[str, str]:
    """What reaches a server of one's own."""
    return {
        "aws_endpoint_url": server.endpoint,
        "aws_allow_http": "true",
        "aws_region": server.region,
    }


@pytest.fixture
def bucket(s3):  # noqa: F811
    """A bucket with files of two years."""
    for name in ("year=2013/a.parquet", "year=2014/a.parquet", "year=2014/_SUCCESS"):
        FRAME.write_parquet(f"{s3.url}/flights/{name}", storage_options=options(s3))
    return s3


@pytest.mark.parametrize(
    "path", ["flights/**/*.parquet", "flights/", "flights/year=2013/a.parquet"]
)
def test_files_on_s3_are_listed_and_read(bucket, path):
    """A pattern, a folder and a file."""
    source = FileSource("parquet", (f"{bucket.url}/{path}",), {}, options(bucket))

    assert source.scan().collect().height == len(source.files) * FRAME.height
    assert all(
        file.url
        == f"{bucket.url}/{path.split('*')[0].removesuffix('year=2013/a.parquet')}{file.name}"
        or file.name == "a.parquet"
        for file in source.files
    )


def test_folders_on_s3_are_columns(bucket):
    """As folders on a disk are."""
    table = FileSource("parquet", (f"{bucket.url}/flights/",), {}, options(bucket)).scan().collect()

    assert table["year"].unique().sort().to_list() == [2013, 2014]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("{url}/none/*.parquet", "No file matches"),
        ("{url}/none/", "No file matches"),
        ("{url}/none.parquet", "cannot be read as parquet"),
        ("s3://no-such-bucket/*.parquet", "cannot be listed"),
    ],
)
def test_what_is_not_on_s3_is_told_in_a_line(bucket, url, message):
    """Without the answer of the server in full."""
    source = FileSource("parquet", (url.format(url=bucket.url),), {}, options(bucket))

    with pytest.raises(DataError, match=message) as found:
        try_out(source)

    assert "\n" not in str(found.value) and "<?xml" not in str(found.value)


def test_a_delta_table_on_s3_is_read(s3):  # noqa: F811
    """With the options of an object store that files take."""
    FRAME.write_delta(f"{s3.url}/t", storage_options=options(s3))

    assert DeltaSource(f"{s3.url}/t", None, options(s3)).scan().collect().height == FRAME.height
