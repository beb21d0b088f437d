"""Real servers for tests, private to the test session: a PostgreSQL, an S3 store."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import EVERYTHING


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def no_server(reason: str) -> None:
    """Skip the test for want of a server, or fail where every test has to run."""
    if EVERYTHING:
        pytest.fail(reason)
    pytest.skip(reason)


STARTS_WITHIN = 60.0  # seconds


def _postgres_programs() -> Path | None:
    """The folder of initdb and postgres, the newest where there are several."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent, *folders] if found else folders
    return next((path for path in reversed(folders) if (path / "initdb").is_file()), None)


def _unprivileged_user() -> dict[str, Any]:
    """Options of a process that does not run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


class PostgresServer:
    """A PostgreSQL server on the loopback address, in a temporary folder, with a password."""

    def __init__(self, programs: Path) -> None:
        self.programs, self.port, self.password = programs, free_port(), secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.as_user = _unprivileged_user()
        if self.as_user:
            os.chown(self.folder, self.as_user["user"], self.as_user["group"])
        self.databases = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._initialize()
        self.start()

    def url(self, database: str = "postgres") -> str:
        """The URL of a database."""
        return f"postgresql://factory:{self.password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        self.databases += 1
        self.execute(f"CREATE DATABASE test{self.databases}")
        return self.url(f"test{self.databases}")

    def drop(self, url: str) -> None:
        """Remove a database, with the connections that a test left open: each takes several megabytes."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Carry out one statement outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def start(self) -> None:
        """Start the server, again after `stop`, and wait until it answers."""
        import psycopg

        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-k", "", "-F", "-c", "max_connections=60"]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, cwd=self.folder, **self.as_user
        )
        log.close()
        begin = time.monotonic()
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() - begin > STARTS_WITHIN:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server at once, as when its machine loses power: connections are cut off."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Stop the server for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialize(self) -> None:
        word = self.folder / "password"
        word.write_text(self.password)
        word.chmod(0o644)
        command = [self.programs / "initdb", "-D", self.folder / "data", "-U", "factory", "-N"]
        command += ["--auth=scram-sha-256", f"--pwfile={word}", "-E", "UTF8", "--locale=C"]
        made = subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self.as_user,
        )
        word.unlink()
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr}")


@cache
def postgres_server() -> PostgresServer | None:
    """The one PostgreSQL of this session; None where none is installed."""
    programs = _postgres_programs()
    return PostgresServer(programs) if programs else None


def fresh_postgres(request: pytest.FixtureRequest) -> str:
    """The URL (postgresql://user:password@127.0.0.1:port/name) of a new database on a real PostgreSQL."""
    begun = postgres_server.cache_info().currsize > 0
    server = postgres_server()
    if server is None:
        no_server("no PostgreSQL installed: apt-get install postgresql")
    assert server is not None
    if not begun:
        request.config.add_cleanup(server.close)
    url = server.fresh_database()
    request.addfinalizer(lambda: server.drop(url))
    return url


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database on a real PostgreSQL."""
    return fresh_postgres(request)


# --- S3 ---------------------------------------------------------------------------------------

S3_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True)
class S3:
    """A bucket on a real S3 server; its credentials are in the environment while a test has it."""

    endpoint: str
    bucket: str
    region: str = "us-east-1"

    @property
    def url(self) -> str:
        """The URL of the bucket."""
        return f"s3://{self.bucket}"

    def client(self) -> Any:
        """A boto3 client of the server."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=S3_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=S3_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def put(self, key: str, content: bytes) -> None:
        """Put an object into the bucket."""
        self.client().put_object(Bucket=self.bucket, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """The content of an object."""
        return self.client().get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of all objects that begin with `prefix`, sorted."""
        pages = self.client().get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=prefix)
        return sorted(item["Key"] for page in found for item in page.get("Contents", []))


def _wait_for_answer(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server of {url} ended with {process.returncode}.")
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"The server of {url} does not answer.")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server (moto) in a process of its own."""
    program = Path(sys.executable).parent / "moto_server"
    if not program.is_file():
        no_server("There is no moto_server beside this Python: install moto[s3] and flask-cors.")
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (tmp_path_factory.mktemp("moto") / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    try:
        _wait_for_answer(f"{endpoint}/moto-api/", process)
        yield endpoint
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> S3:
    """A fresh bucket; import `s3_server` beside it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = S3(s3_server, f"bucket-{secrets.token_hex(6)}")
    server.client().create_bucket(Bucket=server.bucket)
    return server
