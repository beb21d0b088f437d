"""Which rows fail: the same that the library's own pandas engine names, for each kind of expectation about rows."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.data_gate import TableVerdict, check_table
from aifactory_nb.failing_rows import SHARES_KEY, with_same_key
from aifactory_nb.pipeline import Gates

ASIDE = Gates(actions={"critical": "quarantine"}, quarantine_limit=1)
ROWS = 200


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Numbers, words and days, with missing values."""
    random = np.random.default_rng(7)

    def holes(values: list) -> list:
        return [None if random.random() < 0.1 else value for value in values]

    low = random.normal(0, 10, ROWS)
    return pl.DataFrame(
        {
            "n": holes(random.integers(0, 40, ROWS).tolist()),
            "low": holes(low.tolist()),
            "high": holes((low + random.normal(2, 2, ROWS)).tolist()),
            "word": holes(
                [f"{letter}{n}" for letter, n in zip("abcd" * 50, range(ROWS), strict=True)]
            ),
            "day": [datetime(2024, 1, 1 + int(n)) for n in random.integers(0, 28, ROWS)],
            "kind": random.choice(["a", "b", "c"], ROWS).tolist(),
        }
    )


def verdict_of(frame: pl.DataFrame, folder: Path, *items: dict) -> TableVerdict:
    """What the gate says."""
    path = folder / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": items}))
    return check_table(frame, path, gates=ASIDE)


def named_by_pandas(frame: pl.DataFrame, item: dict) -> list[int]:
    """The rows that the library's own engine names for an expectation."""
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("all")
    table = frame.to_pandas()
    expectation = ExpectationConfiguration(**item).to_domain_obj()
    found = batch.get_batch({"dataframe": table}).validate(expectation, result_format="COMPLETE")
    return sorted(found.result["unexpected_index_list"])


def item(kind: str, **arguments) -> dict:
    """An expectation of a suite."""
    return {"type": f"expect_{kind}", "kwargs": arguments}


IN_KIND = {"row_condition": 'col("kind") == "a"', "condition_parser": "great_expectations"}
KINDS = [
    item("column_values_to_be_between", column="n", min_value=5, max_value=30, strict_max=True),
    item("column_values_to_be_between", column="low", min_value=-5),
    item("column_values_to_not_be_null", column="word"),
    item("column_values_to_be_null", column="low"),
    item("column_values_to_be_in_set", column="kind", value_set=["a", "b"]),
    item("column_values_to_not_be_in_set", column="n", value_set=[1, 2, 3]),
    item("column_values_to_be_unique", column="n"),
    item("column_values_to_be_unique", column="n", **IN_KIND),
    item("column_values_to_match_regex", column="word", regex="^[abc]"),
    item("column_values_to_match_regex", column="word", regex=r"^(?!a1)\w+$"),
    item("column_values_to_not_match_regex", column="word", regex="7"),
    item("column_value_lengths_to_be_between", column="word", max_value=3),
    item("column_value_z_scores_to_be_less_than", column="low", threshold=1.5, double_sided=True),
    item("column_pair_values_a_to_be_greater_than_b", column_A="high", column_B="low"),
    item(
        "column_pair_values_a_to_be_greater_than_b",
        column_A="high",
        column_B="low",
        ignore_row_if="either_value_is_missing",
    ),
    item("compound_columns_to_be_unique", column_list=["n", "kind"]),
    item("select_column_values_to_be_unique_within_record", column_list=["kind", "word"]),
    item("column_values_to_be_between", column="n", min_value=10, **IN_KIND),
]


@pytest.mark.parametrize("wanted", KINDS, ids=lambda item: item["type"].removeprefix("expect_"))
def test_the_rows_are_those_that_the_library_names(
    frame: pl.DataFrame, tmp_path: Path, wanted: dict
) -> None:
    """Another engine, another way of counting, the same rows."""
    verdict = verdict_of(frame, tmp_path, wanted)
    named = named_by_pandas(frame, wanted)

    if named:
        assert verdict.set_aside["row"].to_list() == named, verdict.checks
    else:
        assert verdict.checks[0]["passed"]


def test_each_row_has_the_reasons_of_all_that_it_fails(frame: pl.DataFrame, tmp_path: Path) -> None:
    """Together they are what each expectation names alone, in the order of the suite."""
    wanted = [KINDS[0], KINDS[6], KINDS[4]]
    verdict = verdict_of(frame, tmp_path, *wanted)
    alone = [set(named_by_pandas(frame, each)) for each in wanted]

    assert set(verdict.set_aside["row"]) == set.union(*alone)
    for row, reasons in verdict.set_aside.iter_rows():
        words = ["values to be between", "values to be unique", "values to be in set"]
        expected = [word for word, rows in zip(words, alone, strict=True) if row in rows]
        assert [word for reason in reasons for word in words if word in reason] == expected


def test_rows_of_one_key_stay_together() -> None:
    """Once each, whatever the column is called."""
    table = pl.DataFrame({"row": ["x", "y", "x", "z"]})
    schema = {"row": pl.UInt32, "reasons": pl.List(pl.String)}
    found = pl.DataFrame({"row": [2], "reasons": [["bad"]]}, schema=schema)

    together = with_same_key(table.lazy(), found, ["row"])

    assert together.rows() == [(0, [SHARES_KEY]), (2, ["bad"])]
    assert with_same_key(table, found, []).equals(found)
