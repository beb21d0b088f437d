"""Expectations of the library that ask which engine it is."""

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations import core
from great_expectations.expectations.registry import get_expectation_impl
from gx_cases import agreed, both, outcome, outcomes

from aifactory_nb.gx_polars import expectations

OURS = [
    each
    for each in vars(expectations).values()
    if isinstance(each, type) and each.__name__.startswith("Expect")
]
FRAME = pl.DataFrame(
    {
        "number": [1, 2, 3],
        "share": [0.5, None, 1.5],
        "word": ["a", "b", None],
        "truth": [True, False, None],
        "at": [datetime(2013, 1, day) for day in (1, 2, 3)],
    }
)


def test_every_class_of_ours_is_one_of_the_library_by_name():
    """It takes its place in the registry, and is one of its kind."""
    assert len(OURS) == 13
    for each in OURS:
        assert issubclass(each, getattr(core, each.__name__))
        assert get_expectation_impl(each.expectation_type) is each


def test_the_import_is_silent():
    """The library warns when a class takes the place of another."""
    code = "import logging; logging.basicConfig(level=30); import aifactory_nb.gx_polars"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Overwriting" not in found.stderr and "being registered" not in found.stderr


def test_a_stored_suite_holds_the_expectations_as_before():
    """A class of ours and the library's are equal, and are stored alike."""
    theirs = gxe.ExpectColumnMaxToBeBetween(column="x", max_value=3)
    ours = expectations.ExpectColumnMaxToBeBetween(column="x", max_value=3)
    assert ours == theirs and ours.configuration == theirs.configuration


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("number", "int64"),
        ("number", "Int64"),
        ("number", "int32"),
        ("share", "float64"),
        ("share", "float"),
        ("word", "str"),
        ("word", "object"),
        ("truth", "bool"),
        ("at", "datetime64[us]"),
        ("at", "Datetime"),
    ],
)
def test_a_type_is_judged_by_all_of_its_names(column, name):
    """By three expectations alike."""
    checks = [
        gxe.ExpectColumnValuesToBeOfType(column=column, type_=name),
        gxe.ExpectColumnValuesToBeInTypeList(column=column, type_list=["List", name]),
        gxe.ExpectColumnTypeToBe(column=column, type_=name),
    ]
    found = outcomes(FRAME, checks)
    assert [each["success"] for each in found] == [name != "int32"] * 3
    assert found[0]["result"]["observed_value"] == str(FRAME.schema[column])


def test_any_type_will_do_where_none_is_named():
    """As in the library."""
    check = gxe.ExpectColumnValuesToBeInTypeList(column="word", type_list=None)
    assert outcome(FRAME, check)["success"]


def test_the_type_of_a_missing_column_is_an_error():
    """With a name near it."""
    checks = [
        gxe.ExpectColumnValuesToBeOfType(column="numbr", type_="int64"),
        gxe.ExpectColumnValuesToBeInTypeList(column="numbr", type_list=["int64"]),
        gxe.ExpectColumnTypeToBe(column="numbr", type_="int64"),
    ]
    for found in outcomes(FRAME, checks):
        assert not found["success"] and "Did you mean 'number'" in found["error"]


def test_a_type_that_there_is_not_is_an_error_of_the_exact_expectation():
    """The library's pandas engine has it so too."""
    ours, theirs = both(FRAME, gxe.ExpectColumnTypeToBe(column="number", type_="int46"))
    assert "Unrecognized" in ours["error"] and "Unrecognized" in theirs["error"]


@pytest.mark.parametrize("name", ["int64", "float64", "str"])
def test_the_pandas_engine_judges_types_as_before(name):
    """A subclass of ours is not in its way."""
    check = gxe.ExpectColumnValuesToBeOfType(column="number", type_=name)
    found = outcome(FRAME, check, source="pandas")
    assert found["success"] == (name == "int64") and found["error"] is None


def test_a_database_is_judged_as_before(tmp_path):
    """By the library's own code, which the classes of ours pass on to."""
    with sqlite3.connect(tmp_path / "trips.db") as database:
        database.execute("CREATE TABLE trips (hour INTEGER)")
        database.execute("CREATE TABLE others AS SELECT 1 AS x UNION SELECT 2")
        database.executemany("INSERT INTO trips VALUES (?)", [(5,), (7,)])
    database.close()
    source = gx.get_context(mode="ephemeral").data_sources.add_sqlite(
        "base", connection_string=f"sqlite:///{tmp_path}/trips.db"
    )
    asset = source.add_table_asset("trips", table_name="trips")
    checks = [
        gxe.ExpectColumnValuesToBeOfType(column="hour", type_="INTEGER"),
        gxe.ExpectColumnValuesToBeInTypeList(column="hour", type_list=["INTEGER"]),
        gxe.ExpectColumnTypeToBe(column="hour", type_="INTEGER"),
        gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="others"),
        gxe.ExpectColumnMaxToBeBetween(column="hour", max_value=7),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="hour", value_set=[5], ties_okay=True),
        quantiles("hour", [[5, 5], [7, 7]]),
        gxe.ExpectColumnKLDivergenceToBeLessThan(
            column="hour",
            partition_object={"bins": [5, 6, 7], "weights": [0.5, 0.5]},
            threshold=0.1,
        ),
    ]
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    found = batch.validate(gx.ExpectationSuite(name="suite", expectations=checks))
    assert [each.success for each in found.results] == [True] * len(checks)


