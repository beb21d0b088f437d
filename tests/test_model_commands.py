"""The audit trail, told by the command line."""

from pathlib import Path

from conftest import aifactory

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings


def test_audit_verify_passes_and_detects_a_change(line: Path, settings: Settings) -> None:
    """The chain verifies after a run; a changed event is found, with exit code 8."""
    import sqlite3

    aifactory("run", "shop", folder=line)
    good = aifactory("audit", "verify", folder=line)
    connection = sqlite3.connect(line / "store" / "ledger.db")
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")
    connection.execute("update audit set subject = 'changed' where event = 1")
    connection.commit()
    bad = aifactory("audit", "verify", folder=line)

    assert good.returncode == 0
    assert "audit events verify" in good.stdout
    assert bad.returncode == 8
    assert Ledger(settings.ledger_url).verify_audit().ok is False


def test_a_changed_result_of_a_stage_does_not_verify(line: Path) -> None:
    """What a stage is said to have found cannot be changed behind the ledger's back."""
    import sqlite3

    aifactory("run", "shop", folder=line)
    connection = sqlite3.connect(line / "store" / "ledger.db")
    connection.execute("update stage_runs set result = replace(result, 'total', 'other')")
    connection.commit()
    connection.close()
    done = aifactory("audit", "verify", folder=line)

    assert done.returncode == 8
    assert "the outcome of stage" in done.stderr
