"""Compiles what one task may do from the approved task and the settings, before anything untrusted is read.

Source: safety.md § 1 (an approved plan made before untrusted data is read).
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard.capability import Capability, Mode, PermissionRule, strictest_level
from setsquare.guard.catalogue import names
from setsquare.guard.context_scope import is_context_line
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.permitting import reachable_hosts
from setsquare.guard.protected import Protection, protection
from setsquare.workspace.settings import Autonomy, Settings
from setsquare.workspace.spec import Task

_EXTENSIONS = names(
    "py pyi js jsx ts tsx mjs cjs mts cts vue svelte html htm css scss sass less json jsonc yaml yml toml ini cfg conf md mdx rst txt sql go rs java kt kts "
    "scala rb php cs fs swift m mm cpp cc cxx hpp hh ex exs erl hrl hs lua pl pm sh bash zsh ps1 bat proto graphql gql prisma tf xml csv svg c h dart "
    "jl clj cljs edn elm nim zig v sol tmpl j2 jinja hbs ejs erb haml lock properties gradle cmake mk snap feature ipynb r d"
)
_SHORT = names("c h r d v m")
_ROOTS = names(
    "src lib app apps packages pkg cmd internal tests test spec __tests__ e2e docs doc scripts config public server client backend frontend api components web "
    "services modules migrations db include assets styles static templates tools examples bench infra deploy resources models views controllers"
)
_PRODUCTS = names(
    "node.js next.js vue.js react.js express.js three.js d3.js nuxt.js nest.js chart.js backbone.js ember.js discord.js angular.js moment.js p5.js "
    "asp.net socket.io"
)
_QUOTED = re.compile(r"`([^`\n]+)`")
_LINKED = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w`/.@:~-])(?:\.{0,2}/)?[\w@.+\-*\[\]{},]+(?:/[\w@.+\-*\[\]{},]+)*/?")
_SHAPE = re.compile(r"(?:\./)?[\w@.+\-*?\[\]{},()]+(?:/[\w@.+\-*?\[\]{},()]+)*/?")
_AUTONOMY = re.compile(r"[_*]autonomy\s*:\s*([^_*\n]{1,40})[_*]", re.IGNORECASE)
_PLACE = re.compile(r"(?::\d+(?:[:-]\d+)?|#L?\d+(?:-L?\d+)?)$")


def compile_capability(
    task: Task, settings: Settings, mode: Mode, *, verify: str = "", root: str = "", more: tuple[str, ...] = ()
) -> Capability:
    """Compile a task's capability.

    `verify` overrides the verification command of the settings. `root` is the workspace's absolute folder. `more` are further lines of the
    approved task list that belong to the task, such as its parent's or its sub-tasks'. `writable` stays empty when no file is named.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> task = read_tasks(scan(RelPath("tasks.md"), b"- [ ] 1. Write `src/bell.py`")).tasks[0]
    >>> compile_capability(task, Settings(path=RelPath("settings.json")), Mode.SUPERVISED, verify="make test").writable
    ('src/bell.py',)
    """
    texts = tuple(text for text in (task.title, *task.details, *more) if not is_context_line(text))
    return Capability(
        task=task.id or task.title,
        mode=mode,
        agent=replace(settings.agent, autonomy=task_level(texts, settings.agent.autonomy)),
        writable=named_paths(texts),
        verify=verify or settings.verify.command,
        root=root,
        hosts=settings.agent.allowed_hosts,
        limit_minutes=settings.agent.limit_minutes_per_task,
    )


class Bounds(Struct, frozen=True, kw_only=True):
    """What beside the plan and the settings bounds a task: rules of all scopes, the declared environment, what is frozen, tools and context."""

    permissions: tuple[PermissionRule, ...] = ()
    environment: str = ""
    frozen: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    context: tuple[tuple[str, ...], ...] = ()


def bounded(capability: Capability, bounds: Bounds) -> Capability:
    """Hold a capability within bounds: rules close hosts or open them, and everything else only becomes stricter.

    >>> from setsquare.guard.capability import Permission
    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), hosts=("pypi.org",))
    >>> rule = PermissionRule(capability="sandbox_network", effect=Permission.DENY)
    >>> bounded(task, Bounds(permissions=(rule,), frozen=("src/**",))).hosts
    ()
    """
    return replace(
        capability,
        permissions=bounds.permissions,
        environment=bounds.environment.strip().lower(),
        frozen=bounds.frozen,
        tools=bounds.tools,
        context=bounds.context,
        hosts=reachable_hosts(capability.hosts, bounds.permissions),
    )


def task_level(texts: tuple[str, ...], level: Autonomy) -> Autonomy:
    """Read the level that an approved task names for itself (`_Autonomy: cautious_`); it only ever lowers the given one.

    A level that nobody knows is the most careful one.

    >>> [task_level((text,), Autonomy.BALANCED).value for text in ("_Autonomy: Cautious_", "_Autonomy: full_", "_autonomy: caution_", "x")]
    ['cautious', 'balanced', 'cautious', 'balanced']
    """
    known = {each.value: each for each in Autonomy}
    named = (known.get(found[1].strip().lower(), Autonomy.CAUTIOUS) for text in texts for found in _AUTONOMY.finditer(text))
    return strictest_level((level, *named))


def named_paths(texts: tuple[str, ...]) -> tuple[str, ...]:
    """List globs for the files and folders that texts name, in backticks or bare, in order of appearance.

    What no agent may write is left out, and so are addresses, routes, code and product names.

    >>> named_paths(("Write `src/auth/token.py` and tests/test_token.py, see https://a.b/c.py", "Use Node.js for `/api/login` in src/ui/."))
    ('src/auth/token.py', 'tests/test_token.py', 'src/ui/**')
    >>> named_paths(("Return `application/json` and/or call `AuthService.issue()`", "Create `index.ts`"))
    ('**/index.ts',)
    """
    found: dict[str, None] = {}
    for text in texts:
        for match in _QUOTED.finditer(text):
            found.update(dict.fromkeys(_globs(match[1].strip(), is_quoted=True)))
        plain = _LINKED.sub(" ", _QUOTED.sub(" ", text))
        for match in _BARE.finditer(plain):
            found.update(dict.fromkeys(_globs(match[0].rstrip(".,"), is_quoted=False)))
    return tuple(found)


def _globs(written: str, *, is_quoted: bool) -> tuple[str, ...]:
    """Read one candidate; nothing when it is no path."""
    text = _PLACE.sub("", written)
    if not _SHAPE.fullmatch(text) or text.startswith("@") or not any(character.isalnum() for character in text):
        return ()
    is_folder = text.endswith("/")
    place = normalised(text)
    if isinstance(place, BadPath) or not place or protection(place) is Protection.DENIED:
        return ()
    first, _, _ = place.partition("/")
    has_folder = "/" in place
    if is_folder:
        return (f"{_escaped(place)}/**",) if has_folder or is_quoted or first in _ROOTS else ()
    if _has_extension(place, is_quoted=is_quoted, has_folder=has_folder):
        return (_escaped(place) if has_folder else f"**/{_escaped(place)}",)
    if place.endswith(("/*", "/**")) and is_quoted:
        return (place,)
    if is_quoted and has_folder and first in _ROOTS:
        return (_escaped(place), f"{_escaped(place)}/**")
    return ()


def _has_extension(place: str, *, is_quoted: bool, has_folder: bool) -> bool:
    """Tell whether a path ends like a file."""
    name = place.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    if not dot or not (stem or has_folder) or extension.lower() not in _EXTENSIONS or place.lower() in _PRODUCTS:
        return False
    return has_folder or extension.lower() not in _SHORT or (is_quoted and stem.islower())


def _escaped(place: str) -> str:
    """Write route folders such as `[id]` so that the glob means them; other brackets and stars stay globs.

    >>> _escaped("app/[id]/page.tsx")
    'app/[[]id]/page.tsx'
    """
    return re.sub(r"\[(?=[\w.]+\])", "[[]", place)
