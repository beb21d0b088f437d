"""Answers in the place of the server's half with recorded and made-up states, for work on the views alone.

Run in labextension/:  PYTHONPATH=dev JUPYTER_PATH=.dev jupyter lab \
    --ServerApp.jpserver_extensions="{'standin': True, 'aifactory_nb': False}"
A run that is started works through its stages, a cell every 0.4 s, and a line's second run fails.
"""

import asyncio
import copy
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

RECORDED = Path(__file__).parent / "recorded"
SCHEMA = "https://aifactory-nb.dev/events/factory/v1"
CELLS = 8
FAILING_STAGE, FAILING_CELL = 2, 4


def moment(seconds=0.0):
    """A moment from now, as the ledger writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def recorded(name):
    """What was recorded from a real workspace."""
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


class Plant:
    """The state of the stand-in."""

    def __init__(self, emit):
        self.emit, self.number = emit, itertools.count(1)
        self.factory = recorded("factory")
        self.graphs = {
            ("flight_delay", "build"): recorded("build"),
            ("flight_delay@replay", "operate"): recorded("operate"),
        }
        self.tasks = {}
        self.add_states()

    def add_states(self):
        """States that are hard to come by: a broken file, drift, an incident, a fan-out of 240."""
        pipelines, runs = self.factory["pipelines"], self.factory["runs"]
        broken = {
            **pipelines[0],
            "name": "churn",
            "title": "",
            "path": "pipelines/churn/pipeline.toml",
            "last_run": None,
        }
        broken["problem"] = (
            "pipelines/churn/pipeline.toml is not valid TOML: Expected '=' after a key in line 12."
        )
        sales = {
            **pipelines[0],
            "name": "store_sales",
            "title": "How much does each store sell tomorrow?",
        }
        sales |= {
            "last_run": "fan",
            "schedule": "daily: 06:00",
            "segments": [f"store={n}" for n in range(240)],
        }
        pipelines += [sales, broken]
        fan = {
            **runs[0],
            "run": "fan",
            "pipeline": "store_sales",
            "kind": "fan-out",
            "line": "build",
        }
        fan |= {
            "status": "failed",
            "message": "3 of 240 segments failed: store=17, store=90, store=201.",
            "can_resume": True,
        }
        runs.insert(0, fan)
        graph = copy.deepcopy(self.graphs["flight_delay", "build"]) | {
            "pipeline": "store_sales",
            "run": fan,
        }
        graph["branches"] = [
            self.branch(n)
            for n in [17, 90, 201, *(m for m in range(240) if m not in (17, 90, 201))]
        ]
        graph["branch"] = "store=17"
        self.stop(graph, "evaluate", "limits")
        self.graphs["store_sales", "build"] = graph
        values = [0.05 + 0.01 * ((n * 7) % 5) + 0.012 * max(0, n - 12) for n in range(20)]
        drift = {
            "pipeline": "flight_delay",
            "name": "PSI",
            "subject": "temp",
            "window": "2014-08",
            "value": values[-1],
        }
        drift |= {"limit": 0.12, "direction": "above", "breached": True, "values": values}
        drift["windows"] = [f"20{13 + n // 12}-{n % 12 + 1:02}" for n in range(20)]
        self.factory["monitors"].append(drift)
        opened = {
            "pipeline": "flight_delay",
            "kind": "drift",
            "subject": "temp",
            "opened_at": moment(-86400),
        }
        opened |= {"opened_window": "2014-07", "closed_at": None, "closed_window": None}
        opened["reason"] = "PSI of temp is 0.157, at most 0.12 is allowed; two windows in a row."
        closed = {
            **opened,
            "subject": "auc",
            "kind": "quality",
            "closed_at": moment(),
            "closed_window": "2014-05",
        }
        self.factory["incidents"] += [opened, closed]

    def branch(self, number):
        bad = number in (17, 90, 201)
        return {
            "window": "", "branch": f"store={number}", "status": "failed" if bad else "succeeded",
            "seconds": 4.1 + number % 7, "value": None if bad else 0.5 + (number % 90) / 300,
            "note": "evaluate: auc 0.52, at least 0.6" if bad else "",
        }  # fmt: skip

    def stop(self, graph, stage, gate):
        """A gate stops the line at a stage."""
        for node in graph["nodes"]:
            if node["id"] == f"{stage}/{gate}":
                node |= {
                    "status": "stopped",
                    "text": "auc is 0.52, at least 0.6 is needed: the candidate is not registered.",
                }
                node["checks"] = [
                    {"name": "auc", "value": "0.52", "limit": "at least 0.6", "passed": False}
                ]
            elif node["id"] == stage:
                node |= {"status": "failed", "stale": "", "failed_cell": 5, "seconds": 3.2}
                node["message"] = (
                    "GateStopped: gate limits stopped the run: auc is 0.52, at least 0.6 is needed."
                )
        stages = [node for node in graph["nodes"] if node["kind"] == "stage"]
        after = [node["id"] for node in stages].index(stage) + 1
        for node in stages[after:]:
            node |= {
                "status": "skipped",
                "seconds": None,
                "message": "",
                "notebook": "",
                "stale": "",
                "metrics": {},
            }

    def line(self, pipeline, line):
        if (pipeline, line) in self.graphs:
            return self.graphs[pipeline, line]
        graph = copy.deepcopy(
            self.graphs["flight_delay@replay" if line == "operate" else "flight_delay", line]
        )
        return self.graphs.setdefault((pipeline, line), self.empty(graph, pipeline))

    def empty(self, graph, pipeline):
        """A line that has never run."""
        for node in graph["nodes"]:
            node |= {"status": "pending"}
            if node["kind"] == "stage":
                node |= {
                    "seconds": None,
                    "notebook": "",
                    "rows_in": None,
                    "rows_out": None,
                    "metrics": {},
                    "stale": "",
                }
            else:
                node |= {"checks": [], "text": ""}
        edges = [{**edge, "version": "", "rows": None} for edge in graph["edges"]]
        return graph | {
            "pipeline": pipeline,
            "run": None,
            "edges": edges,
            "windows": [],
            "window": "",
        }

    def start(self, request):
        number = next(self.number)
        name = f"standin-{number}"
        pipeline, line = request["pipeline"], request.get("line", "build")
        stages = [node for node in self.line(pipeline, line)["nodes"] if node["kind"] == "stage"]
        only = request.get("only") or [node["stage"] for node in stages]
        stages = [node for node in stages if node["stage"] in only]
        run = {
            **self.factory["runs"][0],
            "run": name,
            "pipeline": pipeline,
            "kind": "line",
            "line": line,
        }
        run |= {
            "status": "running",
            "message": "",
            "started_at": moment(),
            "ended_at": None,
            "stages": len(stages),
        }
        run |= {
            "done": 0,
            "can_cancel": True,
            "can_resume": False,
            "report": "",
            "stages_at_work": [],
        }
        run |= {"expected_end": moment(len(stages) * CELLS * 0.4), "last_event": moment()}
        launch = {
            "launch": name,
            "pipeline": pipeline,
            "command": f"aifactory run {pipeline}",
            "status": "starting",
        }
        launch |= {"run": None, "exit_code": None, "message": "", "started_at": moment()}
        self.tasks[name] = asyncio.get_running_loop().create_task(
            self.work(run, launch, stages, number)
        )
        return launch

    async def work(self, run, launch, stages, number):
        await asyncio.sleep(0.6)
        self.factory["runs"].insert(0, run)
        self.line(run["pipeline"], run["line"])["run"] = run
        self.tell(run, launches=[launch | {"status": "running", "run": run["run"]}])
        try:
            for position, node in enumerate(stages):
                await self.stage(
                    run, node, position, fails=number % 2 == 0 and position == FAILING_STAGE
                )
        except asyncio.CancelledError:
            self.end(run, "interrupted", "Interrupted.")
        except ValueError as error:
            self.end(run, "failed", str(error))
        else:
            self.end(run, "succeeded", "")

    async def stage(self, run, node, position, fails):
        began, window = moment(), self.line(run["pipeline"], run["line"])["window"]
        row = {"stage": node["stage"], "window": window, "branch": "", "attempt": 1, "note": ""}
        row |= {
            "position": position,
            "notebook": node["notebook"],
            "started_at": began,
            "message": "",
        }
        for cell in range(CELLS + 1):
            work = {
                "position": position,
                "stage": node["stage"],
                "window": window,
                "branch": "",
                "cell": cell,
            }
            work |= {
                "cells": CELLS,
                "started_at": began,
                "at": moment(),
                "expected_end": moment(CELLS * 0.4),
                "notebook": "",
            }
            run |= {"stages_at_work": [work], "last_event": moment()}
            row |= {
                "status": "running",
                "cell": cell,
                "cells": CELLS,
                "seconds": None,
                "ended_at": None,
                "expected_end": None,
            }
            node |= {"status": "running", "cell": cell, "cells": CELLS, "stale": ""}
            self.tell(run, [{"run": run["run"], "stage": row}])
            await asyncio.sleep(0.4)
            if fails and cell == FAILING_CELL:
                break
        status = "failed" if fails else "succeeded"
        message = "ZeroDivisionError: division by zero (cell 5)" if fails else ""
        node |= {
            "status": status,
            "seconds": CELLS * 0.4,
            "message": message,
            "failed_cell": 4 if fails else None,
        }
        row |= {"status": status, "seconds": CELLS * 0.4, "ended_at": moment(), "message": message}
        run |= {"done": run["done"] + (not fails), "stages_at_work": []}
        self.tell(run, [{"run": run["run"], "stage": row}])
        if fails:
            raise ValueError(f"Stage {node['stage']} failed in cell 5: {message}")

    def end(self, run, status, message):
        run |= {
            "status": status,
            "message": message,
            "ended_at": moment(),
            "can_cancel": False,
            "stages_at_work": [],
        }
        run |= {"can_resume": status != "succeeded", "last_event": moment()}
        self.tell(run)

    def tell(self, run, stages=(), launches=()):
        self.emit({"runs": [run], "stages": list(stages), "removed": [], "refresh": [], "launches": list(launches), "at": moment()})  # fmt: skip


class Handler(APIHandler):
    """One handler for all of it."""

    @property
    def plant(self):
        return self.settings["standin"]

    @web.authenticated
    def get(self, path):
        parts = path.split("/")
        if parts == ["factory"]:
            self.finish(self.plant.factory | {"now": moment()})
        elif parts[0] == "pipelines" and parts[-1] == "line":
            graph = self.plant.line("/".join(parts[1:-1]), self.get_query_argument("line"))
            window, branch = (
                self.get_query_argument("window", ""),
                self.get_query_argument("branch", ""),
            )
            self.finish(
                graph
                | ({"window": window} if window else {})
                | ({"branch": branch} if branch else {})
            )
        else:
            self.set_status(404)
            self.finish({"message": f"The stand-in has no answer for {path}."})

    @web.authenticated
    async def post(self, path):
        parts = path.split("/")
        if path == "runs":
            self.set_status(202)
            self.finish(self.plant.start(self.get_json_body()))
        elif parts[0] == "runs" and parts[-1] == "cancel":
            self.plant.tasks[parts[1]].cancel()
            self.finish({})
        elif parts[0] == "runs" and parts[-1] == "resume":
            run = next(run for run in self.plant.factory["runs"] if run["run"] == parts[1])
            self.finish(self.plant.start({"pipeline": run["pipeline"], "line": run["line"]}))
        else:
            self.set_status(404)
            self.finish({"message": f"The stand-in has no answer for {path}."})


def _jupyter_server_extension_points():
    return [{"module": "standin"}]


def _load_jupyter_server_extension(app):
    text = {"type": "string"}
    schema = {
        "$id": SCHEMA,
        "version": "1",
        "title": "Factory",
        "personal-data": False,
        "type": "object",
    }
    app.event_logger.register_event_schema(schema | {"properties": {"at": text}})
    plant = Plant(
        lambda data: app.event_logger.emit(schema_id=SCHEMA, data=json.loads(json.dumps(data)))
    )
    app.web_app.settings["standin"] = plant
    url = url_path_join(app.web_app.settings["base_url"], r"/aifactory/api/(.*)")
    app.web_app.add_handlers(".*$", [(url, Handler)])
