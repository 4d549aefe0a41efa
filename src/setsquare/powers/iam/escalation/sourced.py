"""Joins what infrastructure code says of each principal: its own policies, managed ones attached by name, its boundary, its trust, and its ARN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.attaching import Attached, Hung, attached, name_of
from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
from setsquare.powers.iam.escalation.code import Code, Owner, scope_of
from setsquare.powers.iam.escalation.naming import ANY_ACCOUNT, ONE_ACCOUNT, Names, arn_of, fixed_name, fixed_of, given_name, patterns_of
from setsquare.powers.iam.escalation.principal import PolicyPlace, Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.text.paths import RelPath, parent

_PARTITIONS = ("aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc")
_TEMPLATES = frozenset({Form.CLOUDFORMATION_JSON, Form.CLOUDFORMATION_YAML})


class Sourced(Struct, frozen=True, kw_only=True):
    """The principals of code. `meeting` holds those that may assume one another, by name, with all that they refer to in place and all accounts taken for one.

    `unknown` says what is attached to somebody without anybody knowing what it grants.
    """

    principals: tuple[Principal, ...] = ()
    meeting: Mapping[str, Principal] = {}
    unknown: tuple[str, ...] = ()


class _Piece(Struct, frozen=True, kw_only=True):
    """One policy of one principal. `home` is the folder or template whose names it uses."""

    owner: str
    scope: str
    home: str
    policy: NamedPolicy
    is_trust: bool = False
    is_boundary: bool = False
    place: str = ""
    attached: str = ""
    order: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """Give whose it is."""
        return self.scope, self.owner


def sourced(policies: Iterable[SourcePolicy], files: Mapping[RelPath, bytes], code: Code, aws: AwsPolicies) -> Sourced:
    """Give the principals of some policies and of the code around them.

    >>> from setsquare.powers.iam.escalation.code import Attachment
    >>> hung = Attachment(path=RelPath("a.tf"), start=0, scope="", owner="ci", word="arn:aws:iam::aws:policy/NewAccess", place="x.y")
    >>> sourced((), {RelPath("a.tf"): b""}, Code(attachments=(hung,)), AwsPolicies(dated="2026-01-01")).unknown
    ("a.tf (x.y): what AWS's policy NewAccess grants is not known: the table of 2026-01-01 lacks it",)
    """
    listed = tuple(policies)
    found = attached(code, listed, files, aws)
    taken = {id(each.own) for each in found.hung if each.own is not None and each.attachment.owner}
    pieces: dict[tuple[str, str], list[_Piece]] = {}
    alone: list[SourcePolicy] = []
    for each in listed:
        piece = _piece(each, files, code)
        if piece.owner:
            pieces.setdefault(piece.key, []).append(piece)
        elif id(each) not in taken and not each.is_trust and not each.is_boundary:
            alone.append(each)
    known = {_mark(piece): piece for parts in pieces.values() for piece in parts if not piece.is_trust}
    for hung in found.hung:
        if hung.attachment.owner:
            _add(pieces, known, _hung_piece(hung))
    owners = {owner.key: owner for owner in code.owners}
    groups = {key: tuple([each for each in parts if not each.is_trust and not each.is_boundary]) for key, parts in pieces.items()}
    for user, group in dict.fromkeys(code.members):
        for piece in groups.get(group, ()):
            _add(pieces, known, replace(piece, scope=user[0], owner=user[1], policy=_of_group(piece, group[1]), order=2))
    counts = Counter(name for _, name in pieces)
    shown = {key: key[1] if counts[key[1]] == 1 else f"{key[1]} ({key[0] or 'anywhere'})" for key in pieces}
    patterns, fixed = patterns_of(code.owners), fixed_of(code.owners)
    principals = [_principal(shown[key], tuple(parts), owners.get(key), patterns) for key, parts in pieces.items()]
    meeting = {
        shown[key]: _principal(shown[key], tuple(parts), owners[key], fixed) for key, parts in pieces.items() if key in owners
    }  # fmt: skip
    others = _told_apart({each.name for each in principals}, (*_lonely(alone, files), *_nobodys(found)))
    return Sourced(principals=(*principals, *others), meeting=meeting, unknown=found.unknown)


def _told_apart(taken: set[str], policies: Iterable[Principal]) -> Iterator[Principal]:
    """Give policies of nobody names that nobody else has: of two with one name, one would hide the other."""
    for each in policies:
        name, number = each.name, 1
        while name in taken:
            number += 1
            name = f"{each.name} ({number})"
        taken.add(name)
        yield each if name == each.name else replace(each, name=name)


def _piece(each: SourcePolicy, files: Mapping[RelPath, bytes], code: Code) -> _Piece:
    """Say on whom a policy hangs; where its own reading does not name a role, the block may."""
    home = _home(each, code)
    owner, scope = each.owner, scope_of(each.owner, home)
    if not owner and (home, each.address) in code.homes:
        owner = code.homes[home, each.address]
        scope = home if any(known.key == (home, owner) for known in code.owners) else scope_of(owner, home)
    return _Piece(
        owner=owner,
        scope=scope,
        home=home,
        policy=NamedPolicy(name_of(each), each.policy),
        is_trust=each.is_trust,
        is_boundary=each.is_boundary,
        place=_place(each, files),
        order=1 if each.is_trust else 0,
    )


def _home(each: SourcePolicy, code: Code) -> str:
    """Give the template, or the folder of the block: a policy's words may stand in a file of another folder."""
    if each.form in _TEMPLATES:
        return each.path
    folder = parent(each.path)
    if each.form is not Form.JSON or not each.address or (folder, each.address) in code.homes:
        return folder
    found = {home for home, address in code.homes if address == each.address}
    return found.pop() if len(found) == 1 else folder


