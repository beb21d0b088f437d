"""What code uses, by names, methods, registries and imports."""

import shutil
from pathlib import Path

from aifactory_nb.code_files import CodeFiles
from aifactory_nb.code_reach import CodeReach, search_code


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


def test_cells_with_magics_are_read(tmp_path: Path) -> None:
    """A line for IPython does not hide what the cell uses."""
    (tmp_path / "team.py").write_text("def used(): ...\n")

    assert names(reach(tmp_path, "%matplotlib inline\nimport team\nteam.used()"), "team") == {
        "used"
    }
