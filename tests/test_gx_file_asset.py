"""Files as data of Great Expectations: how they are read, their batches, secrets, and what is broken about them."""

import re
from datetime import date

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.datasource.fluent.interfaces import TestConnectionError as ConnectionFailed
from great_expectations.exceptions.exceptions import (
    InvalidBatchRequestError,
    NoAvailableBatchesError,
)
from servers import s3, s3_server  # noqa: F401 (fixtures)

from aifactory_nb.gx_polars import add_polars

FRAME = pl.DataFrame(
    {
        "day": [date(2013, 1, 1), date(2013, 1, 2), date(2013, 2, 1)],
        "origin": ["JFK", "EWR", "JFK"],
        "delay": [5.0, None, float("nan")],
    }
)
WRITERS = {
    "parquet": lambda frame, path: frame.write_parquet(path),
    "csv": lambda frame, path: frame.write_csv(path),
    "ndjson": lambda frame, path: frame.write_ndjson(path),
    "ipc": lambda frame, path: frame.write_ipc(path),
    "delta": lambda frame, path: frame.write_delta(path),
}


@pytest.fixture
def context():
    """A context in memory."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


@pytest.fixture
def source(context):
    """A data source."""
    return add_polars(context, "flights")


def whole(asset):
    """The batch of all rows."""
    return asset.add_batch_definition_whole_table("all").get_batch()


def height(batch):
    return batch.data.frame.select(pl.len()).collect().item()


# --- reading


@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_of_each_kind_is_a_batch(source, tmp_path, kind):
    """Scanned where it lies, and validated."""
    WRITERS[kind](FRAME, tmp_path / f"a.{kind}")

    batch = whole(getattr(source, f"add_{kind}_asset")("all", tmp_path / f"a.{kind}"))

    assert isinstance(batch.data.frame, pl.LazyFrame)
    assert batch.validate(gxe.ExpectTableRowCountToEqual(value=3)).success
    assert not batch.validate(gxe.ExpectColumnValuesToNotBeNull(column="delay")).success


def test_several_paths_are_one_table(source, tmp_path):
    """Patterns and files in a list."""
    for name in ("a/1.csv", "a/2.csv", "b.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        FRAME.write_csv(tmp_path / name)

    asset = source.add_csv_asset("all", [tmp_path / "a" / "*.csv", str(tmp_path / "b.csv")])

    assert height(whole(asset)) == 9


def test_options_of_the_reader_are_given_by_name(source, tmp_path):
    """Types as polars types."""
    (tmp_path / "a.csv").write_text("JFK;7\n")

    asset = source.add_csv_asset(
        "all",
        tmp_path / "a.csv",
        has_header=False,
        separator=";",
        schema={"origin": pl.Categorical, "delay": pl.Decimal(4, 1)},
    )

    assert whole(asset).data.schema == pl.Schema(
        {"origin": pl.Categorical(), "delay": pl.Decimal(4, 1)}
    )


def test_an_option_that_there_is_not_is_refused(source, tmp_path):
    """By its name."""
    FRAME.write_csv(tmp_path / "a.csv")

    with pytest.raises(ValueError, match=r"has_heder\s+extra fields not permitted"):
        source.add_csv_asset("all", tmp_path / "a.csv", has_heder=True)


def test_a_type_that_there_is_not_is_refused(source, tmp_path):
    """By the way that types are written."""
    FRAME.write_csv(tmp_path / "a.csv")

    with pytest.raises(ValueError, match="'Int77' is not the name of a polars type"):
        source.add_csv_asset("all", tmp_path / "a.csv", schema_overrides={"delay": "Int77"})


def test_a_delta_table_has_versions(source, tmp_path):
    """The one that is asked for, or the latest when the batch is taken."""
    FRAME.write_delta(tmp_path / "t")
    latest = source.add_delta_asset("latest", tmp_path / "t")
    first = source.add_delta_asset("first", tmp_path / "t", version=0)
    FRAME.write_delta(tmp_path / "t", mode="append")

    assert (height(whole(latest)), height(whole(first))) == (6, 3)


def test_files_that_came_since_are_part_of_the_next_batch(source, tmp_path):
    """A pattern is looked up for each batch."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    definition = source.add_parquet_asset(
        "all", tmp_path / "*.parquet"
    ).add_batch_definition_whole_table("all")
    before = definition.get_batch()
    FRAME.write_parquet(tmp_path / "2.parquet")

    assert (height(before), height(definition.get_batch())) == (3, 6)


