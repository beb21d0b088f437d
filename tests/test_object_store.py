"""A store on a real S3 server: tables, folders, faults, two writers, and the whole line."""

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import polars as pl
import pytest
from conftest import COMMAND, PIPELINE, customers, orders
from servers import S3, S3_CREDENTIALS, free_port, s3, s3_server  # noqa: F401

from aifactory_nb.errors import (
    DataError,
    ModelNotFoundError,
    SettingsError,
    StoreError,
    TableNotFoundError,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.object_store import storage_options
from aifactory_nb.registry import register, verify_loadable
from aifactory_nb.replace import Replace
from aifactory_nb.settings import Settings, StoreSettings, load_settings
from aifactory_nb.store import Store, fingerprint, folder_digest

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1) for month in (1, 2, 3))


def settings_text(server: S3, endpoint: str = "", bucket: str = "") -> str:
    """The settings of a workspace whose store is a bucket."""
    return (
        "[tracking]\nenabled = false\n[store]\n"
        f"path = s3://{bucket or server.bucket}/prod\n"
        f"endpoint = {endpoint or server.endpoint}\nregion = {server.region}\n"
    )


def open_store(folder: Path, text: str) -> Store:
    """The store of a new workspace with these settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.ini").write_text(text)
    return Store(load_settings(folder, {}).store_folder, "shop")


@pytest.fixture
def remote(s3: S3, tmp_path: Path) -> Store:  # noqa: F811
    """A store on S3 with a table of two months."""
    store = open_store(tmp_path / "factory", settings_text(s3))
    write(store, JANUARY, FEBRUARY, 1, 2)
    write(store, FEBRUARY, MARCH, 3)
    return store


def write(store: Store, start: datetime, end: datetime, *values: int) -> None:
    """Write the rows of a window."""
    frame = pl.DataFrame({"at": [start] * len(values), "n": values})
    store.write("raw", frame, Replace("at", start, end))


def numbers(store: Store) -> list[int]:
    """The numbers in the table."""
    return sorted(store.scan("raw").collect()["n"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with files of several kinds of names."""
    folder = tmp_path / "candidate"
    (folder / "deep er").mkdir(parents=True)
    (folder / "model.txt").write_text("tree")
    (folder / "deep er" / "größe.json").write_text("{}")
    return folder


def test_nothing_but_endpoint_and_region_is_an_option() -> None:
    """Without settings of its own a store takes the defaults of its provider."""
    assert storage_options(StoreSettings("gs://bucket/prefix")) == {}
    assert storage_options(StoreSettings("az://container", endpoint="https://blobs")) == {
        "azure_storage_endpoint": "https://blobs"
    }
    assert storage_options(StoreSettings("s3://bucket", region="eu-west-1")) == {
        "aws_region": "eu-west-1"
    }


def test_tables_are_on_the_bucket(remote: Store, s3: S3) -> None:  # noqa: F811
    """Versions, names and fingerprints are those of the bucket, and nothing lies in the local folder."""
    write(remote, FEBRUARY, MARCH, 4, 5)

    assert numbers(remote) == [1, 2, 4, 5]
    assert numbers(remote) == sorted(remote.scan("raw").collect()["n"])
    assert remote.scan("raw", 1).collect().height == 3
    assert (remote.tables(), remote.version("raw")) == (["raw"], 2)
    assert (remote.intact("raw", 0), remote.intact("raw", 1)) == (True, False)
    assert remote.fingerprint("raw") == fingerprint(remote.scan("raw"))
    assert any(key.startswith("prod/shop/tables/raw/_delta_log/") for key in s3.keys("prod"))
    assert not remote.home.exists()
    with pytest.raises(TableNotFoundError, match="No table 'row' in s3://.*Tables: raw"):
        remote.scan("row")


def test_rows_are_merged_on_the_bucket(remote: Store) -> None:
    """A merge inserts and replaces in one version."""
    merged = remote.merge("raw", pl.DataFrame({"at": [MARCH] * 2, "n": [3, 4]}), ["n"])

    assert (merged.inserted, merged.updated, merged.version) == (1, 1, 2)
    assert numbers(remote) == [1, 2, 3, 4]


