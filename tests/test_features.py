import random
from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.features import FeatureRecipe, build_features
from aifactory_nb.pipeline import Data, Target

DATA = Data(key=["flight", "at"], time="at", segment="origin")
TARGET = Target(
    column="late",
    task="binary",
    expression="delay >= 15",
    known_at="at + INTERVAL '1 minute' * (60 + delay)",
    outcomes=["delay"],
)
STEPS = [
    {"kind": "columns", "columns": ["carrier", "origin"]},
    {"kind": "calendar", "parts": ["minute_of_day", "weekend"]},
    {"kind": "lookup", "table": "planes", "on": ["tailnum"], "columns": ["seats"]},
    {
        "kind": "latest",
        "table": "weather",
        "by": ["origin"],
        "time": "seen",
        "columns": ["temp"],
        "max_age": "3h",
    },
    {"kind": "history", "by": ["carrier"], "windows": ["6h", "7d"], "count": True},
    {"kind": "history", "by": ["origin", "carrier"], "windows": ["1d"], "of": "delay", "name": "d"},
    {"kind": "history", "windows": ["3h"]},
    {"kind": "derive", "name": "warm", "sql": "temp > 10 AND carrier = 'UA'"},
]
RECIPE = FeatureRecipe.from_section({"lead": "1h", "steps": STEPS})


def make_flights(rows, seed, days=90):
    """Flights from January 2013 on, some of them cancelled or without a tail number."""
    chance = random.Random(seed)
    first = datetime(2013, 1, 1)
    return pl.DataFrame(
        [
            {
                "at": first + timedelta(minutes=chance.randrange(days * 24 * 12) * 5),
                "flight": number,
                "carrier": chance.choice(["UA", "DL", "AA"]),
                "origin": chance.choice(["EWR", "JFK"]),
                "tailnum": chance.choice(["N1", "N2", "N3", None]),
                "delay": chance.choice([None, *range(-20, 120, 5)]),
            }
            for number in range(rows)
        ]
    )


def make_labels(flights):
    return flights.filter(pl.col("delay").is_not_null()).select(
        "flight",
        "at",
        label=(pl.col("delay") >= 15).cast(pl.Float64),
        known_at=pl.col("at") + pl.duration(minutes=60 + pl.col("delay")),
    )


def make_tables(seed=0):
    chance = random.Random(seed)
    hours = [datetime(2013, 1, 1) + timedelta(hours=hour) for hour in range(0, 90 * 24, 2)]
    seen = {"seen": hours, "origin": ["EWR"] * len(hours)}
    weather = pl.LazyFrame({**seen, "temp": [chance.uniform(-10, 30) for _ in hours]})
    planes = pl.LazyFrame({"tailnum": ["N1", "N2"], "seats": [50, 150]})
    return {"weather": weather, "planes": planes}


FLIGHTS = make_flights(600, seed=1)


def build(flights=FLIGHTS, labels=None, recipe=RECIPE, start=None, end=None, **changed):
    labels = make_labels(flights) if labels is None else labels
    known = {"data": DATA, "target": TARGET, "tables": make_tables(), **changed}
    return build_features(
        flights.lazy(), labels.lazy(), recipe=recipe, start=start, end=end, **known
    )


def test_one_go_equals_month_by_month():
    """Features of three months in one go have the same bits as features of each month."""
    months = [datetime(2013, month, 1) for month in (1, 2, 3, 4)]

    whole = build(start=months[0], end=months[3])
    parts = [build(start=start, end=end) for start, end in pairwise(months)]

    assert whole.equals(pl.concat(parts))


def test_one_go_equals_month_by_month_for_amounts():
    """The same holds for a regression, whose sums are not whole numbers."""
    labels = make_labels(FLIGHTS).with_columns(
        label=pl.Series(
            [random.Random(2).gauss(0, 1e3) for _ in range(make_labels(FLIGHTS).height)]
        )
    )
    months = [datetime(2013, month, 1) for month in (1, 2, 3, 4)]

    whole = build(labels=labels)
    parts = [build(labels=labels, start=start, end=end) for start, end in pairwise(months)]

    assert whole.equals(pl.concat(parts))


