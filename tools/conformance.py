"""Run Great Expectations' own integration tests against the polars engine, and write what they say.

    python tools/conformance.py                # all, and docs/gx_conformance.md
    python tools/conformance.py -k quantile    # some, with pytest's own options; writes no page

GX's tests come with its source distribution: that of the installed version is fetched into .conformance/, with an environment
of its own beside it, and nothing of it is changed. A case that fails must be explained in tools/conformance.toml: if one
is not, the page names it first and the command fails.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".conformance"
PYTHON = CACHE / "env" / "bin" / "python"
EXPLANATIONS = ROOT / "tools" / "conformance.toml"
PAGE = ROOT / "docs" / "gx_conformance.md"

DISTRIBUTION = "great-expectations"
TESTS = ("tests/integration/data_sources_and_expectations", "tests/integration/metrics")
TESTS_OF_TESTS = "tests/integration/data_sources_and_expectations/test_test_performance.py"
TOLD = 30
OURS = {"polars-frame": "polars frame", "polars-parquet": "Parquet file"}
TAGS = {
    "gallery": "gallery",
    "multi": "several engines",
    "pandas": "pandas",
    "spark": "Spark",
    "sql": "SQL",
}


@dataclass(frozen=True)
class Case:
    """What became of one case of GX's tests on one data source."""

    module: str
    name: str
    source: str
    tag: str
    outcome: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """The case without its data source."""
        return self.module, self.name


@dataclass
class Explanation:
    """Why some cases do not pass: patterns of their names, and of what they say if that has to hold too."""

    reason: str
    cases: list[str]
    kind: str
    says: str = ""
    tags: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    found: list[Case] = field(default_factory=list)

    def fits(self, case: Case) -> bool:
        """Whether this explains the failure of a case."""
        return (
            any(fnmatch.fnmatchcase(f"{case.module}::{case.name}", _escaped(p)) for p in self.cases)
            and (not self.tags or case.tag in self.tags)
            and (not self.sources or case.source in self.sources)
            and re.search(self.says, case.text) is not None
        )


def _escaped(pattern: str) -> str:
    """Brackets hold the parameters of a case and are meant."""
    return pattern.replace("[", "[[]")


def run(*command: object, environment: Mapping[str, str] | None = None, **options: object) -> int:
    """Run a command in an environment that knows nothing of this Python's."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if key not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    }
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        env={**inherited, **(environment or {})},
        **options,
    )
    return done.returncode


def checked(*command: object, **options: object) -> None:
    """Run a command that has to succeed."""
    if code := run(*command, **options):
        sys.exit(f"'{' '.join(map(str, command))}' ended with exit code {code}.")


def locked_digest(wanted: str) -> str | None:
    """The SHA-256 of the source distribution that uv.lock names, if it is of this version."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    for package in packages:
        if (package["name"], package.get("version")) == (DISTRIBUTION, wanted):
            return package["sdist"]["hash"]
    return None


def install(wanted: str) -> None:
    """Our package at the locked versions, pip, and what GX's tests need, in .conformance/env."""
    local = ROOT / ".uv" / "bin" / "uv"
    uv = str(local) if local.is_file() else shutil.which("uv")
    if uv is None:
        sys.exit("No uv, neither in .uv nor on PATH. Run 'make test' once: it fetches uv.")
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")  # GX's files are not ours to commit
    environment = {"UV_PROJECT_ENVIRONMENT": str(CACHE / "env")}
    if index := os.environ.get("PIP_INDEX_URL"):
        environment["UV_DEFAULT_INDEX"] = index
    locked = ("--frozen", "--no-dev", "--inexact", "--compile-bytecode", "--quiet")
    checked(uv, "sync", *locked, "--python", sys.executable, cwd=ROOT, environment=environment)
    target = ("pip", "install", "--quiet", "--python", PYTHON)
    checked(uv, *target, "pip", environment=environment)
    tests = unpacked_tests(wanted)
    needed = tests / "reqs" / "requirements-dev-lite.txt"
    checked(uv, *target, "-r", needed, environment=environment)


