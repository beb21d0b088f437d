"""The tools, and an environment of its own for each of the foreign ones, made by uv from the pins of peers.txt.

Each has its own, because Great Expectations imports pyspark where it is installed, and that costs every engine time and memory.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from peers import ready_python  # noqa: E402

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


def python_of(tool: str, folder: Path) -> Path:
    """The Python that has the tool."""
    packages = TOOLS[tool].packages
    if not packages:
        return Path(sys.executable)
    return ready_python(folder / "environments" / tool, PINS, (*COMMON, *packages))
