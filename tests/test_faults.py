"""What a fault costs: a clear message, the documented exit code, and nothing else."""

import shutil
from pathlib import Path

import pytest
from faults import FAULTS, Fault, aifactory, build, carry_out, make_workspace, may_mount


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model at work."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_and_has_its_exit_code(fault: Fault, built: Path, tmp_path: Path) -> None:
    """The message names what was found; no traceback; the audit chain is whole."""
    if fault.root and not may_mount():
        pytest.skip("needs the right to mount a file system")
    folder = tmp_path / "factory"
    if fault.built:
        shutil.copytree(built, folder)
    else:
        make_workspace(folder)

    done = carry_out(fault, folder)
    told = done.stdout + done.stderr

    assert done.returncode == fault.code, told
    for part in fault.says:
        assert part in told
    assert "Traceback" not in told
    if any(folder.glob("**/ledger.db")):
        assert aifactory(folder, "audit", "verify").returncode == 0
