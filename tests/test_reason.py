"""Why a stage runs again."""

from pathlib import Path

import pytest

from aifactory_nb.code_reach import fingerprints
from aifactory_nb.reason import why_again


def told(before: dict[str, str], now: dict[str, str]) -> str:
    """What is said of two keys."""
    return why_again({"key": "a", "result": {"parts": before}}, "b", now)


def test_functions_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The units that two fingerprints differ in, added and removed ones too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fingerprints().put("old", {"shop.price": "1", "shop.gone": "1", "shop.same": "1"})
    fingerprints().put("new", {"shop.price": "2", "shop.more": "1", "shop.same": "1"})

    assert (
        told({"code": "old"}, {"code": "new"})
        == "Runs again, changed: shop.gone, shop.more, shop.price."
    )
    assert told({"code": "lost"}, {"code": "new"}) == "Runs again, changed: code that it uses."


def test_values_are_shown_and_many_changes_counted() -> None:
    """A parameter with both values, a library with both versions; the rest as a number."""
    before = {"parameter rounds": "100", "library polars": "1.0", "input raw": "x", "window": "a"}
    now = {"parameter rounds": "200", "library polars": "1.1", "input raw": "y", "window": "b"}

    assert told(before, now) == (
        "Runs again, changed: parameter rounds 100 → 200, polars 1.0 → 1.1, input raw, 1 more."
    )


def test_nothing_is_said_where_nothing_is_known() -> None:
    """A success of an earlier version did not tell the parts of its key."""
    assert told({}, {"notebook": "2"}) == ""
