"""Tells what changed requirements break, and marks the tasks that it reaches."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import GitFailed, Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.beyond import Beyond
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.scanning import scanned
from setsquare.journeys.tracing import commit_links_of
from setsquare.spec.affected import Affected, AffectedKind, Effect, Known, SpecImpact
from setsquare.spec.approval import approvals_path, read_approvals
from setsquare.spec.code_links import code_trace
from setsquare.spec.impact import impact
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import suspects
from setsquare.spec.openspec.reaching import Reached, reached
from setsquare.spec.stage import Stage
from setsquare.spec.trace import task_keys, trace
from setsquare.text.plan import FileChange, Plan, digest
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.revision_marks import marks_of, revision_marks
from setsquare.workspace.sources import mount_of
from setsquare.workspace.spec import Spec, SpecForm

_MARKED = frozenset({Effect.DONE_NEEDS_REVISION, Effect.NEEDS_REVISION, Effect.PAUSED, Effect.RELINK, Effect.OBSOLETE})


class Impacts(Struct, frozen=True, kw_only=True):
    """What each spec's changes break; `bases` are the commits that the specs were compared with, by the spec's folder.

    `suspect` counts the documents' links that lead to an older meaning; it is only counted where no criterion changed. `reached` says of each
    OpenSpec change that was named what it will touch once it is archived.
    """

    workspace: Workspace
    specs: tuple[SpecImpact, ...]
    bases: tuple[tuple[str, str], ...]
    suspect: int = 0
    unfounded: tuple[Spec, ...] = ()
    reached: tuple[tuple[Spec, tuple[Reached, ...]], ...] = ()


def impacts(app: App, names: tuple[str, ...] = (), since: str = "", beyond: Beyond | None = None) -> Impacts:
    """Compare specs with how they stood at `since`; without it each with its approved requirements, else with HEAD.

    With other checkouts, their tasks, code and tests are reached too; their own specs are compared where their history is.

    Raises:
        Refused: there is no repository, or no commit yet.
        Usage: `since` names no commit, or a named spec is of another checkout.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
    """
    own = opened(app)
    workspace = beyond.joined(own) if beyond else own
    named = tuple(named_spec(workspace, name) for name in names)
    for spec in named:
        if source := mount_of(spec.path):
            raise Usage(f"`{spec.name}` is of the source `{source}`, and its history is there.", "Run `setsquare impact` in that checkout.")
    chosen = named or own.specs
    if not app.git.is_repository() or not app.git.head():
        raise Refused("There is no commit to compare with.", "Commit the specs first: `git add .kiro && git commit`.")
    notes = (*scanned(app).notes, *(beyond.notes if beyond else ()))
    known = Known(notes=notes, touches=commit_links_of(app, workspace))
    found_bases = tuple((spec, _base(app, workspace, spec, since)) for spec in chosen)
    head = app.history.resolve("HEAD")
    bases = tuple((spec.path, base or head) for spec, base in found_bases)
    found: dict[str, SpecImpact] = {}
    for base in dict.fromkeys(commit for _, commit in bases):
        before = load(app.history.tree(base, spec_folders(own)))
        before = beyond.joined(before) if beyond else before
        wanted = {path for path, commit in bases if commit == base}
        found |= {item.spec.path: item for item in impact(before, workspace, known) if item.spec.path in wanted}
    changed = tuple(found[path] for path, _ in bases if path in found)
    homes = {spec.path for spec in chosen}
    suspect = 0 if changed else sum(link.home in homes for link in suspects(workspace))
    unfounded = tuple(spec for spec, base in found_bases if not base)
    return Impacts(
        workspace=workspace, specs=changed, bases=bases, suspect=suspect, unfounded=unfounded, reached=_reached(workspace, named, known)
    )


def _reached(workspace: Workspace, named: tuple[Spec, ...], known: Known) -> tuple[tuple[Spec, tuple[Reached, ...]], ...]:
    """Tell of each change among the named specs what it reaches."""
    changes = tuple(spec for spec in named if spec.form is SpecForm.CHANGE)
    if not changes:
        return ()
    links = (*trace(workspace).links, *code_trace(known.notes, workspace).links)
    return tuple((spec, reached(workspace, spec, links)) for spec in changes)


def mark(app: App, found: Impacts) -> Plan:
    """Write a line below every task that needs revision, and remove those that stand below others.

    Raises:
        StalePlan: a task file changed meanwhile; nothing was written.
    """
    looked_at = {path for path, _ in found.bases}
    by_path = {item.spec.path: item for item in found.specs}
    open_ = frozenset((link.link.spec, link.link.source) for link in suspects(found.workspace) if link.link.kind is LinkKind.IMPLEMENTS)
    changes = tuple(
        change
        for spec in found.workspace.specs
        if spec.path in looked_at and (change := _marked(found.workspace, spec, by_path.get(spec.path), open_))
    )
    plan = Plan("Mark tasks that need revision", changes)
    if changes:
        app.files.apply(plan)
    return plan


def _base(app: App, workspace: Workspace, spec: Spec, since: str) -> str:
    """Name the commit that a spec is compared with; empty where it was approved and no commit of that is here."""
    if since:
        return app.history.base(since)
    log = workspace.by_path.get(approvals_path(spec))
    approvals, _ = read_approvals(log.document.render() if log else b"")
    commits = [approval.commit for approval in approvals if approval.stage is Stage.REQUIREMENTS and approval.commit]
    for commit in reversed(commits):
        try:
            return app.history.resolve(commit)
        except GitFailed:
            # A shallow clone, or a history that was written anew: the approval's commit is not here.
            continue
    return "" if commits else app.history.resolve("HEAD")


def spec_folders(workspace: Workspace) -> tuple[str, ...]:
    """Name the folders that specs lie in, and those where they lay before a root was removed."""
    return tuple(dict.fromkeys((".kiro", "openspec", *(root.path for root in workspace.roots if root.path))))


def _marked(workspace: Workspace, spec: Spec, found: SpecImpact | None, suspect: frozenset[tuple[str, str]]) -> FileChange | None:
    """Plan the marks of one task file; `None` where they stand as they should.

    A mark below a task that is still `suspect`, by spec and key, stays: an approval of what changed is no work on the task.
    """
    if spec.tasks is None:
        return None
    document = workspace.by_path[spec.tasks.path].document
    keys = task_keys(spec.tasks.tasks)
    values = {item.name: value for item in found.affected if (value := _value(found, item))} if found else {}
    wanted = {task.index: values[keys[task.index]] for task in spec.tasks.tasks if keys[task.index] in values}
    standing = {index: value for index, value in marks_of(document, spec.tasks).items() if (spec.name, keys[index]) in suspect}
    edits = revision_marks(document, spec.tasks, standing | wanted)
    return FileChange(spec.tasks.path, digest(document.render()), edits) if edits else None


def _value(found: SpecImpact, item: Affected) -> str:
    """Write what a mark says, such as `1.2 (threshold), 1.4 (guard)`; empty for what is not marked."""
    if item.kind is not AffectedKind.TASK or item.effect not in _MARKED:
        return ""
    kinds = {change.id: change.kind for change in found.changes}
    return ", ".join(f"{name} ({kinds[name].value})" if name in kinds else name for name in item.criteria)
