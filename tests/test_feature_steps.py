from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aifactory_nb.errors import DataError
from aifactory_nb.feature_steps import (
    AT,
    FEATURE_STEPS,
    Calendar,
    Derive,
    FeatureStep,
    History,
    Latest,
    Lookup,
    StepInputs,
    feature_step,
    parse_span,
)

NEW_YEAR = datetime(2013, 1, 1)


def at(minutes):
    return NEW_YEAR + timedelta(minutes=minutes)


def known_labels(events):
    """Events as history steps get them: oldest first."""
    schema = {
        "known_at": pl.Datetime("us"),
        "label": pl.Float64,
        "carrier": pl.String,
        "dest": pl.String,
    }
    rows = [(at(minutes), label, carrier, dest) for minutes, label, carrier, dest in events]
    return StepInputs(events=pl.LazyFrame(rows, schema=schema, orient="row").sort("known_at"))


def rows_to_predict(rows):
    schema = {AT: pl.Datetime("us"), "carrier": pl.String, "dest": pl.String}
    frame = [(at(minutes), carrier, dest) for minutes, carrier, dest in rows]
    return pl.LazyFrame(frame, schema=schema, orient="row").sort(AT, maintain_order=True)


def history_by_hand(rows, events, by, window):
    """The definition of history: look at all events for each row."""
    means, counts = [], []
    for moment, *group in sorted(rows, key=lambda row: row[0]):
        group = group[: len(by)]
        labels = [
            label
            for known, label, *others in events
            if moment - window < known <= moment and others[: len(by)] == group
        ]
        grouped = None not in group
        counts.append(len(labels) if grouped else None)
        means.append(sum(labels) / len(labels) if grouped and labels else None)
    return means, counts


groups = st.sampled_from(["UA", "DL", None])
minutes = st.integers(0, 60)  # few values, so that equal times are common
random_events = st.lists(st.tuples(minutes, st.sampled_from([0.0, 1.0]), groups, groups))
random_rows = st.lists(st.tuples(minutes, groups, groups), min_size=1)


@settings(max_examples=150, deadline=None)
@given(random_rows, random_events, st.sampled_from([[], ["carrier"], ["carrier", "dest"]]))
def test_history_equals_its_definition(rows, events, by):
    """History by running sums equals a look at every event, with ties, nulls and unknown groups."""
    step = History(kind="history", by=by, windows=["7m", "30m"], count=True)

    built = step.apply(rows_to_predict(rows), known_labels(events)).collect()

    for window in (7, 30):
        means, counts = history_by_hand(rows, events, by, window)
        assert built[step.mean_name(f"{window}m")].to_list() == means
        assert built[f"{step.mean_name(f'{window}m')}_count"].to_list() == counts


def test_history_counts_all_labels_of_one_moment():
    """Labels that become known at the moment of prediction all count."""
    events = known_labels([(5, 1.0, "UA", "ORD"), (5, 0.0, "UA", "ORD"), (5, 1.0, "UA", "ORD")])
    step = History(kind="history", by=["carrier"], windows=["1h"], count=True)

    built = step.apply(rows_to_predict([(5, "UA", "ORD")]), events).collect()

    assert built["history_carrier_1h_count"].to_list() == [3]
    assert built["history_carrier_1h"].to_list() == [2 / 3]


def test_history_leaves_out_the_start_of_its_window():
    """A label that is exactly one window old no longer counts."""
    events = known_labels([(0, 1.0, "UA", "ORD")])
    step = History(kind="history", windows=["1h"])

    built = step.apply(rows_to_predict([(59, "UA", "ORD"), (60, "UA", "ORD")]), events).collect()

    assert built["history_all_1h"].to_list() == [1.0, None]


