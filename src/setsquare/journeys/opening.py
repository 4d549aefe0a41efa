"""Opens the workspace of an app, and finds what a person named in it."""

from __future__ import annotations

import difflib

from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


def opened(app: App) -> Workspace:
    """Load everything below the app's folder as it is on disk now."""
    snapshot = app.files.snapshot()
    return load(snapshot.files, snapshot.skipped)


def named_spec(workspace: Workspace, name: str) -> Spec:
    """Find the spec that a person named.

    Raises:
        Usage: there is none; the hint names the nearest.
    """
    spec = workspace.spec(name)
    if spec is not None:
        return spec
    for path, reason in workspace.skipped:
        if path == name or path.endswith(f"specs/{name}"):
            raise Usage(
                f"The spec `{name}` cannot be read: {path} is left out ({reason}).", "Put a real folder there: links are not followed."
            )
    known = sorted(spec.name for spec in workspace.specs)
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        f"Did you mean `{near[0]}`?"
        if near
        else f"Specs here: {', '.join(known[:8])}."
        if known
        else "Make one: `setsquare spec new NAME`."
    )
    raise Usage(f"There is no spec `{name}` in this workspace.", hint)
