"""Writes several policies where one stood: copies are put beside it in its own form, attached as it is, and each is narrowed to its share.

Every share is narrowed, proven and read again like any other policy; what cannot be is refused in words, and nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from setsquare.powers.iam.infrastructure.cloudformation_copying import template_copies
from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited, line_of
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Found, Located, Unit
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.reproving import key_of, said
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_copying import terraform_copies
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits

_LIMIT_NAME = 128
_TEMPLATES = (Form.CLOUDFORMATION_JSON, Form.CLOUDFORMATION_YAML)
_BY_HAND = "`setsquare iam recommend --output` writes the policies, for an edit by hand."


class Shared(Struct, frozen=True):
    """The whole files that change, and the addresses of the policies that are new."""

    contents: Mapping[RelPath, bytes]
    addresses: tuple[str, ...]


# req: iam-autopilot/6.1
def shared_out(
    files: Mapping[RelPath, bytes], found: Found, located: Located, before: Policy, shares: Sequence[Policy]
) -> Shared | CannotEdit:
    """Plan what writes the shares of a policy; the first takes its place."""
    source, unit = located.source, located.unit
    reason = _kept(located, len(shares))
    if reason or unit is None:
        return CannotEdit(
            source.path, line_of(files, source.path, source.span.start), f"it would become {len(shares)} policies, {reason}", _BY_HAND
        )
    try:
        now, addresses = _copied(files, located, unit, len(shares))
    except (Refusal, ValueError) as refusal:
        why = refusal.reason if isinstance(refusal, Refusal) else "its parts are too entangled"
        return CannotEdit(
            unit.path, line_of(files, unit.path, unit.span.start), f"it would become {len(shares)} policies, but {why}", _BY_HAND
        )
    there = found_in(now)
    family = _family(there, located, unit, addresses)
    wrong = _misread(found, there, family, located) if len(family) == len(shares) else "the copies do not hang on the same role"
    if wrong:
        return CannotEdit(
            unit.path, line_of(files, unit.path, unit.span.start), f"it would become {len(shares)} policies, but {wrong}", _BY_HAND
        )
    places = [there.located.index(each) for each in family]
    for place, share in zip(places, shares, strict=True):
        seen = found_in(now)
        done = edited(now, seen.located[place].source, before, share, seen)
        if isinstance(done, CannotEdit):
            return done
        if done.notes:
            return CannotEdit(
                unit.path,
                line_of(files, unit.path, unit.span.start),
                f"it would become {len(shares)} policies, but {done.notes[0]}",
                _BY_HAND,
            )
        now = {**now, **{change.path: change.applied(now[change.path]) for change in done.changes}}
    return Shared({path: raw for path, raw in now.items() if raw != files.get(path)}, addresses)


def _kept(located: Located, number: int) -> str:
    """Say why a policy cannot become several; empty where nothing speaks against it so far."""
    unit, source = located.unit, located.source
    if unit is None:
        return "and who attaches this file is not in the repository"
    if unit.is_repeated:
        return f"but {unit.address} is made in a loop or by a module"
    if not source.owner:
        return "and what attaches it to the role is not in the repository"
    if len(source.name) + len(str(number)) + 1 > _LIMIT_NAME:
        return f"and its name leaves no room for theirs ({_LIMIT_NAME} characters)"
    return ""


def _copied(files: Mapping[RelPath, bytes], located: Located, unit: Unit, number: int) -> tuple[dict[RelPath, bytes], tuple[str, ...]]:
    if located.source.form in _TEMPLATES:
        is_yaml = located.source.form is Form.CLOUDFORMATION_YAML
        edits, addresses = template_copies(files[unit.path], unit, number, is_yaml=is_yaml)
        return {**files, unit.path: apply_edits(files[unit.path], edits)}, addresses
    made = terraform_copies(files, located, unit, number)
    return {**files, **{path: apply_edits(files[path], each) for path, each in made.edits.items()}, **made.created}, made.addresses


def _family(found: Found, located: Located, unit: Unit, addresses: Sequence[str]) -> list[Located]:
    """Find the policy and its copies, in their order."""
    wanted = [located.source.address, *addresses]
    mine = [
        each
        for each in found.located
        if each.source.owner == located.source.owner and not each.source.is_trust and not each.source.is_boundary
    ]
    if len(set(wanted)) == len(wanted):
        return [each for address in wanted for each in mine if each.source.address == address]
    # Entries of a role have its address; they stand behind each other.
    same = [each for each in mine if each.source.address == located.source.address and said(each) == said(located)]
    return [each for each in same if each.unit is not None and each.unit.kind is unit.kind]


def _misread(before: Found, after: Found, family: Sequence[Located], located: Located) -> str:
    """Say how code with copies differs from the old one in anything but the copies."""
    left = sorted((key_of(each), said(each)) for each in before.located)
    there = sorted((key_of(each), said(each)) for each in after.located if each not in family[1:])
    if left != there or len(after.unread) > len(before.unread):
        return "other policies would not be what they were"
    names = [each.source.name for each in family if each.source.name]
    if len(set(names)) != len(names) or any(said(each) != said(located) for each in family):
        return "the copies would not be told apart"
    return ""