def bounded(values, expectation, low, high):
    """The verdict on a column, and its error."""
    found = outcome(
        pl.DataFrame({"x": values}), expectation(column="x", min_value=low, max_value=high)
    )
    return found["success"], found["error"]


DAYS = [date(2013, 1, 1), date(2013, 1, 3)]
MOMENTS = [datetime(2013, 1, 1, 6), datetime(2013, 1, 3, 6)]


@pytest.mark.parametrize("low", [date(2013, 1, 3), "2013-01-03", datetime(2013, 1, 3), None])
@pytest.mark.parametrize("high", [date(2013, 1, 4), "2013-01-04", datetime(2013, 1, 4, 7), None])
@pytest.mark.parametrize("values", [DAYS, MOMENTS])
def test_the_greatest_day_compares_with_limits_of_any_form(values, low, high):
    """The pandas engine fails for a limit that is a day."""
    assert bounded(values, gxe.ExpectColumnMaxToBeBetween, low, high) == (True, None)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (DAYS, date(2013, 1, 4), None),
        (DAYS, None, datetime(2013, 1, 2, 23)),
        (MOMENTS, None, date(2013, 1, 3)),
    ],
)
def test_a_limit_may_not_be_met(values, low, high):
    """A day ends when it begins, as a limit of moments."""
    assert bounded(values, gxe.ExpectColumnMaxToBeBetween, low, high) == (False, None)


def test_the_mean_of_days_compares_with_days():
    """It is a moment."""
    assert bounded(DAYS, gxe.ExpectColumnMeanToBeBetween, DAYS[0], DAYS[1]) == (True, None)


def test_a_limit_without_a_time_zone_is_in_that_of_the_column():
    """The pandas engine fails for it."""
    values = pl.Series(MOMENTS).dt.replace_time_zone("Europe/Berlin")
    for high, expected in ((datetime(2013, 1, 3, 6), True), (datetime(2013, 1, 3, 5), False)):
        assert bounded(values, gxe.ExpectColumnMaxToBeBetween, None, high) == (expected, None)
    zoned = datetime(2013, 1, 3, 5, tzinfo=UTC)
    assert bounded(values, gxe.ExpectColumnMaxToBeBetween, zoned, zoned) == (True, None)


def test_a_decimal_is_compared_with_a_limit_as_it_is_written():
    """0.3 as a float is a little less than three tenths."""
    values = [Decimal("0.1"), Decimal("0.3")]
    assert bounded(values, gxe.ExpectColumnMaxToBeBetween, 0.3, 0.3) == (True, None)


@pytest.mark.parametrize(
    ("values", "limit", "wanted"),
    [
        (DAYS, 1.0, "a day"),
        (MOMENTS, 1.0, "a time"),
        ([time(1)], 1.0, "a time of day"),
        (["a"], 1.0, "a text"),
        (["a"], date(2013, 1, 1), "a text"),
        ([b"\xff"], date(2013, 1, 1), "bytes"),
        ([1.5], date(2013, 1, 1), "a number"),
    ],
)
def test_a_limit_that_does_not_compare_is_an_error_that_says_what_would(values, limit, wanted):
    """It names the column and the limit."""
    for low, high in ((limit, None), (None, limit)):
        success, error = bounded(values, gxe.ExpectColumnMaxToBeBetween, low, high)
        assert not success
        for part in ("The column 'x'", f"Give {wanted}", "does not compare with the limit"):
            assert part in error, error


def test_a_range_of_quantiles_that_does_not_compare_is_an_error_that_says_what_would():
    """It names the column and the limit."""
    found = outcome(FRAME, quantiles("number", [["2013-01-01", None], [1, 2]]))
    assert "The column 'number'" in found["error"] and "Give a number" in found["error"]


def test_fitted_limits_leave_what_they_do_not_know():
    """The library says what does not compare."""
    assert expectations.fitted_limits(3, "a", None) == (3, "a", None)
    assert expectations.fitted_limits(time(1), "02:00") == (time(1), time(2))
    assert expectations.fitted_limits(date(2013, 1, 1), "soon")[1] == "soon"
    assert expectations.fitted_limits(90.0, timedelta(minutes=1)) == (90.0, 60.0)


def quantiles(column, ranges):
    """The expectation about the median and the greatest value."""
    given = {"quantiles": [0.5, 1], "value_ranges": ranges}
    return gxe.ExpectColumnQuantileValuesToBeBetween(column=column, quantile_ranges=given)


