"""What could not be read, told apart from what could not be read before, and from what a person accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from setsquare.powers.iam.escalation.baseline import Accepted, Baseline
from setsquare.powers.iam.escalation.loose_documents import CDK
from setsquare.text.paths import RelPath

UNREAD = "unread"
"""The path under which such a place is accepted."""
_LONG = 150
_ELSEWHERE = ("macro", "Fn::")


def mark_of(text: str, files: Mapping[RelPath, bytes]) -> str:
    """Give what has to stay the same besides the words: the file's bytes, where the words do not say all that matters.

    >>> mark_of("a.tf (x.y): Action holds ${var.x}", {}), len(mark_of("a.tf: it is no HCL", {RelPath("a.tf"): b"{"}))
    ('', 64)
    """
    place, _, reason = text.partition(": ")
    path = RelPath(place.partition(" (")[0])
    if " (" in place and len(reason) < _LONG and not any(word in text for word in _ELSEWHERE):
        return ""
    raw = files.get(path)
    return "" if raw is None else hashlib.sha256(raw).hexdigest()


def fresh(
    after: Iterable[str], before: Iterable[str], marks: Mapping[str, str], known: Mapping[str, str], baseline: Baseline
) -> tuple[str, ...]:
    """Give what could be read before, or has changed since, and what nobody accepted; `marks` are those after, `known` those before.

    The code of an app of the CDK is not read, so that nobody knows whether it changed.

    >>> fresh(("a", "b"), ("a",), {}, {}, Baseline())
    ('b',)
    """
    old = set(before)
    return tuple(
        [
            text
            for text in after
            if not (text in old and not text.endswith(CDK) and marks.get(text, "") == known.get(text, ""))
            and not is_accepted(text, marks.get(text, ""), baseline)
        ]
    )


def is_accepted(text: str, mark: str, baseline: Baseline) -> bool:
    """Tell whether a person accepted that a place is not read, as it is."""
    wanted = (f"sha256 {mark}",) if mark else ()
    return any(each.path == UNREAD and each.resources == (text,) and each.conditions == wanted for each in baseline.accepted)


def accepted_unread(texts: Iterable[str], marks: Mapping[str, str], *, reason: str, by: str, on: str) -> tuple[Accepted, ...]:
    """Make entries of such places.

    >>> accepted_unread(("a.tf (x): y",), {}, reason="r", by="Ada", on="2026-01-01")[0].principal
    'a.tf (x)'
    """
    return tuple(
        [
            Accepted(
                principal=text.partition(": ")[0],
                path=UNREAD,
                certainty="possible",
                reason=reason,
                by=by,
                on=on,
                resources=(text,),
                conditions=(f"sha256 {marks[text]}",) if marks.get(text) else (),
            )
            for text in texts
        ]
    )
