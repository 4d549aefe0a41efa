"""Tells where a design went apart from its tasks and from the repository.

Source: the design drift and stale-spec failure modes of the tutorial: a design edited without its tasks, tasks that name what it lost,
components that it names and nobody has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from setsquare.guard.compile import named_paths
from setsquare.guard.globs import compiled
from setsquare.spec.drift import Drift, Level, Severity
from setsquare.spec.trace import task_keys
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec, Task, TaskState

_QUOTED: Final = re.compile(r"(?<!`)`([^`\n]{1,120})`(?!`)")
_MAY_NAME: Final = re.compile(r"/|`|\w\.\w")
_FENCE: Final = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)[ \t]*$", re.MULTILINE | re.DOTALL)
_NAME: Final = re.compile(r"(?:[A-Za-z_$][\w$]*)(?:(?:\.|::|#)[A-Za-z_$][\w$]*){0,4}(?:\([^()]{0,80}\))?")
_CAMEL: Final = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][\w]*)|[a-z0-9]+[A-Z]\w*|\w+_\w+")


class Named(Struct, frozen=True):
    """What a text names in backticks: globs of paths, and names of components."""

    globs: tuple[str, ...] = ()
    components: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """Join both."""
        return frozenset((*self.globs, *self.components))


def named_in(text: str) -> Named:
    """Read the paths and components that a text names in backticks; examples in fences do not count.

    >>> named_in("The `TokenStore` in `src/token.py` calls `issue()`, returns `true` and `POST /login`.")
    Named(globs=('src/token.py',), components=('TokenStore', 'issue'))
    """
    globs: dict[str, None] = {}
    components: dict[str, None] = {}
    for found in _QUOTED.finditer(_FENCE.sub("", text)):
        paths = named_paths((f"`{found[1]}`",))
        globs.update(dict.fromkeys(paths))
        name = found[1].strip()
        if not paths and _NAME.fullmatch(name) and (name.endswith(")") or _CAMEL.fullmatch(re.split(r"[.:#(]", name)[0])):
            components[name.partition("(")[0]] = None
    return Named(tuple(globs), tuple(components))


def design_edited(spec: Spec, then: bytes, now: bytes, *, what: str) -> Drift | None:
    """Say that a design is not as it was when its tasks were written; `what` names that moment.

    >>> spec = Spec(name="bell", path=RelPath("bell"), root=RelPath(""))
    >>> design_edited(spec, b"a", b"a", what="they were approved") is None
    True
    """
    if then.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n"):
        return None
    return Drift(
        level=Level.DESIGN,
        severity=Severity.WARN,
        home=spec.path,
        path=spec.design.path if spec.design else RelPath(f"{spec.path}/design.md"),
        reason=f"the design was edited, its tasks are as they were when {what}",
        advice="Bring tasks.md up to the design, then approve both",
    )


def vanished(spec: Spec, then: str, now: str) -> tuple[Drift, ...]:
    """List the tasks that name, in backticks, what the earlier design had and the present one has not.

    >>> vanished(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), "`RingTone`", "")
    ()
    """
    gone = named_in(then).all - named_in(now).all
    if not gone or spec.tasks is None:
        return ()
    keys = task_keys(spec.tasks.tasks)
    found = []
    for task in spec.tasks.tasks:
        names = sorted(gone & named_in("\n".join((task.title, *task.details))).all)
        if names:
            found.append(
                Drift(
                    level=Level.DESIGN,
                    severity=Severity.WARN,
                    home=spec.path,
                    path=task.path,
                    line=task.line,
                    reason=f"task {keys[task.index]} names {_listed(names)}, which the design has no longer",
                    advice="Rewrite the task, or bring the design back",
                )
            )
    return tuple(found)


def unbuilt(spec: Spec, design: str, paths: Iterable[str], is_word: Callable[[str], bool]) -> tuple[Drift, ...]:
    """List what a design names and the repository does not have, as far as done tasks should have built it.

    When every task is done, all that the design names counts; else what a done task names as well. `paths` are the repository's files,
    `is_word` tells whether source code has a name.

    >>> unbuilt(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), "`RingTone`", (), lambda word: False)
    ()
    """
    tasks = spec.tasks.tasks if spec.tasks else ()
    done = [task for task in tasks if task.state is TaskState.DONE]
    if not done:
        return ()
    named = named_in(design)
    is_complete = all(task.state is TaskState.DONE or task.is_optional for task in tasks)
    due = named.all if is_complete else named.all & _named_by(done)
    listed = tuple(paths)
    twice = {f"{glob}/**" for glob in named.globs}
    missing = [glob for glob in named.globs if glob in due and glob not in twice and not _is_met(glob, listed)]
    missing += [name for name in named.components if name in due and not is_word(re.split(r"[.:#]+", name)[-1])]
    return tuple(
        Drift(
            level=Level.DESIGN,
            severity=Severity.INFO,
            home=spec.path,
            path=spec.design.path if spec.design else RelPath(f"{spec.path}/design.md"),
            reason=f"the design names `{name}`, which the repository does not have",
            advice="Bring the design up to the code",
        )
        for name in missing
    )


def scope_of(spec: Spec, design: str) -> tuple[str, ...]:
    """List globs for the files that a spec declares as its own: those that its tasks and its design name.

    >>> scope_of(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), "In `src/bell.py`.")
    ('src/bell.py',)
    """
    tasks = spec.tasks.tasks if spec.tasks else ()
    lines = [line for task in tasks for line in (task.title, *task.details)]
    lines += _FENCE.sub("", design).split("\n")
    return named_paths(tuple(line for line in lines if _MAY_NAME.search(line)))


def scope_drift(spec: Spec, globs: tuple[str, ...], changed: Iterable[RelPath], base: str) -> tuple[Drift, ...]:
    """List the files of a spec's declared scope that changed while the spec did not (D2).

    >>> spec = Spec(name="bell", path=RelPath("bell"), root=RelPath(""))
    >>> [item.path for item in scope_drift(spec, ("src/*.py",), [RelPath("src/a.py"), RelPath("src/a.js")], "c0ffee")]
    ['src/a.py']
    """
    scope = compiled(globs)
    return tuple(
        Drift(
            level=Level.D2,
            severity=Severity.INFO,
            home=spec.path,
            path=path,
            reason=f"in the spec's scope, and changed since {base[:10]} while the spec did not",
            advice="See whether the spec still says what the code does",
        )
        for path in changed
        if scope.matches(path)
    )


def aged(spec: Spec, since: str, days: int | None, limit_days: int) -> Drift | None:
    """Say that nobody has looked at a spec for long (D5); `days` is `None` where nobody ever has.

    >>> aged(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), "2026-01-01T00:00:00Z", 40, 90) is None
    True
    """
    if days is None or days <= limit_days:
        return None
    return Drift(
        level=Level.D5,
        severity=Severity.INFO,
        home=spec.path,
        reason=f"nobody has verified or approved it since {since[:10]}, {days} days ago",
        advice="Read it against the code, then `setsquare spec verified`",
    )


def _named_by(tasks: Iterable[Task]) -> frozenset[str]:
    return named_in("\n".join(line for task in tasks for line in (task.title, *task.details))).all


def _is_met(glob: str, paths: tuple[str, ...]) -> bool:
    """Tell whether a glob names a file; designs often leave out the folder that all sources lie in."""
    bare = glob.removesuffix("/**")
    scope = compiled((glob, bare, f"**/{glob}", f"**/{bare}"))
    return any(scope.matches(path) for path in paths)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