def test_a_missing_object_is_told_and_mended(remote: Store, s3: S3) -> None:  # noqa: F811
    """Damage is found and mended as in a local folder."""
    path = pl.DataFrame(remote.table("raw").open().get_add_actions(flatten=True))
    lost = path.filter(pl.col("min.n") == 3)["path"][0]
    s3.client().delete_object(Bucket=s3.bucket, Key=f"prod/shop/tables/raw/{lost}")

    with pytest.raises(DataError, match=f"{lost} is missing, with rows of at 2024-02-01"):
        remote.scan("raw")
    write(remote, FEBRUARY, MARCH, 6)
    assert numbers(remote) == [1, 2, 6]


def test_a_model_is_read_through_a_local_copy(remote: Store, model: Path) -> None:
    """Another machine gets the same files, by digest."""
    remote.save_folder(model, remote.model_pin(1))
    shutil.rmtree(remote.home)

    assert (
        folder_digest(remote.model_folder(1))
        == folder_digest(model)
        == remote.digest("models/v0001")
    )
    assert not remote.model_folder(2).exists()


def test_a_folder_is_there_when_its_manifest_is(
    remote: Store, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that is cut off leaves no folder, or the one before it."""
    put = type(remote.objects).put

    def cut_off(self: object, key: str, content: object) -> None:
        if key.endswith("manifest.json"):
            raise StoreError("the line is dead")
        put(self, key, content)

    for before in (False, True):
        with monkeypatch.context() as patch:
            patch.setattr(type(remote.objects), "put", cut_off)
            (model / "model.txt").write_text(f"half {before}")
            with pytest.raises(StoreError, match="the line is dead"):
                remote.save_folder(model, "artifacts/candidate/run/2024-01")
        assert remote.has_folder("artifacts/candidate/run/2024-01") is before
        assert remote.artifacts("candidate") == ["artifacts/candidate/run/2024-01"] * before
        remote.save_folder(model, "artifacts/candidate/run/2024-01")
        kept = remote.digest("artifacts/candidate/run/2024-01")
    assert remote.digest("artifacts/candidate/run/2024-01") == kept


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"trea", "another content"), (b"tr", "2 bytes instead of 4"), (None, "missing")],
)
def test_a_corrupt_object_of_a_model_is_refused(
    remote: Store,
    model: Path,
    s3: S3,  # noqa: F811
    content: bytes | None,
    found: str,
) -> None:
    """A download is verified file by file; what was there locally stays, and registering again mends it."""
    remote.save_folder(model, remote.model_pin(1))
    key = f"prod/shop/models/v0001/{remote.digest('models/v0001')}/model.txt"
    if content is None:
        s3.client().delete_object(Bucket=s3.bucket, Key=key)
    else:
        s3.put(key, content)
    shutil.rmtree(remote.home)

    with pytest.raises(DataError, match=f"model.txt is damaged: .*{found}"):
        remote.model_folder(1)
    assert not remote.folder("models", "v0001").exists()
    remote.save_folder(model, remote.model_pin(1))
    shutil.rmtree(remote.home)
    assert (remote.model_folder(1) / "model.txt").read_text() == "tree"


def test_a_damaged_local_copy_is_fetched_again(remote: Store, model: Path) -> None:
    """The bucket is the truth."""
    remote.save_folder(model, remote.model_pin(1))
    (remote.folder("models", "v0001") / "model.txt").write_text("changed")

    assert (remote.model_folder(1) / "model.txt").read_text() == "tree"


@pytest.mark.parametrize("name", ["../../../escape.txt", "/etc/escape.txt", "a/../../b"])
def test_names_in_a_manifest_are_confined(remote: Store, model: Path, s3: S3, name: str) -> None:  # noqa: F811
    """A manifest cannot make a reader write outside of the folder."""
    remote.save_folder(model, remote.model_pin(1))
    key = "prod/shop/models/v0001/manifest.json"
    manifest = json.loads(s3.get(key))
    manifest["files"][0]["name"] = name
    s3.put(key, json.dumps(manifest).encode())

    with pytest.raises(DataError, match="names a file outside of its folder"):
        remote.model_folder(1)


class Gatekeeper(BaseHTTPRequestHandler):
    """Passes on what reads and refuses what writes."""

    upstream = ""

    def do_GET(self) -> None:
        """Pass on a request, as it is."""
        request = urllib.request.Request(self.upstream + self.path, method=self.command)
        for name, value in self.headers.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request) as answer:
                self.answer(answer.status, answer.read(), dict(answer.headers))
        except HTTPError as error:
            self.answer(error.code, error.read(), dict(error.headers))

    def do_HEAD(self) -> None:
        """Pass on a question."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Refuse, as a policy that allows reading only does."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(403, b"<Error><Code>AccessDenied</Code></Error>", {})

    def do_POST(self) -> None:
        """Refuse as well."""
        self.do_PUT()

    def do_DELETE(self) -> None:
        """Refuse as well."""
        self.do_PUT()

    def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        """Send an answer."""
        kept = {"etag", "last-modified", "content-range", "content-type"}
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() in kept:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def reading_only(s3: S3) -> Iterator[str]:  # noqa: F811
    """The URL of a server in front of the bucket that lets nobody write."""
    handler = type("Handler", (Gatekeeper,), {"upstream": s3.endpoint})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_bucket_that_may_only_be_read(
    remote: Store,
    s3: S3,  # noqa: F811
    reading_only: str,
    tmp_path: Path,
    model: Path,
) -> None:
    """Reading works, each way to write is refused with the exit code of a store, and nothing has changed."""
    guest = open_store(tmp_path / "guest", settings_text(s3, endpoint=reading_only))
    before = s3.keys()

    assert numbers(guest) == [1, 2, 3]
    for act in (
        lambda: write(guest, FEBRUARY, MARCH, 9),
        lambda: guest.merge("raw", pl.DataFrame({"at": [MARCH], "n": [9]}), ["n"]),
        lambda: guest.write("new", pl.DataFrame({"n": [1]})),
        lambda: guest.finish_folder(model, guest.model_pin(1)),
    ):
        with pytest.raises(StoreError, match="the server refuses access") as caught:
            act()
        assert caught.value.exit_code == 10
    assert s3.keys() == before
    assert not guest.has_folder(guest.model_pin(1))


def test_a_bucket_that_does_not_exist(s3: S3, tmp_path: Path, model: Path) -> None:  # noqa: F811
    """The error names the bucket and says what to do."""
    store = open_store(tmp_path / "factory", settings_text(s3, bucket="nobody"))

    for act in (
        store.tables,
        lambda: store.write("raw", pl.DataFrame({"n": [1]})),
        lambda: store.model_folder(1),
        lambda: store.save_folder(model, store.model_pin(1)),
    ):
        with pytest.raises(StoreError, match=r"s3://nobody.*the bucket does not exist.*Create it"):
            act()


def test_a_server_that_does_not_answer(s3: S3, tmp_path: Path) -> None:  # noqa: F811
    """The error names the endpoint's setting."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    store = open_store(tmp_path / "factory", settings_text(s3, endpoint=endpoint))

    with pytest.raises(StoreError, match=r"the server does not answer.*Check \[store\] endpoint"):
        store.scan("raw")


def test_no_credentials(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The variables that are missing are named."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    store = open_store(tmp_path / "factory", settings_text(s3))

    with pytest.raises(StoreError, match="no credentials. Set AWS_SECRET_ACCESS_KEY"):
        store.write("raw", pl.DataFrame({"n": [1]}))


def test_an_unknown_kind_of_store(tmp_path: Path) -> None:
    """The kinds that there are are listed."""
    with pytest.raises(SettingsError, match=r"no store of kind ftp://.*s3://, gs://, az://"):
        open_store(tmp_path, "[store]\npath = ftp://host/folder\n")


def test_an_endpoint_without_a_scheme(tmp_path: Path) -> None:
    """The libraries would panic on it."""
    with pytest.raises(
        SettingsError, match="must be a URL such as http://host:9000, found 'host:9'"
    ):
        open_store(tmp_path, "[store]\npath = s3://bucket\nendpoint = host:9\n")


@pytest.mark.parametrize("path", ["gs://bucket/prod", "az://container/prod"])
def test_other_providers_are_opened_by_their_scheme(tmp_path: Path, path: str) -> None:
    """Without credentials the error says which variables each provider takes."""
    (tmp_path / "settings.ini").write_text(f"[store]\npath = {path}\n")
    store = Store(tmp_path.resolve() / "store", "shop")

    assert store.table("raw").url == f"{path}/shop/tables/raw"
    if path.startswith("az"):
        with pytest.raises(StoreError, match="no credentials .*AZURE_STORAGE_ACCOUNT_NAME"):
            store.tables()


def test_a_registered_model_is_verified_on_the_bucket(
    remote: Store, tmp_path: Path, model: Path
) -> None:
    """A version whose folder is gone from the bucket does not load, although a local copy is left."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", actor="line")
    features = pl.DataFrame({"hour": [number % 24 for number in range(200)]})
    label = (features["hour"] > 15).cast(pl.Float64)
    Model.fit(features, label, ModelSpec("binary", rounds=2)).save(model, features)
    version = register(remote, ledger, "shop", "run", model, {})
    verify_loadable(remote, ledger, "shop", version)
    remote.objects.delete([f"shop/models/v{version:04d}/manifest.json"])

    with pytest.raises(ModelNotFoundError, match="its folder s3://.*v0001 is gone"):
        verify_loadable(remote, ledger, "shop", version)
    assert register(remote, ledger, "shop", "run", model, {}) == version
    verify_loadable(remote, ledger, "shop", version)


