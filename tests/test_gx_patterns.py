"""Conditions on texts, beside the library's pandas engine where it has them."""

import re
from datetime import datetime

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from gx_cases import agreed, both, counts, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.domain import Domain
from aifactory_nb.gx_polars.engine import PolarsExecutionEngine
from aifactory_nb.gx_polars.expected import Column
from aifactory_nb.gx_polars.patterns import (
    like,
    match_regex_list,
    runs_in_rust,
    value_length_between,
)

pytestmark = pytest.mark.cases

WORDS = pl.DataFrame({"x": ["abc", "de", "f1", "", "ABC", None, "a\nb", "é", "12"]})


def unexpected(values, expectation, dtype=None):
    """The unexpected values among these, of the column `x`."""
    found = outcome(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}), expectation)
    assert found["error"] is None, found["error"]
    return found["result"]["unexpected_list"]


def metric(frame, name, values=None):
    """The value of one metric of the column `x`."""
    engine = PolarsExecutionEngine()
    engine.load_batch_data("batch", frame)
    calculator = MetricsCalculator(engine, show_progress_bars=False)
    return calculator.get_metric(MetricConfiguration(name, {"column": "x"}, values))


PATTERNS = ["^a", "[0-9]", "b$", "^[a-z]+$", "", ".", "(?i)abc", r"\d", r"\w", "a|d", "é"]
ONLY_PYTHON = ["^(?!a)", "(?<=a)b", r"(.)\1"]


@pytest.mark.parametrize("regex", [*PATTERNS, *ONLY_PYTHON])
def test_patterns_are_found_where_pandas_finds_them(regex):
    """Anywhere in the text; those that Rust does not run as well."""
    agreed(WORDS, gxe.ExpectColumnValuesToMatchRegex(column="x", regex=regex))
    agreed(WORDS, gxe.ExpectColumnValuesToNotMatchRegex(column="x", regex=regex))


@pytest.mark.parametrize("regexes", [["a", "b"], ["^a", "^(?!a)"], ["^f", "zz"], ["x"]])
def test_lists_of_patterns_are_those_of_pandas(regexes):
    """Any, all, or none of them."""
    for match_on in ("any", "all"):
        agreed(
            WORDS,
            gxe.ExpectColumnValuesToMatchRegexList(
                column="x", regex_list=regexes, match_on=match_on
            ),
        )
    agreed(WORDS, gxe.ExpectColumnValuesToNotMatchRegexList(column="x", regex_list=regexes))


@pytest.mark.parametrize("regex", ONLY_PYTHON)
def test_what_rust_does_not_run_is_told_from_what_it_does(regex):
    """Without a look at the data."""
    assert not runs_in_rust(regex)
    assert runs_in_rust("^[a-z]+$")


def test_a_pattern_that_cannot_be_read_is_an_error_that_says_where():
    """Of its expectation."""
    ours, theirs = both(WORDS, gxe.ExpectColumnValuesToMatchRegex(column="x", regex="a("))
    assert "'a(' cannot be read" in ours["error"] and "position 1" in ours["error"]
    assert theirs["error"]


def test_an_empty_list_of_patterns_is_an_error():
    """Of the metric; the expectation refuses it before."""
    column = Column("x", pl.col("x"), pl.String(), Domain(WORDS.lazy(), WORDS.schema))
    with pytest.raises(GreatExpectationsError, match="at least one pattern"):
        match_regex_list(column, [], "any")
    with pytest.raises(GreatExpectationsError, match="'any' or 'all'"):
        match_regex_list(column, ["a"], "some")


def test_numbers_and_days_are_matched_as_text():
    """As pandas prints them."""
    frame = pl.DataFrame({"x": [1, 12, 3]})
    agreed(frame, gxe.ExpectColumnValuesToMatchRegex(column="x", regex="^1"))
    truth = pl.DataFrame({"x": [True, False]})
    agreed(truth, gxe.ExpectColumnValuesToMatchRegex(column="x", regex="^T"))
    moments = pl.DataFrame({"x": [datetime(2013, 1, 2, 3, 4, 5), datetime(2014, 1, 1, 0, 0, 1)]})
    ours, theirs = both(
        moments, gxe.ExpectColumnValuesToMatchRegex(column="x", regex="^2013-01-02 03:04:05$")
    )
    assert counts(ours) == counts(theirs)


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["abc", "de"])])
def test_categories_are_texts(dtype):
    """Also for Python."""
    for regex in ("^a", "^(?!d)"):
        expectation = gxe.ExpectColumnValuesToMatchRegex(column="x", regex=regex)
        assert unexpected(["abc", "de", None], expectation, dtype) == ["de"]


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [b"a"]])
def test_what_has_no_text_is_an_error(values):
    """With advice."""
    found = outcome(
        pl.DataFrame({"x": values}), gxe.ExpectColumnValuesToMatchRegex(column="x", regex="a")
    )
    assert "Patterns are for texts" in found["error"]


