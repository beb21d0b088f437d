"""An executor that carries stages out as functions, in this process: a run of thousands takes seconds."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from conftest import PIPELINE, write_notebook

from aifactory_nb.errors import AifactoryError
from aifactory_nb.executor import Job
from aifactory_nb.fan_out import fan_out
from aifactory_nb.notebook import CellProgress, NotebookError
from aifactory_nb.outcome import Outcome
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.stage import Stage, time_window

Body = Callable[[Stage, dict[str, Any]], None]
SEGMENT = 'segment: str = ""  # column and value, the part of the data; empty takes all\n'


class Quick:
    """Carries out the stages of a shop; `done` tells which, in which branch, and `broken` which of these fail."""

    def __init__(self, workers: int = 4) -> None:
        self.workers = workers
        self.done: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        self.stopped: set[str] = set()
        self.declined = False  # by the shared stage
        self.most, self._at_work = 0, 0

    def __enter__(self) -> "Quick":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def carry_out(self, job: Job, stop: Event, progress: Callable[[CellProgress], None]) -> None:
        """Carry out a stage as the function of its name."""
        given = dict(job.parameters)
        common = ("pipeline", "run", "start", "end", "inputs", "segment")
        told = {name: given.pop(name) for name in common if name in given}
        name = job.notebook.stem.partition("_")[2]
        self._at_work += 1
        self.most = max(self.most, self._at_work)
        try:
            stage = Stage(name, **told)
            self.done.append((name, stage.branch))
            if stage.branch in self.broken:
                raise ValueError(f"no rows of {stage.segment}")
            if stage.branch in self.stopped:
                stage.gate("limits", False, [{"expectation": "auc", "passed": False}], kind="model")
            globals()[name](stage, given)
            if self.declined:
                stage.decline("no need")
            stage.complete()
        except (AifactoryError, ValueError) as error:
            raise NotebookError(1, str(error)) from None
        finally:
            self._at_work -= 1


def make(stage: Stage, _: dict[str, Any]) -> None:
    """The shared stage: the rows of the shop."""
    rows = pl.read_parquet(stage.pipeline.folder / "data" / "orders.parquet")
    rows = rows.filter(pl.col("ordered_at").is_between(stage.start, stage.end, closed="left"))
    stage.write("features", rows.select("order", "ordered_at", "region", "price"))
    stage.write("labels", rows.select("order", label=pl.col("price") > 50))


def fit(stage: Stage, given: dict[str, Any]) -> None:
    """A model: the number of its rows and labels."""
    rows, labels = stage.read("features").collect(), stage.read("labels").collect()
    text = f"{sorted(set(rows['region']))} {rows.height} {labels.height} {given}"
    (stage.output_folder("candidate") / "model.txt").write_text(text)
    stage.metric(rows_labelled=rows.height, log_loss=1 / given["rounds"] + rows.height / 1e6)


def look(stage: Stage, given: dict[str, Any]) -> None:
    """A look at a model, which moves nothing."""
    stage.needed_folder("candidate")
    stage.output("seen", given["depth"])
    stage.metric(log_loss=given["depth"])


def keep(stage: Stage, _: dict[str, Any]) -> None:
    """The model becomes a version and the champion."""
    folder, ledger = stage.needed_folder("candidate"), stage.ledger
    path = stage.store.branch + "models/v{version}"
    digest = stage.store.digest(stage.inputs["candidate"]) or ""
    version = ledger.add_model(stage.product, stage.run_id, digest, path, {"metrics": {}})
    stage.store.save_folder(folder, stage.store.model_pin(version))
    ledger.set_alias(stage.product, "champion", version, "line", "better", {})
    stage.output("version", version)
    stage.output("champion", version)
    stage.metric(version=version, promoted=1.0)


LINE = ["make", "fit", "keep"]


@pytest.fixture
def shop(workspace: Path) -> Pipeline:
    """The shop with the line make, fit, keep; the last two take a segment."""
    write_notebook(workspace, "make", ["1"], reads=["source"], writes=["features", "labels"])
    rounds = SEGMENT + "rounds: int = 1  # of the fit\n"
    write_notebook(
        workspace, "fit", ["2"], rounds, reads=["features", "labels"], writes=["candidate"]
    )
    write_notebook(
        workspace, "keep", ["3"], SEGMENT, reads=["candidate"], writes=["version", "champion"]
    )
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(PIPELINE + f"\n[lines]\nbuild = {LINE}\n")
    return load_pipeline(workspace, "shop")


def regions(workspace: Path, *names: str | None) -> None:
    """Let the orders of the shop come from these regions in turn."""
    path = workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    orders = pl.read_parquet(path)
    column = [names[number % len(names)] for number in range(orders.height)]
    orders.with_columns(region=pl.Series(column, dtype=pl.String)).write_parquet(path)


def spread(
    pipeline: Pipeline,
    quick: Quick,
    segment: str = "region",
    matrix: tuple[str, ...] = (),
    stages: list[str] | None = None,
    settings: Settings | None = None,
) -> Outcome:
    """Carry out a fan-out of the shop's line."""
    settings = settings or load_settings()
    line = Request(stages or LINE, time_window(pipeline))
    requests, asked = fan_out(settings, pipeline, line, segment, matrix)
    return start_run(settings, pipeline, requests, asked=asked, executor=quick).execute()
