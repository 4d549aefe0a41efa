"""Gives what a person approves as one document: a file, or for an OpenSpec change its proposal with its deltas.

An approval of a proposal that left out the deltas would let them change unseen, and they are what reaches the main specs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from setsquare.spec.approval import stage_path
from setsquare.spec.stage import Stage
from setsquare.text.document import Document, encode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath, joined, parent
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, SpecForm

_OWN_STAGES: Final = ("design.md", "tasks.md")
_PROPOSAL: Final = "proposal.md"


def is_composed(spec: Spec, stage: Stage) -> bool:
    """Tell whether what is approved consists of several files.

    >>> is_composed(Spec(name="a", path=RelPath("a"), root=RelPath("")), Stage.REQUIREMENTS)
    False
    """
    return spec.form is SpecForm.CHANGE and stage is Stage.REQUIREMENTS


def stage_files(workspace: Workspace, spec: Spec, stage: Stage) -> tuple[RelPath, ...]:
    """List the files that a stage's approval binds, sorted; whether they exist or not where it is one.

    >>> stage_files(Workspace(), Spec(name="a", path=RelPath("a"), root=RelPath("")), Stage.TASKS)
    ('a/tasks.md',)
    """
    return _members(spec.path, workspace.paths) if is_composed(spec, stage) else (stage_path(spec, stage),)


def stage_document(workspace: Workspace, spec: Spec, stage: Stage) -> Document | None:
    """Give a stage's document as it is now; `None` where there is none.

    >>> stage_document(Workspace(), Spec(name="a", path=RelPath("a"), root=RelPath("")), Stage.TASKS) is None
    True
    """
    if is_composed(spec, stage):
        return composed(spec.path, {path: workspace.render(path) for path in stage_files(workspace, spec, stage)})
    artefact = workspace.by_path.get(stage_path(spec, stage))
    return artefact.document if artefact else None


def is_change_proposal(path: str) -> bool:
    """Tell whether an approval's path stands for a whole change.

    >>> is_change_proposal("openspec/changes/louder/proposal.md"), is_change_proposal("proposal.md")
    (True, False)
    """
    return path.endswith(f"/{_PROPOSAL}") and "/openspec/changes/" in f"/{path}"


def composed(folder: str, files: Mapping[RelPath, bytes]) -> Document | None:
    r"""Put the files of a change's folder into one document, each below a heading that names it; design and tasks have approvals of their own.

    A first line tells how long each is, so that no text of one file can pass for another file.

    >>> document = composed("c", {RelPath("c/proposal.md"): b"# Why\n", RelPath("c/tasks.md"): b"- [ ] a\n"})
    >>> document.path, document.render()
    ('c/proposal.md', b"<!-- ['proposal.md', 6] -->\n## proposal.md\n# Why\n\n")
    """
    members = _members(folder, files)
    if not any(files[path].strip() for path in members):
        return None
    listed = [item for path in members for item in (path[len(folder) + 1 :], len(files[path]))]
    raw = b"".join(b"## " + encode(path[len(folder) + 1 :]) + b"\n" + files[path] + b"\n" for path in members)
    return scan(joined(folder, _PROPOSAL), f"<!-- {listed!a} -->\n".encode() + raw)


def _members(folder: str, paths: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """List the files below a change's folder that its proposal stands for."""
    inside = (path for path in paths if path.startswith(f"{folder}/"))
    return tuple(sorted(path for path in inside if not (parent(path) == folder and path.endswith(_OWN_STAGES))))
