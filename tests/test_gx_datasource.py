"""The data source: in contexts on disk and in memory, with all that the library does with one."""

import subprocess
import sys
import warnings
from datetime import date
from pathlib import Path

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.checkpoint import UpdateDataDocsAction
from great_expectations.core.partitioners import (
    PartitionerConvertedDatetime,
    PartitionerDatetimePart,
    PartitionerDividedInteger,
    PartitionerModInteger,
)
from great_expectations.datasource.fluent.interfaces import TestConnectionError as ConnectionFailed
from great_expectations.metrics.batch.row_count import BatchRowCount
from great_expectations.metrics.column.mean import ColumnMean
from great_expectations.metrics.metric_results import MetricErrorResult

from aifactory_nb.gx_polars import add_polars
from aifactory_nb.gx_polars.datasource import PolarsDatasource
from aifactory_nb.gx_polars.file_asset import CsvAsset

FRAME = pl.DataFrame(
    {
        "day": [date(2013, 1, 1), date(2013, 1, 2), date(2013, 2, 1)],
        "origin": ["JFK", "a/b", "JFK"],
        "seats": [5, None, 1],
    }
)


def silent(context):
    """A context that draws no progress bars."""
    context.variables.progress_bars = {"globally": False}
    return context


@pytest.fixture
def context():
    """A context in memory."""
    return silent(gx.get_context(mode="ephemeral"))


@pytest.fixture
def on_disk(tmp_path):
    """A context in a folder."""
    return silent(gx.get_context(mode="file", project_root_dir=tmp_path / "project"))


def configuration(context):
    """The text of a context's configuration."""
    return (Path(context.root_directory) / "great_expectations.yml").read_text()


@pytest.fixture
def data(tmp_path):
    """A folder with two files."""
    folder = tmp_path / "data"
    folder.mkdir()
    FRAME.write_parquet(folder / "f_2013-01.parquet")
    FRAME.write_parquet(folder / "f_2013-02.parquet")
    return folder


# --- in a context


def test_the_library_has_a_method_of_its_own_for_it(context):
    """`add_polars`, as it has `add_pandas`."""
    source = context.data_sources.add_polars("flights", nan_is_missing=False)

    assert isinstance(source, PolarsDatasource)
    assert source.get_execution_engine().nan_is_missing is False


def test_a_data_source_is_updated_and_deleted(context):
    """By the library's other methods."""
    context.data_sources.add_polars("flights")
    context.data_sources.update_polars("flights", use_metadata=False)
    context.data_sources.add_or_update_polars("more")

    assert context.data_sources.get("flights").get_execution_engine().use_metadata is False

    context.data_sources.delete("flights")
    assert set(context.data_sources.all()) == {"more"}


def test_an_asset_is_found_and_deleted(context, data):
    """By its name, which is taken."""
    source = add_polars(context, "flights")
    source.add_parquet_asset("all", data)

    with pytest.raises(ValueError, match='"all" already exists'):
        source.add_parquet_asset("all", data)
    assert source.get_asset("all").path == str(data)

    source.delete_asset("all")
    assert source.get_asset_names() == set()


def test_a_data_source_is_made_with_its_assets(context, data):
    """As objects, which are tried out."""
    FRAME.write_csv(data / "a.csv")
    source = PolarsDatasource(
        name="flights", assets=[CsvAsset(name="all", path=str(data / "a.csv"))]
    )

    added = context.data_sources.add_polars(source)
    definition = added.get_asset("all").add_batch_definition_whole_table("all")

    assert definition.get_batch().columns() == FRAME.columns


def test_a_data_source_with_an_asset_that_is_not_there_is_not_made(context, data):
    """The first that cannot be read is told."""
    source = PolarsDatasource(
        name="flights", assets=[CsvAsset(name="all", path=str(data / "a.csv"))]
    )

    with pytest.raises(ConnectionFailed, match="There is no file"):
        context.data_sources.add_polars(source)


def test_frames_are_added_as_the_library_calls_it(context):
    """Code that was written for its pandas data source runs."""
    asset = add_polars(context, "flights").add_dataframe_asset("month")

    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": FRAME})

    assert batch.columns() == FRAME.columns


# --- on disk

ADD = """
import great_expectations as gx, polars as pl
from great_expectations.core.partitioners import *
from aifactory_nb.gx_polars import add_polars
"""
PARTITIONERS = {
    "parts": PartitionerDatetimePart(column_name="day", datetime_parts=["month"]),
    "quotient": PartitionerDividedInteger(column_name="seats", divisor=2),
    "remainder": PartitionerModInteger(column_name="seats", mod=2),
    "text": PartitionerConvertedDatetime(column_name="day", date_format_string="%Y"),
}


