"""Ends a verified task: the tick, the log entry and one commit, each made exactly once however often this is begun."""

from __future__ import annotations

import re

from msgspec.structs import replace

from setsquare.errors import Refused, StalePlan
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.facts import Committed, TaskDone
from setsquare.journeys.evidence import lines_of
from setsquare.journeys.locking import repinned
from setsquare.journeys.on_record import applied
from setsquare.journeys.opening import opened
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.ports.git import CommitRequest
from setsquare.spec.approval import spec_key
from setsquare.spec.ears import parse
from setsquare.spec.evidence import Seen, evidence_path, read_evidence, with_seen
from setsquare.spec.fingerprint import meaning
from setsquare.spec.lock import lock_path
from setsquare.spec.lock_file import every_criterion
from setsquare.spec.pinning import Clearing
from setsquare.text import markdown
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement
from setsquare.workspace.edits import append, tick
from setsquare.workspace.revision_marks import marks_of, revision_marks
from setsquare.workspace.spec import Task, TaskState
from setsquare.workspace.task_log import TASK_LOG_TITLE, LogEntry, log_entry
from setsquare.workspace.tasks import read_tasks

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
_LIMIT_SUMMARY_CHARS = 400
_TRIES = 3


# req: guarded-run/3.3
def complete(run: LiveRun, at: TaskBench) -> None:
    """Tick, log and commit what is not ticked, logged and committed yet.

    Raises:
        StalePlan: the files change faster than they can be planned for.
        GitFailed: the commit could not be made.
    """
    done = run.latest.done if run.state.is_started and run.latest.done else _done(run, at)
    for attempt in range(1, _TRIES + 1):
        plan = _plan(run, at, done)
        if attempt == 1 and not run.state.is_started:
            done = replace(done, own=tuple(change.path for change in plan.changes), after=_after(run, plan))
            run.record(done)
        try:
            _apply(run, at, plan)
            break
        except StalePlan:
            if attempt == _TRIES:
                raise
    own = (at.task.path, _log_path(run))
    # When the tick and the log stand in HEAD, the commit was made and only its record is missing.
    if run.app.git.dirty(own):
        paths = tuple(dict.fromkeys((*own, *map(RelPath, done.own))))
        made = run.app.git.commit(CommitRequest(paths=_committable(run, done.changed, paths), message=_message(run, at, done)))
    else:
        made = run.app.git.head()
    run.app.progress(f"Committed {made[:10]}: {at.task.title}")
    run.record(Committed(task=at.name, commit=made))


def _apply(run: LiveRun, at: TaskBench, plan: Plan) -> None:
    """Apply the plan, on record where it files evidence."""
    path = evidence_path(run.terms.spec)
    filed = next((change for change in plan.changes if change.path == path), None)
    if filed is None:
        run.app.files.apply(plan)
        return
    after = digest(filed.applied(run.app.files.read(path) or b""))
    accepted = accepted_by(run)
    detail = f"task {at.name} in run {run.state.run}" + (f"; {accepted} accepted it without a change" if accepted else "")
    mutation = Mutation(
        action=AuditAction.EVIDENCE_WRITTEN, subject=path, detail=detail, before=filed.expects or "", after=after, by="platform"
    )
    applied(run.app, plan, mutation)


def _done(run: LiveRun, at: TaskBench) -> TaskDone:
    """Describe the verified task."""
    accepted = accepted_by(run)
    return TaskDone(
        task=at.name,
        summary=f"No file was changed; {accepted} accepted it as already met." if accepted else summary_of(run.state.claim, at.task.title),
        changed=run.state.changed,
        corrections=run.state.corrections,
        head=run.app.git.head(),
    )


def accepted_by(run: LiveRun) -> str:
    """Name the person who accepted a task that changed nothing; empty for any other."""
    return next((one.accepted_by for one in run.latest.evidence if one.accepted_by), "")


def _log_path(run: LiveRun) -> RelPath:
    """Name the task log of the spec's root."""
    return joined(run.terms.spec.root, "task-log.md")


def _after(run: LiveRun, plan: Plan) -> tuple[str, ...]:
    """Name the bytes that a plan's files are about to have."""
    return tuple(digest(change.applied(run.app.files.read(change.path) or b"")) for change in plan.changes)


def summary_of(claim: str, title: str) -> str:
    """Give the first two sentences of what the model said that it did, or the task's title.

    >>> summary_of("Did A. Changed b.py. And more.", "Go"), summary_of("", "Go")
    ('Did A. Changed b.py.', 'Go.')
    """
    words = " ".join(claim.split())
    if not words:
        return f"{title.rstrip('.')}."
    return " ".join(_SENTENCE_END.split(words)[:2])[:_LIMIT_SUMMARY_CHARS]


def _plan(run: LiveRun, at: TaskBench, done: TaskDone) -> Plan:
    """Plan the tick and the log entry as far as they are missing; where both are there, a plan was applied before, and all of it was."""
    changes = [change for change in (_ticking(run, at.task), _logging(run, at, done, _log_path(run))) if change is not None]
    if not changes and run.state.is_started:
        return Plan(f"complete task {at.name}", ())
    return Plan(f"complete task {at.name}", (*changes, *_evidence(run), *_repinning(run, at, done)))


def _evidence(run: LiveRun) -> tuple[FileChange, ...]:
    """Plan one line for each criterion that was seen to; a file that cannot be read whole is left to its rule."""
    spec = run.terms.spec
    seen = tuple(
        one for event in run.latest.evidence for one in lines_of(event, run=run.state.run, at=run.app.clock.now()) if one.criterion
    )
    if not seen:
        return ()
    path = evidence_path(spec)
    raw = run.app.files.read(path)
    if raw is not None and not read_evidence(raw, spec_key(spec)).is_whole:
        run.app.progress(f"{path} cannot be read whole, so nothing is added to it; `setsquare check` names the line.")
        return ()
    new = with_seen(raw, spec_key(spec), (_identified(run, one) for one in seen))
    if new == raw:
        return ()
    return (creation(path, new) if raw is None else replacement(path, raw, new),)


