"""`init --from`: a proposal is written as a whole, or not at all."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.adopt import column_rows, propose_pipeline, summary_rows, write_proposal
from aifactory_nb.check import check_pipeline
from aifactory_nb.errors import PipelineError
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.proposal import Wishes
from aifactory_nb.settings import load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small table."""
    rows = 120
    frame = pl.DataFrame(
        {
            "Größe [m²]": [i % 17 for i in range(rows)],
            "email": [f"u{i}@example.org" for i in range(rows)],
            "kind": ["a", "b", "c"] * (rows // 3),
            "day": [f"{i % 28 + 1:02}.{i // 40 + 1:02}.2024" for i in range(rows)],
            "y": ["no", "yes", "no", "no"] * (rows // 4),
        }
    )
    frame.write_csv(tmp_path / "shop.csv", separator=";")
    return tmp_path / "shop.csv"


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes("y"),
        Wishes("kind", name="kinds"),
        Wishes("Größe [m²]", task="regression", time="day"),
        Wishes("y", time="day", segment="kind", group="kind"),
    ],
)
def test_what_is_written_passes_its_check(tmp_path: Path, file: Path, wishes: Wishes) -> None:
    """Every task, with and without a time."""
    proposal = propose_pipeline(tmp_path / "new", file, wishes)
    done = write_proposal(tmp_path / "new", proposal)
    checks = check_pipeline(load_settings(tmp_path / "new", {}), proposal.name)

    assert [row["found"] for row in checks if not row["passed"]] == []
    assert f"aifactory run {proposal.name}" in done[-1]


def test_the_file_is_copied_or_named(tmp_path: Path, file: Path) -> None:
    """Relative where it lies in the workspace, absolute elsewhere, within the pipeline as a copy."""
    for name, folder, copy in [("a", "new", True), ("b", "new", False), ("c", ".", False)]:
        proposal = propose_pipeline(tmp_path / folder, file, Wishes("y", name=name))
        write_proposal(tmp_path / folder, proposal, copy)
    paths = [
        load_pipeline(tmp_path / folder, name).source.options["path"]
        for folder, name in [("new", "a"), ("new", "b"), (".", "c")]
    ]

    assert paths == ["data/shop.csv", str(file), "../../shop.csv"]
    assert (tmp_path / "new/pipelines/a/data/shop.csv").read_bytes() == file.read_bytes()


def test_personal_data_is_not_shown(tmp_path: Path, file: Path) -> None:
    """The table of columns masks it."""
    proposal = propose_pipeline(tmp_path / "new", file, Wishes("y"))
    shown = {row["column"]: row for row in column_rows(proposal)}

    assert shown["email"]["examples"] == "(personal data)"
    assert shown["email"]["role"] == "left out"
    assert summary_rows(proposal)[0]["proposed"] == "shop"


def test_a_pipeline_that_is_there_is_left_alone(tmp_path: Path, file: Path) -> None:
    """Nothing is overwritten, and a bad name is refused."""
    write_proposal(tmp_path / "new", propose_pipeline(tmp_path / "new", file, Wishes("y")))
    with pytest.raises(PipelineError, match="is there already"):
        propose_pipeline(tmp_path / "new", file, Wishes("y"))
    with pytest.raises(PipelineError, match="is no name of a pipeline"):
        propose_pipeline(tmp_path / "new", file, Wishes("y", name="My Shop"))


def aifactory(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_without_a_terminal_nothing_is_written_unasked(tmp_path: Path, file: Path) -> None:
    """The proposal is shown, and --yes is asked for."""
    done = aifactory("init", "new", "--from", file.name, "--target", "y", folder=tmp_path)

    assert done.returncode == 3
    assert "Add --yes" in done.stderr
    assert "personal data" in done.stdout
    assert not (tmp_path / "new").exists()


def test_the_command_writes_with_yes(tmp_path: Path, file: Path) -> None:
    """One command from a file to a pipeline."""
    done = aifactory(
        *("init", "new", "--from", file.name, "--target", "y", "--time", "day", "--yes"),
        folder=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new/pipelines/shop/gates/shop.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--from", "shop.csv"], 3, "--target: name the column to predict. Columns of shop.csv:"),
        (["--target", "y"], 3, "--target: only with --from FILE"),
        (["--from", "shpo.csv", "--target", "y"], 7, "Did you mean 'shop.csv'"),
        (["--from", "shop.csv", "--target", "z", "--yes"], 7, "no column 'z'"),
        (["--blueprint", "flight_dealy"], 3, "Did you mean 'flight_delay'"),
    ],
)
def test_a_slip_leaves_no_folder_behind(
    tmp_path: Path, file: Path, arguments: list[str], code: int, message: str
) -> None:
    """Nothing is made before all is known to be well."""
    done = aifactory("init", "new", *arguments, folder=tmp_path)

    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "new").exists()
