"""The code that a stage notebook uses: what counts as used, and what does not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aifactory_nb.code_files import PACKAGE, CodeFiles, Kept
from aifactory_nb.code_reach import CodeReach, code_reach, search_code
from aifactory_nb.pipeline import BUILD_LINE, OPERATE_LINE
from aifactory_nb.template import read_template, shipped_templates

STAGES = sorted({*BUILD_LINE, *OPERATE_LINE})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package."""
    folder = tmp_path_factory.mktemp("copy") / PACKAGE.name
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "labextension"))
    shutil.copytree(shipped_templates(), folder / "templates")
    return folder


def digests(package: Path) -> dict[str, str]:
    """The fingerprint of each stage's code."""
    kept = Kept(package.parent / "units")
    templates = {stage: package / "templates" / "stages" / f"{stage}.ipynb" for stage in STAGES}
    codes = {stage: read_template(path).code for stage, path in templates.items()}
    files = {stage: CodeFiles(package.parent / "none", package, kept) for stage in STAGES}
    return {stage: search_code(codes[stage], files[stage]).fingerprint for stage in STAGES}


@pytest.fixture(scope="module")
def before(copy: Path) -> dict[str, str]:
    """The fingerprints before anything is changed."""
    return digests(copy)


LEARN = {"features", "train"}
CHANGES = {
    "a plot of the report": ("loop_plots", "def loop_timeline(", {"report"}),
    "a plot of one stage": ("plots", "def roc(", {"evaluate"}),
    "a method of the stage": ("stage", "    def write_as_of(", {"feedback", "monitor"}),
    "the setting of a model": ("model", "class ModelSpec:", {"train"}),
    "a feature step": ("feature_steps", "class History(", LEARN),
    "a data source": ("file_source", "def read_file(", {"ingest", "features"}),
    "an expectation": ("gx_polars/expectations", "def _holds(", {"validate"}),
    "drift": ("monitor", "def psi(", {"monitor"}),
    "reading settings": ("settings", "def load_settings(", set(STAGES)),
    "the runner": ("execution", "class Runner:", set()),
    "a command": ("cli", "def logs(", set()),
    "warm kernels": ("warm_process", "def ", set()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_reaches_the_stages_that_use_it(
    copy: Path, before: dict[str, str], what: str
) -> None:
    """One function is changed: exactly the stages whose code reaches it have another fingerprint."""
    module, begin, expected = CHANGES[what]
    path = copy / f"{module}.py"
    text = path.read_text()
    head, found, rest = text.partition(begin)
    assert found
    rest = found + rest
    colon = next(line for line in rest.splitlines() if line.endswith(":"))
    changed = rest.replace(
        colon, f"{colon}\n{'        ' if begin[0] == ' ' else '    '}changed = 1", 1
    )
    path.write_text(head + changed)
    try:
        after = digests(copy)
    finally:
        path.write_text(text)

    assert {stage for stage in STAGES if after[stage] != before[stage]} == expected


def test_what_does_not_change_code_changes_no_fingerprint(
    copy: Path, before: dict[str, str]
) -> None:
    """Comments, docstrings, annotations and line breaks are not told apart."""
    path = copy / "stage.py"
    text = path.read_text()
    other = text.replace('"""A name for a new run,', '# why\n    """Another word,')
    other = other.replace("def new_run_id(kind: str) -> str:", "def new_run_id(\n    kind,\n):")
    path.write_text(other)
    try:
        after = digests(copy)
    finally:
        path.write_text(text)

    assert other != text and after == before


def test_all_that_a_line_calls_is_reached(workspace: Path) -> None:
    """Each function of the package that a stage calls when it is carried out is in what was found by reading."""
    stages = [*BUILD_LINE[:-1], "score", "monitor", "feedback", "retrain", "report"]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("trace_line.py"), *stages],
        cwd=workspace,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        check=True,
    )
    called = json.loads(done.stdout.splitlines()[-1])
    missed = {}
    for stage in stages:
        code = read_template(shipped_templates() / "stages" / f"{stage}.ipynb").code
        reached = search_code(code, CodeFiles(workspace)).units
        missed[stage] = {name for name in called[stage] if _unit(name) not in reached}

    assert all(len(called[stage]) > 50 for stage in stages)
    assert not any(missed.values()), missed


def _unit(name: str) -> str:
    """What runs at import is a unit of the module."""
    return name.partition(".<")[0]


def reach(workspace: Path, *cells: str) -> CodeReach:
    """The code that cells use in a workspace."""
    return search_code(cells, CodeFiles(workspace))


def names(found: CodeReach, module: str) -> set[str]:
    """The units of a module that are reached."""
    begin = f"{module}."
    return {name.removeprefix(begin) for name in found.units if name.startswith(begin)}


def test_a_module_of_the_workspace_is_followed(tmp_path: Path) -> None:
    """What a notebook imports from a module beside it counts, function by function."""
    (tmp_path / "team.py").write_text(
        "def used():\n    return LIMIT\n\nLIMIT = 3\n\ndef other(): ...\n"
    )

    assert names(reach(tmp_path, "import team\nteam.used()"), "team") == {"used", "LIMIT"}
    assert names(reach(tmp_path, "from team import *\nused()"), "team") == {"used", "LIMIT"}
    assert names(
        reach(tmp_path, "def f():\n    from team import used as u\n    return u()"), "team"
    ) == {
        "used",
        "LIMIT",
    }


