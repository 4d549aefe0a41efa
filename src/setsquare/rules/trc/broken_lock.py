"""A lock cannot be read whole.

What: a file below `.setsquare/trace/` has the marks of a merge conflict, a line that is no criterion, two lines for one criterion, lines out of
order, a header of another spec or of a newer version.

Why: a lock says what every link means. While it cannot be read, nothing is written over it, and no shifted or suspect link of its spec is found.

Example: `<<<<<<< HEAD` in `.setsquare/trace/orders.lock.jsonl`

Instead: `setsquare trace lock --repair`, which keeps the broken file beside the new one

Fix safety: no fix; the command shows what it changes.

Source: Setsquare's lock format, version 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.lock_sample import LOCK, line_of, lock_of
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.spec.lock import lock_path

_MOST = 20


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every line of a lock that cannot be used; of very many the first ones."""
    seen: set[str] = set()
    for item in evidence.locks.identity.specs:
        path = lock_path(item.spec)
        if item.lock is None or path in seen:
            continue
        seen.add(path)
        for problem in item.lock.problems[:_MOST]:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=path,
                span=line_of(evidence.raw(path), problem.line),
                message=problem.reason,
                hint=problem.mend,
            )


_TEXT = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt"
_CHAT = "WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response"
_PERIOD = "THE Custom_Period_Selector SHALL allow selection of start date and time"
_GOOD = lock_of(_TEXT.split("\n"))
_HEAD, _ONE, _TWO = _GOOD.splitlines()


def _with(lock: str, *, fires: int = 0, text: str = _TEXT, source: str = "") -> Example:
    return Example(files=(*spec(text).files, (LOCK, lock)), fires=fires, source=source)


RULE = Rule(
    code="TRC005",
    name="lock-is-broken",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _with(f"{_HEAD}\n<<<<<<< HEAD\n{_ONE}\n=======\n{_TWO}\n>>>>>>> topic\n", fires=3),
        _with(f"{_HEAD.replace('1', '2')}\n{_ONE}\n", fires=1),
        _with(f"{_HEAD}\n{_ONE}\n{_TWO[:-5]}\n", fires=1),
        _with(f"{_HEAD}\n{_ONE}\n{_ONE}\n{_TWO}\n", fires=1),
        _with(f"{_HEAD}\n{_TWO}\n{_ONE}\n", fires=1),
        _with("", fires=1),
        _with(
            lock_of((_CHAT,)).replace('"id":"1.1"', '"id":11'),
            text=_CHAT,
            fires=1,
            source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes",
        ),
        _with(
            lock_of((_PERIOD,)).replace('"orders"', '"invoices"'), text=_PERIOD, fires=1, source="Homas/RpiDNS .kiro/specs/custom-period"
        ),
        _with(_GOOD),
        _with(f"{_HEAD}\n\n{_ONE}\n{_TWO}"),
        _with(_GOOD.replace("\n", "\r\n")),
        _with(f"{_HEAD}\n"),
        spec(_TEXT),
        _with(lock_of((_CHAT,)), text=_CHAT, source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes"),
        _with(lock_of((_PERIOD,)), text=_PERIOD, source="Homas/RpiDNS .kiro/specs/custom-period"),
    ),
)
