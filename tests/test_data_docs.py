"""The page of a gate: whole, offline, and without what should not be told."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from aifactory_nb.data_docs import TAGS, Link, _harmless, docs_page, page_name, write_docs
from aifactory_nb.data_gate import TableVerdict, check_table
from aifactory_nb.personal import masked

FRAME = pl.DataFrame(
    {"price": [5.0, -1.0, 3.0], "contact": ["ann@example.org", "bob@example.org", None]}
)


def verdict_of(folder: Path, *items: dict) -> TableVerdict:
    """The verdict of a suite on a small table."""
    path = folder / "orders.json"
    path.write_text(json.dumps({"name": "orders", "expectations": items}))
    return check_table(FRAME, path, show=masked)


def item(kind: str, severity: str = "critical", **arguments) -> dict:
    """An expectation of a suite."""
    return {"type": f"expect_{kind}", "kwargs": arguments, "severity": severity}


@pytest.fixture
def page(tmp_path: Path) -> str:
    """A page with checks of every kind: met, not met, not made, and a distribution."""
    weights = {"values": ["ann@example.org", "bob@example.org"], "weights": [0.5, 0.5]}
    verdict = verdict_of(
        tmp_path,
        item("column_values_to_be_between", column="price", min_value=0),
        item("column_values_to_not_be_null", "warning", column="contact"),
        item("column_values_to_be_in_set", column="contact", value_set=["x@y.org"]),
        item("column_values_to_not_be_null", column="dest"),
        item(
            "column_kl_divergence_to_be_less_than",
            column="contact",
            partition_object=weights,
            threshold=0.1,
        ),
    )
    return docs_page(verdict, "Orders of January")


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    """No address of another server, no script, no file beside it."""
    assert not re.search(r"https?://", page)
    assert "<script" not in page and "<link" not in page and "<img" not in page
    assert not re.search(r'href="(?!#)', page)


def test_verdict_and_action_are_told_without_colour(page: str) -> None:
    """The marks are text, as in the notebook."""
    assert "orders: NOT passed, 4 of 5 checks failed" in page
    assert page.index("✗ stops") < page.index("✗ warns") < page.index("Great Expectations")


def test_the_library_tells_what_it_observed(page: str) -> None:
    """Its own words, for each column."""
    assert "values must be greater than or equal to" in page
    assert "Unexpected Value" in page


def test_a_distribution_is_a_table(page: str) -> None:
    """The library draws it with a script from elsewhere."""
    assert ">fraction<" in re.sub(r"\s", "", page)


def test_no_path_of_the_machine_and_no_traceback(page: str) -> None:
    """An error is told by its message."""
    assert "no column &#39;dest&#39;" in page
    assert "Traceback" not in page and str(Path.cwd()) not in page and "site-packages" not in page


def test_values_of_people_are_hidden(page: str) -> None:
    """What was unexpected is shown masked; what the suite names stands in the suite."""
    unexpected = page.rpartition("unexpected values found")[2]

    assert "a••@•••••••.•••" in page
    assert "ann@example.org" not in unexpected.split("Kullback")[0]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (("orders", "2024-01", "run-1"), "gate_orders_2024-01_run-1.html"),
        (("orders", "", "run-1"), "gate_orders_run-1.html"),
        (("../späte Züge: a/b", "x=ü"), "gate_..-späte-Züge-a-b_x=ü.html"),
    ],
)
def test_a_page_is_named_after_what_it_is_of(told: tuple[str, ...], name: str) -> None:
    """What no file can be called is left out: the page stays in its folder."""
    assert page_name(*told) == name


def test_a_gate_that_could_not_run_has_a_page_too(tmp_path: Path) -> None:
    """The verdict stands alone."""
    checks = [{**verdict_of(tmp_path, item("column_to_exist", column="price")).checks[0]}]

    written = write_docs(TableVerdict("orders", checks), tmp_path / "gate", "Orders")

    assert written == tmp_path / "gate" / "index.html"
    assert write_docs(TableVerdict("orders", checks), tmp_path, "Orders", "a.html").is_file()
    assert "Great Expectations" not in written.read_text()


BAD = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "wanted",
    [
        item("column_values_to_be_in_set", column=BAD, value_set=["x"]),
        item("column_values_to_be_in_set", column="a", value_set=[BAD + "2"]),
        item("column_distinct_values_to_be_in_set", column="a", value_set=["x"]),
        item("column_most_common_value_to_be_in_set", column="a", value_set=["x"]),
        item("column_pair_values_to_be_equal", column_A="a", column_B="b"),
        item("compound_columns_to_be_unique", column_list=["a", "b"]),
        item("column_values_to_match_regex", column="a", regex=f"^{BAD}("),
        item("column_values_to_be_between", column="a", min_value=3),
        item("column_values_to_not_be_null", column=f"{BAD}3"),
        item("table_columns_to_match_set", column_set=[BAD + "4"]),
        {**item("column_to_exist", column="a"), "meta": {"note": BAD}, "notes": BAD},
    ],
    ids=lambda item: item["type"].removeprefix("expect_"),
)
def test_what_the_data_say_is_no_markup(tmp_path: Path, wanted: dict) -> None:
    """Neither a value nor a name, of a column or of a suite, can add markup to the page."""
    frame = pl.DataFrame({"a": [BAD, BAD], "b": ["1", "1"], BAD: [BAD, "x"]})
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"name": "<b>s</b>", "expectations": [wanted]}))

    page = docs_page(check_table(frame, path), "<i>title</i>")

    assert "<img" not in page and "<i>title" not in page and "<b>s</b>" not in page
    assert "onerror" not in re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", page)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT src=//x></SCRIPT>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://x.org">x</a>',
        "<div onclick=alert(1)>x</div>",
        '<span style="background:url(//x)">x</span>',
        "<svg/onload=alert(1)>",
        "<textarea><img src=x onerror=alert(1)></textarea>",
        "<title><img src=x onerror=alert(1)></title>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<img src=x onerror=alert(1) ",
        "<iframe src=//x>",
        "<style>@import '//x'</style>",
    ],
)
def test_what_could_act_is_text(html: str) -> None:
    """Whatever comes in, only known tags without addresses and handlers come out."""
    found = _harmless(f"<td>{html}</td>")

    tags = re.findall(r"<[^>]*>", found)
    assert {re.match(r"</?(\w+)", tag).group(1) for tag in tags} <= set(TAGS)
    assert not [tag for tag in tags if re.search(r"on\w+=|style|//|javascript", tag)]


def test_the_same_library_draws_charts_afterwards(page: str) -> None:
    """Who uses the library beside the factory finds it as it was."""
    from great_expectations.expectations.core import (
        expect_column_kl_divergence_to_be_less_than as drawing,
    )

    assert drawing.alt.Chart.__module__.startswith("altair")


def test_a_link_is_relative_to_the_notebook() -> None:
    """A run's folder can be moved as a whole."""
    link = Link("Data Docs", Path("/r/run/2024-01/gate/index.html"), Path("/r/run/2024-01"))

    assert link._repr_html_() == '<a href="gate/index.html">Data Docs</a>'
    assert repr(link) == "Data Docs: gate/index.html"
