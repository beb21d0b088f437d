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
from aifactory_nb.pipeline import Data
from aifactory_nb.predict import prediction_summary, score

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
