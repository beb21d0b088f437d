"""Scoring: one transformation for training and scoring, whatever the batch."""

from datetime import datetime
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.errors import DataError
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.pipeline import Data, Target
from aifactory_nb.predict import check_fits, prediction_notes, prediction_summary, score

DATA = Data(key=["flight", "origin"], time="at", segment="origin")
COLUMNS = ["hour", "origin", "temp", "weekend"]


def make_features(rows: int = 300) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "flight": range(rows),
            "at": [datetime(2013, 1, 1 + row % 28) for row in range(rows)],
            "origin": generator.choice(["EWR", "JFK", "LGA"], rows),
            "hour": generator.integers(5, 23, rows),
            "temp": generator.normal(10, 5, rows),
            "weekend": generator.random(rows) < 0.3,
        }
    )
    return frame.with_columns(
        temp=pl.when(pl.col("flight") % 7 == 0).then(None).otherwise(pl.col("temp")),
        weekend=pl.when(pl.col("flight") % 11 == 0).then(None).otherwise(pl.col("weekend")),
    )


FRAME = make_features()


@pytest.fixture(scope="module")
def model() -> Model:
    late = ((FRAME["hour"] > 15) | (FRAME["origin"] == "LGA")).cast(pl.Float64)
    return Model.fit(FRAME.select(COLUMNS), late, ModelSpec("binary", rounds=20))


@pytest.fixture(scope="module")
def loaded(model: Model, tmp_path_factory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    model.save(folder, golden=FRAME)
    return Model.load(folder)


def test_rows_one_by_one_are_scored_as_all_at_once(model):
    """A row has the same prediction alone as among others, to the last bit."""
    alone = [score(model, FRAME[row], DATA, 1) for row in range(FRAME.height)]

    assert pl.concat(alone).equals(score(model, FRAME, DATA, 1))


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, FRAME.height), max_size=6))
def test_batches_are_scored_as_all_at_once(loaded, model, cuts):
    """However the rows are cut into batches, a saved and loaded model predicts what the fitted one did."""
    edges = [0, *sorted(cuts), FRAME.height]
    batches = [FRAME[low:high] for low, high in pairwise(edges)]

    found = np.concatenate([loaded.predict(batch) for batch in batches])

    np.testing.assert_array_equal(found, model.predict(FRAME))


def test_dictionaries_are_scored_as_the_table(loaded, model):
    """Rows that come as plain values, with types of their own, have the same predictions."""
    rows = [pl.DataFrame([values]) for values in FRAME.select(COLUMNS).to_dicts()]

    found = [loaded.predict(row)[0] for row in rows]

    np.testing.assert_array_equal(found, model.predict(FRAME))


def test_stored_features_are_scored_as_those_in_memory(model, tmp_path):
    """Features that went through the store have the same predictions."""
    from aifactory_nb.store import Store

    store = Store(tmp_path, "flights")
    store.write("features", FRAME)

    stored = store.scan("features").sort("flight").collect()

    assert score(model, stored, DATA, 1).equals(score(model, FRAME, DATA, 1))


def test_predictions_tell_who_made_them_and_when(model):
    """A prediction carries key, time, segment, alias, version, decision, time and window."""
    end = datetime(2013, 2, 1)

    found = score(model, FRAME, DATA, 3, "shadow", "2013-01", end)

    assert found.schema == {
        "flight": pl.Int64,
        "origin": pl.String,
        "at": pl.Datetime("us"),
        "alias": pl.String,
        "version": pl.Int64,
        "prediction": pl.Float64,
        "decision": pl.Boolean,
        "scored_at": pl.Datetime("us"),
        "window": pl.String,
    }
    assert found.select("alias", "version", "window", "scored_at").unique().rows() == [
        ("shadow", 3, "2013-01", end)
    ]


def test_decision_reaches_the_threshold(model):
    """A prediction of exactly the threshold is a yes."""
    threshold = float(model.predict(FRAME)[0])

    found = score(Model(**{**vars(model), "threshold": threshold}), FRAME, DATA, 1)

    assert found["decision"][0] is True
    assert (found["decision"] == (found["prediction"] >= threshold)).all()


def test_regression_makes_no_decision():
    """A value is no decision: the column is there, and empty."""
    model = Model.fit(FRAME.select("hour"), FRAME["hour"].cast(pl.Float64), ModelSpec("regression"))

    found = score(model, FRAME, DATA, 1)

    assert found.schema["decision"] == pl.Boolean
    assert found["decision"].null_count() == FRAME.height


