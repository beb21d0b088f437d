"""How results of the library are told: limits, findings, and what people may not see."""

from datetime import date
from types import SimpleNamespace as Namespace

import pytest

from aifactory_nb.gate_words import (
    LONGEST,
    error_text,
    limit_text,
    named_columns,
    outcome_check,
    shown_result,
    value_text,
)
from aifactory_nb.personal import masked
from aifactory_nb.pipeline import Actions


def outcome(result: dict, success: bool = False, severity: str = "critical", **arguments):
    """A result as the library gives it."""
    configuration = Namespace(
        type="expect_column_values_to_be_between",
        kwargs={"column": "price", **arguments},
        severity=Namespace(value=severity),
    )
    return Namespace(
        expectation_config=configuration, result=result, success=success, exception_info={}
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"min_value": 1, "max_value": 5000}, "at least 1 and at most 5,000"),
        ({"min_value": 0.5, "strict_min": True}, "above 0.5"),
        ({"value_set": ["a", "b"], "mostly": 0.995}, "value set a, b, in 99.5 % of rows"),
        ({"value_set": list(range(9))}, "value set 0, 1, 2, 3, 4, … (9 values)"),
        ({"mostly": 1, "batch_id": "x"}, ""),
    ],
)
def test_limits_in_words(arguments, text):
    """What an expectation allows, without what is only for the library."""
    assert limit_text({"column": "price", **arguments}) == text


def test_a_long_argument_is_cut():
    """A query of ten lines stands in the suite; the table tells how it begins."""
    text = limit_text({"unexpected_rows_query": "SELECT * FROM x " * 30})

    assert text.endswith(" …")
    assert len(text) < LONGEST + 30


def test_the_columns_of_an_expectation():
    """One, a pair, or a list."""
    assert named_columns({"column_A": "a", "column_B": "b"}) == ["a", "b"]
    assert named_columns({"column_list": ["a", "b", "c"]}) == ["a", "b", "c"]


def test_the_message_of_one_metric_of_many():
    """The library keeps an error for each metric."""
    error = {"raised_exception": True, "exception_message": "no number"}

    assert error_text({"one": {"raised_exception": False}, "two": error}) == "no number"


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ({"observed_value": 1234567}, "1,234,567"),
        ({"observed_value": {"quantiles": [0.5], "values": [3]}}, "3"),
        ({"details": {"mismatched": {"unexpected": ["x"]}}}, "unexpected=x"),
        ({"element_count": 9, "unexpected_count": 0}, "none of 9 rows unexpected"),
        ({}, "no"),
    ],
)
def test_what_was_found_in_words(result, found):
    """Whatever form the library gives it."""
    assert outcome_check(outcome(result), ["price"], Actions())["found"] == found


def test_only_an_expectation_about_rows_can_set_them_aside():
    """Another one blocks, and says so."""
    aside, rows = Actions(warning="quarantine"), {"element_count": 9, "unexpected_count": 1}

    one = outcome_check(outcome(rows, severity="warning"), ["price"], aside)
    other = outcome_check(outcome({"observed_value": 3}, severity="warning"), ["price"], aside)

    assert (one["action"], other["action"]) == ("quarantine", "block")
    assert other["found"].startswith("3; it is not about single rows")


def test_an_expectation_that_is_met_keeps_its_action():
    """A row that says what would have followed."""
    met = outcome({"observed_value": 3}, success=True)

    row = outcome_check(met, ["price"], Actions(critical="quarantine"))

    assert (row["passed"], row["action"], row["found"]) == (True, "quarantine", "3")


def test_values_are_shown_as_their_column_allows():
    """Pairs and rows hide each value by its own column."""
    result = {
        "partial_unexpected_list": [("ann", 3), {"name": "bob", "age": 4}],
        "partial_unexpected_counts": [{"value": ("ann", 3), "count": 2}],
        "unexpected_percent": 5.0,
        "observed_value": None,
    }

    shown = shown_result(result, ["name", "age"], masked)

    assert shown["partial_unexpected_list"] == [("a••", 3), {"name": "b••", "age": 4}]
    assert shown["partial_unexpected_counts"] == [{"value": ("a••", 3), "count": 2}]
    assert (shown["unexpected_percent"], shown["observed_value"]) == (5.0, None)


def test_numbers_and_days_of_people_are_hidden_too():
    """The name of the column tells: a telephone number need not be text."""
    found = {"observed_value": 4915112345, "element_count": 3}
    born = {"partial_unexpected_list": [date(1990, 1, 2)], "element_count": 1990}

    assert shown_result(found, ["phone"], masked) == {**found, "observed_value": "4•••••••••"}
    assert shown_result(born, ["birth_date"], masked)["partial_unexpected_list"] == ["1•••-••-••"]
    assert shown_result(found, ["price"], masked) == found


def test_numbers_are_told_short():
    """Thousands are parted, and no more digits than are read."""
    assert value_text([1234567, 0.123456789, True, None]) == "1,234,567, 0.123457, True, None"
