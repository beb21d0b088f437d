"""Data gates: what passes, what does not, and what a broken suite says."""

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.io.plugins import register_io_source

from aifactory_nb.data_gate import check_table, read_suite, window_parameters
from aifactory_nb.errors import PipelineError
from aifactory_nb.failing_rows import SHARES_KEY
from aifactory_nb.gate_words import as_it_is
from aifactory_nb.personal import masked
from aifactory_nb.pipeline import Gates

BLUEPRINT = Path(__file__).parents[1] / "templates" / "blueprints" / "flight_delay"
FLIGHTS = BLUEPRINT / "gates" / "flights.json"
MONTHS = [datetime(2013, month, 1) for month in range(1, 13)]


def expectation(kind: str, severity: str | None = None, **arguments) -> dict:
    item = {"type": f"expect_{kind}", "kwargs": arguments}
    return item if severity is None else {**item, "severity": severity}


@pytest.fixture
def gate(tmp_path):
    """Check a frame against expectations, written to a suite file."""

    def check(frame, *expectations, gates=None, together=(), show=as_it_is, **parameters):
        path = tmp_path / "suite.json"
        path.write_text(json.dumps({"name": "suite", "expectations": expectations}))
        return check_table(frame, path, "", parameters, gates, together, show)

    return check


def setting_aside(limit: float = 1.0, **actions: str) -> Gates:
    """Gates that set aside what is critical."""
    return Gates(actions={"critical": "quarantine", **actions}, quarantine_limit=limit)


def reasons(verdict) -> dict[int, list[str]]:
    """The rows that are set aside, with the reasons."""
    return dict(verdict.set_aside.iter_rows())


@pytest.fixture(scope="module")
def flights() -> pl.DataFrame:
    return pl.read_parquet(BLUEPRINT / "data" / "flights.parquet")


@pytest.fixture(scope="module")
def october(flights) -> pl.DataFrame:
    return rows_of(flights, datetime(2013, 10, 1), datetime(2013, 11, 1))


