"""Binds a person's approval to the bytes that they approved, and to what each criterion meant.

An approval lives as one line of `.setsquare/approvals/<spec path>.jsonl`, so that branches merge and history stays. It is valid as long as the
file's digest is the one that was approved: text outside criteria can carry an instruction too. The meaning of each criterion says which
criteria changed, and whether a person need only confirm the form. In `tasks.md` the character inside a box and the platform's own marks are masked before
hashing, so that the platform's tick does not void its own approval.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.ears import parse
from setsquare.spec.fingerprint import meaning
from setsquare.spec.stage import APPROVED_STAGES, Stage
from setsquare.text.document import Document, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath, joined, parent
from setsquare.text.plan import Digest, digest
from setsquare.workspace.edits import masked_tasks
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.sections import sections
from setsquare.workspace.spec import Criterion, Spec, SpecForm
from setsquare.workspace.tasks import read_tasks

VERSION = 2
"""Version 1 has no meanings and no author; its lines are still read."""

_DIGEST = LazyPattern(r"sha256:[0-9a-f]{64}")
_MOMENT = LazyPattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class Part(Struct, frozen=True, omit_defaults=True):
    """A named part of an approved file (a section's heading or a criterion's id) with its digest; `meaning` is that of a criterion."""

    name: str
    digest: Digest
    meaning: str = ""


class Approval(Struct, frozen=True, kw_only=True):
    """One approval. `commit` holds the file as approved; `digest` names its bytes, masked for tasks.

    `author` is who last changed the file then, empty where nobody can tell.
    """

    stage: Stage
    role: str
    by: str
    at: str
    commit: str
    path: str
    digest: Digest
    sections: tuple[Part, ...] = ()
    criteria: tuple[Part, ...] = ()
    author: str = ""
    v: int = VERSION


class Standing(enum.Enum):
    """What an approval is worth now; `INSUFFICIENT` is one of the right bytes by somebody who may not give it."""

    NONE = "none"
    VALID = "valid"
    VOID = "void"
    INSUFFICIENT = "insufficient"
    UNREADABLE = "unreadable"


class Difference(Struct, frozen=True, kw_only=True):
    """What differs from the approved file. The ids of criteria are those of now; a removed one has its old id.

    `changed` mean something else, or are new; `removed` are gone; `reworded` mean the same in other words; `moved` have another id only.
    `sections` are headings whose text differs. `total` counts the criteria of now.
    """

    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    total: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Name everything that differs: criteria first, then sections."""
        return tuple(dict.fromkeys((*self.changed, *self.removed, *self.reworded, *self.moved, *self.sections)))

    @property
    def summary(self) -> str:
        """Say in one phrase how much changed in meaning; empty where the document has no criteria.

        >>> Difference(changed=("1.2", "2.3"), total=31).summary
        '2 of 31 criteria changed since approval: 1.2, 2.3'
        >>> Difference(reworded=("1.2",), total=31).summary
        'no criterion changed its meaning: confirm the wording'
        """
        if not self.total and not self.removed:
            return ""
        ids = (*self.changed, *(f"{name} (removed)" for name in self.removed))
        if not ids:
            return "no criterion changed its meaning: confirm the wording"
        return f"{len(ids)} of {self.total + len(self.removed)} criteria changed since approval: {', '.join(ids)}"


class ApprovalState(Struct, frozen=True, kw_only=True):
    """The last approval of a stage against the file as it is; `difference` says what changed since."""

    stage: Stage
    standing: Standing
    approval: Approval | None = None
    difference: Difference = Difference()
    reason: str = ""

    @property
    def is_valid(self) -> bool:
        """Tell whether work may build on this stage."""
        return self.standing is Standing.VALID

    @property
    def changed(self) -> tuple[str, ...]:
        """Name the parts that differ, criteria first, then sections."""
        return self.difference.names


_decoder = msgspec.json.Decoder(Approval)


def spec_key(spec: Spec) -> str:
    """Name a spec within its workspace: its name, with the folder of its root in front where the root is not at the top.

    A spec of OpenSpec is named by its folder, which no Kiro spec has.

    >>> spec_key(Spec(name="login", path="api/.kiro/specs/login", root="api/.kiro"))
    'api/login'
    >>> spec_key(Spec(name="login", path="openspec/specs/login", root="openspec", form=SpecForm.CAPABILITY))
    'openspec/specs/login'
    """
    return joined(parent(spec.root), spec.name) if spec.is_kiro else spec.path


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
        match spec.form:
            case SpecForm.KIRO:
                return joined(spec.path, "bugfix.md" if spec.is_bugfix else "requirements.md")
            case SpecForm.CAPABILITY | SpecForm.FEATURE:
                return joined(spec.path, "spec.md")
            case SpecForm.CHANGE:
                return joined(spec.path, "proposal.md")
            case _:
                assert_never(spec.form)
    if spec.form is SpecForm.FEATURE and stage is Stage.DESIGN:
        return joined(spec.path, "plan.md")
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


