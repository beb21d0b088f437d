"""Measure how long the workbench takes to read the state of a large workspace, in a folder that is removed afterwards.

    python benchmarks/workbench.py [--runs 1000] [--fan-outs 50] [--branches 200]

The ledger gets runs of the flight delay product, the latest of them at work: lines of 8 stages, fan-outs of branches of 6
stages; and as many segments with a champion as a fan-out has branches. Prints a Markdown table. Times depend on the machine and on what else it does: compare runs of one machine only.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from aifactory_nb.database import moment_text
from aifactory_nb.factory_state import factory_state
from aifactory_nb.ledger import Ledger
from aifactory_nb.line_graph import line_graph
from aifactory_nb.model_history import model_history
from aifactory_nb.owner import this_process, user_name
from aifactory_nb.run_rows import run_detail, run_row
from aifactory_nb.runs import runs_table
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.stage_runs import stage_runs_table
from aifactory_nb.workspace import init_workspace

PRODUCT = "flight_delay"
LINE = ["ingest", "validate", "features", "train", "evaluate", "register", "deploy", "report"]
SHARED, OWN = LINE[:2], ["features", "train", "evaluate", "register", "deploy", "report"]
WINDOW = {"start": "2013-01-01T00:00:00", "end": "2013-04-01T00:00:00", "parameters": {}}
LABEL = "2013-01-01..2013-04-01"
RESULT: dict[str, Any] = {
    "stage": "train",
    "pipeline": PRODUCT,
    "run": "",
    "window": LABEL,
    "outputs": [],
    "inputs": {"features": 1, "labels": 1},
    "metrics": {f"metric_{number}": number / 7 for number in range(13)},
    "gates": [],
    "declined": "",
    "rows_in": 80_789,
    "rows_out": 80_789,
    "parts": {f"library {number}": "1.2.3" for number in range(30)},
}


def requests(branches: int) -> list[dict[str, Any]]:
    """What a run of a line, or a fan-out of so many branches, carries out."""
    if not branches:
        return [{"stages": LINE, **WINDOW}]
    names = [f"dest=D{number:03d}" for number in range(branches)]
    own = [{"stages": OWN, **WINDOW, "branch": name, "segment": name} for name in names]
    return [{"stages": SHARED, **WINDOW}, *own]


def stage_rows(run: str, branches: int, at: datetime, done: bool) -> list[dict[str, Any]]:
    """The stages of a run; of one at work half of them are done."""
    places = [
        (stage, request.get("branch", ""))
        for request in requests(branches)
        for stage in request["stages"]
    ]
    rows = []
    for position, (stage, branch) in enumerate(places):
        ended = done or position < len(places) // 2
        running = not ended and position < len(places) // 2 + 4
        began = moment_text(at + timedelta(seconds=position))
        rows.append(
            {
                "run_id": run,
                "position": position,
                "pipeline": PRODUCT,
                "stage": stage,
                "window": LABEL,
                "branch": branch,
                "key": "k" * 64,
                "status": "succeeded" if ended else "running" if running else "pending",
                "attempt": 1,
                "notebook": f"runs/{PRODUCT}/{run}/{branch}/{stage}.ipynb",
                "message": "",
                "started_at": began if ended or running else None,
                "ended_at": began if ended else None,
                "result": RESULT if ended else None,
                "event": position,
            }
        )
    return rows


def fill(ledger: Ledger, runs: int, fan_outs: int, branches: int) -> str:
    """Write the history; the name of the run that is at work, a fan-out."""
    owner = {**this_process(), "owner": user_name()}
    begin = datetime.now(UTC) - timedelta(days=runs)
    every = max(1, runs // fan_outs)
    with ledger.writing() as connection:
        for number in range(1, runs + 1):
            parts = branches if number % every == 0 else 0
            at, last = begin + timedelta(days=number), number == runs
            run, rows = f"run-{number:05d}", stage_rows(f"run-{number:05d}", parts, at, not last)
            found = {
                "run_id": run,
                "pipeline": PRODUCT,
                "kind": "run",
                "parameters": {"fresh": False, "requests": requests(parts)},
                "stages": len(rows),
                "status": "running" if last else "failed" if number % 10 == 0 else "succeeded",
                "message": "",
                "started_at": moment_text(at),
                "ended_at": None if last else moment_text(at + timedelta(hours=1)),
                "event": number,
                "seen_at": moment_text(datetime.now(UTC)),
                **owner,
            }
            connection.execute(sa.insert(runs_table), found)
            connection.execute(sa.insert(stage_runs_table), rows)
    ledger.held.add((ledger.url, run))
    for version in range(1, 101):
        ledger.add_model(PRODUCT, run, f"d{version}", "v{version}", {"metrics": {"log_loss": 0.4}})
        ledger.set_alias(PRODUCT, "champion", version, "bench", "better", {"n": [0.1] * 500})
    for number in range(branches):
        product = f"{PRODUCT}/dest=D{number:03d}"
        ledger.add_model(product, run, f"d{number}", "v{version}", {"metrics": {"log_loss": 0.4}})
        ledger.set_alias(product, "champion", 1, "bench", "better", {})
    for month in range(48):
        window = f"{2013 + month // 12}-{month % 12 + 1:02d}"
        reason = {"kind": "quality", "name": "AUC", "value": 0.7, "reference": 0.7, "limit": 0.02}
        ledger.record_decision(PRODUCT, run, window, False, 0.0, [{**reason, "text": "x" * 200}])
    return run


def milliseconds(work: Callable[[], Any], times: int = 5) -> tuple[float, float]:
    """Processor time of the first and of the fastest of the others: the clock would tell of what else is at work."""
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append(1000 * (time.process_time() - started))
    return found[0], min(found[1:])


def measure(settings: Settings, ledger: Ledger, run: str) -> dict[str, tuple[float, float]]:
    """What the workbench asks for."""
    root = settings.workspace
    asked: dict[str, Callable[[], Any]] = {
        "factory_state": lambda: factory_state(settings, ledger, root),
        "run_row of a fan-out at work": lambda: run_row(settings, ledger, run, root),
        "run_detail of a fan-out": lambda: run_detail(settings, ledger, run, root),
        "line_graph of a fan-out": lambda: line_graph(
            settings, ledger, PRODUCT, "build", root, run=run
        ),
        "line_graph of a line": lambda: line_graph(
            settings, ledger, PRODUCT, "build", root, run="run-00001"
        ),
        "the same without stale marks": lambda: line_graph(
            settings, ledger, PRODUCT, "build", root, run="run-00001", stale=False
        ),
        "model_history": lambda: model_history(settings, ledger, PRODUCT),
    }
    return {name: milliseconds(work) for name, work in asked.items()}


def main() -> None:
    """Make the workspace, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--fan-outs", type=int, default=50)
    parser.add_argument("--branches", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        init_workspace(Path(folder) / "flights", PRODUCT)
        settings = load_settings(Path(folder) / "flights")
        ledger = Ledger(settings.ledger_url)
        run = fill(ledger, asked.runs, asked.fan_outs, asked.branches)
        print(
            f"{asked.runs:,} runs, {asked.fan_outs} of them fan-outs of {asked.branches} × {len(OWN)}\n"
        )
        print("| what | first, ms | again, ms |\n|---|---|---|")
        for name, (first, again) in measure(settings, ledger, run).items():
            print(f"| {name} | {first:,.0f} | {again:,.0f} |")


if __name__ == "__main__":
    main()
