"""Begins property tests for the criteria whose shape allows it."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.drafting.property_tests import Skeleton, module, skeleton
from setsquare.journeys.app import App
from setsquare.spec.ears import parse
from setsquare.spec.property_shape import shape_of
from setsquare.spec.trace import demanding
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import FileChange, Plan, creation, replacement
from setsquare.workspace.spec import Spec


class Begun(Struct, frozen=True, kw_only=True):
    """One spec's properties: the file, its whole text with what is missing, and whether that differs from what is there.

    `criteria` counts those that demand something.
    """

    spec: str
    path: RelPath
    text: str
    skeletons: tuple[Skeleton, ...]
    criteria: int
    change: FileChange | None


def begun(app: App, spec: Spec, name: str, folder: str) -> Begun:
    """Write the missing properties of a spec at the end of its test file below `folder`; `name` qualifies the references."""
    found = []
    criteria = demanding(spec)
    for criterion in criteria:
        statement = parse(criterion.text)
        shape = shape_of(statement)
        if shape is not None:
            found.append(skeleton(name, criterion, statement, shape))
    path = joined(folder, f"test_{re.sub(r'[^0-9A-Za-z]+', '_', spec.name).strip('_').lower()}_properties.py")
    raw = app.files.read(path)
    text = module(name, found, decode(raw) if raw is not None else "")
    made = encode(text)
    change = None if raw == made or not found else creation(path, made) if raw is None else replacement(path, raw, made)
    return Begun(spec=name, path=path, text=text, skeletons=tuple(found), criteria=len(criteria), change=change)


def write(app: App, properties: tuple[Begun, ...]) -> None:
    """Save all files, or none.

    Raises:
        StalePlan: a file changed meanwhile; nothing was written.
    """
    app.files.apply(Plan("Begin property tests", tuple(item.change for item in properties if item.change)))
