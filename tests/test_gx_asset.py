"""Frames as data of Great Expectations: batch requests, partitions, and batches that cannot be read."""

from datetime import date

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from great_expectations.core.partitioners import PartitionerModInteger
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.exceptions.exceptions import (
    BuildBatchRequestError,
    ExecutionEngineError,
    InvalidBatchRequestError,
    NoAvailableBatchesError,
)

from aifactory_nb.gx_polars import add_polars
from aifactory_nb.gx_polars.asset import fit_for_files

FRAME = pl.DataFrame(
    {
        "day": [date(2013, 1, 1), date(2013, 1, 2), date(2013, 2, 1)],
        "origin": ["JFK", "EWR", "JFK"],
        "delay": [5, None, 1],
    }
)


@pytest.fixture
def context():
    """A context in memory."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


@pytest.fixture
def asset(context):
    """An asset of frames."""
    return add_polars(context, "flights").add_frame_asset("month", batch_metadata={"owner": "me"})


@pytest.mark.parametrize("frame", [FRAME, FRAME.lazy()], ids=["eager", "lazy"])
def test_a_frame_is_a_batch(asset, frame):
    """Eager or lazy."""
    definition = asset.add_batch_definition_whole_dataframe("all")

    batch = definition.get_batch({"dataframe": frame})

    assert batch.columns() == FRAME.columns
    assert batch.validate(gxe.ExpectTableRowCountToEqual(value=3)).success


def test_a_frame_in_memory_knows_its_height(asset):
    """And its missing values, without a query."""
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": FRAME})

    assert batch.data.facts.rows == 3 and batch.data.facts.nulls["delay"] == 1


def test_the_first_rows_of_a_batch_are_shown(asset):
    """As pandas shows them."""
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": FRAME})

    assert batch.head(2).data["origin"].tolist() == ["JFK", "EWR"]


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (
            pd.DataFrame({"a": [1]}),
            r"found a DataFrame of pandas, which polars\.from_pandas\(frame\) turns into one",
        ),
        (
            pa.table({"a": [1]}),
            r"found a Table of pyarrow, which polars\.from_arrow\(table\) turns into one",
        ),
        ({"a": [1]}, "found a dict of builtins"),
        (None, "none was given"),
    ],
    ids=["pandas", "arrow", "dict", "none"],
)
def test_what_is_no_polars_frame_is_refused(asset, given, advice):
    """With the call that makes one of it."""
    definition = asset.add_batch_definition_whole_dataframe("all")

    with pytest.raises(BuildBatchRequestError, match=advice):
        definition.get_batch({"dataframe": given})


def test_a_batch_without_its_frame_is_refused(asset):
    """As it is by the library's other assets of frames."""
    with pytest.raises(BuildBatchRequestError, match="none was given"):
        asset.add_batch_definition_whole_dataframe("all").get_batch()


def test_an_unknown_parameter_is_refused(asset):
    """With those that there are."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    with pytest.raises(
        InvalidBatchRequestError,
        match=r"no batch parameter 'moth' here\. It takes: dataframe, year, month",
    ):
        definition.get_batch({"dataframe": FRAME, "moth": 1})


@pytest.mark.parametrize("value", [True, 1.5, "x", [1]])
def test_a_parameter_that_is_no_number_is_refused(asset, value):
    """Where a number is needed."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    with pytest.raises(InvalidBatchRequestError, match="'month' must be a whole number"):
        definition.get_batch({"dataframe": FRAME, "month": value})


def test_a_request_for_another_asset_is_refused(asset):
    """A request bears the name of what it is for."""
    request = BatchRequest(
        datasource_name="flights", data_asset_name="x", options={"dataframe": FRAME}
    )

    with pytest.raises(InvalidBatchRequestError, match="is for asset 'x'"):
        asset.get_batch(request)


# --- partitions


def heights(definition, *parameters):
    return [
        definition.get_batch({"dataframe": FRAME, **each}).data.frame.collect().height
        for each in parameters
    ]


def test_a_frame_has_months(asset):
    """The last is validated unless another is asked for."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    assert heights(definition, {}, {"year": 2013, "month": 1}, {"month": 1}) == [1, 2, 2]
    assert definition.get_batch({"dataframe": FRAME}).metadata == {
        "owner": "me",
        "year": 2013,
        "month": 2,
    }


@pytest.mark.filterwarnings("ignore:String values for numeric")
def test_numbers_may_be_written_as_digits(asset):
    """Which the library warns about, once."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    assert heights(definition, {"year": "2013", "month": "01"}) == [2]


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        (lambda asset: asset.add_batch_definition_yearly("x", "day"), [{"year": 2013}]),
        (lambda asset: asset.add_batch_definition_daily("x", "day", sort_ascending=False), [{"year": 2013, "month": 2, "day": 1}, {"year": 2013, "month": 1, "day": 2}, {"year": 2013, "month": 1, "day": 1}]),
        (lambda asset: asset.add_batch_definition_by_value("x", "origin"), [{"origin": "EWR"}, {"origin": "JFK"}]),
        (lambda asset: asset.add_batch_definition_by_value("x", ["origin", "delay"]), [{"origin": "EWR", "delay": None}, {"origin": "JFK", "delay": 1}, {"origin": "JFK", "delay": 5}]),
        (lambda asset: asset.add_batch_definition("x", PartitionerModInteger(column_name="delay", mod=4)), [{"remainder": None}, {"remainder": 1}]),
    ],
    ids=["yearly", "daily", "value", "values", "remainder"],
)  # fmt: skip
def test_batches_are_listed(asset, add, expected):
    """In their order, each with the frame that it is of: what is listed can be asked for."""
    definition = add(asset)

    found = definition.get_batch_identifiers_list({"dataframe": FRAME})

    assert [
        {name: value for name, value in each.items() if name != "dataframe"} for each in found
    ] == expected
    assert all(definition.get_batch(dict(each)).data.frame.collect().height for each in found)


