"""The servers that are compared: what starts each one, and in which form it wants a row."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cases import Case
from peers import CACHE, environment, ready_python

HERE = Path(__file__).parent
SERVERS, PINS = HERE / "servers", HERE / "pins"
PACKAGES = {
    "mlflow": ("mlflow", "lightgbm", "uvicorn"),
    "mlserver": ("mlserver", "mlserver-lightgbm", "lightgbm"),
    "bentoml": ("bentoml", "lightgbm"),
    "litserve": ("litserve", "lightgbm"),
    "fastapi": ("fastapi", "uvicorn", "uvloop", "httptools", "lightgbm"),
}
QUIET = {
    "BENTOML_DO_NOT_TRACK": "True",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "60",
}
Command = Callable[[Case, Path, int], list[str]]  # case, a folder to work in, port


@dataclass(frozen=True)
class Candidate:
    """A server, and how it is asked."""

    label: str
    command: Command
    path: str
    form: str
    peer: str = ""  # the name of its environment; empty: this one
    threads: int = 0  # that its libraries may use; 0 leaves the number open

    def start(self, case: Case, folder: Path, port: int) -> subprocess.Popen:
        """Start it; what it says goes into a file."""
        given = {"BENCHMARK_MODEL": str(case.model), "BENTOML_HOME": str(folder / "bentoml")}
        kept = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        if self.peer:  # some start others of their programs by name
            kept = {"PATH": f"{Path(python(self.peer)).parent}{os.pathsep}{os.environ['PATH']}"}
        with open(folder / "server.log", "wb") as log:
            return subprocess.Popen(
                self.command(case, folder, port),
                cwd=folder if self.peer else case.workspace,
                env={**environment(self.threads), **QUIET, **given, **kept},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def path_for(self, case: Case) -> str:
        """Where the model of a case is asked for."""
        return self.path.format(name=case.name)


def python(name: str) -> str:
    """The Python of a peer, which is made when it is not there."""
    return str(ready_python(CACHE / "serving" / name, PINS / f"{name}.txt", PACKAGES[name]))


def uvicorn(python: str, app: str, port: int) -> list[str]:
    """The command of uvicorn for an application of ours."""
    options = ["--port", str(port), "--app-dir", str(SERVERS), "--no-access-log"]
    return [python, "-m", "uvicorn", f"{app}:app", *options, "--loop", "uvloop"]


def ours(case: Case, folder: Path, port: int) -> list[str]:
    """The service: tokens, validation and the table of answers are on."""
    program = "from aifactory_nb.cli import main; main()"
    return [sys.executable, "-c", program, "serve", case.name, "--port", str(port)]


def floor(case: Case, folder: Path, port: int) -> list[str]:
    """The smallest application on uvicorn."""
    return uvicorn(sys.executable, "floor", port)


def floor_recipe(case: Case, folder: Path, port: int) -> list[str]:
    """The same, with the features of raw rows."""
    return uvicorn(sys.executable, "floor_recipe", port)


def fastapi(case: Case, folder: Path, port: int) -> list[str]:
    """FastAPI on uvicorn."""
    return uvicorn(python("fastapi"), "plain_fastapi", port)


def litserve(case: Case, folder: Path, port: int) -> list[str]:
    """LitServe's own server."""
    return [python("litserve"), str(SERVERS / "lit.py"), str(port)]


def bentoml(case: Case, folder: Path, port: int) -> list[str]:
    """`bentoml serve`."""
    place = ["--working-dir", str(SERVERS), "--host", "127.0.0.1", "--port", str(port)]
    return [python("bentoml"), "-m", "bentoml", "serve", "bento:Predictor", *place]


def mlserver(case: Case, folder: Path, port: int) -> list[str]:
    """MLServer in one process, where it is five times as fast as with its default of one worker beside it."""
    runtime = "mlserver_lightgbm.LightGBMModel"
    parameters = {"uri": str(case.model), "version": "1"}
    model = {"name": case.name, "implementation": runtime, "parameters": parameters}
    (folder / "model-settings.json").write_text(json.dumps(model))
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False, **ports}
    (folder / "settings.json").write_text(json.dumps(settings))
    return [python("mlserver"), "-c", "from mlserver.cli import main; main()", "start", str(folder)]


def mlflow(case: Case, folder: Path, port: int) -> list[str]:
    """`mlflow models serve`."""
    home, model = python("mlflow"), folder / "mlflow"
    if not model.exists():
        save = [home, str(SERVERS / "save_mlflow.py"), str(case.model), str(model)]
        subprocess.run(save, check=True, capture_output=True, env={**environment(1), **QUIET})
    options = ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "-w", "1"]
    return [home, "-m", "mlflow", "models", "serve", "-m", str(model), *options]


def granian(case: Case, folder: Path, port: int) -> list[str]:
    """The smallest application on granian."""
    options = ["--interface", "asginl", "--port", str(port), "--working-dir", str(SERVERS)]
    return [sys.executable, "-m", "granian", "floor:app", *options, "--no-ws"]


def hypercorn(case: Case, folder: Path, port: int) -> list[str]:
    """The smallest application on hypercorn."""
    options = ["-b", f"127.0.0.1:{port}", "-k", "uvloop", "--log-level", "ERROR"]
    return [sys.executable, "-m", "hypercorn", f"file:{SERVERS / 'floor.py'}:app", *options]


OURS = "ours"
CANDIDATES = {
    OURS: Candidate("`aifactory serve`", ours, "/predict/{name}", "raw"),
    "floor": Candidate("raw ASGI, single-row call (the floor)", floor, "/", "named"),
    "floor_recipe": Candidate("the same, which makes the features", floor_recipe, "/", "raw"),
    "fastapi": Candidate("FastAPI, `Booster.predict`", fastapi, "/predict", "named", "fastapi", 1),
    "mlserver": Candidate("MLServer", mlserver, "/v2/models/{name}/infer", "tensor", "mlserver", 1),
    "litserve": Candidate("LitServe", litserve, "/predict", "matrix", "litserve", 1),
    "bentoml": Candidate("BentoML", bentoml, "/predict", "matrix", "bentoml", 1),
    "mlflow": Candidate(
        "`mlflow models serve`, one thread", mlflow, "/invocations", "mlflow", "mlflow", 1
    ),
    "mlflow_default": Candidate(
        "`mlflow models serve`", mlflow, "/invocations", "mlflow", "mlflow"
    ),
}
HTTP_SERVERS = {
    "uvicorn": Candidate("uvicorn", floor, "/", "named"),
    "granian": Candidate("granian", granian, "/", "named"),
    "hypercorn": Candidate("hypercorn", hypercorn, "/", "named"),
}
