"""What commands that work on a root share: the option `--store`, the root as JSON, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from msgspec import Struct

from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, Document

STORE: tuple[Callable[[Any], Any], ...] = (
    click.option("--store", metavar="<id>", default=None, help="Work on this registered store."),
    click.option("--store-path", metavar="<path>", default=None, hidden=True),
)
"""Every command that works on a root takes these; its options have the fields `store` and `store_path`."""


class RootShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A root in JSON."""

    path: str
    source: str
    store_id: str = ""


def root_shape(root: PlanningRoot) -> RootShape:
    """Write a root for JSON."""
    return RootShape(path=root.path, source=root.source.value, store_id=root.store_id)


def notes_on(root: PlanningRoot, *, is_json: bool) -> str:
    """Write for standard error what is to be known about a root: its warnings, and for people which store is used."""
    lines = _warnings(root.notices)
    if root.store_id and not is_json:
        lines += f"Using OpenSpec root: {root.store_id} ({root.path})\n"
    return lines


def refused(refusal: RootRefused, document: Document | None, *, mark: str = "✖ ") -> Answer:
    """Answer that there is no root: with the command's empty shape, else in lines for people; `mark` begins the first one."""
    notes = _warnings(refusal.notices)
    if document is not None:
        return Answer(document=document, notes=notes, exit_code=1)
    return Answer(notes=notes + told(refusal.finding, mark=mark), exit_code=1)


def told(finding: Diagnostic, *, mark: str = "✖ ") -> str:
    r"""Write an error for people.

    >>> told(Diagnostic(severity="error", code="x", message="No.", fix="Do."), mark="")
    'Error: No.\nFix: Do.\n'
    """
    return f"{mark}Error: {finding.message}\n" + (f"Fix: {finding.fix}\n" if finding.fix else "")


def _warnings(notices: tuple[Diagnostic, ...]) -> str:
    return "".join(f"Warning: {notice.message}\n" for notice in notices)
