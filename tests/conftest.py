"""Small workspaces to test in: made-up data, and stage notebooks of a few cells."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from aifactory_nb.cli import app
from aifactory_nb.gate import make_check
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings, load_settings

PIPELINE = """
name = "shop"
summary = "Will an order be returned?"

[source]
path = "data/orders.parquet"

[source.tables.customers]
path = "data/customers.parquet"

[data]
key = ["order"]
time = "ordered_at"
segment = "region"

[target]
column = "returned"
task = "binary"
expression = "days_to_return <= 30"
known_at = "ordered_at + INTERVAL '1 day' * 3"
outcomes = ["days_to_return"]

[window]
start = 2024-01-01
end = 2024-03-01

[features]
lead = "1h"

[[features.steps]]
kind = "columns"
columns = ["region", "price", "channel"]

[[features.steps]]
kind = "lookup"
table = "customers"
on = ["customer"]
columns = ["age"]
"""

COMMON = """pipeline: str = "shop"  # pipeline to work on
run: str = ""  # run that this stage belongs to; empty starts a run of its own
start: "date | None" = None  # first day of the window; empty takes the pipeline's window
end: "date | None" = None  # day after the last day of the window
inputs: dict = {}  # pinned versions of what the stage reads; empty takes the latest
"""


def orders(months: int = 6, rows: int = 400, seed: int = 1) -> pl.DataFrame:
    """Orders with a return rate that follows price, channel and age, and moves with time."""
    random = np.random.default_rng(seed)
    count = months * rows
    begin = datetime(2024, 1, 1)
    seconds = np.sort(random.integers(0, months * 30 * 86_400, count))
    price, customer = random.gamma(2.0, 20.0, count), random.integers(0, 50, count)
    channel = random.choice(["web", "store", "phone"], count)
    signal = 0.03 * (price - 40) + np.where(channel == "web", 1.0, -0.5) + 0.02 * (customer - 25)
    returned = random.random(count) < 1 / (1 + np.exp(-signal + 1 - seconds / seconds.max()))
    return pl.DataFrame(
        {
            "order": np.arange(count),
            "ordered_at": [begin + timedelta(seconds=int(value)) for value in seconds],
            "region": random.choice(["north", "south"], count),
            "customer": customer,
            "price": price,
            "channel": channel,
            "days_to_return": np.where(returned, 10, 90),
        }
    )


def customers() -> pl.DataFrame:
    """Customers by number."""
    return pl.DataFrame({"customer": np.arange(50), "age": 20 + np.arange(50)})


def write_notebook(
    folder: Path, stage: str, cells: list[str], parameters: str = "", **about: list[str]
) -> Path:
    """A stage notebook in the workspace's own templates."""
    sources = [(COMMON + parameters, ["parameters"]), *((cell, []) for cell in cells)]
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell{number}",
                "metadata": {"tags": tags},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (source, tags) in enumerate(sources)
        ],
        "metadata": {
            "aifactory": {"stage": stage, "summary": stage, **about},
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = folder / "templates" / "stages" / f"{stage}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))
    return path


def stage_cells(stage: str, *body: str, segment: bool = False) -> list[str]:
    """The cells of a small stage."""
    own = ", segment=segment" if segment else ""
    begin = (
        "from aifactory_nb.stage import Stage\n"
        f"stage = Stage({stage!r}, pipeline=pipeline, run=run, start=start, end=end, inputs=inputs{own})"
    )
    return [begin, *body, "stage.complete()"]


# Libraries write these when they are imported. Programs that tests start get the same environment from each test, and so
# share a process with the libraries loaded, which is for one environment and takes seconds to be started.
os.environ.pop("_RJEM_MALLOC_CONF", None)
for name, value in {
    "DO_NOT_TRACK": "1",
    "KMP_DUPLICATE_LIB_OK": "True",
    "KMP_INIT_AT_FORK": "FALSE",
}.items():
    os.environ.setdefault(name, value)

# CI runs every test; what takes long and seldom finds what the others do not, such as kills and stress, runs there alone.
EVERYTHING = os.environ.get("AIFACTORY_TEST_ALL") == "1"

# These files take longest: begun first, none is left for one worker at the end, while the others have nothing to do.
LONGEST = (
    "test_workbench_browser",
    "test_widgets_browser",
    "test_line",
    "test_live_line",
    "test_notebooks",
    "test_faults",
    "test_object_store",
    "test_dask_executor",
    "test_dask_fan_out",
    "test_papermill_command",
    "test_server",
    "test_runner",
    "test_live_canary",
    "test_one_transformation",
    "test_kills",
    "test_gx_differential",
    "test_cli",
    "test_warm_kernel",
    "test_code_reach",
    "test_schedule_kills",
    "test_schedule_daemon",
    "test_warm_process",
    "test_notebook_kills",
    "test_warm_stress",
    "test_fan_out_line",
    "test_quarantine",
    "test_boost",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless every test shall run; begin with the files that take longest."""
    if not EVERYTHING:
        left_out = set(_left_out(items))
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=[*left_out])
    turns = {name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.path.stem, len(turns)))


def _left_out(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """What takes long, and of each test of many cases all but every fourth."""
    seen: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("long") or (item.get_closest_marker("cases") and seen[test] % 4):
            yield item
        seen[test] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that tests were left out."""
    if not EVERYTHING:
        terminalreporter.write_line(
            "Tests that take long (kills, stress, three of four cases of comparisons) were left out; all: AIFACTORY_TEST_ALL=1 make test"
        )


def write_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    """A kernel `odd` that is started with this command."""
    home = folder / "jupyter" / "kernels" / "odd"
    home.mkdir(parents=True)
    spec = {"argv": list(command), "display_name": "odd", "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))


def write_shop(folder: Path) -> Path:
    """Make a workspace with the pipeline `shop`."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(PIPELINE)
    orders().write_parquet(data / "orders.parquet")
    customers().write_parquet(data / "customers.parquet")
    return folder


def record_gate(settings: Settings) -> None:
    """A run with a gate that passes."""
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("r1", "shop", "run", {}, 1)
    checks = [make_check("metric", "auc", "at least 0.7", "0.75", True)]
    ledger.record_gate("r1", "shop", "evaluate", "2024-03", "limits", "model", True, checks)
    ledger.end_run("r1", "succeeded")
    ledger.close()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the pipeline `shop`; it is the current folder."""
    folder = write_shop(tmp_path / "factory")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("AIFACTORY_WORKSPACE", raising=False)
    return folder


@pytest.fixture
def settings(workspace: Path) -> Settings:
    """The settings of the workspace."""
    return load_settings(workspace)


@pytest.fixture
def ends() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended with the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


# the command as it is installed: a run is a copy of a process that an earlier one has left behind, where there is one
COMMAND = [sys.executable, "-c", "from aifactory_nb.command import main; main()"]


def aifactory(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is text."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def line(workspace: Path) -> Path:
    """A workspace whose build line is two small stages."""
    make = stage_cells("make", "print('made')", "stage.output('rows', 1)")
    write_notebook(workspace, "make", make, "size: int = 1  # how many", writes=["rows"])
    write_notebook(
        workspace,
        "use",
        stage_cells("use", "stage.output('total', stage.has('rows'))"),
        reads=["rows"],
        writes=["total"],
    )
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[lines]\nbuild = ["make", "use"]\n')
    return workspace


def invoke(*arguments: str) -> str:
    """What a command prints, carried out in this process; its errors are raised."""
    done = CliRunner().invoke(app, list(arguments))
    if done.exception:
        raise done.exception
    return done.output
