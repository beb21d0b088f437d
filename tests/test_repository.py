"""The rules of the repository: what is generated is up to date, layers hold, notebooks are clean."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "aifactory_nb"
MODULES = sorted(path for path in (ROOT / "nbs").glob("*.ipynb") if re.match(r"\d\d_", path.name))
TEMPLATES = sorted((ROOT / "templates" / "stages").glob("*.ipynb"))
COMMON_PARAMETERS = ["pipeline", "run", "start", "end", "inputs"]


def cells_of(path):
    """The cells of a notebook, each source as one text."""
    notebook = json.loads(path.read_text("utf-8"))
    return [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]


def code_of(path):
    """The sources of the code cells of a notebook."""
    return [cell["source"] for cell in cells_of(path) if cell["cell_type"] == "code"]


def exported_name(path):
    """The module that a notebook exports."""
    found = re.findall(r"^#\| default_exp (\S+)$", "\n".join(code_of(path)), re.MULTILINE)
    return found[0].removesuffix(".__init__") if found else None


def module_name(path):
    """The name within the package of one of its files."""
    name = ".".join(path.relative_to(ROOT / PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported_modules(source):
    """The modules of the package that a piece of code imports, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            _, _, module = node.module.partition(".")
            yield from [module] if module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(f"{PACKAGE}."):
                    yield alias.name.removeprefix(f"{PACKAGE}.")


