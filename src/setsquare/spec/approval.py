"""Binds a person's approval to the bytes that they approved.

An approval lives as one line of `.setsquare/approvals/<spec path>.jsonl`, so that branches merge and history stays. It is valid as long as the
file's digest is the one that was approved. In `tasks.md` the character inside a box and the platform's own marks are masked before
hashing, so that the platform's tick does not void its own approval.
"""

from __future__ import annotations

import enum

import msgspec
from msgspec import Struct

from setsquare.spec.stage import Stage
from setsquare.text.document import Document, encode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath, joined, parent
from setsquare.text.plan import Digest, digest
from setsquare.workspace.edits import masked_tasks
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.sections import sections
from setsquare.workspace.spec import Spec
from setsquare.workspace.tasks import read_tasks

VERSION = 1


class Part(Struct, frozen=True):
    """A named part of an approved file (a section's heading or a criterion's id) with its digest."""

    name: str
    digest: Digest


class Approval(Struct, frozen=True, kw_only=True):
    """One approval. `commit` holds the file as approved; `digest` names its bytes, masked for tasks."""

    stage: Stage
    role: str
    by: str
    at: str
    commit: str
    path: str
    digest: Digest
    sections: tuple[Part, ...] = ()
    criteria: tuple[Part, ...] = ()
    v: int = VERSION


class Standing(enum.Enum):
    """What an approval is worth now."""

    NONE = "none"
    VALID = "valid"
    VOID = "void"
    UNREADABLE = "unreadable"


class ApprovalState(Struct, frozen=True, kw_only=True):
    """The last approval of a stage against the file as it is; `changed` names the parts that differ (criteria first, then sections)."""

    stage: Stage
    standing: Standing
    approval: Approval | None = None
    changed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_valid(self) -> bool:
        """Tell whether work may build on this stage."""
        return self.standing is Standing.VALID


_decoder = msgspec.json.Decoder(Approval)


def spec_key(spec: Spec) -> str:
    """Name a spec within its workspace: its name, with the folder of its root in front where the root is not at the top.

    >>> spec_key(Spec(name="login", path="api/.kiro/specs/login", root="api/.kiro"))
    'api/login'
    """
    return joined(parent(spec.root), spec.name)


def approvals_path(spec: Spec) -> RelPath:
    """Name the file that holds a spec's approvals.

    >>> approvals_path(Spec(name="login", path=".kiro/specs/login", root=".kiro"))
    '.setsquare/approvals/login.jsonl'
    """
    return joined(".setsquare/approvals", spec_key(spec) + ".jsonl")


def stage_path(spec: Spec, stage: Stage) -> RelPath:
    """Name the document of a stage.

    >>> stage_path(Spec(name="a", path=".kiro/specs/a", root=".kiro"), Stage.DESIGN)
    '.kiro/specs/a/design.md'
    """
    if stage is Stage.REQUIREMENTS:
        return joined(spec.path, "bugfix.md" if spec.is_bugfix else "requirements.md")
    return joined(spec.path, f"{stage.value}.md")


def approval_digest(stage: Stage, document: Document) -> Digest:
    """Name a document's bytes for approval; for tasks the boxes and the platform's own marks are masked.

    >>> from setsquare.text.paths import RelPath
    >>> open_, done = (scan(RelPath("tasks.md"), b"- [%s] 1. Go" % mark) for mark in (b" ", b"x"))
    >>> approval_digest(Stage.TASKS, open_) == approval_digest(Stage.TASKS, done)
    True
    """
    return digest(masked_tasks(document, read_tasks(document)) if stage is Stage.TASKS else document.render())


def approve(stage: Stage, document: Document, *, role: str, by: str, at: str, commit: str) -> Approval:
    """Build the approval of a document as it is.

    >>> from setsquare.text.paths import RelPath
    >>> found = approve(
    ...     Stage.DESIGN, scan(RelPath("design.md"), b"# Bell"), role="tech-lead", by="Ada", at="2025-01-01T00:00:00Z", commit="c0ffee"
    ... )
    >>> found.by, [part.name for part in found.sections]
    ('Ada', ['Bell'])
    """
    found_sections, found_criteria = _parts(stage, document)
    return Approval(
        stage=stage,
        role=_spelled(role),
        by=_spelled(by),
        at=at,
        commit=commit,
        path=_spelled(document.path),
        digest=approval_digest(stage, document),
        sections=found_sections,
        criteria=found_criteria,
    )