def test_scoring_knows_only_past_labels():
    """Built when a month has just ended, from the labels known by then, features are the same as later."""
    start, end = datetime(2013, 2, 1), datetime(2013, 3, 1)
    known = make_labels(FLIGHTS).filter(pl.col("known_at") < end)
    arrived = FLIGHTS.filter(pl.col("at") < end)

    then = build(arrived, labels=known, start=start, end=end)

    assert then.equals(build(start=start, end=end))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 47))
def test_the_future_changes_nothing(seed, hours):
    """Whatever rows, labels and observations come later, the features of a row stay as they are."""
    flights = make_flights(100, seed, days=2)
    now = datetime(2013, 1, 1) + timedelta(hours=hours)
    before = pl.col("at") - timedelta(hours=1) <= now
    past_tables = make_tables()
    past_tables["weather"] = past_tables["weather"].filter(pl.col("seen") <= now)

    known = build(
        flights.filter(before),
        labels=make_labels(flights).filter(pl.col("known_at") <= now),
        tables=past_tables,
    )

    assert known.equals(build(flights).filter(before))


def test_the_lead_keeps_out_what_is_known_too_late():
    """A label that becomes known between the prediction and the row's time does not count."""
    flights = pl.DataFrame(
        {
            "flight": [1, 2, 3],
            "at": [datetime(2013, 1, 1, hour, minute) for hour, minute in [(6, 0), (8, 0), (8, 1)]],
            "carrier": ["UA"] * 3,
            "origin": ["EWR"] * 3,
            "tailnum": [None] * 3,
            "delay": [0, None, None],
        },
        schema_overrides={"tailnum": pl.String},
    )

    at_once = build(flights, recipe=FeatureRecipe(steps=RECIPE.steps[6:7]))
    ahead = build(flights, recipe=FeatureRecipe(lead="61m", steps=RECIPE.steps[6:7]))

    assert at_once["history_all_3h"].to_list() == [None, 0.0, 0.0]
    assert ahead["history_all_3h"].to_list() == [None, None, 0.0]


def test_order_of_input_does_not_matter():
    """Rows and labels in any order give the same bits in the same order, with many equal times."""
    flights = make_flights(600, seed=1, days=1)
    labels = make_labels(flights).with_columns(label=pl.col("label") + pl.col("flight") / 7)
    shuffled = flights.sample(fraction=1, shuffle=True, seed=3)

    built = build(shuffled, labels=labels.sample(fraction=1, shuffle=True, seed=4))

    assert built.equals(build(flights, labels=labels))


def test_rows_are_sorted_by_time_and_key():
    """The result is ordered by time, then by key, whatever the input."""
    built = build()

    assert built.equals(built.sort("at", "flight"))
    assert built.columns[:3] == ["flight", "at", "origin"]
    assert built.columns[3:] == [name for name in RECIPE.feature_names if name != "origin"]


def test_features_have_four_types():
    """Features are Float64, Int64, Boolean or String."""
    built = build().select(RECIPE.feature_names)

    assert set(built.dtypes) == {pl.Float64(), pl.Int64(), pl.Boolean(), pl.String()}


def test_small_integers_and_categories_are_brought_to_these_types():
    """A narrow integer becomes Int64, a Float32 Float64, a Categorical a String."""
    flights = FLIGHTS.with_columns(
        pl.col("carrier").cast(pl.Categorical),
        gate=pl.lit(3, pl.Int8),
        fuel=pl.lit(1.5, pl.Float32),
    )
    recipe = FeatureRecipe.from_section(
        {"steps": [{"kind": "columns", "columns": ["carrier", "gate", "fuel"]}]}
    )

    built = build(flights, recipe=recipe)

    assert built.select("carrier", "gate", "fuel").dtypes == [pl.String, pl.Int64, pl.Float64]


def test_an_empty_window_has_the_columns():
    """A window without rows gives an empty table with all columns and types."""
    empty = build(start=datetime(2014, 1, 1), end=datetime(2014, 2, 1))

    assert empty.height == 0
    assert empty.schema == build().schema


