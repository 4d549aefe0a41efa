"""Writes a spec audit for people: in the terminal, and as a page for a planning meeting."""

from __future__ import annotations

from setsquare.journeys.auditing import Audit, Audited
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe
from setsquare.text.counted import counted

_MOST_NAMED = 10
_HEAD = ("SPEC", "STATE", "STATUS", "OWNER", "AGE", "WORKED ON", "VERIFIED", "TASKS", "COVERED", "NOTES")


def audit_text(found: Audit) -> str:
    """Show an audit in the terminal."""
    if not found.specs:
        return "No specs here yet."
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [tuple(safe(cell) for cell in _row(item)) for item in found.specs if not item.is_archived]
    archived = sum(item.is_archived for item in found.specs)
    lines = [listing(rows, columns()), ""] if len(rows) > 1 else []
    if archived:
        lines.append(f"{archived} archived (setsquare spec list --archived)")
    lines += [_toned(said, tone) for said, tone in _standing_out(found)]
    return "\n".join(lines)


def audit_markdown(found: Audit) -> str:
    """Write an audit as a Markdown page."""
    lines = [f"# Spec audit, {found.at[:10]}", ""]
    current = [item for item in found.specs if not item.is_archived]
    lines += [f"{len(current)} specs, {len(found.specs) - len(current)} archived.", ""]
    said = [f"- {safe(sentence)}" for sentence, _ in _standing_out(found)]
    lines += ["## What stands out", "", *(said or ["- Nothing."]), ""]
    lines += ["## Specs", "", _cells([name.capitalize() for name in _HEAD]), _cells(["---"] * len(_HEAD))]
    lines += [_cells(list(_row(item))) for item in current]
    unowned = [item.spec for item in current if not item.owner]
    lines += ["", "## To decide", ""]
    lines += [f"- [ ] Who owns {_named(unowned)}?"] if unowned else []
    lines += [
        f"- [ ] Archive {item.spec}? It is {counted(item.age_days or 0, 'day')} old, and nobody works on it."
        for item in current
        if item.is_old
    ]
    lines += [f"- [ ] Approve the {' and '.join(item.void)} of {item.spec} again?" for item in current if item.void]
    lines += [f"- [ ] Verify {item.spec} against the code?" for item in current if not item.verified_at and item.progress.done]
    return "\n".join(lines if lines[-1] else [*lines, "- Nothing."]) + "\n"


def _cells(cells: list[str]) -> str:
    r"""Write one row of a Markdown table.

    >>> print(_cells(["a|b", "c"]))
    | a\|b | c |
    """
    return "| " + " | ".join(safe(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _row(item: Audited) -> tuple[str, ...]:
    """Write one spec's cells."""
    notes = [
        "old" if item.is_old else "",
        f"void: {', '.join(item.void)}" if item.void else "",
        f"{item.dangling} dangling" if item.dangling else "",
        f"{item.out_of_scope} out of scope" if item.out_of_scope else "",
        "run open" if item.open_run else "",
        "history broken" if item.broken else "",
        *item.labels,
    ]
    return (
        item.spec,
        item.state.value,
        item.status.value,
        item.owner or "nobody",
        "–" if item.age_days is None else f"{item.age_days} d",
        "never" if item.idle_days is None else f"{item.idle_days} d ago",
        item.verified_at[:10] or "never",
        f"{item.progress.done}/{item.progress.total}" if item.progress.total else "–",
        f"{item.covered}/{item.criteria}" if item.criteria else "–",
        "; ".join(note for note in notes if note),
    )


def _standing_out(found: Audit) -> list[tuple[str, str]]:
    """Say what needs attention, each with its colour."""
    said: list[tuple[str, str]] = []
    if found.is_sprawling:
        said.append((f"Sprawl: {len(found.idle)} specs in work without task activity (limit {found.sprawl_limit}).", "red"))
    elif found.idle:
        said.append((f"Without task activity for {counted(found.age_limit_days, 'day')}: {_named(list(found.idle))}.", "yellow"))
    old = [item.spec for item in found.specs if item.is_old]
    if found.archived:
        said.append((f"Archived: {_named([item.before for item in found.archived])} (setsquare spec unarchive NAME).", "green"))
    elif old:
        said.append((f"Older than {found.age_limit_days} days: {_named(old)} (setsquare spec audit --archive-old).", "yellow"))
    unowned = [item.spec for item in found.specs if not item.owner and not item.is_archived]
    if unowned:
        said.append((f"Nobody owns {_named(unowned)} (setsquare spec status NAME --owner NAME).", "yellow"))
    for item in found.approvals:
        which = f"{item.spec} {item.approval.stage.value} of {item.approval.at[:10]} by {item.approval.by}" if item.approval else item.spec
        said += [(f"Approval not proved: {which}: {problem}.", "red") for problem in item.problems]
        said += [(f"Approval: {which}: {note}.", "dim") for note in item.notes]
    if found.approvals and not any(item.problems for item in found.approvals):
        said.append((f"All {len(found.approvals)} approvals are proved by their commits.", "green"))
    return said


def _named(names: list[str]) -> str:
    """Name some, count the rest.

    >>> _named(["a", "b"])
    'a, b'
    """
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _toned(said: str, tone: str) -> str:
    return paint(safe(said), tone)
