"""Does a real Airflow import and run what `aifactory schedule export --to airflow` writes? All from scratch, in one folder.

    .venv/bin/python tools/airflow_check.py FOLDER [--airflow ENVIRONMENT]

It makes an environment of its own for Airflow (unless one is named), a workspace with a small pipeline, exports the DAGs, and lets Airflow
list its import errors and run them: `airflow dags test` executes every task with its dependencies. It needs uv, a package
index, 1.5 GB of room and a few minutes, so that it is no part of the tests.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import PIPELINE, customers, orders  # noqa: E402

from aifactory_nb.ledger import Ledger  # noqa: E402
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


def show(text: str, *words: str) -> None:
    """The lines that hold one of some words."""
    print(*(line for line in text.splitlines() if any(word in line for word in words)), sep="\n")


def make_environment(folder: Path) -> Path:
    """An environment with nothing but Airflow."""
    uv = shutil.which("uv") or ROOT / ".uv" / "bin" / "uv"
    run([uv, "venv", "-q", "--python", sys.executable, folder])
    run([uv, "pip", "install", "-q", "--python", folder / "bin" / "python", "apache-airflow>=3"])
    return folder


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

    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }
    airflow = environment / "bin" / "airflow"
    print(run([airflow, "version"], **settings).splitlines()[-1])
    run([airflow, "db", "migrate"], **settings)
    run([airflow, "dags", "reserialize"], **settings)
    print(run([airflow, "dags", "list-import-errors"], **settings).splitlines()[-1])
    for dag, moment in [("build", "2024-03-02"), ("monthly", "2024-04-02")]:
        test = [airflow, "dags", "test", f"aifactory_shop_{dag}", moment]
        told = run(
            test, **settings, PYTHONPATH=str(ROOT)
        )  # the tasks take the package of this folder
        show(told, "Marking run", "Marking task", "state=", "Command exited")

    ledger = Ledger(load_settings(workspace).ledger_url)
    for found in reversed(ledger.runs()):
        (stage,) = ledger.stage_runs(found["run_id"])
        print(found["run_id"], stage["stage"], stage["window"], stage["status"])


if __name__ == "__main__":
    main()
