"""A suite from a reference period passes on the months after it, and sees what is broken."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from aifactory_nb.data_gate import check_table, read_suite, window_parameters
from aifactory_nb.errors import DataError, ParameterError, PipelineError
from aifactory_nb.gate import GateResult
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.suite_proposal import (
    MOST_COLUMNS,
    Roles,
    pipeline_roles,
    propose_gate,
    propose_suite,
    suite_path,
    write_suite,
)

START, END, LATER = datetime(2024, 1, 1), datetime(2024, 4, 1), datetime(2024, 5, 1)
ROLES = Roles(["order"], "at", "returned", "binary")


def orders(start: datetime, end: datetime, first: int = 0) -> pl.DataFrame:
    """Orders of a shop, sixty a day, with some gaps."""
    draw = np.random.default_rng(start.month)
    rows = 60 * (end - start).days
    net = draw.gamma(3, 20, rows).round(2)
    seconds = (np.arange(rows) // 60) * 86_400 + 8 * 3600 + draw.integers(0, 43_200, rows)
    return pl.DataFrame(
        {
            "order": first + np.arange(rows),
            "at": [start + timedelta(seconds=int(each)) for each in seconds],
            "kind": draw.choice(["book", "game", "toy"], rows, p=[0.5, 0.3, 0.2]),
            "code": [f"C{number:05d}" for number in draw.integers(0, 99_999, rows)],
            "net": net,
            "gross": (net * draw.choice([1.07, 1.19], rows)).round(2),
            "rating": pl.Series(draw.integers(1, 6, rows)).set(
                pl.Series(draw.random(rows) < 0.04), None
            ),
            "returned": draw.choice(["no", "yes"], rows, p=[0.8, 0.2]),
        }
    ).with_columns(shipped=pl.col("at").dt.date() + pl.duration(days=2))


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite of three months."""
    path = tmp_path_factory.mktemp("gates") / "orders.json"
    path.write_text(propose_suite(orders(START, END), "orders", ROLES, START, END))
    return path


def checked(rows: pl.DataFrame, suite: Path) -> GateResult:
    """The verdict on the month after."""
    return check_table(rows, suite, parameters=window_parameters(END, LATER))


def test_a_good_month_passes(suite: Path) -> None:
    """Nothing that is expected is wrong with it."""
    verdict = checked(orders(END, LATER, 10_000), suite)

    assert (verdict.passed, verdict.failed) == (True, [])


def doubled_day(rows: pl.DataFrame) -> pl.DataFrame:
    """The ninth is there twice."""
    return pl.concat([rows, rows.filter(pl.col("at").dt.day() == 9)])


def some(share: float) -> pl.Expr:
    """That share of the rows."""
    return pl.int_range(pl.len()).shuffle(seed=1) < share * pl.len()


