"""Types that a table keeps, and the strict way to declared ones."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.column_types import plain_types, with_types
from aifactory_nb.errors import DataError, PipelineError


@pytest.mark.parametrize(
    ("series", "plain"),
    [
        (pl.Series([Decimal("1.50")]), 1.5),
        (pl.Series([datetime(2024, 1, 1, 12, tzinfo=UTC)]), datetime(2024, 1, 1, 12)),
        (pl.Series(["a"], dtype=pl.Categorical), "a"),
        (pl.Series(["a"], dtype=pl.Enum(["a", "b"])), "a"),
        (pl.Series([time(10, 30)]), "10:30:00"),
        (pl.Series([timedelta(minutes=1)]), 60.0),
        (pl.Series([2**40], dtype=pl.UInt64), 2**40),
        (pl.Series([2**40], dtype=pl.Int128), 2**40),
        (pl.Series([date(2024, 1, 1)]), date(2024, 1, 1)),
        (pl.Series([[1, 2]]), [1, 2]),
    ],
)
def test_a_type_becomes_one_that_can_be_stored(series: pl.Series, plain, tmp_path: Path) -> None:
    """Without losing the value; what is plain stays as it is."""
    frame = plain_types(pl.LazyFrame({"a": series})).collect()
    frame.write_delta(tmp_path / "table")

    assert pl.read_delta(str(tmp_path / "table"))["a"].to_list() == [plain]


def test_a_zone_is_taken_out_at_its_own_time() -> None:
    """Noon in Berlin in summer is ten o'clock."""
    berlin = pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")

    assert plain_types(pl.LazyFrame({"a": berlin})).collect()["a"][0] == datetime(2024, 7, 1, 10)


@pytest.mark.parametrize(
    ("values", "kind", "format", "found"),
    [
        (["1", None], "Int64", None, [1, None]),
        (["1.5", "2"], "Float64", None, [1.5, 2.0]),
        (["Yes", "0", None], "Boolean", None, [True, False, None]),
        ([1, 0], "Boolean", None, [True, False]),
        ([1, 2], "String", None, ["1", "2"]),
        (["2024-02-01"], "Date", None, [date(2024, 2, 1)]),
        (["1.2.2024"], "Date", "%d.%m.%Y", [date(2024, 2, 1)]),
        (["2024-02-01 10:00:00"], "Datetime", None, [datetime(2024, 2, 1, 10)]),
        (["2024-02-01T10:00:00.5"], "Datetime", None, [datetime(2024, 2, 1, 10, 0, 0, 500_000)]),
        (["2024-02-01T10:00:00Z"], "Datetime", None, [datetime(2024, 2, 1, 10)]),
        (["2024-02-01T10:00:00+02:00"], "Datetime", None, [datetime(2024, 2, 1, 8)]),
        (["2024-02-01"], "Datetime", None, [datetime(2024, 2, 1)]),
        ([date(2024, 2, 1)], "Datetime", None, [datetime(2024, 2, 1)]),
    ],
)
def test_declared_types(values: list, kind: str, format: str | None, found: list) -> None:
    """Text and other types become what is declared."""
    frame = pl.DataFrame({"a": values})

    assert with_types(frame, {"a": kind}, {"a": format} if format else None)["a"].to_list() == found


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["1", "x", "y"], "Int64", "2 of 3 values are no Int64: 'x', 'y'. Declare it as String"),
        ([1.0, 1.5], "Int64", "1 of 2 values are no Int64: 1.5"),
        (["1,5"], "Float64", "no Float64: '1,5'"),
        (["maybe"], "Boolean", "no Boolean: 'maybe'"),
        (["31.1.2024"], "Date", "no Date: '31.1.2024'.*source.formats"),
        (["2024-01-01", "soon"], "Datetime", "1 of 2 values are no Datetime: 'soon'"),
    ],
)
def test_a_value_that_does_not_fit_is_shown(values: list, kind: str, message: str) -> None:
    """Nothing becomes null in silence."""
    with pytest.raises(DataError, match=f"column 'a': .*{message}"):
        with_types(pl.DataFrame({"a": values}), {"a": kind})


def test_a_slip_in_a_declaration_is_named() -> None:
    """Both of the type and of the column."""
    with pytest.raises(PipelineError, match="types.a: no type 'Int46'. Did you mean 'Int64'"):
        with_types(pl.DataFrame({"a": [1]}), {"a": "Int46"})
    with pytest.raises(DataError, match="there is no column 'prise'. Did you mean 'price'"):
        with_types(pl.DataFrame({"price": [1]}), {"prise": "Int64"})