def add_definitions(asset):
    """One of each kind."""
    asset.add_batch_definition_whole_table("whole")
    asset.add_batch_definition_yearly("yearly", "day")
    asset.add_batch_definition_monthly("monthly", "day", sort_ascending=False)
    asset.add_batch_definition_daily("daily", "day")
    asset.add_batch_definition_by_value("value", "origin")
    asset.add_batch_definition_by_value("values", ["origin", "seats"])
    asset.add_batch_definition_monthly("files", regex=r"f_(?P<year>\d{4})-(?P<month>\d\d)\.parquet")
    asset.add_batch_definition_path("file", "f_2013-01.parquet")
    for name, partitioner in PARTITIONERS.items():
        asset.add_batch_definition(name, partitioner)


def described(context):
    """All that is told of batch definitions and their batches, as text."""
    asset = context.data_sources.get("flights").get_asset("all")
    return "\n".join(
        f"{each.name}: {each.get_batch_identifiers_list()} {each.get_batch().metadata}"
        for each in asset.batch_definitions
    )


@pytest.mark.long
def test_batch_definitions_survive_in_another_process(on_disk, data, tmp_path):
    """Each is the same again, with the options of its asset."""
    source = add_polars(on_disk, "flights", nan_is_missing=False, use_metadata=False)
    add_definitions(
        source.add_parquet_asset(
            "all", data, batch_metadata={"owner": "me"}, cast_options={"integer_cast": "upcast"}
        )
    )
    before = described(on_disk)
    script = tmp_path / "again.py"
    script.write_text(
        "import sys, great_expectations as gx, aifactory_nb.gx_polars\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_gx_datasource import described\n"
        f"context = gx.get_context(mode='file', project_root_dir={str(tmp_path / 'project')!r})\n"
        "source = context.data_sources.get('flights')\n"
        "assert not source.nan_is_missing and not source.use_metadata\n"
        "assert source.get_asset('all').cast_options == {'integer_cast': 'upcast'}\n"
        "print(described(context))\n"
    )

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == before


@pytest.mark.long
def test_without_the_package_a_context_that_names_it_is_not_opened(on_disk, data, tmp_path):
    """The library knows no type that was not imported; it says which it lacks."""
    add_polars(on_disk, "flights").add_parquet_asset("all", data)
    script = f"import great_expectations as gx; gx.get_context(mode='file', project_root_dir={str(tmp_path / 'project')!r})"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode != 0 and "type polars was not found" in done.stderr


def test_types_are_text_on_disk(on_disk, tmp_path):
    """And types again when they are used."""
    FRAME.write_csv(tmp_path / "a.csv")
    source = add_polars(on_disk, "flights")
    source.add_csv_asset(
        "all", tmp_path / "a.csv", schema_overrides={"seats": pl.Decimal(5, 1)}, null_values=["a/b"]
    )

    again = gx.get_context(mode="file", project_root_dir=Path(on_disk.root_directory).parent)
    asset = again.data_sources.get("flights").get_asset("all")

    assert "seats: Decimal(precision=5, scale=1)" in configuration(on_disk)
    table = asset.add_batch_definition_whole_table("all").get_batch().data.frame.collect()
    assert table["seats"].dtype == pl.Decimal(5, 1) and table["origin"].null_count() == 1


SECRETS = {"aws_secret_access_key": "hunter2", "aws_region": "eu-west-1"}


def test_a_secret_that_would_be_written_to_disk_is_warned_about(on_disk, data):
    """By the name of its option."""
    source = add_polars(on_disk, "flights")

    with pytest.warns(
        match=r"writes aws_secret_access_key of the asset 'all' into its configuration"
    ):
        source.add_parquet_asset("all", data, storage_options=SECRETS)


def test_a_variable_is_written_to_disk_by_its_name(on_disk, data, monkeypatch):
    """Its value is nowhere in the folder of the context."""
    monkeypatch.setenv("FLIGHTS_SECRET", "hunter2")
    source = add_polars(on_disk, "flights")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asset = source.add_parquet_asset(
            "all", data, storage_options={"aws_secret_access_key": "${FLIGHTS_SECRET}"}
        )
    run(on_disk, asset.add_batch_definition_whole_table("all"))

    files = [path for path in Path(on_disk.root_directory).rglob("*") if path.is_file()]
    assert "${FLIGHTS_SECRET}" in configuration(on_disk)
    assert not [path for path in files if b"hunter2" in path.read_bytes()]