BROKEN: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str, bool]] = {
    "ten times as many missing": (
        lambda rows: rows.with_columns(rating=pl.when(~some(0.4)).then("rating")),
        "rating",
        True,
    ),
    "miles for kilometres": (
        lambda rows: rows.with_columns(net=pl.col("net") / 1.609, gross=pl.col("gross") / 1.609),
        "net",
        True,
    ),
    "cents for euros": (lambda rows: rows.with_columns(pl.col("gross") * 100), "gross", True),
    "another sign": (lambda rows: rows.with_columns(-pl.col("net")), "net", True),
    "swapped": (
        lambda rows: rows.with_columns(net=pl.col("gross"), gross=pl.col("net")),
        "gross, net",
        True,
    ),
    "a new category": (
        lambda rows: rows.with_columns(
            kind=pl.when(some(0.02)).then(pl.lit("card")).otherwise("kind")
        ),
        "kind",
        True,
    ),
    "a constant": (lambda rows: rows.with_columns(kind=pl.lit("book")), "kind", True),
    "cut off": (lambda rows: rows.with_columns(pl.col("code").str.head(4)), "code", True),
    "a day twice": (doubled_day, "order", False),
    "another type": (lambda rows: rows.with_columns(pl.col("net").cast(pl.String)), "net", False),
    "no column": (lambda rows: rows.drop("code"), "code", False),
    "a missing key": (
        lambda rows: rows.with_columns(order=pl.when(~some(0.01)).then("order")),
        "order",
        False,
    ),
    "late dates": (
        lambda rows: rows.with_columns(pl.col("shipped").dt.offset_by("1y")),
        "shipped",
        True,
    ),
    "one answer": (lambda rows: rows.with_columns(returned=pl.lit("no")), "returned", False),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(suite: Path, name: str) -> None:
    """Structure stops the line, values warn."""
    breaks, column, goes_on = BROKEN[name]
    verdict = checked(breaks(orders(END, LATER, 10_000)), suite)

    assert column in {each["column"] for each in verdict.failed}
    assert verdict.passed == goes_on


def test_the_suite_is_one_that_the_library_reads(suite: Path) -> None:
    """Each expectation can be built, says where it comes from, and stands there once."""
    name, expectations = read_suite(suite)
    written = json.loads(suite.read_text())

    assert (name, len(expectations)) == ("orders", len(written["expectations"]))
    assert all(each["notes"] for each in written["expectations"])
    assert "Proposed from 5,460 rows" in written["notes"]
    kinds = [(each["type"], str(each["kwargs"])) for each in written["expectations"]]
    assert len(set(kinds)) == len(kinds)


def test_a_segment_without_rows_is_found(tmp_path: Path) -> None:
    """One of those that always have some."""
    rows, path = orders(START, END), tmp_path / "gate.json"
    path.write_text(propose_suite(rows, "orders", Roles(["order"], segment="kind")))
    rule = "expect_column_distinct_values_to_contain_set"

    assert check_table(rows, path).failed == []
    checks = check_table(rows.filter(pl.col("kind") != "toy"), path).failed
    assert rule in [each["expectation"] for each in checks]


def test_a_role_is_that_of_a_column(tmp_path: Path) -> None:
    """A slip is said."""
    with pytest.raises(DataError, match="no column 'oder'. Did you mean 'order'?"):
        propose_suite(orders(START, END), "orders", Roles(["oder"]))


def test_without_a_key_rows_that_are_the_same_were_loaded_twice(tmp_path: Path) -> None:
    """All columns together are the key; the number of a row says nothing."""
    rows = orders(START, END).drop("order")
    numbered = rows.with_row_index("row")
    for table, roles in ((rows, Roles()), (numbered, Roles(["row"], row_number="row"))):
        path = tmp_path / "gate.json"
        path.write_text(propose_suite(table, "orders", roles))
        more = pl.concat([rows, rows.head(300)]).with_row_index("row").select(table.columns)

        assert check_table(table, path).failed == []
        columns = [each["column"] for each in check_table(more, path).failed]
        assert any("net, gross" in each for each in columns)


def test_values_of_persons_are_not_written_down() -> None:
    """Of an address no more is expected than its type and that it is there."""
    mails = pl.DataFrame({"mail": [f"someone{row % 9}@example.org" for row in range(500)]})
    text = propose_suite(mails, "mails")

    assert "someone" not in text
    assert "example" not in text


def test_of_a_wide_table_the_first_columns_are_looked_at() -> None:
    """Those with a role before all others; that the rest is there is expected."""
    draw = np.random.default_rng(1)
    wide = pl.DataFrame({f"c{place}": draw.random(200) for place in range(150)})
    suite = json.loads(propose_suite(wide, "wide", Roles(target="c149")))
    named = {each["kwargs"].get("column") for each in suite["expectations"]} - {None}

    assert len(named) == MOST_COLUMNS
    assert "c149" in named
    assert len(suite["expectations"][0]["kwargs"]["column_set"]) == 150
    assert "Of 50 columns no more is expected" in suite["notes"]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("a", [None] * 300),
        pl.Series("a", [float("nan"), float("inf")] * 150),
        pl.Series("a", [[1, 2]] * 300),
        pl.Series("a", [{"b": 1}] * 300),
        pl.Series("a", [b"x"] * 300),
        pl.Series("a", [timedelta(days=1)] * 300),
        pl.Series("a", ["x", "y", None] * 100, dtype=pl.Categorical),
        pl.Series("a", [5] * 300, dtype=pl.Decimal(10, 2)),
        pl.Series("a", [2**63 - 1, -(2**63)] * 150),
        pl.Series("a", [""] * 300),
        pl.Series("a", ["Zürich 東京 #1"] * 299 + ["x"]),
        pl.Series("a", [1e300, -1e300, 1e-300] * 100),
    ],
    ids=lambda column: f"{column.dtype}-{column[0]}",
)
def test_any_column_gives_a_suite_that_it_passes(tmp_path: Path, column: pl.Series) -> None:
    """Empty, endless, nested, of whatever type."""
    path = tmp_path / "gate.json"
    table = pl.DataFrame({"row": range(300), 'odd "name"': column})
    path.write_text(propose_suite(table, "odd", Roles(["row"])))
    read_suite(path)

    assert check_table(table, path).failed == []


