"""Values of the declared type."""

from datetime import date, datetime

import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.file_text import FileFormat
from aifactory_nb.file_values import check_values, reading_of


def values(texts: list[object], kind: str, **keys: object) -> list[object]:
    """The values of a column that is read as one type."""
    frame = pl.DataFrame({"a": texts}, strict=False)
    reading = reading_of("a", frame.schema["a"], kind, FileFormat(**keys))  # type: ignore[arg-type]
    return frame.select(reading.value)["a"].to_list()


@pytest.mark.parametrize(
    ("texts", "kind", "keys", "expected"),
    [
        ([" 7 ", "", None, "+3"], "Int64", {}, [7, None, None, 3]),
        (["1.5", "NaN", "?"], "Float64", {"missing": ["?"]}, [1.5, None, None]),
        (["1.234,5", "7", "31.12.2024"], "Float64", {"decimal": ","}, [1234.5, 7.0, None]),
        (["Yes", "n", "TRUE", "0", "maybe"], "Boolean", {}, [True, False, True, False, None]),
        (["2024-01-31"], "Date", {}, [date(2024, 1, 31)]),
        (["31.01.2024"], "Date", {"formats": {"a": "%d.%m.%Y"}}, [date(2024, 1, 31)]),
        (["2024-01-31"], "Datetime", {}, [datetime(2024, 1, 31)]),
        (["2024-01-31 07:30"], "Datetime", {}, [datetime(2024, 1, 31, 7, 30)]),
        (["2024-01-31T01:00:00+01:00"], "Datetime", {}, [datetime(2024, 1, 31)]),
        ([1.0, 2.5], "Int64", {}, [1, None]),
        ([0, 1, 2], "Boolean", {}, [False, True, None]),
        ([date(2024, 1, 31)], "Datetime", {}, [datetime(2024, 1, 31)]),
        ([20240131], "Date", {}, [None]),
        ([float("nan"), 1.0], "Float64", {}, [None, 1.0]),
    ],
)
def test_a_value_is_of_the_type_or_nothing(
    texts: list[object], kind: str, keys: dict[str, object], expected: list[object]
) -> None:
    """No value becomes another one on the way."""
    assert values(texts, kind, **keys) == expected


def message(texts: list[str], kind: str) -> str:
    """What is said of a column that holds other values than declared."""
    frame = pl.LazyFrame({"a": texts})
    format = FileFormat(types={"a": kind})
    reading = reading_of("a", pl.String(), kind, format)
    with pytest.raises(DataError) as error:
        check_values(frame, [reading], "t.csv", format, lambda rows: [row + 2 for row in rows])
    return str(error.value)


def test_wrong_values_are_counted_and_shown_with_their_lines() -> None:
    """The first lines, the share, and the type that fits."""
    text = message(["1", "x", "2.5", "3"], "Int64")

    assert "2 of 4 values are not: line 3 'x', line 4 '2.5'" in text
    assert 'source.types.a = "String"' in text
    assert 'Add "x"' not in text and '"x", "2.5" to source.missing' in text


def test_a_decimal_comma_is_recognised() -> None:
    """Numbers with a comma get the right advice."""
    assert 'source.decimal = ","' in message(["1,5", "2,5"], "Float64")


def test_infinities_are_refused() -> None:
    """An infinite amount is a division by zero of somebody else."""
    assert "line 3 'inf'" in message(["1", "inf"], "Float64")
