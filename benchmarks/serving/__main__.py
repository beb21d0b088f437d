"""One row per request: the service, other model servers, and the smallest application, side by side in one run.

    python benchmarks/serving                                  # both models, every server: a quarter of an hour
    python benchmarks/serving --case numbers --seconds 2 --rounds 1
    python benchmarks/serving --only ours floor fastapi --connections 16
    python benchmarks/serving --bulk                           # 100,000 rows in one request, and nothing else
    uv run --with granian --with hypercorn python benchmarks/serving --servers

numbers  500 trees on 30 numbers
flights  200 trees on the features of flight_delay, which the service makes from raw columns and tables; the others get them made

The service checks a token, validates, and writes every answer down; the others do none of that. Each has one worker, and predicts
with one thread, which is what one row needs; `mlflow models serve` is also measured as it comes, with all of them. In each round every server is started in turn, its answer compared with the model's, asked on some connections,
and ended. Medians of the rounds are printed, and ratios that were taken within a round: absolute figures drift with
what else the machine does. So little does not drift as the CPU time of a request, of all processes of a server.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent), str(HERE.parent / "runner")]

from candidates import CANDIDATES, HTTP_SERVERS, OURS, Candidate  # noqa: E402
from cases import CASES, Case  # noqa: E402
from in_process import measure_bulk, measure_one  # noqa: E402
from meter import cpu_seconds, memory_bytes  # noqa: E402
from waiting import end, free_port, wait_for  # noqa: E402

FIGURES = {"rate": 0, "p50": 2, "p99": 2, "cpu": 0, "load_cpu": 0}  # and their digits
HEAD = "| | requests/s | p50 ms | p99 ms | CPU µs | load generator, µs | throughput | CPU |"
Found = dict[Any, Any]


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        prog="serving", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--only", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    parser.add_argument("--connections", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bulk", action="store_true", help="only many rows in one request")
    parser.add_argument("--servers", action="store_true", help="compare HTTP servers, not services")
    return parser.parse_args()


def measure(candidate: Candidate, case: Case, folder: Path, asked: argparse.Namespace) -> Found:
    """The figures of a server by connections."""
    port, path, bodies = free_port(), candidate.path_for(case), folder / f"{candidate.form}.ndjson"
    token = case.token if candidate is CANDIDATES[OURS] else ""
    case.write_bodies(bodies, candidate.form)
    server = candidate.start(case, folder, port)
    found: Found = {}
    try:
        first = bodies.read_bytes().splitlines()[0]
        wait_for(server, f"http://127.0.0.1:{port}{path}", first, token, case.expected[0])
        for connections in asked.connections:
            command = [sys.executable, str(HERE / "load.py"), str(port), path, str(bodies)]
            command += ["--connections", str(connections), "--seconds", str(asked.seconds)]
            before = cpu_seconds(server.pid)
            done = subprocess.run(
                [*command, "--token", token], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"on {connections} connections: {done.stderr.strip()[-200:]}")
            told = json.loads(done.stdout)
            told["cpu"] = 1e6 * (cpu_seconds(server.pid) - before) / told["answers"]
            found[connections] = told
        found["memory"] = memory_bytes(server.pid) / 2**20
    except (RuntimeError, OSError) as error:
        found["failed"] = str(error)
    finally:
        end(server)
    return found


def show(rounds: list[dict[str, Found]], table: dict[str, Candidate], connections: int) -> None:
    """The medians of one number of connections, and how the first candidate compares."""
    print(f"\n{connections} connection{'s' * (connections > 1)}\n\n{HEAD}")
    print("|---|" + "---:|" * 7)
    for name in rounds[0]:
        first = next(iter(rounds[0]))
        whole = [r for r in rounds if connections in r[name] and connections in r[first]]
        cells = ["did not answer"] + [""] * 6
        if whole:
            of = {f: [r[name][connections][f] for r in whole] for f in FIGURES}
            best = {f: [r[first][connections][f] for r in whole] for f in FIGURES}
            cells = [f"{statistics.median(of[f]):,.{digits}f}" for f, digits in FIGURES.items()]
            rates = [a / b for a, b in zip(best["rate"], of["rate"], strict=True)]
            costs = [a / b for a, b in zip(of["cpu"], best["cpu"], strict=True)]
            cells += [f"{statistics.median(ratios):.2f}" for ratios in (rates, costs)]
        print(f"| {table[name].label} | " + " | ".join(cells) + " |")


def show_all(case: Case, rounds: list[dict[str, Found]], table: dict[str, Candidate]) -> None:
    """Every table of a case."""
    counts = sorted({c for r in rounds for found in r.values() for c in found if type(c) is int})
    for connections in counts:
        show(rounds, table, connections)
    print()
    for name in rounds[0]:
        memory = [r[name]["memory"] for r in rounds if "memory" in r[name]]
        if memory:
            print(f"{table[name].label}: {statistics.median(memory):.0f} MB")
        for told in {r[name]["failed"] for r in rounds if "failed" in r[name]}:
            print(f"{table[name].label} failed: {told}")


def compare(case: Case, folder: Path, asked: argparse.Namespace) -> None:
    """Measure every server on a case, round after round."""
    chosen = HTTP_SERVERS if asked.servers else {name: CANDIDATES[name] for name in asked.only}
    rounds = []
    for number in range(asked.rounds):
        rounds.append({})
        for name, candidate in chosen.items():
            print(f"round {number + 1}: {candidate.label}", file=sys.stderr)
            place = folder / name
            place.mkdir(exist_ok=True)
            rounds[-1][name] = measure(candidate, case, place, asked)
    show_all(case, rounds, chosen)


def main() -> None:
    """Measure and print."""
    asked = options()
    load = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, load before {load:.1f}; {asked.rounds} rounds, {asked.seconds:g} s each")
    for name in asked.case:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            (folder / "workspace").mkdir()
            case = CASES[name](folder / "workspace")
            print(f"\n## {name}")
            if not asked.bulk:
                measure_one(case)
                compare(case, folder, asked)
            if not asked.servers:
                measure_bulk(case)


if __name__ == "__main__":
    main()
