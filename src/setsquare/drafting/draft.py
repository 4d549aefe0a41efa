"""Drafts one document of a spec as a machine without I/O: brief, parse, check, repair, diff.

Both ways share it: the outline proposes at once, a model is asked, checked and asked again at most twice, then a person is told why not.
Source: requirement C14: after two attempts that still miss what is needed, stop and escalate.
"""

from __future__ import annotations

import difflib
import enum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from setsquare.context.brief import Brief
from setsquare.drafting.instructions import assignment, repair, system
from setsquare.drafting.judging import Verdict, judge
from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_reading import NothingToDraft, subject_of
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.drafting.reply import Nonsense, document_of
from setsquare.events.conversation import AssistantMessage, Message, Reply, UserMessage
from setsquare.ports.language_model import Request
from setsquare.spec.stage import Stage
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan, creation, replacement
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

REPAIRS = 2
"""How often a model may mend its draft."""


class Draft(Struct, frozen=True, kw_only=True):
    """What is to be drafted and from what. `remark` is a line that the document must carry, such as a recorded override; or empty.

    `most_tasks` bounds a task list; `limit_tokens` bounds a model's answer, `temperature` goes from 0 to 2.
    """

    workspace: Workspace
    spec: Spec
    stage: Stage
    remark: str = ""
    most_tasks: int | None = None
    limit_tokens: int = 8192
    temperature: float = 0.1

    @property
    def path(self) -> RelPath:
        """Name the file that the draft becomes."""
        return joined(self.spec.path, f"{self.stage.value}.md")


class Step(enum.Enum):
    """Where a draft stands."""

    ASKED = "asked"
    PROPOSED = "proposed"
    ESCALATED = "escalated"


class DraftState(Struct, frozen=True, kw_only=True):
    """A draft under way. `attempts` counts the answers so far, `reasons` are those against the last one."""

    draft: Draft
    step: Step
    messages: tuple[Message, ...] = ()
    attempts: int = 0
    reasons: tuple[str, ...] = ()


class Replied(Struct, frozen=True):
    """The model answered."""

    reply: Reply


class GaveUp(Struct, frozen=True):
    """The model could not be asked any more; `reason` says why."""

    reason: str


DraftEvent = Replied | GaveUp


class AskModel(Struct, frozen=True):
    """Ask the model."""

    request: Request


class Propose(Struct, frozen=True, kw_only=True):
    """A usable draft: the plan that writes it, its diff, and notes. A plan without changes means that the file is as drafted already."""

    plan: Plan
    diff: str
    text: str
    notes: tuple[str, ...] = ()


class Escalate(Struct, frozen=True, kw_only=True):
    """No usable draft came of it; a person must look. `reasons` stand against the last attempt, `text` is what it was, if anything."""

    reasons: tuple[str, ...]
    text: str = ""


DraftEffect = AskModel | Propose | Escalate


# req: draft-and-approve/1.2
def outlined(draft: Draft) -> tuple[DraftState, Propose] | NothingToDraft:
    """Draft from the requirements alone; what the rules find in it is told as notes, since nobody can be asked to mend it."""
    text = outline_design(draft.spec) if draft.stage is Stage.DESIGN else outline_tasks(draft.spec, draft.spec.design)
    if isinstance(text, NothingToDraft):
        return text
    verdict = _judged(draft, text)
    state = DraftState(draft=draft, step=Step.PROPOSED, attempts=1, reasons=verdict.reasons)
    return state, _proposal(draft, text, Verdict(notes=(*verdict.reasons, *verdict.notes)))


def asked(draft: Draft, brief: Brief) -> tuple[DraftState, AskModel] | NothingToDraft:
    """Begin to draft with a model."""
    requirements = draft.spec.requirements
    if requirements is None or not requirements.criteria:
        return NothingToDraft(f"{draft.spec.path} has no acceptance criterion to draft from", "write the requirements first")
    subject = subject_of(requirements.title, draft.spec.name)
    first = UserMessage(assignment(draft.stage, requirements.dialect, subject, requirements.criteria, brief))
    state = DraftState(draft=draft, step=Step.ASKED, messages=(first,))
    return state, AskModel(_request(state))


