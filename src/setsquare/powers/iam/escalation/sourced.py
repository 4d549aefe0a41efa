"""Joins the policies of infrastructure code into principals: all policies of an owner, its boundary and its trust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.text.paths import RelPath


def principals_in(policies: Iterable[SourcePolicy], files: Mapping[RelPath, bytes]) -> tuple[Principal, ...]:
    """Give the principals of some policies, in the order in which they stand; a policy without an owner is judged by itself.

    >>> principals_in((), {})
    ()
    """
    owners: dict[str, list[SourcePolicy]] = {}
    alone: list[SourcePolicy] = []
    for each in policies:
        if each.owner:
            owners.setdefault(each.owner, []).append(each)
        elif not each.is_trust and not each.is_boundary:
            alone.append(each)
    owned = [_owned(owner, tuple(listed), files) for owner, listed in owners.items()]
    return (*owned, *_lonely(alone, files))


def _owned(owner: str, policies: tuple[SourcePolicy, ...], files: Mapping[RelPath, bytes]) -> Principal:
    boundary = next((each for each in policies if each.is_boundary), None)
    trust = next((each for each in policies if each.is_trust), None)
    identity = tuple([NamedPolicy(_name(each), each.policy) for each in policies if not each.is_trust and not each.is_boundary])
    named = NamedPolicy(_name(boundary), boundary.policy) if boundary else None
    return Principal(
        name=owner,
        layers=Layers(identity=identity, boundary=named),
        trust=trust.policy if trust else None,
        place=_place(next((each for each in policies if not each.is_trust), policies[0]), files),
    )


def _lonely(policies: list[SourcePolicy], files: Mapping[RelPath, bytes]) -> list[Principal]:
    """Give policies of nobody as principals; names that stand twice are told apart by their files."""
    names = [_name(each) for each in policies]
    made: list[Principal] = []
    for each, name in zip(policies, names, strict=True):
        shown = f"{name} ({each.path})" if names.count(name) > 1 else name
        made.append(
            Principal(name=shown, layers=Layers(identity=(NamedPolicy(name, each.policy),)), is_policy=True, place=_place(each, files))
        )
    return made


def _name(each: SourcePolicy) -> str:
    return each.name or each.address or each.path


def _place(each: SourcePolicy, files: Mapping[RelPath, bytes]) -> str:
    raw = files.get(each.path, b"")
    line = raw.count(b"\n", 0, each.span.start) + 1
    return f"{each.path}:{line}"