# --- metadata

MANY = [
    gxe.ExpectTableRowCountToEqual(value=6),
    gxe.ExpectColumnValuesToNotBeNull(column="day"),
    gxe.ExpectColumnValuesToNotBeNull(column="delay", mostly=0.1),
    gxe.ExpectColumnMaxToBeBetween(column="day", min_value="2013-02-01", max_value="2013-02-01"),
    gxe.ExpectColumnMinToBeBetween(column="delay", min_value=0, max_value=5),
    gxe.ExpectColumnMaxToBeBetween(column="delay", min_value=0, max_value=5),
    gxe.ExpectColumnValuesToBeUnique(column="origin"),
    gxe.ExpectColumnValuesToBeBetween(column="delay", min_value=0, max_value=5),
    gxe.ExpectColumnValuesToBeBetween(column="day", min_value="2013-01-02"),
    gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column="delay", min_value=0.3, max_value=0.4),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "delta"])
@pytest.mark.parametrize("nan_is_missing", [True, False])
def test_metadata_change_no_result(context, tmp_path, kind, nan_is_missing):
    """With them and without: the same verdicts, counts and values."""
    WRITERS["parquet" if kind == "parquet" else "delta"](FRAME, tmp_path / "1")
    if kind == "parquet":
        FRAME.write_parquet(tmp_path / "2")
    else:
        FRAME.write_delta(tmp_path / "1", mode="append")
    suite = gx.ExpectationSuite(name="many", expectations=MANY)

    results = []
    for use in (True, False):
        source = add_polars(context, f"p{use}", nan_is_missing=nan_is_missing, use_metadata=use)
        path = f"{tmp_path}/*" if kind == "parquet" else tmp_path / "1"
        batch = whole(getattr(source, f"add_{kind}_asset")("all", path))
        assert (batch.data.facts.rows == 6) is use
        found = batch.validate(suite, result_format="COMPLETE").results
        results.append([str((each.success, each.result, each.exception_info)) for each in found])

    assert results[0] == results[1]


# --- batches by column and by file


@pytest.fixture
def by_month(source, tmp_path):
    """An asset of files, one for each month."""
    for month in (1, 2, 12):
        FRAME.write_parquet(tmp_path / f"flights_2013-{month:02}.parquet")
    return source.add_parquet_asset("all", f"{tmp_path}/*.parquet", batch_metadata={"owner": "me"})


REGEX = r"flights_(?P<year>\d{4})-(?P<month>\d{2})\.parquet"


def test_columns_make_batches(by_month):
    """Of all files together."""
    definition = by_month.add_batch_definition_monthly("monthly", "day")

    assert definition.get_batch_identifiers_list() == [
        {"year": 2013, "month": 1},
        {"year": 2013, "month": 2},
    ]
    assert height(definition.get_batch({"year": 2013, "month": 1})) == 6


def test_files_make_batches(by_month):
    """One each, named by what the pattern finds in its name; of one, the footer is known."""
    definition = by_month.add_batch_definition_monthly("files", regex=REGEX)

    batch = definition.get_batch()

    assert [each["month"] for each in definition.get_batch_identifiers_list()] == ["01", "02", "12"]
    assert batch.metadata == {
        "owner": "me",
        "path": "flights_2013-12.parquet",
        "year": "2013",
        "month": "12",
    }
    assert batch.data.facts.rows == 3 == height(batch)
    assert batch.id == "flights-all-year_2013-month_12-path_flights_2013-12.parquet"


@pytest.mark.parametrize(
    "wanted", [{"year": 2013, "month": 2}, {"month": "02"}, {"path": "flights_2013-02.parquet"}]
)
@pytest.mark.filterwarnings("ignore:String values for numeric")
def test_a_file_is_asked_for(by_month, wanted):
    """By number, by digits or by its name."""
    definition = by_month.add_batch_definition_monthly("files", regex=REGEX)

    assert definition.get_batch(wanted).metadata["month"] == "02"


def test_a_file_is_a_batch_by_its_path(by_month):
    """Below the folder of the asset."""
    definition = by_month.add_batch_definition_path("first", "flights_2013-01.parquet")

    assert definition.get_batch().metadata["path"] == "flights_2013-01.parquet"


