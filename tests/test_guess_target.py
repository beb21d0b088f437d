"""What kind of target a column is."""

from datetime import date

import polars as pl
import pytest

from aifactory_nb.errors import DataError
from aifactory_nb.guess_target import guess_target


@pytest.mark.parametrize(
    ("values", "task", "positive"),
    [
        (["yes", "no", "no"], "binary", "yes"),
        (["good", "bad", "bad"], "binary", "bad"),
        ([1, 2, 1], "binary", 2),
        ([0, 1, 1], "binary", 1),
        ([True, False], "binary", None),
        (["a", "b", "c"], "multiclass", None),
        ([1, 2, 3] * 20, "multiclass", None),
        ([1, 2, 3], "regression", None),
        ([1.5, 2.5, 3.0], "regression", None),
    ],
)
def test_the_task_is_told_by_the_values(values: list[object], task: str, positive: object) -> None:
    """Two values, few values, or numbers."""
    found = guess_target(pl.Series("y", values))

    assert (found.task, found.positive) == (task, positive)


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([1, 1, 1], None, "always 1: there is nothing to learn"),
        ([None, None], None, "no value in any of 2 rows"),
        ([f"t{i}" for i in range(60)], None, "60 different texts"),
        (["a", "b", "c"], "binary", "so it is not binary"),
        (["a", "b", "c"], "regression", "no amount"),
        (["a", "b"], "multiclass", "use --task binary"),
        ([date(2024, 1, 1), date(2024, 1, 2)], None, "cannot be predicted"),
    ],
)
def test_a_column_that_is_no_target_says_why(
    values: list[object], task: str | None, message: str
) -> None:
    """Constant, empty, too many texts, or not of the task that was asked for."""
    with pytest.raises(DataError, match=message):
        guess_target(pl.Series("y", values), task)


def test_too_many_classes_are_refused() -> None:
    """Also when they are asked for."""
    with pytest.raises(DataError, match="more than the 50 classes"):
        guess_target(pl.Series("y", range(90)), "multiclass")


def test_a_message_hides_a_personal_value() -> None:
    """The only value of the target is an address."""
    with pytest.raises(DataError, match="always 'a•@") as raised:
        guess_target(pl.Series("y", ["ab@example.org"] * 9))

    assert "ab@" not in str(raised.value)