def _spelled(text: str) -> str:
    r"""Write bytes that are not UTF-8 as escapes: a line of JSON cannot hold them, and the digests bind the real ones.

    >>> print(_spelled("caf\udce9"))
    caf\udce9
    """
    return text.encode("utf-8", "backslashreplace").decode()


def encode_approval(approval: Approval) -> bytes:
    """Write an approval as one JSON line.

    >>> from setsquare.text.paths import RelPath
    >>> found = approve(Stage.DESIGN, scan(RelPath("design.md"), b"# Bell"), role="", by="Ada", at="2025-01-01T00:00:00Z", commit="")
    >>> read_approvals(encode_approval(found)) == ((found,), ())
    True
    """
    return msgspec.json.encode(approval) + b"\n"


def read_approvals(raw: bytes) -> tuple[tuple[Approval, ...], tuple[int, ...]]:
    r"""Read an approvals file: the approvals in order, and the numbers of the lines that are none.

    >>> read_approvals(b"not json\n")
    ((), (1,))
    """
    found: list[Approval] = []
    bad: list[int] = []
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            bad.append(number)
    return tuple(found), tuple(bad)


# req: draft-and-approve/3.2
def approval_state(stage: Stage, document: Document | None, log: bytes | None) -> ApprovalState:
    """Hold the last approval of a stage against the document as it is.

    A damaged line makes the state unreadable: a merge conflict in the file must not pass for an approval.

    >>> from setsquare.text.paths import RelPath
    >>> old, new = (scan(RelPath("design.md"), raw) for raw in (b"# Bell", b"# Gong"))
    >>> log = encode_approval(approve(Stage.DESIGN, old, role="", by="Ada", at="2025-01-01T00:00:00Z", commit=""))
    >>> approval_state(Stage.DESIGN, old, log).is_valid, approval_state(Stage.DESIGN, new, log).reason
    (True, 'changed since Ada approved it on 2025-01-01')
    """
    approvals, bad = read_approvals(log or b"")
    if bad:
        return ApprovalState(stage=stage, standing=Standing.UNREADABLE, reason=f"line {bad[0]} of the approvals file is no approval")
    own = [approval for approval in approvals if approval.stage is stage]
    if not own:
        return ApprovalState(stage=stage, standing=Standing.NONE, reason="nobody has approved it")
    last = own[-1]
    if document is None:
        return ApprovalState(stage=stage, standing=Standing.VOID, approval=last, reason="the approved file is gone")
    if approval_digest(stage, document) == last.digest:
        return ApprovalState(stage=stage, standing=Standing.VALID, approval=last)
    changed = _changed(last, *_parts(stage, document))
    reason = f"changed since {last.by or 'somebody'} approved it on {last.at[:10]}"
    return ApprovalState(stage=stage, standing=Standing.VOID, approval=last, changed=changed, reason=reason)


def _parts(stage: Stage, document: Document) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Digest a document's sections and, for requirements, its criteria."""
    masked = scan(document.path, masked_tasks(document, read_tasks(document))) if stage is Stage.TASKS else document
    raw = masked.render()
    found_sections = tuple(Part(_spelled(item.title), digest(raw[item.span.start : item.span.end])) for item in sections(masked))
    if stage is not Stage.REQUIREMENTS:
        return found_sections, ()
    criteria = read_requirements(document).criteria
    return found_sections, tuple(Part(_spelled(item.id), digest(encode(" ".join(item.text.split())))) for item in criteria)


def _changed(approval: Approval, found_sections: tuple[Part, ...], found_criteria: tuple[Part, ...]) -> tuple[str, ...]:
    """Name the parts that were added, removed or changed since an approval."""
    names: list[str] = []
    for old, new in ((approval.criteria, found_criteria), (approval.sections, found_sections)):
        gone = set(old) - set(new)
        come = set(new) - set(old)
        names += dict.fromkeys(part.name for part in (*new, *old) if part in gone | come)
    return tuple(names)
