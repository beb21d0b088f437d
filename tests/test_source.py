"""Sources, windows and labels."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.pipeline import TableSource, load_pipeline
from aifactory_nb.source import (
    in_window,
    labels_of,
    main_source,
    open_source,
    require_columns,
    side_tables,
    source_fingerprint,
)


def test_labels_have_value_and_time_known(workspace: Path) -> None:
    """The label is the expression as a number, known when the pipeline says so."""
    pipeline = load_pipeline(workspace, "shop")
    source = main_source(pipeline)
    labels = labels_of(source, pipeline).collect()
    first = source.collect().row(0, named=True)

    assert set(labels["label"].unique()) == {0.0, 1.0}
    assert (labels["known_at"][0] - first["ordered_at"]).days == 3


def test_rows_without_a_value_have_no_label(workspace: Path) -> None:
    """A null outcome never becomes a label."""
    pipeline = load_pipeline(workspace, "shop")
    some = main_source(pipeline).with_columns(
        days_to_return=pl.when(pl.col("order") > 10).then("days_to_return")
    )

    assert labels_of(some, pipeline).collect()["order"].min() == 11


def test_a_window_is_half_open() -> None:
    """The start is in, the end is not."""
    times = pl.LazyFrame({"at": [datetime(2024, 1, day) for day in (1, 2, 3)]})
    found = in_window(times, "at", datetime(2024, 1, 1), datetime(2024, 1, 3)).collect()

    assert found["at"].dt.day().to_list() == [1, 2]


def test_a_changed_file_changes_the_fingerprint(workspace: Path) -> None:
    """The fingerprint covers side tables too."""
    pipeline = load_pipeline(workspace, "shop")
    before = source_fingerprint(pipeline)
    path = pipeline.folder / "data" / "customers.parquet"
    pl.read_parquet(path).head(10).write_parquet(path)

    assert source_fingerprint(pipeline) != before
    assert side_tables(pipeline)["customers"].collect().height == 10


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"kind": "fiel", "path": "a"},
            PipelineError,
            "no source of kind 'fiel'. Did you mean 'file'",
        ),
        ({"paht": "a"}, PipelineError, "source.paht: unknown key. Did you mean 'path'"),
        ({}, PipelineError, "source.path: missing"),
        ({"path": "none.parquet"}, DataError, "No file .*none.parquet"),
        ({"path": "notes.docx"}, PipelineError, "no reader for '.docx'"),
        ({"path": "broken.parquet"}, DataError, "broken.parquet cannot be read as parquet"),
    ],
)
def test_a_source_that_cannot_be_opened_is_explained(
    tmp_path: Path, options: dict, error: type[Exception], message: str
) -> None:
    """Unknown kinds and keys, missing and broken files each have their message."""
    (tmp_path / "notes.docx").write_text("x")
    (tmp_path / "broken.parquet").write_text("not parquet")
    with pytest.raises(error, match=message):
        open_source(TableSource(**options), tmp_path, "source")


def test_missing_columns_are_named() -> None:
    """The closest column is suggested."""
    with pytest.raises(DataError, match="The source lacks the columns prise. Did you mean 'price'"):
        require_columns(pl.LazyFrame({"price": [1]}), {"prise"}, "The source")
