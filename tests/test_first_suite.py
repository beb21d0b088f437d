"""The first suite passes on the data that it is made from, and sees what is broken."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.data_gate import check_table, window_parameters
from aifactory_nb.first_suite import first_suite
from aifactory_nb.proposal import Wishes, propose

ROWS = 300


@pytest.fixture
def table() -> pl.DataFrame:
    """Sales with gaps."""
    return pl.DataFrame(
        {
            "id": [f"S{i}" for i in range(ROWS)],
            "at": [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(ROWS)],
            "price": [None if i % 4 == 0 else i * 1.5 for i in range(ROWS)],
            "paid": [i % 3 == 0 for i in range(ROWS)],
            "kind": [None if i % 5 == 0 else "abc"[i % 3] for i in range(ROWS)],
            "returned": ["no" if i % 7 else "yes" for i in range(ROWS)],
        }
    )


def suite(folder: Path, table: pl.DataFrame) -> tuple[Path, pl.DataFrame]:
    """The suite of a table, and the table as it is read."""
    table.write_csv(folder / "sales.csv")
    proposal = propose(folder / "sales.csv", Wishes("returned", time="at"))
    (folder / "sales.json").write_text(first_suite(proposal))
    return folder / "sales.json", proposal.inspection.frame


def test_the_suite_passes_on_its_own_data_and_sees_what_broke(
    tmp_path: Path, table: pl.DataFrame
) -> None:
    """Structure stops the line, values warn."""
    path, read = suite(tmp_path, table)
    window = window_parameters(datetime(2024, 1, 1), datetime(2024, 1, 13))
    good = check_table(read, path, parameters=window)
    doubled = check_table(pl.concat([read, read]), path, parameters=window)
    odd = check_table(read.with_columns(price=pl.col("price") * 1000), path, parameters=window)

    assert (good.passed, good.failed) == (True, [])
    assert not doubled.passed
    assert not check_table(read.drop("kind"), path, parameters=window).passed
    assert odd.passed and [each["column"] for each in odd.failed] == ["price"]
