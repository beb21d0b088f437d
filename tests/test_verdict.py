"""What the verdict of a gate means."""

import pytest

from aifactory_nb.verdict import check_text, gate_verdict, is_caution


def gate(name: str, passed: bool = False, severity: str = "warning") -> dict[str, object]:
    """A verdict with one check."""
    check = {"expectation": "holds", "column": "hour", "limit": "0.9", "found": "Odd."}
    details = [{**check, "passed": passed, "severity": severity}]
    return {"name": name, "passed": passed, "details": details}


def test_a_gate_that_only_warns_is_a_caution() -> None:
    """Not passed, and nothing critical in it; a limit that was missed is something else."""
    assert is_caution(gate("split"))
    assert not is_caution(gate("limits", severity="critical"))
    assert not is_caution(gate("split", passed=True))


def test_a_caution_does_not_stop_a_window() -> None:
    """A data gate that only warns is a warning in the table of windows."""
    assert gate_verdict([gate("leakage")]) == "warned"
    assert gate_verdict([gate("leakage"), gate("suite", severity="critical")]) == "stopped"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("A whole sentence.", "A whole sentence."),
        ("Is it known then?", "Is it known then?"),
        ("0.97", "hour holds: expected 0.9, found 0.97"),
    ],
)
def test_a_check_tells_its_own_sentence(found: str, expected: str) -> None:
    """A sentence is taken as it is; a bare value gets column and limit."""
    check = {"expectation": "expect_holds", "column": "hour", "limit": "0.9", "found": found}

    assert check_text(check) == expected
