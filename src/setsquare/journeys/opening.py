"""Opens the workspace of an app, and finds what a person named in it."""

from __future__ import annotations

import difflib
from typing import assert_never

from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.unread_records import require_records
from setsquare.text.paths import base_name, quoted
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, SpecForm


def opened(app: App, *, is_overview: bool = False) -> Workspace:
    """Load everything below the app's folder as it is on disk now; an overview tells what was left out, and goes on.

    Raises:
        Refused: a record of the specs stands there and cannot be read, so that what rests on it would be wrong.
    """
    snapshot = app.files.snapshot()
    if not is_overview:
        require_records(snapshot.skipped)
    return load(snapshot.files, snapshot.skipped)


def named_as(workspace: Workspace, spec: Spec) -> str:
    """Say how a person names a spec: by its name, or by its folder where another spec has the same name."""
    return spec.name if sum(other.name == spec.name for other in workspace.specs) == 1 else spec.path


def named_spec(workspace: Workspace, name: str) -> Spec:
    """Find the spec that a person named.

    Raises:
        Usage: there is none, or more than one; the hint names the nearest, or all.
    """
    wanted = name.strip("/")
    found = [spec for spec in workspace.specs if wanted in (spec.name, spec.path)] or _of_openspec(workspace, wanted)
    if len(found) > 1:
        raise Usage(f"`{name}` names {len(found)} specs.", f"Name one by its folder: {', '.join(quoted(spec.path) for spec in found)}.")
    if found:
        return found[0]
    for path, reason in workspace.skipped:
        if path == name or path.endswith(f"specs/{name}"):
            raise Usage(
                f"The spec `{name}` cannot be read: {path} is left out ({reason}).", "Put a real folder there: links are not followed."
            )
    known = sorted(spec.name for spec in workspace.specs if not spec.is_archived or spec.is_kiro)
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        f"Did you mean `{near[0]}`?"
        if near
        else f"Specs here: {', '.join(known[:8])}."
        if known
        else "Make one: `setsquare spec new NAME`."
    )
    raise Usage(f"There is no spec `{name}` in this workspace.", hint)


def kiro_spec(workspace: Workspace, name: str, doing: str) -> Spec:
    """Find the spec that a person named for something that only specs of Kiro's form know; `doing` says what, such as `drafted`.

    Raises:
        Usage: there is none, or more than one.
        Refused: it is OpenSpec's or Spec Kit's: its files belong to that tool's own commands.
    """
    spec = named_spec(workspace, name)
    match spec.form:
        case SpecForm.KIRO:
            return spec
        case SpecForm.CAPABILITY:
            what, instead = "an OpenSpec capability", "propose a change: `setsquare openspec new change NAME`"
        case SpecForm.CHANGE:
            what, instead = (
                "an OpenSpec change",
                f"see what comes next: `setsquare openspec status --change {quoted(base_name(spec.path))}`",
            )
        case SpecForm.FEATURE:
            what, instead = "a feature of Spec Kit", f"make a spec of it: `setsquare convert {quoted(spec.path)} --from speckit --to kiro`"
        case _:
            assert_never(spec.form)
    raise Refused(f"`{spec.name}` is {what}: it is not {doing}.", f"Instead, {instead}.")


def _of_openspec(workspace: Workspace, name: str) -> list[Spec]:
    """Find a change by its id alone, or a capability with `openspec/` in front; an open change comes before an archived one."""
    found = [
        spec for spec in workspace.specs if name in spec.whole_names or (spec.form is SpecForm.CHANGE and base_name(spec.path) == name)
    ]
    return [spec for spec in found if not spec.is_archived] or found
