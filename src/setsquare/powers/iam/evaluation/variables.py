"""Puts the values of a request into the variables of a policy.

Source: AWS, IAM User Guide, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.glob import Atom, joined, wild_atoms

_ESCAPES = ("*", "?", "$")


class Reference(Struct, frozen=True):
    """A variable: its key in lower case, and what stands for it where the request lacks the key; `None` where nothing does."""

    key: str
    default: str | None


class Resolved(Struct, frozen=True):
    """A text with its variables replaced. `atoms` is `None` where that cannot be: `unknown` are keys of which nothing is known, `missing` those the request lacks."""

    atoms: tuple[Atom, ...] | None
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def has_variable(text: str) -> bool:
    """Tell whether a text of a policy with variables holds one or an escape.

    >>> has_variable("a/${aws:userid}"), has_variable("a/*")
    (True, False)
    """
    return "${" in text


def resolved(text: str, view: View) -> Resolved:
    """Replace the variables of a text. What is put in is text: a `*` of a user's name is no wildcard.

    A key with several values cannot stand for a variable; it is as if it were missing.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> view = View(Request(action="s3:GetObject", context={"aws:username": ("a*",)}))
    >>> resolved("${aws:UserName}*", view).atoms
    ('a', '*', <Wild.ANY: '*'>)
    >>> resolved("${aws:userid, 'x'}", view).atoms, resolved("${aws:userid}", view).missing
    (('x',), ('aws:userid',))
    """
    atoms: list[Atom] = []
    unknown: list[str] = []
    missing: list[str] = []
    for part in _parts(text):
        if not isinstance(part, Reference):
            atoms += part
            continue
        values = view.values(part.key)
        if values is None:
            unknown.append(part.key)
        elif len(values) == 1:
            atoms += values[0]
        elif not values and part.default is not None:
            atoms += part.default
        else:
            missing.append(part.key)
    if unknown or missing:
        return Resolved(None, tuple(unknown), tuple(missing))
    return Resolved(joined(atoms))


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[tuple[Atom, ...] | Reference, ...]:
    """Split a text at its variables; an opening without its end is text."""
    parts: list[tuple[Atom, ...] | Reference] = []
    position = 0
    while (start := text.find("${", position)) >= 0 and (end := _end(text, start)) >= 0:
        parts += (wild_atoms(text[position:start]), _part(text[start + 2 : end]))
        position = end + 1
    parts.append(wild_atoms(text[position:]))
    return tuple(parts)


def _end(text: str, start: int) -> int:
    """Find the brace that closes a variable: one inside the quotes of a default does not."""
    end = text.find("}", start)
    quote = text.find("'", start)
    if 0 <= quote < end:
        closing = text.find("'", quote + 1)
        return text.find("}", closing) if closing >= 0 else end
    return end


def _part(inside: str) -> tuple[Atom, ...] | Reference:
    if inside in _ESCAPES:
        return (inside,)
    key, comma, rest = inside.partition(",")
    default = rest.strip()
    if comma and len(default) >= 2 and default[0] == default[-1] == "'":
        return Reference(key.strip().lower(), default[1:-1])
    return Reference(inside.strip().lower(), None)
