"""Conditions on two and more columns, and values that occur once, beside the library's pandas engine."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column as Named
from gx_cases import agreed, both, counts, outcome, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

import aifactory_nb.gx_polars.rows as rows_module

pytestmark = pytest.mark.cases

FRAME = pl.DataFrame(
    {
        "a": [1, 2, 3, None, 3, 9, None],
        "b": [1, 1, 5, None, 2, 9, 7],
        "c": [1, 3, 3, 4, 3, 9, None],
        "x": [1.0, 2.5, None, float("nan"), 3.0, 9.0, 7.5],
        "word": ["abc", "de", "f1", "", "abc", None, None],
        "at": [datetime(2013, 1, day, 3) for day in (1, 2, 3, 4, 5, 5, 7)],
        "group": ["u", "u", "v", "v", "v", "w", "w"],
    }
)
BOTH, EITHER, NEITHER = "both_values_are_missing", "either_value_is_missing", "neither"
ALL, ANY, NEVER = "all_values_are_missing", "any_value_is_missing", "never"


def unexpected(frame, expectation, **options):
    """The unexpected values."""
    found = outcome(frame, expectation, **options)
    assert found["error"] is None, found["error"]
    return found["result"]["unexpected_list"]


def pair_of(first, second, **types):
    """A table of two columns `a` and `b`."""
    return pl.DataFrame({"a": first, "b": second}, schema_overrides=types)


@pytest.mark.parametrize("ignored", [BOTH, EITHER, NEITHER])
@pytest.mark.parametrize(
    "pair", [("a", "b"), ("a", "x"), ("x", "a"), ("a", "a"), ("word", "group")]
)
def test_equal_pairs_are_those_of_pandas(pair, ignored):
    """Missing values are equal to none; which rows are looked at is told."""
    asked = gxe.ExpectColumnPairValuesToBeEqual(
        column_A=pair[0], column_B=pair[1], ignore_row_if=ignored
    )
    ours, theirs = both(FRAME, asked)
    assert counts(ours) == counts(theirs)


@pytest.mark.parametrize("ignored", [BOTH, EITHER, NEITHER])
@pytest.mark.parametrize("or_equal", [True, False, None])
@pytest.mark.parametrize("pair", [("a", "b"), ("x", "a"), ("at", "at")])
def test_greater_pairs_are_those_of_pandas(pair, or_equal, ignored):
    """Numbers of two types, moments."""
    asked = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=pair[0], column_B=pair[1], or_equal=or_equal, ignore_row_if=ignored
    )
    ours, theirs = both(FRAME, asked)
    assert counts(ours) == counts(theirs)
    assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]


@pytest.mark.parametrize("ignored", [BOTH, EITHER, NEITHER])
@pytest.mark.parametrize(
    "pairs",
    [
        [(1, "u"), (2, "u")],
        [[3, "v"], [None, "v"]],
        [(None, None)],
        [("1", "u")],
        [(9.0, "w"), (9, "x")],
    ],
)
def test_pairs_of_a_set_are_those_of_pandas(pairs, ignored):
    """None stands for a missing value."""
    asked = gxe.ExpectColumnPairValuesToBeInSet(
        column_A="a", column_B="group", value_pairs_set=pairs, ignore_row_if=ignored
    )
    agreed(FRAME, asked)


def test_a_row_condition_counts_for_pairs_of_a_set():
    """The library forgets it, and its own engine then counts more rows than there are."""
    asked = gxe.ExpectColumnPairValuesToBeInSet(
        column_A="a",
        column_B="group",
        value_pairs_set=[(1, "u")],
        row_condition=Named("group") == "u",
    )
    found = outcome(FRAME, asked)["result"]
    assert (found["element_count"], found["unexpected_index_list"]) == (2, [1])


def test_days_in_pairs_may_be_written_as_text():
    """JSON knows no days."""
    frame = pair_of([date(2013, 1, 1), date(2013, 1, 2)], ["x", "x"])
    asked = gxe.ExpectColumnPairValuesToBeInSet(
        column_A="a", column_B="b", value_pairs_set=[("2013-01-01", "x")]
    )
    assert outcome(frame, asked)["result"]["unexpected_index_list"] == [1]


def test_values_of_two_kinds_are_never_equal_and_have_no_order():
    """As in pandas: unexpected where they should be equal, an error where one should be greater."""
    equal = gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="word")
    ours, theirs = both(FRAME, equal)
    assert counts(ours) == counts(theirs) and ours["result"]["unexpected_count"] == 6
    greater = gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="a", column_B="word")
    ours, theirs = both(FRAME, greater)
    assert (
        "'a' has the type Int64. It does not compare with 'word' of the type String"
        in ours["error"]
    )
    assert theirs["error"]


@pytest.mark.parametrize(
    ("first", "second", "types"),
    [
        ([2**63 + 1], [2**63 - 1], {"a": pl.UInt64, "b": pl.Int64}),
        ([Decimal("1.5")], [1.25], {"a": pl.Decimal(10, 2)}),
        ([True], [0], {}),
        ([datetime(2013, 1, 1, 0, 0, 0, 1)], [datetime(2013, 1, 1)], {"b": pl.Datetime("ms")}),
        ([datetime(2013, 1, 1, 1)], [date(2013, 1, 1)], {}),
        ([timedelta(microseconds=1)], [timedelta(0)], {"b": pl.Duration("ms")}),
        (["b"], ["a"], {"a": pl.Enum(["b", "a"]), "b": pl.Categorical}),
        ([datetime(2013, 1, 1, tzinfo=UTC)], [datetime(2012, 12, 31, tzinfo=UTC)], {}),
    ],
)
def test_values_of_one_kind_are_compared_in_whatever_type(first, second, types):
    """Without a loss."""
    frame = pair_of(first, second, **types)
    greater = gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="a", column_B="b")
    lesser = gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="b", column_B="a", or_equal=True)
    assert outcome(frame, greater)["success"] and not outcome(frame, lesser)["success"]
    assert not outcome(frame, gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b"))[
        "success"
    ]


def test_missing_decimals_are_shown():
    """The library sorts what it shows, and a Decimal does not compare with NaN."""
    frame = pair_of([Decimal("1.50"), None, Decimal("2.50")], [1, 2, None])
    found = outcome(frame, gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b"))
    assert found["error"] is None and found["result"]["unexpected_count"] == 3


def test_nan_is_greater_than_nothing():
    """Where it is a value; polars would hold it for the greatest."""
    frame = pair_of([float("nan"), 2.0], [1.0, 1.0])
    for or_equal in (True, False):
        asked = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="a", column_B="b", or_equal=or_equal
        )
        assert outcome(frame, asked, nan_is_missing=False)["result"]["unexpected_index_list"] == [0]


@pytest.mark.parametrize("ignored", [ALL, ANY, NEVER])
@pytest.mark.parametrize(
    "columns", [["a", "b", "c"], ["a", "x"], ["a", "word"], ["a", "c", "group"]]
)
def test_rows_of_equal_and_of_different_values_are_those_of_pandas(columns, ignored):
    """Missing values are equal to each other; values of two kinds are different."""
    for kind in (
        gxe.ExpectMulticolumnValuesToBeEqual,
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord,
    ):
        ours, theirs = both(FRAME, kind(column_list=columns, ignore_row_if=ignored))
        assert counts(ours) == counts(theirs), kind
        assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]


@pytest.mark.parametrize("ignored", [ALL, ANY, NEVER])
@pytest.mark.parametrize("total", [2, 4.5, 6, 27])
@pytest.mark.parametrize("columns", [["a", "b"], ["a", "b", "c"], ["a", "x"]])
def test_sums_are_those_of_pandas(columns, total, ignored):
    """With a missing value there is no sum."""
    asked = gxe.ExpectMulticolumnSumToEqual(
        column_list=columns, sum_total=total, ignore_row_if=ignored
    )
    agreed(FRAME, asked)


@pytest.mark.parametrize(
    ("first", "second", "types", "total"),
    [
        ([200], [100], {"a": pl.UInt8, "b": pl.UInt8}, 300),
        ([2**62], [2**62], {}, 2**63),
        ([2**63], [2**63], {"a": pl.UInt64, "b": pl.UInt64}, 2**64),
        ([Decimal("0.10")], [Decimal("0.2")], {"a": pl.Decimal(10, 2), "b": pl.Decimal(4, 1)}, 0.3),
        ([True], [True], {}, 2),
        ([0.1], [0.2], {"a": pl.Float32, "b": pl.Float64}, pytest.approx(0.3)),
    ],
)
def test_sums_do_not_overflow(first, second, types, total):
    """Bytes, long integers, decimals."""
    if not isinstance(total, int | float):
        total = float(pl.Series(first, dtype=pl.Float32)[0]) + second[0]
    frame = pair_of(first, second, **types)
    found = outcome(frame, gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=total))
    assert found["success"], found
    other = gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=0)
    assert not outcome(frame, other)["success"]


def test_only_numbers_have_a_sum():
    """The pandas engine would join texts."""
    found = outcome(FRAME, gxe.ExpectMulticolumnSumToEqual(column_list=["a", "word"], sum_total=1))
    assert "'word' has the type String. Only numbers" in found["error"]


@pytest.mark.parametrize("column", FRAME.columns)
def test_values_that_occur_once_are_those_of_pandas(column):
    """Missing values are left out."""
    ours, theirs = both(FRAME, gxe.ExpectColumnValuesToBeUnique(column=column))
    assert counts(ours) == counts(theirs)
    assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]


@pytest.mark.parametrize("ignored", [ALL, ANY, NEVER])
@pytest.mark.parametrize(
    "columns", [["a", "b"], ["a", "word"], ["word", "group"], ["a"], ["x", "group", "word"]]
)
def test_combinations_that_occur_once_are_those_of_pandas(columns, ignored):
    """Missing values are equal to each other."""
    if len(columns) == 1:
        columns = [*columns, "group"]
    asked = gxe.ExpectCompoundColumnsToBeUnique(column_list=columns, ignore_row_if=ignored)
    ours, theirs = both(FRAME, asked)
    assert counts(ours) == counts(theirs)
    assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]


@pytest.mark.parametrize(
    ("values", "dtype", "repeated"),
    [
        ([1, 2, 1], pl.Int8, 2),
        ([2**64 - 1, 0, 1], pl.UInt64, 0),
        ([0.0, -0.0, 1.0], pl.Float64, 2),
        ([True, False, True], pl.Boolean, 2),
        ([Decimal("1.50"), Decimal("1.5"), Decimal("2")], pl.Decimal(10, 2), 2),
        ([date(2013, 1, 1), date(2013, 1, 1)], pl.Date, 2),
        ([datetime(2013, 1, 1, tzinfo=UTC)] * 2, pl.Datetime("us", "UTC"), 2),
        (["a", "b", "a"], pl.Categorical, 2),
        (["a", "b", "a"], pl.Enum(["b", "a"]), 2),
        ([b"a", b"b", b"a"], pl.Binary, 2),
        ([[1], [1, 2], [1], []], pl.List(pl.Int64), 2),
        ([[1, 2], [1, 3], [1, 2]], pl.Array(pl.Int64, 2), 2),
        (
            [{"a": 1, "b": None}, {"a": None, "b": 1}, {"a": 1, "b": None}],
            pl.Struct({"a": pl.Int8, "b": pl.Int8}),
            2,
        ),
        ([None, None], pl.Null, 0),
    ],
)
def test_values_of_any_type_are_found_again(values, dtype, repeated):
    """Alone and together with another column."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)}).with_columns(y=pl.lit(1))
    found = outcome(frame, gxe.ExpectColumnValuesToBeUnique(column="x"))
    assert (
        found["result"]["unexpected_count"]
        == repeated
        == len(found["result"]["unexpected_index_list"])
    )
    if dtype != pl.Null:
        asked = gxe.ExpectCompoundColumnsToBeUnique(column_list=["x", "y"])
        assert outcome(frame, asked)["result"]["unexpected_count"] == repeated


