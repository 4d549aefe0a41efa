"""What an account says about the trail behind events: what it leaves out, since when it logs, and which data events it proves.

Source: AWS, CloudTrail API Reference, `DescribeTrails`, `GetEventSelectors`, `GetTrailStatus`, `LookupEvents`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import called, was_denied
from setsquare.errors import CloudAuth, CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Gap, Seen, Window
from setsquare.powers.iam.usage.selectors import Field, Selector, basic, selected

_CHANGES = ("PutEventSelectors", "StopLogging")
_LOOKUP_DAYS = 90
_GLOBAL_SERVICES = ("cloudfront", "iam", "sts")
_FOLLOWED = frozenset({"Field", "Equals", "NotEquals"})


def facts_of(access: AwsAccess, delivers: Callable[[Any], bool], place: str, window: Window, *, to_logs: bool = False) -> TrailPart:
    """Say what the trail that delivers to a place leaves out; of several trails the one that leaves out least counts.

    Where the account does not say, nothing is proven, and that is a gap.

    Raises:
        CloudFailed: the credentials are not accepted, or the account cannot be reached.
    """
    client = access.client("cloudtrail")
    try:
        trails = [trail for trail in called(client.describe_trails, includeShadowTrails=True)["trailList"] if delivers(trail)]
        if not trails:
            reason = f"no trail that this account shows delivers to {place}, so nothing says what was left out"
            return _told((Gap(code="unproven", reason=reason),))
        parts = [_of_trail(access, trail, window, to_logs=to_logs) for trail in trails]
    except CloudAuth as error:
        if not was_denied(error):
            raise
        reason = "the account does not permit to ask what its trail leaves out; `setsquare iam permissions --check` says which permission is missing"
        return _told((Gap(code="unproven", reason=reason),))
    return min(parts, key=lambda part: len(part.gaps))


def selectors_in(told: Any) -> tuple[Selector, ...]:
    """Read the selectors of an answer, basic or advanced."""
    found = [Selector(tuple(map(_field, each["FieldSelectors"]))) for each in told.get("AdvancedEventSelectors") or ()]
    for each in told.get("EventSelectors") or ():
        data = tuple((str(resource["Type"]), tuple(resource.get("Values") or ())) for resource in each.get("DataResources") or ())
        excluded = tuple(each.get("ExcludeManagementEventSources") or ())
        found += basic(str(each.get("ReadWriteType", "All")), bool(each.get("IncludeManagementEvents", True)), excluded, data)
    return tuple(found)


def _field(told: Any) -> Field:
    others = any(value for key, value in told.items() if key not in _FOLLOWED)
    return Field(
        name=str(told["Field"]), has=tuple(told.get("Equals") or ()), lacks=tuple(told.get("NotEquals") or ()), is_other=bool(others)
    )


def _of_trail(access: AwsAccess, trail: Any, window: Window, *, to_logs: bool) -> TrailPart:
    name, arn = str(trail.get("Name", "")), str(trail["TrailARN"])
    # A trail answers in its home region.
    client = access.client("cloudtrail", str(trail.get("HomeRegion") or access.region))
    chosen = selected(selectors_in(called(client.get_event_selectors, TrailName=arn)), name)
    status = called(client.get_trail_status, Name=arn)
    gaps = [*chosen.gaps, *_of_regions(trail, name), *_of_status(status, name, window, to_logs=to_logs)]
    changed, is_sure = _changed(access, client, arn, window)
    if "StopLogging" in changed:
        gaps.append(Gap(code="days-missing", reason=f"the trail {name} was switched off in the window"))
    if "PutEventSelectors" in changed:
        gaps.append(
            Gap(code="unproven", reason=f"what the trail {name} leaves out was changed in the window; nobody knows what it left out before")
        )
    # That data events are logged now proves nothing about days before the selectors were changed.
    return _told(tuple(gaps), chosen.data if is_sure and not changed else (), is_of_all_regions=bool(trail.get("IsMultiRegionTrail")))


def _of_regions(trail: Any, name: str) -> Iterable[Gap]:
    home = str(trail.get("HomeRegion", ""))
    if not trail.get("IsMultiRegionTrail"):
        yield Gap(code="region-absent", reason=f"the trail {name} logs the region {home} alone")
    if trail.get("IncludeGlobalServiceEvents") is False:
        for prefix in _GLOBAL_SERVICES:
            yield Gap(code="source-excluded", reason=f"the trail {name} leaves out the events of global services", scope=prefix)


def _of_status(status: Any, name: str, window: Window, *, to_logs: bool) -> Iterable[Gap]:
    begun, stopped = status.get("StartLoggingTime"), status.get("StopLoggingTime")
    if not status.get("IsLogging"):
        when = f" on {stopped.date().isoformat()}" if stopped else ""
        yield Gap(code="days-missing", reason=f"the trail {name} stopped logging{when}")
    elif begun and begun.date().isoformat() > window.begin:
        yield Gap(
            code="younger-than-window", reason=f"the trail {name} logs since {begun.date().isoformat()}, after the window's first day"
        )
    failed = status.get("LatestCloudWatchLogsDeliveryError" if to_logs else "LatestDeliveryError")
    if failed:
        yield Gap(code="days-missing", reason=f"the trail {name} could not deliver: {failed}")


def _changed(access: AwsAccess, client: Any, arn: str, window: Window) -> tuple[frozenset[str], bool]:
    """Look which changes of a trail its account recorded in the window; the second is false where nothing can say."""
    earliest = (access.now() - timedelta(_LOOKUP_DAYS)).date().isoformat()
    begin = datetime.fromisoformat(f"{window.begin}T00:00:00+00:00")
    found = set()
    try:
        for change in _CHANGES:
            attribute = [{"AttributeKey": "EventName", "AttributeValue": change}]
            answer = called(client.lookup_events, LookupAttributes=attribute, StartTime=begin, MaxResults=50)
            found |= {change for event in answer.get("Events", ()) if _concerns(event, arn)}
            if answer.get("NextToken"):
                return frozenset(found), False
    except CloudFailed as error:
        if was_denied(error):
            return frozenset(found), False
        raise
    return frozenset(found), window.begin >= earliest


def _concerns(event: Any, arn: str) -> bool:
    name = arn.rpartition("/")[2]
    names = {str(resource.get("ResourceName", "")) for resource in event.get("Resources") or ()}
    text = str(event.get("CloudTrailEvent", ""))
    return bool(names & {name, arn}) or arn in text or f'"{name}"' in text


def _told(gaps: tuple[Gap, ...], data: tuple[str, ...] = (), *, is_of_all_regions: bool = False) -> TrailPart:
    return TrailPart(identity="", uses=(), gaps=gaps, seen=Seen(data=data, is_of_all_regions=is_of_all_regions))
