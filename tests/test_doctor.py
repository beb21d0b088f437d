"""The doctor: finds what is broken, where nothing else works any more."""

import json
import os
import subprocess
from pathlib import Path

import polars as pl
import pytest
from conftest import COMMAND, write_notebook

from aifactory_nb.doctor import (
    examine,
    look_at_kernel,
    look_at_ledger,
    look_at_pipelines,
    look_at_service,
    look_at_store,
    look_at_templates,
    look_at_tracking,
    verdict,
)
from aifactory_nb.environment import Finding
from aifactory_nb.journal import Journal
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings, TrackingSettings, load_settings
from aifactory_nb.store import Store, folder_digest
from aifactory_nb.tokens import TOKEN_FILE, add_token


def wrong(findings: list[Finding]) -> list[Finding]:
    """What is wrong."""
    return [finding for finding in findings if finding.status == "wrong"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel is started."""
    monkeypatch.setattr("aifactory_nb.doctor.look_at_kernel", lambda name: iter(()))


@pytest.mark.usefixtures("quick")
def test_a_good_workspace_has_nothing_wrong(workspace: Path) -> None:
    """All looks are taken, nothing is wrong, and nothing is left behind."""
    before = sorted(workspace.rglob("*"))
    findings = [*examine(workspace, {})]

    assert wrong(findings) == []
    assert {"settings", "python", "store", "ledger", "pipelines"} <= {f.what for f in findings}
    assert sorted(workspace.rglob("*")) == before


def test_the_command_answers_outside_of_a_workspace(tmp_path: Path) -> None:
    """Exit code of the first problem; the rest is looked at all the same, the kernel too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIFACTORY_")}
    done = subprocess.run(
        [*COMMAND, "doctor", "--json"],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = {row["what"]: row for row in json.loads(done.stdout)}

    assert done.returncode == 3
    assert "No workspace" in rows["settings"]["found"] and "init" in rows["settings"]["mend"]
    assert rows["kernel"]["status"] == rows["templates"]["status"] == "ok"


@pytest.mark.usefixtures("quick")
def test_invalid_settings_do_not_end_it(workspace: Path) -> None:
    """A key that does not exist; Python and the templates are looked at all the same."""
    (workspace / "settings.ini").write_text("[store]\npaht = 1\n")
    findings = [*examine(workspace, {})]

    assert verdict(findings) == 3
    assert "Did you mean 'path'" in wrong(findings)[0].told["mend"]
    assert any(finding.what == "templates" for finding in findings)


@pytest.mark.usefixtures("quick")
def test_a_ledger_that_cannot_be_read_does_not_end_it(workspace: Path) -> None:
    """A file that is no database."""
    (workspace / "store").mkdir()
    (workspace / "store" / "ledger.db").write_text("not a database, but a text that is long enough")
    findings = [*examine(workspace, {})]

    assert verdict(findings) == 8
    assert wrong(findings)[0].what == "ledger"


def test_a_broken_template_is_named(workspace: Path) -> None:
    """A syntax error, a wrong name and a stage that never completes."""
    write_notebook(workspace, "train", ["a ="])
    write_notebook(workspace, "score", ["1"])
    path = write_notebook(workspace, "ingest", ["stage.complete()"])
    path.rename(path.with_name("other.ipynb"))
    found = [finding.found for finding in wrong([*look_at_templates(workspace)])]

    assert len(found) == 3
    assert "other.ipynb: its metadata says stage 'ingest'" in found[0]
    assert "score.ipynb: no cell calls stage.complete()" in found[1]
    assert "train.ipynb: cell 2 is not valid Python, line 1" in found[2]


def test_a_pipeline_that_does_not_load_is_named(settings: Settings) -> None:
    """The others are fine."""
    home = settings.workspace / "pipelines" / "odd"
    home.mkdir()
    (home / "pipeline.toml").write_text("name = ")
    findings = [*look_at_pipelines(settings)]

    assert "odd" in wrong(findings)[0].found
    assert findings[-1].found.startswith("shop;")


def test_a_store_that_cannot_be_written_is_found_by_writing(settings: Settings) -> None:
    """A file stands where the folder should be; permissions alone do not stop every user."""
    settings.store_folder.write_text("a file")

    with pytest.raises(OSError, match="store"):
        [*look_at_store(settings)]


def test_answers_that_wait_for_a_service_that_is_gone_are_told(settings: Settings) -> None:
    """With the command that takes them in; a journal at work, and one without rows, are no news."""
    store = Store(settings.store_folder, "shop")
    home, place = store.folder("journals", "served"), store.table("served")
    at_work, empty, left = (Journal(home, place, {"number": pl.Int64}) for _ in range(3))
    for journal in (at_work, left):
        journal.append(b'{"number":1}\n')
    for journal in (empty, left):
        os.close(journal._held)

    (finding,) = look_at_service(settings)

    assert "13 bytes of answers or feedback of shop wait" in finding.found
    assert finding.told["mend"].endswith("aifactory serve shop")


def test_tokens_that_others_can_read_are_told(settings: Settings) -> None:
    """The file is made for its owner only; a copy from a backup may not be."""
    path = settings.store_folder / TOKEN_FILE
    add_token(path, "shop", ["predict"])

    assert next(iter(look_at_service(settings))).found == "1 may ask the service"
    path.chmod(0o640)
    assert f"chmod 600 {path}" in next(iter(look_at_service(settings))).told["mend"]


def registered(settings: Settings, digest: str = "") -> Ledger:
    """A ledger with a model whose folder is in the store."""
    folder = Store(settings.store_folder, "shop").model_folder(1)
    folder.mkdir(parents=True)
    (folder / "model.txt").write_text("trees")
    ledger = Ledger(settings.ledger_url)
    ledger.add_model("shop", "run", digest or folder_digest(folder), "models/v{version}", {})
    return ledger


def test_models_are_compared_with_what_was_registered(settings: Settings) -> None:
    """A file that was changed, then a folder that is gone."""
    registered(settings)
    good = [*look_at_ledger(settings)]
    folder = settings.store_folder / "shop" / "models" / "v0001"
    (folder / "model.txt").write_text("other trees")
    changed = wrong([*look_at_ledger(settings)])
    (folder / "model.txt").unlink()
    folder.rmdir()
    gone = wrong([*look_at_ledger(settings)])

    assert wrong(good) == []
    assert ("not what was registered" in changed[0].found, changed[0].exit_code) == (True, 7)
    assert ("gone from the store" in gone[0].found, gone[0].exit_code) == (True, 6)


def test_an_empty_ledger_beside_a_full_store_is_wrong(settings: Settings) -> None:
    """Most likely the URL is another one than it was."""
    registered(settings).close()
    for path in settings.store_folder.glob("ledger.db*"):
        path.unlink()
    absent = wrong([*look_at_ledger(settings)])
    Ledger(settings.ledger_url).close()
    empty = wrong([*look_at_ledger(settings)])

    assert [finding.exit_code for finding in (*absent, *empty)] == [8, 8]
    assert "the store holds some of shop" in absent[0].found
    assert "[ledger] url" in empty[0].mend


def test_a_changed_audit_trail_is_wrong(settings: Settings) -> None:
    """Somebody has changed an event by hand."""
    import sqlite3

    ledger = Ledger(settings.ledger_url)
    ledger.audit("ann", "note", "shop", {"seen": 1})
    ledger.close()
    with sqlite3.connect(settings.store_folder / "ledger.db") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'bob'")
    (finding,) = wrong([*look_at_ledger(settings)])

    assert (finding.what, finding.exit_code) == ("audit", 8)


def test_a_tracking_server_that_does_not_answer_is_told_of(workspace: Path) -> None:
    """Runs go on without it: it is advice, and the password is left out."""
    tracking = TrackingSettings(uri="http://ann:pass@127.0.0.1:1")
    settings = Settings(load_settings(workspace).workspace, tracking=tracking)
    (finding,) = look_at_tracking(settings)

    assert finding.status == "advice"
    assert "http://***@127.0.0.1:1 does not answer" in finding.told["found"]


def test_a_kernel_of_another_environment_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts, but the package in it has another version."""
    monkeypatch.setattr("aifactory_nb.doctor.__version__", "99.0")
    (finding,) = look_at_kernel("python3")

    assert "this is 99.0" in finding.found
    assert finding.exit_code == 3


def test_an_unfinished_file_of_a_killed_process_is_told_of(settings: Settings) -> None:
    """It takes room, and nothing else."""
    Store(settings.store_folder, "shop").write("rows", pl.DataFrame({"a": [1]}))
    left = settings.store_folder / "shop" / ".card.json.ab12cd34"
    left.touch()
    os.utime(left, (0, 0))
    findings = [*look_at_store(settings)]

    assert findings[-1].what == "leftovers"
    assert "aifactory gc --yes" in findings[-1].mend


@pytest.mark.parametrize("uri", ["postgresql+psycopg://ann:secret@127.0.0.1:1/mlflow", "odd://x"])
def test_a_tracking_database_that_is_down_is_advice(workspace: Path, uri: str) -> None:
    """Runs go on without it; the password is left out."""
    tracking = TrackingSettings(uri=uri)
    settings = Settings(load_settings(workspace).workspace, tracking=tracking)
    (finding,) = look_at_tracking(settings)

    assert finding.status == "advice"
    assert "cannot be reached" in finding.found and "secret" not in finding.found


def test_a_folder_in_the_place_of_the_ledger_is_wrong(settings: Settings) -> None:
    """A mount of a container that was not there becomes a folder."""
    (settings.store_folder / "ledger.db").mkdir(parents=True)
    (finding,) = look_at_ledger(settings)

    assert (finding.exit_code, "is a folder" in finding.found) == (8, True)