APPENDER = """
import sys
from datetime import datetime
import polars as pl
from aifactory_nb.registry import register, verify_loadable
from aifactory_nb.replace import Replace
from aifactory_nb.store import Store
store, first = Store(sys.argv[1], "shop"), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for day in range(first, first + 4):
    start, end = datetime(2024, 5, day), datetime(2024, 5, day + 1)
    store.write("raw", pl.DataFrame({"at": [start], "n": [100 + day]}), Replace("at", start, end))
    store.merge("raw", pl.DataFrame({"at": [start], "n": [200 + day]}), ["n"])
"""


@pytest.mark.long
def test_two_processes_write_one_table_at_once(remote: Store) -> None:
    """Conditional puts: each commit is kept, none is overwritten."""
    command = [sys.executable, "-c", APPENDER, str(remote.root)]
    writers = [
        subprocess.Popen(
            [*command, first], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for first in ("1", "11")
    ]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()

    assert [writer.wait() for writer in writers] == [0, 0]
    days = [*range(1, 5), *range(11, 15)]
    wanted = [1, 2, 3, *(100 + day for day in days), *(200 + day for day in days)]
    assert numbers(remote) == sorted(wanted)
    assert remote.version("raw") == 17


def aifactory(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a workspace."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def make_factory(folder: Path, text: str) -> Settings:
    """A workspace with the pipeline `shop`."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text(text)
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(PIPELINE)
    orders().write_parquet(data / "orders.parquet")
    customers().write_parquet(data / "customers.parquet")
    return load_settings(folder)


def kill_at(settings: Settings, stage: str) -> str:
    """Start the build line and kill -9 it while a stage is at work; the run's name."""
    process = subprocess.Popen(
        [*COMMAND, "run", "shop"],
        cwd=settings.workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ledger = Ledger(settings.ledger_url)
    for _ in range(2400):
        for run in ledger.runs("shop"):
            stages = ledger.stage_runs(run["run_id"])
            if any((row["stage"], row["status"]) == (stage, "running") for row in stages):
                process.send_signal(signal.SIGKILL)
                process.wait()
                return run["run_id"]
        time.sleep(0.05)
    raise AssertionError(f"{stage} never started")


@pytest.mark.parametrize("value", ["a%2Fb", "..", "%C3%BC%20x", "x" * 60])
def test_the_folders_of_a_segment_lie_beside_those_of_the_pipeline(
    remote: Store,
    model: Path,
    value: str,
) -> None:
    """Whatever its value holds: saved, listed, and read again without the local copy."""
    own = Store(remote.root, f"shop/city={value}")
    artifact = f"{own.branch}artifacts/candidate/run/all"
    for pin in (own.model_pin(1), artifact):
        own.save_folder(model, pin)
    shutil.rmtree(own.home)

    assert own.artifacts("candidate") == [artifact]
    assert remote.artifacts("candidate") == []
    assert own.digest(artifact) == folder_digest(model)
    assert (own.model_folder(1) / "model.txt").read_text() == "tree"
    assert own.tables() == remote.tables() == ["raw"]


@pytest.fixture(scope="module")
def factory(s3_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:  # noqa: F811
    """A workspace on S3 in which the build line was killed while it made features, and then resumed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in S3_CREDENTIALS.items():
            patch.setenv(name, value)
        server = S3(s3_server, "factory")
        server.client().create_bucket(Bucket=server.bucket)
        settings = make_factory(tmp_path_factory.mktemp("remote"), settings_text(server))
        run = kill_at(settings, "features")
        aifactory(settings.workspace, "run", "shop", "--resume", run)
        yield settings


@pytest.mark.long
def test_the_line_makes_on_s3_what_it_makes_in_a_folder(factory: Settings, tmp_path: Path) -> None:
    """After a kill and a resume: the tables and the bytes of the model of an undisturbed run on a local folder."""
    local = make_factory(tmp_path / "local", "[tracking]\nenabled = false\n")
    aifactory(local.workspace, "run", "shop")
    here, there = Store(local.store_folder, "shop"), Store(factory.store_folder, "shop")

    assert there.tables() == here.tables() != []
    for name in ("raw", "labels", "features"):
        assert there.fingerprint(name) == here.fingerprint(name)
    for name in ("model.txt", "golden.parquet"):
        found = [store.model_folder(1) / name for store in (here, there)]
        assert found[0].read_bytes() == found[1].read_bytes()
    assert not (factory.store_folder / "shop" / "tables").exists()


@pytest.mark.long
def test_the_line_on_s3_finds_nothing_to_do(factory: Settings) -> None:
    """What has succeeded is still there, also for a machine without copies."""
    shutil.rmtree(factory.store_folder / "shop")

    assert "Nothing to do" in aifactory(factory.workspace, "run", "shop").stdout


@pytest.mark.long
def test_score_and_rollback_on_s3(factory: Settings, tmp_path: Path) -> None:
    """A second version is promoted, scores a window from a fresh copy, and is rolled back."""
    folder, ledger = factory.workspace, Ledger(factory.ledger_url)
    store = Store(factory.store_folder, "shop")
    candidate = tmp_path / "candidate"
    shutil.copytree(store.model_folder(1), candidate)
    card = json.loads((candidate / "model.json").read_text())
    (candidate / "model.json").write_text(json.dumps({**card, "run": "another"}))
    second = register(store, ledger, "shop", "another", candidate, {})
    aifactory(folder, "promote", "shop", str(second), "--reason", "trial")
    shutil.rmtree(factory.store_folder / "shop")
    line = ["--line", "operate", "--window", "2024-03", "--until", "score"]
    aifactory(folder, "run", "shop", *line)
    aifactory(folder, "rollback", "shop", "--reason", "worse")

    scored = store.scan("predictions").filter(pl.col("alias") == "champion").collect()
    assert scored["version"].unique().to_list() == [second] == [2]
    assert ledger.alias("shop", "champion") == 1
