"""Judges recorded changes of an account: what they gave whom, compared with what was known before."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.journeys.iam_escalating import Judged, Side, judged_between
from setsquare.powers.iam.escalation.applying import State, applied
from setsquare.powers.iam.escalation.baseline import Baseline
from setsquare.powers.iam.escalation.changes import GIVING_KEYS, Change, change_of
from setsquare.powers.iam.escalation.model import Certainty, Escalation, EscalationPath
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.universe import Universe

_KEYS_SEVERITY = 3


class Changed(Struct, frozen=True, kw_only=True):
    """What changes gave. `state` is the account after them, `unread` says which could not be followed, `changes` how many there were."""

    state: State
    judged: tuple[Judged, ...]
    unread: tuple[str, ...]
    changes: tuple[Change, ...]


# req: iam-autopilot/5.6
def changed(state: State, records: Iterable[bytes], baseline: Baseline, paths: tuple[EscalationPath, ...], universe: Universe) -> Changed:
    """Apply the changes among some records to what is known of the account, and judge those whom they touched before and after.

    Records that change nothing of IAM, and changes that AWS refused, are passed over.
    """
    return followed(state, (change for raw in records if (change := change_of(raw)) is not None), baseline, paths, universe)


def followed(state: State, made: Iterable[Change], baseline: Baseline, paths: tuple[EscalationPath, ...], universe: Universe) -> Changed:
    """Apply changes in their order to what is known of the account, and judge those whom they touched before and after.

    Without knowledge of the account everything that a change grants is new.
    """
    changes = tuple(made)
    before, touched, unread, keys = state, set[str](), list[str](), list[Escalation]()
    for change in changes:
        step = applied(state, change)
        state = step.state
        touched.update(step.touched)
        if step.unknown:
            unread.append(f"{change.event} of {change.principal or change.policy} by {change.actor or 'somebody'}: {step.unknown}")
        elif change.event in GIVING_KEYS and not _is_own(change):
            keys.append(_keys_given(change))
    old, new = _side(before), _side(state)
    judged = tuple(each for each in judged_between(old, new, baseline, paths, universe) if each.new or each.principal.name in touched)
    return Changed(state=state, judged=(*judged, *_of_keys(keys, baseline)), unread=tuple(unread), changes=changes)


def _side(state: State) -> Side:
    return Side(principals=state.principals, is_account=state.is_account)


def _is_own(change: Change) -> bool:
    """Tell whether somebody made a key for itself; an event without a user's name means the caller. A role that is named like the user is somebody else.

    >>> names = ("arn:aws:iam::123456789012:user/team/ada", "arn:aws:iam::123456789012:role/ada", "ada")
    >>> [_is_own(Change(event="CreateAccessKey", actor=name, at="", principal="ada")) for name in names]
    [True, False, True]
    """
    is_user = ":user/" in change.actor or not change.actor.startswith("arn:")
    return not change.principal or (is_user and change.actor.rpartition("/")[2] == change.principal)


def _keys_given(change: Change) -> Escalation:
    return Escalation(
        principal=change.actor,
        path=GIVING_KEYS[change.event],
        severity=_KEYS_SEVERITY,
        certainty=Certainty.CERTAIN.value,
        actions=(f"iam:{change.event}",),
        resources=(f"iam:{change.event} on {change.principal}",),
        name=f"{change.event} for another user",
        kind="principal-access",
        targets=(change.principal,),
    )


def _of_keys(keys: Iterable[Escalation], baseline: Baseline) -> Iterable[Judged]:
    for each in keys:
        accepted = baseline.accepts(each)
        yield Judged(
            principal=Principal(name=each.principal, arn=each.principal if each.principal.startswith("arn:") else ""),
            escalations=(each,),
            new=() if accepted else (each,),
            accepted=(each,) if accepted else (),
        )
