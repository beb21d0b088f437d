"""Texts that no set holds are told by their shape, their length and their number."""

import re
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from aifactory_nb.suite_profile import Reference, reference
from aifactory_nb.suite_shapes import shape_of, text_rules

ROWS = 91 * 24


@pytest.fixture
def made() -> Reference:
    """A row for each hour of three months."""
    start, end = datetime(2024, 1, 1), datetime(2024, 4, 1)
    at = pl.datetime_range(start, end, "1h", closed="left", eager=True)
    return reference(pl.DataFrame({"at": at}), "at", start, end)


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["S0", "S17", "S299"], "^[A-Z][0-9]{1,4}$"),
        (["2024-01-05", "2024-12-31"], r"^[0-9]{4}\-[0-9]{2}\-[0-9]{2}$"),
        (["N725MQ", "N3ALAA", "N14228"], "^[A-Z0-9]{6}$"),
        (["7590-VHVEG", "5575-GNVDE"], r"^[0-9]{4}\-[A-Z]{5}$"),
        (["a.b@c.de", "x.yz@q.org"], r"^[a-z]\.[a-z]{1,2}@[a-z]\.[a-z]{2,3}$"),
        (["#", "#"], r"^\#$"),
    ],
)
def test_texts_that_are_built_alike_have_a_shape(texts: list[str], shape: str) -> None:
    """One that they all match, also where a sign has a meaning in patterns."""
    assert shape_of(pl.Series(texts)) == shape
    assert all(re.match(shape, text) for text in texts)
    assert pl.Series(texts).str.contains(shape).all()


def test_free_text_has_no_shape() -> None:
    """Nor has one with letters of other alphabets, or no text at all."""
    assert shape_of(pl.Series(["Hello, world!", "(what?) *this*; {that}: [it]"])) is None
    assert shape_of(pl.Series(["Zürich", "東京"])) is None
    assert shape_of(pl.Series(["", ""])) is None


def test_a_number_that_grows_keeps_the_shape() -> None:
    """S999 is followed by S1000."""
    shape = shape_of(pl.Series([f"S{number}" for number in range(1000)])) or ""

    assert re.match(shape, "S1000")
    assert not re.match(shape, "S10000")


def test_most_texts_are_as_long_as_most_were(made: Reference) -> None:
    """So texts that are cut off are found, although their shape fits."""
    generator = np.random.default_rng(1)
    texts = pl.Series("id", [f"{number:06d}" for number in generator.integers(0, 999_999, ROWS)])
    rules = list(text_rules(made, texts))
    lengths = next(each["kwargs"] for each in rules if "min_value" in each["kwargs"])

    assert lengths["min_value"] == 6
    assert lengths["mostly"] > 0.9


def test_free_text_is_told_by_length_and_number(made: Reference) -> None:
    """It has no pattern, but all else."""
    texts = pl.Series("say", [f"Ünder {row}, über: {'!' * (row % 9)}" for row in range(ROWS)])
    kinds = [each["type"] for each in text_rules(made, texts)]

    assert "expect_column_values_to_match_regex" not in kinds
    assert kinds[-1] == "expect_column_unique_value_count_to_be_between"


def test_no_texts_have_no_rules(made: Reference) -> None:
    """An empty column says nothing."""
    assert list(text_rules(made, pl.Series("a", [None] * ROWS, dtype=pl.String))) == []
