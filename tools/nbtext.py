"""Edit a notebook as plain text: `pull` writes a percent script, `push` writes it back.

    python tools/nbtext.py pull nbs/12_gate.ipynb      # -> .nbtext/12_gate.py
    python tools/nbtext.py push .nbtext/12_gate.py     # -> nbs/12_gate.ipynb
    python tools/nbtext.py text nbs/12_gate.ipynb      # to stdout; also git's textconv

The notebook stays the only committed source.  Cell ids travel in the `# %%` lines, so a
round trip changes nothing but what was edited; `push` refuses when the notebook has
changed since `pull`.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

MARKER = re.compile(
    r"^# %%(?: \[(?P<kind>markdown|raw)\])?(?: #(?P<id>[\w-]+))?(?: tags=(?P<tags>\S+))?[ \t]*$"
)
LOOKS_LIKE_MARKER = re.compile(r"^(?:# )+%%(?= |$)")  # body lines like this get one more "# "
SCRATCH = Path(".nbtext")


def read_notebook(path: Path) -> dict:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.exists() else "new"


def to_text(notebook: dict) -> str:
    """The notebook as a percent script, one marker line per cell."""
    parts = []
    for cell in notebook["cells"]:
        kind = "" if cell["cell_type"] == "code" else f" [{cell['cell_type']}]"
        tags = ",".join(cell["metadata"].get("tags", []))
        marker = f"# %%{kind} #{cell['id']}" + (f" tags={tags}" if tags else "")
        lines = cell["source"].split("\n")
        if kind:
            lines = [f"# {line}" if line else "#" for line in lines]
        lines = [f"# {line}" if LOOKS_LIKE_MARKER.match(line) else line for line in lines]
        parts.append("\n".join([marker, *lines]))
    return "\n\n".join(parts) + "\n"


def parse_cells(text: str) -> list[dict]:
    """The cells of a percent script; text before the first marker is ignored."""
    cells = []
    for number, line in enumerate(text.split("\n"), 1):
        if line == "# %%" or line.startswith("# %% "):
            match = MARKER.match(line)
            if not match:
                raise ValueError(f"line {number}: not a cell marker: {line!r}")
            cells.append({**match.groupdict(), "lines": []})
        elif cells:
            cells[-1]["lines"].append(line[2:] if LOOKS_LIKE_MARKER.match(line) else line)
    return cells


def fresh_id(source: str, taken: set[str]) -> str:
    """A cell id that depends only on the cell, so that two people get the same one."""
    for salt in range(1000):
        candidate = hashlib.sha256(f"{salt}{source}".encode()).hexdigest()[:8]
        if candidate not in taken:
            return candidate
    raise RuntimeError("no free cell id")


def merge(text: str, old: dict) -> dict:
    """`old` with the cells of `text`; outputs are kept where the code is unchanged."""
    before = {cell["id"]: cell for cell in old["cells"]}
    parsed = parse_cells(text)
    taken = {cell["id"] for cell in parsed if cell["id"]}
    if len(taken) != sum(1 for cell in parsed if cell["id"]):
        raise ValueError("a cell id occurs twice; remove the id of the copied cell")
    cells = []
    for item in parsed:
        kind = item["kind"] or "code"
        lines = (
            item["lines"]
            if kind == "code"
            else [re.sub(r"^# ?", "", line) for line in item["lines"]]
        )
        source = "\n".join(lines).rstrip("\n")
        known = before.get(item["id"])
        metadata = dict(known["metadata"]) if known else {}
        metadata.pop("tags", None)
        if item["tags"]:
            metadata["tags"] = item["tags"].split(",")
        cell_id = item["id"] or fresh_id(source, taken)
        taken.add(cell_id)
        cell = {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}
        if kind == "code":
            same = known and known["cell_type"] == "code" and known["source"] == source
            cell["execution_count"] = None
            cell["outputs"] = known["outputs"] if same else []
        elif known and known.get("attachments"):
            cell["attachments"] = known["attachments"]
        cells.append(cell)
    return {**old, "cells": cells}


def to_json(notebook: dict) -> str:
    """The bytes nbdev and fastcore write: sorted keys, one space, list of lines."""
    cells = [{**cell, "source": cell["source"].splitlines(True)} for cell in notebook["cells"]]
    return (
        json.dumps({**notebook, "cells": cells}, sort_keys=True, indent=1, ensure_ascii=False)
        + "\n"
    )


def empty_notebook() -> dict:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": [], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def pull(path: Path) -> None:
    SCRATCH.mkdir(exist_ok=True)
    target = SCRATCH / path.with_suffix(".py").name
    target.write_text(
        f"# nbtext {path} {digest(path)}\n\n{to_text(read_notebook(path))}", encoding="utf-8"
    )
    print(target)


def push(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = re.match(r"# nbtext (\S+) (\S+)\n", text)
    if not header:
        raise ValueError(
            f"{path}: first line must be '# nbtext NOTEBOOK DIGEST' (DIGEST 'new' for a new one)"
        )
    notebook_path, expected = Path(header[1]), header[2]
    if digest(notebook_path) != expected:
        raise ValueError(f"{notebook_path} has changed since pull; pull again and redo the edit")
    old = read_notebook(notebook_path) if notebook_path.exists() else empty_notebook()
    notebook_path.write_text(to_json(merge(text, old)), encoding="utf-8")
    pull(notebook_path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["pull", "push", "text"])
    parser.add_argument("paths", nargs="+", type=Path)
    args = parser.parse_args()
    for path in args.paths:
        try:
            if args.command == "text":
                print(to_text(read_notebook(path)), end="")
            else:
                {"pull": pull, "push": push}[args.command](path)
        except ValueError as error:
            sys.exit(f"nbtext: {error}")


if __name__ == "__main__":
    main()