def rows_of(flights: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    return flights.filter(pl.col("scheduled_at").is_between(start, end, closed="left"))


def check_month(frame: pl.DataFrame):
    return check_table(
        frame, FLIGHTS, parameters=window_parameters(datetime(2013, 10, 1), datetime(2013, 11, 1))
    )


@pytest.mark.parametrize("start", MONTHS, ids=lambda start: f"{start:%b}")
def test_every_real_month_passes(flights, start):
    """The defects that the data are known to have do not stop the line."""
    end = (start + timedelta(days=31)).replace(day=1)

    result = check_table(
        rows_of(flights, start, end), FLIGHTS, parameters=window_parameters(start, end)
    )

    assert result.passed, result.summary


def test_the_first_quarter_passes(flights):
    """The window of the first model is longer than those that follow."""
    start, end = datetime(2013, 1, 1), datetime(2013, 4, 1)

    result = check_table(
        rows_of(flights, start, end), FLIGHTS, parameters=window_parameters(start, end)
    )

    assert result.passed
    assert not result.failed


def test_new_destinations_are_a_warning(october):
    """An airport that was never seen is told of, and the line goes on."""
    result = check_month(october)

    (warned,) = result.failed
    assert result.passed
    assert (warned["column"], warned["severity"]) == ("dest", "warning")
    assert "ABQ" in warned["sample"]


def ten_times_the_nulls(column: str):
    def plant(frame: pl.DataFrame) -> pl.DataFrame:
        share = max(10 * frame[column].null_count(), frame.height // 100)
        every = frame.height // share
        return frame.with_columns(
            pl.when(pl.int_range(pl.len()) % every != 0).then(pl.col(column)).alias(column)
        )

    return plant


def shifted(hours: int):
    def plant(frame: pl.DataFrame) -> pl.DataFrame:
        moved = frame.with_columns(pl.col("scheduled_at") + pl.duration(hours=hours))
        return rows_of(moved, datetime(2013, 10, 1), datetime(2013, 11, 1))

    return plant


def a_day_twice(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.filter(pl.col("scheduled_at").dt.day() == 9)])


PLANTED = {
    "nulls in tailnum": ("tailnum", ten_times_the_nulls("tailnum")),
    "nulls in arr_delay": ("arr_delay", ten_times_the_nulls("arr_delay")),
    "nulls in carrier": ("carrier", ten_times_the_nulls("carrier")),
    "nulls in distance": ("distance", ten_times_the_nulls("distance")),
    "one negative distance": (
        "distance",
        lambda frame: frame.with_columns(
            pl.when(pl.int_range(pl.len()) == 7).then(-1).otherwise("distance").alias("distance")
        ),
    ),
    "distance in kilometres": (
        "distance",
        lambda frame: frame.with_columns(pl.col("distance") * 1.609),
    ),
    "delay in hours": ("arr_delay", lambda frame: frame.with_columns(pl.col("arr_delay") / 60)),
    "delay in seconds": ("arr_delay", lambda frame: frame.with_columns(pl.col("arr_delay") * 60)),
    "distance and minutes swapped": (
        "sched_minutes",
        lambda frame: frame.rename({"distance": "sched_minutes", "sched_minutes": "distance"}),
    ),
    "origin and dest swapped": (
        "origin",
        lambda frame: frame.rename({"origin": "dest", "dest": "origin"}),
    ),
    "carrier and tailnum swapped": (
        "carrier",
        lambda frame: frame.rename({"carrier": "tailnum", "tailnum": "carrier"}),
    ),
    "an origin that is not New York": (
        "origin",
        lambda frame: frame.with_columns(
            pl.when(pl.int_range(pl.len()) == 7)
            .then(pl.lit("PHL"))
            .otherwise("origin")
            .alias("origin")
        ),
    ),
    "a day twice": ("scheduled_at, carrier, flight, origin", a_day_twice),
    "a clock in UTC": ("scheduled_at", shifted(4)),
    "a clock one hour ahead": ("scheduled_at", shifted(1)),
    "a clock one hour behind": ("scheduled_at", shifted(-1)),
    "rows of another year": (
        "scheduled_at",
        lambda frame: frame.with_columns(pl.col("scheduled_at").dt.offset_by("1y")),
    ),
    "the last days missing": (
        "scheduled_at",
        lambda frame: frame.filter(pl.col("scheduled_at").dt.day() < 29),
    ),
    "half of the rows missing": ("", lambda frame: frame.filter(pl.int_range(pl.len()) % 2 == 0)),
    "numbers as text": (
        "distance",
        lambda frame: frame.with_columns(pl.col("distance").cast(pl.String)),
    ),
    "a column missing": ("sched_minutes", lambda frame: frame.drop("sched_minutes")),
    "an empty month": ("", lambda frame: frame.clear()),
}


@pytest.mark.parametrize(("column", "plant"), PLANTED.values(), ids=PLANTED)
def test_planted_defects_close_the_gate(october, column, plant):
    """Each defect is caught, and a critical check on the spoilt column says so."""
    result = check_month(plant(october))

    assert not result.passed
    assert column in {row["column"] for row in result.failed if row["severity"] == "critical"}


def test_checks_come_in_the_order_of_the_suite(october):
    """A reader finds the rows where the file has them."""
    kinds = [item["type"] for item in json.loads(FLIGHTS.read_text())["expectations"]]

    assert [row["expectation"] for row in check_month(october).checks] == kinds


def test_a_verdict_of_the_gate_is_plain_json(gate):
    """Also where Great Expectations answers with booleans and numbers of numpy."""
    quantiles = {"quantiles": [0.5], "value_ranges": [[1, 3]]}
    frame = pl.DataFrame(
        {"a": [1, 2, None], "b": ["x", None, "y"], "c": [datetime(2013, 1, 1)] * 3}
    )

    result = gate(
        frame,
        expectation("column_quantile_values_to_be_between", column="a", quantile_ranges=quantiles),
        expectation("column_max_to_be_between", column="a", min_value=1),
        expectation("column_values_to_be_in_set", column="a", value_set=[7]),
        expectation("compound_columns_to_be_unique", column_list=["b", "c"]),
        expectation("column_min_to_be_between", column="c", min_value="2013-01-01"),
    )

    assert json.loads(json.dumps(result.checks)) == result.checks
    assert [row["passed"] for row in result.checks] == [True, True, False, True, True]


def counted(frame: pl.DataFrame, reads: list) -> pl.LazyFrame:
    """A lazy frame that tells when it is read, and which columns."""

    def read(with_columns, predicate, n_rows, batch_size):
        reads.append(with_columns or frame.columns)
        found = frame if with_columns is None else frame.select(with_columns)
        found = found if n_rows is None else found.head(n_rows)
        yield found if predicate is None else found.filter(predicate)

    return register_io_source(read, schema=frame.schema)


def test_a_suite_reads_its_table_once_and_only_its_columns(gate):
    """A lazy frame goes in as it is, and all checks share one pass."""
    reads: list = []
    lazy = counted(pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "unread": [0, 0]}), reads)

    result = gate(
        lazy,
        expectation("column_values_to_not_be_null", column="b"),
        expectation("column_values_to_be_between", column="a", min_value=1),
        expectation("column_max_to_be_between", column="b", min_value=0),
        expectation("table_row_count_to_equal", value=2),
    )

    assert result.passed, result.checks
    assert [sorted(columns) for columns in reads] == [["a", "b"]]


