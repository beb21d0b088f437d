"""Which stages would run again, and what has changed since."""

import json
from pathlib import Path

import polars as pl
import pytest
from quick import LINE, Quick, shop  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import Pipeline, TableSource, load_pipeline
from aifactory_nb.plan import Request, Step, make_plan
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.stale import spread, stale_marks
from aifactory_nb.template import Template
from aifactory_nb.window import TimeWindow, time_window

# ruff: noqa: F811 (fixtures are imported)


@pytest.fixture
def ran(settings: Settings, shop: Pipeline) -> str:
    """A run of the shop's line."""
    outcome = start_run(settings, shop, [Request(LINE, time_window(shop))], executor=Quick())
    return outcome.execute().run


def marks(settings: Settings, run: str, pipeline: Pipeline | None = None) -> dict[str, str]:
    """The marks of a run of the shop, by stage."""
    ledger, found = (
        Ledger(settings.ledger_url),
        pipeline or load_pipeline(settings.workspace, "shop"),
    )
    steps = make_plan(settings, found, [Request(LINE, time_window(found))])
    rows = ledger.stage_runs(run)
    told = stale_marks(settings, found, ledger, steps, rows, range(len(steps)))
    return {steps[position].stage: text for position, text in told.items()}


def change_notebook(workspace: Path, stage: str) -> None:
    """Change the code of a stage."""
    path = workspace / "templates" / "stages" / f"{stage}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-1]["source"] = "print('changed')"
    path.write_text(json.dumps(notebook))


def test_what_has_just_run_is_not_stale(settings: Settings, ran: str) -> None:
    """Nothing has changed."""
    assert marks(settings, ran) == {}


def test_a_run_that_had_nothing_to_do_is_judged_as_well(settings: Settings, ran: str) -> None:
    """By what the run before it has made."""
    shop = load_pipeline(settings.workspace, "shop")
    again = start_run(settings, shop, [Request(LINE, time_window(shop))], executor=Quick())
    outcome = again.execute()

    assert outcome.nothing_done and marks(settings, outcome.run) == {}
    change_notebook(settings.workspace, "keep")
    assert list(marks(settings, outcome.run)) == ["keep"]


def test_changed_code_is_told_and_what_builds_on_it_is_in_doubt(
    settings: Settings, ran: str
) -> None:
    """The stage before it is as it was."""
    change_notebook(settings.workspace, "fit")

    assert marks(settings, ran) == {
        "fit": "Changed since: the code of its notebook.",
        "keep": "Builds on fit, which would run again.",
    }


def test_a_parameter_is_told_with_its_values(settings: Settings, ran: str) -> None:
    """As the pipeline file gives it now."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + "\n[stages.fit]\nrounds = 8\n")

    assert marks(settings, ran)["fit"] == "Changed since: parameter rounds 1 → 8."


def test_a_source_with_new_rows_is_told(settings: Settings, ran: str) -> None:
    """The first stage would read them."""
    path = settings.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    pl.read_parquet(path).head(9).write_parquet(path)

    assert marks(settings, ran)["make"] == "Changed since: input source."


def test_a_source_that_lies_elsewhere_is_not_asked(settings: Settings, ran: str) -> None:
    """A page does not wait for a bucket that may not answer; the rest is judged."""
    found = load_pipeline(settings.workspace, "shop")
    away = found.source.model_copy(update={"tables": {"side": TableSource(path="s3://no/where")}})
    distant = found.model_copy(update={"source": away})
    distant._folder = found.folder
    told = marks(settings, ran, distant)

    assert told["make"] == "Changed since: the pipeline file or its suite."


def test_a_source_that_is_gone_leaves_no_marks(settings: Settings, ran: str) -> None:
    """What was made of it stands."""
    (settings.workspace / "pipelines" / "shop" / "data" / "orders.parquet").unlink()

    assert marks(settings, ran) == {}


def test_doubt_goes_on_to_all_that_follow() -> None:
    """And not to what stands beside."""

    def step(position: int, stage: str, **writers: list[int]) -> Step:
        template = Template(Path(), stage, "", (), (), {}, ())
        return Step(position, 0, template, TimeWindow(), {}, writers, frozenset(), position + 1)

    steps = [step(0, "a"), step(1, "b", x=[0]), step(2, "c", y=[1]), step(3, "d")]
    told = spread(steps, {0: "Changed.", 1: "", 2: "", 3: ""})

    assert [told[place] for place in (2, 3)] == ["Builds on b, which would run again.", ""]
