"""Secrets: where they are looked for, what is refused, and that no file of a run holds one."""

import json
import os
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import SecretError
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.runner import start_run
from aifactory_nb.secret import (
    keep_secret,
    kept_names,
    remove_secret,
    reveal,
    reveal_lines,
    secret_names,
    secret_value,
    secret_values,
)
from aifactory_nb.settings import SecretsSettings, Settings, load_settings
from aifactory_nb.stage import time_window

VALUE = 'pa"ss wörd/&1'  # each form of it differs
SETTINGS = "[tracking]\nenabled = false\n[secrets]\nfolder = keys\n"


@pytest.fixture
def with_folder(workspace: Path) -> Settings:
    """The settings of a workspace with a folder of secrets."""
    (workspace / "settings.ini").write_text(SETTINGS)
    return load_settings(workspace)


class MemoryKeyring:
    """What the keyring of a desktop does, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def __call__(self, monkeypatch: pytest.MonkeyPatch) -> "MemoryKeyring":
        import keyring
        from keyring.backend import KeyringBackend

        kept = self.kept

        class Backend(KeyringBackend):
            priority = 1

            def get_password(self, service: str, username: str) -> str | None:
                return kept.get(f"{service}/{username}")

            def set_password(self, service: str, username: str, password: str) -> None:
                kept[f"{service}/{username}"] = password

            def delete_password(self, service: str, username: str) -> None:
                del kept[f"{service}/{username}"]

        before = keyring.get_keyring()
        keyring.set_keyring(Backend())
        monkeypatch.setattr(self, "restore", lambda: keyring.set_keyring(before), raising=False)
        return self


def test_the_environment_comes_before_the_folder(
    with_folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that one run can be given another value."""
    keep_secret("token", "of the folder", with_folder)
    assert secret_value("token", with_folder) == "of the folder"

    monkeypatch.setenv("AIFACTORY_SECRET_TOKEN", "of the environment")
    assert secret_value("token", with_folder) == "of the environment"


