"""Writes a page that somebody asked for beside what it is about."""

from __future__ import annotations

from setsquare.journeys.app import App
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, replacement


def write_report(app: App, name: str, raw: bytes) -> None:
    """Write a page into the app's folder, over an older one of the same name.

    Raises:
        StorageFailed: it cannot be written.
    """
    path = RelPath(name)
    old = app.files.read(path)
    app.files.apply(Plan(f"Write {name}", (creation(path, raw) if old is None else replacement(path, old, raw),)))
