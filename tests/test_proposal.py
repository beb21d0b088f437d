"""What pipeline an unknown table should be."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.proposal import Wishes, guess_span, pipeline_name, propose

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
    assert set(found.left_out) == {"order_id", "email", "country"}
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
        (Wishes("bought", key=["age"]), DataError, "--key: age is the same in .* for example"),
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


@pytest.mark.parametrize(
    ("days", "every", "end"),
    [(10, "1d", date(2024, 1, 11)), (40, "1w", date(2024, 2, 5)), (200, "1mo", date(2024, 7, 1))],
)
def test_the_window_ends_with_the_last_whole_period(days: int, every: str, end: date) -> None:
    """What is left over is for production."""
    times = pl.Series("t", [datetime(2024, 1, 1) + timedelta(days=i) for i in range(days)])
    span = guess_span(times)

    assert (span.every, span.end) == (every, end)


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
