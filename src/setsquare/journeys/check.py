"""Judges what stands below some paths, and mends what can be mended safely."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from setsquare.errors import Unreadable
from setsquare.ports.files import Files
from setsquare.rules.check import check as judge
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.fixing import safe_edits
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, digest, replacement
from setsquare.text.span import Span, apply_edits
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

LIMIT_ROUNDS = 10
"""How often fixes are applied and the result judged again, at most."""

_ROOT = ".kiro"
_SECRET_RULE = "MCP001"  # noqa: S105  (a rule's code)


class CheckOutcome(Struct, frozen=True, kw_only=True):
    """What was judged and found.

    `paths` are the judged files; `workspace` may hold more, because references lead to other files. `findings` are those that stand after
    `applied`, the plan of the fixes that were made. `concealed` are the stretches that must not be shown.
    """

    workspace: Workspace
    paths: tuple[RelPath, ...]
    findings: tuple[Finding, ...]
    applied: Plan = Plan("check --fix")
    concealed: tuple[tuple[RelPath, Span], ...] = ()

    def count(self, severity: Severity) -> int:
        """Count the findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)


# req: check/1.1
def check(files: Files, paths: tuple[str, ...] = (), *, is_fixing: bool = False, selected: Collection[str] | None = None) -> CheckOutcome:
    """Judge the files at or below `paths`, all when none is given, by all rules or those of the `selected` codes and families.

    With `is_fixing`, safe fixes are applied until no more applies, and what remains is reported.

    Raises:
        Unreadable: a path does not exist.
        StalePlan: a file changed while it was being mended; nothing was written.
        StorageFailed: a file could not be written.
    """
    wanted = tuple(_normal(path) for path in paths)
    for path in wanted:
        if path and not files.exists(RelPath(path)):
            raise Unreadable(f"There is no file or folder `{path}`.", "Check the spelling; paths are relative to the current folder.")
    snapshot = files.snapshot(tuple(dict.fromkeys(_scope(path) for path in wanted)))
    workspace = load(snapshot.files, snapshot.skipped)
    findings = _findings(workspace, wanted, selected)
    plan = Plan("check --fix")
    if is_fixing:
        mended = _mended(snapshot.files, findings, wanted, selected)
        plan = _plan(snapshot.files, mended, findings)
        if plan.changes:
            files.apply(plan)
            workspace = load(mended, snapshot.skipped)
            findings = _findings(workspace, wanted, selected)
    return CheckOutcome(
        workspace=workspace,
        paths=tuple(path for path in workspace.paths if _is_at(path, wanted)),
        findings=findings,
        applied=plan,
        concealed=tuple((finding.path, finding.span) for finding in judge(workspace, (_SECRET_RULE,)) if finding.is_secret),
    )


def _normal(path: str) -> str:
    """Write a path without dots and slashes at its ends; the whole workspace is empty."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _scope(path: str) -> str:
    """Widen a path inside a `.kiro` tree to the whole tree: a spec's references lead to its other files and to other specs."""
    parts = path.split("/")
    return "/".join(parts[: parts.index(_ROOT) + 1]) if _ROOT in parts else path


def _is_at(path: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether a file is at or below one of the wanted paths; every file is when none is wanted."""
    return not wanted or any(not at or path == at or path.startswith(f"{at}/") for at in wanted)


def _findings(workspace: Workspace, wanted: tuple[str, ...], selected: Collection[str] | None) -> tuple[Finding, ...]:
    return tuple(finding for finding in judge(workspace, selected) if _is_at(finding.path, wanted))


# req: check/3.1
def _mended(
    files: Mapping[RelPath, bytes], findings: tuple[Finding, ...], wanted: tuple[str, ...], selected: Collection[str] | None
) -> Mapping[RelPath, bytes]:
    """Apply safe fixes in memory until none is left."""
    current = dict(files)
    for _ in range(LIMIT_ROUNDS):
        by_path: dict[RelPath, list[Finding]] = {}
        for finding in findings:
            by_path.setdefault(finding.path, []).append(finding)
        changed = {path: apply_edits(current[path], edits) for path, found in by_path.items() if (edits := safe_edits(found))}
        if not any(current[path] != raw for path, raw in changed.items()):
            break
        current |= changed
        findings = _findings(load(current), wanted, selected)
    return current


def _plan(before: Mapping[RelPath, bytes], after: Mapping[RelPath, bytes], findings: tuple[Finding, ...]) -> Plan:
    """Write the difference as a plan: the fixes' own edits where one round of them gives it, else the whole file."""
    changes = []
    for path, raw in before.items():
        if after[path] == raw:
            continue
        edits = safe_edits(finding for finding in findings if finding.path == path)
        is_enough = apply_edits(raw, edits) == after[path]
        changes.append(FileChange(path, digest(raw), edits) if is_enough else replacement(path, raw, after[path]))
    return Plan("check --fix", tuple(changes))
