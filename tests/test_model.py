"""The model: what it accepts, how it encodes, and that it stays itself."""

import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import (
    DataError,
    ModelNotFoundError,
    ParameterError,
    PipelineError,
)
from aifactory_nb.model import (
    EVALUATION_FILE,
    WIDE,
    Model,
    ModelSpec,
    check_golden,
    read_card,
    sensible_parameters,
)

ROWS = 400
SPEC = ModelSpec("binary", rounds=15)


@pytest.fixture(scope="module")
def features() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "hour": generator.integers(5, 23, ROWS),
            "carrier": generator.choice(["AA", "UA", "DL", ""], ROWS),
            "temp": np.where(generator.random(ROWS) < 0.2, np.nan, generator.normal(10, 5, ROWS)),
            "weekend": generator.random(ROWS) < 0.3,
        }
    ).with_columns(pl.col("carrier").replace("", None))


@pytest.fixture(scope="module")
def label(features: pl.DataFrame) -> pl.Series:
    late = (features["hour"] > 15) | (features["carrier"] == "DL").fill_null(False)
    return late.cast(pl.Float64)


@pytest.fixture(scope="module")
def model(features: pl.DataFrame, label: pl.Series) -> Model:
    return Model.fit(features, label, SPEC)


def test_same_seed_gives_the_same_bytes(features, label, model):
    """The same rows, parameters and seed give the same model, byte for byte."""
    assert Model.fit(features, label, SPEC).text() == model.text()


def test_another_seed_gives_another_model(features, label, model):
    """The seed is not decoration: each tree draws its features by it."""
    assert Model.fit(features, label, replace(SPEC, seed=2)).text() != model.text()


def test_threads_do_not_change_the_model(features, label, model):
    """The number of threads is a matter of the machine."""
    threaded = Model.fit(features, label, ModelSpec("binary", rounds=15, threads=2))

    assert threaded.text() == model.text()


def test_saved_twice_is_the_same(features, model, tmp_path):
    """Saving, loading and saving again changes no byte."""
    model.save(tmp_path / "a", golden=features)
    Model.load(tmp_path / "a").save(tmp_path / "b", golden=features)

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_folder_holds_no_code(features, model, tmp_path):
    """A model's folder is text and parquet: nothing in it can run."""
    model.save(tmp_path, golden=features, evaluation=model)

    assert {path.suffix for path in tmp_path.iterdir()} == {".txt", ".json", ".parquet"}


def test_evaluation_model_is_kept(features, model, tmp_path):
    """The model that was fitted without the holdout can be loaded from the same folder."""
    model.save(tmp_path, golden=features, evaluation=model)

    loaded = Model.load(tmp_path, file=EVALUATION_FILE)

    np.testing.assert_array_equal(loaded.predict(features), model.predict(features))


def test_card_keeps_what_it_was_given(features, model, tmp_path):
    """What is told about a model is in its card, with the order of its features."""
    replace(model, card={"run": "r1"}).save(tmp_path, golden=features)

    card = read_card(tmp_path)

    assert card["run"] == "r1"
    assert list(card["columns"]) == features.columns


def test_changed_trees_are_refused(features, model, tmp_path):
    """A model file that was changed or cut is found before LightGBM reads it."""
    model.save(tmp_path, golden=features)
    path = tmp_path / "model.txt"
    path.write_text(path.read_text()[:500])

    with pytest.raises(DataError, match="was changed after it was saved"):
        Model.load(tmp_path)


def test_damaged_card_is_refused(features, model, tmp_path):
    """A card that is no JSON is an error that names the file."""
    model.save(tmp_path, golden=features)
    (tmp_path / "model.json").write_text("{")

    with pytest.raises(DataError, match=r"model\.json is damaged"):
        Model.load(tmp_path)


def test_missing_folder_is_not_found(tmp_path):
    """A folder without a model says so."""
    with pytest.raises(ModelNotFoundError, match="is no model folder"):
        Model.load(tmp_path / "nothing")


def test_golden_rows_pass(features, model, tmp_path):
    """A model that was saved predicts its golden rows."""
    model.save(tmp_path, golden=features)

    check_golden(tmp_path)


def test_golden_rows_that_differ_are_refused(features, model, tmp_path):
    """A model that no longer predicts what it did is an error with the difference."""
    model.save(tmp_path, golden=features)
    path = tmp_path / "golden.parquet"
    pl.read_parquet(path).with_columns(pl.col("prediction") + 0.1).write_parquet(path)

    with pytest.raises(DataError, match=r"they differ by up to 0\.1"):
        check_golden(tmp_path)


