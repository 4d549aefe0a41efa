"""Says what a person's yes to a command covers beyond the scope of the task: the places that the screen named as changed, and nothing else.

What is shown is worked out by the same function as what is kept, so that the two cannot differ.

Source: settings.md § 9 and 10; safety.md § 1.3, AT30, AT39.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from setsquare.guard.action import Shell
from setsquare.guard.capability import Capability
from setsquare.guard.catalogue import CommandClass
from setsquare.guard.commands import Judged, Refusal, judged_by
from setsquare.guard.confine import violations
from setsquare.guard.file_access import covers
from setsquare.guard.paths import BadPath
from setsquare.guard.protected import Protection, protection_by
from setsquare.journeys.run_live import TaskBench
from setsquare.ports.approver import Binding
from setsquare.text.paths import RelPath

_NAMING = frozenset({CommandClass.WRITE, CommandClass.DESTRUCTIVE})
"""Classes of commands that change what they name, where their targets are not told apart from the rest."""

_LIMIT_GRANTED = 40
"""A person reads no longer list; what does not stand in it is put back."""


# req: agent-runtime/5.7
def granted(at: TaskBench, action: Shell, binding: Binding) -> tuple[RelPath, ...]:
    """List the places outside of the task's scope that a command is known to change, links followed; protected ones are never among them.

    `binding` holds the file names that a pattern of the command matches now.
    """
    capability = at.capability
    found = judged_by(action.command, capability.forbidden_entries, capability.allowed_entries, capability.root)
    if isinstance(found, Refusal):
        return ()
    places = [place for each in found for place in _changed_by(each, binding)]
    real = (real for place in places if (real := at.bench.real_path(place)))
    every = dict.fromkeys(RelPath(place) for place in (*places, *real))
    return tuple(place for place in every if _may_be_granted(place, capability))[:_LIMIT_GRANTED]


def _changed_by(each: Judged, binding: Binding) -> Iterable[RelPath]:
    """List what one simple command changes: its targets, or what it names where it changes just that; of a pattern, the files that it matches."""
    told = [place for place in each.writes if not isinstance(place, BadPath) and place]
    if each.kind not in _NAMING:
        return told
    if len(told) < len(each.writes):
        return (*told, *(RelPath(place) for place, state in binding.targets if state.startswith("sha256:")))
    return told or [place for place in each.mentions if not isinstance(place, BadPath) and ("/" in place or "." in place)]


def _may_be_granted(place: RelPath, capability: Capability) -> bool:
    """Tell whether a yes to a command lets a place stay that would be put back without it."""
    if protection_by(place, capability.protected) is not Protection.NONE or covers(capability, place):
        return False
    return not violations((place,), capability, (place,))


def kept_by_yes(changes: Iterable[RelPath], places: tuple[RelPath, ...], capability: Capability) -> tuple[RelPath, ...]:
    """List the changed paths that a yes covers: those shown by name, and what is below a folder that was shown unless more than the scope speaks against it.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), writable=("src/**",))
    >>> kept_by_yes((RelPath("lib/a.py"), RelPath("lib/Makefile"), RelPath("libs/b.py")), (RelPath("lib"),), task)
    ('lib/a.py',)
    """
    if not places:
        return ()
    exact, scopeless = frozenset(places), replace(capability, writable=())
    return tuple(
        path
        for path in changes
        if path in exact or (any(path.startswith(f"{place}/") for place in places) and not violations((path,), scopeless))
    )
