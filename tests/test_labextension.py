"""The JupyterLab extension: the committed bundle is what its source builds, and says what JupyterLab needs."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "labextension"
BUNDLE = ROOT / "aifactory_nb" / "labextension"
MODULES = SOURCE / "node_modules"


def files_of(folder):
    """The bytes of all files below a folder, by their path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def npm(*command, folder):
    """Run npm with the tools of this environment; what it says is part of a failure."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["npm", *command],
        cwd=folder,
        env={**os.environ, "PATH": tools},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def source():
    """A copy of the source with what builds it; skips where there is no node."""
    if shutil.which("npm") is None:
        pytest.skip(
            "NOT CHECKED: whether the bundle is what labextension/ builds; it needs node 20.19 or newer"
        )
    if not MODULES.is_dir():
        pytest.skip(
            "NOT CHECKED: whether the bundle is what labextension/ builds; 'make ui' installs what builds it"
        )
    (SOURCE / ".dev").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=SOURCE / ".dev"
    ) as folder:  # hard links need the same disk
        copy = Path(folder, "labextension")
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules", "lib", ".dev"))
        shutil.copytree(MODULES, copy / "node_modules", copy_function=os.link, symlinks=True)
        yield copy


def test_the_bundle_is_what_the_source_builds(source):
    """Building again gives the committed files, byte for byte, wherever the folder lies."""
    npm("run", "build:prod", folder=source)

    built, committed = files_of(source.parent / "aifactory_nb" / "labextension"), files_of(BUNDLE)
    assert sorted(built) == sorted(committed), "run 'make ui' and commit aifactory_nb/labextension"
    assert [name for name in built if built[name] != committed[name]] == []


def test_pure_logic_of_the_views(source):
    """State, layout, viewport and words are tested without a browser."""
    npm("run", "test", folder=source)


def test_the_bundle_names_what_is_loaded():
    """The entry that the bundle names is there, so that JupyterLab finds it without a build."""
    package = json.loads((BUNDLE / "package.json").read_text("utf-8"))
    entry = BUNDLE / package["jupyterlab"]["_build"]["load"]
    assert entry.is_file()
    assert package["name"] == "aifactory-nb"


def test_version_of_the_bundle_is_that_of_the_package():
    """People see one version, in pip and in the extension manager."""
    from aifactory_nb import __version__

    assert json.loads((SOURCE / "package.json").read_text("utf-8"))["version"] == __version__


def test_styles_use_the_colours_of_the_theme_only():
    """No colour of our own: light, dark and high-contrast themes decide."""
    styles = "\n".join(path.read_text("utf-8") for path in (SOURCE / "style").glob("*.css"))
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|--jp-private", styles) == []
