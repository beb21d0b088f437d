"""Scoring a file: what the batch stage says, in bounded memory, and an output that is whole."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from serving import add_version, batch_features, fill_tables

from aifactory_nb.errors import ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import Model
from aifactory_nb.predict import score
from aifactory_nb.row_schema import RowsError
from aifactory_nb.score_file import Scored, score_file, without_lists
from aifactory_nb.served_model import ServedModel, load_served
from aifactory_nb.settings import Settings

# the peak of a process that scores a file of so many rows
MEASURE = """
import resource, sys
from pathlib import Path
from serving import *
from aifactory_nb.score_file import score_file
from aifactory_nb.served_model import load_served
from aifactory_nb.settings import load_settings
settings = load_settings(Path(sys.argv[1]))
pipeline, store = fill_tables(settings)
served = load_served(store, Ledger(settings.ledger_url), pipeline, 1)
for name in sys.argv[2:]:
    score_file(served, pipeline, Path(name), Path(name).with_name("answers.csv"), size=1_000)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture
def shop(settings: Settings):
    pipeline, store = fill_tables(settings)
    add_version(settings)
    return pipeline, store


@pytest.fixture
def served(shop, settings: Settings) -> ServedModel:
    pipeline, store = shop
    return load_served(store, Ledger(settings.ledger_url), pipeline, 1)


@pytest.fixture
def expected(shop) -> pl.DataFrame:
    """What the stage score says, in the order of the table raw."""
    pipeline, store = shop
    features = batch_features(store, pipeline)
    said = score(Model.load(store.model_folder(1)), features, pipeline.data, 1)
    order = store.scan("raw").select(pipeline.data.key).collect()
    return order.join(said, on=pipeline.data.key, how="left", maintain_order="left")


@pytest.mark.parametrize("source", ["csv", "ndjson", "parquet", "arrow"])
def test_a_file_has_the_predictions_of_the_batch(shop, served, expected, tmp_path, source):
    """To the last bit, in any form, part by part."""
    pipeline, store = shop
    raw, path = store.scan("raw").collect(), tmp_path / f"orders.{source}"
    write = {"csv": raw.write_csv, "ndjson": raw.write_ndjson}
    {**write, "parquet": raw.write_parquet, "arrow": raw.write_ipc}[source](path)

    done = score_file(served, pipeline, path, tmp_path / "answers.parquet", size=700)

    found = pl.read_parquet(tmp_path / "answers.parquet")
    assert done == Scored(raw.height, 0) and found["row"].to_list() == list(
        range(1, raw.height + 1)
    )
    assert found.columns == [
        "row",
        "order",
        "ordered_at",
        "region",
        "version",
        "prediction",
        "decision",
    ]
    for name in ("order", "version", "prediction", "decision"):
        assert found[name].to_list() == expected[name].to_list()


@pytest.mark.parametrize("target", ["csv", "tsv", "ndjson", "parquet", "arrow"])
def test_answers_are_the_same_in_each_form(shop, served, expected, tmp_path, target):
    """Numbers are written so that they are read to the last bit."""
    pipeline, store = shop
    store.scan("raw").head(1000).collect().write_parquet(tmp_path / "orders.parquet")
    path = tmp_path / f"answers.{target}"

    score_file(served, pipeline, tmp_path / "orders.parquet", path, size=300)

    read = {"csv": pl.read_csv, "ndjson": pl.read_ndjson, "parquet": pl.read_parquet}
    read |= {"arrow": pl.read_ipc, "tsv": lambda path: pl.read_csv(path, separator="\t")}
    assert read[target](path)["prediction"].to_list() == expected["prediction"][:1000].to_list()


def test_bad_rows_end_it_and_leave_nothing(shop, served, tmp_path):
    """Each is told by its row and column; the file of an earlier time stays as it was."""
    pipeline, store = shop
    rows = store.scan("raw").head(50).collect().with_columns(pl.col("price").cast(pl.String))
    rows[30, "price"] = "much"
    rows.write_csv(tmp_path / "orders.csv")
    (tmp_path / "answers.csv").write_text("before")

    with pytest.raises(
        RowsError, match="row 31, column 'price': expected a number or null, found 'much'"
    ):
        score_file(served, pipeline, tmp_path / "orders.csv", tmp_path / "answers.csv", size=20)

    assert (tmp_path / "answers.csv").read_text() == "before"
    assert sorted(path.name for path in tmp_path.glob("*answers*")) == ["answers.csv"]


def test_bad_rows_are_put_aside_where_that_is_asked_for(shop, served, tmp_path):
    """With their number, what is wrong and what stands there; the others are predicted."""
    pipeline, store = shop
    rows = store.scan("raw").head(50).collect().with_columns(pl.col("price").cast(pl.String))
    rows[30, "price"] = "much"
    rows.write_csv(tmp_path / "orders.csv")
    files = [tmp_path / name for name in ("orders.csv", "answers.csv", "bad.ndjson")]

    done = score_file(served, pipeline, *files, size=20)

    (bad,) = map(json.loads, files[2].read_text().splitlines())
    assert done == Scored(49, 1) and bad["row"] == 31 and bad["values"]["price"] == "much"
    assert bad["problems"] == [
        {"column": "price", "expected": "a number or null", "found": "'much' (text)"}
    ]
    assert pl.read_csv(files[1])["row"].to_list() == [row for row in range(1, 51) if row != 31]


def test_the_input_is_not_overwritten(shop, served, tmp_path):
    """Nor the answers by the bad rows."""
    path = tmp_path / "orders.csv"

    with pytest.raises(ParameterError, match="files of their own"):
        score_file(served, shop[0], path, tmp_path / "." / "orders.csv")


def test_no_folder_is_made_for_answers(shop, served, tmp_path):
    """One that is not there is more likely a typo; it is told before rows are read."""
    path = tmp_path / "nowhere" / "answers.csv"

    with pytest.raises(ParameterError, match="there is no folder .*nowhere. Make it first"):
        score_file(served, shop[0], tmp_path / "orders.csv", path)
    assert not path.parent.exists()


def test_text_has_a_column_for_each_class():
    """A list has no place in it."""
    answers = pl.DataFrame({"decision": ["b"], "probabilities": [[0.25, 0.75]]})

    found = without_lists(answers, ["a", "b"])

    assert found.to_dicts() == [{"decision": "b", "probability_a": 0.25, "probability_b": 0.75}]


def test_memory_does_not_grow_with_the_file(shop, served, settings, tmp_path):
    """A file of twenty parts takes no more of it than one of two, whatever its form."""
    raw = shop[1].scan("raw").head(2_000).collect().with_columns(note=pl.lit("x" * 2_000))
    names = []
    for suffix, write in (("csv", pl.DataFrame.write_csv), ("parquet", pl.DataFrame.write_parquet)):
        for times in (1, 10):
            path = tmp_path / f"orders{times}.{suffix}"
            write(pl.concat([raw] * times), path)
            names.append(str(path))
    command = [sys.executable, "-c", MEASURE, str(settings.workspace), *names]
    search = {"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"}

    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**search, "POLARS_MAX_THREADS": "1"},
    )

    small, *others = map(int, done.stdout.split())
    assert max(others) - small < 20_000  # kilobytes; the rows have twice as many