def authored(approval: Approval, author: str) -> Approval:
    """Note who last changed the approved file.

    >>> from setsquare.text.paths import RelPath
    >>> found = approve(Stage.DESIGN, scan(RelPath("design.md"), b"# Bell"), role="", by="Ada", at="2025-01-01T00:00:00Z", commit="")
    >>> authored(found, "Eve").author
    'Eve'
    """
    return replace(approval, author=_spelled(author))


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

    A line that stands there twice is one too many: taken for the last approval, it could bring an older version back.

    >>> read_approvals(b"not json\n")
    ((), (1,))
    """
    found: list[Approval] = []
    bad: list[int] = []
    seen: set[bytes] = set()
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        approval = None if line.strip() in seen else _read(line)
        seen.add(line.strip())
        if approval is None:
            bad.append(number)
        else:
            found.append(approval)
    return tuple(found), tuple(bad)


def _read(line: bytes) -> Approval | None:
    """Read one line; `None` when it is no approval that any version wrote."""
    try:
        approval = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    is_sound = (
        1 <= approval.v <= VERSION
        and approval.stage in APPROVED_STAGES
        and _MOMENT.fullmatch(approval.at) is not None
        and all(_DIGEST.fullmatch(name) for name in (approval.digest, *(part.digest for part in (*approval.sections, *approval.criteria))))
    )
    return approval if is_sound else None


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
    found = difference(last, *_parts(stage, document))
    summary = f"; {found.summary}" if found.summary else ""
    reason = f"changed since {last.by or 'somebody'} approved it on {last.at[:10]}{summary}"
    return ApprovalState(stage=stage, standing=Standing.VOID, approval=last, difference=found, reason=reason)


def _parts(stage: Stage, document: Document) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Digest a document's sections and, for requirements, its criteria."""
    masked = scan(document.path, masked_tasks(document, read_tasks(document))) if stage is Stage.TASKS else document
    raw = masked.render()
    found_sections = tuple(Part(_spelled(item.title), digest(raw[item.span.start : item.span.end])) for item in sections(masked))
    if stage is not Stage.REQUIREMENTS:
        return found_sections, ()
    return found_sections, tuple(_criterion(item) for item in _criteria(document))


def _criteria(document: Document) -> tuple[Criterion, ...]:
    """Read a document's criteria in the form that its tool gives them."""
    if "openspec/" in document.path:
        from setsquare.workspace.openspec.as_specs import criteria_at, is_openspec  # noqa: PLC0415  (start-up: few workspaces have OpenSpec)

        if is_openspec(document.path):
            return criteria_at(document)
    if document.path.endswith("/spec.md"):
        from setsquare.workspace.speckit.as_specs import feature_criteria, is_feature  # noqa: PLC0415  (start-up: few workspaces have Spec Kit)

        if is_feature(document.path):
            return feature_criteria(document)
    return read_requirements(document).criteria


def _criterion(item: Criterion) -> Part:
    """Digest one criterion's words and its meaning."""
    return Part(_spelled(item.id), digest(encode(" ".join(item.text.split()))), meaning(parse(item.text)))


# req: spec-engine/6.1
def difference(approval: Approval, found_sections: tuple[Part, ...], found_criteria: tuple[Part, ...]) -> Difference:
    """Hold the parts of a document against those that were approved; a criterion whose id moved has not changed.

    >>> one, two = Part("1.1", Digest("sha256:" + "0" * 64), "a"), Part("1.2", Digest("sha256:" + "1" * 64), "b")
    >>> old = Approval(stage=Stage.REQUIREMENTS, role="", by="", at="", commit="", path="", digest=one.digest, criteria=(one,))
    >>> difference(old, (), (two, Part("1.2", one.digest, "a"))).changed
    ('1.2',)
    """
    has_meanings = all(part.meaning for part in approval.criteria)
    left = {part.name: part for part in approval.criteria}
    elsewhere: list[Part] = []
    reworded: list[str] = []
    for part in found_criteria:
        before = left.get(part.name)
        if before is None or _says(before, has_meanings=has_meanings) != _says(part, has_meanings=has_meanings):
            elsewhere.append(part)
            continue
        del left[part.name]
        if before.digest != part.digest:
            reworded.append(part.name)
    said = Counter(_says(part, has_meanings=has_meanings) for part in left.values())
    taken: Counter[str] = Counter()
    changed: list[str] = []
    moved: list[str] = []
    for part in elsewhere:
        words = _says(part, has_meanings=has_meanings)
        is_moved = taken[words] < said[words]
        taken[words] += is_moved
        (moved if is_moved else changed).append(part.name)
    gone = [part for part in left.values() if not _gave(taken, _says(part, has_meanings=has_meanings))]
    return Difference(
        changed=tuple(changed),
        removed=_without_successor(
            approval.criteria, found_criteria, [part.name for part in gone if part.name not in changed], has_meanings
        ),
        reworded=tuple(reworded),
        moved=tuple(moved),
        sections=_differing(approval.sections, found_sections),
        total=len(found_criteria),
    )


def _without_successor(old: tuple[Part, ...], new: tuple[Part, ...], gone: list[str], has_meanings: bool) -> tuple[str, ...]:
    """Leave out of those that are gone the ones in whose place, between the same neighbours, a changed one stands."""
    if not gone:
        return ()
    from difflib import SequenceMatcher  # noqa: PLC0415  (start-up)

    before, after = ([_says(part, has_meanings=has_meanings) for part in parts] for parts in (old, new))
    followed: set[str] = set()
    for kind, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "replace":
            followed |= {part.name for part in old[start : min(end, start + last - first)]}
    return tuple(name for name in gone if name not in followed)


def _says(part: Part, *, has_meanings: bool) -> str:
    """Name what a criterion says: its meaning, for a line of version 1 its words."""
    return part.meaning if has_meanings else part.digest


def _gave(taken: Counter[str], words: str) -> bool:
    """Tell whether an old criterion is one of those that moved; each counts once."""
    is_one = taken[words] > 0
    taken[words] -= is_one
    return is_one


def _differing(old: tuple[Part, ...], new: tuple[Part, ...]) -> tuple[str, ...]:
    """Name the sections that were added, removed or changed."""
    differing = set(old) ^ set(new)
    return tuple(dict.fromkeys(part.name for part in (*new, *old) if part in differing))
