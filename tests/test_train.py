"""Training: which rows are learned from, which are held out, and what the candidate's folder tells."""

import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.evaluate import read_holdout
from aifactory_nb.model import EVALUATION_FILE, Model, ModelSpec, check_golden, read_card
from aifactory_nb.pipeline import Data, Pipeline
from aifactory_nb.profile import bin_counts, read_profile
from aifactory_nb.split import split_rows
from aifactory_nb.train import (
    Candidate,
    describe_candidate,
    fit_candidate,
    random_split_metrics,
    write_candidate,
)

DATA = Data(key=["flight"], time="at", segment="origin")
FEATURES = ["hour", "origin"]
END = datetime(2013, 3, 1)
SPEC = ModelSpec("binary", rounds=15)


def make_pipeline(task: str = "binary", classes: tuple[str, ...] = (), **data: str) -> Pipeline:
    values = {
        "name": "flights",
        "source": {},
        "data": {"key": ["flight"], **data},
        "target": {"column": "late", "task": task, "classes": list(classes)},
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


def test_model_beats_the_constant(candidate):
    """The model and both baselines are measured on the same held-out rows."""
    found = candidate.metrics

    assert list(found) == ["model", "constant", "logistic", "last_value", "seasonal_mean"]
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
        "flight", "at", "origin", "label", "prediction", "constant", "logistic", "last_value",
        "seasonal_mean",
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

    assert list(found.metrics) == ["model", "constant", "ridge", "last_value", "seasonal_mean"]
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


CLASSES = ("morning", "noon", "evening")


def make_classes() -> pl.DataFrame:
    """Rows whose class follows from the hour, with a plane and a weight."""
    part = (pl.col("hour") - 5) // 6
    return make_rows().with_columns(
        label=part.cast(pl.Float64), plane=pl.format("N{}", pl.col("flight") % 40), seats=pl.lit(2)
    )


def test_several_classes_are_learned(tmp_path):
    """A multiclass candidate has a probability for each class, in its holdout and in what is loaded."""
    pipeline = make_pipeline("multiclass", CLASSES, time="at", group="plane", weight="seats")
    split = split_rows(make_classes(), pipeline.data)

    candidate = fit_candidate(split, FEATURES, pipeline, ModelSpec("multiclass", rounds=15))
    write_candidate(candidate, tmp_path, describe_candidate(candidate, pipeline, END))

    holdout, model = read_holdout(tmp_path), Model.load(tmp_path)
    check_golden(tmp_path)
    assert {holdout.schema[name] for name in candidate.metrics if name != "model"} == {
        pl.Array(pl.Float64, 3)
    }
    assert holdout.schema["prediction"] == pl.Array(pl.Float64, 3)
    assert model.classes == list(CLASSES)
    assert candidate.metrics["model"]["accuracy"] > 0.95
    assert read_profile(tmp_path)["prediction"]["kind"] == "categorical"
    assert read_card(tmp_path)["weight"] == "seats"


def test_equal_weights_change_nothing():
    """A weight that is the same everywhere gives the same trees and metrics as none."""
    rows = make_classes().with_columns(label=(pl.col("label") > 0).cast(pl.Float64))
    plain, weighted = make_pipeline(time="at"), make_pipeline(time="at", weight="seats")
    split = split_rows(rows, plain.data)

    first, second = (fit_candidate(split, FEATURES, item, SPEC) for item in (plain, weighted))

    assert first.model.text() == second.model.text()
    assert second.metrics["model"] == pytest.approx(first.metrics["model"])


def test_weights_reach_fit_and_metrics():
    """Rows that hardly count change neither the trees much nor the figures."""
    rows = make_rows().with_columns(
        seats=pl.when(pl.col("origin") == "EWR").then(1.0).otherwise(0.0)
    )
    flipped = rows.with_columns(
        label=pl.when(pl.col("origin") == "EWR").then("label").otherwise(1 - pl.col("label"))
    )
    pipeline = make_pipeline(time="at", weight="seats")

    found = [
        fit_candidate(split_rows(item, pipeline.data), ["hour"], pipeline, SPEC)
        for item in (rows, flipped)
    ]

    assert found[0].metrics["model"]["auc"] == found[1].metrics["model"]["auc"] > 0.8


def test_order_is_told_in_the_card():
    """Without a time, the card says where the holdout begins in the order."""
    pipeline = make_pipeline(order="flight")
    split = split_rows(make_rows(), pipeline.data)

    card = describe_candidate(fit_candidate(split, FEATURES, pipeline, SPEC), pipeline, None)

    assert (card["order"], card["training"]["holdout_start"]) == ("flight", 480)
    assert card["training"]["fitted_until"] is None


def test_same_seed_and_threads_give_the_same_metrics():
    """Trained twice, or with another number of threads, trees and metrics are the same."""
    pipeline, split = make_pipeline(time="at"), split_rows(make_rows(), DATA)
    specs = [SPEC, SPEC, ModelSpec("binary", rounds=15, threads=2)]

    first, again, threaded = (fit_candidate(split, FEATURES, pipeline, spec) for spec in specs)

    assert first.model.text() == again.model.text() == threaded.model.text()
    assert first.metrics == again.metrics
    assert threaded.metrics["model"] == first.metrics["model"]


def test_a_random_split_flatters_a_label_that_grows():
    """Rows drawn at random know their neighbours in time; those of a split by time do not."""
    rows = make_rows().with_columns(label=pl.col("flight") * 1.0, day=pl.col("flight"))
    pipeline = make_pipeline("regression", time="at")
    candidate = fit_candidate(
        split_rows(rows, DATA), ["day"], pipeline, ModelSpec("regression", rounds=50)
    )

    drawn = random_split_metrics(candidate, ["day"], pipeline)

    assert drawn["r2"] > 0.9
    assert candidate.metrics["model"]["r2"] < 0