def test_a_path_that_is_no_file_of_the_asset_is_refused(by_month):
    """When the batch definition is added."""
    with pytest.raises(ValueError, match="must be one file of the asset 'all', found 0"):
        by_month.add_batch_definition_path("first", "nothing.parquet")


@pytest.mark.parametrize(
    "regex", [r"flights_(?P<year>\d{4})", r"(?P<year>.)(?P<month>.)(?P<hour>.)", "x"]
)
def test_a_pattern_has_the_groups_of_its_batches(by_month, regex):
    """No more, no less."""
    with pytest.raises(ValueError, match=r"must have the groups year, month, written"):
        by_month.add_batch_definition_monthly("files", regex=regex)


@pytest.mark.parametrize("given", [{}, {"column": "day", "regex": REGEX}])
def test_a_column_or_a_pattern_makes_batches(by_month, given):
    """One of both."""
    with pytest.raises(ValueError, match="one of both"):
        by_month.add_batch_definition_monthly("monthly", **given)


def test_a_file_that_is_not_there_is_told(by_month):
    """With the pattern and what was asked for."""
    definition = by_month.add_batch_definition_monthly("files", regex=REGEX)

    with pytest.raises(
        NoAvailableBatchesError,
        match=r"No file of the asset 'all' matches 'flights_.* with {'year': 1999}",
    ):
        definition.get_batch({"year": 1999})


@pytest.mark.filterwarnings("ignore:String values for numeric")
def test_a_batch_of_a_file_is_validated_again_as_the_same_file(by_month, tmp_path):
    """Its name is among its parameters."""
    FRAME.head(1).write_parquet(tmp_path / "flights_2013-02.parquet")
    definition = by_month.add_batch_definition_monthly("files", regex=REGEX)

    batch = definition.get_batch({"year": 2013, "month": 2})

    assert batch.validate(gxe.ExpectTableRowCountToEqual(value=1)).success


@pytest.mark.parametrize("column", ["origin", "dai"])
def test_a_column_that_makes_no_months_is_refused(by_month, column):
    """When the batch definition is added, and not when it is not to be looked at."""
    with pytest.raises(Exception, match="needs a date or a moment|does not exist"):
        by_month.add_batch_definition_monthly("monthly", column)

    by_month.add_batch_definition_monthly("monthly", column, validate_batchable=False)


def test_the_folders_of_files_make_batches(source, tmp_path):
    """Hive columns are columns."""
    for year in (2013, 2014):
        (tmp_path / f"year={year}").mkdir()
        FRAME.write_parquet(tmp_path / f"year={year}" / "a.parquet")
    definition = source.add_parquet_asset("all", tmp_path).add_batch_definition_by_value(
        "years", "year"
    )

    batch = definition.get_batch({"year": 2013})

    assert height(batch) == 3 and "year=2014" not in batch.data.frame.explain()


def test_batch_parameters_of_the_whole_table_are_refused(by_month):
    """It has none."""
    definition = by_month.add_batch_definition_whole_table("all")

    with pytest.raises(
        InvalidBatchRequestError, match="has no batch parameter 'year' here. It takes none"
    ):
        definition.get_batch({"year": 2013})


# --- what is broken


@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_that_is_not_there_is_not_added(source, tmp_path, kind):
    """The library's error of connections, with the path."""
    with pytest.raises(ConnectionFailed, match=str(tmp_path)):
        getattr(source, f"add_{kind}_asset")("all", tmp_path / "none")

    assert not source.assets


def test_files_that_differ_are_not_added(source, tmp_path):
    """Unless that is said to be right."""
    FRAME.write_parquet(tmp_path / "1.parquet")
    FRAME.drop("delay").write_parquet(tmp_path / "2.parquet")

    with pytest.raises(ConnectionFailed, match=r"2\.parquet has other columns than .*: no delay"):
        source.add_parquet_asset("all", tmp_path)

    asset = source.add_parquet_asset("all", tmp_path, missing_columns="insert")
    assert whole(asset).data.frame.collect()["delay"].null_count() == 5


