"""Looks at what a commit or a merge brings, quickly and without anything of the workspace running."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.errors import GitFailed
from setsquare.ports.files import Files
from setsquare.ports.git import TreeChange
from setsquare.ports.git_hooks import Staging
from setsquare.ports.history import History
from setsquare.spec.affected import SpecImpact
from setsquare.spec.approval import approval_digest, read_approvals, stage_path
from setsquare.spec.code_notes import code_notes, may_hold_notes
from setsquare.spec.drift_design import vanished
from setsquare.spec.evidence import read_evidence
from setsquare.spec.impact import impact
from setsquare.spec.lock_file import read_lock
from setsquare.spec.spec_history import read_history
from setsquare.spec.stage import Stage
from setsquare.text.document import decode
from setsquare.text.paths import RelPath, base_name, parent, quoted
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_DOCUMENTS = frozenset({"requirements.md", "bugfix.md", "design.md", "tasks.md"})
_RECORDS = (".setsquare/trace/", ".setsquare/approvals/", ".setsquare/history/", ".setsquare/evidence/")
_TRAILER = re.compile(r"^(?:task|spec|refs?|reqs?|requirements?)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_LIMIT_FILES = 200
_LIMIT_BYTES = 400_000
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


class Noticed(Struct, frozen=True):
    """One thing to know; an error is what nobody can have meant."""

    text: str
    is_error: bool = False


def before_commit(staging: Staging, history: History) -> tuple[Noticed, ...]:
    """Look at what is staged: designs without their tasks, requirements that change, records that are broken."""
    changed = staging.changed()
    found = list(_broken(_staged_records(staging, changed)))
    folders = tuple(dict.fromkeys(parent(change.path) for change in changed if base_name(change.path).lower() in _DOCUMENTS))
    if folders:
        after = load(staging.files(folders))
        try:
            before = load(history.tree("HEAD", folders))
        except GitFailed:
            before = Workspace()
        found += _designs(before, after)
        found += (notice for item in impact(before, after) if (notice := _impact(before, item)))
    return tuple(found)


def after_merge(files: Files) -> tuple[Noticed, ...]:
    """Look at the records as a merge left them: conflict markers, criteria that stand twice, one criterion in two locks."""
    records = {path: raw for path, raw in files.snapshot((".setsquare",)).files.items() if path.startswith(_RECORDS)}
    return tuple(_broken(records))


def on_message(staging: Staging, message: str) -> tuple[Noticed, ...]:
    """Look for code that names a spec, committed without the spec and without a trailer that names a task."""
    if _TRAILER.search(message):
        return ()
    changed = staging.changed()
    if any(base_name(change.path).lower() in _DOCUMENTS or change.path.startswith(_RECORDS) for change in changed):
        return ()
    paths = tuple(change.path for change in changed if change.status != "deleted" and "/." not in f"/{change.path}")[:_LIMIT_FILES]
    specs: dict[str, RelPath] = {}
    for path, raw in staging.files(paths).items():
        if len(raw) <= _LIMIT_BYTES and may_hold_notes(raw):
            for note in code_notes(path, decode(raw)):
                for name in (note.feature, *(spec for spec, _ in note.named)):
                    if name:
                        specs.setdefault(name, path)
    return tuple(
        Noticed(f"{path} is linked to {name}: a trailer such as `Task: {name}#1` would tell for which task") for name, path in specs.items()
    )


def _staged_records(staging: Staging, changed: Iterable[TreeChange]) -> Mapping[RelPath, bytes]:
    return staging.files(tuple(change.path for change in changed if change.status != "deleted" and change.path.startswith(_RECORDS)))


def _broken(records: Mapping[RelPath, bytes]) -> Iterator[Noticed]:
    """Say which records cannot be read whole."""
    bearers: dict[str, RelPath] = {}
    for path, raw in records.items():
        if path.startswith(".setsquare/trace/") and path.endswith(".lock.jsonl"):
            name = path.removeprefix(".setsquare/trace/").removesuffix(".lock.jsonl")
            lock = read_lock(raw, name)
            for problem in lock.problems[:1]:
                more = f" ({len(lock.problems) - 1} more)" if len(lock.problems) > 1 else ""
                yield Noticed(f"{path}:{problem.line}: {problem.reason}{more}; {problem.mend}", is_error=True)
            for criterion in lock.criteria:
                other = bearers.setdefault(criterion.uid, path)
                if other != path and not criterion.is_removed:
                    yield Noticed(
                        f"{path}: the criterion `{criterion.uid}` ({criterion.id}) stands in {other}, too: `setsquare trace lock`"
                    )
        elif path.startswith(".setsquare/approvals/") and (bad := read_approvals(raw)[1]):
            yield Noticed(f"{path}:{bad[0]}: the line is no approval (a merge conflict?)", is_error=True)
        elif path.startswith(".setsquare/evidence/"):
            name = path.removeprefix(".setsquare/evidence/").removesuffix(".jsonl")
            for flaw in read_evidence(raw, name).problems[:1]:
                yield Noticed(f"{path}:{flaw.line}: {flaw.reason}; {flaw.mend}", is_error=True)
        elif path.startswith(".setsquare/history/") and raw and any(line.startswith(_MARKERS) for line in raw.split(b"\n")):
            yield Noticed(f"{path}:{read_history(raw).broken[0]}: a merge conflict is left in the file", is_error=True)


def _designs(before: Workspace, after: Workspace) -> Iterator[Noticed]:
    """Say which designs changed while their task lists say what they said."""
    for spec in after.specs:
        design, tasks = stage_path(spec, Stage.DESIGN), stage_path(spec, Stage.TASKS)
        old, new = before.by_path.get(design), after.by_path.get(design)
        if old is None or new is None or spec.tasks is None or old.document.render() == new.document.render():
            continue
        was, now = before.by_path.get(tasks), after.by_path.get(tasks)
        if was is None or now is None or approval_digest(Stage.TASKS, was.document) != approval_digest(Stage.TASKS, now.document):
            continue
        gone = vanished(spec, decode(old.document.render()), decode(new.document.render()))
        more = f"; {gone[0].reason}" if gone else ""
        yield Noticed(f"{design} is committed without {base_name(tasks)}{more}: `setsquare draft tasks {quoted(spec.name)}`")


def _impact(before: Workspace, item: SpecImpact) -> Noticed | None:
    """Sum up what a spec's changed requirements break; nothing for a new spec and for changes of wording."""
    if item.is_harmless or not _stood(before, item.spec):
        return None
    names = ", ".join(f"{change.id} {change.kind.value}" for change in item.changes[:4])
    more = f" and {len(item.changes) - 4} more" if len(item.changes) > 4 else ""
    tasks = f"; {item.revised} of {item.done} done tasks need revision" if item.revised else ""
    return Noticed(f"{item.spec.name}: {names}{more}{tasks}: `setsquare impact {quoted(item.spec.name)}`")


def _stood(before: Workspace, spec: Spec) -> bool:
    return any(other.path == spec.path and other.requirements for other in before.specs)
