"""Outputs of cells: what is left of the messages of a kernel."""

from typing import Any

from aifactory_nb.outputs import CUT_OFF, MOST_OUTPUT, WIDGETS, Outputs


def say(outputs: Outputs, kind: str, cell: int = 0, **content: Any) -> set[int]:
    """A message of a cell."""
    return outputs.take(cell, kind, content, content.pop("buffers", []))


def display(outputs: Outputs, text: str, kind: str = "display_data", **about: Any) -> set[int]:
    """Something displayed, with a display id where one is given."""
    transient = {"display_id": about.pop("id")} if "id" in about else {}
    data = {"text/plain": text}
    return say(outputs, kind, data=data, metadata={}, transient=transient, **about)


def shown(outputs: Outputs, cell: int = 0) -> list[str]:
    """The texts of a cell's outputs."""
    found = outputs.cells[cell].shown()
    return [output.get("text") or output["data"]["text/plain"] for output in found]


def test_text_of_one_stream_is_one_output() -> None:
    """As long as nothing else comes in between."""
    outputs = Outputs(1)
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        say(outputs, "stream", name=name, text=text)

    assert shown(outputs) == ["ab", "c", "d"]


def test_a_result_keeps_its_number() -> None:
    """What a cell evaluates to is told with its execution count, and without what is for the moment."""
    outputs = Outputs(1)
    display(outputs, "3", kind="execute_result", execution_count=7)

    assert outputs.cells[0].shown() == [
        {
            "output_type": "execute_result",
            "data": {"text/plain": "3"},
            "metadata": {},
            "execution_count": 7,
        }
    ]


def test_what_was_displayed_can_be_replaced_by_a_later_cell() -> None:
    """Wherever it was displayed; an update without a display shows nothing."""
    outputs = Outputs(2)
    display(outputs, "0 %", id="bar")
    display(outputs, "again", id="bar", cell=1)
    display(outputs, "nothing", kind="update_display_data", id="unknown")
    changed = display(outputs, "100 %", kind="update_display_data", id="bar", cell=1)

    assert (shown(outputs, 0), shown(outputs, 1)) == (["100 %"], ["100 %"])
    assert changed == {0, 1}


def test_what_was_cleared_is_not_replaced_any_more() -> None:
    """An update after clear_output finds nothing."""
    outputs = Outputs(1)
    display(outputs, "0 %", id="bar")
    say(outputs, "clear_output", wait=False)
    display(outputs, "100 %", kind="update_display_data", id="bar")

    assert shown(outputs) == []


def test_clearing_can_wait_for_something_new() -> None:
    """Until then the old outputs stay."""
    outputs = Outputs(1)
    display(outputs, "old")
    say(outputs, "clear_output", wait=True)
    before = shown(outputs)
    say(outputs, "stream", name="stdout", text="new")

    assert (before, shown(outputs)) == (["old"], ["new"])


def test_a_cell_shows_no_more_than_a_notebook_can_hold() -> None:
    """It is cut off once, where there is no more room; clearing makes room again."""
    outputs = Outputs(1)
    for _ in range(3):
        say(outputs, "stream", name="stdout", text="x" * (MOST_OUTPUT - 10))
    (text,) = shown(outputs)
    display(outputs, "late")
    say(outputs, "clear_output", wait=False)
    say(outputs, "stream", name="stdout", text="new")

    assert text == "x" * MOST_OUTPUT + f"\n{CUT_OFF}\n"
    assert shown(outputs) == ["new"]


def test_a_display_that_does_not_fit_is_told_of() -> None:
    """A plot is not shown in part; an update that is too large neither."""
    outputs = Outputs(1)
    display(outputs, "small", id="plot")
    display(outputs, "x" * (MOST_OUTPUT + 1), kind="update_display_data", id="plot")
    display(outputs, "x" * MOST_OUTPUT)

    assert shown(outputs) == [CUT_OFF, f"\n{CUT_OFF}\n"]


def test_an_error_is_always_shown() -> None:
    """Also behind more output than there is room for."""
    outputs = Outputs(1)
    say(outputs, "stream", name="stdout", text="x" * (MOST_OUTPUT + 1))
    say(outputs, "error", ename="KeyError", evalue="'price'", traceback=["line 1", "line 2"])

    assert outputs.cells[0].shown()[-1]["traceback"] == [CUT_OFF]
    assert outputs.cells[0].shown()[-1]["ename"] == "KeyError"


def test_the_state_of_widgets_is_kept() -> None:
    """With their buffers; what is no widget, and what only passes by, is not."""
    outputs = Outputs(1)
    state = {"_model_name": "Figure", "_model_module": "m", "_model_module_version": "1", "w": 1}
    say(outputs, "comm_open", comm_id="a", target_name="jupyter.widget", data={"state": state})
    data = {"state": {"w": 2}, "buffer_paths": [["pixels"]]}
    say(outputs, "comm_msg", comm_id="a", data=data, buffers=["YWJj"])
    say(outputs, "comm_msg", comm_id="a", data={"method": "custom"})
    say(outputs, "comm_open", comm_id="b", target_name="other", data={"state": {"x": 1}})
    say(outputs, "comm_close", comm_id="b", data={})

    assert outputs.widgets.metadata()[WIDGETS]["state"] == {
        "a": {
            "model_name": "Figure",
            "model_module": "m",
            "model_module_version": "1",
            "state": {**state, "w": 2},
            "buffers": [{"data": "YWJj", "encoding": "base64", "path": ["pixels"]}],
        }
    }