def gone(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def other_type(path):
    FRAME.with_columns(pl.col("delay").cast(pl.String)).write_parquet(path)


def no_column(path):
    FRAME.drop("delay").write_parquet(path)


def no_parquet(path):
    path.write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (gone, "There is no file"),
        (cut, r"2\.parquet is not a whole Parquet file: its end is missing"),
        (other_type, "delay is String and not"),
        (no_column, r"2\.parquet has other columns than .*: no delay"),
        (no_parquet, "File out of specification"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_checkpoint_over_a_broken_file_ends(context, source, tmp_path, harm, reason):
    """The expectations about it fail with the reason; those about other tables are judged."""
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for path in paths:
        FRAME.write_parquet(path)
    both = source.add_parquet_asset("both", paths).add_batch_definition_whole_table("both")
    first = source.add_parquet_asset("first", paths[0]).add_batch_definition_whole_table("first")
    suite = context.suites.add(
        gx.ExpectationSuite(
            name="s", expectations=[gxe.ExpectColumnSumToBeBetween(column="delay", min_value=0)]
        )
    )
    validations = [
        context.validation_definitions.add(
            gx.ValidationDefinition(name=data.name, data=data, suite=suite)
        )
        for data in (both, first)
    ]
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="c", validation_definitions=validations)
    )
    harm(paths[1])

    results = {each.asset_name: each for each in checkpoint.run().run_results.values()}

    assert results["first"].success and not results["both"].success
    (told,) = [str(each.exception_info) for each in results["both"].results]
    assert re.search(reason, told)


# --- secrets and object stores


def test_a_variable_in_a_path_is_filled_in(source, tmp_path, monkeypatch):
    """When the data is read, and results keep its name."""
    FRAME.write_parquet(tmp_path / "a.parquet")
    monkeypatch.setenv("DATA_ROOT", str(tmp_path))

    batch = whole(source.add_parquet_asset("all", "${DATA_ROOT}/*.parquet"))

    assert height(batch) == 3
    assert batch.batch_spec["path"] == "${DATA_ROOT}/*.parquet"


def test_a_variable_that_is_not_set_is_told(context, source, tmp_path, monkeypatch):
    """By its name, in the results of a checkpoint, too."""
    FRAME.write_parquet(tmp_path / "a.parquet")
    monkeypatch.setenv("DATA_ROOT", str(tmp_path))
    definition = source.add_parquet_asset(
        "all", "${DATA_ROOT}/*.parquet"
    ).add_batch_definition_whole_table("all")
    monkeypatch.delenv("DATA_ROOT")

    result = definition.get_batch().validate(gxe.ExpectTableRowCountToEqual(value=3))

    assert not result.success and "DATA_ROOT" in str(result.exception_info)


@pytest.fixture
def storage(s3, monkeypatch):  # noqa: F811
    """Options of an S3 server whose keys are in variables of another name, and not where libraries look."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("FLIGHTS_KEY", "testing")
    monkeypatch.setenv("FLIGHTS_SECRET", "testing")
    return {
        "aws_endpoint_url": s3.endpoint,
        "aws_allow_http": True,
        "aws_region": s3.region,
        "aws_access_key_id": "${FLIGHTS_KEY}",
        "aws_secret_access_key": "$FLIGHTS_SECRET",
    }


@pytest.mark.parametrize("kind", WRITERS)
def test_tables_on_s3_are_read_with_keys_from_variables(source, s3, storage, kind):  # noqa: F811
    """As files, and as a Delta table."""
    keys = {
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
        "aws_allow_http": "true",
    }
    if kind == "delta":
        FRAME.write_delta(f"{s3.url}/t", storage_options={**storage, **keys})
    else:
        scan = FRAME.lazy()
        getattr(scan, f"sink_{kind}")(f"{s3.url}/t/a.{kind}", storage_options={**storage, **keys})
    path = f"{s3.url}/t" + ("" if kind == "delta" else f"/*.{kind}")

    batch = whole(getattr(source, f"add_{kind}_asset")("all", path, storage_options=storage))

    assert batch.validate(gxe.ExpectTableRowCountToEqual(value=3)).success
    assert kind not in ("parquet", "delta") or batch.data.facts.rows == 3
    assert "testing" not in str(batch.batch_spec)


def test_files_on_s3_make_batches(source, s3, storage):  # noqa: F811
    """By their names, as files on a disk do."""
    keys = {
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
        "aws_allow_http": "true",
    }
    for month in (1, 2):
        FRAME.write_parquet(f"{s3.url}/t/{month}.parquet", storage_options={**storage, **keys})
    asset = source.add_parquet_asset("all", f"{s3.url}/t/", storage_options=storage)
    definition = asset.add_batch_definition_monthly(
        "files", regex=r"(?P<year>)(?P<month>\d)\.parquet"
    )

    assert definition.get_batch().metadata["path"] == "2.parquet"