def test_cancelled_flights_have_features_but_no_history_of_their_own():
    """A row whose label never becomes known is scored, and counts in no history."""
    flights = FLIGHTS.with_columns(delay=pl.lit(None, pl.Int64))

    built = build(flights)

    assert built.height == flights.height
    assert built["history_all_3h"].null_count() == built.height
    assert built["history_carrier_6h_count"].sum() == 0


def test_doubled_keys_are_refused():
    """Two rows with one key cannot be told apart when labels come back."""
    with pytest.raises(DataError, match="2 rows share their key"):
        build(pl.concat([FLIGHTS, FLIGHTS[:1]]), labels=make_labels(FLIGHTS))


def test_a_label_known_before_its_prediction_is_refused():
    """Such a label would be counted in the history of its own row."""
    labels = make_labels(FLIGHTS).with_columns(known_at=pl.col("at"))
    recipe = FeatureRecipe.from_section({"steps": [*STEPS[:1], STEPS[6]]})

    with pytest.raises(DataError, match="known 0m or more before the time of their own row"):
        build(labels=labels, recipe=recipe)


def test_the_recipe_survives_json():
    """A recipe from a model's file equals the one that the model was trained with."""
    assert FeatureRecipe.model_validate_json(RECIPE.model_dump_json()) == RECIPE
    assert FeatureRecipe.model_validate(RECIPE.model_dump(mode="json")) == RECIPE


def test_the_recipe_names_its_side_tables():
    """A stage reads only the side tables that the recipe needs."""
    assert RECIPE.side_tables == ["planes", "weather"]


SECTION_PROBLEMS = {
    "unknown kind": (
        [{"kind": "histroy"}],
        "features.steps.1: unknown kind of step 'histroy'. Did you mean 'history'?",
    ),
    "no kind": ([{"columns": ["a"]}], "features.steps.1: unknown kind of step None."),
    "not a table": (["columns"], "features.steps.1: unknown kind of step None."),
    "unknown key": (
        [{"kind": "history", "window": ["1d"]}],
        "features.steps.1 (history).window: unknown key. Did you mean 'windows'?",
    ),
    "missing key": (
        [STEPS[0], {"kind": "derive", "name": "x"}],
        "features.steps.2 (derive).sql: missing",
    ),
    "wrong span": (
        [{"kind": "history", "windows": ["1mo"]}],
        "features.steps.1 (history).windows.0: expected a span such as '90m', '3h', '28d' or '2w'",
    ),
    "unknown calendar part": ([{"kind": "calendar", "parts": ["hours"]}], "found 'hours'"),
    "no steps": ([], "features.steps: list should have at least 1 item"),
}


@pytest.mark.parametrize("name", SECTION_PROBLEMS)
def test_a_wrong_section_is_explained(name):
    """Each slip in the section names the file, the step and the key."""
    steps, message = SECTION_PROBLEMS[name]

    with pytest.raises(PipelineError) as caught:
        FeatureRecipe.from_section({"steps": steps}, "pipeline.toml")

    assert str(caught.value).startswith("pipeline.toml is not valid:")
    assert message in str(caught.value)


def test_an_unknown_key_of_the_section_is_refused():
    """A misspelt lead is not silently none."""
    with pytest.raises(PipelineError, match="features.leed: unknown key. Did you mean 'lead'?"):
        FeatureRecipe.from_section({"leed": "1h", "steps": STEPS}, "pipeline.toml")


LEAKS = [
    {"kind": "columns", "columns": ["delay"]},
    {"kind": "columns", "columns": ["late"]},
    {"kind": "derive", "name": "x", "sql": "delay / 60"},
    {"kind": "history", "by": ["delay"], "windows": ["1d"]},
    {"kind": "lookup", "table": "planes", "on": ["delay"], "columns": ["seats"]},
    {"kind": "latest", "table": "weather", "by": ["delay"], "time": "seen", "columns": ["temp"]},
]