def test_empty_window_has_no_predictions(model):
    """No rows give an empty table with the same columns."""
    found = score(model, FRAME.clear(), DATA, 1)

    assert found.is_empty()
    assert found.schema == score(model, FRAME, DATA, 1).schema


def test_features_that_do_not_fit_are_refused(model):
    """A feature that is missing is an error before anything is predicted."""
    with pytest.raises(DataError, match="lacks the features temp"):
        score(model, FRAME.drop("temp"), DATA, 1)


def test_summary_has_a_row_for_each_version(model):
    """Champion and shadow are counted apart."""
    both = pl.concat(
        [score(model, FRAME, DATA, 2), score(model, FRAME.head(10), DATA, 1, alias="shadow")]
    )

    found = prediction_summary(both)

    assert found.select("alias", "version", "rows").rows() == [
        ("champion", 2, 300),
        ("shadow", 1, 10),
    ]


KINDS = ["early", "noon", "evening"]


@pytest.fixture(scope="module")
def kinds() -> Model:
    """A model of three classes."""
    codes = (FRAME["hour"] > 10).cast(pl.Float64) + (FRAME["hour"] > 16).cast(pl.Float64)
    spec = ModelSpec("multiclass", rounds=10, classes=3)
    return Model.fit(FRAME.select(COLUMNS), codes, spec, classes=KINDS)


def test_a_class_is_decided_with_its_probability(kinds):
    """The decision is the name of the most probable class; all probabilities stand beside it."""
    found = score(kinds, FRAME, DATA, 1)

    assert found.schema["probabilities"] == pl.List(pl.Float64)
    assert found["probabilities"].list.max().equals(found["prediction"])
    named = found["probabilities"].list.arg_max().replace_strict([0, 1, 2], KINDS)
    assert found["decision"].equals(named.alias("decision"))


def test_an_empty_window_has_the_same_columns_for_classes(kinds):
    """A month without rows adds nothing to the table, and changes none of its columns."""
    found = score(kinds, FRAME.clear(), DATA, 1)

    assert found.is_empty()
    assert found.schema == score(kinds, FRAME, DATA, 1).schema


def test_roles_travel_with_the_prediction(model):
    """Group and weight are needed when the prediction is judged."""
    data = Data(key=["flight"], time="at", group="origin", weight="hour")

    found = score(model, FRAME, data, 1)

    assert found.columns[:4] == ["flight", "at", "origin", "hour"]


@pytest.mark.parametrize(
    ("target", "columns", "message"),
    [
        (
            Target(column="y", task="regression"),
            COLUMNS,
            "built for a multiclass target, this one is regression",
        ),
        (
            Target(column="y", task="multiclass", classes=["early", "noon", "late"]),
            COLUMNS,
            "it knows the classes early, noon, evening, the pipeline has early, noon, late",
        ),
        (
            Target(column="y", task="multiclass", classes=KINDS),
            ["hour"],
            "lacks origin, temp, weekend",
        ),
    ],
)
def test_a_champion_of_another_pipeline_is_refused(kinds, target, columns, message):
    """Another task, other classes or other features: the error names the version and what to do."""
    with pytest.raises(DataError, match=message) as caught:
        check_fits(kinds, FRAME.select(columns), target, 7)

    assert "Version 7 does not fit the pipeline as it is now" in str(caught.value)
    assert "aifactory run" in str(caught.value)


def test_equal_predictions_are_called_out(model):
    """A version that says the same of every row is worth a sentence."""
    same = score(model, FRAME, DATA, 2).with_columns(prediction=pl.lit(0.25))

    assert prediction_notes(same, "2013-04") == [
        "The champion, version 2, predicts 0.25 for each of the 300 rows: it tells none of them apart. "
        "Look at its features in this window, and at its training."
    ]


def test_a_window_without_rows_is_said(model):
    """Nothing was predicted, and that may be right."""
    notes = prediction_notes(score(model, FRAME.clear(), DATA, 1), "2013-04")

    assert notes[0].startswith("2013-04 has no rows")


def test_the_summary_names_the_most_frequent_class(kinds):
    """A share of yes makes no sense for classes."""
    found = prediction_summary(score(kinds, FRAME, DATA, 1))

    assert found["most_decided"].item() in KINDS
    assert 1 / 3 <= found["share"].item() <= 1
