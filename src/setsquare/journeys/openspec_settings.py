"""Reads and writes a person's settings of OpenSpec; a file that cannot be read is never overwritten.

Source: `openspec config` 1.13.2, observed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from setsquare.errors import Unreadable as FolderMissing
from setsquare.journeys.openspec_rooting import SETTINGS
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import Unreadable
from setsquare.text.plan import FileChange, Plan, creation, digest
from setsquare.text.span import Edit, Span


class Settings(Struct, frozen=True, kw_only=True):
    """The settings file: what it says by itself, without defaults; `is_broken` when it is no JSON object, and `problem` says why it is no JSON."""

    place: str
    values: Mapping[str, object]
    is_broken: bool = False
    problem: str = ""


def settings_of(app: PlanningApp) -> Settings:
    """Read this person's settings; nothing where there is no file."""
    place = f"{app.config_folder}/{SETTINGS}"
    raw = app.planning.read(app.config_folder, SETTINGS)
    if raw is None:
        return Settings(place=place, values={})
    if isinstance(raw, Unreadable):
        return Settings(place=place, values={}, is_broken=True, problem=raw.reason)
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return Settings(place=place, values={}, is_broken=True, problem=str(error))
    return Settings(place=place, values=value) if isinstance(value, dict) else Settings(place=place, values={}, is_broken=True)


def write_settings(app: PlanningApp, values: Mapping[str, object]) -> None:
    """Write this person's settings.

    Raises:
        StorageFailed: the file cannot be written.
    """
    document = msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n"
    files = app.made(app.config_folder)
    try:
        old = files.read(SETTINGS)
    except FolderMissing:
        old = None
    change = creation(SETTINGS, document) if old is None else FileChange(SETTINGS, digest(old), (Edit(Span(0, len(old)), document),))
    files.apply(Plan("write the settings", (change,)))