def _identified(run: LiveRun, seen: Seen) -> Seen:
    """Add what the criterion is, beyond its number: its uid in the lock, and what it says."""
    spec = run.terms.spec
    locked = every_criterion(run.app.files.read(lock_path(spec)) or b"")
    uid = next((item.uid for item in locked if item.id == seen.criterion and not item.is_removed), "")
    leaves = (*spec.requirements.criteria, *spec.requirements.leaves) if spec.requirements else ()
    text = next((item.text for item in leaves if item.id == seen.criterion), "")
    return replace(seen, uid=uid, meaning=meaning(parse(text)) if text else "")


def _repinning(run: LiveRun, at: TaskBench, done: TaskDone) -> tuple[FileChange, ...]:
    """Plan that the task's links are pinned to the criteria as they are now; a lock that cannot be read whole is left to its rule."""
    if not run.app.files.exists(lock_path(run.terms.spec)):
        return ()
    clearing = Clearing(by="setsquare", at=run.app.clock.now(), reason=f"task {at.name} was done in run {run.state.run}", commit=done.head)
    workspace = opened(run.app)
    spec = workspace.spec(run.terms.spec.path)
    try:
        return repinned(run.app, workspace, spec, at.name, clearing) if spec else ()
    except Refused as refusal:
        run.app.progress(refusal.message)
        return ()


def _ticking(run: LiveRun, task: Task) -> FileChange | None:
    """Plan the one byte in the task's box, and that a mark below it goes; the file is read anew, because a person may have edited it."""
    raw = run.app.files.read(task.path)
    if raw is None:
        raise StalePlan(f"{task.path} is gone, so task `{task.id}` cannot be ticked.", "Restore it, then `setsquare run --resume`.")
    document = markdown.scan(task.path, raw)
    tasks = read_tasks(document)
    now = tasks.tasks
    same = [other for other in now if (other.id, other.title) == (task.id, task.title)]
    chosen = next((other for other in same if other.index == task.index), same[0] if len(same) == 1 else None)
    if chosen is None or chosen.box is None:
        raise StalePlan(
            f"Task `{task.id} {task.title}` is not in {task.path} any more, so it cannot be ticked.",
            "Restore the line, then `setsquare run --resume`.",
        )
    marks = {index: value for index, value in marks_of(document, tasks).items() if index != chosen.index}
    ticked = () if chosen.state is TaskState.DONE else (tick(chosen, b"x"),)
    edits = (*ticked, *(edit for edit in revision_marks(document, tasks, marks) if chosen.span.start <= edit.span.start < chosen.span.end))
    return FileChange(task.path, digest(raw), edits) if edits else None


def _logging(run: LiveRun, at: TaskBench, done: TaskDone, path: RelPath) -> FileChange | None:
    """Plan the log entry, unless an entry of this run for this task is there."""
    raw = run.app.files.read(path)
    if raw is not None and _is_logged(decode(raw), run, at.name):
        return None
    verified = run.latest.verified
    block = log_entry(
        LogEntry(
            at=run.app.clock.now(),
            spec=run.terms.spec.name,
            task=at.name,
            summary=done.summary,
            run=run.state.run,
            commit=done.head[:7],
            files=len(done.changed),
            passed=verified.passed if verified else None,
            failed=verified.failed if verified else None,
            corrections=done.corrections,
        )
    )
    if not raw:
        whole = TASK_LOG_TITLE + block
        return creation(path, whole) if raw is None else FileChange(path, digest(raw), (append(raw, whole),))
    return FileChange(path, digest(raw), (append(raw, block),))


def _is_logged(log: str, run: LiveRun, name: str) -> bool:
    """Tell whether the log holds this run's entry for a task."""
    heading = re.compile(rf"^## \S+ {re.escape(run.terms.spec.name)} {re.escape(name)}\s*$", re.MULTILINE)
    return any(
        f"- run: {run.state.run} " in log[found.end() : found.end() + 2_000].partition("\n## ")[0] for found in heading.finditer(log)
    )


def _committable(run: LiveRun, changed: tuple[str, ...], own: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
    """List what belongs in the commit: what the task changed and git does not ignore, the ticked file and the log."""
    tree = run.app.checkpoints.take() if changed else ""
    ignored = run.app.checkpoints.watched() if changed else frozenset()
    kept = [
        RelPath(path)
        for path in changed
        if path not in ignored and (not run.app.files.exists(RelPath(path)) or run.app.checkpoints.read(tree, RelPath(path)) is not None)
    ]
    return tuple(dict.fromkeys((*kept, *own)))


def _message(run: LiveRun, at: TaskBench, done: TaskDone) -> str:
    """Write the commit's message: the task's title, the summary, the trailers."""
    requirements = run.latest.started.requirements if run.latest.started else ()
    trailers = [
        f"Spec: {run.terms.spec.name}",
        f"Task: {at.name}",
        *(f"Requirement: {name}" for name in requirements),
        f"Run: {run.state.run}",
    ]
    subject = _line(at.task.title)[:72] or f"Task {at.name}"
    return "\n".join((subject, "", _line(done.summary), "", *map(_line, trailers))) + "\n"


def _line(text: str) -> str:
    """Put a text on one line, so that it cannot add a trailer; git shows a message as it is, so nothing in it may steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in encode(text).decode("utf-8", "replace")).split())
