"""Says what a yes to an action would be bound to, as the world is now.

Source: safety.md § 1.3, AT30, AT46.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from setsquare.agent.tools.naming import Named, named
from setsquare.agent.tools.workbench import Workbench
from setsquare.errors import StorageFailed
from setsquare.guard.action import Action, EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.globs import compiled
from setsquare.journeys.app import App
from setsquare.ports.approver import Binding
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import digest

ABSENT = "absent"
_LIMIT_TARGETS = 2_000


# req: agent-runtime/5.1
def binding_of(app: App, bench: Workbench, action: Action, facts: Facts) -> Binding:
    """Bind an action to what runs, where, in which environment, and to what its words lead to now."""
    match action:
        case Shell():
            return _of_command(app, bench, named(action.command, bench.folder), action.command)
        case Write():
            return _of_file(app, bench, ("write", action.path, digest(action.content.encode("utf-8", "surrogatepass"))), facts)
        case EditText():
            change = f"{action.old}\0{action.new}".encode("utf-8", "surrogatepass")
            return _of_file(app, bench, ("edit", action.path, digest(change)), facts)
        case Read():
            return _of_file(app, bench, ("read", action.path, f"{action.first_line}-{action.last_line}"), facts, is_bound=False)
        case ListFiles():
            return _of_file(app, bench, ("list", action.path), facts, is_bound=False)
        case Search():
            return _of_file(app, bench, ("search", action.pattern, action.path), facts, is_bound=False)
        case _:
            assert_never(action)


def _of_file(app: App, bench: Workbench, argv: tuple[str, ...], facts: Facts, *, is_bound: bool = True) -> Binding:
    """Bind a call of a file tool to the file that its path leads to; what only looks is bound to the place alone."""
    real = facts.real_path or ""
    state = _standing(app, bench, real) if is_bound and real else ABSENT
    return Binding(argv=argv, folder=bench.folder, targets=((real or "outside", state if is_bound else ""),))


def _of_command(app: App, bench: Workbench, found: Named, command: str) -> Binding:
    """Bind a command."""
    folders = tuple(_fixed(pattern) for pattern in found.patterns if _fixed(pattern))
    matched = _matched(app, (*found.patterns, *_resolved(bench, found.patterns)))
    places = tuple(dict.fromkeys((*found.places, *folders, *matched)))[:_LIMIT_TARGETS]
    targets = [(place, _standing(app, bench, place)) for place in places]
    # A word that names nothing is no target, unless it is made meanwhile: then it is one, and differs.
    there = tuple((place, state) for place, state in targets if state != ABSENT)
    files = tuple((place, state) for place in found.programs if (state := _standing(app, bench, place)) != ABSENT)
    variables = bench.confinement.environment
    hosts = (("network", ",".join(bench.confinement.hosts)),) if bench.confinement.hosts else ()
    environment = tuple((name, digest(value.encode("utf-8", "surrogateescape"))) for name, value in (*variables, *hosts))
    return Binding(argv=("sh", "-c", command), folder=bench.folder, environment=environment, targets=there, files=files)


def _fixed(pattern: str) -> str:
    """Give the folder in which a pattern begins to match.

    >>> _fixed("src/out/*.py"), _fixed("*")
    ('src/out', '')
    """
    before = pattern[: min(pattern.find(char) for char in "*?[{" if char in pattern)] if set(pattern) & set("*?[{") else pattern
    return before.rpartition("/")[0]


def _resolved(bench: Workbench, patterns: tuple[str, ...]) -> Iterator[str]:
    """Follow links in the folders in which patterns begin to match."""
    for pattern in patterns:
        folder = _fixed(pattern)
        real = bench.real_path(folder) if folder else folder
        if real is not None and real != folder:
            yield joined(real, pattern[len(folder) + 1 :])


def _matched(app: App, patterns: tuple[str, ...]) -> Iterator[str]:
    """Match file names as a shell would now; folders that match stand for what is below them."""
    if not patterns:
        return iter(())
    # A leading slash ties a glob to the workspace's own folder.
    globs = compiled(f"/{each}" for pattern in patterns for each in (pattern, f"{pattern}/**"))
    return iter(app.files.guarded(globs.matches))


def _standing(app: App, bench: Workbench, place: str) -> str:
    """Say what stands at a place: the digest of a file, the names below a folder, and where links lead."""
    real = bench.real_path(place)
    if real is None:
        return "outside the workspace"
    led = f"link to {real}, " if real != place else ""
    try:
        raw = app.files.read(RelPath(real)) if real else None
    except StorageFailed:
        raw = None
    if raw is not None:
        return f"{led}{digest(raw)}"
    if real and not app.files.exists(RelPath(real)):
        return f"{led}{ABSENT}"
    return led + _folder(app.files.guarded(lambda path: not real or path.startswith(f"{real}/")))


def _folder(paths: Iterable[str]) -> str:
    """Name the files below a folder."""
    found = tuple(paths)
    return f"folder of {len(found)} files, {digest(chr(0).join(found).encode('utf-8', 'surrogateescape'))}"
