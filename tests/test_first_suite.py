"""The first suite passes on the data that it is made from, and sees what is broken."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.data_gate import check_table, window_parameters
from aifactory_nb.first_suite import first_suite
from aifactory_nb.proposal import Wishes, propose

ROWS = 300
START, END = datetime(2024, 1, 1), datetime(2024, 1, 14)
WINDOW = window_parameters(START, END)


@pytest.fixture
def table() -> pl.DataFrame:
    """Sales with gaps."""
    return pl.DataFrame(
        {
            "id": [f"S{i}" for i in range(ROWS)],
            "at": [START + timedelta(hours=i) for i in range(ROWS)],
            "price": [None if i % 4 == 0 else 7 * i % 97 * 1.5 for i in range(ROWS)],
            "paid": [i % 3 == 0 for i in range(ROWS)],
            "kind": [None if i % 5 == 0 else "abc"[i % 3] for i in range(ROWS)],
            "returned": ["no" if i % 7 else "yes" for i in range(ROWS)],
        }
    )


def suite(folder: Path, table: pl.DataFrame, wishes: Wishes) -> tuple[Path, pl.DataFrame]:
    """The suite of a table, and the table as it is read."""
    table.write_csv(folder / "sales.csv")
    proposal = propose(folder / "sales.csv", wishes)
    (folder / "sales.json").write_text(first_suite(proposal))
    return folder / "sales.json", proposal.inspection.frame


def test_the_suite_passes_on_its_own_data_and_sees_what_broke(
    tmp_path: Path, table: pl.DataFrame
) -> None:
    """Structure stops the line, values warn."""
    path, read = suite(tmp_path, table, Wishes("returned", time="at"))
    good = check_table(read, path, parameters=WINDOW)
    doubled = check_table(pl.concat([read, read]), path, parameters=WINDOW)
    odd = check_table(read.with_columns(price=pl.col("price") * 1000), path, parameters=WINDOW)

    assert (good.passed, good.failed) == (True, [])
    assert not doubled.passed
    assert not check_table(read.drop("kind"), path, parameters=WINDOW).passed
    assert odd.passed
    assert {each["column"] for each in odd.failed} == {"price"}


def test_without_a_time_rows_are_counted(tmp_path: Path, table: pl.DataFrame) -> None:
    """There is no window, and nothing is said of a clock."""
    path, read = suite(tmp_path, table.drop("at"), Wishes("returned"))
    rules = json.loads(path.read_text())["expectations"]

    assert check_table(read, path).failed == []
    assert "$PARAMETER" not in path.read_text()
    assert any(each["kwargs"].get("max_value") == 10 * ROWS for each in rules)


def test_only_what_the_model_looks_at_is_looked_at(tmp_path: Path, table: pl.DataFrame) -> None:
    """A column that is left out only has to be there."""
    path, _ = suite(tmp_path, table.with_columns(same=pl.lit(1)), Wishes("returned", time="at"))
    rules = json.loads(path.read_text())["expectations"]

    assert "same" not in {each["kwargs"].get("column") for each in rules}
    assert "same" in rules[0]["kwargs"]["column_set"]