def run_tool(*command):
    """Run a tool of the repository."""
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_package_is_what_the_notebooks_export(tmp_path):
    """Exporting the notebooks again gives the committed modules, byte for byte."""
    shutil.copytree(ROOT / "nbs", tmp_path / "nbs")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / PACKAGE).mkdir()
    shutil.copy(ROOT / PACKAGE / "__init__.py", tmp_path / PACKAGE)
    export = "from nbdev.export import nb_export\nimport sys\n"
    export += f"for path in sys.argv[1:]: nb_export(path, '{PACKAGE}')"

    done = subprocess.run(
        [sys.executable, "-c", export, *(f"nbs/{path.name}" for path in MODULES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    fresh = {path.relative_to(tmp_path): path for path in (tmp_path / PACKAGE).rglob("*.py")}
    stale = [
        str(name)
        for name, path in sorted(fresh.items())
        if not (ROOT / name).is_file()
        or (ROOT / name).read_text("utf-8") != path.read_text("utf-8")
    ]
    assert stale == [], "run 'make prepare'"


def test_one_notebook_is_one_module():
    """No two notebooks export the same module, and no module is left without a notebook."""
    names = Counter(exported_name(path) for path in MODULES)
    modules = {module_name(path) for path in (ROOT / PACKAGE).rglob("*.py")}
    modules -= {"__init__", "_modidx"}

    assert [name for name, count in names.items() if count > 1] == []
    assert set(names) == modules


def test_notebook_numbers_are_layers():
    """A notebook imports from notebooks with a lower number only, also inside of functions."""
    number = {exported_name(path): path.name[:2] for path in MODULES}

    upward = {
        f"{path.name} imports {module}"
        for path in MODULES
        for source in code_of(path)
        for module in imported_modules(source)
        if module in number and number[module] >= path.name[:2]
    }

    assert upward == set()


def test_imports_name_modules_that_exist():
    """What notebooks and templates import from the package is there."""
    known = {exported_name(path) for path in MODULES} | {"__version__"}

    unknown = {
        f"{path.name} imports {module}"
        for path in [*MODULES, *TEMPLATES]
        for source in code_of(path)
        for module in imported_modules(source)
        if module not in known
    }

    assert unknown == set()


def test_notebooks_are_clean():
    """No outputs, no execution counts, no metadata but ours."""
    done = run_tool("tools/clean.py", "--check")

    assert done.returncode == 0, f"run 'make prepare': {done.stdout}{done.stderr}"


def test_the_readme_is_what_the_index_says():
    """README.md is written from nbs/index.ipynb."""
    done = run_tool("tools/readme.py", "--check")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*MODULES, *TEMPLATES], ids=lambda path: path.name)
def test_cell_ids_are_unique(path):
    """A merge with a conflict leaves two cells with one id."""
    ids = Counter(cell["id"] for cell in cells_of(path))

    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_notebook_begins_with_what_it_is(path):
    """A title, one sentence that says what it is for, and the module that it exports."""
    first = cells_of(path)[0]

    assert re.match(r"# [^\n]+\n\n> [^\n]+$", first["source"])
    assert exported_name(path)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_exported_cells_survive_the_export(path):
    """No exported line looks like a cell marker, and no comment stands before the directive."""
    for source in code_of(path):
        exported = re.search(r"^#\|\s*export", source, re.MULTILINE)
        assert exported is None or exported.start() == 0
        assert exported is None or not re.search(r"^# %% ", source, re.MULTILINE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_declares_its_stage(path):
    """The metadata name the stage like its file, with a summary, what it reads and what it writes."""
    declared = json.loads(path.read_text("utf-8"))["metadata"]["aifactory"]

    assert set(declared) == {"stage", "summary", "reads", "writes"}
    assert declared["stage"] == path.stem
    assert declared["summary"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_the_common_parameters_first(path):
    """One cell is tagged `parameters`; it begins with those that every stage takes, and each has a help text."""
    tagged = [
        cell["source"]
        for cell in cells_of(path)
        if "parameters" in cell["metadata"].get("tags", [])
    ]

    assert len(tagged) == 1
    lines = [line for line in tagged[0].splitlines() if re.match(r"\w+:", line)]
    assert [line.split(":")[0] for line in lines[:5]] == COMMON_PARAMETERS
    assert all("  # " in line for line in lines)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_begins_with_a_title_and_completes_its_stage(path):
    """A reader sees what the stage does, and the last cell writes its result."""
    cells = cells_of(path)

    assert cells[0]["source"].startswith("# ")
    assert cells[-1]["source"] == "stage.complete()"


def text_files():
    """The files that people edit."""
    folders = ("nbs", "templates", "tests", "tools", "benchmarks", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    found += [path for path in ROOT.iterdir() if path.suffix in (".md", ".toml", ".ini", "")]
    kinds = {".ipynb", ".py", ".md", ".toml", ".ini", ".html", ".json", ".sh", ""}
    return [
        path
        for path in found
        if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts
    ]


def test_no_conflict_markers():
    """A merge was finished before it was committed."""
    marker = re.compile(r'^[ "]*(<{7} |>{7} )', re.MULTILINE)

    marked = [
        path.name for path in text_files() if marker.search(path.read_text("utf-8", "replace"))
    ]

    assert marked == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md"])
def test_documents_name_files_that_exist(name):
    """Every path, make target and test that a document mentions is there."""
    text = (ROOT / name).read_text("utf-8")
    paths = set(re.findall(r"`((?:\.?\w+/)+[\w./*-]*|[\w-]+\.(?:toml|ini|md|py))`", text))
    paths |= set(re.findall(r"\]\(([^)#:]+)\)", text))
    targets = set(re.findall(r"`make (\w+)", text))

    made = ("runs/", "store/", "pipelines/", ".nbtext/", "data/", "gates/", "pipeline.toml")
    missing = {
        path
        for path in paths
        if not path.startswith(made) and not list(ROOT.glob(path.replace("NAME", "*").rstrip("/")))
    }
    known = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert missing == set()
    assert targets <= known


def test_every_python_name_in_the_guide_exists():
    """Functions and decorators that the guide tells to use are exported by the notebook it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    named = re.findall(r"`@?(\w+)(?:\([^`]*\))?` (?:of|in) `(nbs/\w+\.ipynb)`", text)

    assert named
    for function, notebook in named:
        source = "\n".join(code_of(ROOT / notebook))
        assert re.search(rf"^(def|class) {function}\b|^{function}\b.*=", source, re.MULTILINE), (
            f"{notebook} has no {function}"
        )


def test_every_module_is_tested():
    """Each module has the test file of its name, or is imported by another test."""
    paths = list((ROOT / "tests").glob("test_*.py"))
    tested = {path.stem.removeprefix("test_") for path in paths}
    tested |= {name.replace("gx_", "gx_polars.", 1) for name in tested}
    for path in paths:
        tested.update(imported_modules(path.read_text("utf-8")))

    assert {exported_name(path) for path in MODULES} - tested == set()
