"""Looks once at everything that a watch is for: requests out of scope, recorded changes of IAM, the roles in scope; and tells of what is new.

One look leaves what the next one needs. What fails in one of its parts is said, and keeps none of the others from being done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import SetsquareError, Usage
from setsquare.journeys.iam_alerting import Alerted, AlertWorld, alert, alert_readiness
from setsquare.journeys.iam_analyzing import Analyses, announced, reached
from setsquare.journeys.iam_changing import followed
from setsquare.journeys.iam_creeping import allowed
from setsquare.journeys.iam_escalating import Judged, baseline_at, state_of_file
from setsquare.journeys.iam_proposing import Outward, Proposed, swept
from setsquare.journeys.iam_readiness import NotReady, Ready
from setsquare.journeys.iam_watch_asked import Asked, permitted
from setsquare.journeys.iam_watching import Watched, watched
from setsquare.journeys.iam_world import IamWorld
from setsquare.ports.change_feed import ChangeFeed, Fresh
from setsquare.ports.feed_marks import FeedMarks
from setsquare.ports.power_state import PowerState
from setsquare.powers.iam.escalation.applying import State
from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
from setsquare.powers.iam.escalation.baseline import Baseline
from setsquare.powers.iam.escalation.principal import principal_of
from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.usage.sources import SourceKind, TrailSource, source_of

_Part = TypeVar("_Part")


class WatchWorld(Struct, frozen=True, kw_only=True):
    """What a look needs, each part made when it is first asked for. `changes` opens the changes in a file or folder, `history` those that an account's own source holds since a time.

    `aws` says what AWS's own policies grant, `first` gives the time at which a watch begins that none came before.
    """

    iam: IamWorld
    alerts: Callable[[], AlertWorld]
    outward: Callable[[], Outward]
    state: Callable[[], PowerState]
    changes: Callable[[str], ChangeFeed]
    history: Callable[[PowerSettings, TrailSource, str], ChangeFeed]
    marks: Callable[[], FeedMarks]
    aws: Callable[[], AwsPolicies]
    first: Callable[[], str]


class Standing(Struct, frozen=True, kw_only=True):
    """What a look leaves to the next one: the feed and how far the account is known, whom nobody could be told of yet, and the keys of what was reported.

    `missing` says what of the account before could not be read.
    """

    feed: ChangeFeed | None = None
    state: State = State()
    missing: tuple[str, ...] = ()
    untold: tuple[Judged, ...] = ()
    reported: frozenset[str] = frozenset()


class Look(Struct, frozen=True, kw_only=True):
    """What a look found. `heard` is what came from the feed, `judged` whom it and the roles give something new, `unfollowed` says which changes nobody can judge.

    `created` are roles in scope that were made by these changes. `failure` is the first thing that went wrong, `refused` why the roles may not be looked at; the rest was still done.
    """

    watched: Watched | None = None
    heard: Fresh | None = None
    judged: tuple[Judged, ...] = ()
    unfollowed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    alerted: Alerted | None = None
    swept: Proposed | None = None
    failure: SetsquareError | None = None
    refused: NotReady | None = None

    @property
    def is_disabled(self) -> bool:
        """Tell whether the Power was switched off for requests out of scope."""
        return self.swept is not None and self.swept.is_disabled


class Looked(Struct, frozen=True):
    """A look, and what it leaves to the next one."""

    look: Look
    standing: Standing


# req: iam-autopilot/5.6, iam-autopilot/6.7, iam-autopilot/6.8
def looked(world: WatchWorld, asked: Asked, before: Standing | None = None) -> Looked | NotReady:
    """Look once, going on from `before`; the settings are judged anew first.

    Raises:
        Usage: what was asked for is not there.
        Refused: the Power is switched off until a person has audited it.
        NotTrusted: something reaches out, and the workspace is not trusted as it is.
        WorldFailed: no part of the look could be done.
    """
    ready = permitted(world.iam.files, asked)
    if isinstance(ready, NotReady):
        return ready
    if asked.sweeps or (asked.sees_roles and not asked.sandbox):
        # Neither a dry run elsewhere nor a look at changes is work within the scope that somebody has to audit.
        allowed(world.state())
    alerting = alert_readiness(world.alerts()) if asked.tells else None
    if isinstance(alerting, NotReady):
        return alerting
    standing = _begun(world, asked, ready) if before is None else before
    if isinstance(standing, NotReady):
        return standing
    done = _done(world, asked, ready, standing, alerting)
    look = done.look
    if look.watched is None and look.heard is None and look.swept is None:
        # Nothing was done that could be shown or lost.
        if look.failure is not None:
            raise look.failure
        if look.refused is not None:
            return look.refused
    return done


def _done(world: WatchWorld, asked: Asked, ready: Ready, standing: Standing, alerting: Ready | None) -> Looked:
    """Do every part; changes come first, which must not be lost for what fails later, and roles last, which a Power that is switched off looks at no more."""
    baseline = baseline_at(world.iam.files)
    heard = _tried(lambda: _heard(world, ready.settings, standing, baseline))
    change = heard if isinstance(heard, _Heard) else _Heard(state=standing.state)
    sweeping = _tried(lambda: swept(world.iam, world.outward(), ready)) if asked.sweeps else None
    is_disabled = isinstance(sweeping, Proposed) and sweeping.is_disabled
    seeing = _tried(lambda: watched(world.iam, ready, asked.wanted, asked.sandbox)) if asked.sees_roles and not is_disabled else None
    of_roles = _of_roles(seeing.analyses, baseline) if isinstance(seeing, Watched) else ()
    fresh = tuple(each for each in of_roles if not standing.reported.issuperset(_keys(each)))
    judged = (*change.judged, *fresh)
    alerted = alert(world.alerts(), alerting, (*standing.untold, *judged)) if alerting is not None else None
    left = alerted.left if alerted is not None else ()
    if alerted is not None and not left and change.heard is not None and change.heard.until:
        world.marks().keep(_mark(asked, ready), change.heard.until)
    look = Look(
        watched=seeing if isinstance(seeing, Watched) else None,
        heard=change.heard,
        judged=judged,
        unfollowed=change.unfollowed,
        created=change.created,
        alerted=alerted,
        swept=sweeping if isinstance(sweeping, Proposed) else None,
        failure=next((each for each in (heard, sweeping, seeing) if isinstance(each, SetsquareError)), None),
        refused=next((each for each in (sweeping, seeing) if isinstance(each, NotReady)), None),
    )
    reported = standing.reported.union(*map(_keys, judged))
    return Looked(look, replace(standing, state=change.state, missing=(), untold=left, reported=reported))


class _Heard(Struct, frozen=True, kw_only=True):
    """What came from the feed and whom it gives something; `state` is the account after it, `created` are roles in scope that were made."""

    state: State
    heard: Fresh | None = None
    judged: tuple[Judged, ...] = ()
    unfollowed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()


def _begun(world: WatchWorld, asked: Asked, ready: Ready) -> Standing | NotReady:
    """Open the feed, and read what the account was.

    Raises:
        Usage: no changes can be heard of from there.
        Unreadable: the account's file cannot be read, or is none.
        NotTrusted: AWS would be asked, and the workspace is not trusted as it is.
        CloudFailed: AWS cannot be reached.
    """
    if not asked.events:
        return Standing()
    state, missing = state_of_file(world.iam.named, asked.account, world.aws())
    source = source_of(asked.events)
    if not source.is_remote:
        return Standing(feed=world.changes(asked.events), state=state, missing=missing)
    if source.kind not in {SourceKind.LOOKUP, SourceKind.LOG_GROUP} or source.problem or source.regions:
        raise Usage(
            f"No changes can be heard of from {asked.events}.",
            "Name a file or folder with events, - for standard input, lookup for the event history of the account, or logs:GROUP.",
        )
    found = reached(world.iam, ready, source)
    if isinstance(found, NotReady):
        return found
    since = f"{asked.since}T00:00:00Z" if asked.since else world.marks().at(_mark(asked, ready)) or world.first()
    return Standing(feed=world.history(found.settings, source, since), state=state, missing=missing)


def _mark(asked: Asked, ready: Ready) -> str:
    """Name a feed so that another account is another one."""
    return f"{asked.events} {ready.settings.account_id}"


def _tried(part: Callable[[], _Part]) -> _Part | SetsquareError:
    """Do a part of a look, or give why it failed: what another part heard must not be lost for that."""
    try:
        return part()
    except SetsquareError as failure:
        return failure


def _heard(world: WatchWorld, settings: PowerSettings, standing: Standing, baseline: Baseline) -> _Heard:
    """Ask the feed, and judge before and after what it holds; a role that was made and is in scope is announced.

    Raises:
        Unreadable: its file is gone.
        CloudFailed: AWS does not answer.
    """
    if standing.feed is None:
        return _Heard(state=standing.state)
    fresh = standing.feed.fresh()
    found = followed(standing.state, fresh.changes, baseline, world.iam.paths(), world.iam.universe())
    unfollowed = (*standing.missing, *baseline.problems, *found.unread)
    made = (change.principal for change in fresh.changes if change.event == "CreateRole")
    created = announced(world.iam, (role for role in made if not role_reasons(settings, role)))
    return _Heard(state=found.state, heard=fresh, judged=found.judged, unfollowed=unfollowed, created=created)


def _of_roles(analyses: Analyses, baseline: Baseline) -> tuple[Judged, ...]:
    """Hold the ways to more rights that the roles in scope have now against what was accepted."""
    found = []
    for each in analyses.found:
        accepted = tuple(way for way in each.escalations if baseline.accepts(way))
        new = tuple(way for way in each.escalations if way not in accepted)
        found.append(Judged(principal=principal_of(each.grant), escalations=each.escalations, new=new, accepted=accepted))
    return tuple(judged for judged in found if judged.escalations)


def _keys(judged: Judged) -> frozenset[str]:
    return frozenset(each.key for each in judged.new)
