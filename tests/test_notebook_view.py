"""What the widgets of the factory share."""

import json
import os
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from aifactory_nb.errors import ParameterError, PipelineNotFoundError
from aifactory_nb.notebook_view import (
    Look,
    NotebookView,
    chosen_pipeline,
    file_link,
    html_table,
    is_watched,
    link_target,
    server_root,
)
from aifactory_nb.settings import Settings

VIEW = "application/vnd.jupyter.widget-view+json"


class Word(NotebookView):
    """A view of a word."""

    def as_html(self) -> str:
        """A table."""
        return html_table(["word"], [["<b>shop</b>"]], "Words & more")

    def _make_widget(self) -> Any:
        import ipywidgets

        return ipywidgets.Label("shop")


class Displays:
    """The outputs of a cell."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []

    def __call__(self, data: dict[str, Any], raw: bool, display_id: bool = False) -> "Displays":
        """Take another output."""
        assert raw
        self.shown.append(data)
        return self

    def update(self, data: dict[str, Any], raw: bool) -> None:
        """Put something else in the place of the last one."""
        assert raw
        self.shown[-1] = data


@pytest.fixture
def displays(monkeypatch: pytest.MonkeyPatch) -> Displays:
    """Where views are displayed."""
    made = Displays()
    monkeypatch.setattr("IPython.display.display", made)
    return made


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody sit in front of the notebook."""
    monkeypatch.setattr("aifactory_nb.notebook_view.is_watched", lambda: True)


def test_a_view_without_a_person_is_a_table(displays: Displays) -> None:
    """No widget is made for papermill, so that none is left behind in the notebook."""
    word = Word()
    word._ipython_display_()

    (told,) = displays.shown
    assert set(told) == {"text/html", "text/plain"} and "widget" not in vars(word)
    assert "Words &amp; more" in told["text/html"] and "<b>shop</b>" in told["text/html"]


def test_a_view_for_a_person_is_a_widget_beside_a_table(
    displays: Displays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table says what is shown of the two, and what stands in the notebook can be put anew."""
    watch(monkeypatch)
    word = Word()
    word._ipython_display_()
    live, table = displays.shown

    assert live[VIEW]["model_id"] == word.widget.model_id and not live["text/plain"]
    assert VIEW not in table and ":has(.aifactory-view)" in table["text/html"]
    monkeypatch.setattr(Word, "as_html", lambda word: "mill")
    word.save_anew()
    assert "mill" in displays.shown[-1]["text/html"] and displays.shown[0] is live
    word.close()


@pytest.mark.parametrize(("asks", "watched"), [(True, True), (False, False)])
def test_somebody_watches_where_input_can_be_asked_for(
    asks: bool, watched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request to run a cell says whether it may ask."""

    class Shell:
        class kernel:  # noqa: N801
            get_parent = staticmethod(lambda channel: {"content": {"allow_stdin": asks}})

    monkeypatch.setattr("IPython.get_ipython", lambda: Shell)

    assert is_watched() is watched


def test_a_link_has_an_address_and_a_path_for_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the notebook, and below the folder of the server; an executed notebook opens without a kernel."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "runs" / "a <b>#1.ipynb"
    file.touch()
    monkeypatch.chdir(tmp_path / "notebooks")
    target = link_target(file, tmp_path)

    assert target["href"] == "../runs/a%20%3Cb%3E%231.ipynb"
    assert json.loads(target["arguments"])["path"] == "runs/a <b>#1.ipynb"
    assert json.loads(target["arguments"])["kernelPreference"]["shouldStart"] is False
    assert link_target(tmp_path / "runs", tmp_path)["command"] == "filebrowser:open-path"
    assert "command" not in link_target(file, tmp_path / "notebooks")
    assert "&lt;it&gt;" in file_link("<it>", file, None)


def test_the_root_is_what_the_server_of_this_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing without a server, or when its file is no such thing."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    file = tmp_path / f"jpserver-{os.getpid()}.json"

    assert server_root() is None
    file.write_text("{}")
    assert server_root() is None
    file.write_text(json.dumps({"root_dir": str(tmp_path)}))
    assert server_root() == tmp_path.resolve()


def test_the_only_pipeline_needs_no_name(workspace: Path) -> None:
    """Of several one is to be named, and without any there is advice."""
    settings = Settings(workspace)
    assert chosen_pipeline(settings, None) == "shop" and chosen_pipeline(settings, "mill") == "mill"

    other = workspace / "pipelines" / "mill"
    other.mkdir()
    (other / "pipeline.toml").touch()
    with pytest.raises(ParameterError, match="mill, shop"):
        chosen_pipeline(settings, None)
    with pytest.raises(PipelineNotFoundError, match="aifactory init"):
        chosen_pipeline(Settings(other), None)


def test_a_look_ends_when_it_is_told_to() -> None:
    """Also in the middle of a long pause, and it can begin again."""
    looked = Event()

    def step() -> float:
        looked.set()
        return 600.0

    look = Look(step)
    for _ in range(2):
        looked.clear()
        look.begin()
        look.begin()
        assert looked.wait(30) and look.at_work
        look.end()
        look.wait(30)
        assert not look.at_work
