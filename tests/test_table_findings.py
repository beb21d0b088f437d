"""What is odd about a table before anybody asks about its target."""

import numpy as np
import polars as pl

from aifactory_nb.table_findings import (
    constant_findings,
    duplicate_findings,
    identifier_findings,
    order_finding,
    text_findings,
    unusable_findings,
)


def test_identifiers_are_told_from_amounts() -> None:
    """An amount that is different in every row is no identifier, and no float ever is."""
    rows = 200
    frame = pl.DataFrame(
        {
            "instant": range(5, rows + 5),
            "customer_id": [(i * 7919) % 100_003 for i in range(rows)],
            "code": [f"M{i}" for i in range(rows)],
            "amount": [(i * 7919) % 100_003 for i in range(rows)],
            "share": [i / rows for i in range(rows)],
        }
    )

    assert [each.column for each in identifier_findings(frame)] == [
        "instant",
        "customer_id",
        "code",
    ]


def test_columns_that_say_nothing_are_left_out() -> None:
    """One value in all rows, or none; one value in some rows says something."""
    frame = pl.DataFrame({"one": [1, 1], "none": [None, None], "some": [None, "x"], "two": [1, 2]})
    found = {each.column: each.effect for each in constant_findings(frame)}

    assert found == {"one": "left out", "none": "left out", "some": "kept"}


def test_free_text_is_left_out_and_many_values_are_told() -> None:
    """A text that is different in most rows, and one with hundreds of values."""
    frame = pl.DataFrame(
        {
            "note": [f"text {i % 900}" for i in range(1000)],
            "model": [f"m{i % 150}" for i in range(1000)],
            "kind": ["a", "b"] * 500,
        }
    )

    assert {each.column: each.effect for each in text_findings(frame)} == {
        "note": "left out",
        "model": "kept",
    }


def test_lists_and_reserved_names_are_no_features() -> None:
    """What the factory cannot use as it is."""
    frame = pl.DataFrame({"tags": [["a"]], "prediction": [0.5], "x": [1]})

    assert [each.column for each in unusable_findings(frame)] == ["tags", "prediction"]


def test_doubled_rows_are_counted_without_their_names() -> None:
    """A row number does not make a row another one."""
    frame = pl.DataFrame({"id": [1, 2, 3], "a": [1, 1, 2]})

    (found,) = duplicate_findings(frame, ["id"])
    assert found.found == "1 of 3 rows repeat another one in all columns but id"


def test_a_label_that_moves_along_the_rows_gives_them_an_order() -> None:
    """Neither chance, nor one bunch, nor a file sorted by the target does."""
    generator = np.random.default_rng(1)
    chance = generator.random(10_000)
    moving = (chance < np.linspace(0.02, 0.4, 10_000)).astype(float)
    bunch = (chance < np.where(np.arange(10_000) // 500 == 9, 0.4, 0.03)).astype(float)
    found = order_finding(moving)

    assert found is not None and found.effect == "order"
    assert order_finding((chance < 0.2).astype(float)) is None
    assert order_finding(bunch) is None
    assert order_finding(np.sort(moving)).effect == "kept"  # type: ignore[union-attr]
    assert order_finding(np.array([0.0, 1.0])) is None


def test_a_constant_that_is_personal_is_masked() -> None:
    """The value stands in the pipeline file too."""
    (found,) = constant_findings(pl.DataFrame({"boss": ["ann@example.org"] * 30}))

    assert "ann@" not in found.found
