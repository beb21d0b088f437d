"""Pages: one file each, everything from data escaped, the same looks."""

from pathlib import Path

import pytest

from aifactory_nb import page
from aifactory_nb.page import STYLE, render_page
from aifactory_nb.template import shipped_templates


def test_what_comes_from_data_is_escaped_and_the_looks_are_in_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page needs no other file."""
    (tmp_path / STYLE).write_text("h1 { margin: 0; }")
    (tmp_path / "one.html").write_text('<style>{% include "page.css" %}</style>{{ told }}')
    monkeypatch.setattr(page, "shipped_templates", lambda: tmp_path)

    shown = render_page("one.html", {"told": "<script>"})
    assert shown == "<style>h1 { margin: 0; }</style>&lt;script&gt;"


@pytest.mark.parametrize("layout", ["fan_out", "gate", "report"])
def test_all_layouts_share_their_looks(layout: str) -> None:
    """And none has them again."""
    text = (shipped_templates() / f"{layout}.html").read_text()

    assert '{% include "page.css" %}' in text
    assert "--paper: #fdfdfc" not in text
