"""Judges one tool call and performs it; what a command did beyond the task's scope is put back."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.effects import InspectAction, PerformAction
from setsquare.agent.machine import WRITING
from setsquare.agent.replies import MALFORMED
from setsquare.agent.tools import calls
from setsquare.agent.tools.workbench import Observation, failure
from setsquare.errors import StorageFailed
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import ActionDecided, ActionObserved, ActionStarted
from setsquare.guard.action import Action, EditText, Facts, Shell, Write
from setsquare.guard.capability import Permission
from setsquare.guard.decide import decided, is_raisable
from setsquare.guard.dependencies import added_dependencies
from setsquare.guard.file_access import UNCOMMITTED
from setsquare.guard.protected import is_manifest
from setsquare.guard.weakening import is_test_file
from setsquare.journeys.run_binding import binding_of
from setsquare.journeys.run_granted import granted
from setsquare.journeys.run_ignores import Before, before_command
from setsquare.journeys.run_live import RAISABLE, Inspected, LiveRun, TaskBench
from setsquare.journeys.run_outward import OUTWARD, confined, origins, outward_decision, record_connections
from setsquare.journeys.run_scope import overstepping, put_back
from setsquare.journeys.run_weakening import weakened
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest

CHANGED = "changed-since-shown"
"""The rule about an action that a person said yes to, and that would do something else by now."""

_TELLING = frozenset({UNCOMMITTED, RAISABLE, OUTWARD})
"""Rules by which a yes says more than that the action may be performed."""


def inspect(run: LiveRun, at: TaskBench, effect: InspectAction) -> ActionDecided:
    """Read a call, gather facts, and let the guard decide."""
    call = effect.call
    judged = judge(run, at, call)
    if isinstance(judged, calls.BadCall):
        run.inspected = None
        return _decided(effect, Permission.DENY, MALFORMED, judged.reason)
    run.inspected = judged
    if isinstance(judged.action, Shell) and run.app.sandbox is None:
        return _decided(effect, Permission.DENY, "no-sandbox", "There is no sandbox on this machine, so no command can run.")
    decision = outward_decision(run, at, judged.action, decided(at.capability, judged.action, judged.facts))
    permission = Permission.ASK if is_raisable(decision) else decision.permission
    return _decided(effect, permission, decision.rule, decision.reason)


def judge(run: LiveRun, at: TaskBench, call: ToolCall) -> Inspected | calls.BadCall:
    """Read a call and look at what it concerns."""
    action = calls.parsed(call)
    if isinstance(action, calls.BadCall):
        return action
    facts = calls.facts_of(at.bench, action, () if run.latest.is_limit_raised else run.state.changed, run.foreign(at))
    if isinstance(action, Write | EditText) and facts.exists and facts.real_path:
        facts = replace(facts, weakens=_weakens(run, action, facts.real_path))
    if isinstance(action, Write | EditText) and facts.real_path:
        facts = replace(facts, adds=_adds(run, action, facts.real_path))
    return Inspected(call_id=call.id, action=action, facts=facts, seen=_seen(run, action, facts.real_path))


def _weakens(run: LiveRun, action: Write | EditText, path: str) -> str:
    """Say what a test file would prove less after an action."""
    if not is_test_file(path):
        return ""
    try:
        return weakened(run.app, path, calls.result_of(run.app.files.read(RelPath(path)), action))
    except StorageFailed:
        return ""


def _adds(run: LiveRun, action: Write | EditText, path: str) -> tuple[str, ...]:
    """List the dependencies that a manifest would name after an action and does not name now."""
    if not is_manifest(path):
        return ()
    try:
        old = run.app.files.read(RelPath(path))
    except StorageFailed:
        old = None
    return added_dependencies(path, old, calls.result_of(old, action) or b"")


def _seen(run: LiveRun, action: Action, path: str | None) -> str:
    """Name the bytes that an action would change, so that what was judged and shown is what is changed."""
    if path is None or not isinstance(action, Write | EditText):
        return ""
    try:
        raw = run.app.files.read(RelPath(path))
    except StorageFailed:
        return "unreadable"
    return "" if raw is None else digest(raw)


def _decided(effect: InspectAction, permission: Permission, rule: str, reason: str) -> ActionDecided:
    """Record what was decided about a call."""
    call = effect.call
    return ActionDecided(
        step=effect.step,
        call_id=call.id,
        tool=call.tool,
        arguments=call.arguments,
        permission=permission.value,
        rule=rule,
        reason=reason,
    )


def perform(run: LiveRun, at: TaskBench, effect: PerformAction) -> None:
    """Perform a permitted call and record what it gave.

    Raises:
        StorageFailed: the disk did not take a write; nothing was changed.
    """
    call = effect.call
    judged = run.inspected if run.inspected and run.inspected.call_id == call.id else judge(run, at, call)
    if not isinstance(judged, calls.BadCall) and has_changed(run, at, judged):
        _ask_anew(run, at, effect, judged)
        return
    if call.tool in WRITING:
        run.record(ActionStarted(step=effect.step, call_id=call.id, summary=f"{call.tool} {_short(call)}"))
    began = run.app.clock.monotonic_s()
    seen = _performed(run, at, judged)
    run.inspected = None
    record_connections(run, effect.step, seen.connections)
    took = run.app.clock.monotonic_s() - began
    summary = run.redacted(seen.summary[:300])
    run.app.progress(f"{effect.step}. {summary}")
    run.record(
        ActionObserved(
            step=effect.step,
            call_id=call.id,
            is_ok=seen.is_ok,
            text=seen.text,
            summary=summary,
            changed=seen.changed,
            after=seen.after,
            tree=seen.tree,
            duration_s=round(took, 6),
            level=_level(run, at, seen),
            origins=() if isinstance(judged, calls.BadCall) else origins(run, at, judged.action, seen),
        )
    )


def _level(run: LiveRun, at: TaskBench, seen: Observation) -> str:
    """Name the autonomy that a change is held to by its task and its paths, where that is more careful than the run's."""
    level = at.capability.level_at(seen.changed).value
    return "" if level == run.state.rules.autonomy or not seen.changed else level


