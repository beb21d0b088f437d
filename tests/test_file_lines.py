"""The header and the rows of a text file."""

from pathlib import Path

from aifactory_nb.file_lines import check_lines, column_names, read_header, requoted
from aifactory_nb.file_text import open_file


def written(folder: Path, content: str) -> Path:
    """A file with that content."""
    path = folder / "t.csv"
    path.write_text(content)
    return path


def test_lines_may_hold_separators_and_line_ends_in_quotes(tmp_path: Path) -> None:
    """Only whole records are counted."""
    file = open_file(written(tmp_path, 'a,b\n1,"x,\ny"\n\n2,z\n'))
    layout = check_lines(file, read_header(file, ","), ",")

    assert (layout.rows, layout.has_blank) == (2, True)
    assert b'"1","x,\ny"' in (requoted(file, ",").content or b"")


def test_columns_without_a_name_are_named_by_their_place() -> None:
    """A saved row index has no name."""
    assert column_names("t.csv", ["", " a "]) == ["unnamed_1", "a"]
