"""What is wrong with a file before its first value is read."""

import gzip
from pathlib import Path

import pytest

from aifactory_nb.errors import DataError, PipelineError
from aifactory_nb.file_lines import Layout, check_lines, read_header
from aifactory_nb.file_text import FileFormat, as_utf8, fitting_encodings, open_file


def written(folder: Path, content: bytes | str, name: str = "t.csv") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def layout_of(path: Path) -> Layout:
    """The header and the rows of a file."""
    file = as_utf8(open_file(path), "utf-8")
    return check_lines(file, read_header(file, ","), ",")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"format": "cvs"}, "Did you mean 'csv'"),
        ({"separator": ";;"}, "must be one character"),
        ({"decimal": "x"}, "must be '.' or ','"),
        ({"encoding": "utf-9"}, "Did you mean 'utf-8'"),
        ({"types": {"a": "Int46"}}, "Did you mean 'Int64'"),
        ({"types": {"a": "Int64"}, "formats": {"a": "%d"}}, "no Date or Datetime"),
    ],
)
def test_a_wrong_format_is_refused(keys: dict[str, object], message: str) -> None:
    """What cannot be a format is told by the key of the pipeline file."""
    with pytest.raises(PipelineError, match=message):
        FileFormat(**keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"\n\n \n", "holds only blank lines"),
        ("a,b\n1,ü\n".encode("utf-16"), 'set source.encoding = "utf-16"'),
        ("a,b\n1,2\n".encode("utf-16-le"), 'set source.encoding = "utf-16-le"'),
        (b"a,b\n1,\x002\n", "line 2, byte 6 is 0x00"),
        ("a,b\n1,Müller\n".encode("cp1252"), "line 2, byte 7: 0xfc is no text in utf-8.*cp1252"),
        ("a,b\n1,ü".encode()[:-1], "line 2, byte 6: the file ends within a character"),
        (b"a;b\n1;2\n", 'set source.separator = ";"'),
        (b"a\tb\n1\t2\n", r'set source.separator = "\\t"'),
        (b"a,a\n1,2\n", r"names 'a' 2 times \(columns 1, 2\)"),
        (b"a,b\n1,2\n3\n", r"1 of 2 rows do not have 2 fields.*line 3 has 1 \('3'\)"),
        (b"a,b\n1,2,3\n3,4\n", "line 2 has 3"),
        (b'a,b\n1,"x\n3,4\n', "opens a double quote that is not closed"),
        (b"a,b\r1,2\r3,4\r", "old Macs"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Each fault is told with its place and with what to do."""
    path = written(tmp_path, content)

    with pytest.raises(DataError, match=message):
        layout_of(path)


def test_a_missing_file_gets_a_suggestion(tmp_path: Path) -> None:
    """A misspelt name is met with the closest file of the folder."""
    written(tmp_path, "a\n1\n", "orders.csv")
    with pytest.raises(DataError, match="Did you mean 'orders.csv'"):
        open_file(tmp_path / "order.csv")
    with pytest.raises(DataError, match="there is no folder"):
        open_file(tmp_path / "none" / "order.csv")


def test_a_compressed_file_is_unpacked_and_a_cut_one_told(tmp_path: Path) -> None:
    """`.csv.gz` is read; one that was cut off is told so."""
    packed = gzip.compress(b"a,b\n1,2\n")

    assert open_file(written(tmp_path, packed, "a.csv.gz")).content == b"a,b\n1,2\n"
    with pytest.raises(DataError, match="It was cut off"):
        open_file(written(tmp_path, packed[:-6], "b.csv.gz"))


def test_the_encoding_that_fits_is_found(tmp_path: Path) -> None:
    """A mark, valid UTF-8, or one of the older encodings."""
    assert fitting_encodings(open_file(written(tmp_path, b"\xef\xbb\xbfa\n"))) == ["utf-8-sig"]
    assert fitting_encodings(open_file(written(tmp_path, "ü\n"))) == ["utf-8"]
    assert fitting_encodings(open_file(written(tmp_path, b"\x81\n"))) == ["latin-1"]