def advance(state: DraftState, event: DraftEvent) -> tuple[DraftState, DraftEffect]:
    """Take one step: an answer is parsed and checked; a usable one is proposed, another is sent back, the third is escalated.

    Raises:
        ValueError: the draft is decided already.
    """
    if state.step is not Step.ASKED:
        msg = f"a draft that is {state.step.value} takes no more events"
        raise ValueError(msg)
    match event:
        case GaveUp(reason=reason):
            return _escalated(state, (reason,), "")
        case Replied(reply=reply):
            return _answered(replace(state, attempts=state.attempts + 1), reply)
        case _:
            assert_never(event)


def _answered(state: DraftState, reply: Reply) -> tuple[DraftState, DraftEffect]:
    """Judge an answer."""
    text = document_of(reply)
    if isinstance(text, Nonsense):
        return _mended(state, reply, (text.reason,), "")
    verdict = _judged(state.draft, text)
    if verdict.reasons:
        return _mended(state, reply, verdict.reasons, text)
    return replace(state, step=Step.PROPOSED, reasons=()), _proposal(state.draft, text, verdict)


# req: draft-and-approve/2.2
def _mended(state: DraftState, reply: Reply, reasons: tuple[str, ...], text: str) -> tuple[DraftState, DraftEffect]:
    """Send a draft back with the reasons, or give it up when the repairs are used up."""
    left = REPAIRS + 1 - state.attempts
    if left <= 0:
        return _escalated(state, reasons, text)
    said = reply.text if reply.text.strip() else "(no text)"
    messages = (*state.messages, AssistantMessage(said), UserMessage(repair(reasons, left)))
    waiting = replace(state, messages=messages, reasons=reasons)
    return waiting, AskModel(_request(waiting))


def _escalated(state: DraftState, reasons: tuple[str, ...], text: str) -> tuple[DraftState, Escalate]:
    """End without a draft; the reasons against an earlier attempt stand before the last ones when they differ."""
    return replace(state, step=Step.ESCALATED, reasons=reasons), Escalate(
        reasons=tuple(dict.fromkeys((*reasons, *state.reasons))), text=text
    )


def _request(state: DraftState) -> Request:
    """Build the request of a state."""
    draft = state.draft
    dialect = draft.spec.requirements.dialect if draft.spec.requirements else None
    return Request(
        system=system(draft.stage, dialect) if dialect else "",
        messages=state.messages,
        limit_tokens=draft.limit_tokens,
        temperature=draft.temperature,
    )


def _judged(draft: Draft, text: str) -> Verdict:
    """Judge a text as it would be written."""
    return judge(draft.workspace, draft.spec, draft.stage, draft.path, _written(draft, text), draft.most_tasks)


def _written(draft: Draft, text: str) -> str:
    """Put the remark below the title."""
    if not draft.remark:
        return text
    title, _, rest = text.partition("\n")
    remark = " ".join(draft.remark.replace("--", "- -").replace(">", "›").split())
    return f"{title}\n\n<!-- {remark} -->\n{rest}"


def _proposal(draft: Draft, text: str, verdict: Verdict) -> Propose:
    """Turn a text into a plan and a diff."""
    held = draft.workspace.by_path.get(draft.path)
    old = held.document.render() if held else None
    new = encode(_written(draft, text))
    title = f"Draft the {draft.stage.value} of {draft.spec.name}"
    if old == new:
        return Propose(plan=Plan(title), diff="", text=text, notes=(*verdict.notes, "the file is as drafted already"))
    change = creation(draft.path, new) if old is None else replacement(draft.path, old, new)
    return Propose(plan=Plan(title, (change,)), diff=unified(draft.path, old, new), text=decode(new), notes=verdict.notes)


def unified(path: RelPath, old: bytes | None, new: bytes) -> str:
    r"""Show a change of a file as a unified diff; a missing final newline is said.

    >>> print(unified(RelPath("a.md"), b"x\n", b"y\n"), end="")
    --- a/a.md
    +++ b/a.md
    @@ -1 +1 @@
    -x
    +y
    """
    before = decode(old or b"").splitlines(keepends=True)
    after = decode(new).splitlines(keepends=True)
    source = "/dev/null" if old is None else f"a/{path}"
    lines = difflib.unified_diff(before, after, source, f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
