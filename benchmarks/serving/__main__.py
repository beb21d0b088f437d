"""One row per request: the service against a raw application, FastAPI and the model in process, side by side.

    python -m benchmarks.serving --rounds 3
    python -m benchmarks.serving --servers      # the raw application under several servers

Each round starts every candidate in turn, asks it on 1, 16 and 64 connections, and ends it. The medians of the rounds are printed,
and ratios that were taken within a round: absolute figures drift with what else the machine does. The CPU time of a request drifts
least. The service validates,
checks a token and journals every answer; the others do none of that.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.single_row import SingleRow

HERE = Path(__file__).parent
CONNECTIONS = (1, 16, 64)
FEATURES = [f"f{number}" for number in range(30)]
PIPELINE = f"""
name = "numbers"
[source]
path = "data/numbers.parquet"
[data]
key = ["number"]
[target]
column = "label"
task = "binary"
expression = "outcome > 0"
outcomes = ["outcome"]
[features]
[[features.steps]]
kind = "columns"
columns = {json.dumps(FEATURES)}
"""
Figures = dict[str, float]


def make_workspace(folder: Path) -> tuple[Path, str, Path]:
    """A workspace with a model of 500 trees on 30 numbers: the model's folder, a token, and the body of a request."""
    sys.path.insert(0, str(HERE.parents[1] / "tests"))
    import serving

    from aifactory_nb.settings import load_settings
    from aifactory_nb.tokens import TOKEN_FILE, add_token

    data = folder / "pipelines" / "numbers" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (data.parent / "pipeline.toml").write_text(PIPELINE)
    random = np.random.default_rng(1)
    numbers = pl.DataFrame(random.normal(size=(20_000, 30)), schema=FEATURES)
    outcome = numbers["f0"] * numbers["f1"] + numbers["f2"]
    rows = numbers.with_columns(number=pl.int_range(pl.len()), outcome=outcome)
    rows.write_parquet(data / "numbers.parquet")
    settings = load_settings(folder)
    serving.fill_tables(settings, "numbers")
    version = serving.add_version(settings, "numbers", spec=ModelSpec("binary", 500, 0.05, 31, 20))
    body = folder / "body.json"
    body.write_text(json.dumps({"rows": [numbers.row(0, named=True)]}))
    token = add_token(settings.store_folder / TOKEN_FILE, "benchmark", ["predict"])
    return settings.store_folder / "numbers" / "models" / f"v{version:04d}", token, body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def uvicorn(app: str, port: int) -> list[str]:
    """The command of uvicorn for an application of this folder."""
    options = ["--port", str(port), "--app-dir", str(HERE), "--no-access-log", "--loop", "uvloop"]
    return [sys.executable, "-m", "uvicorn", f"{app}:app", *options, "--log-level", "warning"]


def granian(app: str, port: int) -> list[str]:
    """The same of granian."""
    options = ["--interface", "asginl", "--port", str(port), "--working-dir", str(HERE), "--no-ws"]
    return [sys.executable, "-m", "granian", f"{app}:app", *options, "--log-level", "error"]


def hypercorn(app: str, port: int) -> list[str]:
    """The same of hypercorn."""
    options = ["-b", f"127.0.0.1:{port}", "-k", "uvloop", "--log-level", "ERROR"]
    return [sys.executable, "-m", "hypercorn", f"{app}:app", *options]


def service(app: str, port: int) -> list[str]:
    """The command of the service."""
    program = "from aifactory_nb.cli import main; main()"
    return [sys.executable, "-c", program, "serve", "numbers", "--port", str(port)]


CANDIDATES = {
    "aifactory serve": (service, "", "/predict/numbers"),
    "raw ASGI (floor)": (uvicorn, "floor", "/"),
    "FastAPI + Booster.predict": (uvicorn, "plain_fastapi", "/predict"),
}
SERVERS = {
    "uvicorn": (uvicorn, "floor", "/"),
    "granian": (granian, "floor", "/"),
    "hypercorn": (hypercorn, "floor", "/"),
}