def test_matches_are_counted_and_listed_by_their_own_metrics():
    """Which the library has beside the expectations."""
    assert metric(WORDS, "column_values.match_regex.count", {"regex": "^a"}) == 2
    assert metric(WORDS, "column_values.not_match_regex.count", {"regex": "^a"}) == 6
    assert metric(WORDS, "column_values.match_regex", {"regex": "^a", "limit": 1}) == ["abc"]
    some = metric(WORDS, "column_values.not_match_regex_values", {"regex": "^[a-z]", "limit": None})
    assert some == ["", "ABC", "é", "12"]


def as_regex(pattern, escape):
    """SQL's LIKE, written down again."""
    found, index = "", 0
    while index < len(pattern):
        if escape and pattern[index] == escape:
            index += 1
            found += re.escape(pattern[index])
        else:
            found += {"%": ".*", "_": "."}.get(pattern[index], re.escape(pattern[index]))
        index += 1
    return re.compile(found, re.DOTALL)


TEXTS = [
    "a_b",
    "axb",
    "a%b",
    "ab",
    "",
    "a\nb",
    "b",
    "a\\_b",
    "%",
    "xa_b",
    "a_bx",
    "A_B",
    "a.b",
    "!",
]


@settings(max_examples=200, deadline=None)
@given(st.text("ab_%!.\\x", max_size=6), st.sampled_from([None, "!", "\\"]))
def test_like_patterns_are_those_of_sql(pattern, escape):
    """Wildcards, escapes, line ends, large and small letters, the ways around a regular expression."""
    frame = pl.DataFrame({"x": TEXTS})
    ends_open = escape and re.search(
        rf"(?<!{re.escape(escape)})(?:{re.escape(escape) * 2})*{re.escape(escape)}$", pattern
    )
    if ends_open:
        with pytest.raises(Exception, match="ends in its escape character"):
            like(pl.col("x"), pattern, escape)
        return
    wanted = [as_regex(pattern, escape).fullmatch(text) is not None for text in TEXTS]
    assert frame.select(like(pl.col("x"), pattern, escape)).to_series().to_list() == wanted


def test_like_expectations_count_what_does_not_match():
    """One pattern, several, none of them; missing values are not looked at."""
    values = ["a_b", "axb", None, "c"]
    one = gxe.ExpectColumnValuesToMatchLikePattern(column="x", like_pattern="a!_b", escape="!")
    assert unexpected(values, one) == ["axb", "c"]
    not_one = gxe.ExpectColumnValuesToNotMatchLikePattern(column="x", like_pattern="a_b")
    assert unexpected(values, not_one) == ["a_b", "axb"]
    some = {"column": "x", "like_pattern_list": ["a%", "%b"]}
    assert unexpected(
        values, gxe.ExpectColumnValuesToMatchLikePatternList(**some, match_on="all")
    ) == ["c"]
    assert unexpected(values, gxe.ExpectColumnValuesToNotMatchLikePatternList(**some)) == [
        "a_b",
        "axb",
    ]


@pytest.mark.parametrize("bounds", [(1, 2), (None, 2), (2, None), (3, 3)])
@pytest.mark.parametrize("strict", [True, False])
def test_lengths_are_those_of_pandas(bounds, strict):
    """In characters, not in bytes."""
    asked = gxe.ExpectColumnValueLengthsToBeBetween(
        column="x", min_value=bounds[0], max_value=bounds[1], strict_min=strict
    )
    agreed(WORDS, asked)
    agreed(pl.DataFrame({"x": [1, 12, 123]}), asked)


@pytest.mark.parametrize("value", [0, 1, 2, 3])
def test_a_length_is_that_of_pandas(value):
    """An exact one."""
    agreed(WORDS, gxe.ExpectColumnValueLengthsToEqual(column="x", value=value))


def test_lists_arrays_and_bytes_have_lengths_of_their_own():
    """In elements and in bytes; the pandas engine measures how Python would print them."""
    asked = gxe.ExpectColumnValueLengthsToEqual(column="x", value=2)
    assert unexpected([[1, 2], [1], None, []], asked) == [[1], []]
    assert unexpected([[1, 2], None], asked, pl.Array(pl.Int64, 2)) == []
    assert len(unexpected([b"ab", "é".encode(), b"abc"], asked)) == 1


def test_a_length_without_bounds_is_an_error():
    """Of the metric; the expectation refuses it before."""
    column = Column("x", pl.col("x"), pl.String(), Domain(WORDS.lazy(), WORDS.schema))
    with pytest.raises(GreatExpectationsError, match="cannot both be None"):
        value_length_between(column, None, None, False, False)


def test_the_extremes_of_lengths_are_metrics():
    """Of the rows that count."""
    assert metric(WORDS, "column_values.length.max") == 3
    assert metric(WORDS, "column_values.length.min") == 0
