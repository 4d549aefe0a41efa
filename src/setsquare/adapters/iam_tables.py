"""Reads the tables of AWS's actions that lie in the package; a service is decoded when one of its actions is asked for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from importlib import resources

import msgspec

from setsquare.powers.iam.universe import AccessLevel, ActionFacts, ResourceType, Universe
from setsquare.powers.iam.usage.mapping import ActionTables

_LEVELS = (AccessLevel.LIST, AccessLevel.READ, AccessLevel.TAGGING, AccessLevel.WRITE, AccessLevel.PERMISSIONS)


class _Action(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of a service: resource types and the set of condition keys by number."""

    name: str
    level: int
    kinds: tuple[int, ...]
    keys: int


class _Service(msgspec.Struct, frozen=True):
    r: tuple[tuple[str, str], ...]
    k: tuple[tuple[str, ...], ...]
    a: tuple[_Action, ...]


class _UniverseFile(msgspec.Struct, frozen=True):
    version: str
    dated: str
    services: dict[str, msgspec.Raw]


class _CallsFile(msgspec.Struct, frozen=True):
    """The tables as they are written: `unjudged` by the reason, `data` by the type of resource that a trail selects; lists of actions are words of one text."""

    versions: dict[str, str]
    prefixes: dict[str, str]
    operations: dict[str, tuple[str, ...]]
    possible: dict[str, str]
    passing: frozenset[str]
    forward: dict[str, tuple[str, ...]]
    unjudged: dict[str, str]
    data: dict[str, str]
    never: dict[str, str]


class _Actions(Mapping[str, ActionFacts]):
    """Every action by lower-case name; looking one up decodes its service alone."""

    __slots__ = ("_found", "_raw", "_types")

    def __init__(self, raw: Mapping[str, msgspec.Raw]) -> None:
        self._raw = raw
        self._found: dict[str, dict[str, ActionFacts]] = {}
        self._types: dict[str, dict[str, ResourceType]] = {}

    def __getitem__(self, name: str) -> ActionFacts:
        return self.service(name.partition(":")[0])[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.service(name.partition(":")[0])

    def __iter__(self) -> Iterator[str]:
        for prefix in self._raw:
            yield from self.service(prefix)

    def __len__(self) -> int:
        return sum(len(self.service(prefix)) for prefix in self._raw)

    def service(self, prefix: str) -> dict[str, ActionFacts]:
        """Give the actions of one service; empty for one that is not known."""
        found = self._found.get(prefix)
        if found is None:
            self._decode(prefix)
            found = self._found[prefix]
        return found

    def types(self, prefix: str) -> dict[str, ResourceType]:
        """Give the resource types of one service."""
        self.service(prefix)
        return self._types[prefix]

    def prefixes(self) -> Iterator[str]:
        """Give the services."""
        return iter(self._raw)

    def _decode(self, prefix: str) -> None:
        raw = self._raw.get(prefix)
        if raw is None:
            self._found[prefix], self._types[prefix] = {}, {}
            return
        rows = msgspec.json.decode(raw, type=_Service)
        names = [name for name, _arn in rows.r]
        self._types[prefix] = {name: ResourceType(name, arn) for name, arn in rows.r}
        self._found[prefix] = {
            f"{prefix}:{row.name}".lower(): ActionFacts(
                name=f"{prefix}:{row.name}",
                level=_LEVELS[row.level],
                resource_types=tuple([names[kind] for kind in row.kinds]),
                condition_keys=rows.k[row.keys],
            )
            for row in rows.a
        }


class _Lists(Mapping[str, tuple[str, ...]]):
    """Lists of words that are split when they are asked for: few of them are."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._rows = rows

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return tuple(self._rows[key].split())

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class _Types(Mapping[str, Mapping[str, ResourceType]]):
    """The resource types by service."""

    __slots__ = ("_actions",)

    def __init__(self, actions: _Actions) -> None:
        self._actions = actions

    def __getitem__(self, prefix: str) -> Mapping[str, ResourceType]:
        if prefix not in self._actions.prefixes():
            raise KeyError(prefix)
        return self._actions.types(prefix)

    def __iter__(self) -> Iterator[str]:
        return self._actions.prefixes()

    def __len__(self) -> int:
        return sum(1 for _prefix in self._actions.prefixes())


@functools.cache
def universe() -> Universe:
    """Give the documented actions, of which most stay packed until they are asked for."""
    file = msgspec.json.decode(_read("universe.json"), type=_UniverseFile)
    actions = _Actions(file.services)
    return Universe(version=file.version, dated=file.dated, actions=actions, resource_types=_Types(actions))


@functools.cache
def action_tables() -> ActionTables:
    """Give what leads from events to actions."""
    file = msgspec.json.decode(_read("calls.json"), type=_CallsFile)
    return ActionTables(
        prefixes=file.prefixes,
        operations=file.operations,
        forward=file.forward,
        data_events=frozenset(" ".join(file.data.values()).split()),
        never_logged=file.never,
        versions=file.versions,
        possible=_Lists(file.possible),
        passing=file.passing,
        unjudged={name: reason for reason, actions in file.unjudged.items() for name in actions.split()},
    )


def _read(name: str) -> bytes:
    return resources.files("setsquare").joinpath("iam_data", name).read_bytes()
