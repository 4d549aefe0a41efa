"""A reference names another criterion than when it was pinned, because the criteria were renumbered.

What: the id in a task's, a property's or a design section's reference leads to another criterion than its lock pinned: criteria were inserted,
removed, swapped or moved since. A spec without a lock has no such finding.

Why: ids are positions. One criterion inserted at the top silently turns every later reference to its neighbour.

Example: `_Requirements: 1.2_` after a criterion was inserted before 1.2

Instead: `_Requirements: 1.3_`

Fix safety: safe; exactly the id is rewritten, so that the reference names what it named. Where several criteria are meant, lists and ranges are kept
as far as they can be.

Source: the link state "shifted" of the EARS engine's reference, section 4.3; 98 % of the ids in public specs are positions.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Fix, Severity
from setsquare.rules.lock_sample import Link, with_lock
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.spec.link_state import LinkState
from setsquare.text.document import encode
from setsquare.text.span import Edit


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every reference that shifted."""
    archived = {item.path for item in evidence.workspace.specs if item.is_archived}
    for shift in evidence.locks.open_links.shifts:
        if shift.spec in archived:
            continue
        meant = ", ".join(dict.fromkeys(link.id for link in shift.links if link.id and link.state is LinkState.SHIFTED and link.pin))
        edit = Edit(shift.reference.span, encode(shift.new))
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=shift.reference.path,
            span=shift.reference.span,
            message=f'"{shift.reference.written}" names another criterion than when it was pinned'
            + (f"; it meant what is {meant} now" if meant else ""),
            hint="setsquare trace renumber --write"
            if shift.new
            else f"take out the {shift.taken} beside it that names a criterion which is gone, then renumber"
            if shift.taken
            else "write the reference anew",
            fix=Fix(title=f"write {shift.new}", edits=(edit,), is_safe=True) if shift.new else None,
        )


_OLD = (
    "THE Store SHALL keep orders",
    "WHEN a customer pays, THE Store SHALL send a receipt",
    "IF a card is refused, THEN THE Store SHALL say so",
)
_NEW = "THE Store SHALL have a name"
_TASKS = "- [x] 1. Keep\n  - _Requirements: {}_\n"
_CHAT = (
    "WHEN the form is submitted via HTMX streaming endpoint THEN the system SHALL transmit the character parameter in the request",
    "WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response",
)
_PERIOD = (
    "THE Custom_Period_Selector SHALL allow selection of start date and time",
    "THE Custom_Period_Selector SHALL allow selection of end date and time",
)


_LINKS: dict[str, tuple[Link, ...]] = {
    "1.1": (("1", "1.1", (1,)),),
    "1.2": (("1", "1.2", (2,)),),
    "1.3": (("1", "1.3", (3,)),),
    "1.1, 1.2": (("1", "1.1", (1,)), ("1", "1.2", (2,))),
    "1.1-1.2": (("1", "1.1-1.2", (1, 2)),),
    "1.1-1.3": (("1", "1.1-1.3", (1, 2, 3)),),
    "1": (("1", "1", (1, 2, 3)),),
}


def _after(
    sentences: tuple[str, ...], written: str, fixed: str | None = None, *, old: tuple[str, ...] = _OLD, now: str = "", source: str = ""
) -> Example:
    """Make a spec whose criteria changed from `old` to `sentences`, with one task whose reference was `written` and is `now`."""
    made = spec("\n".join(sentences), tasks=_TASKS.format(now or written))
    ordered = Example(files=tuple(reversed(made.files)), fires=0 if fixed is None else fixed.count(",") + 1, source=source)
    return with_lock(ordered, old, _LINKS[written], fixed=_TASKS.format(fixed) if fixed else None)


RULE = Rule(
    code="TRC004",
    name="reference-shifted",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _after((_NEW, *_OLD), "1.2", "1.3"),
        _after((_NEW, *_OLD), "1.1, 1.2", "1.2, 1.3"),
        _after((_NEW, *_OLD), "1.1-1.3", "1.2-1.4"),
        _after((_OLD[1], _OLD[0], _OLD[2]), "1.2", "1.1"),
        _after(_OLD[1:], "1.3", "1.2"),
        _after((_NEW, *_CHAT), "1.2", "1.3", old=_CHAT, source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes"),
        _after((_NEW, *_PERIOD), "1.1", "1.2", old=_PERIOD, source="Homas/RpiDNS .kiro/specs/custom-period"),
        _after(_OLD, "1.2"),
        _after((*_OLD, _NEW), "1.2"),
        _after((_NEW, *_OLD), "1.2", now="1.3"),
        _after((_NEW, *_OLD), "1"),
        spec("\n".join((_NEW, *_OLD)), tasks=_TASKS.format("1.2")),
        _after((*_CHAT, _NEW), "1.2", old=_CHAT, source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes"),
        _after((*_PERIOD, _NEW), "1.1-1.2", old=_PERIOD, source="Homas/RpiDNS .kiro/specs/custom-period"),
    ),
)
