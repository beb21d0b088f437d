"""The file of an executed notebook: nbformat's form, true at every moment, whole after every crash."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory_nb import notebook_file
from aifactory_nb.errors import StoreError, TemplateError
from aifactory_nb.notebook_file import (
    NotebookFile,
    Saver,
    inject,
    parameter_source,
    read_notebook,
    save,
)
from aifactory_nb.redact import Redactor

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["", "\n", "a\n\nb", "a\r\nb\rc", "\u2028 \x85 \x0c", "ü°日", '"\\', "\x00\x1b[31m"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["text/plain", "text/html", "image/svg+xml", "image/png", "a/b"])
BUNDLE = st.dictionaries(KINDS, TEXT, max_size=3)
BUNDLES = st.builds(lambda texts, value: {**texts, "application/json": value}, BUNDLE, JSON)
METADATA = st.dictionaries(
    TEXT.filter(lambda name: name not in ("tags", "trusted")), JSON, max_size=3
)
MESSAGES = st.lists(
    st.tuples(st.just("stream"), st.fixed_dictionaries({"name": st.just("stdout"), "text": TEXT}))
    | st.tuples(
        st.just("display_data"), st.fixed_dictionaries({"data": BUNDLES, "metadata": METADATA})
    )
    | st.tuples(
        st.just("error"),
        st.fixed_dictionaries({"ename": TEXT, "evalue": TEXT, "traceback": st.lists(TEXT)}),
    ),
    max_size=4,
)
FORM = {"nbformat": 4, "nbformat_minor": 5}


def code(source: str, *tags: str, **about: Any) -> dict[str, Any]:
    """A cell of code."""
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags), **about})


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A notebook of these cells."""
    return {"cells": list(cells), "metadata": metadata, **FORM}


@given(
    sources=st.lists(st.tuples(TEXT, MESSAGES), max_size=3),
    metadata=METADATA,
    prose=TEXT,
    pictures=st.dictionaries(TEXT, BUNDLE, max_size=2),
)
def test_the_file_is_what_nbformat_writes(
    sources: list[tuple[str, Any]], metadata: dict[str, Any], prose: str, pictures: dict[str, Any]
) -> None:
    """Byte for byte, whatever the cells hold and show."""
    markdown = nbformat.v4.new_markdown_cell(prose, attachments=pictures)
    cells = [markdown, *(code(source, **metadata) for source, _ in sources)]
    file = NotebookFile(notebook(*cells, other=metadata), Path("a"), {"version": "1"})
    for number, (_, messages) in enumerate(sources, 1):
        for kind, content in messages:
            file.show(number, kind, content)
    text = file.text()

    whole = nbformat.from_dict(json.loads(text))
    assert nbformat.v4.writes_json(nbformat.v4.reads_json(json.dumps(whole))) + "\n" == text


def test_parameters_are_python() -> None:
    """Every value that a parameter can have is given back by its literal."""
    values = {
        "a": 'it\'s "so"\n',
        "b": [1, 2.5, None, True, (1,)],
        "c": {"x": {"y": [float("-inf")]}},
        "d": date(2024, 1, 31),
    }
    names: dict[str, Any] = {}
    exec(parameter_source(values), names)

    assert (names["a"], names["d"]) == (values["a"], "2024-01-31")
    assert names["b"] == [1, 2.5, None, True, [1]] and names["c"] == values["c"]


@pytest.mark.parametrize(
    ("tags", "places"),
    [
        (["", "parameters", ""], ["", "parameters", "injected-parameters", ""]),
        (["parameters", "injected-parameters", ""], ["parameters", "injected-parameters", ""]),
        (["", ""], ["injected-parameters", "", ""]),
    ],
)
def test_parameters_stand_behind_the_defaults(tags: list[str], places: list[str]) -> None:
    """They replace those of an earlier run; without defaults they come first."""
    cells = inject([code("1", *filter(None, [tag])) for tag in tags], "a = 1\n")

    assert ["".join(cell["metadata"]["tags"]) for cell in cells] == places


