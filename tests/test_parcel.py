"""What travels between machines."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb import parcel
from aifactory_nb.errors import DataError
from aifactory_nb.parcel import (
    local_modules,
    needs_local_files,
    pack,
    settings_file,
    unpack,
    workspace_files,
)
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.template import find_template

REMOTE = """
[store]
path = s3://bucket/factory
[ledger]
url = postgresql://ada:s3cret@db:5432/ledger?password=other
[executor]
threads = 3
"""


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its path, its size, and where it should be instead."""
    monkeypatch.setattr(parcel, "MOST_BYTES", 10)
    (tmp_path / "plot.html").write_text("12345678901")

    with pytest.raises(DataError, match=r"plot.html has 11 bytes.*stage.output_folder"):
        pack([tmp_path / "plot.html"], tmp_path)


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../../up", "", "a\\b"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """Whoever sent it."""
    with pytest.raises(DataError, match="outside of its folder"):
        unpack({name: b""}, tmp_path / "inside")
    assert not list(tmp_path.rglob("*up"))


def test_settings_travel_without_passwords(workspace: Path) -> None:
    """They lead to the same store and ledger; the other machine adds the password."""
    (workspace / "settings.ini").write_text(REMOTE)
    sent = settings_file(load_settings(workspace))
    there = workspace / "there"
    unpack({"settings.ini": sent}, there)
    found = load_settings(there, {})

    assert b"s3cret" not in sent and b"other" not in sent and b"[lab]" not in sent
    assert found.store.path == "s3://bucket/factory"
    assert found.ledger.url.startswith("postgresql://ada@db:5432/ledger")
    assert (found.executor.threads, found.tracking_uri) == (3, "")


def test_a_local_store_is_named_by_its_full_path(workspace: Path, settings: Settings) -> None:
    """A workspace elsewhere on this machine has the same store and ledger."""
    unpack({"settings.ini": settings_file(settings)}, workspace / "there")
    found = load_settings(workspace / "there", {})

    assert found.store_folder == settings.store_folder
    assert found.ledger_url == settings.ledger_url


def test_a_secret_of_a_source_is_filled_where_it_is_used(
    workspace: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What travels is the name of the variable."""
    file = workspace / "pipelines" / "shop" / "pipeline.toml"
    url = 'kind = "sql"\nurl = "postgresql://ada:{env:SHOP_WORD}@db/shop"\nquery = "SELECT 1"'
    file.write_text(file.read_text().replace('path = "data/orders.parquet"', url))
    monkeypatch.setenv("SHOP_WORD", "s3cret")
    write_notebook(workspace, "make", stage_cells("make"), writes=["rows"])
    pipeline = load_pipeline(workspace, "shop")
    files = workspace_files(settings, pipeline, find_template(workspace, "make"))

    assert b"{env:SHOP_WORD}" in files["pipelines/shop/pipeline.toml"]
    assert not any(b"s3cret" in content for content in files.values())


def test_modules_are_followed_and_the_environment_is_not_sent(workspace: Path) -> None:
    """Packages and modules of the workspace, through each other, in a circle as well; nothing else."""
    (workspace / "shapes").mkdir()
    (workspace / "shapes" / "__init__.py").write_text("from units import metre")
    (workspace / "shapes" / "table.json").write_text("{}")
    (workspace / "units.py").write_text("import shapes, polars, json")
    (workspace / "unused.py").write_text("")
    cells = ["%matplotlib inline\nimport numpy\nfrom shapes.circle import area", "no Python"]
    found = local_modules(workspace, cells)

    names = [path.relative_to(workspace).as_posix() for path in found]
    assert names == ["shapes/__init__.py", "shapes/table.json", "units.py"]


@pytest.fixture
def pipeline(workspace: Path) -> Pipeline:
    """The pipeline `shop`, whose source is in files."""
    return load_pipeline(workspace, "shop")


def test_stages_that_read_files_of_this_machine_stay(workspace: Path, pipeline: Pipeline) -> None:
    """By what the template says it reads, or when it opens the side tables."""
    write_notebook(workspace, "a", stage_cells("a"), reads=["source"])
    write_notebook(workspace, "b", stage_cells("b", "stage.side_tables()"), reads=["raw"])
    write_notebook(workspace, "c", stage_cells("c"), reads=["raw"])
    stay = {name: needs_local_files(find_template(workspace, name), pipeline) for name in "abc"}

    assert stay == {"a": True, "b": True, "c": False}


@pytest.mark.parametrize(
    ("options", "stays"),
    [
        ({"kind": "file", "path": "s3://bucket/orders.parquet"}, False),
        ({"kind": "sql", "url": "postgresql://db/shop"}, False),
        ({"kind": "sql", "url": "sqlite:///shop.db"}, True),
        ({"kind": "delta", "path": "data/orders"}, True),
    ],
)
def test_a_source_that_all_machines_reach_is_read_anywhere(
    workspace: Path, pipeline: Pipeline, options: dict[str, str], stays: bool
) -> None:
    """Only files keep a stage here."""
    write_notebook(workspace, "a", stage_cells("a"), reads=["source"])
    source = type(pipeline.source)(**options)
    changed = pipeline.model_copy(update={"source": source})
    changed._folder = pipeline.folder

    assert needs_local_files(find_template(workspace, "a"), changed) is stays


def test_the_data_of_a_pipeline_stays_here(
    workspace: Path, settings: Settings, pipeline: Pipeline
) -> None:
    """Its other files travel: a suite, a note; caches do not."""
    (pipeline.folder / "gates").mkdir()
    (pipeline.folder / "gates" / "suite.json").write_text("{}")
    (pipeline.folder / "__pycache__").mkdir()
    (pipeline.folder / "__pycache__" / "x.pyc").write_text("")
    write_notebook(workspace, "make", stage_cells("make"), writes=["rows"])
    local = replace(settings, workspace=workspace)
    files = workspace_files(local, pipeline, find_template(workspace, "make"))

    assert sorted(files) == [
        ".template.ipynb",
        "pipelines/shop/gates/suite.json",
        "pipelines/shop/pipeline.toml",
        "settings.ini",
    ]
