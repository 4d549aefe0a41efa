"""Finds the role of a service in a repository's files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setsquare.powers.iam.services.definitions import roles_of_definition
from setsquare.powers.iam.services.kubernetes import roles_of_manifests, with_workloads
from setsquare.powers.iam.services.model import ServiceRole
from setsquare.powers.iam.services.serverless import roles_of_serverless
from setsquare.powers.iam.services.templates import roles_of_template
from setsquare.powers.iam.services.terraform import roles_of_modules
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

READ = (".json", ".yaml", ".yml", ".template", ".tf")
"""How the names of files end that may say which role a service runs as."""
LARGEST_BYTES = 2_000_000
"""Files above this are no infrastructure code."""

_TERRAFORM = (".tf", ".tf.json")
_WORD = LazyPattern(r"[a-z0-9]+")
_NOISE = frozenset({"service", "svc", "task", "role", "function", "lambda", "ecs", "the", "app", "taskdefinition"})


def roles_of(files: Mapping[RelPath, bytes]) -> tuple[ServiceRole, ...]:
    """List every service whose role the files name, sorted by path and line.

    >>> raw = b'{"family": "auth", "taskRoleArn": "arn:aws:iam::123456789012:role/ecs-auth-role", "containerDefinitions": []}'
    >>> [(found.names, found.role) for found in roles_of({RelPath("task.json"): raw})]
    [(('auth',), 'ecs-auth-role')]
    """
    small = {path: raw for path, raw in files.items() if len(raw) <= LARGEST_BYTES and path.endswith(READ)}
    terraform = {path: raw for path, raw in small.items() if path.endswith(_TERRAFORM)}
    found = roles_of_modules(terraform)
    others = {path: raw for path, raw in small.items() if path not in terraform}
    for path, raw in others.items():
        found += roles_of_template(path, raw) or roles_of_definition(path, raw) or roles_of_serverless(path, raw)
    accounts, workloads = roles_of_manifests(others)
    return tuple(sorted(with_workloads([*found, *accounts], workloads), key=lambda each: (each.path, each.line, each.names, each.role)))


def named(service: str, found: Iterable[ServiceRole]) -> tuple[ServiceRole, ...]:
    """Choose those that a service's name means: the same name first, else those that have all of its words.

    >>> one = ServiceRole(names=("auth-service",), role="r", kind="ecs-task", path=RelPath("a"), line=1)
    >>> named("auth", [one]) == (one,), named("the auth service", [one]) == (one,), named("billing", [one])
    (True, True, ())
    """
    known = tuple(found)
    same = tuple(each for each in known if service.casefold() in {name.casefold() for name in each.names})
    if same:
        return same
    wanted = _words(service)
    return tuple(each for each in known if wanted and any(wanted <= _words(name) for name in each.names))


def _words(name: str) -> frozenset[str]:
    """Split a name into the words that tell it from others."""
    words = frozenset(_WORD.findall(_parted(name).lower()))
    return words - _NOISE or words


def _parted(name: str) -> str:
    """Part words that only capitals part."""
    return "".join(f" {char}" if char.isupper() and before.islower() else char for before, char in zip(f" {name}", name, strict=False))