def _hung_piece(hung: Hung) -> _Piece:
    at = hung.attachment
    home = at.scope if at.scope == at.path else parent(at.path)
    place = f"{at.path}:{hung.line}"
    return _Piece(
        owner=at.owner, scope=at.scope, home=home, policy=hung.policy, is_boundary=at.is_boundary, place=place, attached=place, order=2
    )


def _add(pieces: dict[tuple[str, str], list[_Piece]], known: dict[tuple[str, str, str, bool], _Piece], piece: _Piece) -> None:
    """Add a policy that hangs on somebody, unless the reading of policies hung it there already."""
    same = known.get(_mark(piece))
    if same is not None and same.policy == piece.policy:
        if piece.attached and not same.attached:
            kept = replace(same, attached=piece.attached)
            known[_mark(piece)] = kept
            pieces[piece.key] = [kept if each is same else each for each in pieces[piece.key]]
    else:
        known.setdefault(_mark(piece), piece)
        pieces.setdefault(piece.key, []).append(piece)


def _mark(piece: _Piece) -> tuple[str, str, str, bool]:
    return (*piece.key, piece.policy.name, piece.is_boundary)


def _of_group(piece: _Piece, group: str) -> NamedPolicy:
    return NamedPolicy(f"group {group}: {piece.policy.name}", piece.policy.policy)


def _principal(name: str, pieces: tuple[_Piece, ...], owner: Owner | None, names: Names) -> Principal:
    boundary = next((each for each in pieces if each.is_boundary), None)
    trust = next((each for each in pieces if each.is_trust), None)
    made = tuple([_named(each, names) for each in pieces if not each.is_trust and not each.is_boundary])
    first = min(pieces, key=lambda each: each.order)
    return Principal(
        name=name,
        arn=_arn(owner, names, made),
        layers=Layers(identity=made, boundary=_named(boundary, names) if boundary else None),
        trust=names.policy(trust.policy.policy, trust.home) if trust else None,
        place=first.place,
        places=tuple([PolicyPlace(each.policy.name, each.place, each.attached) for each in pieces if not each.is_trust]),
    )


def _named(piece: _Piece, names: Names) -> NamedPolicy:
    return NamedPolicy(piece.policy.name, names.policy(piece.policy.policy, piece.home))


def _arn(owner: Owner | None, names: Names, policies: tuple[NamedPolicy, ...]) -> str:
    if owner is None:
        return ""
    if names.is_one_account:
        return arn_of(owner, ONE_ACCOUNT, fixed_name(owner))
    return arn_of(owner, ANY_ACCOUNT, given_name(owner), _partition(policies))


def _partition(policies: tuple[NamedPolicy, ...]) -> str:
    """Give the partition of AWS that the policies name besides `aws`."""
    words = [word for named in policies for statement in named.policy.statements for word in statement.resources or ()]
    return next((each for each in _PARTITIONS if any(word.startswith(f"arn:{each}:") for word in words)), "aws")


def _lonely(policies: list[SourcePolicy], files: Mapping[RelPath, bytes]) -> list[Principal]:
    """Give policies of nobody as principals; names that stand twice are told apart by their files."""
    names = [name_of(each) for each in policies]
    made: list[Principal] = []
    for each, name in zip(policies, names, strict=True):
        shown = f"{name} ({each.path})" if names.count(name) > 1 else name
        made.append(
            Principal(name=shown, layers=Layers(identity=(NamedPolicy(name, each.policy),)), is_policy=True, place=_place(each, files))
        )
    return made


def _nobodys(found: Attached) -> list[Principal]:
    """Give attachments to nobody known as principals, one for each."""
    counts: dict[str, int] = {}
    made: list[Principal] = []
    for hung in found.hung:
        if hung.attachment.owner or hung.attachment.is_boundary or (hung.own is not None and hung.own.owner):
            continue
        name, path = hung.policy.name, hung.attachment.path
        shown = f"attachment of {name} in {path}"
        counts[shown] = counts.get(shown, 0) + 1
        numbered = f"{shown} ({counts[shown]})" if counts[shown] > 1 else shown
        made.append(Principal(name=numbered, layers=Layers(identity=(hung.policy,)), is_policy=True, place=f"{path}:{hung.line}"))
    return made


def _place(each: SourcePolicy, files: Mapping[RelPath, bytes]) -> str:
    raw = files.get(each.path, b"")
    line = raw.count(b"\n", 0, each.span.start) + 1
    return f"{each.path}:{line}"