@pytest.mark.parametrize("step", LEAKS, ids=lambda step: step["kind"])
def test_outcomes_are_refused_in_every_kind_of_step(step):
    """What is known only with the target is no feature, however it is brought in."""
    recipe = FeatureRecipe.from_section({"steps": [step]})

    with pytest.raises(PipelineError, match="known only with the target.*a leak"):
        build(FLIGHTS.with_columns(late=pl.lit(True)), recipe=recipe)


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "columns", "columns": ["paid_on"]},
        {"kind": "derive", "name": "open", "sql": "paid_on IS NULL"},
    ],
    ids=lambda step: step["kind"],
)
def test_the_moment_at_which_the_label_is_known_is_no_feature(step):
    """That the day of payment is filled in gives away that somebody has paid."""
    recipe = FeatureRecipe.from_section({"steps": [step]})
    target = TARGET.model_copy(update={"known_at": "paid_on"})
    schema = {**FLIGHTS.schema, "paid_on": pl.Date}

    with pytest.raises(PipelineError, match=r"features\.steps\.1.*'paid_on' is target\.known_at"):
        recipe.validate_against(schema, DATA, target, {})


def test_a_row_that_is_known_at_its_own_time_may_use_it():
    """With known_at = data.time the time itself stays readable."""
    step = {"kind": "derive", "name": "year", "sql": "EXTRACT(YEAR FROM at)"}
    target = TARGET.model_copy(update={"known_at": "at"})

    types = FeatureRecipe.from_section({"steps": [step]}).validate_against(
        FLIGHTS.schema, DATA, target, {}
    )

    assert list(types) == ["year"]


COLUMN_PROBLEMS = {
    "unknown column": (
        {"kind": "columns", "columns": ["carier"]},
        "there is no column 'carier'. Did you mean 'carrier'?",
    ),
    "unknown table": (
        {"kind": "lookup", "table": "plane", "on": ["tailnum"], "columns": ["seats"]},
        "there is no side table 'plane' in [source.tables]. Did you mean 'planes'?",
    ),
    "unknown column of a table": (
        {"kind": "lookup", "table": "planes", "on": ["tailnum"], "columns": ["seat"]},
        "side table 'planes' has no column 'seat'. Did you mean 'seats'?",
    ),
    "unknown time of a table": (
        {"kind": "latest", "table": "weather", "time": "sen", "columns": ["temp"]},
        "side table 'weather' has no column 'sen'. Did you mean 'seen'?",
    ),
    "history of what is no outcome": (
        {"kind": "history", "windows": ["1d"], "of": "delays"},
        "'delays' is neither the label nor an outcome column of the target. Did you mean 'delay'?",
    ),
    "name of a raw column": (
        {"kind": "derive", "name": "carrier", "sql": "origin"},
        "feature 'carrier' has the name of a raw column",
    ),
    "made twice": (
        {"kind": "columns", "columns": ["carrier", "carrier"]},
        "feature 'carrier' is made twice",
    ),
    "types that do not fit": (
        {"kind": "derive", "name": "x", "sql": "UPPER(flight)"},
        "features.steps.1 (derive): ",
    ),
    "a time as a feature": (
        {"kind": "columns", "columns": ["at"]},
        "'at' has the type Datetime",
    ),
}


@pytest.mark.parametrize("name", COLUMN_PROBLEMS)
def test_a_recipe_that_does_not_fit_is_explained(name):
    """Each mismatch with the columns is found without data and names the step."""
    step, message = COLUMN_PROBLEMS[name]
    tables = {name: table.collect_schema() for name, table in make_tables().items()}
    recipe = FeatureRecipe.from_section({"steps": [step]})

    with pytest.raises(PipelineError) as caught:
        recipe.validate_against(FLIGHTS.schema, DATA, TARGET, tables)

    assert message in str(caught.value)


def test_history_does_not_group_by_earlier_features():
    """Earlier rows have no features at hand, so history groups by raw columns only."""
    steps = [
        {"kind": "derive", "name": "route", "sql": "origin || carrier"},
        {"kind": "history", "by": ["route"], "windows": ["1d"]},
    ]

    with pytest.raises(PipelineError, match="there is no column 'route'"):
        build(recipe=FeatureRecipe.from_section({"steps": steps}))


