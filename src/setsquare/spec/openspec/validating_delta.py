"""Validates the delta specs of a change, one file at a time.

Source: the validation of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.keyword import keyword_issue
from setsquare.spec.openspec.scenario_loss import lost_scenarios
from setsquare.workspace.openspec.model import Delta, MainSpec, RequirementBlock

_MOVE = 'Move it under "## ADDED Requirements", "## MODIFIED Requirements", "## REMOVED Requirements", or "## RENAMED Requirements".'
_PAIR = "Write each rename as a FROM: line followed immediately by its TO: line."
_BARE = '(a scenario header with no body under it does not count; add its steps, e.g. "- **WHEN** ..." and "- **THEN** ...")'


class UnreadableSpec(Struct, frozen=True):
    """A main spec that is there and cannot be read: its path as a person sees it, and the system's name of the reason, such as `EISDIR`."""

    path: str
    code: str


def delta_issues(delta: Delta, main: MainSpec | UnreadableSpec | None) -> list[Issue]:
    r"""Judge one delta against the main spec that it changes, in OpenSpec's order.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> delta = read_delta("a", RelPath("x"), "## ADDED Requirements\n### Requirement: B\nIt SHALL.\n")
    >>> [issue.message for issue in delta_issues(delta, None)]
    ['ADDED "B" must include at least one scenario']
    """
    path = f"{delta.capability}/spec.md"
    issues = list(_place_issues(delta, path)) if delta.skipped or delta.orphans or delta.renamed else []
    issues += _block_issues(delta.added, "ADDED", path)
    issues += _modified_issues(delta, main, path)
    issues += [_error(path, f'Duplicate requirement in REMOVED: "{name}"') for name in repeated(named.name for named in delta.removed)]
    pairs = paired(delta)
    if pairs:
        issues += _rename_issues(pairs, path)
    if sum(map(bool, (delta.added, delta.modified, delta.removed, pairs))) > 1:
        issues += _cross_issues(delta, pairs, path)
    return issues


def paired(delta: Delta) -> list[tuple[str, str]]:
    """List the renames that are whole, as old and new name."""
    return [(rename.source.name, rename.target.name) for rename in delta.renamed if rename.source is not None and rename.target is not None]


def repeated(names: Iterable[str]) -> list[str]:
    """List the names that were there before, each time again.

    >>> repeated(["a", "b", "a", "a"])
    ['a', 'a']
    """
    seen: set[str] = set()
    again: list[str] = []
    for name in names:
        if name in seen:
            again.append(name)
        seen.add(name)
    return again


def _error(path: str, message: str, line: int = 0) -> Issue:
    return Issue(Level.ERROR, path, message, line)


def _place_issues(delta: Delta, path: str) -> Iterator[Issue]:
    """Judge headers that are no requirement, requirements in no section, and halves of renames."""
    for skipped in delta.skipped:
        where = f'Header "### {skipped.name}" in {skipped.under}'
        if skipped.name.lower() == "requirement:":
            said = f'{where} is missing a requirement name and is ignored by validation. Add a name, e.g. "### Requirement: <name>".'
        else:
            said = (
                f'{where} is not a "### Requirement:" header and is ignored by validation. '
                f'Use "### Requirement: {skipped.name}" if it should be validated as a requirement.'
            )
        yield Issue(Level.INFO, path, said, skipped.line)
    for rename in delta.renamed:
        if rename.target is None and rename.source is not None:
            yield _error(path, f'RENAMED FROM: "{rename.source.name}" has no matching TO: line. {_PAIR}', rename.source.line)
        elif rename.source is None and rename.target is not None:
            yield _error(path, f'RENAMED TO: "{rename.target.name}" has no matching FROM: line. {_PAIR}', rename.target.line)
    for orphan in delta.orphans:
        place = f'under "## {orphan.under}"' if orphan.under else 'above the first "## " section'
        said = f'Requirement "{orphan.name}" is {place}, which is not a delta section, so it is ignored. {_MOVE}'
        yield Issue(Level.WARNING, path, said, orphan.line)


