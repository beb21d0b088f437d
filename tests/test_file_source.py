"""Files and Delta tables, on this machine and on a real S3 server."""

from pathlib import Path

import polars as pl
import pytest
from servers import S3, s3, s3_server  # noqa: F401

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.file_source import (
    delta_fingerprint,
    file_fingerprint,
    read_delta,
    read_file,
    source_files,
    unread_source_columns,
)
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.source import Wanted, source_fingerprint

CSV = "number;price;day\n1;1,5;31.1.2024\n2;?;1.2.2024\n"


@pytest.fixture
def remote(s3: S3, tmp_path: Path) -> Wanted:  # noqa: F811
    """What is wanted in a workspace that names the S3 server."""
    (tmp_path / "settings.ini").write_text(
        f"[store]\nendpoint = {s3.endpoint}\nregion = {s3.region}\n"
    )
    return Wanted(tmp_path)


def test_a_file_is_read_as_declared(tmp_path: Path) -> None:
    """Separator, decimal comma, missing marks, types and forms of dates."""
    (tmp_path / "a.csv").write_text(CSV)
    frame = read_file(
        Wanted(tmp_path),
        "a.csv",
        separator=";",
        decimal=",",
        missing=["?"],
        row_number="row",
        types={"number": "Int64", "price": "Float64", "day": "Date"},
        formats={"day": "%d.%m.%Y"},
    ).collect()

    assert frame["price"].to_list() == [1.5, None]
    assert f"{frame['day'][1]:%Y-%m-%d}" == "2024-02-01"
    assert frame["row"].to_list() == [1, 2]


def test_wildcards_stand_for_files_by_name(tmp_path: Path) -> None:
    """Also below a folder, relative or absolute."""
    (tmp_path / "data").mkdir()
    for name in ("2024-02", "2024-01"):
        (tmp_path / "data" / f"{name}.csv").write_text(f"month\n{name}\n")

    for path in ("data/*.csv", f"{tmp_path}/data/2024-??.csv"):
        frame = read_file(Wanted(tmp_path), path, types={"month": "String"}).collect()
        assert frame["month"].to_list() == ["2024-01", "2024-02"]


def test_no_file_is_explained(tmp_path: Path) -> None:
    """The place that was looked at is named."""
    with pytest.raises(DataError, match=r"No file .*/none\.csv; 'path' is relative"):
        source_files(Wanted(tmp_path), "none.csv")
    with pytest.raises(DataError, match=r"No file data/\*\.csv"):
        source_files(Wanted(tmp_path), "data/*.csv")


def test_a_new_file_behind_wildcards_changes_the_fingerprint(tmp_path: Path) -> None:
    """And so does another content."""
    wanted, told = Wanted(tmp_path), set()
    for name, content in (("a.csv", "1"), ("b.csv", "1"), ("b.csv", "2")):
        (tmp_path / name).write_text(content)
        told.add(file_fingerprint(wanted, "*.csv"))

    assert len(told) == 3


def test_files_of_an_object_store(s3: S3, remote: Wanted) -> None:  # noqa: F811
    """One, or all that wildcards mean within their folder; the fingerprint follows the content."""
    for key in ("in/a.csv", "in/b.csv", "in/old/c.csv", "in/d.txt"):
        s3.put(key, f"name\n{key}\n".encode())
    path = f"{s3.url}/in/*.csv"

    assert read_file(remote, path).collect()["name"].to_list() == ["in/a.csv", "in/b.csv"]
    assert read_file(remote, f"{s3.url}/in/a.csv").collect().height == 1
    before = file_fingerprint(remote, path)
    s3.put("in/b.csv", b"name\nchanged\n")
    assert file_fingerprint(remote, path) != before


def test_a_parquet_file_of_an_object_store(s3: S3, remote: Wanted, tmp_path: Path) -> None:  # noqa: F811
    """Read by its columns, as on this machine."""
    pl.DataFrame({"n": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    s3.put("a.parquet", (tmp_path / "a.parquet").read_bytes())

    assert read_file(remote, f"{s3.url}/a.parquet").collect()["n"].to_list() == [1, 2]


@pytest.mark.parametrize("path", ["in/none.csv", "in/none*.csv"])
def test_no_object_is_explained(s3: S3, remote: Wanted, path: str) -> None:  # noqa: F811
    """A path that leads nowhere, with and without wildcards."""
    with pytest.raises(DataError, match=r"No file s3://.*check the bucket"):
        read_file(remote, f"{s3.url}/{path}")


def test_no_bucket_is_explained(remote: Wanted) -> None:
    """A bucket that is not there."""
    with pytest.raises(DataError, match="s3://nobodys-bucket/a"):
        read_file(remote, "s3://nobodys-bucket/a*.csv")


def test_a_delta_table_at_a_version(tmp_path: Path) -> None:
    """The latest by default; each version has a fingerprint of its own."""
    for number in (1, 2):
        pl.DataFrame({"n": [number]}).write_delta(tmp_path / "orders", mode="append")
    wanted = Wanted(tmp_path)

    assert read_delta(wanted, "orders").collect().height == 2
    assert read_delta(wanted, "orders", version=0).collect().height == 1
    assert delta_fingerprint(wanted, "orders") != delta_fingerprint(wanted, "orders", 0)


def test_a_delta_table_of_an_object_store(s3: S3, remote: Wanted) -> None:  # noqa: F811
    """With the options of the workspace."""
    url = f"{s3.url}/orders"
    pl.DataFrame({"n": [1]}).write_delta(url, storage_options=remote.storage(url))

    assert read_delta(remote, url).collect()["n"].to_list() == [1]


@pytest.mark.parametrize(("path", "version"), [("none", None), ("orders", 7)])
def test_a_delta_table_that_is_not_there_is_explained(
    tmp_path: Path, path: str, version: int | None
) -> None:
    """Neither the folder nor the version is made up."""
    pl.DataFrame({"n": [1]}).write_delta(tmp_path / "orders")

    with pytest.raises(DataError, match="No Delta table at|cannot be opened as Delta"):
        read_delta(Wanted(tmp_path), path, version)


def declare(workspace: Path, types: str) -> None:
    """Let the pipeline read CSV with declared types."""
    home = workspace / "pipelines" / "shop"
    text = (home / "pipeline.toml").read_text()
    orders = pl.read_parquet(home / "data" / "orders.parquet")
    orders.write_csv(home / "data" / "orders.csv")
    text = text.replace("orders.parquet", "orders.csv").replace(
        "[source.tables.customers]", f"{types}\n[source.tables.customers]"
    )
    (home / "pipeline.toml").write_text(text)


def test_columns_that_nobody_declared_are_told(workspace: Path) -> None:
    """They are in the file and not read."""
    declare(workspace, '[source.types]\norder = "Int64"\nordered_at = "Datetime"\n')

    unread = unread_source_columns(load_pipeline(workspace, "shop"))

    assert unread == ["region", "customer", "price", "channel", "days_to_return"]


def test_a_wrong_option_is_an_error_of_the_pipeline(workspace: Path) -> None:
    """The close name is suggested, and nothing is read."""
    declare(workspace, '[source.types]\norder = "Int46"\n')

    with pytest.raises(PipelineError, match="Did you mean 'Int64'"):
        unread_source_columns(load_pipeline(workspace, "shop"))


def test_the_fingerprint_of_a_pipeline_covers_all_its_tables(workspace: Path) -> None:
    """It stays as long as they do."""
    pipeline = load_pipeline(workspace, "shop")

    assert source_fingerprint(pipeline) == source_fingerprint(pipeline)
