"""Keeps what git ignores from bearing on a verification: what an agent leaves there stands in no commit, and nobody would see it.

Looked at are files that a test run would load: code, settings and plug-ins. What tools install (dependencies, caches) is protected in the sandbox
or left out; compiled Python is removed by the sandbox.

Source: safety.md AT42 (fabricated results); the rule that a verification judges what is committed.
"""

from __future__ import annotations

import re
from typing import Final

from setsquare.guard.confine import is_tool_folder
from setsquare.guard.protected import Protection, is_secret, protection
from setsquare.journeys.app import App
from setsquare.journeys.run_live import LiveRun
from setsquare.text.paths import RelPath

NONE: Final = "none"
"""What stands for the tree where there was no such file; an empty name says that nobody looked."""

_LOADED: Final = re.compile(
    r"\.(?:py|pyi|pth|so|pyd|dylib|dll|[cm]?[jt]sx?|rb|php|lua|go|rs|java|kt|cfg|ini|toml|properties|env|mk|gradle)$"
    r"|(?:^|/)(?:Makefile|conftest\.py|\.coveragerc|\.babelrc[^/]*|\.mocharc[^/]*|\.nycrc[^/]*|\.swcrc|\.rspec|package\.json|tsconfig[^/]*\.json|jest[^/]*\.json)$"
)
_LIMIT_FILES: Final = 5_000


def residue(app: App) -> str:
    """Record the files that git ignores and a test run would load; give the tree's name."""
    paths = _ignored(app)
    return app.checkpoints.take(paths) if paths else NONE


def _ignored(app: App) -> tuple[RelPath, ...]:
    """List those files; of very many none, since then they are what a build makes."""
    found = app.files.guarded(_bears)
    if not found:
        return ()
    recorded = app.checkpoints.files(app.checkpoints.take())
    paths = tuple(path for path in found if path not in recorded)
    return paths if len(paths) <= _LIMIT_FILES else ()


def _bears(path: str) -> bool:
    """Tell whether a file could bear on a test run and is within an agent's reach."""
    if _LOADED.search(path) is None or is_secret(path) or is_tool_folder(path):
        return False
    return protection(path) is not Protection.DENIED


def clear_residue(run: LiveRun) -> str:
    """Put ignored files back as they were when the task began; say which, for the record. What was there is kept as a tree of its own.

    Raises:
        WorldFailed: one could not be put back.
    """
    begun = run.latest.started.ignored if run.latest.started else ""
    if not begun:
        return ""
    now = residue(run.app)
    if now == begun:
        return ""
    before = {} if begun == NONE else dict(run.app.checkpoints.files(begun))
    after = {} if now == NONE else dict(run.app.checkpoints.files(now))
    paths = tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))
    if not paths:
        return ""
    run.app.progress(f"Put back before the verification, because git ignores it: {', '.join(paths[:10])}")
    run.app.checkpoints.restore(begun if begun != NONE else run.latest.base_tree, paths)
    more = f" and {len(paths) - 20} more" if len(paths) > 20 else ""
    kept = f"; kept as tree {now}" if now != NONE else ""
    return f"[ignored by git, and as they were when the task began: {', '.join(paths[:20])}{more}{kept}]"
