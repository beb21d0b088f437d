"""Training: which rows are learned from, which are held out, and what the candidate's folder tells."""

import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError, ParameterError
from aifactory_nb.evaluate import read_holdout
from aifactory_nb.model import EVALUATION_FILE, Model, ModelSpec, check_golden, read_card
from aifactory_nb.pipeline import Data, Pipeline
from aifactory_nb.profile import bin_counts, read_profile
from aifactory_nb.train import (
    Candidate,
    describe_candidate,
    fit_candidate,
    labelled_rows,
    split_rows,
    write_candidate,
)

DATA = Data(key=["flight"], time="at", segment="origin")
FEATURES = ["hour", "origin"]
END = datetime(2013, 3, 1)
SPEC = ModelSpec("binary", rounds=15)


def make_pipeline(task: str = "binary", **data: str) -> Pipeline:
    values = {
        "name": "flights",
        "source": {},
        "data": {"key": ["flight"], **data},
        "target": {"column": "late", "task": task},
        "features": {"steps": [{"kind": "columns", "columns": FEATURES}]},
    }
    if "time" in data:
        values["window"] = {"start": "2013-01-01", "end": "2013-03-01"}
    return Pipeline.model_validate(values)


def make_rows(rows: int = 600, delay: timedelta = timedelta(hours=3)) -> pl.DataFrame:
    """Labelled rows of two months, late in the afternoon."""
    generator = np.random.default_rng(0)
    step = (END - datetime(2013, 1, 1)) / rows
    frame = pl.DataFrame(
        {
            "flight": range(rows),
            "at": [datetime(2013, 1, 1) + step * row for row in range(rows)],
            "origin": generator.choice(["EWR", "JFK"], rows),
            "hour": generator.integers(5, 23, rows),
        }
    )
    noise = pl.Series(generator.random(rows) < 0.1)
    return frame.with_columns(
        label=((pl.col("hour") > 15) ^ noise).cast(pl.Float64), known_at=pl.col("at") + delay
    )


@pytest.fixture(scope="module")
def candidate() -> Candidate:
    pipeline = make_pipeline(time="at", segment="origin")
    return fit_candidate(split_rows(make_rows(), DATA), FEATURES, pipeline, SPEC)


def test_label_that_was_not_known_is_not_learned():
    """A row is learned from only when its label was known before the end of the window."""
    rows = make_rows(delay=timedelta(days=5))
    features = rows.select("flight", "at", *FEATURES).lazy()
    labels = rows.select("flight", "label", "known_at").lazy()

    found = labelled_rows(features, labels, DATA, datetime(2013, 2, 1))

    assert found["known_at"].max() < datetime(2013, 2, 1)
    assert found["at"].max() < datetime(2013, 1, 27)


def test_order_of_rows_does_not_matter():
    """Rows come in the order of time and key, however the tables are sorted."""
    rows = make_rows()
    features = rows.select("flight", "at", *FEATURES)
    labels = rows.select("flight", "label", "known_at").lazy()

    found = labelled_rows(features.lazy(), labels, DATA, END)

    assert found.equals(labelled_rows(features.reverse().lazy(), labels, DATA, END))


def test_time_split_holds_out_the_last_days():
    """The holdout is the last 14 whole days, and nothing in training is later than it begins."""
    split = split_rows(make_rows(), DATA)

    assert (split.kind, split.start) == ("time", datetime(2013, 2, 15))
    assert split.held_out["at"].min() >= split.start
    assert split.training["known_at"].max() < split.start


def test_label_that_came_after_the_holdout_began_is_in_neither_part():
    """The evaluation model learns only what was known when its holdout began."""
    rows = make_rows(delay=timedelta(days=5))

    split = split_rows(rows, DATA)

    assert split.training["at"].max() < split.start - timedelta(days=5)
    assert split.training.height + split.held_out.height < rows.height


def test_share_of_a_time_split_is_the_last_part():
    """A share is cut by time, too."""
    split = split_rows(make_rows(), DATA, "0.25")

    assert split.held_out.height == 150
    assert split.training["at"].max() < split.held_out["at"].min()


