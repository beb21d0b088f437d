"""The Open Inference Protocol: tensors to rows and back."""

import numpy as np
import polars as pl
import pytest

from aifactory_nb.inference_protocol import rows_of, tensor_types
from aifactory_nb.row_schema import Column, RowSchema, RowsError, reader_of


def column(name: str, dtype: pl.DataType) -> Column:
    return Column(name, dtype, True, True, *reader_of(dtype))


SCHEMA = RowSchema(
    [column("price", pl.Float64()), column("count", pl.Int8()), column("day", pl.Date())],
    frozenset({"other"}),
)
PRICE = {"name": "price", "shape": [2], "datatype": "FP64", "data": [1.5, None]}
COUNT = {"name": "count", "shape": [2, 1], "datatype": "INT64", "data": [[1], [2]]}
DAY = {"name": "day", "shape": [2], "datatype": "BYTES", "data": ["2024-05-01", None]}


def test_each_column_is_a_tensor():
    """One or two dimensions, wider whole numbers, nulls for what is not known."""
    first, second = rows_of({"inputs": [PRICE, COUNT, DAY]}, SCHEMA)

    assert (first["price"], first["count"], str(first["day"])) == (1.5, 1, "2024-05-01")
    assert (second["price"], second["count"], second["day"]) == (None, 2, None)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (
            [PRICE, COUNT],
            "column 'day': expected a day such as 2024-05-31 or null, found no such column",
        ),
        ([PRICE, PRICE, COUNT, DAY], "expected each column once"),
        ([PRICE | {"shape": [1], "data": [1.0]}, COUNT, DAY], "expected the same number of rows"),
        ([PRICE, COUNT | {"data": [[1], [300]]}, DAY], "row 2, column 'count'"),
        ([PRICE | {"datatype": "BOOL"}, COUNT, DAY], "column 'price': expected datatype FP16 or"),
        ([PRICE, COUNT, DAY, PRICE | {"name": "prise"}], "column 'prise': expected a column of"),
    ],
)
def test_wrong_tensors_are_told(inputs, told):
    """What was expected, whichever column it is about."""
    with pytest.raises(RowsError) as caught:
        rows_of({"inputs": inputs}, SCHEMA)

    assert told in str(caught.value)


def test_a_column_of_the_raw_table_is_passed_over():
    """Whole raw rows can be sent as tensors as well."""
    other = {"name": "other", "shape": [2], "datatype": "INT64", "data": [1, 2]}

    assert len(rows_of({"inputs": [PRICE, COUNT, DAY, other]}, SCHEMA)) == 2


@pytest.mark.parametrize(
    ("dtype", "told"),
    [
        (pl.Int32(), "INT32"),
        (pl.UInt8(), "UINT8"),
        (pl.Float32(), "FP32"),
        (pl.Boolean(), "BOOL"),
        (pl.Datetime("us"), "BYTES"),
    ],
)
def test_columns_are_announced_in_their_types(dtype, told):
    """Clients build their tensors from the metadata, and these are accepted."""
    announced, taken = tensor_types(dtype)

    assert announced == told and announced in taken


def in_bytes(tensor: dict, values: bytes) -> dict:
    named = {name: value for name, value in tensor.items() if name != "data"}
    return named | {"parameters": {"binary_data_size": len(values)}}


def test_tensors_may_come_as_bytes():
    """The binary extension: numbers and texts after the JSON, beside tensors in it."""
    prices = np.array([1.5, 2.5]).tobytes()
    days = b"\n\x00\x00\x002024-05-01\n\x00\x00\x002024-05-02"
    inputs = [in_bytes(PRICE, prices), COUNT, in_bytes(DAY, days)]

    rows = rows_of({"inputs": inputs}, SCHEMA, prices + days)

    assert [row["price"] for row in rows] == [1.5, 2.5]
    assert [str(row["day"]) for row in rows] == ["2024-05-01", "2024-05-02"]


@pytest.mark.parametrize(
    ("values", "sent"),
    [(b"x" * 15, b"x" * 15), (b"x" * 16, b"x" * 15), (b"x" * 16, b"x" * 17), (b"x" * 8, b"x" * 8)],
)
def test_bytes_that_do_not_fit_are_told(values, sent):
    """Too few, too many, or not a whole number of values."""
    with pytest.raises(RowsError, match="expected"):
        rows_of({"inputs": [in_bytes(PRICE, values), COUNT, DAY]}, SCHEMA, sent)


def test_a_text_that_is_cut_off_is_told():
    """A length that leads beyond the end is an error, not a shorter text."""
    days = b"\xff\x00\x00\x002024-05-01"

    with pytest.raises(RowsError, match="column 'day': expected 14 bytes of BYTES"):
        rows_of({"inputs": [PRICE, COUNT, in_bytes(DAY, days)]}, SCHEMA, days)
