"""Finds records of specs that were left out when the files were read: what rests on them would be wrong without a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.ports.files import LEFTOVER
from setsquare.text.paths import RelPath

_RULES: Final = {
    ".setsquare/trace": "TRC005",
    ".setsquare/approvals": "CFG007",
    ".setsquare/history": "CFG007",
    ".setsquare/evidence": "CFG007",
    ".setsquare/check.toml": "CFG004",
    ".setsquare/sources.toml": "CFG003",
}
_ALL: Final = ".setsquare"


class UnreadRecord(Struct, frozen=True):
    """A record, or a folder of records, that was left out; `code` is the rule that speaks of its kind."""

    path: RelPath
    reason: str
    code: str

    @property
    def mend(self) -> str:
        """Say what to do."""
        return "put the real file there" if self.reason == "symbolic link" else "make it a file that can be read"


def unread_records(skipped: Iterable[tuple[RelPath, str]]) -> tuple[UnreadRecord, ...]:
    """Find the records among what was left out.

    >>> [
    ...     one.code
    ...     for one in unread_records([(RelPath(".setsquare/trace/a.lock.jsonl"), "symbolic link"), (RelPath("docs"), "symbolic link")])
    ... ]
    ['TRC005']
    """
    found: list[UnreadRecord] = []
    for path, reason in skipped:
        if reason == LEFTOVER or not path.startswith(_ALL):
            continue
        if path == _ALL:
            found.append(UnreadRecord(path, reason, "TRC005"))
        found += [UnreadRecord(path, reason, code) for place, code in _RULES.items() if path == place or path.startswith(f"{place}/")]
    return tuple(found)


def require_records(skipped: Iterable[tuple[RelPath, str]]) -> None:
    """Stop where a record stands in the workspace and was left out, so that what rests on it would be wrong.

    Raises:
        Refused: the message says which, and the hint what to do.
    """
    for record in unread_records(skipped):
        raise Refused(f"{record.path} is left out ({record.reason}), and what rests on it would be wrong.", f"{record.mend.capitalize()}.")
