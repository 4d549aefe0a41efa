"""Reads the test reports that a person names on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from setsquare.errors import StorageFailed, Unreadable, Usage
from setsquare.spec.junit import LIMIT_BYTES, read_junit
from setsquare.spec.results import TestResult
from setsquare.text.paths import RelPath
from setsquare.wire import files_at

RESULTS = click.option(
    "--results",
    multiple=True,
    metavar="FILE",
    help="A JUnit XML report that you vouch to be of the files as they are; may be given again.",
)
PLACES = (
    "junit.xml",
    "test-results.xml",
    "reports/junit*.xml",
    "test-results/**/*.xml",
    "target/surefire-reports/*.xml",
    "build/test-results/**/*.xml",
)
"""Where a report is looked for when none is named."""


def reports_of(names: tuple[str, ...]) -> tuple[TestResult, ...]:
    """Read reports.

    Raises:
        Unreadable: one is missing.
        Usage: one is no JUnit XML, or not safe to read.
    """
    return tuple(result for name in names for result in _report(Path(name)))


def found_reports(folder: str) -> tuple[str, ...]:
    """Find reports in their usual places below a folder."""
    top = Path(folder)
    return tuple(str(path) for pattern in PLACES for path in sorted(top.glob(pattern)) if path.is_file() and not path.is_symlink())


def _report(path: Path) -> tuple[TestResult, ...]:
    """Read one report."""
    if not path.is_file():
        raise Unreadable(f"There is no report `{path}`.", "Name a JUnit XML file, such as from `pytest --junitxml=junit.xml`.")
    if path.stat().st_size > LIMIT_BYTES:
        raise Usage(f"The report `{path}` is larger than {LIMIT_BYTES // (1024 * 1024)} MB.", "Name smaller reports.")
    try:
        raw = files_at(path.resolve().parent).read(RelPath(path.resolve().name))
    except StorageFailed as error:
        raise Unreadable(f"The report `{path}` cannot be read: {error.message}", error.hint) from error
    report = read_junit(raw or b"")
    if report.problem:
        raise Usage(
            f"The report `{path}` cannot be used. {report.problem}", "Name a JUnit XML file, such as from `pytest --junitxml=junit.xml`."
        )
    return report.results