def wait_for(port: int, server: subprocess.Popen) -> None:
    """Until somebody listens."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"The server ended by itself: {server.args}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"Nobody listens on {port}: {server.args}")


def processes(pid: int) -> list[Path]:
    """A process and its children."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path("/proc") / name for name in (str(pid), *found)]


def memory(pid: int) -> float:
    """Resident megabytes of a process and its children."""
    pages = sum(int((place / "statm").read_text().split()[1]) for place in processes(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """What a process and its children have computed: others on the machine change it little."""
    ticks = 0
    for place in processes(pid):
        after_name = (place / "stat").read_text().rpartition(")")[2].split()
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(name: str, table: dict, folder: Path, token: str, body: Path, seconds: float) -> dict:
    """The figures of a candidate by connections."""
    command, app, path = table[name]
    port = free_port()
    server = subprocess.Popen(command(app, port), cwd=HERE if app else folder)
    try:
        wait_for(port, server)
        found = {}
        for connections in CONNECTIONS:
            asked = [sys.executable, str(HERE / "load.py"), str(port), path, str(body)]
            asked += ["--connections", str(connections), "--seconds", str(seconds)]
            asked += ["--token", token] if not app else []
            before = cpu_seconds(server.pid)
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
            if done.returncode or server.poll() is not None:
                return found | {"failed": done.stderr.strip()[-300:], "memory": 0}
            found[connections] = json.loads(done.stdout)
            used = cpu_seconds(server.pid) - before
            found[connections]["cpu"] = 1e6 * used / found[connections]["answers"]
        return found | {"memory": memory(server.pid)}
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def in_process(folder: Path) -> None:
    """Print what a row costs without any server."""
    model = Model.load(folder)
    rows = np.random.default_rng(2).normal(size=(3000, len(FEATURES)))
    single = SingleRow(model)
    calls = {
        "SingleRow": (single, rows.tolist()),
        "Booster.predict": (
            lambda row: model.booster.predict(row, num_threads=1),
            rows[:, None, :],
        ),
    }
    for name, (call, given) in calls.items():
        took = []
        for row in given:
            begin = time.perf_counter()
            call(row)
            took.append(1e6 * (time.perf_counter() - begin))
        took.sort()
        print(f"in process, {name}: p50 {took[1500]:.0f} µs, p99 {took[2970]:.0f} µs")


def show(rounds: list[dict[str, dict]]) -> None:
    """Medians, and ratios to the first candidate."""
    names = list(rounds[0])
    print(
        "| | MB | "
        + " | ".join(f"c{c} req/s | p50 ms | p99 ms | CPU µs | ×" for c in CONNECTIONS)
        + " |"
    )
    for name in names:
        cells = [f"{statistics.median(r[name].get('memory', 0) for r in rounds):.0f}"]
        for connections in CONNECTIONS:
            whole = [r for r in rounds if connections in r[name] and connections in r[names[0]]]
            if not whole:
                cells += ["failed"] * 5
                continue
            for figure, digits in (("rate", 0), ("p50", 2), ("p99", 2), ("cpu", 0)):
                middle = statistics.median(r[name][connections][figure] for r in whole)
                cells.append(f"{middle:.{digits}f}")
            ratios = [
                r[names[0]][connections]["rate"] / r[name][connections]["rate"] for r in whole
            ]
            cells.append(f"{statistics.median(ratios):.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")
    for told in {r[name]["failed"] for r in rounds for name in names if "failed" in r[name]}:
        print("failed:", told)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--servers", action="store_true", help="compare servers, not services")
    given = parser.parse_args()
    table = SERVERS if given.servers else CANDIDATES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, token, body = make_workspace(folder)
        os.environ["BENCHMARK_MODEL"] = str(model)
        in_process(model)
        rounds = []
        for _ in range(given.rounds):
            rounds.append(
                {name: measure(name, table, folder, token, body, given.seconds) for name in table}
            )
        show(rounds)


if __name__ == "__main__":
    main()
