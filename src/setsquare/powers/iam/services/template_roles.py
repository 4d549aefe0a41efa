"""Follows a property of a CloudFormation template to the names of the roles that it may mean.

Source: AWS CloudFormation, Template Reference, "Intrinsic functions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from setsquare.powers.iam.services.model import role_in
from setsquare.powers.iam.services.values import Tree, child, text_of
from setsquare.text.lazy_pattern import LazyPattern

_VARIABLE = LazyPattern(r"\A\$\{(?P<name>\w++)(?:\.Arn)?\}\Z")
_LIMIT_SHOWN = 200
_LIMIT_CHOICES = 4
_PROFILE = "AWS::IAM::InstanceProfile"


class Named(Struct, frozen=True):
    """A role by its name, or what the template says in its place."""

    role: str
    unresolved: str = ""


def roles(written: Tree, resources: Mapping[str, Tree]) -> Iterator[Named]:
    """Give the roles that a property may mean: both sides of a condition.

    >>> [
    ...     each.role
    ...     for each in roles({"Fn::If": ["C", "arn:aws:iam::123456789012:role/a", {"Ref": "R"}]}, {"R": {"Properties": {"RoleName": "b"}}})
    ... ]
    ['a', 'b']
    """
    for each in choices(written):
        role = _role(each, resources)
        yield Named(role, "" if role else shown(each))


def profile_roles(written: Tree, resources: Mapping[str, Tree]) -> Iterator[Named]:
    """Give the roles of an instance profile: by its resource, or by the name that a resource gives it."""
    for each in choices(written):
        name = (_literal(each) or "").rpartition("/")[2]
        profile = resources.get(logical(each)) or next((inner for inner in _profiles(resources) if name and _title(inner) == name), None)
        held = child(child(profile, "Properties"), "Roles")
        if not isinstance(held, list) or not held:
            yield Named("", f"instance profile {shown(each)}")
        for inner in held if isinstance(held, list) else ():
            yield from roles(inner, resources)


def choices(written: Tree, depth: int = 0) -> Iterator[Tree]:
    """Give what a property may be, by its conditions."""
    sides = child(written, "Fn::If") or child(written, "!If")
    if isinstance(sides, list) and len(sides) == 3 and depth < _LIMIT_CHOICES:
        for side in sides[1:]:
            yield from choices(side, depth + 1)
    elif "AWS::NoValue" not in (child(written, "Ref"), child(written, "!Ref")):
        yield written


def logical(written: Tree) -> str:
    """Name the resource that a reference means; empty where it is none.

    >>> logical({"!GetAtt": "Role.Arn"}), logical({"Fn::GetAtt": ["Role", "Arn"]}), logical({"!Sub": "${Role.Arn}"}), logical("Role")
    ('Role', 'Role', 'Role', '')
    """
    for key in ("Ref", "!Ref", "Fn::GetAtt", "!GetAtt", "Fn::Sub", "!Sub"):
        found = child(written, key)
        if isinstance(found, list):
            found = found[0] if found else None
        if text := text_of(found):
            match = _VARIABLE.match(text) if key.endswith("Sub") else None
            return (match["name"] if match else "") if key.endswith("Sub") else text.partition(".")[0]
    return ""


def shown(written: Tree) -> str:
    """Show a property as it is written."""
    if isinstance(written, dict) and len(written) == 1 and next(iter(written.values())) is None:
        return next(iter(written))
    return msgspec.json.encode(written).decode("utf-8", "replace")[:_LIMIT_SHOWN]


def _role(written: Tree, resources: Mapping[str, Tree]) -> str:
    target = resources.get(logical(written))
    if target is not None:
        return role_in(text_of(child(child(target, "Properties"), "RoleName")))
    return role_in(_literal(written) or "")


def _literal(written: Tree) -> str | None:
    """Give a text, with `${}` for each part that only CloudFormation knows."""
    text = text_of(written)
    if text:
        return text
    substituted = child(written, "Fn::Sub") or child(written, "!Sub")
    if isinstance(substituted, list):
        substituted = substituted[0] if substituted else None
    if isinstance(substituted, str):
        return substituted
    joined = child(written, "Fn::Join") or child(written, "!Join")
    if isinstance(joined, list) and len(joined) == 2 and isinstance(joined[0], str) and isinstance(joined[1], list):
        return joined[0].join(text_of(part) or "${}" for part in joined[1])
    return None


def _profiles(resources: Mapping[str, Tree]) -> Iterator[Tree]:
    return (each for each in resources.values() if text_of(child(each, "Type")) == _PROFILE)


def _title(resource: Tree) -> str:
    return text_of(child(child(resource, "Properties"), "InstanceProfileName"))