def test_methods_count_when_their_name_is_used(tmp_path: Path) -> None:
    """Only classes that are used are looked at; what Python or Jupyter calls counts with the class."""
    (tmp_path / "team.py").write_text(
        "class Base:\n    def show(self): ...\n\n"
        "class A(Base):\n    def __len__(self): ...\n    def go(self): ...\n    def stay(self): ...\n"
        "    def _repr_html_(self): ...\n\nclass B:\n    def go(self): ...\n"
    )
    found = reach(tmp_path, "from team import A\nx = A()", "x.go(), x.show()")

    assert names(found, "team") == {"A", "A.__len__", "A._repr_html_", "A.go", "Base", "Base.show"}


def test_what_a_decorator_registers_counts_where_it_can_be_found(tmp_path: Path) -> None:
    """A registry that is written by item opens with the name of the registry, any other one with the module."""
    (tmp_path / "team.py").write_text(
        "KNOWN, MORE = {}, []\n\ndef known(f):\n    KNOWN[f.__name__] = f\n    return f\n\n"
        "def more(f):\n    MORE.append(f)\n    return f\n\n"
        "@known\ndef one(): ...\n\n@more\ndef two(): ...\n\ndef find(name):\n    return KNOWN[name]\n\ndef free(): ...\n"
    )

    assert {"two"} <= names(reach(tmp_path, "from team import free"), "team")
    assert "one" not in names(reach(tmp_path, "from team import free"), "team")
    assert "one" in names(reach(tmp_path, "from team import find\nfind('one')"), "team")


def test_statements_of_a_module_count_when_it_is_imported(tmp_path: Path) -> None:
    """What runs at import is reached by all that import, and so is what that uses."""
    (tmp_path / "team.py").write_text("from more import begin\nbegin()\n\ndef free(): ...\n")
    (tmp_path / "more.py").write_text("def begin(): ...\n\ndef rest(): ...\n")

    assert names(reach(tmp_path, "import team"), "more") == {"begin"}


def test_modules_looked_into_by_computed_names_count_as_a_whole(tmp_path: Path) -> None:
    """Nobody can tell which function `getattr` takes out of a module."""
    (tmp_path / "team.py").write_text("def one(): ...\n\ndef two(): ...\n")

    assert names(reach(tmp_path, "import team\ngetattr(team, name)()"), "team") == {"one", "two"}
    called = 'from importlib import import_module\nimport_module("more.team").one()'
    (tmp_path / "more").mkdir()
    shutil.move(tmp_path / "team.py", tmp_path / "more" / "team.py")
    assert names(reach(tmp_path, called), "more.team") == {"one"}


def test_another_meaning_of_a_name_counts(tmp_path: Path) -> None:
    """An import that takes another function of a library under the same name is a change."""
    (tmp_path / "team.py").write_text(
        "from math import floor as f\n\ndef used(x):\n    return f(x)\n"
    )
    first = reach(tmp_path, "from team import used\nused(1)").fingerprint
    (tmp_path / "team.py").write_text(
        "from math import ceil as f\n\ndef used(x):\n    return f(x)\n"
    )

    assert reach(tmp_path, "from team import used\nused(1)").fingerprint != first


def test_libraries_count_by_their_version(tmp_path: Path) -> None:
    """Those that the code imports, also within a function of ours."""
    found = reach(tmp_path, "from aifactory_nb import baseline\nlook_into(baseline)").libraries

    assert {"python", "scikit-learn", "polars", "numpy"} <= set(found)
    assert "great_expectations" not in found


def write_stage(folder: Path, body: str) -> Path:
    """A stage notebook that uses the module `team`."""
    from conftest import stage_cells, write_notebook

    return write_notebook(folder, "make", stage_cells("make", body), writes=["rows"])


def test_an_answer_is_kept_until_a_file_changes(tmp_path: Path) -> None:
    """A file that is changed, or a module that appears in the workspace, makes the code be read again."""
    team = tmp_path / "team.py"
    team.write_text("def used():\n    return 1\n")
    os.utime(team, (1, 1))
    template = read_template(write_stage(tmp_path, "import team\nteam.used()"))
    first = code_reach(template, tmp_path)
    same = code_reach(template, tmp_path)
    team.write_text("def used():\n    return 2\n")
    second = code_reach(template, tmp_path)

    assert same == first and second.fingerprint != first.fingerprint


@pytest.mark.parametrize("damage", ["", "[1", "{}", '{"reach": 3, "stamps": 4, "absent": 5}'])
def test_a_damaged_cache_is_made_again(tmp_path: Path, cache: Path, damage: str) -> None:
    """What cannot be read is read anew from the code."""
    template = read_template(write_stage(tmp_path, "stage.output('rows', 1)"))
    first = code_reach(template, tmp_path)
    for path in cache.rglob("*.json"):
        path.write_text(damage)

    assert code_reach(template, tmp_path) == first


def test_cells_with_magics_are_read(tmp_path: Path) -> None:
    """A line for IPython does not hide what the cell uses."""
    (tmp_path / "team.py").write_text("def used(): ...\n")

    assert names(reach(tmp_path, "%matplotlib inline\nimport team\nteam.used()"), "team") == {
        "used"
    }
