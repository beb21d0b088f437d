"""A fan-out on a real Dask cluster: what fails or is killed is one branch, and the others do not notice."""
# ruff: noqa: F811 (fixtures are imported)

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import quick
from clusters import Cluster, cluster, execute_and, executor_of, keys, lingering, settings  # noqa: F401
from conftest import stage_cells, write_notebook
from quick import SEGMENT, regions, shop  # noqa: F401
from servers import postgres, s3, s3_server  # noqa: F401

from aifactory_nb.errors import DataError
from aifactory_nb.fan_out import fan_out
from aifactory_nb.ledger import Ledger
from aifactory_nb.notebook import printed_text
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.stage import time_window
from aifactory_nb.store import Store

COMMAND = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", "run", "shop"]


def cells(
    body: Callable[..., None], *before: str, segment: bool = True, rounds: str = "1"
) -> list[str]:
    """The cells of a stage that does what a function does, after others; and where it did it."""
    source = "from typing import Any\nimport os\nimport polars as pl\n" + inspect.getsource(body)
    done = f"{body.__name__}(stage, {{'rounds': {rounds}}})\nprint('in', os.getcwd())"
    return stage_cells(body.__name__, *before, f"{source}\n{done}", segment=segment)


def write_stages(workspace: Path, *before_fit: str) -> None:
    """The stages of the shop as notebooks: `make` is shared, `fit` and `keep` are carried out for each region."""
    made = ["features", "labels"]
    make = cells(quick.make, segment=False)
    write_notebook(workspace, "make", make, reads=["source"], writes=made)
    fit = cells(quick.fit, *before_fit, rounds="rounds")
    given = SEGMENT + "rounds: int = 1  # of the fit\n"
    write_notebook(workspace, "fit", fit, given, reads=made, writes=["candidate"])
    moved = ["version", "champion"]
    write_notebook(workspace, "keep", cells(quick.keep), SEGMENT, reads=["candidate"], writes=moved)


def in_ledger(ledger: Ledger, run: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What the ledger says of the stages of a run, by stage and region."""
    rows = ledger.stage_runs(run)
    return {(row["stage"], row["branch"].partition("=")[2]): row for row in rows}


@pytest.mark.long
def test_a_segment_that_fails_leaves_the_others_alone(
    workspace: Path, tmp_path: Path, settings: Settings, shop: Pipeline, cluster: Cluster
) -> None:
    """From the command line: each segment on some worker, one of them fails, and a resumed run carries out only that one."""
    mended = tmp_path / "mended"
    torn = (
        "import pathlib\nfrom aifactory_nb.errors import DataError\n"
        f"if segment == 'region=west' and not pathlib.Path({str(mended)!r}).exists():\n"
        "    raise DataError('west is torn')"
    )
    write_stages(workspace, torn)
    regions(workspace, "north", "south", "west")
    where = ["--executor", "dask", "--scheduler", cluster.address]
    failed = subprocess.run(
        [*COMMAND, "--segment", "region", *where], capture_output=True, text=True, check=False
    )
    ledger = Ledger(settings.ledger_url)
    run = ledger.runs("shop")[0]["run_id"]
    before = in_ledger(ledger, run)
    printed = [
        printed_text(workspace / before["fit", region]["notebook"]) for region in ("north", "west")
    ]
    mended.touch()
    resumed = subprocess.run(
        [*COMMAND, "--resume", run, *where], capture_output=True, text=True, check=False
    )
    after = in_ledger(ledger, run)

    assert failed.returncode == DataError.exit_code, failed.stdout + failed.stderr
    assert "fit of region=west failed in cell 4: west is torn" in failed.stdout + failed.stderr
    told = {place: row["status"] for place, row in before.items() if row["status"] != "succeeded"}
    assert told == {("fit", "west"): "failed", ("keep", "west"): "pending"}
    assert f"in {cluster.folder}/worker" in printed[0]
    assert "west is torn" in printed[1]
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert {row["status"] for row in after.values()} == {"succeeded"}
    assert after["keep", "north"]["ended_at"] == before["keep", "north"]["ended_at"]
    assert ledger.aliases("shop/region=west") == {"champion": 1}
    assert (workspace / "runs" / "shop" / run / "index.html").is_file()


@pytest.mark.long
def test_variants_of_a_parameter_are_compared_on_a_cluster(
    workspace: Path, settings: Settings, shop: Pipeline, cluster: Cluster
) -> None:
    """Each value on some worker, the best one is told, and no model becomes a version."""
    write_stages(workspace)
    where = ["--executor", "dask", "--scheduler", cluster.address]
    compared = subprocess.run(
        [*COMMAND, "--matrix", "fit.rounds=1,2,5", *where],
        capture_output=True,
        text=True,
        check=False,
    )
    ledger = Ledger(settings.ledger_url)
    told = ledger.stage_runs(ledger.runs("shop")[0]["run_id"])
    places = [printed_text(workspace / row["notebook"]) for row in told if row["stage"] == "fit"]

    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert "fit.rounds=5. Take it: aifactory run shop --set fit.rounds=5" in compared.stdout
    assert [row["stage"] for row in told] == ["make", "fit", "fit", "fit"]
    assert all(f"in {cluster.folder}/worker" in place for place in places)
    assert ledger.models("shop") == []


@pytest.mark.long
def test_a_killed_worker_loses_only_the_branch_that_it_was_at_work_on(
    workspace: Path, tmp_path: Path, settings: Settings, shop: Pipeline, cluster: Cluster
) -> None:
    """That stage runs again elsewhere; in the ledger each stage has succeeded once, and each segment has one model."""
    linger = lingering(tmp_path, "").replace("first =", "first = segment == 'region=south' and")
    write_stages(workspace, linger)
    regions(workspace, "north", "south", "west")
    line = Request(quick.LINE, time_window(shop))
    requests, asked = fan_out(settings, shop, line, "region", ())
    executor = executor_of(settings, cluster)
    runner = start_run(settings, shop, requests, asked=asked, executor=executor)
    outcome = execute_and(runner, tmp_path, lambda pid: cluster.kill(cluster.worker_of(pid)))
    ledger = Ledger(settings.ledger_url)
    told = in_ledger(ledger, runner.run)
    ends = [event for event in ledger.audit_events() if event["action"] == "stage.end"]

    assert outcome.counts == {"succeeded": 7}, outcome.message
    again = {place for place, row in told.items() if row["attempt"] > 1}
    assert ("fit", "south") in again
    assert len(ends) == 7
    for region in ("north", "south", "west"):
        product = f"shop/region={region}"
        assert ledger.aliases(product) == {"champion": 1}
        assert [row["version"] for row in ledger.models(product)] == [1]
        text = Store(settings.store_folder, product).local_folder(
            f"branches/region={region}/models/v0001"
        )
        assert (text / "model.txt").read_text().startswith(f"['{region}']")
    assert ledger.verify_audit().ok
