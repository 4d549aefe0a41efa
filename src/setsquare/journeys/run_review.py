"""Gathers what a review of one run shows, within bounds that hold however long the run was."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import GitFailed, SetsquareError
from setsquare.events.entry import Entry
from setsquare.events.facts import ActionDecided, Committed, RunFinished, RunParked, RunReverted, RunStarted
from setsquare.journeys.app import App
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_beyond import Beyond, beyond
from setsquare.journeys.run_diff import RunDiff, diff_of
from setsquare.journeys.run_log import RunLog, log_of
from setsquare.journeys.run_patch import FilePatch, Pair, patches, redactor
from setsquare.journeys.run_provenance import Touch, provenance, resolved
from setsquare.journeys.run_resume import started
from setsquare.journeys.run_telling import Asked, Moment, Story, told
from setsquare.ports.trees import Trees
from setsquare.spec.approval import approvals_path, read_approvals

MOST_MOMENTS = 6_000
_MOST_CHARS = 6_000_000
_MOST_PATCHED = 300
_MARGIN = 4_096
_MOST_BYTES = 48 << 20
_LEAST_CHARS = 240


class Approver(Struct, frozen=True, kw_only=True):
    """Who approved the tasks that a run carried out; empty where the record does not say."""

    by: str = ""
    role: str = ""
    at: str = ""


class Counts(Struct, frozen=True, kw_only=True):
    """What a whole run came to, whatever of it a page shows."""

    actions: int = 0
    questions: int = 0
    refused: int = 0
    verifications: int = 0
    failed: int = 0


class Review(Struct, frozen=True, kw_only=True):
    """Everything about one run that a page shows; `cut` says in sentences what was left out of it, and where to see that.

    `history` is the same run as lines, the last of them.
    """

    begun: RunStarted
    at: str
    until: str
    outcome: str
    reason: str
    approved: Approver
    story: Story
    counts: Counts
    diff: RunDiff | None
    beyond: tuple[Beyond, ...] = ()
    commits: tuple[tuple[str, str], ...] = ()
    cut: tuple[str, ...] = ()
    history: RunLog | None = None


def review(app: App, run: str) -> Review:
    """Gather what is known of a run.

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
    """
    journal = app.journals.open(run)
    begun = started(journal, run)
    entries = tuple(journal.entries())
    clear = redactor(app)
    cut: list[str] = []
    limit = _limit(entries)
    story = told(entries, _clipped(clear, limit))
    counts = _counts(story.moments)
    moments = _fewer(story.moments, run, cut)
    try:
        moments = _patched(app, entries, moments, clear, cut)
        whole: RunDiff | None = diff_of(app, run, entries)
    except GitFailed as failure:
        cut.append(f"No diff is shown: {failure.message}.")
        whole = None
    moments = _shorter(moments, run, cut, limit)
    outcome, reason = _outcome(entries)
    events = tuple(entry.event for entry in entries)
    return Review(
        begun=begun,
        at=entries[0].at,
        until=entries[-1].at,
        outcome=outcome,
        reason=clear(reason),
        approved=_approver(app, begun),
        story=replace(story, moments=moments),
        counts=counts,
        diff=whole,
        beyond=beyond(events),
        commits=tuple((event.task, event.commit) for event in events if isinstance(event, Committed)),
        cut=tuple(cut),
        history=log_of(run, entries, last=1),
    )


def _counts(moments: tuple[Moment, ...]) -> Counts:
    """Count what there was."""
    actions = [moment for moment in moments if moment.kind == "action"]
    verified = [moment for moment in moments if moment.kind == "verification"]
    return Counts(
        actions=len(actions),
        questions=sum(len(moment.questions) for moment in moments),
        refused=sum(moment.result == "refused" for moment in actions),
        verifications=len(verified),
        failed=sum(moment.result == "failed" for moment in verified),
    )


def _outcome(entries: tuple[Entry, ...]) -> tuple[str, str]:
    """Say how a run stands: `done`, `failed`, `stopped`, `resting` (as it was told to), `taken back` or `unfinished`, and why."""
    last = next((entry.event for entry in reversed(entries) if isinstance(entry.event, RunFinished | RunParked | RunReverted)), None)
    match last:
        case RunFinished():
            return last.outcome, last.reason
        case RunParked(code="group-done"):
            return "resting", f"{last.reason} {last.hint}".strip()
        case RunParked():
            return "stopped", f"{last.reason} {last.hint}".strip()
        case RunReverted():
            return ("partly taken back" if last.is_partial else "taken back"), ""
        case _:
            return "unfinished", "It is going on, or was killed."


def _approver(app: App, begun: RunStarted) -> Approver:
    """Find who approved the tasks as they were when the run began."""
    try:
        log = app.files.read(approvals_path(named_spec(opened(app), begun.spec)))
    except SetsquareError:
        return Approver()
    found = [item for item in read_approvals(log or b"")[0] if item.digest == begun.approved]
    return Approver(by=found[-1].by, role=found[-1].role, at=found[-1].at) if found else Approver()


def _fewer(moments: tuple[Moment, ...], run: str, cut: list[str]) -> tuple[Moment, ...]:
    """Leave out the middle of a very long run."""
    if len(moments) <= MOST_MOMENTS:
        return moments
    head = MOST_MOMENTS // 6
    tail = MOST_MOMENTS - head
    gone = moments[head : len(moments) - tail]
    kept = tuple(moment for moment in gone if moment.is_outside or moment.kind == "task")[:500]
    cut.append(f"{len(gone) - len(kept)} points in the middle are left out; `setsquare log {run}` has them.")
    return (*moments[:head], *kept, *moments[len(moments) - tail :])


def _patched(
    app: App, entries: tuple[Entry, ...], moments: tuple[Moment, ...], clear: Callable[[str], str], cut: list[str]
) -> tuple[Moment, ...]:
    """Add to each step the diff of what it changed, as far as there is room."""
    trees = app.checkpoints.trees
    by_entry: dict[int, list[Touch]] = {}
    for touch in provenance(trees, entries).touches:
        by_entry.setdefault(touch.step, []).append(touch)
    changing = {moment.step for moment in moments if moment.changed}
    wanted = [step for step in by_entry if step in changing]
    chosen = _chosen(trees, by_entry, wanted)
    if len(chosen) < len(wanted):
        cut.append(f"The diffs of {len(wanted) - len(chosen)} steps are left out; `setsquare diff RUN --step N` shows them.")
    touches = tuple(touch for step in chosen for touch in by_entry[step])
    changes = resolved(trees, touches)
    made: dict[tuple[int, str], FilePatch] = {}
    for change in changes:
        pair = Pair(path=change.touch.path, old=change.old, new=change.new, is_known=change.is_known)
        for patch in patches((pair,), clear):
            made[change.touch.entry, change.touch.path] = patch
    number = {f"e{entry.seq}": entry.seq for entry in entries}
    ends = {touch.entry: touch.step for touch in touches}
    steps: dict[int, list[int]] = {}
    for entry, step in ends.items():
        steps.setdefault(step, []).append(entry)
    return tuple(_with_patches(moment, steps.get(moment.step, []), made, chosen, number) for moment in moments)


def _with_patches(
    moment: Moment, ends: list[int], made: dict[tuple[int, str], FilePatch], chosen: list[int], number: dict[str, int]
) -> Moment:
    """Add the diffs of one step."""
    if not moment.changed:
        return moment
    if moment.step not in chosen:
        return replace(moment, patch_note=f"setsquare diff --step {moment.step} shows what changed")
    begun = number.get(moment.anchor, 0)
    own = [end for end in ends if end >= begun]
    found = [made[end, path] for end in own[:1] for path in moment.changed if (end, path) in made]
    return replace(moment, patches=tuple(found))


def _chosen(trees: Trees, touches: dict[int, list[Touch]], steps: list[int]) -> list[int]:
    """Choose the steps whose diffs are shown: the first ones and the last ones, as far as files and bytes go."""
    ordered = steps if len(steps) <= _MOST_PATCHED else [*steps[: _MOST_PATCHED // 3], *steps[-(_MOST_PATCHED - _MOST_PATCHED // 3) :]]
    names = {record.name for step in ordered for touch in touches[step] for record in (touch.old, *touch.seen) if record is not None}
    sizes = trees.sizes(names)
    room, chosen = _MOST_BYTES, []
    for step in ordered:
        need = sum(sizes[record.name] for touch in touches[step] for record in (touch.old, *touch.seen) if record is not None)
        if need <= room:
            room -= need
            chosen.append(step)
    return chosen


def _limit(entries: tuple[Entry, ...]) -> int:
    """Say how many characters of each text are shown: the more steps, the less of each."""
    steps = sum(isinstance(entry.event, ActionDecided) for entry in entries)
    return max(_LEAST_CHARS, min(16_000, _MOST_CHARS // max(1, min(steps, MOST_MOMENTS)) // 4))


def _clipped(clear: Callable[[str], str], limit: int) -> Callable[[str], str]:
    """Redact no more than what is shown, and enough beyond it that no secret is cut in two before it is found."""

    def clip(text: str) -> str:
        room = 4 * limit
        if len(text) <= room + _MARGIN:
            return clear(text)
        return f"{clear(text[: room + _MARGIN])[:room]}\n[… about {len(text) - room:,} characters cut …]"

    return clip


def _shorter(moments: tuple[Moment, ...], run: str, cut: list[str], limit: int) -> tuple[Moment, ...]:
    """Cut texts so that the whole stays within bounds."""
    shortened = tuple(_cut_moment(moment, limit) for moment in moments)
    count = sum(one is not other for one, other in zip(moments, shortened, strict=True))
    if count:
        cut.append(f"Texts of {count} points are cut after {limit:,} characters; `setsquare log {run} --format json` has the lines.")
    return shortened


def _cut_moment(moment: Moment, limit: int) -> Moment:
    """Cut one point's texts; the point itself where nothing is too long."""
    questions = tuple(_cut_asked(asked, limit) for asked in moment.questions)
    room = 2 * limit
    patches_ = []
    for patch in moment.patches:
        patches_.append(replace(patch, text=_cut(patch.text, max(room, _LEAST_CHARS))))
        room -= len(patch.text)
    made = replace(
        moment,
        title=_cut(moment.title, 400),
        arguments=_cut(moment.arguments, limit),
        output=_cut(moment.output, limit),
        questions=questions,
        patches=tuple(patches_),
    )
    return moment if made == moment else made


def _cut_asked(asked: Asked, limit: int) -> Asked:
    # What was shown is what a person said yes to: it is kept longest.
    return replace(asked, shown=_cut(asked.shown, 4 * limit))


def _cut(text: str, limit: int) -> str:
    r"""Cut a text and say by how much.

    >>> _cut("abcdef", 3), _cut("abc", 3)
    ('abc\n[… 3 characters cut …]', 'abc')
    """
    return text if len(text) <= limit else f"{text[:limit]}\n[… {len(text) - limit:,} characters cut …]"
