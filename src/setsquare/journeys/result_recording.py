"""Binds test results to the files as they are and keeps them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.scanning import scanned
from setsquare.journeys.tracing import commit_links_of
from setsquare.spec.code_links import code_trace
from setsquare.spec.link import LinkKind
from setsquare.spec.result_log import encode_runs, read_runs
from setsquare.spec.results import ResultBook, Sources, TestResult, TestRun, told, worth_keeping
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace


class Recorded(Struct, frozen=True, kw_only=True):
    """What was recorded: how many results were read and kept, and how many of the tests that name a criterion have one now."""

    results: int
    kept: int
    linked: int
    matched: int
    commit: str


def record_results(app: App, workspace: Workspace, results: Iterable[TestResult]) -> Recorded:
    """Record results as those of the files as they are; only what tests that name a criterion rest on is kept.

    Raises:
        StorageFailed: the state folder cannot be written.
    """
    given = tuple(results)
    scan = scanned(app, is_digested=True)
    code = code_trace(scan.notes, workspace)
    tests = tuple(link for link in code.links if link.kind is LinkKind.VERIFIES)
    paths = tuple(dict.fromkeys(link.path for link in tests))
    kept = told(worth_keeping(given, paths), tests)
    involved = {link.path for link in code.links} | {
        RelPath(link.target) for link in commit_links_of(app, workspace) if link.kind is LinkKind.TOUCHES
    }
    holders = {(link.path, link.symbol): link for link in tests}
    run = TestRun(
        at=app.clock.now(),
        commit=app.git.head(),
        sources=scan.whole,
        files={path: name for path, name in scan.digests.items() if path in involved and path.isprintable()},
        results=kept,
    )
    if app.results is not None:
        app.results.write(encode_runs((run, *read_runs(app.results.read()))))
    book = ResultBook((run,), Sources(whole=scan.whole, files=scan.digests))
    matched = sum(book.verdict(link, ()).outcome is not None for link in holders.values())
    return Recorded(results=len(given), kept=len(kept), linked=len(holders), matched=matched, commit=run.commit)