def test_a_slice_of_the_batches_is_taken(asset):
    """The last of the slice is the batch."""
    partitioner = asset.add_batch_definition_daily("daily", "day").partitioner
    request = asset.build_batch_request(
        {"dataframe": FRAME}, batch_slice="[:2]", partitioner=partitioner
    )

    assert len(asset.get_batch_identifiers_list(request)) == 2
    assert asset.get_batch(request).metadata["day"] == 2


def test_a_month_that_is_not_there_is_told(asset):
    """As the library's SQL assets do; an empty batch would pass every check of its values."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    with pytest.raises(NoAvailableBatchesError, match="has no batch with {'year': 1999}"):
        definition.get_batch({"dataframe": FRAME, "year": 1999})


def test_a_partition_has_no_facts(asset):
    """What is known of all rows is not known of some."""
    batch = asset.add_batch_definition_monthly("monthly", "day").get_batch({"dataframe": FRAME})

    assert batch.data.facts.rows is None


def test_a_batch_is_validated_again_as_the_same_rows(asset):
    """A batch that was chosen as the last stays what it is."""
    batch = asset.add_batch_definition_monthly("monthly", "day").get_batch(
        {"dataframe": FRAME, "month": 1}
    )

    assert batch.validate(gxe.ExpectTableRowCountToEqual(value=2)).success


@pytest.mark.parametrize("value", ["a/b", "a\\b", "a\nb\0", "ü" * 300, "..", ""])
def test_results_of_any_value_are_stored(tmp_path, value):
    """The name of a batch becomes the name of a file."""
    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    asset = add_polars(context, "flights").add_frame_asset("month")
    run = checkpoint(
        context,
        [gxe.ExpectTableRowCountToEqual(value=1)],
        by_value=asset.add_batch_definition_by_value("by value", "origin"),
    )

    result = run.run(batch_parameters={"dataframe": pl.DataFrame({"origin": [value]})})

    assert result.success and len(context.validation_results_store.list_keys()) == 1


def test_long_names_that_begin_alike_differ():
    """They end in a digest."""
    names = {fit_for_files("x" * 300 + end) for end in ("a", "b")}

    assert len(names) == 2 and all(len(name) <= 200 for name in names)


# --- batches that cannot be read


def checkpoint(context, suite, **definitions):
    """A checkpoint over batch definitions."""
    suite = context.suites.add(gx.ExpectationSuite(name="s", expectations=suite))
    validations = [
        context.validation_definitions.add(
            gx.ValidationDefinition(name=name, data=data, suite=suite)
        )
        for name, data in definitions.items()
    ]
    return context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=validations))


UNREADABLE = {
    "broken plan": (FRAME.lazy().select(pl.col("nothing")), "unable to find column"),
    "no such file": (pl.scan_parquet("/no/such/file.parquet"), "No such file or directory"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_checkpoint_over_a_table_that_cannot_be_read_ends(context, asset, case):
    """Each expectation says why, and none passes."""
    run = checkpoint(
        context,
        [gxe.ExpectTableRowCountToBeBetween(min_value=0), gxe.ExpectColumnToExist(column="origin")],
        all=asset.add_batch_definition_whole_dataframe("all"),
    )
    frame, reason = UNREADABLE[case]

    (result,) = run.run(batch_parameters={"dataframe": frame}).run_results.values()

    assert not result.success
    assert all(reason in str(each.exception_info) for each in result.results)


def test_a_column_that_left_the_table_fails_its_expectations(context, asset):
    """Batches by a column that is not there any more are batches that cannot be read."""
    run = checkpoint(
        context,
        [gxe.ExpectTableRowCountToBeBetween(min_value=0)],
        monthly=asset.add_batch_definition_monthly("monthly", "day"),
        all=asset.add_batch_definition_whole_dataframe("all"),
    )

    result = run.run(batch_parameters={"dataframe": FRAME.drop("day")})

    assert sorted(each.success for each in result.run_results.values()) == [False, True]


def test_batches_of_a_table_that_cannot_be_read_are_not_listed(asset):
    """There, the error is raised."""
    definition = asset.add_batch_definition_monthly("monthly", "day")

    with pytest.raises(ExecutionEngineError, match="cannot be read"):
        definition.get_batch_identifiers_list({"dataframe": FRAME.lazy().select("nothing")})


def test_a_batch_that_cannot_be_read_says_so_when_it_is_looked_at(asset):
    """The head of it, for one."""
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": FRAME.lazy().select("nothing")}
    )

    with pytest.raises(ExecutionEngineError, match="unable to find column"):
        batch.head()
