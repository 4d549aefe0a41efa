"""Closes what leads outwards while a run holds both private and untrusted text.

Source: safety.md § 6.6, AT33.
"""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.tools.naming import named
from setsquare.agent.tools.workbench import Observation
from setsquare.events.facts import NetworkUsed
from setsquare.guard.action import Action, Shell
from setsquare.guard.capability import Decision, Mode, Permission
from setsquare.guard.catalogue import CommandClass
from setsquare.guard.commands import Refusal, judged
from setsquare.guard.origins import COMMAND, NETWORK, UNTRUSTED, origins_of
from setsquare.guard.verdicts import ask, deny
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.ports.sandbox import Confinement, Connection

OUTWARD = "outward-after-untrusted"
"""The rule about what leads outwards after text that nobody reviewed."""


def is_closed(run: LiveRun) -> bool:
    """Tell whether outward channels are closed now."""
    return run.holdings.closes_outward and not run.terms.settings.agent.repository_is_public


def outward_decision(run: LiveRun, at: TaskBench, action: Action, decision: Decision) -> Decision:
    """Let a person decide about what reaches other machines; nobody there is no."""
    if decision.permission is Permission.DENY or not isinstance(action, Shell) or not is_closed(run):
        return decision
    kinds = _outward_kinds(at)
    found = judged(action.command, at.capability.agent, at.capability.root)
    reaching = "" if isinstance(found, Refusal) else next((each.shown for each in found if each.kind in kinds), "")
    if not reaching:
        return decision
    why = f"`{reaching}` may reach other machines, and the run has read what nobody reviewed ({', '.join(run.holdings.untrusted)})"
    if at.capability.mode is Mode.AUTONOMOUS:
        return deny(OUTWARD, f"{why}; nobody is there to ask.")
    return ask(OUTWARD, f"{why}, which could have asked for private text to be sent.")


def _outward_kinds(at: TaskBench) -> frozenset[CommandClass]:
    """List the classes that reach other machines: by what they do, or because the task has hosts and they use them."""
    return frozenset({CommandClass.EXTERNAL, *((CommandClass.INSTALL, CommandClass.UNKNOWN) if at.bench.confinement.hosts else ())})


def confined(run: LiveRun, at: TaskBench, rule: str) -> TaskBench:
    """Take the hosts away from a command while outward channels are closed, unless a person is or was asked about just that."""
    if not at.bench.confinement.hosts or rule == OUTWARD or not is_closed(run):
        return at
    return replace(at, bench=replace(at.bench, confinement=replace(at.bench.confinement, hosts=())))


def verification_of(run: LiveRun, at: TaskBench) -> Confinement:
    """Confine the verification: it runs the agent's own code, so it reaches no host while outward channels are closed."""
    return replace(at.verification, hosts=()) if at.verification.hosts and is_closed(run) else at.verification


def origins(run: LiveRun, at: TaskBench, action: Action, seen: Observation) -> tuple[str, ...]:
    """Name where the text of a result comes from."""
    foreign = run.foreign(at)
    if not isinstance(action, Shell):
        return origins_of(seen.sources, foreign)
    found = named(action.command, at.bench.folder)
    strange = tuple(each for each in origins_of((*found.places, *found.patterns), foreign) if each in UNTRUSTED)
    network = (NETWORK,) if any(each.is_allowed for each in seen.connections) else ()
    return tuple(dict.fromkeys((COMMAND, *network, *strange)))


def record_connections(run: LiveRun, step: int, connections: tuple[Connection, ...]) -> None:
    """Record each connection that a command asked for."""
    for each in connections:
        run.record(
            NetworkUsed(
                step=step,
                host=each.host,
                port=each.port,
                is_allowed=each.is_allowed,
                rule=each.rule,
                sent_bytes=each.sent_bytes,
                received_bytes=each.received_bytes,
            )
        )