def unpacked_tests(wanted: str) -> Path:
    """The folder of GX's tests, fetched when it is not there."""
    folder = CACHE / f"{DISTRIBUTION}-{wanted}"
    if folder.is_dir():
        return folder
    fetched = CACHE / "fetched"
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir(parents=True)
    # pip compares what it fetched with the digest that its index gives, and with this one.
    digest = locked_digest(wanted)
    requirement = fetched / "requirement.txt"
    requirement.write_text(
        f"{DISTRIBUTION}=={wanted}" + (f" --hash={digest}" if digest else ""), encoding="utf-8"
    )
    options = ("--quiet", "--no-deps", "--no-binary", DISTRIBUTION, "--dest", fetched)
    checked(PYTHON, "-m", "pip", "download", *options, "-r", requirement)
    [archive] = fetched.glob("*.tar.gz")
    with tarfile.open(archive) as content:
        # GX itself stays behind: what is tested is what is installed.
        members = [m for m in content if re.match(r"[^/]+/(tests|reqs)/|[^/]+/pyproject", m.name)]
        content.extractall(fetched, members=members, filter="data")
    [made] = [path for path in fetched.iterdir() if path.is_dir()]
    made.rename(folder)
    shutil.rmtree(fetched)
    return folder


def run_tests(tests: Path, options: Iterable[str]) -> list[Case]:
    """The outcome of each case."""
    outcomes = CACHE / "outcomes.json"
    outcomes.unlink(missing_ok=True)
    plugins = ("-p", "conformance_plugin", "-p", "no:cacheprovider", "-p", "no:icdiff")
    settings = ("-q", "-n", "2", "-o", "addopts=", "-W", "ignore", "--tb", "short", "-r", "N")
    run(
        *(PYTHON, "-m", "pytest", *plugins, *settings, "--timeout", "300"),
        *("--ignore", TESTS_OF_TESTS, f"--outcomes={outcomes}", *options, *TESTS),
        cwd=tests,
        environment={"PYTHONPATH": f"{ROOT / 'tools'}{os.pathsep}{tests}"},
        stdout=(CACHE / "pytest.txt").open("w"),
    )
    if not outcomes.is_file():
        sys.exit(f"The tests did not run to their end: see {CACHE / 'pytest.txt'}.")
    return [as_case(name, found) for name, found in json.loads(outcomes.read_text("utf-8")).items()]


def as_case(name: str, found: Mapping[str, str]) -> Case:
    """A case by the name that it has on any data source."""
    path, _, rest = name.partition("::")
    source = found["source"]
    plain = rest.replace(f"{source}->{source}", source).replace(source, "batch")
    module = Path(path).stem.removeprefix("test_").removeprefix("expect_")
    if "/metrics/" in path:
        module = f"metrics: {module}"
    return Case(module, plain, source, found["tag"], found["outcome"], found["text"])


def read_explanations(text: str) -> list[Explanation]:
    """The explanations of a TOML file."""
    return [Explanation(**entry) for entry in tomllib.loads(text).get("explanation", [])]


def explain(cases: Iterable[Case], explanations: list[Explanation]) -> list[Case]:
    """Give each failed case to the first explanation that fits; returns those that have none."""
    unexplained = []
    for case in cases:
        fitting = next((entry for entry in explanations if entry.fits(case)), None)
        (fitting.found if fitting else unexplained).append(case)
    return unexplained


def share(cases: Iterable[Case]) -> str:
    """`passed/total` of the cases that did not skip themselves."""
    counts = Counter(case.outcome for case in cases)
    total = counts["passed"] + counts["failed"]
    return f"{counts['passed']}/{total}" if total else "-"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a Markdown table."""
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def totals(cases: list[Case]) -> list[str]:
    """Cases passed by tag, for each source of ours and for GX's own engine."""

    def row(name: str, chosen: list[Case]) -> list[str]:
        ours = [share(case for case in chosen if case.source == source) for source in OURS]
        return [name, *ours, share(case for case in chosen if case.source not in OURS)]

    rows = [row(name, [case for case in cases if case.tag == tag]) for tag, name in TAGS.items()]
    return table(["cases for", *OURS.values(), "GX's own"], [*rows, row("**all**", cases)])