def test_history_of_an_outcome():
    """History can take the mean of an outcome column of earlier rows."""
    inputs = known_labels([(0, 1.0, "UA", "ORD"), (1, 0.0, "UA", "ORD")])
    inputs = StepInputs(events=inputs.events.with_columns(delay=pl.Series([40, 10])))
    step = History(kind="history", windows=["1h"], of="delay", name="delay")

    built = step.apply(rows_to_predict([(2, "UA", "ORD")]), inputs).collect()

    assert built["delay_all_1h"].to_list() == [25.0]


def test_latest_takes_what_was_known_at_the_prediction():
    """Of a side table the last row at or before the moment of prediction counts."""
    weather = pl.LazyFrame({"seen": [at(0), at(60)], "dest": ["ORD", "ORD"], "temp": [1.0, 2.0]})
    step = Latest(kind="latest", table="weather", by=["dest"], time="seen", columns=["temp"])
    rows = rows_to_predict([(59, "UA", "ORD"), (60, "UA", "ORD"), (61, "UA", "LAX")])

    built = step.apply(rows, StepInputs({"weather": weather})).collect()

    assert built["temp"].to_list() == [1.0, 2.0, None]


def test_latest_drops_what_is_too_old():
    """A row exactly as old as max_age counts, an older one does not."""
    weather = pl.LazyFrame({"seen": [at(0)], "temp": [1.0]})
    step = Latest(kind="latest", table="weather", time="seen", columns=["temp"], max_age="1h")
    rows = rows_to_predict([(60, "UA", "ORD"), (61, "UA", "ORD")])

    built = step.apply(rows, StepInputs({"weather": weather})).collect()

    assert built["temp"].to_list() == [1.0, None]


def test_latest_takes_the_last_of_equal_times():
    """Of rows with the same time the last in the side table counts."""
    weather = pl.LazyFrame({"seen": [at(0), at(0)], "temp": [1.0, 2.0]})
    step = Latest(kind="latest", table="weather", time="seen", columns=["temp"])

    built = step.apply(rows_to_predict([(5, "UA", "ORD")]), StepInputs({"weather": weather}))

    assert built.collect()["temp"].to_list() == [2.0]


def test_lookup_keeps_rows_without_a_match():
    """Rows that match nothing, and rows with a null key, get nulls; the order stays."""
    seats = pl.LazyFrame({"carrier": ["DL", "UA", None], "seats": [100, 200, 300]})
    step = Lookup(
        kind="lookup", table="seats", on=["carrier"], columns=["seats"], rename={"seats": "size"}
    )
    rows = rows_to_predict([(0, "UA", "ORD"), (1, "AA", "ORD"), (2, None, "ORD"), (3, "DL", "ORD")])

    built = step.apply(rows, StepInputs({"seats": seats})).collect()

    assert built["size"].to_list() == [200, None, None, 100]


def test_lookup_refuses_a_doubled_key():
    """A key that stands twice in the side table is an error that shows it."""
    seats = pl.LazyFrame({"carrier": ["UA", "UA"], "seats": [100, 200]})
    step = Lookup(kind="lookup", table="seats", on=["carrier"], columns=["seats"])

    with pytest.raises(DataError, match="'seats' has 1 keys more than once.*'UA'"):
        step.apply(rows_to_predict([(0, "UA", "ORD")]), StepInputs({"seats": seats}))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("minute_of_day", 1439),
        ("hour", 23),
        ("weekday", 7),
        ("weekend", True),
        ("day_of_month", 29),
        ("day_of_year", 363),
        ("week", 52),
        ("month", 12),
        ("quarter", 4),
        ("year", 2013),
    ],
)
def test_calendar_parts(part, expected):
    """Each calendar part of the last Sunday of 2013, one minute before midnight."""
    rows = pl.LazyFrame({"at": [datetime(2013, 12, 29, 23, 59)]})
    step = Calendar(kind="calendar", parts=[part], prefix="to_")

    built = step.apply(rows, StepInputs(time="at")).collect()

    assert built[f"to_{part}"].to_list() == [expected]


