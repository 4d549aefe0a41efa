"""Holds what roles are granted against what they used. The settings were judged before; a file that is named takes the place of the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import NotTrusted, Usage
from setsquare.journeys.iam_policies import grant_for, read_grants
from setsquare.journeys.iam_readiness import NotReady, Ready, other_account, reaching, role_of
from setsquare.journeys.iam_services import role_of_service
from setsquare.journeys.iam_usage import Gathered, gathered, is_arn, until_now, usage_of_role
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_world import IamWorld
from setsquare.ports.cloud import Cloud
from setsquare.ports.trails import Trail
from setsquare.ports.usage_store import UsageStore
from setsquare.powers.iam.escalation.finding import escalations
from setsquare.powers.iam.escalation.model import Escalation, EscalationPath
from setsquare.powers.iam.escalation.principal import principal_of
from setsquare.powers.iam.recommendation.model import Grant, Recommendation
from setsquare.powers.iam.recommendation.recommending import Options, recommend
from setsquare.powers.iam.settings import LOOKBACK_DAYS, Need, PowerSettings, Reason
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.universe import AccessLevel, Universe
from setsquare.powers.iam.usage.model import Usage as RoleUsage
from setsquare.powers.iam.usage.model import Window
from setsquare.powers.iam.usage.sources import SourceKind, TrailSource, source_of
from setsquare.text.counted import counted
from setsquare.text.lazy_pattern import LazyPattern

_EVER = Window("1970-01-01", "2999-12-31")
_FRESH_DAYS = 2
_DAY = LazyPattern(r"\d{4}-\d\d-\d\d\Z")


class Analysis(Struct, frozen=True, kw_only=True):
    """One role: what it is granted, what it did, what would be enough; `escalations` are the ways to more rights that it has now."""

    grant: Grant
    usage: RoleUsage
    recommendation: Recommendation
    universe: Universe
    escalations: tuple[Escalation, ...] = ()


class Skipped(Struct, frozen=True):
    """A role that was left out, and the first reason for it."""

    role: str
    reason: Reason


class Analyses(Struct, frozen=True, kw_only=True):
    """All that was asked for. `trail` and `policies` name the sources.

    `warnings` are of the settings, `oddities` of the file of policies and of the window, `announced` the roles that were new in scope.
    """

    found: tuple[Analysis, ...]
    trail: str
    policies: str
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[Reason, ...] = ()
    oddities: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()


# req: iam-autopilot/1.5
def analysed(world: IamWorld, ready: Ready, wanted: Wanted) -> Analyses | NotReady:
    """Analyse one role or all in scope.

    Raises:
        Usage: nothing, or several things, were asked for; the file has nothing on the role; a date is none.
        Unreadable: a file cannot be read or followed.
        NotTrusted: something must be fetched, and the workspace is not trusted.
        CloudFailed: the account or its trail cannot be read.
    """
    name = _role_name(world, wanted)
    if wanted.service and (reasons := role_reasons(ready.settings, name)):
        return NotReady(reasons)
    window = asked_window(world, ready, wanted)
    # A file that is missing is said before anything is read or asked.
    granted = _from_file(world, ready, wanted.policies, name, wanted.role if is_arn(wanted.role) else "") if wanted.policies else None
    if isinstance(granted, NotReady):
        return granted
    sources = opened(world, ready, wanted)
    if isinstance(sources, NotReady):
        return sources
    if granted is None:
        granted = _from_account(sources.cloud, ready, name)
        if isinstance(granted, NotReady):
            return granted
    meant = tuple(_as_named(grant, wanted.role) for grant in granted.grants)
    new = announced(world, (grant.arn or grant.role for grant in meant))
    grants = tuple(grant for grant in meant if not (wanted.holds_new and (grant.arn or grant.role) in new))
    found = tuple(_analyses(world, wanted, grants, read_trail(world, sources, wanted, window)))
    return Analyses(
        found=found,
        trail=sources.trail.name,
        policies=wanted.policies or "the account",
        skipped=granted.skipped,
        warnings=ready.warnings,
        oddities=(*granted.oddities, *_short(window), *_silent(found)),
        announced=new,
    )


def _as_named(grant: Grant, asked: str) -> Grant:
    """Take the ARN that a person named for grants that have none.

    Raises:
        Usage: the grants are those of another role.
    """
    if not is_arn(asked) or grant.arn == asked:
        return grant
    if grant.arn:
        raise Usage(f"The policies are those of {grant.arn}, not of {asked}.", "Name the policies of the role that is asked for.")
    return replace(grant, arn=asked)


# req: iam-autopilot/6.8
def announced(world: IamWorld, roles: Iterable[str]) -> tuple[str, ...]:
    """Tell of roles that come into scope for the first time, before any of them is analysed; give them."""
    known = world.known()
    new = known.unknown(roles)
    if new:
        world.announce(new)
        known.announced(new)
    return new


def _short(window: Window) -> tuple[str, ...]:
    """Warn of a window that was asked to be short."""
    if window.days >= LOOKBACK_DAYS:
        return ()
    return (f"a window of {counted(window.days, 'day')} misses what is done once a quarter; below {LOOKBACK_DAYS} no removal is sure",)


def _silent(found: tuple[Analysis, ...]) -> tuple[str, ...]:
    """Name the roles of which the trail holds nothing: a name may be misspelt, or the trail be another account's."""
    return tuple(
        f"the trail holds no call of {each.grant.role}, so all that it is granted looks unused: is this its name, and its account's trail?"
        for each in found
        if not each.usage.uses
    )


