"""The command line as a user meets it: in a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from conftest import aifactory
from typer.main import get_command

from aifactory_nb.cli import app


def test_help_names_every_command() -> None:
    """`aifactory --help` lists the commands."""
    done = aifactory("--help")

    assert done.returncode == 0
    for command in [
        "init",
        "check",
        "run",
        "gate",
        "replay",
        "runs",
        "show",
        "logs",
        "models",
        "promote",
        "rollback",
        "audit",
        "lab",
    ]:
        assert f" {command} " in done.stdout


def all_helps(command: click.Command) -> Iterator[str]:
    """The texts of a command, of its options and of the commands below it."""
    yield command.help or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)
    for below in getattr(command, "commands", {}).values():
        yield from all_helps(below)


def test_help_shows_what_stands_in_brackets() -> None:
    """A section of the settings, such as [serving], is taken for markup unless it is escaped."""
    eaten = [text for text in all_helps(get_command(app)) if re.search(r"(?<!\\)\[[a-z]+\]", text)]

    assert eaten == []


def test_help_imports_nothing_heavy() -> None:
    """What makes start-up slow is imported by the commands that need it."""
    code = "import sys; from aifactory_nb import cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {
        "polars",
        "sqlalchemy",
        "pydantic",
        "papermill",
        "mlflow",
        "great_expectations",
        "lightgbm",
        "matplotlib",
    }
    assert not heavy & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "shpo"], 6, "Did you mean 'shop'"),
        (
            ["run", "shop", "--only", "mkae"],
            3,
            "'mkae' is not a stage of this line. Did you mean 'make'",
        ),
        (["run", "shop", "--set", "make.size=big"], 3, "make.size must be int, found 'big'"),
        (["run", "shop", "--set", "size=1"], 3, "expected STAGE.NAME=VALUE"),
        (["run", "shop", "--line", "bulid"], 3, "--line must be build or operate"),
        (["run", "shop", "--window", "2013-13"], 3, "found '2013-13'"),
        (["run", "shop", "--resume", "nothing"], 6, "nothing"),
        (["show", "nothing"], 6, "nothing"),
        (["replay", "shop", "--from", "2024-03"], 3, "needs --from WINDOW and --to WINDOW"),
        (
            ["replay", "shop", "--from", "2024-01", "--to", "2024-02"],
            3,
            "the first model needs data before it",
        ),
        (["promote", "shop", "1", "--reason", "test"], 6, "no model version 1"),
        (["rollback", "shop", "--reason", "test"], 6, ""),
        (
            ["promote", "shop", "1", "--reason", "x", "--alias", "chmpion"],
            3,
            "Did you mean 'champion'",
        ),
        (["promote", "shop", "1", "--reason", " "], 3, "--reason is empty"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_bad_input_gets_a_message_and_a_code(
    line: Path, arguments: list[str], code: int, message: str
) -> None:
    """What went wrong is said without a traceback, and the exit code tells its kind."""
    done = aifactory(*arguments, folder=line)

    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def test_a_traceback_is_shown_with_debug_only(line: Path) -> None:
    """`--debug` shows where an error comes from, and changes neither message nor exit code."""
    done = aifactory("--debug", "run", "shpo", folder=line)

    assert "Traceback" in done.stderr
    assert "error: No pipeline 'shpo'" in done.stderr
    assert done.returncode == 6
