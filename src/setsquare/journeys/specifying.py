"""Makes a new spec from templates."""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

from setsquare.drafting.templates import Templates, filled
from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import grant, may_extend
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan, creation

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
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        hint = f"Try `{_kebab(name)}`." if _kebab(name) else "Such as `user-authentication`."
        raise Usage(
            f"`{name}` cannot name a spec: lower-case letters, digits and hyphens, at most 100 characters; `/` makes a folder.", hint
        )
    folder = joined(".kiro/specs", name)
    if app.files.exists(folder):
        raise Refused(f"{folder} exists already; nothing was written.", "Choose another name, or go on with it: `setsquare status`.")
    may_trust = may_extend(app, opened(app))
    templates = Templates()
    written = tuple(
        (joined(folder, f"{stage}.md"), filled(_template(app, stage, default), name))
        for stage, default in (("requirements", templates.requirements), ("design", templates.design), ("tasks", templates.tasks))
    )
    app.files.apply(Plan(f"Make the spec {name}", tuple(creation(path, encode(text)) for path, text in written)))
    if may_trust:
        grant(app, opened(app))
    return NewSpec(name=name, path=folder, written=tuple(path for path, _ in written))


def _template(app: App, stage: str, default: str) -> str:
    """Read the workspace's own template, else give the built-in one."""
    own = app.files.read(joined(".kiro/templates", f"{stage}.md"))
    return default if own is None else decode(own)


def _kebab(name: str) -> str:
    """Make a kebab-case name of anything."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.replace("ß", "ss")) if not unicodedata.combining(char))
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()))[:_LONGEST].strip("-")