class Sources(Struct, frozen=True, kw_only=True):
    """Where usage and grants come from; `cloud` is `None` where everything is read from files."""

    trail: Trail
    store: UsageStore
    cloud: Cloud | None = None
    regions: tuple[str, ...] = ()


def opened(world: IamWorld, ready: Ready, wanted: Wanted) -> Sources | NotReady:
    """Open the trail: the file that was named, else the account's, and the account where the file of policies is missing.

    Raises:
        NotTrusted: something must be fetched, and the workspace is not trusted as it is.
        CloudFailed: there are no credentials, or the part that speaks to AWS is not installed.
    """
    source = source_of(wanted.trail)
    if source.problem:
        raise Usage(f"--trail {wanted.trail}: {source.problem}.", "Such as --trail s3://BUCKET/PREFIX, logs:GROUP, lookup or lake:ARN.")
    if not source.is_remote and wanted.policies:
        store = world.store()
        return Sources(trail=world.trail(wanted.trail, store), store=store)
    reached_ = reached(world, ready, source)
    if isinstance(reached_, NotReady):
        return reached_
    settings, cloud = reached_.settings, reached_.cloud
    store = world.store()
    asked = None if wanted.policies else cloud
    if not source.is_remote:
        return Sources(trail=world.trail(wanted.trail, store), store=store, cloud=asked)
    return Sources(trail=world.account_trail(settings, source, store), store=store, cloud=asked, regions=(settings.region,))


class Reached(Struct, frozen=True):
    """An account that answers with the number of the settings, which hold no variables any more."""

    settings: PowerSettings
    cloud: Cloud


def reached(world: IamWorld, ready: Ready, source: TrailSource) -> Reached | NotReady:
    """Reach the account: trust first, then variables, then credentials, and whether they are of the account that the settings name.

    Raises:
        NotTrusted: the workspace is not trusted as it is.
        CloudFailed: there are no credentials, or the part that speaks to AWS is not installed.
    """
    if not world.is_trusted():
        raise NotTrusted(
            "Asking AWS needs a trusted workspace, since its settings say which account is asked.",
            "Look at it with `setsquare trust`, or name local files: --trail PATH --policies FILE.",
        )
    needs = (Need.FETCHING, Need.LOG_GROUP) if source.kind is SourceKind.SETTINGS else (Need.FETCHING,)
    whole = reaching(ready, world.variable, *needs)
    if isinstance(whole, NotReady):
        return whole
    settings = whole.settings
    cloud = world.cloud(settings)
    other = other_account(cloud.identity(), settings)
    return Reached(settings, cloud) if other is None else NotReady((other,))


def read_trail(world: IamWorld, sources: Sources, wanted: Wanted, window: Window) -> Gathered:
    """Read a window of a trail. Of local files whose events ended earlier, the window ends with their last day, unless a day was named."""
    stated = wanted.is_complete
    found = gathered(sources.trail, sources.store, window, world.progress, sources.regions, is_stated=stated)
    found = found if wanted.until else until_now(found)
    if source_of(wanted.trail).is_remote or wanted.until:
        return found
    days, fresh = tuple(sorted((*found.coverage.days, *found.coverage.quiet))), found.fresh
    if not days:
        ever = gathered(sources.trail, sources.store, _EVER, world.progress)
        # An event of a later day tells of a wrong clock, and not where the trail ends.
        days, fresh = tuple(day for day in ever.coverage.days if day <= window.end) or ever.coverage.days, fresh + ever.fresh
    if not days or (days[-1] <= window.end and _days_between(days[-1], window.end) <= _FRESH_DAYS):
        return found
    shorter = window_to(date.fromisoformat(days[-1]), window.days)
    again = gathered(sources.trail, sources.store, shorter, world.progress, is_stated=stated)
    return replace(until_now(again), fresh=again.fresh + fresh)