def test_a_table_that_cannot_be_read_closes_the_gate(gate, tmp_path):
    """The message says what polars says, and no check counts as made."""
    path = tmp_path / "half.parquet"
    pl.DataFrame({"a": range(1000)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:200])

    result = gate(pl.scan_parquet(path), expectation("column_values_to_be_unique", column="a"))

    assert not result.passed
    assert "parquet" in result.checks[0]["found"]


def test_a_count_of_rows_needs_no_column(gate):
    """A suite that names no column still counts the rows."""
    frame = pl.DataFrame({"a": [1, 2, 3]})

    assert gate(frame, expectation("table_row_count_to_equal", value=3)).passed
    assert not gate(frame, expectation("table_row_count_to_equal", value=4)).passed


def test_whole_numbers_stay_whole_beside_missing_values(gate):
    """Large identifiers that differ by one are not rounded into duplicates."""
    frame = pl.DataFrame({"id": [2**53, 2**53 + 1, None]})

    assert gate(frame, expectation("column_values_to_be_unique", column="id")).passed


@pytest.mark.parametrize(
    "dtype", [pl.Categorical, pl.Enum(["EWR", "JFK", "PHL"]), pl.String], ids=str
)
def test_categories_are_text(gate, dtype):
    """A column of categories is checked by its names."""
    frame = pl.DataFrame({"origin": pl.Series(["EWR", "JFK", "PHL", None], dtype=dtype)})

    result = gate(
        frame, expectation("column_values_to_be_in_set", column="origin", value_set=["EWR", "JFK"])
    )

    assert result.checks[0]["sample"] == ["PHL"]
    assert result.checks[0]["share_unexpected"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([date(2013, 1, 1), date(2013, 2, 1)]),
        pl.Series([datetime(2013, 1, 1), datetime(2013, 2, 1)]),
        pl.Series([datetime(2013, 1, 1), datetime(2013, 2, 1)]).dt.replace_time_zone(
            "Europe/Berlin"
        ),
    ],
    ids=["days", "moments", "moments with a zone"],
)
def test_a_bare_day_bounds_days_and_moments(gate, values):
    """A suite may say 2013-02-01 of any column of times."""
    within = expectation(
        "column_values_to_be_between", column="at", min_value="2013-01-01", max_value="2013-01-31"
    )

    result = gate(pl.DataFrame({"at": values}), within)

    assert result.checks[0]["found"] == "1 of 2 rows unexpected"


def test_a_missing_column_closes_the_gate_whatever_its_severity(gate):
    """A check that could not be made is not a warning."""
    result = gate(
        pl.DataFrame({"tailnum": ["N1"]}),
        expectation("column_values_to_not_be_null", "info", column="tail"),
    )

    assert not result.passed
    assert result.checks[0]["found"] == "not checked: no column 'tail'. Did you mean 'tailnum'?"


def test_a_wrong_type_closes_the_gate(gate):
    """Text where a number was expected is a check that could not be made."""
    result = gate(
        pl.DataFrame({"distance": ["far"]}),
        expectation("column_values_to_be_between", "warning", column="distance", min_value=1),
    )

    assert not result.passed
    assert result.checks[0]["found"].startswith("not checked: ")