def has_changed(run: LiveRun, at: TaskBench, judged: Inspected) -> bool:
    """Tell whether the world has changed since a person said yes; what nobody was asked about is bound to nothing."""
    if run.state.permission != Permission.ASK.value:
        return False
    shown = judged.binding
    if shown is None:
        return True
    now = binding_of(run.app, confined(run, at, run.state.rule).bench, judged.action, judge_facts(run, at, judged.action))
    return not run.app.consenting.still_holds(shown, now)


def judge_facts(run: LiveRun, at: TaskBench, action: Action) -> Facts:
    """Look again at what an action concerns."""
    return calls.facts_of(at.bench, action, run.state.changed, run.foreign(at))


# req: guarded-run/1.5
def _ask_anew(run: LiveRun, at: TaskBench, effect: PerformAction, judged: Inspected) -> None:
    """Judge and show a call again, once; what keeps changing is not performed."""
    if judged.askings:
        run.inspected = None
        text = "What this call leads to changes while a person looks at it, so it was not performed."
        run.record(
            ActionObserved(step=effect.step, call_id=effect.call.id, is_ok=False, text=text, summary=f"{effect.call.tool}: {CHANGED} again")
        )
        return
    decided = inspect(run, at, InspectAction(effect.step, effect.call))
    if run.inspected is not None:
        run.inspected = replace(run.inspected, askings=judged.askings + 1)
    if decided.permission == Permission.DENY.value:
        run.record(decided)
        return
    rule = decided.rule if decided.rule in _TELLING else CHANGED
    reason = f"What it leads to has changed since it was shown, so the answer does not hold any more. {decided.reason}"
    run.record(replace(decided, permission=Permission.ASK.value, rule=rule, reason=reason))


def _short(call: ToolCall) -> str:
    """Cut a call's arguments for one line."""
    return call.arguments if len(call.arguments) <= 200 else f"{call.arguments[:200]}…"


def _performed(run: LiveRun, at: TaskBench, judged: Inspected | calls.BadCall) -> Observation:
    """Perform an action as it was judged, or say that the world has changed since."""
    if isinstance(judged, calls.BadCall):
        return failure(judged.reason, "unusable call")
    action, facts = judged.action, judged.facts
    if not isinstance(action, Shell):
        if judged.seen != _seen(run, action, facts.real_path):
            return failure(f"`{action.path}` has changed since this action was judged. Read it again.", f"{action.path}: changed meanwhile")
        return calls.perform(at.bench, calls.located(action, facts))
    before = before_command(run.app, run.state.tree)
    is_permitted = run.state.permission == Permission.ASK.value
    places = granted(at, action, judged.binding) if is_permitted and judged.binding else ()
    return _enforced(run, at, before, calls.perform(confined(run, at, run.state.rule).bench, action), places)


def _enforced(run: LiveRun, at: TaskBench, before: Before, seen: Observation, places: tuple[RelPath, ...]) -> Observation:
    """Compare the tree with the one before a command and put back what oversteps, except at the places that a person was shown."""
    may_delete = run.state.permission == Permission.ASK.value
    over = overstepping(run, at, before, run.state.changed, may_delete=may_delete, places=places)
    put_back(run, before, over)
    text = f"{over.note}\n{seen.text}" if over.note else seen.text
    return replace(
        seen,
        text=text,
        is_ok=seen.is_ok and not (over.reverted or over.mended),
        changed=over.kept,
        after=over.after,
        tree=over.found if over.kept else "",
    )
