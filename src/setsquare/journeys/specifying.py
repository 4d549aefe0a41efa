"""Makes a new spec from templates."""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

from setsquare.drafting.templates import Templates, filled
from setsquare.errors import Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.on_record import applied
from setsquare.journeys.opening import opened
from setsquare.journeys.recording import happened, record_change
from setsquare.journeys.trusting import grant, may_extend
from setsquare.spec.spec_history import Kind
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan, creation
from setsquare.workspace.spec import Spec

_LONGEST = 100
_NAME = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*(?:/[a-z0-9]+(?:[-.][a-z0-9]+)*)*")


class NewSpec(Struct, frozen=True, kw_only=True):
    """A spec that was made: its name and its three files."""

    name: str
    path: RelPath
    written: tuple[RelPath, ...]


def new_spec(app: App, name: str) -> NewSpec:
    """Make `.kiro/specs/<name>/` with three files from the workspace's templates, else from the built-in ones.

    Raises:
        Usage: the name is not kebab-case.
        Refused: the spec exists.
    """
    require_name(name)
    folder = joined(".kiro/specs", name)
    if app.files.exists(folder):
        raise Refused(f"{folder} exists already; nothing was written.", "Choose another name, or go on with it: `setsquare status`.")
    workspace = opened(app)
    may_trust = may_extend(app, workspace)
    templates = Templates()
    written = tuple(
        (joined(folder, f"{stage}.md"), filled(_template(app, stage, default), name))
        for stage, default in (("requirements", templates.requirements), ("design", templates.design), ("tasks", templates.tasks))
    )
    line = record_change(workspace, Spec(name=name, path=folder, root=RelPath(".kiro")), happened(app, Kind.CREATED))
    plan = Plan(f"Make the spec {name}", (*(creation(path, encode(text)) for path, text in written), line))
    applied(app, plan, Mutation(action=AuditAction.SPEC_CREATED, subject=name))
    if may_trust:
        grant(app, opened(app))
    return NewSpec(name=name, path=folder, written=tuple(path for path, _ in written))


def require_name(name: str) -> None:
    """Stop unless a new spec may have this name.

    Raises:
        Usage: the name is not kebab-case.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        hint = f"Try `{_kebab(name)}`." if _kebab(name) else "Such as `user-authentication`."
        raise Usage(
            f"`{name}` cannot name a spec: lower-case letters, digits and hyphens, at most 100 characters; `/` makes a folder.", hint
        )


def _template(app: App, stage: str, default: str) -> str:
    """Read the workspace's own template, else give the built-in one."""
    own = app.files.read(joined(".kiro/templates", f"{stage}.md"))
    return default if own is None else decode(own)


def _kebab(name: str) -> str:
    """Make a kebab-case name of anything."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.replace("ß", "ss")) if not unicodedata.combining(char))
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()))[:_LONGEST].strip("-")
