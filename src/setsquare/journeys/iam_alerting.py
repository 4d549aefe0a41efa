"""Tells people of new escalation paths, once each, in the channel of the settings, and keeps the proof of delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from setsquare.errors import NotifyFailed, NotTrusted
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.iam_changing import Changed, changed
from setsquare.journeys.iam_escalating import Judged
from setsquare.journeys.iam_readiness import NotReady, Ready, judged_at, reaching, readiness
from setsquare.journeys.run_screen import one_line
from setsquare.ports.files import Files
from setsquare.ports.notifier import Delivered, Notice, Notifier
from setsquare.ports.told import Told
from setsquare.powers.iam.escalation.applying import State
from setsquare.powers.iam.escalation.baseline import Baseline
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR
from setsquare.powers.iam.escalation.model import Escalation, EscalationPath
from setsquare.powers.iam.settings import Need
from setsquare.powers.iam.universe import Universe
from setsquare.text.counted import counted

_MOST_LINES = 30
_MOST_NAME = 120


class AlertWorld(Struct, frozen=True, kw_only=True):
    """What alerting needs. `notifier` opens the channel of that name; `is_trusted` tells whether the workspace is trusted, whose settings say where alerts go.

    `variable` gives one of the environment, `note` tells the audit log of what was delivered and never fails.
    """

    files: Files
    notifier: Callable[[str], Notifier]
    told: Callable[[], Told]
    is_trusted: Callable[[], bool]
    variable: Callable[[str], str]
    note: Callable[[Mutation], bool]


class Alerted(Struct, frozen=True, kw_only=True):
    """What became of alerts. `delivered` with the principal that each is about; `known` were told before, `silenced` says why none was sent, empty where some may be.

    `failed` holds one sentence for each alert that could not be delivered; it is sent again next time.
    """

    delivered: tuple[tuple[str, Delivered], ...] = ()
    known: int = 0
    silenced: str = ""
    failed: tuple[str, ...] = ()


def alert_readiness(world: AlertWorld) -> Ready | NotReady:
    """Say whether the settings name a channel for alerts, variables expanded.

    Raises:
        NotTrusted: the workspace is not trusted, and its settings say where alerts go.
    """
    ready = readiness(judged_at(world.files), (), (Need.ALERTING,))
    if isinstance(ready, NotReady) or not ready.settings.alerts_on_escalation:
        return ready
    if not world.is_trusted():
        raise NotTrusted(
            "Sending alerts needs a trusted workspace, since its settings say where they go.", "Look at it with `setsquare trust`."
        )
    return reaching(ready, world.variable, Need.ALERTING)


# req: iam-autopilot/5.6
def alert(world: AlertWorld, ready: Ready, found: Iterable[Judged]) -> Alerted:
    """Tell of what is new, one notice for each principal; what was told before is not told again, and the report of it stays whole."""
    if not ready.settings.alerts_on_escalation:
        return Alerted(silenced="alertOnEscalation is false")
    told = world.told()
    delivered: list[tuple[str, Delivered]] = []
    failed: list[str] = []
    known = 0
    for judged in found:
        untold = set(told.untold(each.key for each in judged.new))
        known += len(judged.new) - len(untold)
        fresh = tuple(each for each in judged.new if each.key in untold)
        if not fresh:
            continue
        try:
            proof = world.notifier(ready.settings.alert_channel).tell(notice_of(judged.principal.name, fresh, judged.principal.place))
        except NotifyFailed as failure:
            failed.append(failure.message)
            continue
        told.remember(each.key for each in fresh)
        _record(world, judged.principal.name, f"{counted(len(fresh), 'path')} told", proof)
        delivered.append((judged.principal.name, proof))
    return Alerted(delivered=tuple(delivered), known=known, failed=tuple(failed))


def tried(world: AlertWorld, ready: Ready) -> Delivered:
    """Send a message that says that it is only a trial, and give the proof of its delivery.

    Raises:
        NotifyFailed: it was not delivered.
    """
    lines = ("Alerts about new ways to more rights will arrive here.", "This one is a trial: nothing was found and nothing has to be done.")
    proof = world.notifier(ready.settings.alert_channel).tell(Notice(title="Setsquare: a trial of this channel", lines=lines, key="trial"))
    _record(world, "trial", "channel tried", proof)
    return proof


class Watching(Struct, frozen=True, kw_only=True):
    """What watching an account holds recorded changes against."""

    state: State
    baseline: Baseline
    paths: tuple[EscalationPath, ...]
    universe: Universe


class Watched(Struct, frozen=True):
    """What some records changed, and what was told of it."""

    changed: Changed
    alerted: Alerted


def watched(world: AlertWorld, ready: Ready, watching: Watching, records: Iterable[bytes]) -> Watched:
    """Judge the changes among some records, and tell of what is new; the next records go on from `changed.state`."""
    found = changed(watching.state, records, watching.baseline, watching.paths, watching.universe)
    return Watched(found, alert(world, ready, found.judged))


def notice_of(principal: str, fresh: tuple[Escalation, ...], place: str = "") -> Notice:
    r"""Write a notice. Names were read from policies and trails: they stay on one line, with controls and direction marks as escapes.

    >>> made = Escalation(principal="a", path="iam-001", severity=4, certainty="certain", actions=(), name="iam:CreatePolicyVersion")
    >>> notice_of("a\nb", (made,)).title, notice_of("a", (made,)).lines
    ('New escalation path: a\\nb (iam-001)', ('iam-001 iam:CreatePolicyVersion, certain',))
    """
    name = one_line(principal)[:_MOST_NAME]
    leading = next((each for each in fresh if each.path == ADMINISTRATOR), fresh[0])
    more = "" if len(fresh) == 1 else f" and {len(fresh) - 1} more"
    title, shown = f"New escalation path: {name} ({one_line(leading.path)}{more})", fresh[:_MOST_LINES]
    if leading.path == ADMINISTRATOR:
        title, shown = f"New administrator: {name} may do everything", (leading,)
    lines = [one_line(_line(each)) for each in shown]
    if len(fresh) > len(shown) and leading.path != ADMINISTRATOR:
        lines.append(f"and {len(fresh) - len(shown)} more; see `setsquare iam escalations`")
    if place:
        lines.append(f"read in {one_line(place)}")
    return Notice(title=title, lines=tuple(lines), key="\n".join(sorted(each.key for each in fresh)))


def _line(each: Escalation) -> str:
    details = [f"after assuming {', then '.join(each.via)}"] if each.via else []
    details += [f"through {', '.join(each.targets)}"] if each.targets else []
    details += [", ".join(each.resources)] if each.resources else []
    details += [f"under {'; '.join(each.conditions)}"] if each.conditions else []
    return f"{each.path} {each.name}, {each.certainty}" + (f": {'; '.join(details)}" if details else "")


def _record(world: AlertWorld, subject: str, detail: str, proof: Delivered) -> None:
    mutation = Mutation(
        action=AuditAction.ESCALATION_ALERTED, subject=one_line(subject), detail=f"{detail}: {proof.channel}, {one_line(proof.receipt)}"
    )
    world.note(mutation)
