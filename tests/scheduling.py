"""A small workspace with a schedule, and its daemon in processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from conftest import stage_cells, write_notebook

STAGE = """
import time
from pathlib import Path
with open("{folder}/ran.txt", "a") as file:
    file.write(stage.window + "\\n")
while Path("{folder}/hold").exists():
    time.sleep(0.05)
if Path("{folder}/break").exists():
    raise ValueError("broken on purpose")
"""


PATIENCE = 150.0  # many times what it takes where nothing else is at work


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def wait_until(done: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    begin = time.monotonic()
    while not done():
        assert time.monotonic() - begin < PATIENCE, "it did not happen"
        time.sleep(0.05)


def schedule_workspace(folder: Path, schedule: str) -> Path:
    """Give the pipeline `shop` lines of one quick stage, and a schedule; the pipeline's file."""
    write_notebook(
        folder, "note", stage_cells("note", STAGE.format(folder=folder)), writes=["note"]
    )
    path = folder / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(
        f'{path.read_text()}\n[lines]\nbuild = ["note"]\noperate = ["note"]\n{schedule}'
    )
    return path


def ran(folder: Path) -> list[str]:
    """The windows for which the stage was at work, in order."""
    path = folder / "ran.txt"
    return path.read_text().split() if path.exists() else []


def aifactory(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a workspace."""
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, check=False
    )


def start_daemon(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start `aifactory schedule run`; its log is on stderr."""
    return subprocess.Popen(
        command("schedule", "run"),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def command(*arguments: str) -> list[str]:
    """A command line of this package."""
    return [sys.executable, "-c", "from aifactory_nb.cli import main; main()", *arguments]
