"""The tools, and an environment of its own for each of the foreign ones, made by uv from the pins of peers.txt.

Each has its own, because Great Expectations imports pyspark where it is installed, and that costs every engine time and memory.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PINS = HERE / "peers.txt"
COMMON = ("numpy", "polars", "psutil", "pyarrow")
GX = ("great-expectations", "marshmallow", "pandas", "setuptools")
MILLION = 1_000_000


@dataclass(frozen=True)
class ToolInfo:
    """How a tool is run."""

    label: str
    packages: tuple[str, ...] = ()  # none: it runs in this environment
    most_rows: int = 50 * MILLION  # unless it is asked for by name


TOOLS = {
    "floor": ToolInfo("polars by hand"),
    "ours": ToolInfo("GX on polars (ours)"),
    "ours_scan": ToolInfo("ours, footers not used"),
    "pandera": ToolInfo("pandera-polars", ("pandera",)),
    "pointblank": ToolInfo("pointblank", ("pointblank",)),
    "dataframely": ToolInfo("dataframely", ("dataframely",)),
    "gx_duckdb": ToolInfo("GX DuckDB (patched)", (*GX, "duckdb", "duckdb-engine")),
    "gx_pandas": ToolInfo("GX pandas", GX, 10 * MILLION),
    "gx_spark": ToolInfo("GX Spark", (*GX, "pyspark"), MILLION),
}


def uv() -> str:
    """The program that makes environments."""
    beside = [REPOSITORY / ".uv/bin/uv", Path(sys.executable).with_name("uv")]
    found = next((str(path) for path in beside if path.exists()), shutil.which("uv"))
    if found is None:
        sys.exit(
            "uv was not found on PATH nor in .uv/bin. Run `make test` once, it fetches uv; or install it."
        )
    return found


def python_of(tool: str, folder: Path) -> Path:
    """The Python that has the tool; its environment is made when it is not there or has other pins."""
    packages = TOOLS[tool].packages
    if not packages:
        return Path(sys.executable)
    home = folder / "environments" / tool
    python, mark = home / "bin/python", home / "made_from.txt"
    wanted = " ".join((*COMMON, *packages)) + "\n" + PINS.read_text(encoding="utf-8")
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {home} ...", flush=True)
    make_environment(home, python, packages)
    mark.write_text(wanted, encoding="utf-8")
    return python


def make_environment(home: Path, python: Path, packages: tuple[str, ...]) -> None:
    """An environment with compiled bytecode: without it every import takes three times as long."""
    install = ["pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    commands = [
        ["venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [*install, "--constraints", str(PINS), *COMMON, *packages],
    ]
    for command in commands:
        subprocess.run([uv(), *command], check=True, env=environment(0))


def environment(threads: int) -> dict[str, str]:
    """The variables of a process that may use so many threads."""
    names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    left_out = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    limits = dict.fromkeys(names, str(threads)) if threads else {}
    return {**kept, **limits, "GX_ANALYTICS_ENABLED": "false", "SPARK_LOCAL_IP": "127.0.0.1"}