def _block_issues(blocks: tuple[RequirementBlock, ...], operation: str, path: str) -> Iterator[Issue]:
    """Judge each block of a section for itself."""
    seen: set[str] = set()
    for block in blocks:
        yield from _one_block(block, operation, path, seen)


def _one_block(block: RequirementBlock, operation: str, path: str, seen: set[str]) -> Iterator[Issue]:
    if block.name in seen:
        yield _error(path, f'Duplicate requirement in {operation}: "{block.name}"')
    seen.add(block.name)
    issue = keyword_issue(operation, path, block.name, block.statement, "is missing requirement text")
    if issue:
        yield issue
    if not any(scenario.body for scenario in block.scenarios):
        bare = f" {_BARE}" if block.scenarios else ""
        yield _error(path, f'{operation} "{block.name}" must include at least one scenario{bare}')


def _modified_issues(delta: Delta, main: MainSpec | UnreadableSpec | None, path: str) -> Iterator[Issue]:
    """Judge the MODIFIED blocks, each also against the requirement that it replaces."""
    if not delta.modified:
        return
    yield from _block_issues(delta.modified, "MODIFIED", path)
    if isinstance(main, UnreadableSpec):
        yield _error(
            path,
            f"Could not read {main.path} to check the MODIFIED requirements against it ({main.code}). "
            "Archive reads the same file, so fix the file before archiving.",
        )
    current = {block.name: block for block in main.requirements} if isinstance(main, MainSpec) else {}
    pairs = paired(delta)
    gone = {source for source, _ in pairs}
    origin = {target: source for source, target in pairs}
    for block in delta.modified:
        old = current.get(_origin(block.name, origin)) or current.get(block.name)
        if old is not None and block.name not in gone:
            lost = lost_scenarios(block.name, old, block)
            if lost:
                yield _error(path, lost)


def _origin(name: str, origin: dict[str, str]) -> str:
    """Follow renames back to the name that the main spec has."""
    passed: set[str] = set()
    while name in origin and name not in passed:
        passed.add(name)
        name = origin[name]
    return name


def _rename_issues(pairs: list[tuple[str, str]], path: str) -> Iterator[Issue]:
    sources: set[str] = set()
    targets: set[str] = set()
    for source, target in pairs:
        if source in sources:
            yield _error(path, f'Duplicate FROM in RENAMED: "{source}"')
        if target in targets:
            yield _error(path, f'Duplicate TO in RENAMED: "{target}"')
        sources.add(source)
        targets.add(target)


def _cross_issues(delta: Delta, pairs: list[tuple[str, str]], path: str) -> Iterator[Issue]:
    """Look for names that stand in two sections."""
    added = {block.name for block in delta.added}
    removed = {named.name for named in delta.removed}
    modified = dict.fromkeys(block.name for block in delta.modified)
    both = "Requirement present in both {} and {}: "
    for name in modified:
        if name in removed:
            yield _error(path, f'{both.format("MODIFIED", "REMOVED")}"{name}"')
        if name in added:
            yield _error(path, f'{both.format("MODIFIED", "ADDED")}"{name}"')
    for name in dict.fromkeys(block.name for block in delta.added):
        if name in removed:
            yield _error(path, f'{both.format("ADDED", "REMOVED")}"{name}"')
    spelled = {folded(named.name): named.name for named in reversed(delta.removed)} if pairs else {}
    for source, target in pairs:
        if source in modified:
            yield _error(path, f'MODIFIED references old name from RENAMED. Use new header for "{target}"')
        if target in added:
            yield _error(path, f'RENAMED TO collides with ADDED for "{target}"')
        near = spelled.get(folded(source))
        if near is not None:
            note = "" if near == source else f' (REMOVED spells it "{near}")'
            yield _error(path, f'{both.format("RENAMED", "REMOVED")}"{source}"{note}')


def folded(name: str) -> str:
    """Write a name so that names which differ only in case or spacing become one.

    >>> folded("Log  In") == folded("log in")
    True
    """
    return " ".join(name.lower().split())