def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _analyses(world: IamWorld, wanted: Wanted, grants: tuple[Grant, ...], gathered_: Gathered) -> Iterator[Analysis]:
    """Judge role by role."""
    universe, tables, today = world.universe(), world.tables(), world.today()
    paths = world.paths()
    options = recommend_options(wanted, universe, paths)
    for grant in grants:
        usage = usage_of_role(gathered_, grant.arn or grant.role, grant.unique_id)
        recommendation = recommend(grant, usage, universe, tables, today=today, options=options)
        found = escalations(principal_of(grant), paths, universe)
        yield Analysis(grant=grant, usage=usage, recommendation=recommendation, universe=universe, escalations=found)


def recommend_options(wanted: Wanted, universe: Universe, paths: tuple[EscalationPath, ...]) -> Options:
    """Give what is asked of the recommendation; where wider words are allowed, none may match what manages permissions or is part of an escalation path."""
    guarded = frozenset[str]()
    if wanted.allow_wider:
        managing = {name for name, facts in universe.actions.items() if facts.level is AccessLevel.PERMISSIONS}
        guarded = frozenset(managing | {action.lower() for path in paths for action in path.actions})
    return Options(narrow_resources=wanted.narrow_resources, allow_wider=wanted.allow_wider, guarded=guarded)


class _Granted(Struct, frozen=True, kw_only=True):
    """The grants of the roles that are analysed, and what was left out."""

    grants: tuple[Grant, ...]
    skipped: tuple[Skipped, ...] = ()
    oddities: tuple[str, ...] = ()


def _role_name(world: IamWorld, wanted: Wanted) -> str:
    """Name the role that is asked for; empty for all in scope."""
    if sum(map(bool, (wanted.role, wanted.every, wanted.service))) != 1:
        raise Usage("Name one role, a service with --service, or --all.", "Such as `setsquare iam analyze ecs-auth-role`.")
    if wanted.service:
        return role_of_service(world.files, wanted.service)[0].role
    return role_of(wanted.role).name


def _from_file(world: IamWorld, ready: Ready, path: str, name: str, arn: str = "") -> _Granted | NotReady:
    """Take the grants from a file; of all its roles those in scope."""
    settings = ready.settings
    found = read_grants(world.named, path, name, lambda role, inside: not role_reasons(settings, role, inside))
    if name:
        grant = grant_for(found, path, name, arn)
        reasons = role_reasons(ready.settings, grant.role, grant.path)
        return NotReady(reasons) if reasons else _Granted(grants=(grant,), oddities=found.warnings)
    judged = [(grant, role_reasons(settings, grant.role, grant.path)) for grant in found.grants]
    skipped = [Skipped(grant.role, reasons[0]) for grant, reasons in judged if reasons]
    skipped += [Skipped(role, role_reasons(settings, role, inside)[0]) for role, inside in found.others]
    return _Granted(
        grants=tuple(grant for grant, reasons in judged if not reasons),
        skipped=tuple(sorted(skipped, key=lambda each: each.role)),
        oddities=(*found.warnings, *(f"nothing is claimed of {role}: not all of its policies could be read" for role in found.unread)),
    )


def _from_account(cloud: Cloud | None, ready: Ready, name: str) -> _Granted | NotReady:
    """Take the grants from the account; of all its roles those in scope."""
    if cloud is None:
        return _Granted(grants=())
    if name:
        grant = cloud.grant(name)
        if grant is None:
            raise Usage(f"The account has no role {name}.", "`setsquare iam analyze --all` shows those in scope.")
        reasons = role_reasons(ready.settings, grant.role, grant.path)
        return NotReady(reasons) if reasons else _Granted(grants=(grant,))
    judged = [(entry, role_reasons(ready.settings, entry.name, entry.path)) for entry in cloud.roles()]
    grants = [cloud.grant(entry.name) for entry, reasons in judged if not reasons]
    return _Granted(
        grants=tuple(grant for grant in grants if grant is not None),
        skipped=tuple(Skipped(entry.name, reasons[0]) for entry, reasons in judged if reasons),
    )


def asked_window(world: IamWorld, ready: Ready, wanted: Wanted) -> Window:
    """Give the window that ends on the day that was named, else today."""
    end = wanted.until or world.today()
    try:
        last = date.fromisoformat(end) if _DAY.match(end) else None
    except ValueError:
        last = None
    if last is None:
        raise Usage(f"--until {end} is no day.", "Write it as YYYY-MM-DD.")
    return window_to(last, wanted.days or ready.settings.lookback_days)


def window_to(last: date, days: int) -> Window:
    """Give the window of so many days that ends on a day.

    >>> window_to(date(2026, 11, 26), 90)
    Window(begin='2026-08-29', end='2026-11-26')
    """
    return Window((last - timedelta(min(days, last.toordinal()) - 1)).isoformat(), last.isoformat())
