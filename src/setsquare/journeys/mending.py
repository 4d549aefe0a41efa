"""Applies fixes to files in memory until no more applies, and plans the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from setsquare.journeys.check_scope import MendedFiles, Scope
from setsquare.journeys.judged import Judged
from setsquare.rules.config import CONFIG_PATH
from setsquare.rules.config_reader import read_config
from setsquare.rules.finding import Finding
from setsquare.rules.fixing import Mended, mended
from setsquare.rules.registry import RULES
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, digest, replacement
from setsquare.text.span import apply_edits

_LIMIT_ROUNDS = 10
"""How often fixes are applied and the result judged again, at most."""


# req: check/3.1
def mend(
    files: Mapping[RelPath, bytes],
    judged: Judged,
    scope: Scope,
    judge: Callable[[Mapping[RelPath, bytes]], Judged],
    *,
    is_unsafe: bool = False,
) -> MendedFiles:
    """Apply the safe fixes of what stands in scope, with `is_unsafe` the others too, until none is left."""
    raw_settings = files.get(CONFIG_PATH)
    templates = read_config(CONFIG_PATH, raw_settings, RULES).config.templates if raw_settings is not None else ()
    current, first = dict(files), dict[RelPath, Mended]()
    refused: dict[RelPath, tuple[Finding, ...]] = {}
    for _ in range(_LIMIT_ROUNDS):
        by_path: dict[RelPath, list[Finding]] = {}
        for finding in scope.standing(judged, current).findings:
            if finding.path in current:
                by_path.setdefault(finding.path, []).append(finding)
        round_ = {path: mended(path, current[path], found, is_unsafe=is_unsafe, templates=templates) for path, found in by_path.items()}
        refused |= {path: done.refused for path, done in round_.items()}
        changed = {path: done.raw for path, done in round_.items() if done.raw != current[path]}
        if not changed:
            break
        for path in changed:
            first.setdefault(path, round_[path])
        current |= changed
        judged = judge(current)
    changes = tuple(_change(path, raw, current[path], first[path]) for path, raw in files.items() if current[path] != raw)
    left = tuple(finding for path in sorted(refused) for finding in refused[path])
    return MendedFiles(files=current, plan=Plan("check --fix", changes), judged=judged, refused=left)


def _change(path: RelPath, before: bytes, after: bytes, first: Mended) -> FileChange:
    """Write one file's difference: the fixes' own edits where one round of them gives it, else the whole file."""
    if apply_edits(before, first.edits) == after:
        return FileChange(path, digest(before), first.edits)
    return replacement(path, before, after)
