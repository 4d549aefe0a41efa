"""Reads what AWS's managed policies grant from the table in the package; a policy is made when it is asked for."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Condition, Effect, Policy, Statement

_DENY, _NOT_ACTION, _NOT_RESOURCE = 1, 2, 4


class _Row(msgspec.Struct, frozen=True):
    """One statement; words by number. Each condition is its operator, its key and its values."""

    kind: int
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]


class _File(msgspec.Struct, frozen=True):
    dated: str
    actions: str
    texts: tuple[str, ...]
    statements: tuple[msgspec.Raw, ...]
    policies: dict[str, tuple[int, ...]]
    silent: str


@functools.cache
def aws_policies() -> AwsPolicies:
    """Give AWS's managed policies by name; names have no case."""
    return AwsPolicies(dated=_file().dated, named=_named)


def actions_known() -> tuple[str, ...]:
    """List the actions of which the table says who grants them."""
    return tuple(_file().actions.split())


def names_known() -> tuple[str, ...]:
    """List the policies that the table knows, in lower case."""
    return tuple(sorted((*_granting(), *_silent())))


@functools.cache
def _named(name: str) -> Policy | None:
    numbers = _granting().get(name.lower())
    if numbers is None:
        return Policy(statements=(), version=CURRENT_VERSION) if name.lower() in _silent() else None
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return Policy(statements=tuple([_statement(index, _row(number)) for index, number in pairs]), version=CURRENT_VERSION)


@functools.cache
def _row(number: int) -> _Row:
    file = _file()
    kind, *lists = msgspec.json.decode(file.statements[number], type=tuple[int | tuple[int, ...], ...])
    words = [tuple([file.texts[at] for at in listed]) for listed in lists if isinstance(listed, tuple)]
    conditions = tuple([Condition(operator, key, tuple(values)) for operator, key, *values in words[2:]])
    return _Row(kind if isinstance(kind, int) else 0, words[0], words[1], conditions)


def _statement(index: int, row: _Row) -> Statement:
    is_not, is_except = bool(row.kind & _NOT_ACTION), bool(row.kind & _NOT_RESOURCE)
    return Statement(
        effect=Effect.DENY if row.kind & _DENY else Effect.ALLOW,
        index=index,
        actions=None if is_not else row.actions,
        not_actions=row.actions if is_not else None,
        resources=None if is_except else row.resources,
        not_resources=row.resources if is_except else None,
        conditions=row.conditions,
    )


@functools.cache
def _granting() -> dict[str, tuple[int, ...]]:
    return {name.lower(): numbers for name, numbers in _file().policies.items()}


@functools.cache
def _silent() -> frozenset[str]:
    return frozenset(_file().silent.lower().split())


@functools.cache
def _file() -> _File:
    raw = resources.files("setsquare").joinpath("iam_data", "managed_policies.json").read_bytes()
    return msgspec.json.decode(raw, type=_File)
