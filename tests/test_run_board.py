"""The runs of a workspace in a notebook."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from conftest import aifactory, stage_cells, write_notebook

from aifactory_nb.errors import BusyError, ParameterError
from aifactory_nb.run_board import BUSY_SECONDS, IDLE_SECONDS, RunBoard
from aifactory_nb.settings import Settings, load_settings


@pytest.fixture
def board(settings: Settings) -> Iterator[RunBoard]:
    """The board of the shop."""
    made = RunBoard(settings=settings)
    yield made
    made.close()


def run(board: RunBoard, name: str, status: str = "", pipeline: str = "shop") -> None:
    """A run with a stage at work, or one that has ended."""
    board.ledger.start_run(name, pipeline, "run", {"requests": []}, 2)
    board.ledger.plan_stage(name, 0, "train", "2024-03")
    board.ledger.start_stage(name, 0, "", 1, "")
    if status:
        board.ledger.end_stage(name, 0, status, None)
        board.ledger.end_run(name, status, "It broke <here>.")


def until_shown(board: RunBoard, name: str) -> list[Any]:
    """Wait until the page has been told of a run."""
    shown, cards = Event(), []

    def look(change: dict[str, Any]) -> None:
        cards.append(change["new"])
        if any(row["run"] == name for row in change["new"]["runs"]):
            shown.set()

    board.widget.observe(look, "board")
    board._hear({"kind": "look"})
    assert shown.wait(30)
    return cards


def test_a_table_tells_each_run_with_a_word(board: RunBoard) -> None:
    """What is at work, and why another has failed, as text."""
    run(board, "r1", "failed")
    run(board, "r2")
    told = board.as_html()

    assert "✗ failed" in told and "It broke &lt;here&gt;." in told
    assert "▶ running" in told and "2024-03 train" in told
    assert "1 at work, the newest 2" in repr(board)


def test_an_empty_board_says_how_to_begin(board: RunBoard) -> None:
    """Instead of an empty table alone."""
    assert "No runs yet" in repr(board) and "aifactory run" in board.as_html()


def test_a_board_of_one_pipeline_has_its_runs(board: RunBoard, settings: Settings) -> None:
    """And as many as were asked for."""
    for number in range(3):
        run(board, f"r{number}", "succeeded")
    run(board, "m1", pipeline="mill")
    shop = RunBoard("shop", limit=2, settings=settings)

    assert [row["run"] for row in shop.board["runs"]] == ["r2", "r1"]
    shop.close()


def test_a_board_that_is_looked_at_follows_the_ledger(board: RunBoard) -> None:
    """Until its page is gone."""
    board.widget  # noqa: B018
    run(board, "r1")
    until_shown(board, "r1")

    assert board.look.at_work
    board._hear({"kind": "gone"})
    board.look.wait(30)
    assert not board.look.at_work


def test_a_board_asks_more_often_while_something_is_at_work(board: RunBoard) -> None:
    """And not at all when nobody has looked for a long time."""
    assert board._step() is None
    board._until = float("inf")
    assert board._step() == IDLE_SECONDS
    run(board, "r1")
    assert board._step() == BUSY_SECONDS


def test_a_run_is_resumed_from_the_board(line: Path) -> None:
    """In a process of its own; the order is told until the run has begun, and the board looks often meanwhile."""
    write_notebook(line, "make", stage_cells("make", "raise ValueError"), writes=["rows"])
    assert aifactory("run", "shop", "--only", "make", folder=line).returncode
    write_notebook(line, "make", stage_cells("make", "stage.output('rows', 1)"), writes=["rows"])
    board = RunBoard(settings=load_settings(line))
    (failed,) = board.board["runs"]
    board.resume(failed["run"])

    assert board.board["runs"][0]["order"] in ("is being resumed", "")
    board._until = float("inf")
    while board._step() == BUSY_SECONDS:
        pass
    (row,) = board.board["runs"]
    assert (row["status"], row["order"], row["problem"]) == ("succeeded", "", "")
    board.close()


@pytest.mark.parametrize("order", ["cancel", "resume"])
def test_what_cannot_be_done_to_a_run_is_told_in_its_row(board: RunBoard, order: str) -> None:
    """To the page as text, to a caller as an error."""
    run(board, "r1", "succeeded")
    (board.settings.workspace / "settings.ini").touch()
    board._hear({"kind": order, "run": "r1"})

    assert "there is nothing to" in board.board["runs"][0]["problem"]
    with pytest.raises((ParameterError, BusyError)):
        getattr(board, order)("r1")


def test_a_ledger_that_cannot_be_read_is_told(board: RunBoard) -> None:
    """The board stays, with the reason."""
    board.ledger.close()
    for file in board.settings.store_folder.glob("ledger.db*"):
        file.write_text("no database, but long enough to be none " * 40)
    board.refresh()

    assert "not a database" in board.as_html() and board.board["runs"] == []
