"""The JupyterLab extension that is committed; that it is what its source builds, `.ci/run` finds out by building it."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "labextension"
BUNDLE = ROOT / "aifactory_nb" / "labextension"


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
