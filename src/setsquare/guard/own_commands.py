"""Setsquare's own commands that an agent may run as freely as it reads files."""

from __future__ import annotations

from types import MappingProxyType

_NEEDED = MappingProxyType({"analyze": ("--trail", "--policies"), "explain": ("--trail", "--policies"), "coverage": ("--trail",)})
_VALUED = frozenset({"--trail", "--policies", "--service", "--days", "--until", "--format"})
_PLAIN = frozenset({"--all", "--fail-on-unused"})


def is_looking_at_usage(argv: tuple[str, ...]) -> bool:
    """Tell whether a command asks what a role used, of files alone: nothing is asked of AWS and nothing written.

    `--trail-is-complete` is a person's statement, which no agent may make; an option that is not listed here makes the command unknown.

    >>> is_looking_at_usage(("setsquare", "iam", "explain", "ecs-api", "iam:PassRole", "--trail", "trail", "--policies=account.json"))
    True
    >>> is_looking_at_usage(
    ...     ("setsquare", "iam", "explain", "ecs-api", "iam:PassRole", "--trail", "s3://trails", "--policies", "account.json")
    ... )
    False
    >>> is_looking_at_usage(("setsquare", "iam", "coverage", "--trail", "trail", "--trail-is-complete"))
    False
    """
    if argv[:2] != ("setsquare", "iam") or len(argv) < 3 or argv[2] not in _NEEDED:
        return False
    given: dict[str, str] = {}
    rest = iter(argv[3:])
    for word in rest:
        if not word.startswith("-"):
            continue
        name, sign, value = word.partition("=")
        if name in _VALUED:
            value = value if sign else next(rest, "")
            if not value or value.startswith("-") or name in given:
                return False
            given[name] = value
        elif sign or name not in _PLAIN:
            return False
    return all(_is_local(given.get(name, "")) for name in _NEEDED[argv[2]])


def _is_local(path: str) -> bool:
    """Tell whether a source is a path and none of AWS, such as `s3://…`, `logs:…`, `lookup` and `lake:…`."""
    return bool(path) and ":" not in path and path != "lookup"
