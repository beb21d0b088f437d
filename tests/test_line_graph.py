"""A line of a pipeline and a run of it as a graph."""

from dataclasses import asdict
from typing import Any

import polars as pl
import pytest
from quick import LINE, Quick, regions, shop, spread  # noqa: F401

from aifactory_nb.errors import NotFoundError, ParameterError, PipelineNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.line_graph import line_graph
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.settings import Settings
from aifactory_nb.stage_result import Output, StageResult
from aifactory_nb.window import time_window

# ruff: noqa: F811 (fixtures are imported)


def keys(text: str) -> set[str]:
    """The keys of a row."""
    return set(text.split())


GRAPH = keys("pipeline line run nodes edges windows branches window branch")
STAGE = keys(
    "id kind stage summary position status seconds message notebook failed_cell rows_in rows_out metrics stale "
    "template docs card cell cells started_at expected_end"
)
EDGE = keys("source target asset version rows")
PLACE = keys("window branch status seconds value note")
QUARTER = {"start": "2024-01-01", "end": "2024-03-01", "parameters": {}}


def graph_of(settings: Settings, line: str = "build", **asked: str) -> dict[str, Any]:
    """The graph of a line of the shop."""
    ledger = Ledger(settings.ledger_url)
    return line_graph(settings, ledger, "shop", line, settings.workspace.parent, **asked)