def by_module(cases: list[Case]) -> list[str]:
    """Cases passed by module and tag, on frames; what files do otherwise stands in brackets."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.module, case.tag].append(case)

    def cell(module: str, tag: str) -> str:
        frames, files = (
            share(case for case in groups[module, tag] if case.source == source) for source in OURS
        )
        return frames if frames == files else f"{frames} ({files})"

    modules = sorted({case.module for case in cases}, key=lambda name: (":" in name, name))
    rows = [[module, *(cell(module, tag) for tag in TAGS)] for module in modules]
    return table(["test module", *TAGS.values()], rows)


def listed(cases: Iterable[Case]) -> list[str]:
    """One line for each test function: how many of its cases, on which sources."""
    functions: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for case in cases:
        function = case.name.partition("[")[0]
        functions[case.module, function, case.tag][case.source].add(case.name)
    lines = []
    for (module, function, tag), sources in sorted(functions.items()):
        count = len(set().union(*sources.values()))
        only = f", {OURS[next(iter(sources))]} only" if len(sources) == 1 else ""
        times = f" × {count}" if count > 1 else ""
        lines.append(f"  - {module} `{function}`{times} ({TAGS[tag]}{only})")
    return lines


def page(cases: list[Case], explanations: list[Explanation], unexplained: list[Case]) -> str:
    """The page docs/gx_conformance.md."""
    head = f"""# Conformance: Great Expectations' own tests on polars

Great Expectations tests each expectation on the data sources that it supports. `make conformance` fetches these tests with the
source distribution of GX {version(DISTRIBUTION)}, changes none of their files, and offers every case to the data source of polars
{version("polars")} as well: once as a frame, once as a Parquet file that is scanned. Where GX runs a case on pandas or SQLite, it
runs there too, as a control. This page is written by `tools/conformance.py`. The explanations below are in
`tools/conformance.toml`; a case that fails without one fails the command.

A case belongs to the engines that GX runs it on: `gallery` has one passing and one failing use of each expectation, those for
`several engines` are what all engines must agree on; many of those for one engine test that engine's own dialect, types
or messages. Cells say passed/total, without cases that skip themselves or that GX expects to fail.
"""
    lines = [head, "## Totals", "", *totals(cases)]
    if unexplained:
        lines += [f"## UNEXPLAINED ({len({case.key for case in unexplained})})", ""]
        lines += [*listed(unexplained), ""]
    lines += ["## Why some cases do not pass", ""]
    for kind in dict.fromkeys(entry.kind for entry in explanations):
        entries = [entry for entry in explanations if entry.kind == kind and entry.found]
        if entries:
            count = len({case.key for entry in entries for case in entry.found})
            lines += [f"### {kind[0].upper()}{kind[1:]} ({count})", ""]
            for entry in entries:
                lines += [f"- {entry.reason}", *listed(entry.found)]
            lines.append("")
    note = "The figures are those of frames; where Parquet files differ, theirs follow in brackets."
    return "\n".join([*lines, "## By test module", "", note, "", *by_module(cases)])


def gist(text: str) -> str:
    """What a failed case says, in one line: GX's exception where there was one, else the assertion."""
    raised = re.findall(r'exception_message["\']: ["\'](.*)', text)
    said = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return [*raised, *said, text.strip()][0][:200]


def tell(cases: list[Case], unexplained: list[Case]) -> None:
    """The outcome in the terminal."""
    print("\n".join(totals(cases)))
    sources: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in unexplained:
        sources[case.key].append(OURS[case.source])
    told = {case.key: case for case in unexplained}
    for key, case in list(told.items())[:TOLD]:
        print(f"UNEXPLAINED {'::'.join(key)} ({TAGS[case.tag]}; {' and '.join(sources[key])})")
        print(f"    {gist(case.text)}")
    if len(told) > TOLD:
        print(f"... and {len(told) - TOLD} more")


def main() -> None:
    """Run the tests, write the page, and fail when a failing case is not explained."""
    options = sys.argv[1:]
    wanted = version(DISTRIBUTION)
    install(wanted)
    cases = run_tests(unpacked_tests(wanted), options)
    explanations = read_explanations(EXPLANATIONS.read_text("utf-8"))
    failed = [case for case in cases if case.outcome == "failed" and case.source in OURS]
    unexplained = explain(failed, explanations)
    tell(cases, unexplained)
    if not options:
        PAGE.write_text(page(cases, explanations, unexplained), encoding="utf-8")
        for entry in explanations:
            if not entry.found:
                print(f"Explains nothing any more: {entry.reason} {entry.cases}")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
