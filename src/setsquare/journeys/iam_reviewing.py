"""Remembers when a person last looked over which roles the IAM Power may look at; a quarter later it says so."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.audit_reading import Filter, entries
from setsquare.powers.iam.settings import PowerSettings
from setsquare.text.counted import counted

REVIEW_DAYS = 90
"""After so many days the patterns are to be looked over again."""


class Review(Struct, frozen=True, kw_only=True):
    """The last review of the patterns as they are now: `on` is its day, empty for none; `is_due` whether another one is."""

    on: str = ""
    is_due: bool = True
    found: str = ""


def scope_words(settings: PowerSettings) -> str:
    """Write the patterns in one line: a review is one of these very patterns.

    >>> from setsquare.text.paths import RelPath
    >>> scope_words(PowerSettings(path=RelPath("s.json"), target_roles=("lambda-*", "ecs-*"), exclude_roles=("ecs-admin*",)))
    'targetRoles ecs-*, lambda-*; excludeRoles ecs-admin*'
    """
    targets, excluded = ", ".join(sorted(settings.target_roles)), ", ".join(sorted(settings.exclude_roles))
    return f"targetRoles {targets}; excludeRoles {excluded or 'none'}"


def record_review(app: App, settings: PowerSettings, why: str) -> None:
    """Record that a person looked the patterns over.

    Raises:
        Usage: they do not say what they found.
        setsquare.errors.AuditUnavailable: it cannot be recorded.
    """
    if not why.strip():
        raise Usage("A review says what was found.", 'Such as --reviewed "still the two teams\' roles".')
    app.audit.record(Mutation(action=AuditAction.ROLES_REVIEWED, subject=scope_words(settings), why=" ".join(why.split())))


def last_review(app: App, settings: PowerSettings, today: str) -> Review:
    """Say when the patterns were looked over last.

    Raises:
        setsquare.errors.AuditUnavailable: the log cannot be read.
    """
    found = list(entries(app, Filter(action=AuditAction.ROLES_REVIEWED.value)))
    of_these = [entry.at[:10] for entry in found if entry.subject == scope_words(settings)]
    if not of_these:
        return Review(found="the patterns were changed since the last review" if found else "the patterns were never reviewed")
    on = max(of_these)
    days = (date.fromisoformat(today) - date.fromisoformat(on)).days
    return Review(on=on, is_due=days > REVIEW_DAYS, found=f"the patterns were reviewed {counted(days, 'day')} ago")