def test_a_context_in_memory_writes_nothing_and_warns_of_nothing(context, data):
    """A secret may be given as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add_polars(context, "flights").add_parquet_asset("all", data, storage_options=SECRETS)


# --- checkpoints


def run(context, *definitions, expectations=None, **parameters):
    """The result of a checkpoint with Data Docs."""
    expectations = expectations or [gxe.ExpectColumnValuesToNotBeNull(column="seats", mostly=0.9)]
    suite = context.suites.add(gx.ExpectationSuite(name="suite", expectations=expectations))
    validations = [
        context.validation_definitions.add(
            gx.ValidationDefinition(name=data.name, data=data, suite=suite)
        )
        for data in definitions
    ]
    checkpoint = gx.Checkpoint(
        name="checkpoint",
        validation_definitions=validations,
        actions=[UpdateDataDocsAction(name="docs")],
        result_format="COMPLETE",
    )
    return context.checkpoints.add(checkpoint).run(**parameters)


def pages(context):
    """The pages of results in the Data Docs."""
    site = Path(context.root_directory) / "uncommitted" / "data_docs" / "local_site"
    return list((site / "validations").rglob("*.html"))


def test_a_checkpoint_over_all_kinds_of_batches_runs(on_disk, data):
    """Each has its result, and each result its page; values with a slash are no folders."""
    asset = add_polars(on_disk, "flights").add_parquet_asset("all", data)
    add_definitions(asset)

    result = run(on_disk, *asset.batch_definitions)

    assert len(result.run_results) == len(asset.batch_definitions) == len(pages(on_disk))
    assert not any(
        each["exception_info"].get("raised_exception")
        for one in result.run_results.values()
        for each in one.results
    )


def test_batches_of_one_month_of_two_columns_have_two_results(context):
    """The library would keep the last of both, and call the checkpoint a success."""
    asset = add_polars(context, "flights").add_frame_asset("month")
    later = FRAME.with_columns(
        landed=pl.col("day"), seats=pl.col("seats").fill_null(9), day=pl.lit(date(2013, 2, 9))
    )
    definitions = [
        asset.add_batch_definition_monthly(name, column)
        for name, column in (("landed", "landed"), ("day", "day"))
    ]

    result = run(
        context,
        *definitions,
        expectations=[gxe.ExpectTableRowCountToEqual(value=3)],
        batch_parameters={"dataframe": later, "year": 2013, "month": 2},
    )

    assert len(result.run_results) == 2 and not result.success


def test_results_are_stored_and_found_again(on_disk, data):
    """With the batch that they are of."""
    asset = add_polars(on_disk, "flights").add_parquet_asset("all", data)
    run(on_disk, asset.add_batch_definition_by_value("origin", "origin"))

    store = on_disk.validation_results_store
    (key,) = store.list_keys()
    result = store.get(key)

    assert result["meta"]["active_batch_definition"]["batch_identifiers"] == {"origin": "a/b"}
    assert result["meta"]["batch_spec"] == {
        "batch_data": "polars.LazyFrame",
        "type": "parquet",
        "path": str(data),
    }
    assert not result["success"]


def test_a_checkpoint_takes_the_parameters_of_a_batch(on_disk, data):
    """And writes down which they were."""
    asset = add_polars(on_disk, "flights").add_parquet_asset("all", data)
    definition = asset.add_batch_definition_monthly("monthly", "day")

    result = run(
        on_disk,
        definition,
        expectations=[gxe.ExpectTableRowCountToEqual(value=4)],
        batch_parameters={"year": 2013, "month": 1},
    )

    (one,) = result.run_results.values()
    assert result.success and one.meta["batch_parameters"] == {"year": 2013, "month": 1}


def test_a_frame_is_not_written_into_results(on_disk):
    """Only that there was one."""
    asset = add_polars(on_disk, "flights").add_frame_asset("month")
    definition = asset.add_batch_definition_monthly("monthly", "day")

    result = run(on_disk, definition, batch_parameters={"dataframe": FRAME, "month": 1})

    (one,) = result.run_results.values()
    assert one.meta["active_batch_definition"]["batch_identifiers"]["dataframe"] == "<DATAFRAME>"
    assert one.batch_id == "flights-month-month_1-year_2013-by_day"


def test_data_docs_show_a_batch_that_cannot_be_read(on_disk, data):
    """With the reason."""
    definition = (
        add_polars(on_disk, "flights")
        .add_parquet_asset("all", data)
        .add_batch_definition_whole_table("all")
    )
    (data / "f_2013-02.parquet").write_bytes(b"half")

    result = run(on_disk, definition)

    (page,) = pages(on_disk)
    assert not result.success and "is not a whole Parquet file" in page.read_text()


# --- batches


def test_metrics_of_a_batch_are_computed(context, data):
    """Through the library's public metrics."""
    batch = (
        add_polars(context, "flights")
        .add_parquet_asset("all", data)
        .add_batch_definition_whole_table("all")
        .get_batch()
    )

    count, mean, failed = batch.compute_metrics(
        [BatchRowCount(), ColumnMean(column="seats"), ColumnMean(column="none")]
    )

    assert (count.value, mean.value) == (6, 3.0) and isinstance(failed, MetricErrorResult)


def test_a_suite_is_held_against_a_frame_and_against_files(context, data):
    """One data source has both."""
    source = add_polars(context, "flights")
    suite = gx.ExpectationSuite(
        name="s", expectations=[gxe.ExpectColumnMaxToBeBetween(column="seats", max_value=5)]
    )
    frame = source.add_frame_asset("frame").add_batch_definition_whole_dataframe("all")
    files = source.add_parquet_asset("files", data).add_batch_definition_whole_table("all")

    results = [
        frame.get_batch({"dataframe": FRAME}).validate(suite),
        files.get_batch().validate(suite),
    ]

    assert [each.results[0].result["observed_value"] for each in results] == [5, 5]
