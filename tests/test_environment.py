"""What the doctor finds in the environment and the settings."""

from importlib import metadata
from pathlib import Path

import pytest

from aifactory_nb import environment as environment_module
from aifactory_nb.environment import (
    Finding,
    failed,
    library_problem,
    look_at_libraries,
    look_at_processors,
    look_at_python,
    look_at_room,
    read_settings,
)
from aifactory_nb.errors import LedgerError
from aifactory_nb.settings import Settings, load_settings


def only(findings: list[Finding], what: str) -> Finding:
    """The one finding about something."""
    (found,) = [finding for finding in findings if finding.what == what]
    return found


def test_an_error_of_ours_is_told_as_what_was_found_and_what_to_do() -> None:
    """Its exit code becomes that of the finding; a password is left out."""
    error = LedgerError("postgresql://ann:pass@host/x does not answer. Start the server.")
    finding = failed("ledger", error)

    assert finding.told["found"] == "postgresql://***@host/x does not answer"
    assert (finding.mend, finding.exit_code) == ("Start the server.", 8)


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("polars>=2", "polars is 1.0, needed is >=2"),
        ("polars>=0.9", ""),
        ("pywin32>=1; sys_platform == 'win32'", ""),
        ("psycopg>=3; extra == 'postgres'", ""),
    ],
)
def test_a_library_of_another_version_is_wrong(requirement: str, message: str) -> None:
    """Bounds come from the package's own metadata; what only other systems need does not count."""
    assert library_problem(requirement, lambda name: "1.0") == message


def test_a_library_that_is_missing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and the way to get it."""
    monkeypatch.setattr(metadata, "requires", lambda name: ["no-such-library>=1"])
    finding = only([*look_at_libraries()], "libraries")

    assert finding.found == "no-such-library is not installed"
    assert "uv sync" in finding.mend and finding.exit_code == 3


def test_imports_that_are_not_compiled_are_told_of() -> None:
    """Some machines set the variable that keeps Python from compiling."""
    finding = only([*look_at_python({"PYTHONDONTWRITEBYTECODE": "1"})], "bytecode")

    assert finding.status == "advice" and finding.exit_code == 0


def test_more_threads_than_processors_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their product counts, and variables that let threads wait busily."""
    monkeypatch.setattr(environment_module, "usable_cores", lambda: 1)
    findings = [*look_at_processors(Settings(Path.cwd()), {"OMP_WAIT_POLICY": "ACTIVE"})]

    assert only(findings, "processors").status == "advice"
    assert only(findings, "openmp").found == "OMP_WAIT_POLICY=active"


def test_a_full_disk_is_wrong(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Too little room ends with the exit code of the store."""
    monkeypatch.setattr(environment_module, "NO_ROOM", 2**60)
    findings = [*look_at_room(settings)]

    assert {finding.exit_code for finding in findings} == {10}
    assert "aifactory gc" in findings[0].mend


def test_an_unknown_variable_gets_a_suggestion(workspace: Path) -> None:
    """A misspelt section is not noticed by the settings themselves."""
    settings, findings = read_settings(workspace, {"AIFACTORY_STROE_PATH": "x"})

    assert settings == load_settings(workspace)
    assert "AIFACTORY_STROE_PATH is not known. Did you mean 'AIFACTORY_STORE_PATH'" in (
        findings[-1].found
    )


def test_what_the_environment_overrides_is_told_without_its_value(workspace: Path) -> None:
    """A URL may hold a password."""
    _, findings = read_settings(workspace, {"AIFACTORY_LEDGER_URL": "postgresql://ann:pass@host/x"})

    assert findings[-1].found == "overridden in the environment: AIFACTORY_LEDGER_URL"
