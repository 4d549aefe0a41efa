"""Tells what the platform saw of each criterion: with which command, when, in which run and commit, and whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, Refused, StorageFailed, Usage
from setsquare.events.facts import Committed, EvidenceTaken, RunStarted
from setsquare.journeys.app import App
from setsquare.journeys.opening import named_spec, opened
from setsquare.spec.approval import spec_key
from setsquare.spec.ears import parse
from setsquare.spec.evidence import EvidenceKind, EvidenceProblem, Seen, evidence_path, passage, read_evidence
from setsquare.spec.fingerprint import meaning
from setsquare.spec.lock import lock_path
from setsquare.spec.lock_file import every_criterion
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_LIMIT_COMMITS = 500


class Shown(Struct, frozen=True, kw_only=True):
    """One line of evidence as it stands today.

    `criterion` is the id that the criterion has now, empty where it is gone; `commit` the one that brought the line, empty before it is made. `passage` is
    `red → green` or `green → green`. `is_current` tells whether tests and criterion are as they were; `reason` says what is not, or that
    nothing was named to compare.
    """

    seen: Seen
    criterion: str
    commit: str
    passage: str
    is_current: bool
    reason: str = ""


class Shelf(Struct, frozen=True, kw_only=True):
    """The evidence of a run or a spec; `problems` are lines of `path` that cannot be read."""

    spec: str
    run: str
    path: RelPath
    shown: tuple[Shown, ...]
    problems: tuple[EvidenceProblem, ...] = ()


# req: guarded-run/3.1
def evidence(app: App, name: str, criterion: str = "") -> Shelf:
    """Collect the evidence of a run or of a spec, of one criterion when it is given; a run that was not committed yet speaks from its journal.

    Raises:
        Usage: there is no such run or spec, or the criterion is none of its.
        JournalDamaged: the run's journal cannot be read.
    """
    workspace = opened(app)
    is_run = name in app.journals.runs()
    lines, commits, spec = _of_run(app, workspace, name) if is_run else ((), {}, named_spec(workspace, name))
    path = evidence_path(spec)
    raw = app.files.read(path)
    filed = read_evidence(raw, spec_key(spec)) if raw is not None else None
    known = filed.seen if filed else ()
    wanted = tuple(_merged(known, lines, name)) if is_run else known
    names = _ids(workspace, spec)
    chosen = tuple(one for one in wanted if not criterion or criterion in {one.criterion, names.get(one.uid, "")})
    if criterion and not chosen and criterion not in {item.id for item in (spec.requirements.leaves if spec.requirements else ())}:
        raise Usage(f"`{spec.name}` has no criterion `{criterion}`.", f"See them: `setsquare trace matrix {spec.name}`.")
    found = _Today(app, spec, names)
    introduced = {**_introduced(app, path, known), **commits}
    every = (*known, *(one for one in wanted if one not in known))
    return Shelf(
        spec=spec.name,
        run=name if is_run else "",
        path=path,
        shown=tuple(found.shown(one, introduced.get((one.run, one.task), ""), passage(every, one)) for one in chosen),
        problems=filed.problems if filed else (),
    )


def _of_run(app: App, workspace: Workspace, name: str) -> tuple[tuple[Seen, ...], dict[tuple[str, str], str], Spec]:
    """Read what a run's journal says: its evidence, and the commit of each task.

    Raises:
        Refused: the journal does not begin with a run, or its spec is gone.
    """
    found: dict[tuple[str, str, str, str], Seen] = {}
    commits: dict[tuple[str, str], str] = {}
    spec = ""
    for entry in app.journals.open(name).entries():
        event = entry.event
        if isinstance(event, RunStarted):
            spec = event.spec
        elif isinstance(event, EvidenceTaken):
            found.update((one.key, one) for one in lines_of(event, run=name, at=entry.at))
        elif isinstance(event, Committed):
            commits[name, event.task] = event.commit
    if not spec:
        raise Refused(f"Run `{name}` ended before its first entry was written; nothing was seen.", "Start again: `setsquare run SPEC`.")
    return tuple(found.values()), commits, named_spec(workspace, spec)


def lines_of(event: EvidenceTaken, *, run: str, at: str) -> tuple[Seen, ...]:
    """Give one line for each criterion that a fact speaks for; one that speaks for none gives a line without a criterion."""
    return tuple(
        Seen(
            criterion=criterion,
            task=event.task,
            kind=EvidenceKind(event.kind),
            command=event.command,
            exit=event.exit_code,
            output=event.output,
            run=run,
            at=at,
            passed=event.passed,
            failed=event.failed,
            tests=event.tests,
            base=event.base,
            tree=event.tree,
            accepted_by=event.accepted_by,
        )
        for criterion in event.criteria or ("",)
    )


def _merged(filed: Iterable[Seen], told: Iterable[Seen], run: str) -> Iterable[Seen]:
    """Take a run's lines from the file, which knows the uid, and from the journal what is not filed."""
    mine = {one.key: one for one in filed if one.run == run}
    return (*mine.values(), *(one for one in told if one.key not in mine))


