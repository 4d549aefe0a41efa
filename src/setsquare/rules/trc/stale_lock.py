"""A lock is older than its requirements.

What: criteria were added, removed, reworded, renumbered or moved since the spec's lock was written. There is one finding per spec.

Why: the longer a lock is behind, the harder it is to know a criterion again. Links are judged all the same: nothing is lost by waiting a while.

Example: a criterion was added, and `.setsquare/trace/orders.lock.jsonl` does not have it

Instead: `setsquare trace lock`

Fix safety: no fix; the command writes it, and so does every approval.

Source: Setsquare's lock format, version 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.lock_sample import with_lock
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.spec.lock import lock_path
from setsquare.spec.rematch import Change
from setsquare.text.paths import quoted
from setsquare.text.span import Span


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every lock whose criteria are not those of its document."""
    for item in evidence.locks.identity.specs:
        count = Counter(pairing.change.value for pairing in item.pairings if pairing.change is not Change.SAME)
        if not item.is_usable or not count or item.spec.is_archived:
            continue
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=lock_path(item.spec),
            span=Span(0, 0),
            message="the lock is behind the requirements: " + ", ".join(f"{number} {change}" for change, number in sorted(count.items())),
            hint=f"setsquare trace lock {quoted(item.spec.name)}",
        )


_OLD = ("THE Store SHALL keep orders", "WHEN a customer pays, THE Store SHALL send a receipt within 200 ms")
_NEW = "THE Store SHALL have a name"
_CHAT = ("WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response",)
_PERIOD = ("THE Custom_Period_Selector SHALL allow selection of start date and time",)
_KABOTAN, _RPIDNS = "dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes", "Homas/RpiDNS .kiro/specs/custom-period"


def _after(*sentences: str, fires: int = 0, old: tuple[str, ...] = _OLD, tasks: str = "", source: str = "") -> Example:
    return with_lock(spec("\n".join(sentences), tasks=tasks, fires=fires, source=source), old)


RULE = Rule(
    code="TRC007",
    name="lock-is-stale",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _after(*_OLD, _NEW, fires=1),
        _after(_OLD[0], fires=1),
        _after(_OLD[1], _OLD[0], fires=1),
        _after(_OLD[0], _OLD[1].replace("200", "100"), fires=1),
        _after(_OLD[0].lower(), _OLD[1], fires=1),
        _after(_NEW, *_CHAT, old=_CHAT, fires=1, source=_KABOTAN),
        _after(_PERIOD[0].replace("start", "end"), old=_PERIOD, fires=1, source=_RPIDNS),
        _after(*_OLD),
        _after(_OLD[0].replace("Store", "**Store**"), _OLD[1]),
        _after(f"{_OLD[0]} <!-- ac:7f3a -->", _OLD[1]),
        _after(*_OLD, tasks="- [ ] 1. Keep\n  - _Requirements: 1.1_\n"),
        spec("\n".join((*_OLD, _NEW))),
        _after(*_CHAT, old=_CHAT, source=_KABOTAN),
        _after(*_PERIOD, old=_PERIOD, source=_RPIDNS),
    ),
)
