"""What pipeline an unknown table should be."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.proposal import Wishes, pipeline_name, propose

ROWS = 600


@pytest.fixture
def orders() -> pl.DataFrame:
    """Orders with all that can be wrong with a table, and two honest columns."""
    generator = np.random.default_rng(1)
    age = generator.integers(18, 80, ROWS)
    bought = generator.random(ROWS) < age / 100
    start = datetime(2024, 1, 1)
    return pl.DataFrame(
        {
            "order_id": [f"O{i}" for i in range(ROWS)],
            "at": [start + timedelta(hours=6 * i) for i in range(ROWS)],
            "age": age,
            "price": generator.random(ROWS),
            "born": [date(1980, 1, 1) + timedelta(days=i % 300) for i in range(ROWS)],
            "email": [f"u{i % 300}@example.org" for i in range(ROWS)],
            "country": ["de"] * ROWS,
            "refunded": bought.astype(int),
            "amount": bought * 7 + generator.random(ROWS),
            "bought": np.where(bought, "yes", "no"),
        }
    )


def test_a_table_becomes_a_proposal(tmp_path: Path, orders: pl.DataFrame) -> None:
    """Key, features, outcomes and what is left out, each with a reason."""
    orders.drop("born").write_csv(tmp_path / "orders.csv")
    found = propose(tmp_path / "orders.csv", Wishes("bought", time="at"))

    assert (found.name, found.key, found.row_number) == ("orders", ["order_id"], "")
    assert found.features == ["age", "price"]
    assert set(found.outcomes) == {"refunded", "amount"}
    assert set(found.left_out) == {"email", "country"}
    assert found.span is not None and (found.span.start, found.span.every) == (
        date(2024, 1, 1),
        "1mo",
    )


def test_without_a_key_rows_are_numbered(tmp_path: Path, orders: pl.DataFrame) -> None:
    """Where no column names the row, its number does."""
    orders.select("age", "price", "bought").write_csv(tmp_path / "orders.csv")
    found = propose(tmp_path / "orders.csv", Wishes("bought"))

    assert (found.key, found.row_number, found.order) == (["row"], "row", None)


@pytest.mark.parametrize(
    ("wishes", "error", "message"),
    [
        (Wishes("bougth"), DataError, "--target: .* no column 'bougth'. Did you mean 'bought'"),
        (Wishes("bought", time="age"), DataError, "--time: 'age' holds Int64"),
        (
            Wishes("bought", key=["age"]),
            DataError,
            "--key: .* rows share their age with another row, for example",
        ),
        (
            Wishes("bought", weight="country"),
            DataError,
            "--weight: 'country' holds String, .* not numeric",
        ),
        (Wishes("bought", group="bought"), DataError, "cannot be the key, the time"),
        (Wishes("bought", task="binray"), PipelineError, "Did you mean 'binary'"),
    ],
)
def test_a_wish_that_does_not_fit_is_told(
    tmp_path: Path, orders: pl.DataFrame, wishes: Wishes, error: type[Exception], message: str
) -> None:
    """Each option is named with what was found."""
    orders.write_csv(tmp_path / "orders.csv")
    with pytest.raises(error, match=message):
        propose(tmp_path / "orders.csv", wishes)


def test_a_table_of_one_row_and_one_without_features_are_refused(tmp_path: Path) -> None:
    """There is nothing to learn from."""
    (tmp_path / "one.csv").write_text("a,y\n1,2\n")
    (tmp_path / "same.csv").write_text("a,y\n" + "1,2\n1,3\n" * 30)

    with pytest.raises(DataError, match="always 2"):
        propose(tmp_path / "one.csv", Wishes("y"))
    with pytest.raises(DataError, match="no column is left to learn from"):
        propose(tmp_path / "same.csv", Wishes("y"))


def test_growth_and_missing_values_of_the_target_are_told(tmp_path: Path) -> None:
    """A target that doubled is outside of what trees have seen."""
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(300)]
    sold = [None if i % 100 == 3 else 10 + i / 10 for i in range(300)]
    pl.DataFrame({"day": days, "x": [i % 7 for i in range(300)], "sold": sold}).write_csv(
        tmp_path / "a.csv"
    )
    found = propose(tmp_path / "a.csv", Wishes("sold", time="day"))

    assert {"growth", "missing target"} <= {each.kind for each in found.findings}
    assert found.inspection.format.types["day"] == "Datetime"


def test_a_name_is_made_of_the_file() -> None:
    """Small letters, digits and underscores."""
    assert pipeline_name(Path("x/Telco-Customers.csv.gz")) == "telco_customers"
    assert pipeline_name(Path("2024.parquet")) == "table_2024"


@pytest.mark.parametrize("moment", [date, datetime])
def test_a_delta_table_with_days_or_zones_has_a_window(tmp_path: Path, moment: type) -> None:
    """Times are cast as the source casts them."""
    days = [datetime(2024, 1, 1) + timedelta(days=i) for i in range(200)]
    times = pl.Series("at", days)
    times = times.cast(pl.Date) if moment is date else times.dt.replace_time_zone("UTC")
    frame = pl.DataFrame({"id": range(200), "at": times, "x": [i % 7 for i in range(200)]})
    frame.with_columns(y=pl.col("x") + (pl.col("id") * 37) % 101).write_delta(tmp_path / "d")
    found = propose(tmp_path / "d", Wishes("y", time="at", key=["id"]))

    assert found.span is not None and found.span.end == date(2024, 7, 1)
    assert found.inspection.frame.schema["at"] == pl.Datetime("us")


def test_a_date_after_the_time_is_an_outcome(tmp_path: Path, orders: pl.DataFrame) -> None:
    """When it was settled, nobody knew at the time of the order; when it is due, everybody."""
    frame = orders.with_columns(
        settle=pl.col("at") + pl.duration(days=pl.col("age") % 9 + 1),
        due=pl.col("at") + pl.duration(days=14),
    )
    frame.write_csv(tmp_path / "a.csv")
    found = propose(tmp_path / "a.csv", Wishes("bought", time="at"))

    assert "later than 'at'" in found.outcomes["settle"]
    assert found.dates == ["due"]


def test_columns_without_plain_values_are_told(tmp_path: Path) -> None:
    """A list is not read, and the finding says so."""
    rows = [{"id": f"k{i}", "x": i % 7, "tags": ["a"], "y": i % 3 == 0} for i in range(200)]
    pl.DataFrame(rows).write_ndjson(tmp_path / "a.ndjson")
    found = propose(tmp_path / "a.ndjson", Wishes("y"))

    assert found.left_out["tags"] == "no plain value: type List"
    assert found.key == ["id"] and "id" not in found.left_out


def test_messages_hide_personal_values(tmp_path: Path) -> None:
    """The example of a key is an address."""
    rows = {"who": ["ann@example.org"] * 40, "x": range(40), "y": [0, 1] * 20}
    pl.DataFrame(rows).write_csv(tmp_path / "a.csv")
    with pytest.raises(DataError, match="40 rows share their who") as raised:
        propose(tmp_path / "a.csv", Wishes("y", key=["who"]))

    assert "ann@" not in str(raised.value)


def test_other_sheets_are_told(tmp_path: Path) -> None:
    """The column may lie on another sheet."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        for sheet in ("Info", "Data"):
            book.add_worksheet(sheet).write_column(0, 0, ["note", "a", "b"])
    with pytest.raises(DataError, match="Other sheets: Data; name one with --sheet"):
        propose(tmp_path / "book.xlsx", Wishes("y"))


def test_a_folder_that_is_no_table_is_told(tmp_path: Path) -> None:
    """It holds no log of Delta."""
    with pytest.raises(DataError, match="no Delta table"):
        propose(tmp_path, Wishes("y"))
