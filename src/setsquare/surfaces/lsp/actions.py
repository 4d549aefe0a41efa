"""Offers the edits that mend findings, and comments that switch a rule off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lsprotocol import types

from setsquare.rules.finding import Finding
from setsquare.rules.fixing import mended
from setsquare.rules.registry import RULES
from setsquare.surfaces.lsp.desk import Desk, shown
from setsquare.surfaces.lsp.diagnostics import diagnostic
from setsquare.surfaces.lsp.positions import Lines
from setsquare.text.document import NodeKind
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span

FIX_ALL: Final = "source.fixAll.setsquare"
KINDS: Final = (types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL)
_MARKDOWN: Final = (".md", ".mdc", ".markdown")
_NAMES: Final = {rule.code: rule.name for rule in RULES}
_LIMIT_UNASKED: Final = 200_000
"""Bytes of a file up to which all safe fixes are offered although nobody asked for them."""
_WHY: Final = "accepted: write why"


def code_actions(desk: Desk, path: RelPath, within: types.Range, only: Sequence[str] | None) -> list[types.CodeAction]:
    """List what can be done about the findings that a range touches; `only` names the kinds that are wanted, with everything below them."""
    lines = desk.lines(path)
    asked = lines.span_of(within)
    standing = shown(desk, path, desk.living.session.of(path))
    found: list[types.CodeAction] = []
    templates = desk.living.session.read.config.templates
    if _wants(only, types.CodeActionKind.QuickFix.value):
        touched = [finding for finding in standing if finding.span.start <= asked.end and asked.start <= finding.span.end]
        safe = [finding for finding in touched if finding.fix and finding.fix.is_safe]
        refused = mended(path, lines.raw, safe, templates=templates).refused if safe else ()
        for finding in touched:
            found += _about(desk, lines, finding, is_fixable=finding not in refused)
    is_cheap = len(lines.raw) <= _LIMIT_UNASKED or bool(only)
    is_any = any(finding.fix and finding.fix.is_safe for finding in standing)
    if is_cheap and is_any and _wants(only, FIX_ALL) and (edits := mended(path, lines.raw, standing, templates=templates).edits):
        found.append(
            types.CodeAction(
                title="Fix everything that is safe to fix (Setsquare)",
                kind=types.CodeActionKind.SourceFixAll if _wants_whole(only) else FIX_ALL,
                edit=edit_of(desk, {path: edits}),
            )
        )
    return found


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    """Tell whether a kind, or one above it, was asked for."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") or wanted == "" for wanted in only)


def _wants_whole(only: Sequence[str] | None) -> bool:
    return bool(only) and all(wanted == types.CodeActionKind.SourceFixAll.value for wanted in only or ())


def edit_of(desk: Desk, edits: Mapping[RelPath, Iterable[Edit]]) -> types.WorkspaceEdit:
    """Write edits of bytes as the editor's own."""
    return types.WorkspaceEdit(
        changes={
            desk.address(path): [
                types.TextEdit(desk.lines(path).exact(edit.span), edit.new.decode("utf-8", "replace")) for edit in sorted(made)
            ]
            for path, made in edits.items()
        }
    )


def _about(desk: Desk, lines: Lines, finding: Finding, *, is_fixable: bool) -> Iterator[types.CodeAction]:
    """List what can be done about one finding."""
    said = [diagnostic(lines, finding)]
    name = f"{finding.code} {_NAMES.get(finding.code, '')}".strip()
    if finding.fix and finding.fix.edits and is_fixable:
        title = finding.fix.title[:1].upper() + finding.fix.title[1:]
        yield types.CodeAction(
            title=title if finding.fix.is_safe else f"{title} (unsafe: may change what is meant)",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=said,
            is_preferred=True if finding.fix.is_safe else None,
            edit=edit_of(desk, {finding.path: finding.fix.edits}),
        )
    if (comment := _comment(desk, lines, finding)) is not None:
        yield types.CodeAction(
            title=f"Disable {name} here, with a reason",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=said,
            edit=edit_of(desk, {finding.path: (comment,)}),
        )


def _comment(desk: Desk, lines: Lines, finding: Finding) -> Edit | None:
    """Plan the comment that switches a rule off where a finding stands; `None` where no comment can stand or none is obeyed."""
    artefact = desk.living.workspace.by_path.get(finding.path)
    if artefact is None or not finding.path.endswith(_MARKDOWN) or finding.code.startswith("SUP"):
        return None
    start = finding.span.start
    node = next((node for node in artefact.document.nodes if node.span.start <= start < node.span.end), None)
    if node is None or node.kind in (NodeKind.FENCE, NodeKind.FRONT_MATTER, NodeKind.COMMENT):
        return None
    text = f"<!-- setsquare: disable={finding.code} {_WHY} -->"
    line = lines.position(start).line
    if node.kind in (NodeKind.ITEM, NodeKind.TEXT):
        end = lines.start(line) + len(lines.line(line).rstrip().encode("utf-8", "surrogateescape"))
        return Edit(Span(end, end), f" {text}".encode())
    ending = b"\r\n" if lines.raw[node.start : node.span.end].endswith(b"\r\n") else b"\n"
    return Edit(Span(node.start, node.start), text.encode() + ending)
