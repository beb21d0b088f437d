"""schemathesis asks a running service what its OpenAPI document allows, and what it does not; `python tests/fuzzing.py` tells how it went."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from conftest import write_shop
from served_process import Server, rows_body

from aifactory_nb.settings import load_settings

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",  # only statuses that the document names
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",  # what the document does not allow is refused
    "ignored_auth",
    "missing_required_header",
    "unsupported_method",
]  # not positive_data_acceptance: no schema can say that the lengths of two tensors are equal
SEED = 6


@dataclass(frozen=True)
class Fuzzed:
    """What came of it."""

    code: int
    said: str
    operations: dict[str, Counter[int]]  # statuses of the answers
    modes: Counter[str]  # requests that the document allows, and those that it does not

    @property
    def statuses(self) -> Counter[int]:
        """Of all answers."""
        return sum(self.operations.values(), Counter())

    def text(self) -> str:
        """A table for people."""
        told = {name: statuses.items() for name, statuses in sorted(self.operations.items())}
        shown = {
            name: ", ".join(f"{status}: {number}" for status, number in sorted(items))
            for name, items in told.items()
        }
        lines = [
            f"{name:32} {self.operations[name].total():>6}   {text}" for name, text in shown.items()
        ]
        total = self.statuses.total()
        first = f"{total} requests to {len(lines)} operations, {self.modes['negative']} of them malformed"
        return "\n".join([first, *lines])


def fuzz(server: Server, folder: Path, examples: int) -> Fuzzed:
    """Ask with up to so many made-up requests for each operation, beside those that cover the document."""
    report = folder / "fuzzed.ndjson"
    command = [Path(sys.executable).parent / "schemathesis", "run"]
    command += [f"http://127.0.0.1:{server.port}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {server.token}", "--checks", ",".join(CHECKS)]
    command += ["--phases", "coverage,fuzzing", "--max-examples", examples, "--seed", SEED]
    command += ["--request-timeout", 20, "--continue-on-failure", "--no-shrink", "--no-color"]
    command += ["--generation-database", "none", "--suppress-health-check", "all"]
    command += ["--report", "ndjson", "--report-ndjson-path", report]
    done = subprocess.run(
        list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False
    )
    operations: dict[str, Counter[int]] = {}
    modes: Counter[str] = Counter()
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder")
        for name, asked in recorder["interactions"].items() if recorder else ():
            answer = asked.get("response")
            status = answer["status_code"] if answer else 0  # 0: there was no answer
            operations.setdefault(recorder["label"], Counter())[status] += 1
            case = recorder["cases"].get(name, {}).get("value", {})
            modes[((case.get("meta") or {}).get("generation") or {}).get("mode", "negative")] += 1
    return Fuzzed(done.returncode, done.stdout + done.stderr, operations, modes)


def main() -> None:
    """Fuzz a service and print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        settings = load_settings(write_shop(Path(temporary) / "factory"))
        rows_body(settings)
        server = Server(settings)
        fuzzed = fuzz(server, settings.workspace, int(sys.argv[1]) if sys.argv[1:] else 100)
        server.end()
    print(fuzzed.text(), fuzzed.said if fuzzed.code else "", *server.log[1:], sep="\n")


if __name__ == "__main__":
    main()
