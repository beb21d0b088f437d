"""From a frame to a matrix: what can be a feature, and how it becomes a number."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from aifactory_nb.encode import MOST_LEVELS, encode, feature_types, freeze_categories
from aifactory_nb.errors import DataError
from aifactory_nb.model import Model, ModelSpec

UNUSABLE = {
    "categorical": pl.Series(["a", "b"], dtype=pl.Categorical),
    "enum": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
    "datetime": pl.Series([datetime(2013, 1, 1)] * 2),
    "date": pl.Series([date(2013, 1, 1)] * 2),
    "duration": pl.Series([timedelta(days=1)] * 2),
    "decimal": pl.Series([Decimal("1.5")] * 2),
    "list": pl.Series([[1], [2]]),
    "struct": pl.Series([{"a": 1}] * 2),
    "binary": pl.Series([b"a", b"b"]),
}


@pytest.mark.parametrize("column", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_type_is_refused_before_lightgbm(column, monkeypatch):
    """A type that would abort the process is an error, and LightGBM is never called."""
    import lightgbm

    monkeypatch.setattr(lightgbm, "Dataset", None)
    frame = pl.DataFrame({"distance": [1.0, 2.0], "bad": column})

    with pytest.raises(DataError, match=r"cannot take bad \("):
        Model.fit(frame, pl.Series([0.0, 1.0]), ModelSpec("binary"))


@pytest.mark.parametrize("column", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_type_is_refused_in_scoring(column):
    """The same check stands in front of a prediction."""
    with pytest.raises(DataError, match="Feature 'bad' is"):
        encode(pl.DataFrame({"bad": column}), {"bad": "Float64"}, {})


@pytest.mark.parametrize(
    "dtype", [pl.Int8, pl.UInt8, pl.Int64, pl.UInt64, pl.Float32, pl.Float64, pl.Boolean]
)
def test_number_with_gaps_is_encoded(dtype):
    """Numbers of any width and Booleans keep their values; null becomes NaN."""
    frame = pl.DataFrame({"x": pl.Series([1, None, 0], dtype=pl.Int8).cast(dtype)})

    matrix = encode(frame, feature_types(frame), {})

    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(matrix, [[1], [np.nan], [0]])


def test_unseen_category_is_missing():
    """A level that was not in training is a missing value, as null is."""
    frame = pl.DataFrame({"carrier": ["UA", "new", None, "AA"]})

    matrix = encode(frame, {"carrier": "String"}, {"carrier": ["AA", "UA"]})

    np.testing.assert_array_equal(matrix[:, 0], [1, np.nan, np.nan, 0])


def test_infinite_number_is_missing():
    """A ratio with nothing below the line is no number to learn from."""
    matrix = encode(pl.DataFrame({"x": [1.0, np.inf, -np.inf]}), {"x": "Float64"}, {})

    np.testing.assert_array_equal(matrix[:, 0], [1, np.nan, np.nan])


def test_columns_are_taken_by_name():
    """The order of columns in the frame, and columns that are no features, do not matter."""
    frame = pl.DataFrame({"id": [7], "b": [2], "a": [1]})

    matrix = encode(frame, {"a": "Int64", "b": "Int64"}, {})

    assert matrix.tolist() == [[1, 2]]


def test_missing_feature_is_named():
    """A missing feature is an error with the closest column."""
    with pytest.raises(DataError, match="lacks the features distance. Did you mean 'distances'"):
        encode(pl.DataFrame({"distances": [1]}), {"distance": "Int64"}, {})


@pytest.mark.parametrize(
    ("found", "trained"), [("1", "Int64"), (1, "String"), (True, "Float64"), (1.0, "Boolean")]
)
def test_feature_of_another_kind_is_refused(found, trained):
    """A feature that changed its kind since training is an error, not a silent conversion."""
    with pytest.raises(DataError, match=f"but the model was trained on {trained}"):
        encode(pl.DataFrame({"x": [found]}), {"x": trained}, {"x": ["1"]})


def test_wider_number_is_accepted():
    """An integer where training had a float is the same kind."""
    assert encode(pl.DataFrame({"x": [3]}), {"x": "Float64"}, {}).tolist() == [[3.0]]


def test_column_of_nulls_counts_as_missing():
    """A single row whose value is unknown has no type of its own and can be scored."""
    frame = pl.DataFrame({"x": [None], "carrier": [None]})

    matrix = encode(frame, {"x": "Float64", "carrier": "String"}, {"carrier": ["AA"]})

    assert np.isnan(matrix).all()


def test_categories_do_not_depend_on_the_order_of_rows():
    """Frozen levels are sorted."""
    frame = pl.DataFrame({"carrier": ["UA", "AA", None, "DL", "AA"]})

    assert freeze_categories(frame) == {"carrier": ["AA", "DL", "UA"]}
    assert freeze_categories(frame.reverse()) == freeze_categories(frame)


def test_rare_levels_are_left_out():
    """Only the most frequent levels are kept."""
    names = [f"n{number:05d}" for number in range(MOST_LEVELS + 10)]
    frame = pl.DataFrame({"tailnum": ["frequent"] * 3 + names})

    levels = freeze_categories(frame)["tailnum"]

    assert len(levels) == MOST_LEVELS
    assert "frequent" in levels


def test_feature_without_any_value_is_a_number():
    """A column of nulls has no type of its own; it is kept as a number that is always missing."""
    frame = pl.DataFrame({"x": pl.Series([None, None])})

    assert feature_types(frame) == {"x": "Float64"}
    assert np.isnan(encode(frame, feature_types(frame), {})).all()
