"""Strip notebooks of what does not belong in git: outputs, execution counts, and all metadata but ours.

    python tools/clean.py            # rewrite those that need it
    python tools/clean.py --check    # name them and fail

nbdev's own command keeps the outputs of templates, or with --clear-all loses their `parameters` tags.
"""

import argparse
import sys
from pathlib import Path

from fastcore.nbio import nb2str, read_nb
from nbdev.clean import clean_nb
from nbdev.config import get_config

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("nbs", "templates")
# As JupyterLab writes it, so that saving a notebook there changes nothing.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def cleaned(path: Path) -> str:
    """The text of a notebook as it is committed."""
    notebook, config = read_nb(path), get_config(path=ROOT)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    clean_nb(
        notebook,
        allowed_metadata_keys=config.allowed_metadata_keys,
        allowed_cell_metadata_keys=config.allowed_cell_metadata_keys,
    )
    notebook["metadata"]["kernelspec"] = KERNEL
    return nb2str(notebook)


def unclean_notebooks() -> dict[Path, str]:
    """The notebooks that are not as they would be committed, with the text that they should have."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.ipynb"))
    wanted = {path: cleaned(path) for path in paths if ".ipynb_checkpoints" not in path.parts}
    return {path: text for path, text in wanted.items() if path.read_text("utf-8") != text}


def main() -> None:
    """Rewrite or name the notebooks that are not clean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only name them, and fail")
    check = parser.parse_args().check
    found = unclean_notebooks()
    for path, text in found.items():
        print(path.relative_to(ROOT))
        if not check:
            path.write_text(text, encoding="utf-8")
    sys.exit(1 if found and check else 0)


if __name__ == "__main__":
    main()
