"""Does a real Airflow import and run what `aifactory schedule export --to airflow` writes? All from scratch, in one folder.

    .venv/bin/python tools/airflow_check.py FOLDER [--airflow ENVIRONMENT]

It makes an environment of its own for Airflow (unless one is named), a workspace with a small pipeline, exports the DAGs, and lets Airflow
list its import errors and run them: `airflow dags test` executes every task with its dependencies. Then it holds what Airflow says of
the tasks against the ledger, and ends with 1 when they differ. It needs uv, a package index, 1.5 GB of room and about five
minutes, so that it is no part of the tests. UV_CONSTRAINT names a file of constraints for Airflow's own dependencies.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import PIPELINE, customers, orders  # noqa: E402

from aifactory_nb.ledger import Ledger  # noqa: E402
from aifactory_nb.pipeline import load_pipeline  # noqa: E402
from aifactory_nb.settings import load_settings  # noqa: E402

SCHEDULE = """
[lines]
build = ["ingest", "validate", "features", "train", "evaluate", "register", "deploy", "report"]

[schedule.build]
cron = "0 5 1 * *"
timezone = "Europe/Berlin"
line = "build"
timeout = "1h"

[schedule.monthly]
cron = "0 5 1 * *"
timezone = "Europe/Berlin"
line = "operate"
"""


def make_workspace(folder: Path) -> None:
    """A workspace with the pipeline of the tests."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(PIPELINE + SCHEDULE)
    orders().write_parquet(data / "orders.parquet")
    customers().write_parquet(data / "customers.parquet")


def run(command: list[str | Path], **environment: str) -> str:
    """Run a command, show it and what it printed; end when it fails."""
    print("$", *command, flush=True)
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, env=known | environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}\nended with {done.returncode}")
    return done.stdout + done.stderr


def make_environment(folder: Path) -> Path:
    """An environment with nothing but Airflow."""
    uv = shutil.which("uv") or ROOT / ".uv" / "bin" / "uv"
    run([uv, "venv", "-q", "--python", sys.executable, folder])
    run([uv, "pip", "install", "-q", "--python", folder / "bin" / "python", "apache-airflow>=3"])
    return folder


def airflow_in(environment: Path, home: Path) -> Callable[..., str]:
    """Calls `airflow` with its files in a folder of its own."""
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": str(ROOT),  # the tasks take the package of this folder
    }
    return lambda *arguments: run([environment / "bin" / "airflow", *arguments], **settings)


def told_by_airflow(home: Path, dag: str) -> list[tuple[str, str]]:
    """The tasks of a DAG as they were begun, each with its state."""
    database = sqlite3.connect(home / "airflow.db")
    asked = "select task_id, state from task_instance where dag_id = ? order by start_date"
    found = database.execute(asked, [dag]).fetchall()
    database.close()
    return found


def told_by_ledger(workspace: Path) -> list[dict[str, Any]]:
    """The stages that have run, the first one first."""
    ledger = Ledger(load_settings(workspace).ledger_url)
    return [row for found in reversed(ledger.runs()) for row in ledger.stage_runs(found["run_id"])]


def compare(
    dag: str, line: list[str], tasks: list[tuple[str, str]], stages: list[dict[str, Any]]
) -> None:
    """Show what Airflow and the ledger say of a line; end when they differ, or a stage has not succeeded.

    When a stage finds that the rest is not needed, its task is skipped and so are those after it, which never run.
    """
    print(f"\n{dag}\n{'task':<14}{'Airflow':<10}ledger")
    rows, declined = iter(stages), False
    for task, state in tasks:
        row = None if declined else next(rows, None)
        told, fine = "not run", declined
        if row is not None:
            reason = (row["result"] or {}).get("declined") or ""
            told = f"{row['stage']} of {row['window']} {row['status']}. {reason}"
            fine = task.partition("_")[2] == row["stage"] and row["status"] == "succeeded"
            declined = bool(reason)
        print(f"{task:<14}{state:<10}{told}".rstrip(" ."))
        if not fine or state != ("skipped" if declined else "success"):
            sys.exit(f"{task} of {dag} is not as it should be.")
    if sorted(task for task, _ in tasks) != [f"{n:02d}_{name}" for n, name in enumerate(line, 1)]:
        sys.exit(f"The tasks of {dag} are not the line {', '.join(line)}.")


def main() -> None:
    """Make everything, run it, and tell what Airflow and the ledger say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="an empty folder")
    parser.add_argument("--airflow", type=Path, help="environment that has Airflow")
    asked = parser.parse_args()
    home, workspace = asked.folder.resolve() / "airflow", asked.folder.resolve() / "factory"
    environment = asked.airflow or make_environment(asked.folder.resolve() / "environment")
    make_workspace(workspace)

    program = "from aifactory_nb.cli import main; main()"
    aifactory = [sys.executable, "-c", program, "--workspace", workspace]
    export = ["schedule", "export", "shop", "--to", "airflow", "--output", home / "dags"]
    run([*aifactory, *export], PYTHONPATH=str(ROOT))

    airflow = airflow_in(environment, home)
    version = airflow("version").splitlines()[-1]
    airflow("db", "migrate")
    airflow("dags", "reserialize")
    errors = airflow("dags", "list-import-errors").splitlines()[-1]
    if errors != "No data found":
        sys.exit(f"Airflow cannot import the DAGs: {errors}")
    before, lines, told = 0, load_pipeline(workspace, "shop").lines, []
    for name, line, moment in [
        ("build", lines.build, "2024-03-02"),
        ("monthly", lines.operate, "2024-04-02"),
    ]:
        dag = f"aifactory_shop_{name}"
        airflow("dags", "test", dag, moment)
        stages = told_by_ledger(workspace)
        told.append((dag, line, told_by_airflow(home, dag), stages[before:]))
        before = len(stages)
    print(f"\nAirflow {version}: no import errors")
    for each in told:
        compare(*each)
    print("\nAll as it should be.")


if __name__ == "__main__":
    main()
