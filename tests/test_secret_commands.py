"""`aifactory secret`: values come from standard input and are never shown."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def with_folder(workspace: Path) -> Path:
    """A workspace with a folder of secrets, and a pipeline that refers to two."""
    (workspace / "settings.ini").write_text("[secrets]\nfolder = keys\n")
    toml = workspace / "pipelines" / "shop" / "pipeline.toml"
    toml.write_text(
        toml.read_text() + '\n[stages.ingest]\nkey = "secret:KEY"\nother = "secret:OTHER"\n'
    )
    return workspace


def secret(*words: str, given: str = "") -> subprocess.CompletedProcess:
    """The command in a process of its own."""
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", "secret", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def test_a_secret_is_set_listed_and_removed(with_folder: Path) -> None:
    """The list tells who refers to it and where it is found, and no value."""
    done = secret("set", "KEY", given="correct horse\n")
    assert done.returncode == 0 and "secret:KEY" in done.stdout
    assert (with_folder / "keys" / "KEY").read_text() == "correct horse"

    listed = secret("list", "--json")
    assert json.loads(listed.stdout) == [
        {"name": "KEY", "found": "folder", "used by": "shop"},
        {"name": "OTHER", "found": "missing", "used by": "shop"},
    ]
    assert "missing" in secret("list").stdout
    assert "correct horse" not in done.stdout + done.stderr + listed.stdout

    assert secret("remove", "KEY").returncode == 0
    assert not (with_folder / "keys" / "KEY").exists()
    assert secret("remove", "KEY").returncode == 3


def test_a_value_on_the_command_line_is_refused(with_folder: Path) -> None:
    """It would be in the history of the shell and in the list of processes."""
    done = secret("set", "KEY", "correct horse")

    assert done.returncode == 2
    assert not (with_folder / "keys").exists()


@pytest.mark.parametrize(("name", "value"), [("KEY", "abc"), ("a/b", "correct horse"), ("KEY", "")])
def test_what_is_no_secret_is_refused(with_folder: Path, name: str, value: str) -> None:
    """A short value, and a name that is none; nothing is written, and the value is not shown."""
    done = secret("set", name, given=value)

    assert done.returncode == 3
    assert not (with_folder / "keys").exists()