def test_an_older_notebook_is_converted(tmp_path: Path) -> None:
    """Cells without an id get one."""
    old = {**notebook(code("1")), "nbformat_minor": 2}
    del old["cells"][0]["id"]
    (tmp_path / "a.ipynb").write_text(json.dumps(old))
    read = read_notebook(tmp_path / "a.ipynb")

    assert read["cells"][0]["id"] and read["nbformat_minor"] == 5


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": []}'])
def test_what_is_no_notebook_is_told_of(tmp_path: Path, text: str) -> None:
    """With its name."""
    (tmp_path / "a.ipynb").write_text(text)

    with pytest.raises(TemplateError, match="a.ipynb is not a notebook"):
        read_notebook(tmp_path / "a.ipynb")


def test_what_an_earlier_run_left_is_not_taken_over() -> None:
    """Outputs, counts and statuses begin anew."""
    cell = code("1")
    cell.update(outputs=[nbformat.v4.new_output("stream", text="old")], execution_count=3)
    cell["metadata"]["papermill"] = {"status": "completed"}
    file = NotebookFile(notebook(cell, papermill={"exception": True}), Path("a"), {})
    (found,) = json.loads(file.text())["cells"]

    assert (found["outputs"], found["execution_count"]) == ([], None)
    assert found["metadata"]["papermill"]["status"] == "pending"
    assert json.loads(file.text())["metadata"]["papermill"]["exception"] is None


def test_what_is_secret_is_not_written() -> None:
    """Not in outputs, errors, injected parameters and metadata; also when it was printed in two pieces."""
    parameters = {"token": "s3cret"}
    cells = inject(
        [code("token = ''", "parameters"), code("print(token)")], parameter_source(parameters)
    )
    about = {"parameters": parameters}
    file = NotebookFile(notebook(*cells), Path("a"), about, Redactor({"TOKEN": "s3cret"}))
    file.show(2, "stream", {"name": "stdout", "text": "s3c"})
    file.show(2, "stream", {"name": "stdout", "text": "ret"})
    data = {"text/html": "<b>s3cret", "application/json": [{"a": "s3cret"}]}
    file.show(2, "display_data", {"data": data, "metadata": {"s": "s3cret"}})
    file.show(2, "error", {"ename": "E", "evalue": "s3cret", "traceback": ["no s3cret here"]})

    assert "s3cret" not in file.text()
    assert file.text().count("[secret TOKEN]") == 8


def test_text_that_cannot_be_encoded_is_kept(tmp_path: Path) -> None:
    """Half a surrogate pair is escaped, as JSON can."""
    file = NotebookFile(notebook(code("1")), tmp_path / "a.ipynb", {})
    file.show(0, "stream", {"name": "stdout", "text": "a\ud800b"})
    save(file)

    read = json.loads((tmp_path / "a.ipynb").read_text("utf-8"))
    assert read["cells"][0]["outputs"][0]["text"] == ["a\ud800b"]


def test_a_cell_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saving again costs nothing for the cells that have not changed."""
    file = NotebookFile(notebook(*(code(str(number)) for number in range(9))), Path("a"), {})
    file.text()
    calls: list[str] = []
    encode = notebook_file.encoded_cell
    monkeypatch.setattr(
        notebook_file, "encoded_cell", lambda cell: calls.append(cell["source"]) or encode(cell)
    )
    file.begin(3)
    file.text()
    file.text()

    assert calls == ["3"]


def test_what_cannot_be_saved_on_the_way_may_be_saved_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a moment does not end a notebook."""
    write, full = notebook_file.atomic_write, [True]

    def sometimes(path: Path, content: bytes) -> None:
        if full.pop():
            raise StoreError("full")
        write(path, content)

    monkeypatch.setattr(notebook_file, "atomic_write", sometimes)
    saver = Saver(NotebookFile(notebook(code("1")), tmp_path / "a.ipynb", {}))
    saver.start()
    while full:
        saver.ended.wait(0.01)
    full.append(False)
    saver.finish()

    assert nbformat.read(tmp_path / "a.ipynb", as_version=4).cells[0].source == "1"
