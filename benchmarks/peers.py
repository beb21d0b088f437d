"""Environments for the tools that benchmarks compare with, made by uv from pinned versions."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aifactory_nb"


def uv() -> str:
    """The program that makes environments."""
    beside = [REPOSITORY / ".uv/bin/uv", Path(sys.executable).with_name("uv")]
    found = next((str(path) for path in beside if path.exists()), shutil.which("uv"))
    if found is None:
        sys.exit(
            "uv was not found on PATH nor in .uv/bin. Run `make test` once, it fetches uv; or install it."
        )
    return found


def ready_python(home: Path, pins: Path, packages: tuple[str, ...]) -> Path:
    """The Python of an environment; it is made when it is not there or has other pins."""
    python, mark = home / "bin/python", home / "made_from.txt"
    wanted = " ".join(packages) + "\n" + pins.read_text(encoding="utf-8")
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {home} ...", flush=True)
    make_environment(home, pins, packages)
    mark.write_text(wanted, encoding="utf-8")
    return python


def make_environment(home: Path, pins: Path, packages: tuple[str, ...]) -> None:
    """An environment with compiled bytecode: without it every import takes three times as long."""
    python = str(home / "bin/python")
    install = ["pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    commands = [
        ["venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [*install, "--constraints", str(pins), *packages],
    ]
    for command in commands:
        subprocess.run([uv(), *command], check=True, env=environment(0))


def environment(threads: int) -> dict[str, str]:
    """The variables of a process that may use so many threads; 0 leaves the number open."""
    names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    left_out = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    limits = dict.fromkeys(names, str(threads)) if threads else {}
    return {**kept, **limits, "GX_ANALYTICS_ENABLED": "false", "SPARK_LOCAL_IP": "127.0.0.1"}