def test_one_broken_check_leaves_the_others(gate):
    """A regular expression that is none does not hide what the other checks found."""
    result = gate(
        pl.DataFrame({"a": ["x"]}),
        expectation("column_values_to_match_regex", column="a", regex="["),
        expectation("column_values_to_be_in_set", column="a", value_set=["x"]),
    )

    assert [row["passed"] for row in result.checks] == [False, True]


@pytest.mark.parametrize(
    "frame",
    [pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}), pl.DataFrame()],
    ids=["rows", "columns"],
)
def test_an_empty_table_is_not_passed(gate, frame):
    """Nothing is wrong with rows that are not there, and yet the gate stays closed."""
    result = gate(frame, expectation("column_values_to_not_be_null", column="a"))

    assert not result.passed
    assert result.checks[0]["found"] == "no rows"


def test_nothing_is_printed(gate, capfd):
    """No progress bar, no log line, no traceback: the verdict says it all."""
    gate(
        pl.DataFrame({"a": ["x"]}),
        expectation("column_values_to_match_regex", column="a", regex="["),
    )

    assert capfd.readouterr() == ("", "")


NUMBERS = pl.DataFrame(
    {
        "order": [1, 2, 3, 4, 5, 5],
        "price": [5.0, -1.0, None, float("nan"), 7.0, -3.0],
        "kind": ["a", "b", "a", "z", "a", "a"],
    }
)
POSITIVE = expectation("column_values_to_be_between", column="price", min_value=0)
KNOWN = expectation("column_values_to_be_in_set", column="kind", value_set=["a", "b"])
UNIQUE = expectation("column_values_to_be_unique", column="order")
POSITIVE_REASON = "price: values to be between, at least 0"


def test_a_row_is_set_aside_with_all_its_reasons(gate):
    """Each row once, with what it failed in the order of the suite."""
    verdict = gate(NUMBERS, POSITIVE, UNIQUE, KNOWN, gates=setting_aside())

    assert verdict.passed
    assert reasons(verdict) == {
        1: [POSITIVE_REASON],
        3: ["kind: values to be in set, value set a, b"],
        4: ["order: values to be unique"],
        5: [POSITIVE_REASON, "order: values to be unique"],
    }


@pytest.mark.parametrize("lazy", [False, True])
def test_a_lazy_table_gives_the_same_rows(gate, lazy, tmp_path):
    """Row numbers hold for scanned files too."""
    NUMBERS.write_parquet(tmp_path / "numbers.parquet")
    frame = pl.scan_parquet(tmp_path / "numbers.parquet") if lazy else NUMBERS

    assert list(reasons(gate(frame, POSITIVE, gates=setting_aside()))) == [1, 5]


def test_a_row_condition_says_which_rows_can_fail(gate):
    """Rows that an expectation is not about are never set aside by it, also where rows are compared."""
    only = {"row_condition": 'col("kind") == "a"', "condition_parser": "great_expectations"}
    below = {**POSITIVE, "kwargs": {**POSITIVE["kwargs"], **only}}
    unique = {**UNIQUE, "kwargs": {**UNIQUE["kwargs"], **only}}

    verdict = gate(NUMBERS, below, unique, gates=setting_aside())

    assert {row: len(told) for row, told in reasons(verdict).items()} == {4: 1, 5: 2}


def test_rows_within_mostly_stay(gate):
    """An expectation that is met sets no row aside; one that is not sets aside all rows that fail it."""
    rare = expectation("column_values_to_be_between", column="order", min_value=2, mostly=0.8)

    verdict = gate(NUMBERS, rare, POSITIVE, gates=setting_aside())

    assert list(reasons(verdict)) == [1, 5]


def test_rows_of_one_key_share_their_fate(gate):
    """What is left can be told from what was set aside by its key alone."""
    verdict = gate(NUMBERS, POSITIVE, gates=setting_aside(), together=["order"])

    assert reasons(verdict) == {1: [POSITIVE_REASON], 4: [SHARES_KEY], 5: [POSITIVE_REASON]}
    assert verdict.checks[-1]["found"] == "3 of 6 rows"


def test_a_missing_key_is_a_key(gate):
    """Rows without a key are one another's."""
    frame = pl.DataFrame({"order": [None, None, 3], "price": [-1, 2, 3]})

    verdict = gate(frame, POSITIVE, gates=setting_aside(), together=["order"])

    assert list(reasons(verdict)) == [0, 1]


