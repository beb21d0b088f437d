"""Propose expectations on a reference period, look for false alarms in clean later periods, then plant defects.

    python benchmarks/gate_propose.py [DATA] [--only flights] [--all]

Flights and weather are the sample data of the blueprint `flight_delay`. With DATA, a folder with the files of
`benchmarks/datasets.py`, the public data sets are done too. Two tables are printed: the checks that fail on later periods to
which nothing was done, and for each defect in how many columns it was planted, in how many of them it was found, and by what. A
defect counts as found when a check fails that does not fail on the same rows without it. `--all` lists each false alarm and each
defect that was not found.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import polars.selectors as cs

from aifactory_nb.data_gate import check_table, window_parameters
from aifactory_nb.suite_proposal import Roles, propose_suite

BLUEPRINT = Path(__file__).parent.parent / "templates/blueprints/flight_delay/data"
MOST_LEVELS = 100  # of a column that a new category is planted in
SEEN = 0.2  # share of the rows that a defect must change; below it nobody could see it
MANY = 0.5  # of the values missing: ten times as many are more than all


@dataclass(frozen=True)
class Period:
    """A part of a table."""

    name: str
    rows: pl.DataFrame
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class DataSet:
    """A table, the period that expectations are proposed on, and clean ones after it."""

    name: str
    table: Callable[[Path], pl.DataFrame]
    roles: Roles
    reference: tuple[datetime, datetime] | None = None
    every: str = "1mo"  # how long what is checked is
    share: float = 0.6  # of the rows, where there is no time
    later: int = 3  # months or days that follow, or parts of the rest
    needs_data: bool = True

    def periods(self, rows: pl.DataFrame) -> list[Period]:
        """The reference and the later periods."""
        if self.reference is None:
            edges = [0, round(rows.height * self.share)]
            step = (rows.height - edges[1]) / self.later
            edges += [round(edges[1] + step * place) for place in range(1, self.later + 1)]
            return [Period(f"rows {a:,} to {b:,}", rows[a:b]) for a, b in pairwise(edges)]
        start, end = self.reference
        last = pl.Series([end]).dt.offset_by(f"{self.later}{self.every[1:]}")[0]
        edges = pl.datetime_range(end, last, self.every, eager=True).to_list()
        windows = [(start, end), *pairwise(edges)]
        return [Period(f"{a:%Y-%m-%d}", self.window(rows, a, b), a, b) for a, b in windows]

    def window(self, rows: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
        """The rows of a window, as the factory reads them."""
        return rows.filter(pl.col(self.roles.time).is_between(start, end, closed="left"))


def parquet(name: str) -> Callable[[Path], pl.DataFrame]:
    """A table of the blueprint."""
    return lambda data: pl.read_parquet(BLUEPRINT / f"{name}.parquet")


def csv(*names: str, separator: str = ",") -> Callable[[Path], pl.DataFrame]:
    """The files one after the other, with days as days."""
    options = {"separator": separator, "infer_schema_length": None, "try_parse_dates": True}
    return lambda data: pl.concat([pl.read_csv(data / name, **options) for name in names])


FLIGHT_KEY = ["scheduled_at", "carrier", "flight", "origin"]
FLIGHT = Roles(FLIGHT_KEY, "scheduled_at", segment="origin")
YEAR, SPRING, SUMMER = datetime(2013, 1, 1), datetime(2013, 4, 1), datetime(2013, 7, 1)
DATA_SETS = (
    DataSet("flights", parquet("flights"), FLIGHT, (YEAR, SPRING), later=9, needs_data=False),
    DataSet(
        "flights, half a year",
        parquet("flights"),
        FLIGHT,
        (YEAR, SUMMER),
        later=6,
        needs_data=False,
    ),
    DataSet(
        "flights, day by day",
        parquet("flights"),
        FLIGHT,
        (YEAR, SPRING),
        "1d",
        later=30,
        needs_data=False,
    ),
    DataSet(
        "weather",
        parquet("weather"),
        Roles(["origin", "observed_at"], "observed_at"),
        (YEAR, SUMMER),
        later=5,
        needs_data=False,
    ),
    DataSet(
        "bike_sharing",
        csv("bike_sharing/hour.csv"),
        Roles(["dteday", "hr"], "dteday", "cnt"),
        (datetime(2011, 1, 1), datetime(2012, 1, 1)),
        later=12,
    ),
    DataSet(
        "adult",
        csv("adult/adult_train.csv", "adult/adult_test.csv"),
        Roles(target="income", task="binary"),
        share=2 / 3,
    ),
    DataSet(
        "bank_marketing",
        csv("bank_marketing/bank-full.csv", separator=";"),
        Roles(target="y", task="binary"),
    ),
    DataSet(
        "telco_churn",
        csv("telco_churn/Telco-Customer-Churn.csv"),
        Roles(["customerID"], target="Churn", task="binary"),
    ),
    DataSet(
        "german_credit",
        csv("german_credit/german.csv"),
        Roles(target="class", task="binary"),
        later=2,
    ),
    DataSet(
        "ai4i2020",
        csv("ai4i2020/ai4i2020.csv"),
        Roles(["UID"], target="Machine failure", task="binary"),
    ),
)


Planted = Iterator[tuple[str, pl.DataFrame]]  # where, and the rows with the defect
Plant = Callable[[DataSet, pl.DataFrame, Period], Planted]
DEFECTS: dict[str, Plant] = {}


def defect(name: str) -> Callable[[Plant], Plant]:
    """Add a defect to the list."""

    def add(plant: Plant) -> Plant:
        DEFECTS[name] = plant
        return plant

    return add


def free_columns(item: DataSet, rows: pl.DataFrame) -> list[pl.Series]:
    """The columns of a period that are neither key nor time, and hold more than one value."""
    fixed = {*item.roles.key, item.roles.time}
    return [column for column in rows if column.name not in fixed and column.n_unique() > 1]


def numbers(item: DataSet, rows: pl.DataFrame) -> list[pl.Series]:
    """Those with numbers, not all but a few of them zero."""
    columns = [column for column in free_columns(item, rows) if column.dtype.is_numeric()]
    return [column for column in columns if (column != 0).mean() > SEEN]


def texts(item: DataSet, rows: pl.DataFrame) -> list[pl.Series]:
    """Those with texts, and the texts of the key."""
    return [column for column in rows.select(cs.string()) if column.n_unique() > 1]


@defect("nulls x10")
def more_nulls(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Ten times as many rows have no value, at least 5 %."""
    for column in free_columns(item, period.rows):
        share = column.null_count() / len(column)
        if share < MANY:
            kept = pl.int_range(pl.len()).shuffle(seed=1) / pl.len() >= min(
                0.95, max(0.05, 10 * share)
            )
            yield column.name, period.rows.with_columns(pl.when(kept).then(pl.col(column.name)))


