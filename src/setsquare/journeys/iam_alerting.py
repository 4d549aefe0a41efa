"""Tells people of new escalation paths, once each, in the channel of the settings, and keeps the proof of delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from msgspec import Struct

from setsquare.errors import NotifyFailed, NotTrusted
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.iam_escalating import Judged
from setsquare.journeys.iam_readiness import NotReady, Ready, judged_at, reaching, readiness
from setsquare.journeys.run_screen import one_line
from setsquare.ports.files import Files
from setsquare.ports.notifier import Delivered, Notice, Notifier
from setsquare.ports.told import Told
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.settings import Need
from setsquare.text.counted import counted

_MOST_LINES = 30
_MOST_NAME = 120


class AlertWorld(Struct, frozen=True, kw_only=True):
    """What alerting needs. `notifier` opens the channel of that name; `is_trusted` tells whether the workspace is trusted, whose settings say where alerts go.

    `variable` gives one of the environment, `note` tells the audit log of what was delivered and never fails. `uninterrupted` holds signals back.
    """

    files: Files
    notifier: Callable[[str], Notifier]
    told: Callable[[], Told]
    is_trusted: Callable[[], bool]
    variable: Callable[[str], str]
    note: Callable[[Mutation], bool]
    uninterrupted: Callable[[], AbstractContextManager[None]] = nullcontext


class Alerted(Struct, frozen=True, kw_only=True):
    """What became of alerts. `delivered` with the principal that each is about; `known` were told before, `silenced` says why none was sent, empty where some may be.

    `failed` holds one sentence for each alert that could not be delivered, `left` whom these are about; they are sent again next time. `again` are those of the delivered
    that may have arrived before.
    """

    delivered: tuple[tuple[str, Delivered], ...] = ()
    known: int = 0
    silenced: str = ""
    failed: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    left: tuple[Judged, ...] = ()


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
    """Tell of what is new, one notice for each principal; what was told before is not told again, and the report of it stays whole.

    An alert that was cut off while it was being sent, so that nobody can say whether it arrived, is sent again and says so itself.
    """
    if not ready.settings.alerts_on_escalation:
        return Alerted(silenced="alertOnEscalation is false")
    told = world.told()
    delivered: list[tuple[str, Delivered]] = []
    failed: list[str] = []
    again: list[str] = []
    left: list[Judged] = []
    known = 0
    for judged in found:
        # From looking whether somebody was told to remembering that they were, no other process and no signal comes in between.
        with world.uninterrupted(), told.alone():
            untold = set(told.untold(each.key for each in judged.new))
            known += len(judged.new) - len(untold)
            fresh = tuple(each for each in judged.new if each.key in untold)
            if not fresh:
                continue
            name = judged.principal.name
            is_again = bool(told.cut_off(each.key for each in fresh))
            try:
                proof = _told(world, ready, told, notice_of(name, fresh, judged.principal.place, is_again=is_again), fresh)
            except NotifyFailed as failure:
                failed.append(failure.message)
                left.append(judged)
                continue
            delivered.append((name, proof))
            again += [name] if is_again else []
    return Alerted(delivered=tuple(delivered), known=known, failed=tuple(failed), again=tuple(again), left=tuple(left))


def _told(world: AlertWorld, ready: Ready, told: Told, notice: Notice, fresh: tuple[Escalation, ...]) -> Delivered:
    """Send a notice, and remember that, in this order: what is remembered was told.

    Raises:
        NotifyFailed: it was not delivered.
    """
    keys = tuple(each.key for each in fresh)
    told.begin(keys)
    try:
        proof = world.notifier(ready.settings.alert_channel).tell(notice)
    except NotifyFailed:
        told.give_up(keys)
        raise
    told.remember(keys)
    _record(world, fresh[0].principal, f"{counted(len(fresh), 'path')} told", proof)
    return proof


def tried(world: AlertWorld, ready: Ready) -> Delivered:
    """Send a message that says that it is only a trial, and give the proof of its delivery.

    Raises:
        NotifyFailed: it was not delivered.
    """
    lines = ("Alerts about new ways to more rights will arrive here.", "This one is a trial: nothing was found and nothing has to be done.")
    proof = world.notifier(ready.settings.alert_channel).tell(Notice(title="Setsquare: a trial of this channel", lines=lines, key="trial"))
    _record(world, "trial", "channel tried", proof)
    return proof


def notice_of(principal: str, fresh: tuple[Escalation, ...], place: str = "", *, is_again: bool = False) -> Notice:
    r"""Write a notice; `is_again` for one that may have arrived before. Names were read from policies and trails: they stay on one line, with controls and direction marks as escapes.

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
    if is_again:
        title = f"Perhaps told before: {title}"
        lines.append("the one before was cut off while it was being sent; nobody can say whether it arrived")
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
