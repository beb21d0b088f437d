"""What a fault costs: a clear message, the documented exit code, and nothing else."""

import shutil
from pathlib import Path

import pytest
from faults import (
    BUILD,
    CSV,
    FAULTS,
    Fault,
    aifactory,
    build,
    carry_out,
    column_changed_type,
    duplicate_keys,
    make_workspace,
    may_mount,
    one_row,
    wrong_delimiter,
)

# one for each exit code, and what happens most; the others run where every test does
QUICK = (
    "header_only",
    "column_vanished",
    "month_without_rows",
    "model_gone",
    "syntax_error",
    "parameter_of_wrong_type",
    "disk_full",
    "ledger_locked",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model at work."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(each, marks=[] if each.name in QUICK else pytest.mark.long, id=each.name)
        for each in FAULTS
    ],
)
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


@pytest.mark.long
def test_the_next_run_is_as_if_nothing_had_been(built: Path, tmp_path: Path) -> None:
    """After faults of many kinds, one upon the other, the mended source gives the same model, byte for byte."""
    folder = make_workspace(tmp_path / "factory")
    whole = (folder / CSV).read_bytes()
    for fault in FAULTS:
        if fault.breaks in (wrong_delimiter, column_changed_type, duplicate_keys, one_row):
            assert carry_out(fault, folder).returncode == fault.code
            (folder / CSV).write_bytes(whole)

    done = aifactory(folder, *BUILD)

    assert done.returncode == 0, done.stdout + done.stderr
    models = [path / "store/shop/models/v0001" for path in (built, folder)]
    for name in ("model.txt", "evaluation.txt", "profile.json", "golden.parquet"):
        assert (models[0] / name).read_bytes() == (models[1] / name).read_bytes(), name