def test_the_keyring_comes_last(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set, found and removed there when no folder is named."""
    keyring = MemoryKeyring()(monkeypatch)
    try:
        assert "keyring" in keep_secret("token", "of the keyring", settings)
        assert keyring.kept == {"aifactory/token": "of the keyring"}
        assert secret_value("token", settings) == "of the keyring"
        remove_secret("token", settings)
        assert keyring.kept == {}
    finally:
        keyring.restore()  # type: ignore[attr-defined]


def test_a_kept_file_can_be_read_by_its_user_only(with_folder: Settings) -> None:
    """The folder too; the name is listed, the value is whole."""
    keep_secret("token", VALUE, with_folder)
    folder = with_folder.workspace / "keys"

    assert (folder / "token").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert kept_names(with_folder) == ["token"]
    assert secret_value("token", with_folder) == VALUE


def test_a_file_that_all_can_read_is_refused(with_folder: Settings) -> None:
    """The message says how to mend it; within a folder that is closed to others it is fine."""
    keep_secret("token", VALUE, with_folder)
    folder = with_folder.workspace / "keys"
    (folder / "token").chmod(0o644)
    assert secret_value("token", with_folder) == VALUE

    folder.chmod(0o755)
    with pytest.raises(SecretError, match="chmod o-r"):
        secret_value("token", with_folder)


@pytest.mark.parametrize(
    ("ending", "value"), [("\n", "word"), ("\r\n", "word"), ("\n\n", "word\n")]
)
def test_one_line_end_is_not_part_of_a_value(
    with_folder: Settings, ending: str, value: str
) -> None:
    """Editors and `echo` write one."""
    folder = with_folder.workspace / "keys"
    folder.mkdir(mode=0o700)
    (folder / "token").write_bytes(b"word" + ending.encode())

    assert secret_value("token", with_folder) == value


@pytest.mark.parametrize("name", ["", "1st", "a/b", "../x", "my token", ".hidden"])
def test_a_wrong_name_is_refused(settings: Settings, name: str) -> None:
    """A name never leads out of the folder."""
    with pytest.raises(SecretError, match="not the name of a secret"):
        secret_value(name, settings)


def test_a_short_value_is_refused(with_folder: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not be kept out of texts; neither when it is set nor when it is read."""
    with pytest.raises(SecretError, match="needs 4"):
        keep_secret("pin", "123", with_folder)
    monkeypatch.setenv("AIFACTORY_SECRET_PIN", "123")
    with pytest.raises(SecretError, match="needs 4"):
        secret_value("pin", with_folder)


def test_all_that_are_missing_are_told_at_once(settings: Settings) -> None:
    """With the places that were looked at, and how to set them."""
    with pytest.raises(SecretError) as missing:
        secret_values(["first", "second"], settings)

    assert "AIFACTORY_SECRET_FIRST" in str(missing.value)
    assert "aifactory secret set second" in str(missing.value)
    assert missing.value.exit_code == 3


def test_references_are_found_within_lists_and_dictionaries() -> None:
    """A text that only holds one is none."""
    value = {"a": ["secret:one", {"b": "secret:two"}], "c": "no secret:three", "d": 4}

    assert secret_names(value) == ["one", "two"]


def test_reveal_leaves_what_is_no_reference(workspace: Path) -> None:
    """A template may reveal whatever it is given."""
    assert reveal(["plain", 3, None]) == ["plain", 3, None]


def test_only_parameters_that_are_references_are_revealed() -> None:
    """And nothing is written beneath the parameters where there are none."""
    assert reveal_lines({"a": 1, "b": "text"}) == ""
    assert "b = reveal(b)" in reveal_lines({"a": 1, "b": ["secret:x"]})


LEAKS = """
import base64, json, os, sys, urllib.parse
print(token)
print(token[:5], end=''); sys.stdout.flush(); sys.stderr.write('between\\n'); print(token[5:])
print(json.dumps({'token': token}), repr(token))
print(urllib.parse.quote(token), urllib.parse.quote_plus(token))
print(base64.b64encode(('user:' + token).encode()).decode())
sys.stderr.write(token)
os.write(1, (token + '\\n').encode())
print(dict(os.environ))
{'token': token}
"""
WRITES = """
stage.metric(rows=1.0)
stage.output('told', token)
stage.gate('look', False, [{'expectation': token, 'passed': False}], blocks=False)
"""


def _bytes_under(*folders: Path) -> bytes:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"\0".join(path.read_bytes() for path in files)


def _forms() -> list[bytes]:
    whole = b64encode(("user:" + VALUE).encode())
    texts = [VALUE, json.dumps(VALUE)[1:-1], repr(VALUE)[1:-1], "pa%22ss%20w%C3%B6rd"]
    return [*(text.encode() for text in texts), whole[8:-4]]


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_that_a_run_leaves_holds_the_value(
    with_folder: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture,
    fails: bool,
) -> None:
    """Notebooks, results, ledger, store, events and messages; printed, raised, or as the result."""
    monkeypatch.setenv("AIFACTORY_SECRET_TOKEN", VALUE)
    workspace, told = with_folder.workspace, []
    body = [LEAKS, WRITES, *(["raise ValueError(f'no access with {token}')"] if fails else [])]
    write_notebook(
        workspace, "leak", stage_cells("leak", *body), 'token: str = "none"  # key', writes=["told"]
    )
    pipeline = load_pipeline(workspace, "shop")
    request = Request(["leak"], time_window(pipeline), {"leak": {"token": "secret:TOKEN"}})
    runner = start_run(with_folder, pipeline, [request], listener=told.append)
    outcome = runner.execute()

    left = _bytes_under(with_folder.runs_folder, with_folder.store_folder)
    shown = repr(told) + outcome.message + "".join(capfd.readouterr())
    assert outcome.status == ("failed" if fails else "succeeded")
    assert b"[secret TOKEN]" in left and b"secret:TOKEN" in left
    for form in _forms():
        assert form not in left, form
        assert form.decode() not in shown
    if fails:
        assert "no access with [secret TOKEN]" in outcome.message


def test_a_missing_secret_is_told_before_anything_runs(settings: Settings) -> None:
    """Of all stages of the plan; the ledger knows no run."""
    from aifactory_nb.ledger import Ledger

    for name in ("first", "second"):
        cells = stage_cells(name, f"stage.output('{name}', 1)")
        write_notebook(settings.workspace, name, cells, 'key: str = "secret:KEY_OF_' + name + '"')
    pipeline = load_pipeline(settings.workspace, "shop")
    request = Request(["first", "second"], time_window(pipeline))
    with pytest.raises(SecretError, match=r"KEY_OF_first'(.|\n)*KEY_OF_second'"):
        start_run(settings, pipeline, [request])

    assert Ledger(settings.ledger_url).runs() == []


def test_another_value_is_not_another_step(settings: Settings) -> None:
    """The key of a step holds the reference: a rotated password runs nothing again."""
    write_notebook(
        settings.workspace,
        "use",
        stage_cells("use", "stage.output('n', len(key))"),
        'key: str = "secret:KEY"',
        writes=["n"],
    )
    pipeline = load_pipeline(settings.workspace, "shop")
    ends = []
    for value in ("first value", "second value"):
        os.environ["AIFACTORY_SECRET_KEY"] = value
        runner = start_run(settings, pipeline, [Request(["use"], time_window(pipeline))])
        ends.append(runner.execute().counts)
    del os.environ["AIFACTORY_SECRET_KEY"]

    assert ends == [{"succeeded": 1}, {"cached": 1}]


def test_the_folder_of_the_settings_is_within_the_workspace_or_elsewhere(tmp_path: Path) -> None:
    """As Docker mounts it: /run/secrets."""
    from aifactory_nb.secret import secrets_folder

    settings = Settings(tmp_path)
    for told, folder in (("keys", tmp_path / "keys"), ("/run/secrets", Path("/run/secrets"))):
        assert secrets_folder(replace(settings, secrets=SecretsSettings(told))) == folder


def test_an_executed_notebook_can_be_run_again_by_hand(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds a call that looks the value up, and no value."""
    from aifactory_nb.kernel import Kernels
    from aifactory_nb.notebook import execute_notebook, printed_text

    monkeypatch.setenv("AIFACTORY_SECRET_TOKEN", VALUE)
    template = write_notebook(workspace, "look", ["print(len(token))"], 'token: str = ""')
    first, again = workspace / "first.ipynb", workspace / "again.ipynb"
    with Kernels("python3", workspace) as kernels:
        execute_notebook(template, first, {"token": "secret:TOKEN"}, kernels)
        execute_notebook(first, again, {}, kernels)

    assert printed_text(again) == str(len(VALUE))
    assert "secret:TOKEN" in first.read_text() and VALUE not in first.read_text()
