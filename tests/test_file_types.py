"""Types that nobody has declared."""

import polars as pl
import pytest

from aifactory_nb.file_text import FileFormat
from aifactory_nb.file_types import date_format, guessed_types


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2024-12-31"], ("Date", "")),
        (["31.12.2024", "1.2.2024"], ("Date", "%d.%m.%Y")),
        (["12/31/2024"], ("Date", "%m/%d/%Y")),
        (["31/12/2024"], ("Date", "%d/%m/%Y")),
        (["2024/12/31"], ("Date", "%Y/%m/%d")),
        (["2024-12-31 10:00:00"], ("Datetime", "")),
        (["31.12.2024 10:00"], ("Datetime", "%d.%m.%Y %H:%M")),
        (["1704067200"], None),
        (["10.0.0.1"], None),
        (["soon"], None),
        ([], None),
    ],
)
def test_the_format_of_dates_is_told_by_all_values(
    texts: list[str], expected: tuple[str, str] | None
) -> None:
    """The usual ways to write a day or a moment; seconds since 1970 are not guessed."""
    assert date_format(pl.Series(texts, dtype=pl.String), FileFormat()) == expected


def test_a_type_fits_all_rows() -> None:
    """The one text in the last row counts; leading zeros stay."""
    rows = 500
    frame = pl.LazyFrame(
        {
            "late": ["1"] * (rows - 1) + ["x"],
            "number": ["1.5"] * rows,
            "postcode": ["01067"] * rows,
            "flag": ["true", "False"] * (rows // 2),
            "empty": [None] * rows,
        },
        schema_overrides={"empty": pl.String},
    )

    assert guessed_types(frame, frame.collect_schema().names(), FileFormat()) == {
        "late": "String",
        "number": "Float64",
        "postcode": "String",
        "flag": "Boolean",
        "empty": "String",
    }


def test_short_years_and_the_order_of_days_and_months() -> None:
    """A year of two digits is a year; a file with semicolons writes the day first; a version is no day."""
    assert date_format(pl.Series(["01.01.23"] * 9), FileFormat()) == ("Date", "%d.%m.%y")
    assert date_format(pl.Series(["1.2.23"] * 9), FileFormat()) is None
    both = pl.Series(["03/02/2023", "01/12/2023"])
    assert date_format(both, FileFormat()) == ("Date", "%m/%d/%Y")
    assert date_format(both, FileFormat(separator=";")) == ("Date", "%d/%m/%Y")