@pytest.mark.parametrize(
    "sql",
    [
        "origin || '-' || dest",
        "2013 - built",
        "ROUND(ABS(a) / 60, 1)",
        "CASE WHEN a > 1 THEN 'x' ELSE UPPER(b) END",
        "CAST(a AS VARCHAR)",
        "a IN (1, 2) AND b BETWEEN 1 AND 3 OR NOT c",
        "COALESCE(a, GREATEST(b, c), 0)",
        "EXTRACT(hour FROM at)",
        "SUBSTR(a, 1, 2)",
        "a IS NULL",
        "LN(a) + SQRT(b) + SIN(c) + POW(d, 2) + EXP(e)",
        "NULLIF(a, b)",
        "a LIKE 'x%'",
    ],
)
def test_derive_accepts_operations_within_a_row(sql):
    """Arithmetic, conditions, text and time functions stay within their row."""
    assert Derive(kind="derive", name="x", sql=sql).makes() == ["x"]


@pytest.mark.parametrize(
    "sql",
    [
        "a - AVG(a)",
        "a / SUM(a) OVER (PARTITION BY b)",
        "LAG(a) OVER (ORDER BY b)",
        "LEAD(a) OVER (ORDER BY b)",
        "FIRST_VALUE(a) OVER (ORDER BY b)",
        "ROW_NUMBER() OVER (ORDER BY a)",
        "RANK() OVER (ORDER BY a)",
        "NTILE(4) OVER (ORDER BY a)",
        "MAX(a)",
        "MEDIAN(a)",
        "QUANTILE_CONT(a, 0.5)",
        "COUNT(*)",
        "COUNT(DISTINCT a)",
        "CORR(a, b)",
        "SUM(a) FILTER (WHERE b > 1)",
        "ARRAY_AGG(a)",
        "UNNEST(a)",
        "CASE WHEN a > 1 THEN b ELSE MIN(b) END",
    ],
)
def test_derive_refuses_to_look_beyond_its_row(sql):
    """Aggregates, windows and neighbouring rows would bring in what is known later."""
    with pytest.raises(ValidationError, match="looks beyond its row"):
        Derive(kind="derive", name="x", sql=sql)


@pytest.mark.parametrize("sql", ["NOW() > at", "CURRENT_DATE", "current_timestamp"])
def test_derive_refuses_the_clock(sql):
    """The time of day at which a stage happens to run is no feature."""
    with pytest.raises(ValidationError, match="reads the clock"):
        Derive(kind="derive", name="x", sql=sql)


def test_derive_refuses_invalid_sql():
    """An expression that cannot be parsed is an error of the recipe."""
    with pytest.raises(ValidationError, match="not a valid polars SQL expression"):
        Derive(kind="derive", name="x", sql="a +")


@pytest.mark.parametrize("text", ["", "3", "h", "3 h", "1mo", "-1d", "1.5h", "9999999d"])
def test_a_span_has_a_number_and_a_unit(text):
    """Anything but digits and one of m, h, d, w is refused."""
    with pytest.raises(ValueError, match="expected a span such as"):
        parse_span(text)


def test_a_window_is_longer_than_nothing():
    """A window without length would hold no labels."""
    with pytest.raises(ValidationError, match="longer than nothing"):
        History(kind="history", windows=["0h"])


def test_rename_names_a_column_that_is_taken():
    """A slip in rename is found when the recipe is read."""
    with pytest.raises(ValidationError, match="Did you mean 'seats'"):
        Lookup(kind="lookup", table="t", on=["a"], columns=["seats"], rename={"seat": "size"})


def test_a_step_is_added_by_its_decorator(monkeypatch):
    """A class with the decorator is all that a new kind of step needs."""
    monkeypatch.setattr("aifactory_nb.feature_steps.FEATURE_STEPS", dict(FEATURE_STEPS))

    @feature_step("constant")
    class Constant(FeatureStep):
        value: int

    from aifactory_nb import feature_steps

    assert feature_steps.FEATURE_STEPS["constant"] is Constant
