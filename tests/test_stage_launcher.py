"""A form for one stage in a notebook."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import ParameterError
from aifactory_nb.settings import load_settings
from aifactory_nb.stage_launcher import StageLauncher, last_run_of


@pytest.fixture
def launcher(line: Path) -> Iterator[StageLauncher]:
    """The form of the stage make."""
    made = StageLauncher("make", settings=load_settings(line))
    yield made
    if made.run and made.look.at_work:
        made.cancel()
        made.wait(30)
    made.close()


def test_the_command_follows_what_is_typed(launcher: StageLauncher) -> None:
    """Only what differs from the pipeline is set."""
    assert launcher.command == "aifactory run shop --only make"
    launcher.fields["size"].input.value = "3"
    launcher.controls.window.value = "2024-03"
    launcher.controls.fresh.value = True

    assert (
        launcher.command
        == "aifactory run shop --window 2024-03 --only make --set make.size=3 --fresh"
    )
    assert launcher.command in launcher.controls.command.value


def test_what_is_wrong_is_told_and_nothing_starts(launcher: StageLauncher) -> None:
    """Beside its input, or below all of them."""
    launcher.fields["size"].input.value = "many"
    launcher.controls.window.value = "2024-13"

    assert not launcher.start() and not launcher.launch
    assert "must be int, found" in launcher.fields["size"].wrong.value
    assert "window" in launcher.controls.wrong.value


def test_a_stage_is_started_and_shown_to_its_end(launcher: StageLauncher) -> None:
    """In a process of its own, with links to what it has made; its values can be taken for another run."""
    launcher.fields["size"].input.value = "3"
    assert launcher.start() and launcher.controls.start.disabled
    launcher.wait(120)
    told = launcher.controls.told.value

    assert "✓ succeeded" in told and "executed notebook" in told
    assert not launcher.controls.start.disabled and launcher.controls.cancel.disabled
    saved = launcher.as_html()
    assert "✓ succeeded" in saved and "make.size=3" in saved and "succeeded" in repr(launcher)
    launcher.fields["size"].input.value = "5"
    launcher.take_last()
    assert launcher.fields["size"].value == 3
    assert last_run_of(launcher.bench, "shop", "make") == (launcher.run, {"size": 3})


def test_without_a_run_there_are_no_values_to_take(launcher: StageLauncher) -> None:
    """That is told."""
    launcher.take_last()

    assert "has not run yet" in launcher.controls.wrong.value
    assert last_run_of(launcher.bench, "shop", "make") is None


def test_a_failure_is_told_with_its_message(launcher: StageLauncher, line: Path) -> None:
    """And with the notebook that shows it."""
    cells = stage_cells("make", "raise ValueError('no <wood> left')")
    write_notebook(line, "make", cells, "size: int = 1  # how many", writes=["rows"])
    launcher.start()
    launcher.wait(120)
    told = launcher.controls.told.value

    assert "✗ failed" in told and "no &lt;wood&gt; left" in told and "executed notebook" in told


def test_what_is_at_work_can_be_cancelled(launcher: StageLauncher, line: Path) -> None:
    """As soon as its run is known; a second one does not start meanwhile."""
    cells = stage_cells("make", "import time\nfor _ in range(600): time.sleep(0.1)")
    write_notebook(line, "make", cells, "size: int = 1  # how many", writes=["rows"])
    can_cancel = Event()
    launcher.controls.cancel.observe(
        lambda change: can_cancel.set() if not change["new"] else None, "disabled"
    )
    launcher.start()
    assert can_cancel.wait(60)
    other = StageLauncher("make", settings=launcher.settings)
    assert not other.start() and "is at work" in other.controls.wrong.value
    other.close()
    launcher.controls.cancel.click()
    launcher.wait(60)

    assert "‖ interrupted" in launcher.controls.told.value, launcher.controls.wrong.value


def test_a_stage_that_there_is_not_is_an_error(line: Path) -> None:
    """With a proposal."""
    with pytest.raises(ParameterError, match="Did you mean 'make'"):
        StageLauncher("mak", settings=load_settings(line))


def test_many_fields_are_folded_until_one_of_them_is_changed(line: Path) -> None:
    """The first ones are shown at once."""
    many = "".join(f"p{number}: int = {number}\n" for number in range(12))
    write_notebook(line, "make", stage_cells("make"), many, writes=["rows"])
    made = StageLauncher("make", settings=load_settings(line))
    *shown, more, rest = made.widget.children[1:9]

    assert len(shown) == 6 and "6 more" in more.description and len(rest.children) == 6
    assert rest.layout.display == "none"
    made.fields["p11"].input.value = "7"
    assert rest.layout.display is None
    made.close()


def test_the_widget_has_every_field(launcher: StageLauncher) -> None:
    """And the title tells what the stage is."""
    (title, first, *_) = launcher.widget.children

    assert "shop: make" in title.value
    assert (
        first is launcher.fields["size"].box and first.children[0].children[0].description == "size"
    )