def _ids(workspace: Workspace, spec: Spec) -> Mapping[str, str]:
    """Name the criteria of the lock by their uid; those that are gone have no id."""
    path = lock_path(spec)
    raw = workspace.render(path) if path in workspace.by_path else b""
    return {item.uid: "" if item.is_removed else item.id for item in every_criterion(raw)}


class _Today:
    """How files and criteria are now."""

    def __init__(self, app: App, spec: Spec, names: Mapping[str, str]) -> None:
        self._app = app
        self._digests: dict[str, str] = {}
        self._names = names
        leaves = (*spec.requirements.criteria, *spec.requirements.leaves) if spec.requirements else ()
        self._meanings = {item.id: meaning(parse(item.text)) for item in leaves}

    def shown(self, seen: Seen, commit: str, way: str) -> Shown:
        """Hold one line against what is so today."""
        now = self._names.get(seen.uid, seen.criterion) if seen.uid else seen.criterion
        reason = self._stale(seen, now)
        is_current = not reason
        if is_current and not seen.tests:
            reason = "it rests on no test file that could be compared"
        return Shown(
            seen=seen,
            criterion=now if now in self._meanings else "",
            commit=commit,
            passage=way,
            is_current=is_current,
            reason=reason,
        )

    def _stale(self, seen: Seen, now: str) -> str:
        """Say what is not as it was; empty when all is."""
        if seen.criterion and now not in self._meanings:
            return "the criterion is gone"
        if seen.meaning and self._meanings[now] != seen.meaning:
            return "the criterion says something else now"
        changed = [path for path, name in seen.tests if self._digest(path) != name]
        return f"changed since: {', '.join(changed)}" if changed else ""

    def _digest(self, path: str) -> str:
        """Name a file's bytes; empty where there are none that can be read."""
        if path not in self._digests:
            try:
                raw = self._app.files.read(RelPath(path))
            except StorageFailed:
                raw = None
            self._digests[path] = "" if raw is None else digest(raw)
        return self._digests[path]


def _introduced(app: App, path: RelPath, known: tuple[Seen, ...]) -> dict[tuple[str, str], str]:
    """Find the commit that brought each line: the one whose trailers name run and task, else the oldest that has it."""
    try:
        commits = app.history.commits((path,), limit=_LIMIT_COMMITS)
    except GitFailed:
        return {}
    found: dict[tuple[str, str], str] = {}
    for commit in commits:
        trailers = dict(commit.trailers)
        found.setdefault((trailers.get("Run", ""), trailers.get("Task", "").rpartition("#")[2]), commit.name)
    wanted = {(one.run, one.task) for one in known} - set(found)
    for commit in commits if wanted else ():
        raw = app.git.show(commit.name, path)
        there = {(one.run, one.task) for one in read_evidence(raw or b"", "").seen}
        found.update((key, commit.name) for key in wanted & there)
    return found
