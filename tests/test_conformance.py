"""tools/conformance.py: which failing cases are explained, and the page that says so."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def tool():
    """The tool as a module."""
    spec = importlib.util.spec_from_file_location("conformance", ROOT / "tools" / "conformance.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def failed(tool):
    """Makes a failing case."""

    def make(name="test_quantiles[batch-nulls]", source="polars-frame", tag="multi", text="E boom"):
        return tool.Case("column_min", name, source, tag, "failed", text)

    return make


def explanation(tool, cases, **options):
    """An explanation of the cases that match a pattern."""
    return tool.Explanation(reason="Asserts pandas.", cases=[cases], kind="pandas", **options)


def test_a_case_has_one_name_on_all_sources(tool):
    """What a case is called does not tell on which data source it ran."""
    path = "tests/integration/x/expectations/test_expect_column_min.py"
    found = {"tag": "multi", "outcome": "passed", "text": ""}

    frame, file = (
        tool.as_case(f"{path}::test_it[nulls-{source}]", {**found, "source": source})
        for source in ("polars-frame", "polars-parquet")
    )

    assert frame.key == file.key == ("column_min", "test_it[nulls-batch]")


def test_a_case_of_two_tables_has_one_name_too(tool):
    """The pair of sources counts as one."""
    found = {"tag": "sql", "outcome": "passed", "text": "", "source": "sqlite->sqlite"}

    case = tool.as_case("tests/test_it.py::test_it[sqlite->sqlite]", found)

    assert case.name == "test_it[batch]"


def test_brackets_in_a_pattern_are_meant(tool, failed):
    """The parameters of a case are named as they stand."""
    one = explanation(tool, "column_min::test_quantiles[batch-nulls]")

    assert one.fits(failed())
    assert not one.fits(failed("test_quantiles[batch-zeros]"))


def test_an_explanation_can_ask_for_what_the_case_says(tool, failed):
    """A case that fails for another reason than the one explained is not explained."""
    one = explanation(tool, "column_min::*", says="^E boom")

    assert one.fits(failed(text="E boom"))
    assert not one.fits(failed(text="E crash"))


def test_an_explanation_can_be_of_one_source(tool, failed):
    """What frames cannot do, files have to."""
    one = explanation(tool, "column_min::*", sources=["polars-frame"])

    assert one.fits(failed(source="polars-frame"))
    assert not one.fits(failed(source="polars-parquet"))


def test_what_is_not_explained_is_left(tool, failed):
    """The first explanation that fits takes a case."""
    first, second = explanation(tool, "column_min::*nulls*"), explanation(tool, "column_min::*")
    cases = [failed(), failed("test_zeros[batch]", tag="sql"), failed("test_other")]
    second.tags = ["sql"]

    left = tool.explain(cases, [first, second])

    assert left == cases[2:]
    assert (first.found, second.found) == (cases[:1], cases[1:2])


def test_the_page_names_what_is_unexplained_before_what_is(tool, failed):
    """Totals, then the unexplained, then the reasons."""
    known = explanation(tool, "column_min::*nulls*")
    cases = [failed(), failed("test_zeros[batch]")]

    text = tool.page(cases, [known], tool.explain(cases, [known]))

    assert "| several engines | 0/2 | - | - |" in text
    assert text.index("## Totals") < text.index("## UNEXPLAINED (1)") < text.index("### Pandas (1)")
    assert "- Asserts pandas.\n  - column_min `test_quantiles` (several engines" in text


def test_the_share_leaves_out_what_skipped_itself(tool, failed):
    """A case that a test skips is neither passed nor failed."""
    passed = tool.Case("column_min", "test_it", "polars-frame", "multi", "passed", "")
    skipped = tool.Case("column_min", "test_that", "polars-frame", "multi", "skipped", "")

    assert tool.share([passed, skipped, failed()]) == "1/2"


def test_what_a_case_says_is_told_in_a_line(tool):
    """GX's exception tells more than the assertion that met it."""
    text = "E   assert False\nE     'exception_message': 'No column a', 'raised_exception': True"

    assert tool.gist(text).startswith("No column a")
    assert tool.gist("E   assert 1 == 2\n") == "assert 1 == 2"


def test_the_explanations_can_be_read(tool):
    """Each says why, of which cases, and is of a kind."""
    found = tool.read_explanations(tool.EXPLANATIONS.read_text("utf-8"))

    assert all(entry.reason and entry.cases and entry.kind for entry in found)
