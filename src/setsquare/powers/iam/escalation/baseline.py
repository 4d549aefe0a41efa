"""The escalations that people accepted: a committed file with who accepted each and why.

A line holds for what goes no further than it says; what goes further is reported again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

from msgspec import Struct

from setsquare.powers.iam.escalation.comparing import is_within
from setsquare.powers.iam.escalation.model import Certainty, Escalation
from setsquare.text.paths import RelPath

ACCEPTED = RelPath(".setsquare/iam/accepted.toml")
"""Where the file lies in a workspace."""
_HEAD = """# Escalation paths that were accepted, each with who accepted it and why. `setsquare iam escalations --accept REASON` adds to it.
# Whatever goes further than a line says is reported again.
"""
_CERTAINTIES = tuple(each.value for each in Certainty)
_UNPRINTABLE = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]')


class Accepted(Struct, frozen=True, kw_only=True):
    """One accepted escalation; `on` is a day, `YYYY-MM-DD`."""

    principal: str
    path: str
    certainty: str
    reason: str
    by: str
    on: str = ""
    resources: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    via: tuple[str, ...] = ()


class Baseline(Struct, frozen=True):
    """The accepted escalations of a file, and what of it cannot be read: such entries accept nothing."""

    accepted: tuple[Accepted, ...] = ()
    problems: tuple[str, ...] = ()

    # req: iam-autopilot/5.4
    def accepts(self, each: Escalation) -> bool:
        """Tell whether a person accepted an escalation as it is, or one that goes further."""
        return any(is_within(each, _known(entry)) for entry in self.accepted if entry.principal == each.principal)


def read_baseline(raw: bytes | None) -> Baseline:
    r"""Read the file; an entry without reason or name accepts nothing.

    >>> read_baseline(b'[[accepted]]\nprincipal = "ci"\npath = "iam-001"\ncertainty = "certain"\nreason = ""\nby = "Ada"').problems
    ('entry 1 accepts nothing: `reason` is missing',)
    """
    if raw is None:
        return Baseline()
    try:
        data: object = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Baseline((), (f"it is no TOML, so that it accepts nothing: {error}",))
    entries = data.get("accepted") if isinstance(data, dict) else None
    if entries is None:
        return Baseline()
    if not isinstance(entries, list):
        return Baseline((), ("`accepted` is no list of tables, so that it accepts nothing",))
    read = [_entry(entry, number) for number, entry in enumerate(entries, 1)]
    return Baseline(
        tuple(each for each in read if isinstance(each, Accepted)),
        tuple(each for each in read if isinstance(each, str)),
    )


def accepted_of(found: Iterable[Escalation], *, reason: str, by: str, on: str) -> tuple[Accepted, ...]:
    """Make entries of escalations.

    >>> accepted_of((), reason="r", by="Ada", on="2026-01-01")
    ()
    """
    return tuple(
        Accepted(
            principal=each.principal,
            path=each.path,
            certainty=each.certainty,
            reason=reason,
            by=by,
            on=on,
            resources=each.resources,
            conditions=each.conditions,
            targets=each.targets,
            via=each.via,
        )
        for each in found
    )


def with_accepted(raw: bytes | None, added: Iterable[Accepted]) -> bytes:
    """Add entries to the file; what stands there stays as it is.

    >>> with_accepted(None, (Accepted(principal="ci", path="iam-001", certainty="certain", reason="r", by="Ada"),)).decode().count(
    ...     "[[accepted]]"
    ... )
    1
    """
    text = _HEAD if raw is None else raw.decode("utf-8", "surrogateescape")
    text += "" if text.endswith("\n") else "\n"
    return (text + "".join(f"\n{_written(entry)}" for entry in added)).encode("utf-8", "surrogateescape")


def _written(entry: Accepted) -> str:
    lines = ["[[accepted]]"]
    lines += [f"{name} = {_quoted(str(getattr(entry, name)))}" for name in ("principal", "path", "certainty", "reason", "by", "on")]
    for name in ("resources", "conditions", "targets", "via"):
        words = getattr(entry, name)
        if words:
            lines.append(f"{name} = [{', '.join(map(_quoted, words))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


def _entry(entry: object, number: int) -> Accepted | str:
    if not isinstance(entry, dict):
        return f"entry {number} accepts nothing: it is no table"
    texts: dict[str, str] = {}
    for name in ("principal", "path", "certainty", "reason", "by"):
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            return f"entry {number} accepts nothing: `{name}` is missing"
        texts[name] = value
    if texts["certainty"] not in _CERTAINTIES:
        return f"entry {number} accepts nothing: `certainty` is none of {', '.join(_CERTAINTIES)}"
    lists: dict[str, tuple[str, ...]] = {}
    for name in ("resources", "conditions", "targets", "via"):
        value = entry.get(name, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            return f"entry {number} accepts nothing: `{name}` is no list of strings"
        lists[name] = tuple(value)
    return Accepted(
        principal=texts["principal"],
        path=texts["path"],
        certainty=texts["certainty"],
        reason=texts["reason"],
        by=texts["by"],
        on=str(entry.get("on", "")),
        resources=lists["resources"],
        conditions=lists["conditions"],
        targets=lists["targets"],
        via=lists["via"],
    )


def _known(entry: Accepted) -> Escalation:
    return Escalation(
        principal=entry.principal,
        path=entry.path,
        severity=0,
        certainty=entry.certainty,
        actions=(),
        conditions=entry.conditions,
        resources=entry.resources,
        targets=entry.targets,
        via=entry.via,
    )
