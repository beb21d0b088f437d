"""New workspaces."""

from pathlib import Path

import pytest

from aifactory_nb.errors import PipelineError, StoreError
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.settings import load_settings, settings_text
from aifactory_nb.template import shipped_templates
from aifactory_nb.workspace import appear_at_once, blueprints, init_workspace


def test_a_new_workspace_documents_every_setting(tmp_path: Path) -> None:
    """The settings file is valid and names each key."""
    init_workspace(tmp_path / "new")

    assert (tmp_path / "new" / "settings.ini").read_text() == settings_text()
    assert load_settings(tmp_path / "new", {}).executor.workers == 2


def test_the_repositorys_settings_document_every_key() -> None:
    """The workspace that this repository is has the current settings file."""
    assert (shipped_templates().parent / "settings.ini").read_text() == settings_text()


def test_templates_are_copied_on_request_and_never_overwritten(tmp_path: Path) -> None:
    """A notebook that was changed stays as it is."""
    init_workspace(tmp_path, templates=True)
    path = tmp_path / "templates" / "stages" / "train.ipynb"
    path.write_text("mine")
    init_workspace(tmp_path, templates=True)

    assert path.read_text() == "mine"


def test_an_unknown_blueprint_gets_a_suggestion(tmp_path: Path) -> None:
    """A misspelt blueprint is met with the closest one."""
    assert "flight_delay" in blueprints()
    with pytest.raises(
        PipelineError, match="No blueprint 'flight_dealy'. Did you mean 'flight_delay'"
    ):
        init_workspace(tmp_path, "flight_dealy")


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    """A path that is a file is refused."""
    (tmp_path / "file").touch()
    with pytest.raises(PipelineError, match="is a file; a workspace is a folder"):
        init_workspace(tmp_path / "file")


def test_an_unknown_blueprint_leaves_no_folder_behind(tmp_path: Path) -> None:
    """Names are looked at before anything is made."""
    with pytest.raises(PipelineError):
        init_workspace(tmp_path / "new", "flight_dealy")

    assert not (tmp_path / "new").exists()


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    """What goes wrong while it is filled leaves nothing."""
    with (
        pytest.raises(StoreError, match="Nothing was made"),
        appear_at_once(tmp_path / "new"),
    ):
        raise OSError("No space left on device")

    assert list(tmp_path.iterdir()) == []


def test_a_blueprint_can_have_a_name_of_its_own(tmp_path: Path) -> None:
    """So that there can be two of it."""
    init_workspace(tmp_path, "flight_delay")
    init_workspace(tmp_path, "flight_delay", name="second")

    assert load_pipeline(tmp_path, "second").name == "second"
    with pytest.raises(PipelineError, match="at most 100 characters, found 300"):
        init_workspace(tmp_path, "flight_delay", name="x" * 300)
    with pytest.raises(PipelineError, match="no name of a pipeline"):
        init_workspace(tmp_path, "flight_delay", name="../out")
