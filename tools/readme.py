"""Write README.md from nbs/index.ipynb.

    python tools/readme.py            # write it
    python tools/readme.py --check    # fail when it is not what the notebook says

Cells with `#| hide` are left out; code cells become blocks of Python. Images and links are relative to the repository.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "nbs" / "index.ipynb"
TARGET = ROOT / "README.md"
NOTE = "<!-- Written from nbs/index.ipynb by `make prepare`: edit it there. -->"


def render(notebook: dict) -> str:
    """The notebook as Markdown."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).strip()
        if not source or "#| hide" in source.splitlines()[0]:
            continue
        is_code = cell["cell_type"] == "code"
        parts.append(f"```python\n{source}\n```" if is_code else source)
    return "\n\n".join([*parts, NOTE]) + "\n"


def main() -> None:
    """Write or check the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="only compare, and fail when different"
    )
    check = parser.parse_args().check
    text = render(json.loads(SOURCE.read_text("utf-8")))
    if not check:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != text:
        sys.exit(f"{TARGET.name} is not what {SOURCE.relative_to(ROOT)} says: run 'make prepare'.")


if __name__ == "__main__":
    main()
