"""A criterion changed its meaning after somebody last looked at a link to it.

What: a task, a property or a design section names a criterion whose meaning is not the one that its lock pinned, or a criterion that was removed.
New line breaks, letter case, emphasis, articles and punctuation are no new meaning. A spec without a lock has no such finding.

Why: the work was planned, or done, for another demand than the one that stands there now, and nothing else shows it.

Example: `_Requirements: 1.2_` was pinned when 1.2 said 200 ms; now it says 100 ms

Instead: look at the task, then `setsquare trace clear orders#2:1.2 --reason "the task covers it"`

Fix safety: no fix; only a person can tell whether the work still fits.

Source: suspect links, as in Doorstop and OpenFastTrace.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.lock_sample import with_lock
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.rematch import Change
from setsquare.text.word_diff import word_diff

_STATES = (LinkState.SUSPECT, LinkState.PREDATED, LinkState.ORPHANED)
_MOST = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every reference to a criterion that changed or is gone; one finding a reference."""
    archived = {item.path for item in evidence.workspace.specs if item.is_archived}
    found: dict[tuple[str, int, int], list[StatedLink]] = {}
    for link in evidence.locks.open_links.links:
        if link.state in _STATES and link.reference is not None and link.home not in archived:
            found.setdefault((link.link.path, link.reference.span.start, link.reference.span.end), []).append(link)
    for links in found.values():
        first = links[0]
        if first.reference is None:
            continue
        more = f", and {len(links) - 1} more" if len(links) > 1 else ""
        name = f"{first.link.spec}#{first.link.source}:{first.id or first.link.target}"
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=first.link.path,
            span=first.reference.span,
            message=f"{_what(first)}{more}",
            hint=f'look at it, then: setsquare trace clear "{name}" --reason TEXT',
        )


def _what(link: StatedLink) -> str:
    """Say what became of the criterion."""
    if link.state is LinkState.ORPHANED:
        merged = " by being merged" if link.change is Change.MERGED else ""
        return f"{link.link.target} was removed{merged} since this link was pinned: {_cut(link.was)}"
    if link.state is LinkState.PREDATED:
        return f"{link.id} was pinned with a meaning that its lock does not know"
    if link.change is Change.SPLIT:
        return f"{link.id} was split since this link was pinned"
    pieces = [piece for piece in word_diff(link.was, link.now) if piece.kind != "kept"]
    shown = " ".join(f"{'-' if piece.kind == 'removed' else '+'}{_cut(piece.text.strip())}" for piece in pieces[:_MOST])
    return f"{link.id} changed its meaning since this link was pinned ({shown}{' …' if len(pieces) > _MOST else ''})"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


_OLD = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt within 200 ms"
_TASKS = "- [x] 1. Keep\n  - _Requirements: 1.1_\n- [ ] 2. Send\n  - _Requirements: 1.2_\n"
_DESIGN = "## Correctness Properties\n\n### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 1.1**\n"
_CHAT = "WHEN the form is submitted via HTMX streaming endpoint THEN the system SHALL transmit the character parameter in the request\nWHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response"
_PERIOD = 'THE Custom_Period_Selector SHALL provide an "Apply" button to confirm the selection\nWHEN the "Apply" button is clicked with valid dates, THE Custom_Period_Selector SHALL trigger a data refresh with the selected period'


_LINKS = (("1", "1.1", (1,)), ("2", "1.2", (2,)), ("Property 1", "1.1", (1,)))


def _after(requirements: str, *, fires: int = 0, design: str = "", old: str = _OLD, source: str = "") -> Example:
    """Make a spec whose criteria changed from `old` to `requirements` while tasks and design stayed."""
    made = spec(requirements, tasks=_TASKS, design=design, fires=fires, source=source)
    return with_lock(made, old.split("\n"), _LINKS if design else _LINKS[:2])


RULE = Rule(
    code="TRC003",
    name="link-is-suspect",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _after(_OLD.replace("200", "100"), fires=1),
        _after(_OLD.replace("SHALL keep", "SHALL NOT keep"), fires=1),
        _after(_OLD.replace("a customer pays", "a customer cancels"), fires=1),
        _after("THE Store SHALL keep orders", fires=1),
        _after(_OLD.replace("keep orders", "keep orders for 10 years"), design=_DESIGN, fires=2),
        _after(
            _CHAT.replace("transmit the character parameter", "transmit the character and model parameters"),
            old=_CHAT,
            fires=1,
            source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes",
        ),
        _after(
            _PERIOD.replace("with valid dates", "with any dates"), old=_PERIOD, fires=1, source="Homas/RpiDNS .kiro/specs/custom-period"
        ),
        _after(_OLD),
        _after(_OLD.replace("THE Store SHALL keep orders", "The store shall keep the **orders**.")),
        _after(_OLD.replace("200 ms", "200 milliseconds")),
        _after(f"{_OLD}\nTHE Store SHALL count orders"),
        spec(_OLD.replace("200", "100"), tasks=_TASKS),
        _after(
            _CHAT.replace(" THEN ", ", "),
            old=_CHAT,
            source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes",
        ),
        _after(_PERIOD.replace("THE Custom", "The Custom"), old=_PERIOD, source="Homas/RpiDNS .kiro/specs/custom-period"),
    ),
)
