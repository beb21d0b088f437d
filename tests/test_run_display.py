"""What is told of a run when it has ended."""

from pathlib import Path

from conftest import aifactory, stage_cells, write_notebook


def test_the_page_of_a_run_is_told(line: Path) -> None:
    """A run whose report stage wrote a page says where it is, also when it need not write it again."""
    use = stage_cells(
        "use",
        "(stage.folder / 'report.html').write_text('x')",
        "stage.output('report', 'report.html')",
    )
    write_notebook(line, "use", use, reads=["rows"], writes=["report"])
    first = aifactory("run", "shop", folder=line)
    again = aifactory("run", "shop", folder=line)

    page = first.stdout.rpartition("Report: ")[2].strip()
    assert (line / page).read_text() == "x"
    assert f"Report: {page}" in again.stdout