def stages(graph: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The stages of a graph, by name."""
    return {node["id"]: node for node in graph["nodes"] if node["kind"] == "stage"}


def flows(graph: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What flows from where to where."""
    return [(edge["source"], edge["target"], edge["asset"]) for edge in graph["edges"]]


def carry_out(settings: Settings, pipeline: Pipeline, quick: Quick, *names: str) -> str:
    """Run stages of the shop's line; the name of the run."""
    requests = [Request(names or LINE, time_window(pipeline))]
    asked = {"line": "build"}
    return start_run(settings, pipeline, requests, asked=asked, executor=quick).execute().run


def test_a_line_is_known_before_it_has_run(settings: Settings, shop: Pipeline) -> None:
    """What its stages read and write, with all keys that pages rely on."""
    graph = graph_of(settings)
    found = stages(graph)

    assert set(graph) == GRAPH and graph["run"] is None
    assert {node["status"] for node in found.values()} == {"pending"}
    assert all(set(node) == STAGE for node in found.values())
    assert flows(graph) == [
        ("make", "fit", "features"),
        ("make", "fit", "labels"),
        ("fit", "keep", "candidate"),
    ]
    assert found["make"]["template"] == "factory/templates/stages/make.ipynb"


def test_a_shipped_template_has_no_path(settings: Settings) -> None:
    """It lies in the package, where nobody edits it."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[lines]\nbuild = ["ingest", "validate"]\n')

    ingest = stages(graph_of(settings))["ingest"]

    assert ingest["template"] == "" and ingest["summary"].startswith("Reads the rows")


def test_a_run_fills_the_line_in(settings: Settings, shop: Pipeline) -> None:
    """How each stage ended, and which version with how many rows went on."""
    run = carry_out(settings, shop, Quick())
    graph = graph_of(settings)
    found, edges = stages(graph), graph["edges"]

    assert graph["run"]["run"] == run and graph["window"] == "2024-01-01..2024-03-01"
    assert {node["status"] for node in found.values()} == {"succeeded"}
    assert all(set(edge) == EDGE for edge in edges)
    assert [(edge["asset"], edge["version"]) for edge in edges] == [
        ("features", "v0"),
        ("labels", "v0"),
        ("candidate", ""),
    ]
    assert edges[0]["rows"] > 0 and found["fit"]["metrics"]["log_loss"] > 1
    assert found["make"]["seconds"] >= 0 and found["make"]["stale"] == ""
    candidate = f"artifacts/candidate/{run}/2024-01-01..2024-03-01"
    made = {"product": "shop", "version": None, "candidate": candidate}
    assert found["make"]["card"] is None and found["fit"]["card"] == made


def test_a_part_of_a_line_is_shown_in_the_whole(settings: Settings, shop: Pipeline) -> None:
    """What was not carried out is pending and has no place in the run."""
    carry_out(settings, shop, Quick(), "make")

    found = stages(graph_of(settings))

    assert [(node["status"], node["position"]) for node in found.values()] == [
        ("succeeded", 0),
        ("pending", None),
        ("pending", None),
    ]


def test_what_a_run_left_out_is_shown_as_it_last_succeeded(
    settings: Settings, shop: Pipeline
) -> None:
    """In doubt where it builds on what has changed since; it has no place in the run."""
    carry_out(settings, shop, Quick())
    path = settings.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    pl.read_parquet(path).head(300).write_parquet(path)
    carry_out(settings, shop, Quick(), "make")

    found = stages(graph_of(settings))

    assert [(node["status"], node["position"]) for node in found.values()] == [
        ("succeeded", 0),
        ("succeeded", None),
        ("succeeded", None),
    ]
    assert found["make"]["stale"] == ""
    assert found["fit"]["stale"] == "Changed since: input features, input labels."
    assert found["keep"]["stale"] == "Builds on fit, which would run again."
    assert graph_of(settings)["edges"][0]["version"] == "v1"


def test_what_was_taken_from_before_has_the_notebook_that_made_it(
    settings: Settings, shop: Pipeline
) -> None:
    """It was not executed again, and somebody wants to look at it all the same."""
    first = carry_out(settings, shop, Quick())
    for row in Ledger(settings.ledger_url).stage_runs(first):
        (settings.workspace / row["notebook"]).parent.mkdir(parents=True, exist_ok=True)
        (settings.workspace / row["notebook"]).write_text("{}")
    second = carry_out(settings, shop, Quick())
    found = stages(graph_of(settings, run=second))

    assert {node["status"] for node in found.values()} == {"cached"}
    assert all(f"/{first}/" in node["notebook"] for node in found.values()), found


def test_marks_can_be_left_out(settings: Settings, shop: Pipeline) -> None:
    """For a page that is to be there at once."""
    carry_out(settings, shop, Quick())
    (settings.workspace / "pipelines" / "shop" / "data" / "customers.parquet").write_bytes(b"")
    ledger, root = Ledger(settings.ledger_url), settings.workspace
    graph = line_graph(settings, ledger, "shop", "build", root, stale=False)

    assert {node["stale"] for node in graph["nodes"]} == {""}


def test_a_failed_stage_tells_its_cell(settings: Settings, shop: Pipeline) -> None:
    """With its message; those behind it wait."""
    quick = Quick()
    quick.broken = {""}
    carry_out(settings, shop, quick)

    found = stages(graph_of(settings))

    assert (found["make"]["status"], found["make"]["failed_cell"]) == ("failed", 1)
    assert "failed in cell 1: no rows" in found["make"]["message"]
    assert found["fit"]["status"] == "pending"


def test_a_gate_that_stops_the_line_is_a_node(settings: Settings, shop: Pipeline) -> None:
    """Behind its stage."""
    quick = Quick()
    quick.stopped = {""}
    carry_out(settings, shop, quick)

    graph = graph_of(settings)
    gate = next(node for node in graph["nodes"] if node["kind"] == "gate")

    assert (gate["id"], gate["status"]) == ("make/limits", "stopped")
    assert ("make", "make/limits", "") in flows(graph)


def test_a_stage_at_work_tells_what_its_gates_said_so_far(
    settings: Settings, shop: Pipeline
) -> None:
    """They are in the ledger before the stage has ended; how far it is, too."""
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("r1", "shop", "run", {"requests": [{"stages": LINE, **QUARTER}]}, 3)
    window = "2024-01-01..2024-03-01"
    ledger.plan_stages("r1", [(place, stage, window) for place, stage in enumerate(LINE)])
    ledger.start_stage("r1", 0, "key", 1, "")
    progress = {"position": 0, "cell": 2, "cells": 7, "at": "now", "expected_end": None}
    ledger.write_progress("r1", [{**progress, "begins": [0.0, 1.0]}])
    ledger.record_gate("r1", "shop", "make", window, "orders", "data", True, [{"passed": True}])

    graph = graph_of(settings)
    make = stages(graph)["make"]

    assert (make["status"], make["cell"], make["cells"]) == ("running", 2, 7)
    assert ("make", "make/orders", "") in flows(graph)


def test_a_template_that_is_gone_is_told(settings: Settings, shop: Pipeline) -> None:
    """The run is shown as far as the ledger knows it."""
    carry_out(settings, shop, Quick())
    (settings.workspace / "templates" / "stages" / "fit.ipynb").unlink()

    found = stages(graph_of(settings))

    assert [node["status"] for node in found.values()] == ["succeeded"] * 3
    assert "No stage 'fit'" in found["fit"]["message"]


def test_of_a_fan_out_the_branch_that_needs_somebody_is_shown(
    settings: Settings, shop: Pipeline
) -> None:
    """With the stages that it shares; the others stand beside, the worst first."""
    regions(settings.workspace, *"aab")
    quick = Quick()
    quick.broken = {"region=b"}
    spread(shop, quick)

    graph = graph_of(settings)
    other = graph_of(settings, branch="region=a")

    assert graph["run"]["kind"] == "fan-out" and graph["run"]["report"] == ""
    assert [(place["branch"], place["status"]) for place in graph["branches"]] == [
        ("region=b", "failed"),
        ("region=a", "succeeded"),
    ]
    assert set(graph["branches"][0]) == PLACE
    assert (graph["branch"], stages(graph)["fit"]["status"]) == ("region=b", "failed")
    assert [node["status"] for node in stages(other).values()] == ["succeeded"] * 3


def test_the_gates_of_other_branches_are_not_shown(settings: Settings, shop: Pipeline) -> None:
    """They have the same stage and window as the one that is shown, and have not ended either."""
    regions(settings.workspace, *"aab")
    quick = Quick()
    quick.broken = {"region=b"}
    run = spread(shop, quick).run
    ledger = Ledger(settings.ledger_url)
    window = graph_of(settings)["window"]
    for branch in ("region=a", "region=b"):
        gate = (f"shop/{branch}", "fit", window, "limits", "model", True, [{"passed": True}])
        ledger.record_gate(run, *gate)

    gates = [node["id"] for node in graph_of(settings)["nodes"] if node["kind"] == "gate"]

    assert gates == ["fit/limits"]


def replayed(settings: Settings) -> Ledger:
    """A replay of the shop: its first model, two windows of production of which one waits, and the report."""
    ledger = Ledger(settings.ledger_url)
    ends = {"2024-03": "2024-04-01", "2024-04": "2024-05-01"}
    operate = [
        {"stages": ["make", "feedback"], "start": f"{name}-01", "end": end, "parameters": {}}
        for name, end in ends.items()
    ]
    report = {"stages": ["report"], "start": "2024-03-01", "end": "2024-05-01", "parameters": {}}
    asked = {"requests": [{"stages": ["make"], **QUARTER}, *operate, report]}
    ledger.start_run("r1", "shop@replay", "replay", asked | {"from": "2024-03", "to": "2024-04"}, 6)
    first, last = "2024-01-01..2024-03-01", "2024-03-01..2024-05-01"
    places = [("make", first), ("make", "2024-03"), ("feedback", "2024-03")]
    places += [("make", "2024-04"), ("feedback", "2024-04"), ("report", last)]
    ledger.plan_stages("r1", [(place, *told) for place, told in enumerate(places)])
    metrics = {"log_loss": 0.4}
    result = StageResult("feedback", "shop", "r1", "2024-03", metrics=metrics, rows_in=5)
    result.outputs.append(Output("decision", "value", "Keep version 1.", ""))
    for position in range(3):
        ledger.start_stage("r1", position, "key", 1, "")
        told = asdict(result) if position == 2 else None
        ledger.end_stage("r1", position, "succeeded", told)
    return ledger


def test_of_a_replay_the_last_window_is_shown(settings: Settings, shop: Pipeline) -> None:
    """Of those that have begun; what came true stands beside each, and what was decided."""
    replayed(settings)

    graph = graph_of(settings, "operate")
    places = {place["window"]: place for place in graph["windows"]}

    assert (graph["line"], graph["run"]["kind"], graph["window"]) == (
        "operate",
        "replay",
        "2024-03",
    )
    assert [place["status"] for place in graph["windows"]] == [
        "succeeded",
        "succeeded",
        "pending",
        "pending",
    ]
    assert (places["2024-03"]["value"], places["2024-03"]["note"]) == (0.4, "Keep version 1.")
    assert [stage["position"] for stage in stages(graph).values()] == [1, 2]
    assert set(graph["windows"][0]) == PLACE


def test_of_a_replay_a_window_that_went_wrong_comes_first(
    settings: Settings, shop: Pipeline
) -> None:
    """Another one is shown when it is asked for."""
    ledger = replayed(settings)
    ledger.start_stage("r1", 3, "key", 1, "")
    ledger.end_stage("r1", 3, "failed", None, "No rows.")

    assert graph_of(settings, "operate")["window"] == "2024-04"
    assert graph_of(settings, "operate", window="2024-03")["window"] == "2024-03"


def test_the_newest_run_of_the_line_is_shown(settings: Settings, shop: Pipeline) -> None:
    """A replay is one of production; another run is shown when it is named."""
    first = carry_out(settings, shop, Quick())
    second = carry_out(settings, shop, Quick(), "make")
    replayed(settings)

    assert graph_of(settings)["run"]["run"] == second
    assert graph_of(settings, run=first)["run"]["run"] == first
    assert graph_of(settings, "operate")["run"]["run"] == "r1"


def test_a_stage_run_by_hand_is_shown_alone(settings: Settings, shop: Pipeline) -> None:
    """When it is asked for; the newest run of a line is another one."""
    carry_out(settings, shop, Quick())
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("hand", "shop", "manual", {}, 1)
    ledger.plan_stage("hand", 0, "fit", "2024-01-01..2024-03-01")

    graph = graph_of(settings, run="hand")

    assert (graph["run"]["kind"], list(stages(graph)), graph["edges"]) == ("manual", ["fit"], [])
    assert graph_of(settings)["run"]["run"] != "hand"


def test_what_there_is_not_is_said(settings: Settings, shop: Pipeline) -> None:
    """Line, run, window, branch and pipeline, each by its name."""
    replayed(settings)
    ledger = Ledger(settings.ledger_url)
    ledger.start_run("other", "mill", "run", {"requests": []}, 1)

    with pytest.raises(ParameterError, match="line must be build or operate"):
        graph_of(settings, "both")
    with pytest.raises(NotFoundError, match="There is no run 'r2'"):
        graph_of(settings, run="r2")
    with pytest.raises(NotFoundError, match="is one of 'mill', not of 'shop'"):
        graph_of(settings, run="other")
    with pytest.raises(NotFoundError, match="no window '2024-3'. Did you mean '2024-03'"):
        graph_of(settings, "operate", window="2024-3")
    with pytest.raises(PipelineNotFoundError):
        line_graph(settings, ledger, "mill", "build", settings.workspace)
