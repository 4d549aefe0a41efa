"""Reads links from the trailers of commits: `Task: login#4`, `Implements: login/1.2`, or `Spec: login` with `Task: 4`."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.spec.code_links import code_trace
from setsquare.spec.code_notes import CodeNote, NoteForm, is_test_path
from setsquare.spec.link import LinkKind, TraceLink
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.model import Workspace
from setsquare.workspace.references import read_value
from setsquare.workspace.spec import ReferenceKind, Spec


def commit_links(trailers: Iterable[tuple[str, str]], paths: tuple[RelPath, ...], workspace: Workspace) -> tuple[TraceLink, ...]:
    """Read one commit: `TOUCHES` from the task to every file that it changed, `IMPL` from every such file to a criterion.

    >>> spec = Spec(name="login", path=RelPath("login"), root=RelPath(""))
    >>> links = commit_links((("Task", "login#4"),), (RelPath("a.py"),), Workspace(specs=(spec,)))
    >>> [(link.kind.value, link.source, link.target) for link in links]
    [('touches', '4', 'a.py')]
    """
    own = ""
    notes: list[CodeNote] = []
    links: list[TraceLink] = []
    for key, value in trailers:
        match key.casefold():
            case "spec":
                own = value.strip()
            case "task":
                named, mark, task = value.strip().partition("#")
                name = _spec(named if mark and named else own, workspace)
                if name:
                    links += [_touches(name, task if mark else named, path) for path in paths]
            case "implements":
                notes += _notes(value, own, paths)
            case _:
                pass
    return (*links, *code_trace(notes, workspace).links)


def _notes(value: str, own: str, paths: tuple[RelPath, ...]) -> list[CodeNote]:
    """Take a trailer as if each changed source file had said it."""
    spec, _, ids = value.strip().rpartition("/")
    return [
        CodeNote(path=path, line=0, form=NoteForm.COMMENT, named=tuple((spec or own, reference) for reference in references))
        for path in paths
        if not is_test_path(path) and (references := [item for item in read_value(ids, path, 0) if item.kind is not ReferenceKind.PROSE])
    ]


def _spec(name: str, workspace: Workspace) -> str:
    """Find a spec's full name."""
    wanted = name.casefold()
    found: Spec | None = next(
        (spec for spec in workspace.specs if wanted in (spec.name.casefold(), base_name(spec.name).casefold(), spec.path.casefold())), None
    )
    return found.name if found else ""


def _touches(spec: str, task: str, path: RelPath) -> TraceLink:
    return TraceLink(kind=LinkKind.TOUCHES, spec=spec, source=task, target=path, target_spec=spec, path=path, line=0)
