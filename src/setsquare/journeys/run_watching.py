"""Lets checkpoints hold the ignored files that a task's scope names, so that what a command does to them can be taken back."""

from __future__ import annotations

from setsquare.guard.capability import Capability
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath

_PASSED_OVER = frozenset({".git", "__pycache__", "node_modules", ".venv", "venv", ".tox", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
_WILD = frozenset("*?[{")


def watch(app: App, capability: Capability) -> None:
    """Record from now on what git ignores and the scope names; caches, dependencies and secrets are left out."""
    below = fixed_places(capability.writable)
    scope = capability.scope_globs
    app.checkpoints.watch(
        lambda path: scope.matches(path) and not is_secret(path) and _PASSED_OVER.isdisjoint(path.split("/")),
        below,
    )


def fixed_places(globs: tuple[str, ...]) -> tuple[RelPath, ...]:
    """Name the folders and files below which globs can match anything; one that may match anywhere names none.

    >>> fixed_places(("src/**", "build/out.txt", "**/*.py", "/a/{b,c}/d", "*.log"))
    ('src', 'build/out.txt', 'a')
    """
    found: dict[RelPath, None] = {}
    for glob in globs:
        fixed: list[str] = []
        for part in glob.removeprefix("./").strip("/").split("/"):
            if not _WILD.isdisjoint(part) or part in {"", "..", ".git"}:
                break
            fixed.append(part)
        if fixed:
            found[RelPath("/".join(fixed))] = None
    return tuple(found)
