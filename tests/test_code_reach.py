"""The code that a stage notebook uses: what counts as used, and what does not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aifactory_nb.code_files import PACKAGE, CodeFiles, Kept
from aifactory_nb.code_reach import code_reach, search_code
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
    files = CodeFiles(package.parent / "none", package, kept)
    return {stage: search_code(codes[stage], files).fingerprint for stage in STAGES}


@pytest.fixture(scope="module")
def before(copy: Path) -> dict[str, str]:
    """The fingerprints before anything is changed."""
    return digests(copy)


LEARN = {"features", "train", "deploy"}  # a new version answers once before it goes live
CHANGES = {
    "a plot of the report": ("loop_plots", "def loop_timeline(", {"report"}),
    "a plot of one stage": ("plots", "def roc(", {"evaluate"}),
    "a method of the stage": ("stage", "    def write_as_of(", {"feedback", "monitor"}),
    "the setting of a model": ("model", "class ModelSpec:", {"train"}),
    "a feature step": ("feature_steps", "class History(", LEARN),
    "a data source": ("file_source", "def read_file(", {"ingest", "features", "deploy"}),
    "an expectation": ("gx_polars/expectations", "def _holds(", {"validate"}),
    "drift": ("monitor", "def psi(", {"monitor"}),
    "reading settings": ("settings", "def load_settings(", set(STAGES)),
    "the runner": ("execution", "class Runner:", set()),
    "a command": ("history_commands", "def logs(", set()),
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
    path = copy / "pins.py"
    text = path.read_text()
    other = text.replace('"""A name for a new run,', '# why\n    """Another word,')
    other = other.replace("def new_run_id(kind: str) -> str:", "def new_run_id(\n    kind,\n):")
    path.write_text(other)
    try:
        after = digests(copy)
    finally:
        path.write_text(text)

    assert other != text and after == before


@pytest.mark.long
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
    first = code_reach(template.code, tmp_path)
    same = code_reach(template.code, tmp_path)
    team.write_text("def used():\n    return 2\n")
    second = code_reach(template.code, tmp_path)

    assert same == first and second.fingerprint != first.fingerprint


@pytest.mark.parametrize("damage", ["", "[1", "{}", '{"reach": 3, "stamps": 4, "absent": 5}'])
def test_a_damaged_cache_is_made_again(tmp_path: Path, cache: Path, damage: str) -> None:
    """What cannot be read is read anew from the code."""
    template = read_template(write_stage(tmp_path, "stage.output('rows', 1)"))
    first = code_reach(template.code, tmp_path)
    for path in cache.rglob("*.json"):
        path.write_text(damage)

    assert code_reach(template.code, tmp_path) == first
