"""Finds the specs among the files below `.kiro/specs`."""

from __future__ import annotations

from collections.abc import Container, Iterable

from setsquare.text.document import Document
from setsquare.text.paths import RelPath, joined, parent
from setsquare.workspace.artefact import Artefact, ArtefactKind
from setsquare.workspace.design import read_design
from setsquare.workspace.layout import local, spec_root
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Spec
from setsquare.workspace.spec_config import SpecConfig, read_spec_config
from setsquare.workspace.tasks import read_tasks

_SPEC_KINDS = frozenset({ArtefactKind.REQUIREMENTS, ArtefactKind.BUGFIX, ArtefactKind.DESIGN, ArtefactKind.TASKS})
ARCHIVES = frozenset({"_archived", "_archive", "archived", "archive", ".archive", ".archived"})
"""Names of folders whose specs are put away, in lower case."""


# req: workspace/1.6
def discover(artefacts: Iterable[Artefact], inside: str = "") -> tuple[Spec, ...]:
    """Build a spec of every folder below `.kiro/specs` that directly holds a spec file; sorted by folder.

    `inside` says where in a root the folder lies that the artefacts' paths start from.

    All other files of such a folder, and of its sub-folders that are no specs themselves, are its extras.

    Source: Kiro's spec folders as found in public repositories: nested, archived, with blanks and dots in names.

    >>> from setsquare.text.markdown import scan
    >>> file = scan(RelPath("login/tasks.md"), b"- [ ] 1. Go")
    >>> found = discover([Artefact(path=file.path, kind=ArtefactKind.TASKS, document=file)], inside=".kiro/specs")
    >>> [(spec.name, spec.path) for spec in found]
    [('login', 'login')]
    """
    below = [artefact for artefact in artefacts if spec_root(joined(inside, artefact.path)) is not None]
    documents: dict[RelPath, dict[ArtefactKind, Document]] = {}
    for artefact in below:
        if artefact.kind in _SPEC_KINDS:
            documents.setdefault(parent(artefact.path), {})[artefact.kind] = artefact.document
    extras: dict[RelPath, list[RelPath]] = {}
    for artefact in below:
        folder = None if artefact.kind in _SPEC_KINDS else _owner(artefact.path, documents)
        if folder is not None:
            extras.setdefault(folder, []).append(artefact.path)
    configs: dict[RelPath, list[Document]] = {}
    for artefact in below:
        if artefact.kind is ArtefactKind.SPEC_CONFIG:
            configs.setdefault(parent(artefact.path), []).append(artefact.document)
    return tuple(
        _spec(folder, inside, documents[folder], tuple(extras.get(folder, ())), read_spec_config(*configs.get(folder, ())))
        for folder in sorted(documents)
    )


def _owner(path: RelPath, folders: Container[RelPath]) -> RelPath | None:
    """Find the nearest spec folder above a file."""
    folder = parent(path)
    while folder and folder not in folders:
        folder = parent(folder)
    return folder if folder in folders else None


def _spec(
    folder: RelPath,
    inside: str,
    documents: dict[ArtefactKind, Document],
    extras: tuple[RelPath, ...],
    config: SpecConfig | None,
) -> Spec:
    """Read one folder's files."""
    placed = joined(inside, folder)
    root = spec_root(f"{placed}/tasks.md") or RelPath("")
    name = placed[len(root) + len("/specs/") :]
    demands = documents.get(ArtefactKind.REQUIREMENTS, documents.get(ArtefactKind.BUGFIX))
    design, tasks = documents.get(ArtefactKind.DESIGN), documents.get(ArtefactKind.TASKS)
    return Spec(
        name=name,
        path=folder,
        root=local(root, inside),
        requirements=None if demands is None else read_requirements(demands),
        design=None if design is None else read_design(design),
        tasks=None if tasks is None else read_tasks(tasks),
        is_bugfix=ArtefactKind.BUGFIX in documents or (config is not None and config.spec_type == "bugfix"),
        is_archived=not ARCHIVES.isdisjoint(part.lower() for part in name.split("/")),
        extras=extras,
        config=config,
    )