@pytest.mark.parametrize("source", ["polars", "pandas"])
def test_the_verdict_on_quantiles_is_a_plain_boolean_for_every_engine(source):
    """Of numpy's, the result could not be stored and the checkpoint would end."""
    found = outcome(FRAME, quantiles("number", [[1, 2], [None, 5]]), source=source)
    assert found["success"] is True
    assert json.loads(json.dumps(found["result"]["details"])) == {"success_details": [True, True]}


@pytest.mark.parametrize(
    "ranges",
    [
        [["2013-01-01", "2013-01-30"], [None, None]],
        [[date(2013, 1, 1), None], [None, datetime(2013, 1, 30)]],
    ],
)
@pytest.mark.parametrize("kind", ["day", "moment"])
def test_quantiles_of_days_compare_with_days_and_open_bounds(ranges, kind):
    """The pandas engine fails for all of these."""
    frame = pl.DataFrame({"x": DAYS if kind == "day" else MOMENTS})
    found = outcome(frame, quantiles("x", ranges))
    assert found["success"] is True and found["error"] is None
    assert found["result"]["observed_value"]["values"][1].startswith("2013-01-03")


def test_quantiles_of_moments_are_compared_exactly():
    """Without the tolerance for numbers, which would be more than a day."""
    after = [datetime(2013, 1, 3, 0, 0, 1), None]
    found = outcome(FRAME, quantiles("at", [[None, None], after]))
    assert found["result"]["details"]["success_details"] == [True, False]


@pytest.mark.parametrize("ranges", [[[1.9999, 2], [3.0001, 4]], [[2.1, 3], [1, 3]]])
def test_quantiles_of_numbers_have_the_tolerance_of_the_library(ranges):
    """One in ten thousand."""
    agreed(FRAME, quantiles("number", ranges))


def divergence(column="x", **options):
    """The expectation that a column diverges little."""
    return gxe.ExpectColumnKLDivergenceToBeLessThan(column=column, threshold=0.5, **options)


@pytest.mark.parametrize(
    ("values", "part"),
    [
        (pl.Series([None], dtype=pl.Float64), "has no values"),
        (pl.Series([1.0, float("inf")]), "infinite values"),
        (pl.Series(DAYS), "no divergence of dates"),
        (pl.Series(["a"]), "numbers or times"),
    ],
)
def test_a_column_of_which_no_bins_can_be_made_fails_its_expectation_alone(values, part):
    """In the library it ends the checkpoint."""
    frame = pl.DataFrame({"x": values})
    found = outcomes(frame, [divergence(), gxe.ExpectTableColumnCountToEqual(value=1)])
    assert part in found[0]["error"] and found[1]["success"]


@pytest.mark.parametrize("partition", [{"what": 1}, {"bins": [1, 2], "weights": [0.1]}, {}])
def test_a_partition_that_makes_no_sense_fails_its_expectation_alone(partition):
    """In the library it ends the checkpoint."""
    checks = [
        divergence("number", partition_object=partition),
        gxe.ExpectTableColumnCountToEqual(value=5),
    ]
    found = outcomes(FRAME, checks)
    assert found[0]["error"] and not found[0]["success"] and found[1]["success"]


def test_own_bins_need_no_progress_bar(capfd):
    """Nor a pass before all others."""
    outcome(FRAME, divergence("number"))
    assert "Calculating" not in capfd.readouterr().err


def test_a_missing_column_fails_its_expectation_alone():
    """Whichever it is."""
    found = outcomes(FRAME, [divergence("numbr"), quantiles("numbr", [[1, 2], [1, 2]])])
    assert all('"numbr"' in each["error"] for each in found)


def test_a_checkpoint_of_all_of_them_is_stored_and_documented(tmp_path):
    """In a context of files, from suite to page."""
    from aifactory_nb.gx_polars import add_polars

    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = add_polars(context, "trips").add_frame_asset("month")
    suite = gx.ExpectationSuite(
        name="suite",
        expectations=[
            gxe.ExpectColumnMaxToBeBetween(column="at", max_value=date(2014, 1, 1)),
            gxe.ExpectColumnTypeToBe(column="number", type_="int64"),
            quantiles("number", [[1, 2], [3, 4]]),
            divergence("number"),
        ],
    )
    definition = gx.ValidationDefinition(
        name="all",
        data=asset.add_batch_definition_whole_dataframe("whole"),
        suite=context.suites.add(suite),
    )
    checkpoint = gx.Checkpoint(
        name="all", validation_definitions=[context.validation_definitions.add(definition)]
    )
    found = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": FRAME})
    assert found.success, found.describe()
    assert context.build_data_docs()
    again = gx.get_context(mode="file", project_root_dir=tmp_path).checkpoints.get("all")
    assert again.run(batch_parameters={"dataframe": FRAME}).success
