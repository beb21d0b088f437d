"""What a suite may call a polars type."""

import polars as pl
import pytest

from aifactory_nb.gx_polars.type_names import is_called, is_known, names_of

CASES = [
    (
        pl.Int64(),
        ["Int64", "int64", "int", "long", "LongType", "NumericType"],
        ["Int32", "float", "object", "FractionalType"],
    ),
    (pl.UInt8(), ["UInt8", "uint8", "int"], ["int8", "Int8"]),
    (pl.Int128(), ["Int128", "int"], ["int64"]),
    (pl.Float32(), ["Float32", "float32", "float", "FloatType"], ["float64", "int"]),
    (pl.Boolean(), ["Boolean", "bool", "boolean", "bool_"], ["int", "Int8"]),
    (pl.String(), ["String", "str", "object", "string", "O", "Utf8"], ["category", "int"]),
    (pl.Categorical(), ["Categorical", "category", "CategoricalDtypeType"], ["str", "object"]),
    (pl.Enum(["a"]), ["Enum", "category", "Enum(categories=['a'])"], ["Enum(categories=['b'])"]),
    (pl.Date(), ["Date", "date", "datetime64[ns]", "datetime64"], ["Datetime", "datetime"]),
    (
        pl.Datetime("us"),
        ["Datetime", "Datetime(time_unit='us', time_zone=None)", "datetime64[ns]", "datetime"],
        ["Datetime(time_unit='ms', time_zone=None)", "datetime64[ns, UTC]", "Date"],
    ),
    (
        pl.Datetime("ns", "UTC"),
        ["Datetime", "datetime64[us, UTC]", "DatetimeTZDtype", "Timestamp"],
        ["datetime64[ns]", "datetime64[ns, Europe/Berlin]"],
    ),
    (pl.Duration("us"), ["Duration", "timedelta64[ns]", "timedelta"], ["datetime64[ns]"]),
    (pl.Decimal(10, 2), ["Decimal", "Decimal(precision=10, scale=2)", "object"], ["float"]),
    (pl.List(pl.Int8), ["List", "List(Int8)", "list", "pl.List(pl.Int8)"], ["List(Int64)"]),
    (pl.Array(pl.Int8, 2), ["Array", "list", "Array(Int8, shape=(2,))"], ["List"]),
    (pl.Struct({"a": pl.Int8}), ["Struct", "dict", "object"], ["list"]),
    (pl.Null(), ["Null", "NoneType"], ["int"]),
]


@pytest.mark.parametrize(("dtype", "names", "others"), CASES, ids=lambda each: str(each)[:20])
def test_a_type_bears_the_names_of_polars_pandas_python_and_spark(dtype, names, others):
    """And no other type's."""
    assert [name for name in names if not is_called(dtype, [name])] == []
    assert [name for name in others if is_called(dtype, [name])] == []


def test_quotes_and_spaces_do_not_matter():
    """A name is read as a person writes it."""
    assert is_called(pl.Enum(["a"]), [' polars.Enum(categories=["a"])'])


@pytest.mark.parametrize("dtype", [case[0] for case in CASES], ids=str)
def test_every_name_of_a_type_is_known(dtype):
    """No name that fits some type is taken for a mistake."""
    assert [name for name in names_of(dtype) if not is_known(name)] == []


@pytest.mark.parametrize("name", ["int46", "Strng", "VARCHAR", "", "datetime65"])
def test_a_name_of_no_type_is_not_known(name):
    """A slip of the pen is told from a type that the column does not have."""
    assert not is_known(name)
