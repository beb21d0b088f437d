"""Lengths of time as they are written."""

from datetime import timedelta

import pytest

from aifactory_nb.span import parse_span


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0m", timedelta(0)),
        ("90m", timedelta(minutes=90)),
        ("3h", timedelta(hours=3)),
        ("28d", timedelta(days=28)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    """Minutes, hours, days and weeks are of a fixed length."""
    assert parse_span(text) == length


@pytest.mark.parametrize("text", ["", "3", "h", "3 h", "1mo", "-1d", "1.5h", "9999999d"])
def test_anything_else_is_refused(text: str) -> None:
    """A month is not of a fixed length."""
    with pytest.raises(ValueError, match="expected a span such as"):
        parse_span(text)