def test_short_span_is_not_rounded_to_days():
    """A holdout of hours is cut to the hour."""
    split = split_rows(make_rows(), DATA, "12h")

    assert split.held_out["at"].max() - split.start == timedelta(hours=12)


def test_without_a_time_column_the_split_is_random():
    """A pipeline without time holds out a fifth of the rows at random, and says so."""
    split = split_rows(make_rows(), Data(key=["flight"]))

    assert (split.kind, split.holdout) == ("random", "0.2")
    assert 80 < split.held_out.height < 160


def test_random_split_keeps_rows_on_their_side():
    """A row is on the same side when the table has grown or is in another order."""
    rows, data = make_rows(), Data(key=["flight"])
    before = set(split_rows(rows.head(300), data).held_out["flight"])

    after = set(split_rows(rows.reverse(), data).held_out["flight"])

    assert before == {flight for flight in after if flight < 300}


def test_random_split_follows_its_seed():
    """Another seed holds out other rows."""
    data = Data(key=["flight"])

    first, second = (split_rows(make_rows(), data, seed=seed).held_out for seed in (1, 2))

    assert not first.equals(second)


def test_random_split_needs_a_share():
    """A span of time means nothing in a random split."""
    with pytest.raises(ParameterError, match="needs a share such as '0.2' as holdout, found '14d'"):
        split_rows(make_rows(), DATA, "14d", kind="random")


@pytest.mark.parametrize("holdout", ["two weeks", "1.5", "0", "-1d"])
def test_holdout_that_is_neither_span_nor_share_is_refused(holdout):
    """Anything else is an error that names what was found."""
    with pytest.raises(ParameterError, match="holdout"):
        split_rows(make_rows(), DATA, holdout)


@pytest.mark.parametrize("holdout", ["365d", "0.0001"])
def test_split_with_an_empty_side_is_refused(holdout):
    """A holdout that leaves nothing to learn from, or nothing to evaluate on, is an error."""
    rows = make_rows() if holdout == "365d" else make_rows().head(60)
    data = DATA if holdout == "365d" else Data(key=["flight"])

    with pytest.raises(DataError, match="Change the parameter holdout"):
        split_rows(rows, data, holdout)


def test_no_labelled_rows_is_an_error():
    """Nothing to learn from is said plainly."""
    with pytest.raises(DataError, match="no labelled rows"):
        split_rows(make_rows().clear(), DATA)


def test_model_beats_the_constant(candidate):
    """The model and both baselines are measured on the same held-out rows."""
    found = candidate.metrics

    assert list(found) == ["model", "constant", "logistic"]
    assert found["model"]["auc"] > 0.8 > found["constant"]["auc"] == 0.5
    assert len({values["rows"] for values in found.values()}) == 1


def test_final_model_has_learned_from_the_holdout(candidate):
    """The evaluation model has not seen the holdout, the final model has seen all rows."""
    assert candidate.fitted.height == 600
    assert candidate.evaluation.text() != candidate.model.text()
    assert candidate.evaluation.categories == candidate.model.categories


def test_without_refit_the_evaluated_model_is_deployed():
    """With refit off, what was evaluated is what is deployed, and the card says what it knows."""
    pipeline, split = make_pipeline(time="at"), split_rows(make_rows(), DATA)

    candidate = fit_candidate(split, FEATURES, pipeline, SPEC, refit=False)

    card = describe_candidate(candidate, pipeline, END)
    assert candidate.model is candidate.evaluation
    assert card["training"]["fitted_until"] == "2013-02-15T00:00:00"
    assert card["training"]["refit"] is False