def scaled(item: DataSet, period: Period, factor: float) -> Planted:
    """Each column of numbers in another unit, one at a time."""
    for column in numbers(item, period.rows):
        values = pl.col(column.name) * factor
        values = values.round() if column.dtype.is_integer() else values
        wide = pl.Int64 if column.dtype.is_integer() else pl.Float64
        yield column.name, period.rows.with_columns(values.cast(wide))


@defect("unit: x1.609")
def miles(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Miles become kilometres."""
    yield from scaled(item, period, 1.609)


@defect("unit: x100")
def cents(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Euros become cents."""
    yield from scaled(item, period, 100)


@defect("sign flip")
def flipped(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """The other sign."""
    yield from scaled(item, period, -1)


@defect("constant column")
def constant(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Each row has the most frequent value."""
    for column in free_columns(item, period.rows):
        value = column.drop_nulls().mode().sort()[0]
        yield column.name, period.rows.with_columns(pl.lit(value, column.dtype).alias(column.name))


@defect("swapped columns")
def swapped(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Two columns of one type that stand beside each other, in each other's place."""
    rows = period.rows
    for kind in (cs.numeric(), cs.string()):
        names = rows.select(kind).columns
        for one, other in pairwise(names):
            differ = rows.select((pl.col(one) != pl.col(other)).mean()).item() or 0
            if differ > SEEN:
                yield (
                    f"{one} and {other}",
                    rows.with_columns(**{one: pl.col(other), other: pl.col(one)}),
                )


@defect("new category")
def category(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """One row in fifty has a value that was never there."""
    some = pl.int_range(pl.len()).shuffle(seed=1) % 50 == 0
    for column in texts(item, period.rows):
        if column.n_unique() <= MOST_LEVELS:
            name = column.name
            yield (
                name,
                period.rows.with_columns(
                    pl.when(some).then(pl.lit("new")).otherwise(name).alias(name)
                ),
            )


@defect("truncated strings")
def truncated(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """Texts are cut off at half the length of the longest."""
    for column in texts(item, period.rows):
        length = max(1, column.str.len_chars().max() // 2)
        if (column.str.len_chars() > length).mean() > SEEN:
            yield column.name, period.rows.with_columns(pl.col(column.name).str.head(length))


def middle_day(item: DataSet, period: Period) -> pl.Expr:
    """The rows of a day in the middle of a period, or one row in thirty that stand together."""
    if item.roles.time is None:
        place = pl.int_range(pl.len())
        return (place >= pl.len() // 2) & (place < pl.len() // 2 + pl.len() // 30)
    day = (period.start + (period.end - period.start) / 2).date()
    return pl.col(item.roles.time).cast(pl.Date) == day


@defect("duplicated day")
def doubled(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """The rows of one day are there twice."""
    yield "a day", pl.concat([period.rows, period.rows.filter(middle_day(item, period))])


@defect("missing day")
def missing(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
    """The rows of one day are not there."""
    if item.roles.time is not None:
        yield "a day", period.rows.filter(~middle_day(item, period))


def shifted(hours: int) -> Plant:
    """A clock that is some hours off."""

    def plant(item: DataSet, table: pl.DataFrame, period: Period) -> Planted:
        """All times of the table are moved before its rows are taken."""
        time = item.roles.time
        if time is not None and isinstance(table.schema[time], pl.Datetime):
            moved = table.with_columns(pl.col(time) + timedelta(hours=hours))
            yield time, item.window(moved, period.start, period.end)

    return plant


for hours in (1, -1, 5, -5):
    DEFECTS[f"clock {hours:+} h"] = shifted(hours)


@dataclass
class Found:
    """What was found of a defect in a data set."""

    planted: int = 0
    by: Counter = field(default_factory=Counter)
    stops: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """As a cell of the table."""
        if not self.planted:
            return ""
        return f"{self.planted - len(self.missed)}/{self.planted}"


Check = tuple[str, str, str]


def failed(rows: pl.DataFrame, suite: Path, period: Period) -> dict[Check, str]:
    """The checks that fail, with their severity."""
    parameters = window_parameters(period.start, period.end)
    verdict = check_table(rows, suite, parameters=parameters)
    return {
        (each["expectation"], each["column"], each["limit"]): f"{each['severity']}: {each['found']}"
        for each in verdict.failed
    }


def short(kind: str) -> str:
    """The kind of an expectation in a word or two."""
    if kind == "expect_column_values_to_be_between":
        return "range"
    for word in (
        "expect_",
        "column_",
        "values_to_",
        "_to_be_between",
        "_to_be_less_than",
        "to_be_",
    ):
        kind = kind.replace(word, "")
    for word, better in (("match_regex", "pattern"), ("be_", ""), ("_expectation", "")):
        kind = kind.replace(word, better)
    return kind.replace("_", " ")


def plant_all(item: DataSet, table: pl.DataFrame, period: Period, suite: Path) -> dict[str, Found]:
    """All defects in a period, one at a time."""
    before = failed(period.rows, suite, period)
    told = {}
    for name, plant in DEFECTS.items():
        told[name] = found = Found()
        for place, rows in plant(item, table, period):
            found.planted += 1
            after = failed(rows, suite, period)
            new = [key for key in after if key not in before]
            found.by.update({short(key[0]) for key in new})
            found.stops += any(after[key].startswith("critical") for key in new)
            if not new:
                found.missed.append(place)
    return told


@dataclass
class Told:
    """What is told of a data set."""

    item: DataSet
    row: list[object]
    alarms: list[str]
    found: dict[str, Found]


def try_out(item: DataSet, data: Path, folder: Path, plant: bool) -> Told:
    """Propose, check the later periods, plant the defects in the first of them."""
    table = item.table(data)
    first, *later = item.periods(table)
    started = time.perf_counter()
    text = propose_suite(first.rows, item.name, item.roles, first.start, first.end, item.every)
    seconds = time.perf_counter() - started
    print(f"{item.name}: proposed in {seconds:.1f} s", file=sys.stderr, flush=True)
    suite = folder / f"{item.name}.json"
    suite.write_text(text, encoding="utf-8")
    alarms = {period.name: failed(period.rows, suite, period) for period in later}
    expectations = len(json.loads(text)["expectations"])
    checks, total = expectations * len(later), sum(map(len, alarms.values()))
    stopped = sum(any("critical" in how for how in each.values()) for each in alarms.values())
    row = [item.name, f"{first.rows.height:,}", expectations, f"{seconds:.1f}", len(later), checks]
    row += [
        len(failed(first.rows, suite, first)),
        f"{total} ({100 * total / checks:.1f} %)",
        stopped,
    ]
    lines = [
        f"{item.name}, {name}: {short(kind)} {column}: {limit[:80]} | {how[:80]}"
        for name, each in alarms.items()
        for (kind, column, limit), how in each.items()
    ]
    return Told(item, row, lines, plant_all(item, table, later[0], suite) if plant else {})


def defect_rows(told: list[Told]) -> Iterator[list[str]]:
    """A row for each defect: in how many columns it was found, by data set, and what found it."""
    for name in DEFECTS:
        by = sum((each.found[name].by for each in told), Counter())
        kinds = ", ".join(kind for kind, _ in by.most_common(4))
        yield [name, *(each.found[name].told for each in told), kinds]


def missed(told: list[Told]) -> Iterator[str]:
    """What was not found."""
    for each in told:
        for name, found in each.found.items():
            if found.missed:
                yield f"{each.item.name}: {name} not found in {', '.join(found.missed)}"


def print_table(head: list[str], rows: Iterator[list[object]] | list[list[object]]) -> None:
    """A table as Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--only", choices=[item.name for item in DATA_SETS], action="append")
    parser.add_argument("--all", action="store_true", help="list false alarms and what was missed")
    parser.add_argument("--clean", action="store_true", help="plant no defects")
    asked = parser.parse_args()
    items = [item for item in DATA_SETS if asked.data or not item.needs_data]
    items = [item for item in items if not asked.only or item.name in asked.only]
    with tempfile.TemporaryDirectory() as name:
        told = [try_out(item, asked.data or Path(), Path(name), not asked.clean) for item in items]
    heads = ["data set", "rows", "expectations", "s", "later periods", "checks", "on itself"]
    print_table([*heads, "false alarms", "periods stopped"], [each.row for each in told])
    if not asked.clean:
        print()
        print_table(["defect", *(each.item.name for each in told), "found by"], defect_rows(told))
    if asked.all:
        print(*["", *(line for each in told for line in each.alarms), "", *missed(told)], sep="\n")


if __name__ == "__main__":
    main()
