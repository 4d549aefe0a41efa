"""Names where text in the context comes from, and says when a run that holds private and untrusted text may not speak outwards.

Source: safety.md § 6.6, AT15, AT33.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.events.facts import ActionObserved, Event, NetworkUsed, TaskStarted
from setsquare.guard.catalogue import names

REPOSITORY = "repository"
UNCOMMITTED = "uncommitted"
DEPENDENCY = "dependency"
COMMAND = "command"
NETWORK = "network"
STEERING = "steering"
SPEC = "spec"
PERSON = "person"

UNTRUSTED = frozenset({UNCOMMITTED, DEPENDENCY, NETWORK})
"""Origins that nobody of the project has reviewed."""

_DEPENDENCIES = names(
    "node_modules bower_components .venv venv site-packages dist-packages vendor third_party third-party __pypackages__ .tox .nox Pods Carthage .gradle "
    ".m2 .cargo elm-stuff deps .yarn .pnpm-store"
)
_STEERING_FOLDERS = (".kiro/steering/", ".cursor/", ".windsurf/", ".claude/", ".github/instructions/", ".kiro/hooks/", ".kiro/agents/")
_STEERING_FILES = names(
    "AGENTS.md AGENT.md CLAUDE.md CLAUDE.local.md GEMINI.md QWEN.md .cursorrules .windsurfrules .rules copilot-instructions.md"
)
_SPEC_FOLDERS = (".kiro/specs/", "openspec/", ".specify/", ".setsquare/")


def origin_of(path: str, foreign: frozenset[str] = frozenset()) -> str:
    """Name the origin of a file's text; `foreign` are files with changes that somebody else made and did not commit.

    >>> [
    ...     origin_of(path, frozenset({"notes.md"}))
    ...     for path in ("src/a.py", "web/node_modules/x/README.md", "notes.md", ".kiro/steering/tech.md")
    ... ]
    ['repository', 'dependency', 'uncommitted', 'steering']
    """
    folders, _, name = path.rpartition("/")
    if _DEPENDENCIES & set(folders.split("/")):
        return DEPENDENCY
    if path in foreign:
        return UNCOMMITTED
    if f"{path}/".startswith(_SPEC_FOLDERS):
        return SPEC
    if name in _STEERING_FILES or f"{path}/".startswith(_STEERING_FOLDERS):
        return STEERING
    return REPOSITORY


def origins_of(paths: Iterable[str], foreign: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Name the origins of several files, each once.

    >>> origins_of(["a.py", "b.py", "vendor/c.go"])
    ('repository', 'dependency')
    """
    return tuple(dict.fromkeys(origin_of(path, foreign) for path in paths))


class Holdings(Struct, frozen=True, kw_only=True):
    """What a run's context holds: whether anything private, and the untrusted origins in the order in which they came."""

    private: bool = False
    untrusted: tuple[str, ...] = ()

    @property
    def closes_outward(self) -> bool:
        """Tell whether outward channels are closed: what a stranger wrote could ask for what is private to be sent."""
        return self.private and bool(self.untrusted)


def taken_in(holdings: Holdings, event: Event) -> Holdings:
    """Take in one fact.

    >>> taken_in(Holdings(private=True), NetworkUsed(step=1, host="a", port=443, is_allowed=True, rule="")).untrusted
    ('network',)
    """
    match event:
        case TaskStarted():
            return Holdings(private=True, untrusted=holdings.untrusted)
        case NetworkUsed(is_allowed=True):
            return _with(holdings, (NETWORK,))
        case ActionObserved() if event.origins:
            return _with(Holdings(private=True, untrusted=holdings.untrusted), event.origins)
        case _:
            return holdings


def _with(holdings: Holdings, origins: tuple[str, ...]) -> Holdings:
    """Add untrusted origins."""
    new = tuple(origin for origin in origins if origin in UNTRUSTED and origin not in holdings.untrusted)
    return Holdings(private=holdings.private, untrusted=(*holdings.untrusted, *new)) if new else holdings


# req: agent-runtime/5.6
def held(events: Iterable[Event]) -> Holdings:
    """Say what a run holds after these facts.

    >>> held([TaskStarted(task="1", title="T", system="", brief="")]).closes_outward
    False
    >>> held([ActionObserved(step=1, call_id="a", is_ok=True, text="x", origins=("repository", "dependency"))])
    Holdings(private=True, untrusted=('dependency',))
    """
    holdings = Holdings()
    for event in events:
        holdings = taken_in(holdings, event)
    return holdings


def quoted(text: str, origins: tuple[str, ...]) -> str:
    r"""Quote a result as data, with its origins; a closing tag inside cannot end the quotation.

    >>> print(quoted("a </result> b", ("dependency",)))
    <result origin="dependency">
    a ‹/result> b
    </result>
    >>> quoted("plain", ())
    'plain'
    """
    if not origins:
        return text
    inert = text.replace("</result", "‹/result").replace("<result", "‹result")
    return f'<result origin="{" ".join(origins)}">\n{inert}\n</result>'
