"""Sources, windows and labels."""

from datetime import date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb import source as module
from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.pipeline import Pipeline, TableSource, Target, load_pipeline
from aifactory_nb.source import (
    Wanted,
    fill_environment,
    in_window,
    known_at,
    label_value,
    labels_of,
    main_source,
    open_source,
    require_columns,
    side_tables,
    source_fingerprint,
    without_secrets,
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
        ({"path": "notes.docx"}, PipelineError, "its suffix tells no format"),
        ({"path": "broken.parquet"}, DataError, "broken.parquet is no Parquet file"),
    ],
)
def test_a_source_that_cannot_be_opened_is_explained(
    tmp_path: Path, options: dict, error: type[Exception], message: str
) -> None:
    """Unknown kinds and keys, missing and broken files each have their message."""
    (tmp_path / "notes.docx").write_text("x")
    (tmp_path / "broken.parquet").write_text("not parquet")
    with pytest.raises(error, match=message):
        open_source(TableSource(**options), Wanted(tmp_path), "source")


def test_missing_columns_are_named() -> None:
    """The closest column is suggested."""
    with pytest.raises(DataError, match="The source lacks the columns prise. Did you mean 'price'"):
        require_columns(pl.LazyFrame({"price": [1]}), {"prise"}, "The source")


def label(values: list, **target: object) -> list:
    """The labels of values."""
    frame = pl.DataFrame({"y": values}, strict=False)
    return frame.select(label_value(Target(column="y", **target))).to_series().to_list()


@pytest.mark.parametrize(
    ("values", "positive", "labels"),
    [
        (["Yes", "No", None, "Maybe"], "Yes", [1.0, 0.0, None, 0.0]),
        ([1, 2, None], 2, [0.0, 1.0, None]),
        ([1, 2, None], "2", [0.0, 1.0, None]),
        ([1.0, 2.0], 2, [0.0, 1.0]),
        (["1", "2"], 2, [0.0, 1.0]),
        ([True, False, None], False, [0.0, 1.0, None]),
        ([0, 1], True, [0.0, 1.0]),
    ],
)
def test_the_positive_value_is_one(values: list, positive: object, labels: list) -> None:
    """All other values are nought, and a missing one stays missing."""
    assert label(values, task="binary", positive=positive) == labels


def test_classes_are_numbered_in_their_order() -> None:
    """Also when they are numbers in the data."""
    assert label(["b", "a", None, "c"], task="multiclass", classes=["c", "b", "a"]) == [
        1,
        2,
        None,
        0,
    ]
    assert label([3, 1], task="multiclass", classes=["1", "2", "3"]) == [2, 0]


def pipeline_of(workspace: Path, **target: object) -> Pipeline:
    """The pipeline `shop` with another target."""
    pipeline = load_pipeline(workspace, "shop")
    changed = Target(**{"column": "y", "task": "binary", **target})
    copy = pipeline.model_copy(update={"target": changed})
    copy._folder = pipeline.folder
    return copy


def rows_of(values: list, **columns: list) -> pl.LazyFrame:
    """Orders with a target."""
    times = [datetime(2024, 1, 1 + number) for number in range(len(values))]
    keys = list(range(len(values)))
    return pl.LazyFrame({"order": keys, "ordered_at": times, "y": values, **columns}, strict=False)


@pytest.mark.parametrize(
    ("values", "target", "message"),
    [
        (
            ["a", "b", "c", "x", "x", "z"],
            {"task": "multiclass", "classes": ["a", "b", "c"]},
            r"'x' \(2 rows\), 'z' \(1 rows\). Add them to target.classes",
        ),
        (
            ["yes", "no", "no"],
            {},
            r"'no' \(2 rows\), 'yes' \(1 rows\). Name the value that counts as yes: target.positive",
        ),
        ([0, 1, 2], {}, r"no label of a binary task: 2 \(1 rows\)"),
        (
            [1.5, float("inf")],
            {"task": "regression"},
            r"inf \(1 rows\). A regression needs numbers",
        ),
        (["1.5", "much"], {"task": "regression"}, r"'much' \(1 rows\)"),
    ],
)
def test_values_that_are_no_label_are_named(
    workspace: Path, values: list, target: dict, message: str
) -> None:
    """With how often each occurs, and what to do."""
    with pytest.raises(DataError, match=message):
        labels_of(rows_of(values), pipeline_of(workspace, **target))


def test_a_number_that_is_none_is_no_label(workspace: Path) -> None:
    """NaN is a missing value."""
    rows = rows_of([1.5, float("nan"), None])

    assert labels_of(rows, pipeline_of(workspace, task="regression")).collect()[
        "label"
    ].to_list() == [1.5]


def test_a_label_is_known_from_its_date_on(workspace: Path) -> None:
    """A column of dates by its own name; an empty one is not known yet, an early one is read as it is."""
    days = [date(2023, 1, 1), None, date(2024, 5, 1)]
    pipeline = pipeline_of(workspace, known_at="Known at")

    labels = labels_of(rows_of([1, 1, 0], **{"Known at": days}), pipeline).collect()

    assert labels["order"].to_list() == [0, 2]
    assert labels["known_at"].to_list() == [datetime(2023, 1, 1), datetime(2024, 5, 1)]


def test_known_at_may_be_an_expression() -> None:
    """Polars SQL over raw columns."""
    target = Target(column="y", task="binary", known_at="at + INTERVAL '1 day'")
    frame = pl.LazyFrame({"at": [datetime(2024, 1, 1)]})

    assert frame.select(known_at(target, "at", ["at"])).collect().item() == datetime(2024, 1, 2)


def test_a_secret_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is set is filled in, and taken out of messages."""
    monkeypatch.setenv("SHOP_TOKEN", "geheim")

    assert fill_environment("Bearer {env:SHOP_TOKEN}", "source.headers") == "Bearer geheim"
    assert without_secrets("geheim is wrong", "Bearer {env:SHOP_TOKEN}") == "*** is wrong"
    monkeypatch.delenv("SHOP_TOKEN")
    with pytest.raises(
        PipelineError, match="source.headers: the environment variable SHOP_TOKEN is not set"
    ):
        fill_environment("Bearer {env:SHOP_TOKEN}", "source.headers")


def two_rows(wanted: Wanted, name: str = "n") -> pl.LazyFrame:
    """A source function of another package."""
    return pl.LazyFrame({name: [1, 2]})


def test_another_package_adds_a_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an entry point, without touching this one."""
    entry = EntryPoint("two", f"{__name__}:two_rows", "aifactory.sources")
    monkeypatch.setattr(EntryPoint, "load", lambda self: two_rows)
    monkeypatch.setattr(module, "entry_points", lambda group: [entry])
    monkeypatch.delitem(module.SOURCES, "two", raising=False)

    frame = open_source(TableSource(kind="two", name="m"), Wanted(tmp_path), "source").collect()

    assert frame["m"].to_list() == [1, 2]
    monkeypatch.delitem(module.SOURCES, "two")


def test_rows_below_the_watermark_are_left_out(tmp_path: Path) -> None:
    """Whatever the kind of source; ties and rows without one stay."""
    pl.DataFrame({"n": [1, 2, 3, None]}).write_parquet(tmp_path / "a.parquet")
    wanted = Wanted(tmp_path, since=2, watermark="n")

    frame = open_source(TableSource(path="a.parquet"), wanted, "source").collect()

    assert frame["n"].to_list() == [2, 3, None]