def test_golden_row_without_a_prediction_is_refused(features, model, tmp_path):
    """A golden prediction that is not a number proves nothing."""
    model.save(tmp_path, golden=features)
    path = tmp_path / "golden.parquet"
    pl.read_parquet(path).with_columns(prediction=pl.lit(float("nan"))).write_parquet(path)

    with pytest.raises(DataError, match="no longer predicts"):
        check_golden(tmp_path)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.0, 1.0] * 10, "20 labelled rows are too few"),
        ([1.0] * 100, r"both of them; found \[1.0\]"),
        ([1.0, 2.0] * 50, r"found \[1.0, 2.0\]"),
        ([0.0, 1.0, None] * 50, "missing or infinite values"),
    ],
)
def test_label_that_cannot_be_learned_is_refused(values, message):
    """Too few rows, one class, other values and gaps are errors that say so."""
    frame = pl.DataFrame({"x": range(len(values))})

    with pytest.raises(DataError, match=message):
        Model.fit(frame, pl.Series(values), SPEC)


def test_no_features_is_an_error():
    """A recipe that makes nothing cannot be learned from."""
    with pytest.raises(DataError, match="no feature to learn from"):
        Model.fit(pl.DataFrame(), pl.Series([0.0, 1.0]), SPEC)


def test_small_data_gets_a_small_model():
    """Fewer rows get fewer leaves."""
    leaves = [sensible_parameters(rows, "binary")["num_leaves"] for rows in (500, 5_000, 50_000)]

    assert leaves == sorted(leaves)
    assert leaves[0] < 8 < leaves[-1]


def test_given_parameters_win():
    """What is set stays; only a 0 is filled in."""
    spec = ModelSpec("binary", rounds=7, num_leaves=3).resolved(100_000)

    assert (spec.rounds, spec.num_leaves) == (7, 3)
    assert spec.learning_rate > 0


@pytest.mark.parametrize("wrong", [{"rounds": -1}, {"num_leaves": 1}, {"learning_rate": -0.1}])
def test_impossible_parameters_are_refused(wrong):
    """A negative parameter or a tree of one leaf is an error, not a crash of LightGBM."""
    with pytest.raises(ParameterError, match="Set 0 for a sensible value"):
        ModelSpec("binary", **wrong).resolved(1000)


def test_unknown_task_is_refused():
    """A task that is not supported is named with those that are."""
    with pytest.raises(PipelineError, match="'clustering' is not supported"):
        sensible_parameters(100, "clustering")


def test_any_feature_name_is_accepted(features, label):
    """Quotes, commas and names that are equal but for them are no problem."""
    frame = features.select(pl.col("hour").alias('a "b", c'), pl.col("temp").alias("a [b], c"))

    model = Model.fit(frame, label, SPEC)

    assert set(model.importance()) == {'a "b", c', "a [b], c"}


def test_importance_is_a_share(model):
    """Importances add up to 1, the largest first."""
    shares = list(model.importance().values())

    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_model_without_a_split_has_no_importance(label):
    """Features that say nothing give a constant model and importances of 0."""
    model = Model.fit(pl.DataFrame({"x": [1.0] * ROWS}), label, SPEC)

    assert model.importance() == {"x": 0.0}
    assert model.predict(pl.DataFrame({"x": [1.0]}))[0] == pytest.approx(label.mean())


def test_no_rows_no_predictions(model, features):
    """An empty window is scored without complaint."""
    assert model.predict(features.clear()).shape == (0,)


def test_missing_values_are_handled(model, features):
    """Every feature may be missing: the model still gives a probability."""
    nothing = pl.DataFrame({name: [None] for name in features.columns})

    assert 0 < model.predict(nothing)[0] < 1


def test_regression_predicts_values(features):
    """A regression learns a value."""
    value = (features["hour"] * 10).cast(pl.Float64)

    model = Model.fit(features, value, ModelSpec("regression"))

    assert np.abs(model.predict(features) - value.to_numpy()).mean() < 5


CLASSES = ["low", "middle", "high"]
SEVERAL = ModelSpec("multiclass", rounds=15)


