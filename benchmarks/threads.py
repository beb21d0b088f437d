"""How long two LightGBM fits at once take on the cores of this machine, by their threads and how they wait.

    python benchmarks/threads.py [--rows 20000] [--rounds 60] [--repeat 3]

Each fit is a process of its own, as a stage is. `at once` starts as many as there are workers, at the same moment.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from aifactory_nb.thread_budget import thread_environment, usable_cores

FIT = """
import json, sys, time
import numpy as np, lightgbm as lgb
rows, rounds, threads = map(int, sys.argv[1:])
random = np.random.default_rng(1)
data = random.normal(size=(rows, 20))
label = (data[:, 0] + random.normal(size=rows) > 0).astype(float)
options = {"objective": "binary", "num_threads": threads, "verbose": -1, "num_leaves": 31}
lgb.train(options, lgb.Dataset(data[:1000], label[:1000]), 2)
print("ready", flush=True)
sys.stdin.readline()
wall, cpu = time.perf_counter(), time.process_time()
lgb.train(options, lgb.Dataset(data, label), rounds)
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
"""
WAITS = ("spinning", "PASSIVE")


def environment(threads: int, wait: str) -> dict[str, str]:
    """That of a stage, with or without what tells OpenMP how to wait."""
    told = {**os.environ, **thread_environment(threads)}
    if wait == "spinning":
        del told["OMP_WAIT_POLICY"]
    return told


def fits(at_once: int, threads: int, wait: str, rows: int, rounds: int) -> dict[str, float]:
    """The slowest of several fits that begin together, and the processor time of all."""
    command = [sys.executable, "-c", FIT, str(rows), str(rounds), str(threads)]
    processes = [
        subprocess.Popen(
            command,
            env=environment(threads, wait),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(at_once)
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    found = [json.loads(process.stdout.readline()) for process in processes]
    for process in processes:
        process.communicate()
    return {"wall": max(f["wall"] for f in found), "cpu": sum(f["cpu"] for f in found)}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{usable_cores()} cores, load before {load:.1f}, {time.strftime('%Y-%m-%d %H:%M')}")
    print(
        f"LightGBM, {options.rows:,} rows, 20 columns, {options.rounds} rounds; medians of {options.repeat}\n"
    )
    print("| fits at once | threads each | OpenMP waits | seconds | processor seconds |")
    print("|---:|---:|---|---:|---:|")
    for at_once in (1, 2):
        for threads in (1, 2):
            for wait in WAITS:
                runs = [
                    fits(at_once, threads, wait, options.rows, options.rounds)
                    for _ in range(options.repeat)
                ]
                wall, cpu = (statistics.median(run[key] for run in runs) for key in ("wall", "cpu"))
                print(f"| {at_once} | {threads} | {wait} | {wall:.2f} | {cpu:.2f} |", flush=True)


if __name__ == "__main__":
    main()
