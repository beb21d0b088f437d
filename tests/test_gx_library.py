"""The library of gates, imported lightly and silently."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings

import pytest

from aifactory_nb.gx_polars.library import load_great_expectations, quiet


def run(program: str, **environment: str) -> str:
    """What a fresh Python prints, on both channels."""
    inherited = {key: value for key, value in os.environ.items() if key != "GX_ANALYTICS_ENABLED"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.long
def test_what_few_expectations_need_comes_late() -> None:
    """Modules of charts and statistics are imported by what uses them, and are the real ones then."""
    printed = run(
        "import sys\n"
        "from aifactory_nb.gx_polars.library import load_great_expectations\n"
        "assert 'great_expectations' not in sys.modules or load_great_expectations()\n"
        "load_great_expectations()\n"
        "assert not {'altair', 'scipy.stats', 'rfc3987_syntax'} & set(sys.modules)\n"
        "import great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than as late\n"
        "assert round(late.stats.entropy([0.5, 0.5]), 3) == 0.693\n"
        "import scipy.stats, altair\n"
        "assert scipy.stats.__file__ and altair.__file__\n"
    )

    assert printed == ""


def test_all_of_the_engine_is_imported_without_charts() -> None:
    """Neither the data source nor its metrics need them."""
    printed = run(
        "import sys\n"
        "import aifactory_nb.gx_polars\n"
        "assert not {'altair', 'scipy.stats'} & set(sys.modules)\n"
    )

    assert printed == ""


@pytest.mark.long
def test_who_has_imported_the_library_keeps_it() -> None:
    """Nothing that is loaded is taken away."""
    run(
        "import sys, scipy.stats\n"
        "import great_expectations\n"
        "from aifactory_nb.gx_polars.library import load_great_expectations\n"
        "assert load_great_expectations() is great_expectations\n"
        "assert sys.modules['scipy.stats'] is scipy.stats\n"
    )


@pytest.mark.parametrize(("given", "found"), [(None, "false"), ("true", "true")])
def test_telemetry_is_off_unless_it_was_turned_on(given: str | None, found: str) -> None:
    """By the variable of the library."""
    chosen = {} if given is None else {"GX_ANALYTICS_ENABLED": given}
    printed = run(
        "import os\n"
        "from aifactory_nb.gx_polars.library import load_great_expectations\n"
        "load_great_expectations()\n"
        "print(os.environ['GX_ANALYTICS_ENABLED'])\n",
        **chosen,
    )

    assert printed.split() == [found]


def test_the_library_is_loaded_once() -> None:
    """It is the same module each time."""
    assert load_great_expectations() is load_great_expectations()
    assert load_great_expectations() is sys.modules["great_expectations"]


def test_silence_ends() -> None:
    """Also when the work within fails."""
    before = logging.root.manager.disable

    with pytest.raises(ZeroDivisionError):
        _fail_in_silence()

    assert logging.root.manager.disable == before
    with pytest.warns(UserWarning, match="^heard"):
        warnings.warn("heard", stacklevel=1)


def _fail_in_silence() -> None:
    with quiet():
        assert not logging.getLogger("any").isEnabledFor(logging.ERROR)
        warnings.warn("not to be heard", stacklevel=1)
        raise ZeroDivisionError
