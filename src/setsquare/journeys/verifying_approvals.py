"""Checks recorded approvals against the commits that they name, so that nobody has to believe the record."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import GitFailed, Usage
from setsquare.journeys.app import App
from setsquare.spec.approval import Approval, approval_digest, approvals_path, approve, encode_approval, read_approvals
from setsquare.spec.signoff import is_same_person
from setsquare.spec.stage_documents import composed, is_change_proposal
from setsquare.text.document import Document
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class CheckedApproval(Struct, frozen=True, kw_only=True):
    """One line held against git. `problems` say why it proves nothing; `notes` what a reader should know besides."""

    spec: str
    path: RelPath
    approval: Approval | None
    line: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verify_approvals(app: App, workspace: Workspace, specs: tuple[Spec, ...]) -> tuple[CheckedApproval, ...]:
    """Check every approval of some specs: the commit exists on this branch, holds the approved bytes, and the record itself is committed."""
    found: list[CheckedApproval] = []
    for spec in specs:
        path = approvals_path(spec)
        if path in workspace.by_path:
            app.progress(f"Checking the approvals of {spec.name}")
            found += _checked(app, spec, path, workspace.render(path))
    return tuple(found)


def _checked(app: App, spec: Spec, path: RelPath, raw: bytes) -> list[CheckedApproval]:
    """Check the lines of one file."""
    approvals, bad = read_approvals(raw)
    checked = [
        CheckedApproval(spec=spec.name, path=path, approval=None, line=line, problems=(f"line {line} of {path} is no approval",))
        for line in bad
    ]
    committed = _committed(app, path)
    authors = tuple(commit.author for commit in app.history.commits(paths=(path,))) if committed is not None else ()
    for approval in approvals:
        problems, notes = _against_commit(app, approval)
        if committed is None or approval not in committed:
            problems.append("the record is not committed as it is")
        elif not any(is_same_person(author, approval.by) for author in authors):
            notes.append(f"no commit of the record is by {approval.by}")
        checked.append(CheckedApproval(spec=spec.name, path=path, approval=approval, problems=tuple(problems), notes=tuple(notes)))
    return checked


def _committed(app: App, path: RelPath) -> frozenset[Approval] | None:
    """Read the record as the current commit has it."""
    if not app.git.is_repository() or not app.git.head():
        return None
    raw = app.git.show("HEAD", path)
    return None if raw is None else frozenset(read_approvals(raw)[0])


def _against_commit(app: App, approval: Approval) -> tuple[list[str], list[str]]:
    """Hold one approval against its commit: what is wrong, and what should be known."""
    if not approval.commit:
        return ["it names no commit"], []
    try:
        document = _document(app, approval.commit, RelPath(approval.path))
    except GitFailed:
        return [f"its commit {approval.commit[:10]} is not in this repository"], []
    if document is None:
        return [f"its commit {approval.commit[:10]} has no {approval.path}"], []
    if approval_digest(approval.stage, document) != approval.digest:
        return [f"{approval.path} in commit {approval.commit[:10]} has other bytes than those approved"], []
    problems = [] if _is_on_branch(app, approval.commit) else [f"its commit {approval.commit[:10]} is not part of this branch"]
    again = approve(approval.stage, document, role="", by="", at=approval.at, commit="")
    is_same = approval.v == again.v and encode_approval(_parts(again)) == encode_approval(_parts(approval))
    notes = (
        [] if is_same or approval.v < again.v else ["its sections or criteria were recorded differently from how this version reads them"]
    )
    return problems, notes


def _document(app: App, commit: str, path: RelPath) -> Document | None:
    """Read what was approved as a commit has it; `None` where the commit has no such file.

    Raises:
        GitFailed: the commit is not here.
    """
    if is_change_proposal(path):
        return composed(parent(path), app.history.tree(commit, (parent(path),)))
    raw = app.git.show(commit, path)
    return None if raw is None else scan(path, raw)


def _parts(approval: Approval) -> Approval:
    """Keep of an approval only what is computed from the document."""
    return Approval(
        stage=approval.stage,
        role="",
        by="",
        at="",
        commit="",
        path="",
        digest=approval.digest,
        sections=approval.sections,
        criteria=approval.criteria,
    )


def _is_on_branch(app: App, commit: str) -> bool:
    """Tell whether the current branch has grown from a commit."""
    try:
        return app.history.base(commit) == app.history.resolve(commit)
    except (GitFailed, Usage):
        return False
