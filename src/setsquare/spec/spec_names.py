"""Finds the spec that a reference is qualified with: in the writer's own checkout first, then among declared sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from setsquare.text.paths import base_name
from setsquare.workspace.sources import mount_of
from setsquare.workspace.spec import Spec


def bearers(specs: Iterable[Spec], own: str = "") -> Iterator[tuple[str, Spec]]:
    """List the names of specs, whole ones first, because they win over the end of a longer one; `own` is what others call the workspace.

    A spec of a source, whose name begins with the source's id and a colon, has no shorter name: it would mean another checkout's.

    >>> from setsquare.text.paths import RelPath
    >>> login = Spec(name="team/login", path=RelPath(".kiro/specs/team/login"), root=RelPath(".kiro"))
    >>> [name for name, _ in bearers([login], "shop")]
    ['team/login', 'shop:team/login', 'login', 'shop:login']
    """
    listed = tuple(specs)
    # The capability `login` of OpenSpec wins over the change `changes/login`.
    whole = tuple((name, spec) for spec in listed for name in spec.whole_names)
    for name, spec in (*whole, *_ends(listed)):
        yield name, spec
        if own and not mount_of(spec.path):
            yield f"{own}:{name}", spec


def _ends(specs: Iterable[Spec]) -> Iterator[tuple[str, Spec]]:
    """List the last parts of names, each within its own checkout."""
    for spec in specs:
        if base_name(spec.name) != spec.name:
            mount = mount_of(spec.path)
            yield (f"{mount}:{base_name(spec.name)}" if mount else base_name(spec.name)), spec


def spellings(name: str, path: str) -> tuple[str, ...]:
    """List what a name may mean that stands in a file, the nearest meaning first, in small letters.

    >>> spellings("Login", "pay:/src/a.py"), spellings("pay:login", "src/a.py")
    (('pay:login', 'login'), ('pay:login',))
    """
    folded, mount = name.casefold(), mount_of(path)
    return (f"{mount}:{folded}", folded) if mount and ":" not in name else (folded,)


def is_elsewhere(name: str, loaded: Mapping[str, object], declared: Iterable[str]) -> bool:
    """Tell whether a name means a spec of a declared source that was not loaded with the rest.

    >>> is_elsewhere("pay:login", {}, ["pay"]), is_elsewhere("login", {}, ["pay"])
    (True, False)
    """
    source, colon, _ = name.partition(":")
    return bool(colon) and source in declared and not any(known.startswith(f"{source}:") for known in loaded)
