"""Rows that are sent to the service: what is read, and what is refused with which words."""

import json
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.errors import DataError
from aifactory_nb.features import FeatureRecipe
from aifactory_nb.pipeline import Data
from aifactory_nb.row_schema import SHOWN_PROBLEMS, RowSchema, RowsError

RAW = {
    "key": pl.Int64(),
    "at": pl.Datetime("us"),
    "zoned": pl.Datetime("us", "UTC"),
    "day": pl.Date(),
    "small": pl.Int8(),
    "number": pl.Float64(),
    "single": pl.Float32(),
    "flag": pl.Boolean(),
    "text": pl.String(),
    "outcome": pl.Int32(),
}
ROW = {
    "at": "2024-05-01T10:30:00",
    "zoned": "2024-05-01T10:30:00Z",
    "day": "2024-05-01",
    "small": 12,
    "number": 1.5,
    "single": 0.1,
    "flag": True,
    "text": "é",
}
COLUMNS = [name for name in RAW if name not in ("key", "at", "outcome")]
RECIPE = FeatureRecipe.from_section(
    {
        "steps": [
            {"kind": "columns", "columns": COLUMNS},
            {"kind": "calendar", "parts": ["hour"]},
        ]
    }
)
SCHEMA = RowSchema.of(RAW, RECIPE, Data(key=["key"], time="at"))


def problems(**changes: object) -> list[str]:
    with pytest.raises(RowsError) as caught:
        SCHEMA.read_rows([ROW | changes])
    return [str(problem) for problem in caught.value.problems]


def test_values_are_read_in_the_types_of_the_raw_table():
    """Times become times, and a number of 32 bits is what a column of 32 bits holds."""
    (row,) = SCHEMA.read_rows([ROW])

    assert row["at"] == datetime(2024, 5, 1, 10, 30)
    assert row["day"] == date(2024, 5, 1)
    assert row["single"] == pl.Series([0.1], dtype=pl.Float32)[0]
    assert row["key"] is None


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        (
            "small",
            300,
            "expected a whole number from -128 to 127 or null, found 300 (whole number)",
        ),
        ("small", 1.0, "expected a whole number from -128 to 127 or null, found 1.0 (number)"),
        ("small", True, "expected a whole number from -128 to 127 or null, found True (Boolean)"),
        ("number", "1", "expected a number or null, found '1' (text)"),
        ("number", 10**400, None),
        ("single", 1e300, "expected a number or null, found 1e+300 (number)"),
        ("flag", 1, "expected true or false or null, found 1 (whole number)"),
        ("text", 5, "expected a text or null, found 5 (whole number)"),
        ("text", ["a"], "expected a text or null, found ['a'] (list)"),
        (
            "day",
            "2024-13-01",
            "expected a day such as 2024-05-31 or null, found '2024-13-01' (text)",
        ),
        ("at", None, "expected a time without a zone such as 2024-05-31T18:30:00, found null"),
        (
            "at",
            "2024-05-01T10:30:00Z",
            "expected a time without a zone such as 2024-05-31T18:30:00, found '2024-05-01T10:30:00Z' (text)",
        ),
        (
            "zoned",
            "2024-05-01T10:30:00",
            "expected a time with a zone such as 2024-05-31T18:30:00Z or null, found '2024-05-01T10:30:00' (text)",
        ),
    ],
)
def test_a_wrong_value_is_told_exactly(column, value, told):
    """Row, column, what was expected, what was found."""
    (found,) = problems(**{column: value})

    assert found.startswith(f"row 1, column '{column}': ")
    assert told is None or found.endswith(told)


def test_a_column_left_out_is_not_the_same_as_null():
    """What the recipe reads has to be sent, if only as null."""
    row = {name: value for name, value in ROW.items() if name != "text"}

    with pytest.raises(
        RowsError, match="row 1, column 'text': expected a text or null, found no such column"
    ):
        SCHEMA.read_rows([row])


def test_an_unknown_column_gets_a_hint():
    """A slip in the name of a column is not passed over."""
    assert "Did you mean 'number'" in problems(numbr=1)[0]


def test_a_whole_raw_row_can_be_sent():
    """Columns of the raw table that no step reads are passed over."""
    assert SCHEMA.read_rows([ROW | {"outcome": 5, "key": 7}])[0]["key"] == 7


@pytest.mark.parametrize("rows", [None, {}, "rows", 5])
def test_what_is_no_list_of_rows_is_told(rows):
    """The body must hold a list of objects."""
    with pytest.raises(RowsError, match="column 'rows': expected a list of objects"):
        SCHEMA.read_rows(rows)


def test_no_more_problems_are_listed_than_a_person_reads():
    """A body of a thousand wrong rows has an answer of one screen."""
    with pytest.raises(RowsError, match="and 980 more") as caught:
        SCHEMA.read_rows([ROW | {"small": "x"}] * 1000)

    assert len(caught.value.problems) == SHOWN_PROBLEMS


def test_a_column_of_a_frame_in_another_type_is_told():
    """Arrow and Parquet bring types of their own: another kind is refused, a wider one is read."""
    frame = pl.DataFrame(SCHEMA.read_rows([ROW])).with_columns(small=pl.lit(12, pl.Int64))

    assert SCHEMA.read_frame(frame)["small"].dtype == pl.Int8
    with pytest.raises(
        RowsError, match="column 'small': expected a whole number .* found a column of type String"
    ):
        SCHEMA.read_frame(frame.with_columns(small=pl.lit("12")))
    with pytest.raises(RowsError, match="row 1, column 'at': expected a time .* found null"):
        SCHEMA.read_frame(frame.with_columns(at=pl.lit(None, pl.Datetime("us"))))


@pytest.mark.parametrize("moment", [2**62, -(2**62)])
def test_a_time_that_python_cannot_have_is_told(moment):
    """A frame may hold any number of microseconds; such a row is wrong, and no failure."""
    at = pl.Series("at", [moment]).cast(pl.Datetime("us"))
    frame = pl.DataFrame(SCHEMA.read_rows([ROW])).with_columns(at)

    with pytest.raises(RowsError, match="row 1, column 'at'.* beyond the years 1 to 9999"):
        SCHEMA.read_frame(frame)


def test_a_type_that_no_request_can_hold_is_refused_when_the_model_is_loaded():
    """A column of lists cannot be sent; that is said before the first request."""
    with pytest.raises(DataError, match="The service cannot take column 'text'"):
        RowSchema.of({**RAW, "text": pl.List(pl.Int64)}, RECIPE, Data(key=["key"], time="at"))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*RAW, "other"]), anything))
def test_whatever_is_sent_is_read_or_refused(changes):
    """No value is an error of another kind, and what is read has the types of the raw table."""
    try:
        rows = SCHEMA.read_rows(json.loads(json.dumps([ROW | changes])))
    except RowsError:
        return
    assert pl.DataFrame(rows, schema=SCHEMA.types).schema == pl.Schema(SCHEMA.types)
