"""Finds where text names a spec, and writes another name there: `login/1.2`, `#spec:login`, `.kiro/specs/login/…`, `Feature: login`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from setsquare.text.paths import RelPath, base_name, joined
from setsquare.workspace.spec import Spec

_ID: Final = r"(?:(?:[A-Za-z]{1,8}[-_ ])*[A-Za-z]{0,4}\d+(?:\.\d+)*)(?![\w/-]|\.[A-Za-z_])"
_HINT: Final = re.compile(r"req|validates|verifies|feature|spec", re.IGNORECASE)
_LIMIT_LINE: Final = 4000


class Mentioned(Struct, frozen=True):
    """One place that names a spec: the line from 1, the text as written."""

    line: int
    written: str


class Naming(Struct, frozen=True, kw_only=True):
    """The names under which text may mean a spec: its whole name, and the last part where no other spec has it; `inner` are folders of specs inside it."""

    name: str
    folder: RelPath
    short: str = ""
    inner: tuple[str, ...] = ()


def naming(spec: Spec, others: tuple[Spec, ...]) -> Naming:
    """Say how text names a spec among others.

    >>> naming(Spec(name="Phase 1/login", path=RelPath(".kiro/specs/Phase 1/login"), root=RelPath(".kiro")), ()).short
    'login'
    """
    short = base_name(spec.name)
    is_shared = any(other.path != spec.path and short.casefold() in _names(other) for other in others)
    inner = tuple(other.path[len(spec.path) + 1 :] for other in others if other.path.startswith(f"{spec.path}/"))
    return Naming(
        name=spec.name,
        folder=joined(spec.root, "specs", spec.name) if spec.root else spec.path,
        short="" if is_shared else short,
        inner=inner,
    )


def _names(spec: Spec) -> tuple[str, str]:
    return spec.name.casefold(), base_name(spec.name).casefold()


def mentions(text: str, naming: Naming, *, is_code: bool, ids: frozenset[str] | None = None) -> tuple[Mentioned, ...]:
    r"""List the places of a text that name a spec; with `ids` only those that name one of these criteria or requirements.

    >>> where = Naming(name="login", folder=RelPath(".kiro/specs/login"), short="login")
    >>> mentions("x = 1\n# req: login/1.2\n", where, is_code=True)
    (Mentioned(line=2, written='login/1.2'),)
    """
    found: list[Mentioned] = []

    def note(line: int, match: re.Match[str]) -> str:
        found.append(Mentioned(line, match[0]))
        return match[0]

    _swept(text, naming, is_code=is_code, ids=ids, write=note)
    return tuple(found)


def rewritten(text: str, old: Naming, new: Naming, *, is_code: bool, ids: frozenset[str] | None = None) -> str:
    """Name a spec anew wherever a text names it; with `ids` only in references to these.

    >>> one, two = (Naming(name=name, folder=RelPath(f".kiro/specs/{name}"), short=name) for name in ("login", "auth"))
    >>> rewritten("_Requirements: login/1.2, 1.3_ see #spec:login", one, two, is_code=False)
    '_Requirements: auth/1.2, 1.3_ see #spec:auth'
    """
    short = new.short or base_name(new.name)

    def write(_line: int, match: re.Match[str]) -> str:
        if match["id"] is not None:
            return f"{short}/{match['id']}"
        if match[0] == old.folder:
            return new.folder
        for name, instead in ((old.name, new.name), (old.short, short)):
            before, is_found, after = match[0].rpartition(name) if name else ("", "", "")
            if is_found:
                return before + instead + after
        return match[0]

    return _swept(text, old, is_code=is_code, ids=ids, write=write)


def _swept(text: str, naming: Naming, *, is_code: bool, ids: frozenset[str] | None, write: Callable[[int, re.Match[str]], str]) -> str:
    """Go through the lines; in code only those that look like a reference are read, so that a path of the program's own stays."""
    pattern = _pattern(naming, is_code=is_code, is_whole=ids is None)
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if len(line) > _LIMIT_LINE or (is_code and not _HINT.search(line)):
            continue

        def one(found: re.Match[str], at: int = number) -> str:
            is_wanted = ids is None or (found["id"] is not None and _is_among(found["id"], ids))
            return write(at, found) if is_wanted else found[0]

        lines[number - 1] = pattern.sub(one, line)
    return "".join(lines)


def _is_among(name: str, ids: frozenset[str]) -> bool:
    """Tell whether an id is one of these, or belongs to one of these requirements."""
    return name in ids or name.partition(".")[0] in ids


def _pattern(naming: Naming, *, is_code: bool, is_whole: bool) -> re.Pattern[str]:
    """Build the pattern of everything that names the spec; the text of a reference's id is the group `id`."""
    names = "|".join(re.escape(name) for name in dict.fromkeys((naming.name, naming.short)) if name)
    forms = [rf"(?<![\w/.-])(?i:{names})/(?P<id>{_ID})"]
    if is_whole:
        inner = "".join(rf"(?!/{re.escape(folder)}(?:/|\b))" for folder in naming.inner)
        forms.append(rf"(?<![\w.-]){re.escape(naming.folder)}(?![\w-]|\.\w){inner}")
        forms.append(rf"#spec:(?:{names})(?![\w-]|\.\w)")
        if is_code:
            forms.append(rf"\b(?:Feature|Spec)\s*[:：]\s*(?:{names})(?![\w-]|\.\w)")
        else:
            forms.append(rf"(?<=\d)\s*[(（]\s*(?:spec\s*[:：]\s*)?(?:{names})\s*[)）]")
    return re.compile("|".join(forms))
