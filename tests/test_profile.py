"""The reference profile: bins of the training rows, and counts of others in them."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory_nb.errors import DataError, ModelNotFoundError
from aifactory_nb.profile import (
    MOST_LEVELS,
    bin_counts,
    bin_names,
    column_profile,
    missing_share,
    profile_counts,
    read_profile,
    reference_profile,
)

NUMBERS = st.lists(st.one_of(st.none(), st.floats(width=32), st.integers(-3, 3).map(float)))


@given(NUMBERS)
def test_bins_hold_every_number_once(values):
    """Counted in its own bins, a column gives its own counts; missing values are in none."""
    column = pl.Series("x", values, dtype=pl.Float64)

    entry = column_profile(column)

    assert profile_counts(column, entry).tolist() == bin_counts(entry).tolist()
    assert bin_counts(entry).sum() == np.isfinite(column.drop_nulls().to_numpy()).sum()
    assert np.all(np.diff(entry["edges"]) > 0)
    assert len(bin_names(entry)) == len(bin_counts(entry))


@given(st.lists(st.one_of(st.none(), st.sampled_from("abc"))))
def test_levels_hold_every_text_once(values):
    """The same for texts."""
    column = pl.Series("x", values, dtype=pl.String)

    entry = column_profile(column)

    assert profile_counts(column, entry).tolist() == bin_counts(entry).tolist()


def test_many_numbers_fill_ten_bins():
    """Numbers are cut at their deciles."""
    entry = column_profile(pl.Series(np.arange(1000.0)))

    assert entry["counts"] == [100] * 10


def test_constant_notices_both_directions():
    """A constant has a bin for itself, one below and one above."""
    entry = column_profile(pl.Series([5.0] * 9))

    assert entry["counts"] == [0, 9, 0]
    assert profile_counts(pl.Series([4.9, 5.0, 5.1]), entry).tolist() == [1, 1, 1]


def test_column_of_nulls_has_a_profile():
    """Where all values are missing there is one empty bin."""
    entry = column_profile(pl.Series("x", [None, None], dtype=pl.Float64))

    assert (entry["missing"], entry["edges"], entry["counts"]) == (1.0, [], [0])
    assert entry["mean"] is None


def test_rare_levels_are_counted_together():
    """Levels beyond the most frequent ones are one bin, and so are new ones."""
    names = [f"n{number:02d}" for number in range(MOST_LEVELS + 5)]

    entry = column_profile(pl.Series(names))

    assert entry["other"] == 5
    assert profile_counts(pl.Series(["brand new"]), entry)[-1] == 1


def test_what_is_no_number_is_missing():
    """Null, NaN and infinite values count as missing."""
    assert missing_share(pl.Series([1.0, None, np.nan, np.inf])) == 0.75


def test_booleans_are_levels():
    """A Boolean has the levels true and false."""
    entry = column_profile(pl.Series([True, False, True, None]))

    assert dict(zip(entry["levels"], entry["counts"], strict=True)) == {"true": 2, "false": 1}


def test_text_in_the_bins_of_a_number_is_refused():
    """A column that changed its kind is an error that names it."""
    entry = column_profile(pl.Series([1.0, 2.0]))

    with pytest.raises(DataError, match="Column 'x' is String"):
        profile_counts(pl.Series("x", ["a"]), entry)


def test_profile_is_json():
    """A profile survives the way to JSON and back."""
    rows = pl.DataFrame({"hour": [6, 7], "carrier": ["UA", None]})

    profile = reference_profile(rows, rows.columns, np.array([0.1, 0.2]), pl.Series([0, 1]))

    assert json.loads(json.dumps(profile)) == profile
    assert profile["rows"] == 2


def test_missing_profile_is_not_found(tmp_path):
    """A folder without a profile says so."""
    with pytest.raises(ModelNotFoundError, match=r"no profile\.json"):
        read_profile(tmp_path)


def test_classes_are_profiled_by_name():
    """For several classes, prediction and label are texts: the decided and the true class."""
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])

    profile = reference_profile(
        pl.DataFrame({"x": [1, 2, 3]}), ["x"], shares, pl.Series([0.0, 1, 2]), list("abc")
    )

    assert profile["prediction"]["levels"] == ["a", "b"]
    assert profile["prediction"]["counts"] == [2, 1]
    assert sorted(profile["label"]["levels"]) == ["a", "b", "c"]
