"""Makes a working `.kiro/` for a repository; never overwrites anything."""

from __future__ import annotations

from msgspec import Struct

from setsquare.drafting import steering
from setsquare.drafting.repository import MANIFESTS, Repository, recognise
from setsquare.journeys.app import App
from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import grant, may_extend
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation

_LISTING_LIMIT = 50_000
_TESTS_READ = 5


class Initialised(Struct, frozen=True, kw_only=True):
    """What `init` found and wrote: `written` and `kept` are paths, `is_trusted` tells whether the workspace may run things now."""

    repository: Repository
    written: tuple[RelPath, ...]
    kept: tuple[RelPath, ...]
    is_trusted: bool


def repository_of(app: App) -> Repository:
    """Recognise the repository that the app's folder is."""
    manifests = {name: app.files.read(RelPath(name)) for name in MANIFESTS if app.files.exists(RelPath(name))}
    name = app.folder.rstrip("/").rpartition("/")[2]
    return recognise(
        name, app.files.listing(RelPath(""), _LISTING_LIMIT), {name: raw for name, raw in manifests.items() if raw is not None}
    )


def initialise(app: App) -> Initialised:
    """Write steering and settings where there are none, and trust them when nothing else is active.

    Raises:
        StorageFailed: a file could not be written; none was.
    """
    may_trust = may_extend(app, opened(app))
    repository = repository_of(app)
    wanted = {
        RelPath(".kiro/steering/product.md"): steering.product(repository),
        RelPath(".kiro/steering/tech.md"): steering.tech(repository),
        RelPath(".kiro/steering/structure.md"): steering.structure(repository),
        RelPath(".kiro/settings.json"): steering.settings(repository),
    }
    kept = tuple(path for path in wanted if app.files.exists(path))
    written = tuple(path for path in wanted if path not in kept)
    app.files.apply(Plan("Make a working .kiro/", tuple(creation(path, wanted[path]) for path in written)))
    if may_trust:
        grant(app, opened(app))
    return Initialised(repository=repository, written=written, kept=kept, is_trusted=may_trust)