def test_derive_reads_earlier_features():
    """An expression may use what an earlier step made."""
    steps = [
        {"kind": "lookup", "table": "planes", "on": ["tailnum"], "columns": ["seats"]},
        {"kind": "derive", "name": "half", "sql": "seats / 2"},
    ]

    built = build(recipe=FeatureRecipe.from_section({"steps": steps}))

    assert set(built["half"]) == {None, 25, 75}


def test_a_zoned_time_is_refused():
    """Times are kept without a zone; mixing both kinds would shift windows."""
    flights = FLIGHTS.with_columns(pl.col("at").dt.replace_time_zone("UTC"))

    with pytest.raises(PipelineError, match="without a zone, found Datetime"):
        build(flights, labels=make_labels(FLIGHTS))


@pytest.mark.parametrize("step", [STEPS[1], STEPS[3], STEPS[4]], ids=lambda step: step["kind"])
def test_steps_in_time_need_a_time_column(step):
    """Without a time column there is no moment of prediction."""
    recipe = FeatureRecipe.from_section({"steps": [step]})

    with pytest.raises(PipelineError, match="needs a time column. Set data.time"):
        build(recipe=recipe, data=Data(key=["flight", "at"]))


def test_other_steps_work_without_a_time_column():
    """columns, lookup and derive need no time; rows are sorted by key."""
    steps = [STEPS[0], STEPS[2], {"kind": "derive", "name": "full", "sql": "seats > 100"}]
    recipe = FeatureRecipe.from_section({"steps": steps})

    built = build(recipe=recipe, data=Data(key=["flight"]))

    assert built["flight"].to_list() == list(range(600))
    assert built.columns == ["flight", "carrier", "origin", "seats", "full"]


def test_columns_with_a_role_go_along():
    """Order, group and weight stand beside the features as they are in the raw table, each once."""
    flights = FLIGHTS.with_columns(row=600 - pl.col("flight"), count=pl.col("flight") % 3)
    data = Data(key=["flight"], order="row", segment="origin", group="tailnum", weight="count")
    recipe = FeatureRecipe.from_section({"steps": [STEPS[0]]})

    built = build(flights, make_labels(FLIGHTS), recipe, data=data)

    assert built.columns == ["flight", "row", "origin", "tailnum", "count", "carrier"]
    assert built["row"].is_sorted()
    assert built["count"].dtype == flights["count"].dtype


@pytest.mark.parametrize("role", ["order", "group", "weight"])
def test_a_column_with_such_a_role_is_no_feature(role):
    """Unless a copy of it is made on purpose."""
    data = Data(key=["flight"], **{role: "tailnum"})
    steps = [{"kind": "columns", "columns": ["carrier", "tailnum"]}]

    with pytest.raises(PipelineError, match=rf"'tailnum' is data.{role}, and no feature"):
        build(recipe=FeatureRecipe.from_section({"steps": steps}), data=data)
    copy = {"kind": "derive", "name": "plane", "sql": "tailnum"}
    built = build(recipe=FeatureRecipe.from_section({"steps": [copy]}), data=data)
    assert built.columns == ["flight", "tailnum", "plane"]


def test_a_segment_may_be_group_and_feature():
    """A column with two roles stands there once."""
    data = Data(key=["flight"], segment="origin", group="origin")
    recipe = FeatureRecipe.from_section({"steps": [STEPS[0]]})

    assert build(recipe=recipe, data=data).columns == ["flight", "origin", "carrier"]


def test_a_role_that_is_not_there_is_named():
    """With the closest column."""
    recipe = FeatureRecipe.from_section({"steps": [STEPS[0]]})

    with pytest.raises(
        PipelineError, match="data: there is no column 'tailnumb'. Did you mean 'tailnum'"
    ):
        build(recipe=recipe, data=Data(key=["flight"], group="tailnumb"))