def test_columns_may_be_called_like_ours(gate):
    """A table may have a column `row` or `reasons`, also as its key."""
    frame = pl.DataFrame({"row": [7, 7, 8], "reasons": ["a"] * 3, "price": [-1, 2, 3]})

    verdict = gate(frame, POSITIVE, gates=setting_aside(), together=["row", "reasons"])

    assert list(reasons(verdict)) == [0, 1]


def test_too_many_rows_block(gate):
    """The reasons are not even worked out when one expectation alone has too many."""
    verdict = gate(NUMBERS, POSITIVE, gates=setting_aside(limit=0.2))
    check = verdict.checks[-1]

    assert not verdict.passed and verdict.set_aside.is_empty()
    assert check["found"] == "at least 2 of 6 rows"
    assert (check["limit"], check["action"]) == ("at most 20 % of rows", "block")


def test_many_small_faults_are_too_many_together(gate):
    """The limit is about rows, not about expectations."""
    verdict = gate(NUMBERS, POSITIVE, KNOWN, gates=setting_aside(limit=0.4))

    assert not verdict.passed
    assert verdict.checks[-1]["found"] == "3 of 6 rows"


def test_nothing_is_set_aside_when_the_line_stops(gate):
    """Another check that blocks leaves all rows where they are."""
    few = expectation("table_row_count_to_equal", "warning", value=7)

    verdict = gate(NUMBERS, POSITIVE, few, gates=setting_aside(warning="block"))

    assert not verdict.passed and verdict.set_aside.is_empty()
    assert verdict.checks[0]["found"] == "2 of 6 rows unexpected"


@pytest.mark.parametrize(
    "about_table",
    [
        expectation("column_mean_to_be_between", column="price", min_value=100),
        expectation("table_row_count_to_equal", value=7),
        expectation("column_distinct_values_to_be_in_set", column="kind", value_set=["a"]),
    ],
    ids=lambda item: item["type"],
)
def test_what_is_not_about_rows_blocks(gate, about_table):
    """No row is to blame for a mean; the verdict says why it stops the line."""
    verdict = gate(NUMBERS, about_table, gates=setting_aside())

    assert not verdict.passed
    assert verdict.checks[0]["action"] == "block"
    assert "not about single rows" in verdict.checks[0]["found"]


def test_a_check_that_was_not_made_blocks_whatever_the_actions_say(gate):
    """With every action at warn, a missing column still closes the gate."""
    warns = Gates(actions={"critical": "warn"})

    verdict = gate(NUMBERS, expectation("column_values_to_not_be_null", column="x"), gates=warns)

    assert not verdict.passed
    assert gate(NUMBERS, POSITIVE, gates=warns).passed


def test_the_first_bad_rows_are_shown_whatever_follows(gate):
    """Also of checks that warn or block."""
    verdict = gate(NUMBERS, POSITIVE, {**KNOWN, "severity": "warning"})

    assert dict(verdict.examples.iter_rows()) == {
        1: [POSITIVE_REASON],
        5: [POSITIVE_REASON],
        3: ["kind: values to be in set, value set a, b"],
    }
    assert verdict.failed_columns == ["price", "kind"]


def test_personal_data_are_hidden_in_the_verdict(gate):
    """Neither the sample nor the library's result shows an address."""
    people = pl.DataFrame({"contact": ["ann@example.org", "bob@example.org"]})
    known = expectation("column_values_to_be_in_set", column="contact", value_set=["x@example.org"])

    verdict = gate(people, known, show=masked)

    assert verdict.checks[0]["sample"] == ["a••@•••••••.•••", "b••@•••••••.•••"]
    assert "bob" not in json.dumps(verdict.validation.results[1].to_json_dict())


def test_the_window_fills_in_parameters(gate):
    """Bounds are reckoned from the window of the run."""
    parameters = window_parameters(datetime(2013, 2, 1), datetime(2013, 3, 1))
    rows = expectation("table_row_count_to_be_between", min_value={"$PARAMETER": "days * 2"})

    result = gate(pl.DataFrame({"a": range(55)}), rows, **parameters)

    assert result.checks[0]["limit"] == "at least 56"
    assert not result.passed