def test_python_objects_are_not_compared():
    """An error that says so."""
    frame = pl.DataFrame({"x": pl.Series([{1}, {1}], dtype=pl.Object), "y": [1, 2]})
    for asked in (
        gxe.ExpectColumnValuesToBeUnique(column="x"),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="x", column_B="x"),
        gxe.ExpectMulticolumnValuesToBeEqual(column_list=["x", "y"]),
    ):
        assert "Python objects" in outcome(frame, asked)["error"]


def test_equal_hashes_are_looked_at_again(monkeypatch):
    """A verdict on texts is one on the texts, however their hashes fall."""
    monkeypatch.setattr(
        rows_module, "_key", lambda columns: (columns[0].expr.str.len_chars(), False)
    )
    frame = pl.DataFrame({"x": ["ab", "cd", "e", "ab", None, None, "fgh"]})
    found = outcome(frame, gxe.ExpectColumnValuesToBeUnique(column="x"))["result"]
    assert (found["unexpected_count"], found["unexpected_index_list"]) == (2, [0, 3])
    different = pl.DataFrame({"x": ["ab", "cd", "ef"]})
    assert outcome(different, gxe.ExpectColumnValuesToBeUnique(column="x"))["success"]


SMALL = st.one_of(st.none(), st.integers(0, 3))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(SMALL, SMALL, st.sampled_from(["u", "v", None])), min_size=1, max_size=25)
)
def test_random_rows_are_judged_as_by_pandas(values):
    """Each expectation about several columns, verdict and rows."""
    frame = pl.DataFrame(
        values, schema={"a": pl.Int64, "b": pl.Int64, "word": pl.String}, orient="row"
    )
    asked = [
        gxe.ExpectColumnValuesToBeUnique(column="a"),
        gxe.ExpectColumnValuesToBeUnique(column="word"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["a", "word"]),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="a", column_B="b", or_equal=True),
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=["a", "b"]),
        gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=3),
    ]
    for ours, theirs in zip(
        outcomes(frame, asked), outcomes(frame, asked, source="pandas"), strict=True
    ):
        assert counts(ours) == counts(theirs)
        assert ours["result"]["unexpected_index_list"] == theirs["result"]["unexpected_index_list"]
