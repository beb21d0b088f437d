"""Whether a replay through the service is that of the batch: python -m benchmarks.live_replay WORKSPACE BATCH LIVE

The names are those of the two copies, such as flight_delay@replay and flight_delay@live. Compared are tables, gates, promotions and
decisions in full, and each single prediction.
"""

import sys
from pathlib import Path
from typing import Any

import polars as pl

from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store

ARGUMENTS = 4


def decided(ledger: Ledger, name: str) -> dict[str, list[Any]]:
    """Gates with all their checks, changes of aliases, and decisions with their reasons."""
    run = ledger.runs(name)[0]["run_id"]
    gates = [
        (g["window"], g["stage"], g["name"], g["passed"], str(g["details"]))
        for g in ledger.gates(run)
    ]
    events = ledger.alias_events(name)
    return {
        "gates": sorted(gates),
        "changes of aliases": [
            (e["alias"], e["from_version"], e["to_version"], e["reason"]) for e in events
        ],
        "decisions": [
            (d["window"], d["retrain"], d["score"], d["reasons"]) for d in ledger.decisions(name)
        ],
    }


def predicted(store: Store, key: list[str]) -> pl.DataFrame:
    """Each prediction with key, alias and version, by the stage or by the service."""
    columns = [*key, "alias", "version", "prediction"]
    if store.table_exists("predictions"):
        return store.scan("predictions").select(columns).sort(columns).collect()
    row = [pl.col("row").struct.field(name) for name in key]
    served = store.scan("served").select(*row, "alias", "version", "prediction")
    return served.sort(columns).collect()


def main() -> int:
    """Compare two copies."""
    if len(sys.argv) != ARGUMENTS:
        print(__doc__)
        return 2
    settings = load_settings(Path(sys.argv[1]))
    names = sys.argv[2:]
    ledger = Ledger(settings.ledger_url)
    stores = [Store(settings.store_folder, name) for name in names]
    equal: dict[str, tuple[int, bool]] = {}
    for table in ("quality", "drift"):
        one, other = (store.scan(table).collect() for store in stores)
        equal[table] = one.height, one.sort(one.columns).equals(other.sort(one.columns))
    one, other = (decided(ledger, name) for name in names)
    equal |= {what: (len(one[what]), one[what] == other[what]) for what in one}
    key = list(load_pipeline(settings.workspace, names[0]).data.key)
    first, second = (predicted(store, key) for store in stores)
    equal["predictions"] = first.height, first.equals(second)
    for what, (rows, same) in equal.items():
        print(f"{what:20} {rows:9,} rows  {'equal' if same else 'DIFFERENT'}")
    return 0 if all(same for _, same in equal.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