def test_a_few_rows_are_enough(tmp_path: Path) -> None:
    """There is a suite of two rows, and none of no row."""
    path = tmp_path / "gate.json"
    table = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    path.write_text(propose_suite(table, "small"))

    assert check_table(table, path).failed == []
    with pytest.raises(DataError, match="no rows"):
        propose_suite(table.clear(), "none")


def pipeline(**data: Any) -> Pipeline:
    """A pipeline on orders."""
    window = {"start": "2024-01-01", "end": "2024-04-01"} if "time" in data else None
    return Pipeline.model_validate(
        {
            "name": "shop",
            "source": {"path": "orders.csv"},
            "data": {"key": ["order"], **data},
            "target": {"column": "returned", "task": "binary"},
            "features": {"steps": []},
            **({"window": window} if window else {}),
        }
    )


def test_a_pipeline_knows_what_columns_are_for() -> None:
    """Those that the table has; a part of a key is none."""
    roles = pipeline_roles(pipeline(time="at"), ["order", "at", "returned"])
    other = pipeline_roles(pipeline(time="at"), ["prediction"])

    assert roles == Roles(["order"], "at", "returned", "binary")
    assert other == Roles([], None, None, "binary")


def test_the_reference_of_a_pipeline_is_its_window_or_another_period() -> None:
    """By `--from` and `--to`."""
    rows = pl.concat([orders(START, END), orders(END, LATER, 10_000)])
    own = json.loads(propose_gate(pipeline(time="at"), rows))
    other = json.loads(propose_gate(pipeline(time="at"), rows.lazy(), start=END, end=LATER))

    assert own["name"] == "raw"
    assert "from 5,460 rows" in own["notes"]
    assert "from 1,800 rows: limits have room for what 30 days from 2024-04-01" in other["notes"]


def test_a_period_needs_a_time_and_an_order() -> None:
    """What is wrong with `--from` and `--to` is said."""
    with pytest.raises(ParameterError, match="table 'raw' of 'shop' has no time column"):
        propose_gate(pipeline(), orders(START, END), start=START)
    with pytest.raises(ParameterError, match="must be before --to"):
        propose_gate(pipeline(time="at"), orders(START, END), start=END, end=START)


def test_a_suite_lies_where_the_pipeline_says() -> None:
    """That of another table beside it."""
    named = pipeline().model_copy(
        update={"gates": pipeline().gates.model_copy(update={"data": "g.json"})}
    )

    assert suite_path(named) == named.folder / "g.json"
    assert suite_path(named, "features") == named.folder / "gates/features.json"
    assert suite_path(pipeline()) == Path("gates/raw.json")


def test_a_suite_is_not_written_over(tmp_path: Path) -> None:
    """Unless it is asked for."""
    path = tmp_path / "gates" / "raw.json"
    text = propose_suite(orders(START, END), "raw")
    done = write_suite(path, text)
    path.write_text("mine")

    with pytest.raises(PipelineError, match="--output FILE, or over it with --force"):
        write_suite(path, text)
    assert path.read_text() == "mine"
    assert write_suite(path, text, force=True) == done
    assert path.read_text() == text