@pytest.fixture(scope="module")
def kind(features: pl.DataFrame) -> pl.Series:
    return ((features["hour"] - 5) // 6).cast(pl.Float64)


def test_several_classes_have_a_probability_each(features, kind):
    """A multiclass model predicts a row of probabilities, and decides for the most probable class by name."""
    model = Model.fit(features, kind, SEVERAL, classes=CLASSES)

    prediction = model.predict(features)

    np.testing.assert_allclose(prediction.sum(axis=1), 1)
    decided = model.decide(prediction)
    assert (decided == pl.Series([CLASSES[int(place)] for place in kind])).mean() > 0.95
    assert (model.certainty(prediction) == prediction.max(axis=1)).all()
    assert model.predict(features.clear()).shape == (0, 3)


def test_several_classes_survive_the_folder(features, kind, tmp_path):
    """Names of classes, trees and golden rows come back as they were saved."""
    model = Model.fit(features, kind, SEVERAL, classes=CLASSES)

    model.save(tmp_path, golden=features)

    check_golden(tmp_path)
    loaded = Model.load(tmp_path)
    assert loaded.classes == CLASSES
    np.testing.assert_array_equal(loaded.predict(features), model.predict(features))


@pytest.mark.parametrize("threads", [1, 2])
def test_several_classes_are_learned_the_same_way_twice(features, kind, threads):
    """Twice the same bytes, with one thread and with two."""
    spec = replace(SEVERAL, threads=threads)

    texts = [Model.fit(features, kind, item, classes=CLASSES).text() for item in (SEVERAL, spec)]

    assert texts[0] == texts[1]


def test_class_without_a_row_is_nearly_impossible(features, kind):
    """A class that never occurs in training stays possible in name, and hardly probable."""
    model = Model.fit(features, kind, SEVERAL, classes=[*CLASSES, "never"])

    assert model.predict(features)[:, 3].max() < 0.01


def test_yes_or_no_follows_from_the_threshold(features, model):
    """A binary decision is whether the prediction reaches the threshold; a value decides nothing."""
    prediction = model.predict(features)

    decided = replace(model, threshold=0.3).decide(prediction)

    assert decided.to_list() == (prediction >= 0.3).tolist()
    assert replace(model, task="regression").decide(prediction).null_count() == ROWS


@pytest.mark.parametrize(
    ("task", "value", "message"),
    [
        ("regression", 7.0, "The label is 7 in all 60 rows, so there is nothing to learn"),
        ("multiclass", 1.0, "The label is 1 in all 60 rows"),
        ("multiclass", 5.0, "60 labels, such as 5, are no place of one of 3 classes"),
        ("regression", float("inf"), "missing or infinite values"),
    ],
)
def test_constant_or_impossible_label_is_refused(task, value, message):
    """A label that is the same everywhere, or that is none, cannot be learned."""
    frame = pl.DataFrame({"x": range(60)})

    with pytest.raises(DataError, match=message):
        Model.fit(frame, pl.Series([value] * 60), ModelSpec(task), classes=CLASSES)


def test_weights_count_rows(features, label):
    """A model of which half the rows weigh nothing is that of the other half, but for limits on rows."""
    weight = pl.Series("w", [1.0, 0.0] * (ROWS // 2))
    flipped = label.set(pl.Series([False, True] * (ROWS // 2)), 1 - label.gather_every(2)[0])

    first, second = (
        Model.fit(features, item, SPEC, weight=weight).predict(features)
        for item in (label, flipped)
    )

    np.testing.assert_allclose(first, second)


def test_only_the_proportions_of_weights_matter(features, label):
    """Weights in euros and in cents give the same trees."""
    weight = pl.Series("w", [1.0, 3.0] * (ROWS // 2))

    texts = [Model.fit(features, label, SPEC, weight=weight * unit).text() for unit in (1, 128)]

    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("weight", "message"), [(-1.0, "400 of 400 are missing"), (0.0, "all are 0"), (None, "400 of")]
)
def test_impossible_weights_are_refused(features, label, weight, message):
    """Weights that are negative, missing, or all 0 are an error that names the column."""
    weights = pl.Series("seats", [weight] * ROWS, dtype=pl.Float64)

    with pytest.raises(DataError, match=f"weights in 'seats' cannot be used: {message}"):
        Model.fit(features, label, SPEC, weight=weights)


def test_features_without_information_are_learned_from(label):
    """Constant, empty and infinite features leave a model that says the base rate."""
    frame = pl.DataFrame(
        {"same": [1] * ROWS, "none": [None] * ROWS, "far": [float("inf"), -float("inf")] * 200}
    )

    prediction = Model.fit(frame, label, SPEC).predict(frame)

    np.testing.assert_allclose(prediction, label.mean())


def test_names_that_lightgbm_refuses_or_confuses_are_kept(label):
    """Names with brackets and quotes, and names that differ in nothing else, stay apart."""
    names = ["a[1]", "a{1}", 'a"1"', "a,1,", "ä"]
    frame = pl.DataFrame(
        {name: np.arange(ROWS) * (place + 1) % 17 for place, name in enumerate(names)}
    )

    model = Model.fit(frame, label, SPEC)

    assert list(model.importance()) != []
    assert set(model.importance()) == set(names)


def test_one_row_can_be_scored(features, model):
    """A single row is predicted as it is among others."""
    assert model.predict(features.head(1))[0] == model.predict(features)[0]


def test_very_many_features_take_seconds():
    """Of ten thousand features each tree looks at a part, and the one that matters is found."""
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(generator.normal(size=(300, 10_000)))
    label = (frame["column_0"] > 0).cast(pl.Float64)
    start = time.process_time()

    model = Model.fit(frame, label, ModelSpec("binary", rounds=30))

    assert time.process_time() - start < 60
    assert next(iter(model.importance())) == "column_0"
    assert ModelSpec("binary").parameters(10 * WIDE)["feature_fraction"] < 0.1


def test_few_features_have_the_parameters_they_had():
    """The share of features is cut only where there are very many."""
    assert ModelSpec("binary").parameters(100) == ModelSpec("binary").parameters()
