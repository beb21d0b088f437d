"""One row through a model: equal to the batch path to the last bit."""

import threading

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.single_row import CONTRIBUTIONS, SingleRow


def make_rows(rows: int = 400) -> np.ndarray:
    generator = np.random.default_rng(3)
    numbers = generator.normal(size=(rows, 5)) * 10.0 ** generator.integers(-3, 6, size=(rows, 5))
    numbers[generator.random((rows, 5)) < 0.2] = np.nan
    return numbers


ROWS = make_rows()
FRAME = pl.DataFrame(ROWS, schema=list("abcde"), nan_to_null=False)
LABELS = {
    "binary": (pl.Series(np.nan_to_num(ROWS[:, 0]) > 0), ()),
    "regression": (pl.Series(np.nan_to_num(ROWS[:, 1]) * 3), ()),
    "multiclass": (pl.Series(np.arange(len(ROWS)) % 3), ("x", "y", "z")),
}


def fit(task: str) -> Model:
    label, classes = LABELS[task]
    return Model.fit(FRAME, label, ModelSpec(task, rounds=30), classes=classes)


@pytest.mark.parametrize("task", LABELS)
def test_each_row_alone_is_predicted_as_all_at_once(task):
    """The prediction of a row is the same to the last bit, for every task."""
    model = fit(task)
    single = SingleRow(model)

    alone = np.array([single(row) for row in ROWS.tolist()])

    assert np.array_equal(alone, model.predict(FRAME).reshape(len(ROWS), -1))


def test_contributions_are_those_of_the_booster():
    """What each feature adds is the same as pred_contrib, with the base value last."""
    model = fit("binary")
    shares = SingleRow(model, CONTRIBUTIONS)

    alone = np.array([shares(row) for row in ROWS[:50].tolist()])

    assert np.array_equal(alone, model.booster.predict(ROWS[:50], pred_contrib=True))


def test_a_batch_in_between_changes_nothing():
    """Batches by the same booster, on several threads, do not disturb single rows."""
    model = fit("binary")
    single, expected = SingleRow(model), model.predict(FRAME).tolist()
    batch = threading.Thread(target=lambda: [model.predict(FRAME) for _ in range(20)])

    batch.start()
    alone = [single(row)[0] for row in ROWS.tolist()]
    batch.join()

    assert alone == expected


def test_the_model_may_be_forgotten():
    """The prediction keeps the booster that it reads from."""
    model = fit("binary")
    expected = model.predict(FRAME[:1])[0]
    single = SingleRow(model)
    del model

    assert single(ROWS[0].tolist()) == (expected,)


@pytest.mark.parametrize("row", [[], [1.0], [1.0] * 6, [1.0, 2.0, "3", 4.0, 5.0], [None] * 5])
def test_what_is_no_row_never_reaches_the_library(row):
    """A row of another length, or with something that is no number, is an error of Python."""
    with pytest.raises((ValueError, TypeError)):
        SingleRow(fit("binary"))(row)


def test_a_card_that_names_other_features_is_refused():
    """Trees and card must agree on the number of features, or memory would be read beyond the row."""
    model = fit("binary")
    model.columns.pop("e")

    with pytest.raises(DataError, match="The model's trees read 5 features, its card names 4"):
        SingleRow(model)
