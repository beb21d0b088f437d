"""Columns that are known only with the target."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.leakage import feature_signal
from aifactory_nb.leaks import (
    alone_findings,
    block_findings,
    gap_findings,
    later_findings,
    name_findings,
    sum_finding,
)


@pytest.fixture
def generator() -> np.random.Generator:
    """The same numbers in every run."""
    return np.random.default_rng(1)


def test_a_column_that_gives_the_target_away_is_a_leak(generator: np.random.Generator) -> None:
    """Alone it ranks the label almost perfectly."""
    label = (generator.random(2000) < 0.3).astype(int)
    frame = pl.DataFrame(
        {"refund": label * 5 + generator.random(2000), "age": generator.random(2000)}
    )
    signal = feature_signal(frame, pl.Series(label), frame.columns)

    assert [each.column for each in alone_findings(signal)] == ["refund"]


def test_a_block_of_failure_kinds_belongs_to_the_failure(generator: np.random.Generator) -> None:
    """A kind that does not count as failure stands among those that do."""
    kinds = {name: (generator.random(3000) < 0.01).astype(int) for name in "abcd"}
    failed = kinds["a"] | kinds["b"] | kinds["d"]
    frame = pl.DataFrame({"on": kinds["c"], "failed": failed, **kinds})

    assert [each.column for each in block_findings(frame, "failed", ["a", "b", "d"])] == ["c"]


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (lambda a, b, c: a + b, "y = b + a, exactly"),
        (lambda a, b, c: 2 * a - 0.5 * b + 3, "y = 2 × a - 0.5 × b + 3, exactly"),
    ],
)
def test_a_target_that_is_a_sum_is_written_as_one(
    generator: np.random.Generator, target: object, written: str
) -> None:
    """The combination is found among columns that have no part in it."""
    a, b, c = generator.normal(size=500), generator.normal(size=500) * 3, generator.random(500)
    frame = pl.DataFrame({"a": a, "b": b, "c": c, "y": target(a, b, c)})  # type: ignore[operator]
    found = sum_finding(frame, "y", ["a", "b", "c"])

    assert {each.column for each in found} == {"a", "b"}
    assert found[0].found == written


def test_noise_is_no_sum(generator: np.random.Generator) -> None:
    """A good prediction is not an exact one."""
    a = generator.normal(size=500)
    frame = pl.DataFrame({"a": a, "y": a + generator.normal(size=500) / 100})

    assert not sum_finding(frame, "y", ["a"])


def test_a_name_counts_with_a_second_reason(generator: np.random.Generator) -> None:
    """By far the strongest, or with its plan beside it; the duration of a loan is honest."""
    label = (generator.random(3000) < 0.2).astype(int)
    noise = generator.normal(size=(4, 3000))
    frame = pl.DataFrame(
        {"duration": label * 2 + noise[0], "sched_dep": noise[1], "dep": noise[2], "end": noise[3]}
    )
    signal = feature_signal(frame, pl.Series(label), frame.columns)
    found = {each.column: each.found for each in name_findings(frame, "y", signal)}

    assert set(found) == {"duration", "dep"}
    assert "by far the strongest" in found["duration"]
    assert "'sched_dep' is the plan of it" in found["dep"]


def test_what_is_missing_with_the_target_came_about_with_it() -> None:
    """The gaps are in exactly the same rows."""
    frame = pl.DataFrame({"y": [1, None] * 30, "a": [2, None] * 30, "b": [None, 2] * 30})

    assert [each.column for each in gap_findings(frame, "y", ["a", "b"])] == ["a"]


def test_dates_after_the_row_are_outcomes() -> None:
    """Unless the name says that they are planned, or they lie before."""
    at = pl.Series("at", [datetime(2024, 1, day) for day in range(1, 29)])
    later = at + timedelta(days=3)
    frame = pl.DataFrame({"at": at, "settle": later, "due": later, "born": at - timedelta(days=99)})
    found = list(later_findings(frame, "at", ["settle", "due", "born"]))

    assert [(each.column, each.effect) for each in found] == [("settle", "outcome")]