def test_an_unknown_parameter_is_an_error_of_the_suite(gate):
    """The message names the parameter and those that there are."""
    rows = expectation("table_row_count_to_be_between", min_value={"$PARAMETER": "day"})

    with pytest.raises(PipelineError, match="day.*Parameters of this run: days, end"):
        gate(pl.DataFrame({"a": [1]}), rows, days=1, end=2)


def test_without_a_window_there_are_no_parameters():
    """A pipeline without a time column has no window."""
    assert window_parameters(None, None) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a suite"),
        ('{"name": "x", "expectation": []}', "not a suite"),
        ('{"name": "x", "expectations": [], "meta": {}}', "holds no expectations"),
        ('{"nam": "x", "expectations": [{}]}', "unknown key 'nam'. Did you mean 'name'"),
    ],
)
def test_a_file_that_is_no_suite_is_an_error(tmp_path, content, message):
    """Before any row is looked at."""
    path = tmp_path / "suite.json"
    path.write_text(content)

    with pytest.raises(PipelineError, match=message):
        read_suite(path)


def test_a_suite_that_is_not_there_is_an_error(tmp_path):
    """The message tells where the name of the file comes from."""
    with pytest.raises(PipelineError, match=r"No gate suite .*gates.data"):
        read_suite(tmp_path / "flights.json")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("expect_column_to_exist", "expected an object with 'type'"),
        (
            expectation("column_values_to_be_betwen", column="a"),
            "Did you mean 'expect_column_values_to_be_between'",
        ),
        (
            expectation("column_values_to_not_be_null", colum="a"),
            "colum: unknown argument. Did you mean 'column'",
        ),
        (expectation("column_values_to_not_be_null", column="a", mostly=2), "mostly: .*found 2"),
        (
            expectation("column_values_to_not_be_null", "fatal", column="a"),
            "'fatal'. Must be one of: critical",
        ),
        (
            expectation("column_values_to_be_between", column="a"),
            "min_value and max_value cannot both be None",
        ),
        (
            {**expectation("column_to_exist", column="a"), "severty": "info"},
            "Did you mean 'severity'",
        ),
        ({"type": "expect_column_to_exist", "kwargs": ["a"]}, "kwargs must be an object"),
    ],
)
def test_an_expectation_that_cannot_be_built_is_an_error(tmp_path, item, message):
    """Great Expectations would leave it out; here the suite is refused, with the place and a cure."""
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"name": "x", "expectations": [item]}))

    with pytest.raises(PipelineError, match=message):
        read_suite(path)


def test_all_problems_of_a_suite_are_reported_at_once(tmp_path):
    """One round of mending is enough."""
    items = [
        expectation("nonsense"),
        expectation("column_to_exist", column="a"),
        expectation("column_to_exist"),
    ]
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"name": "x", "expectations": items}))

    with pytest.raises(PipelineError) as caught:
        read_suite(path)

    assert "1. expect_nonsense" in str(caught.value)
    assert "3. expect_column_to_exist: column: field required" in str(caught.value)
    assert "  - 2." not in str(caught.value)


def test_great_expectations_itself_reads_and_writes_the_suite(tmp_path, october):
    """A user of the library opens the file, saves it, and the factory reads what was saved."""
    import great_expectations

    context = great_expectations.get_context(mode="file", project_root_dir=tmp_path)
    stored = tmp_path / "gx" / "expectations" / "flights.json"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(FLIGHTS.read_text())
    context.suites.get("flights").save()

    result = check_table(
        october, stored, parameters=window_parameters(datetime(2013, 10, 1), datetime(2013, 11, 1))
    )

    assert "id" in json.loads(stored.read_text())["expectations"][0]
    assert [row["limit"] for row in result.checks] == [
        row["limit"] for row in check_month(october).checks
    ]


def test_the_library_is_loaded_light_and_silent():
    """No telemetry, and no modules for drawing and web addresses; what asks for them later gets the real ones."""
    program = """
import os
import sys
from aifactory_nb.data_gate import load_library
assert not {"great_expectations", "pandas", "pyarrow"} & set(sys.modules)
load_library()
assert not {"altair", "scipy.stats", "rfc3987_syntax", "posthog"} & set(sys.modules)
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as late
assert late.stats.entropy([0.5, 0.5]) > 0
import scipy.stats
assert scipy.stats.entropy is late.stats.entropy
"""
    environment = {key: value for key, value in os.environ.items() if key != "GX_ANALYTICS_ENABLED"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
