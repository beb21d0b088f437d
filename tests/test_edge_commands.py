"""`aifactory score` and `aifactory export`, as a person types them."""

import polars as pl
import pytest
from conftest import invoke
from serving import add_version, fill_tables

from aifactory_nb.errors import ModelNotFoundError


def test_a_file_is_scored_and_a_model_exported(settings, workspace, tmp_path):
    """Both tell the version, what was done and where it is."""
    _, store = fill_tables(settings)
    add_version(settings)
    source, target, folder = tmp_path / "in.parquet", tmp_path / "out.csv", tmp_path / "edge"
    store.scan("raw").head(20).collect().write_parquet(source)

    told = invoke("score", "shop", "--input", str(source), "--output", str(target))
    exported = invoke("export", "shop", "--format", "lightgbm", "--output", str(folder))

    assert "version 1 predicted 20 rows" in told and pl.read_csv(target).height == 20
    assert "the largest difference is 0" in exported and (folder / "shop.txt").is_file()


def test_without_a_champion_it_tells_what_to_do(settings, workspace, tmp_path):
    """Name a version, or build a model."""
    fill_tables(settings)

    with pytest.raises(ModelNotFoundError, match="has no champion. Name a version"):
        invoke("export", "shop", "--format", "c", "--output", str(tmp_path / "edge"))
