"""Wires what a watch needs: the roles in scope, the feeds of changes, the alert channel, the forge, and what ends it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from setsquare.wire.iam import iam_world
from setsquare.wire.iam_escalations import alert_world, known_policies
from setsquare.wire.iam_forge import Where, outward, power_state

if TYPE_CHECKING:
    from setsquare.journeys.iam_alerting import AlertWorld
    from setsquare.journeys.iam_looking import WatchWorld
    from setsquare.journeys.iam_repeating import Pace
    from setsquare.journeys.run_interrupts import Interruptions
    from setsquare.ports.change_feed import ChangeFeed
    from setsquare.ports.feed_marks import FeedMarks
    from setsquare.powers.iam.settings import PowerSettings
    from setsquare.powers.iam.usage.sources import TrailSource


def watch_world(where: Where | None = None, *, is_counting: bool = False, signals: Interruptions | None = None) -> WatchWorld:
    """Give what looks need; `where` says where the Power's requests lie, a counting world lists calls to AWS, `signals` wait while an alert is being sent."""
    from setsquare.journeys.iam_looking import WatchWorld  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.journeys.iam_repeating import held  # noqa: PLC0415

    def alerts() -> AlertWorld:
        made = alert_world()
        return made if signals is None else replace(made, uninterrupted=lambda: held(signals))

    return WatchWorld(
        iam=iam_world(is_counting=is_counting),
        alerts=alerts,
        outward=lambda: outward(where or Where()),
        state=power_state,
        changes=_changes,
        history=_history,
        marks=_marks,
        aws=known_policies,
        first=_yesterday,
    )


def pace(every_s: float) -> Pace:
    """Give the pace of a watch by the system's clock."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.journeys.iam_repeating import Pace  # noqa: PLC0415

    clock = SystemClock()
    return Pace(every_s=every_s, now=clock.now, sleep=clock.sleep)


def _yesterday() -> str:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  (start-up)

    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415

    written = "%Y-%m-%dT%H:%M:%SZ"
    return (datetime.strptime(SystemClock().now(), written).replace(tzinfo=UTC) - timedelta(days=1)).strftime(written)


def _changes(path: str) -> ChangeFeed:
    from setsquare.adapters.change_files import ChangeFiles  # noqa: PLC0415  (start-up)

    return ChangeFiles(path)


def _history(settings: PowerSettings, source: TrailSource, since: str) -> ChangeFeed:
    from setsquare.adapters.aws_access import AwsAccess  # noqa: PLC0415  (an extra)
    from setsquare.adapters.aws_changes import log_changes, lookup_changes  # noqa: PLC0415
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415

    access = AwsAccess(region=settings.region, account=settings.account_id, clock=SystemClock())
    return log_changes(access, source.place, since) if source.place else lookup_changes(access, since)


def _marks() -> FeedMarks:
    from pathlib import Path  # noqa: PLC0415  (start-up)

    from setsquare.adapters.feed_marks_file import FileFeedMarks  # noqa: PLC0415
    from setsquare.adapters.state import state_folder  # noqa: PLC0415
    from setsquare.errors import Usage  # noqa: PLC0415
    from setsquare.wire import workspace_folder  # noqa: PLC0415

    try:
        return FileFeedMarks(state_folder(str(Path(workspace_folder()).resolve()), os.environ))
    except Usage:
        return FileFeedMarks(None)
