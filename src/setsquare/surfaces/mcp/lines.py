"""Writes command lines of this program of what a tool was asked; no value can pass for an option."""

from __future__ import annotations

JSON = "--format=json"


def option(name: str, value: str | int | None) -> tuple[str, ...]:
    """Write an option with its value, nothing where there is no value.

    >>> option("--owner", "Ada"), option("--owner", ""), option("--days", 30)
    (('--owner=Ada',), (), ('--days=30',))
    """
    return () if value in ("", None) else (f"{name}={value}",)


def options(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Write an option once for each value.

    >>> options("--label", ("a", "-b"))
    ('--label=a', '--label=-b')
    """
    return tuple(f"{name}={value}" for value in values)


def flag(name: str, *, is_set: bool) -> tuple[str, ...]:
    """Write a switch.

    >>> flag("--all", is_set=True), flag("--all", is_set=False)
    (('--all',), ())
    """
    return (name,) if is_set else ()


def operands(*values: str) -> tuple[str, ...]:
    """Write what stands behind the options; empty values are left out.

    >>> operands("login", ""), operands("")
    (('--', 'login'), ())
    """
    given = tuple(value for value in values if value)
    return ("--", *given) if given else ()
