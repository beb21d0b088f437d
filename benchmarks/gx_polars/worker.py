"""One tool in a process of its own: `worker.py TOOL SUITE PARQUET RESULT` writes what it found and what it used as JSON."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from outcome import Stopwatch, peak_gigabytes
from suites import SUITES


def measure(tool: str, suite: str, path: Path) -> dict:
    """Import, context and check, each measured by itself."""
    begun = Stopwatch()
    module = importlib.import_module(f"tools.{tool}")
    imported = Stopwatch()
    context = module.context()
    ready, memory = Stopwatch(), peak_gigabytes()
    outcomes = module.check(context, path, SUITES[suite]())
    wall, cpu = ready.read()
    return {
        "import": imported.cpu - begun.cpu,
        "context": ready.wall - imported.wall,
        "wall": wall,
        "cpu": cpu,
        "peak": peak_gigabytes(),
        "before": memory,
        "outcomes": {name: asdict(outcome) for name, outcome in outcomes.items()},
    }


if __name__ == "__main__":
    tool, suite, path, result = sys.argv[1:]
    Path(result).write_text(json.dumps(measure(tool, suite, Path(path))), encoding="utf-8")