def test_same_rows_give_the_same_folder(candidate, tmp_path):
    """Trained again, each file of the candidate is the same, byte for byte."""
    pipeline = make_pipeline(time="at", segment="origin")
    again = fit_candidate(split_rows(make_rows(), DATA), FEATURES, pipeline, SPEC)

    for name, item in (("a", candidate), ("b", again)):
        write_candidate(item, tmp_path / name, describe_candidate(item, pipeline, END, "run"))

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_folder_tells_how_it_came_about(candidate, tmp_path):
    """The card names split, window, lineage, parameters and metrics; it is plain JSON."""
    pipeline = make_pipeline(time="at", segment="origin")
    card = describe_candidate(candidate, pipeline, END, "run-1", {"features": 3, "labels": 2})

    write_candidate(candidate, tmp_path, card)

    found = read_card(tmp_path)
    assert found["lineage"] == {"features": 3, "labels": 2}
    assert found["training"] == {
        "start": "2013-01-01T00:00:00",
        "end": "2013-03-01T00:00:00",
        "holdout": "14d",
        "holdout_start": "2013-02-15T00:00:00",
        "fitted_until": "2013-03-01T00:00:00",
        "rows": 600,
        "holdout_rows": candidate.holdout.height,
        "split": "time",
        "refit": True,
    }
    assert found["rounds"] == 15
    assert found["holdout"]["model"]["auc"] == candidate.metrics["model"]["auc"]
    assert sum(found["importance"].values()) == pytest.approx(1)
    assert json.loads((tmp_path / "model.json").read_text())["run"] == "run-1"


def test_folder_holds_what_others_read(candidate, tmp_path):
    """Holdout, profile and golden rows fit the models beside them."""
    write_candidate(candidate, tmp_path, {})

    holdout, profile = read_holdout(tmp_path), read_profile(tmp_path)
    check_golden(tmp_path)
    evaluation = Model.load(tmp_path, file=EVALUATION_FILE)
    held_out = candidate.split.held_out
    assert holdout.columns == [
        "flight", "at", "origin", "label", "prediction", "constant", "logistic",
    ]  # fmt: skip
    np.testing.assert_array_equal(holdout["prediction"], evaluation.predict(held_out))
    assert bin_counts(profile["prediction"]).sum() == 600
    assert list(profile["features"]) == FEATURES


def test_threshold_follows_the_costs():
    """The costs of the pipeline decide the threshold of the model."""
    pipeline = make_pipeline(time="at")
    dear = pipeline.target.cost.model_copy(update={"false_negative": 20.0})
    costly = pipeline.model_copy(
        update={"target": pipeline.target.model_copy(update={"cost": dear})}
    )
    split = split_rows(make_rows(), DATA)

    plain, careful = (fit_candidate(split, FEATURES, item, SPEC) for item in (pipeline, costly))

    assert careful.model.threshold < plain.model.threshold


def test_regression_has_a_ridge_beside_it():
    """A regression is measured beside the mean and a ridge."""
    rows = make_rows().with_columns(label=pl.col("hour") * 2.0)
    pipeline = make_pipeline("regression", time="at")

    found = fit_candidate(split_rows(rows, DATA), FEATURES, pipeline, ModelSpec("regression"))

    assert list(found.metrics) == ["model", "constant", "ridge"]
    assert found.metrics["ridge"]["r2"] > 0.95


def test_feature_that_was_not_built_is_an_error():
    """A recipe that changed after the features were built is said to have changed."""
    with pytest.raises(DataError, match="lacks temp, which .features. of the pipeline makes"):
        fit_candidate(
            split_rows(make_rows(), DATA), ["hour", "temp"], make_pipeline(time="at"), SPEC
        )


def test_baselines_take_gaps_and_new_levels():
    """Missing numbers, missing levels and levels that are new in the holdout do not stop a baseline."""
    rows = make_rows().with_columns(
        hour=pl.when(pl.col("hour") % 5 == 0).then(None).otherwise(pl.col("hour")),
        origin=pl.when(pl.col("flight") > 550).then(pl.lit("LGA")).otherwise(pl.col("origin")),
        empty=pl.lit(None, pl.Float64),
    )

    found = fit_candidate(
        split_rows(rows, DATA), [*FEATURES, "empty"], make_pipeline(time="at"), SPEC
    )

    assert found.metrics["logistic"]["auc"] > 0.5
