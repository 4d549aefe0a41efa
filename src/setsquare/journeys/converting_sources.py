"""Finds the specs of a tool in a workspace's files, and the folder that each is converted to."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.migrate.carried import CARRIED, Record, read_page
from setsquare.migrate.converted import Form, Source
from setsquare.migrate.kiro_to_openspec import form_of
from setsquare.ports.files import LEFTOVER
from setsquare.spec.openspec.conflict_marks import conflict_line
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.workspace.layout import feature_folder
from setsquare.workspace.openspec.as_specs import slug
from setsquare.workspace.openspec.text import normalised
from setsquare.workspace.openspec.tree import change_ids, spec_ids

_KIRO = ".kiro/specs/"
_DOCUMENTS = ("requirements.md", "bugfix.md", "design.md", "tasks.md")
_TURNED = frozenset({"requirements.md", "spec.md"})
_FEATURE = re.compile(r"specs/((?:\d{8}-\d{6}|\d+)-([^/]+))/spec\.md")
_ARCHIVE = "openspec/changes/archive/"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-")
_ROOT = re.compile(r"(.+?)/(?:openspec|\.kiro|\.specify|specs)(?:/.*)?")
_CHANGE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOT_PORTABLE = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_LONGEST = 200


class Tool(enum.Enum):
    """A tool whose specs can be converted."""

    OPENSPEC = "openspec"
    SPECKIT = "speckit"
    KIRO = "kiro"


_HOMES = {
    Tool.OPENSPEC: ("openspec/specs", "openspec/changes"),
    Tool.SPECKIT: ("specs", ".specify"),
    Tool.KIRO: (".kiro/specs",),
}


class Aimed(Struct, frozen=True, kw_only=True):
    """A source and the folder it goes to; `problem` is why it cannot."""

    source: Source
    folder: RelPath
    problem: str = ""


def sources(files: Mapping[RelPath, bytes], tool: Tool, names: Iterable[str]) -> tuple[Source, ...]:
    """List a tool's specs by name, only the named ones when some are; archived changes are among them only where they are named.

    Raises:
        Usage: a name is none of them.
    """
    wanted = tuple(names)
    match tool:
        case Tool.OPENSPEC:
            found = [_source(files, Form.CAPABILITY, name, f"openspec/specs/{name}", "spec.md") for name in spec_ids(files)]
            found += [_source(files, Form.CHANGE, name, f"openspec/changes/{name}", "") for name in change_ids(files)]
            known = {name for one in found for name in (one.name, one.folder)}
            if any(name.strip("/") not in known for name in wanted):
                found += _archived(files)
        case Tool.SPECKIT:
            features = [hit for path in sorted(files) if (hit := _FEATURE.fullmatch(path))]
            found = [_source(files, Form.SPECKIT, hit[1], f"specs/{hit[1]}", "") for hit in features]
        case Tool.KIRO:
            folders = sorted({parent(path) for path in files if path.startswith(_KIRO) and path.rpartition("/")[2] in _DOCUMENTS})
            found = [_source(files, Form.KIRO, name.removeprefix(_KIRO), name, "*") for name in folders if name.startswith(_KIRO)]
    return tuple(found) if not wanted else tuple(one for name in wanted for one in _named(found, name, tool))


def _archived(files: Mapping[RelPath, bytes]) -> list[Source]:
    """List the archived changes; each is named as it is below `openspec/changes`: `archive/2025-01-24-louder`."""
    names = sorted({path.removeprefix(_ARCHIVE).partition("/")[0] for path in files if path.startswith(_ARCHIVE)})
    listed = (name for name in names if not name.startswith(".") and any(path.startswith(f"{_ARCHIVE}{name}/") for path in files))
    return [_source(files, Form.CHANGE, f"archive/{name}", f"{_ARCHIVE}{name}", "") for name in listed]


def _named(found: list[Source], name: str, tool: Tool) -> list[Source]:
    wanted = name.strip("/")
    hits = [one for one in found if wanted in (one.name, one.folder)] or [one for one in found if wanted in _short(one)]
    if not hits:
        import difflib  # noqa: PLC0415  (only a mistyped name needs it)

        near = difflib.get_close_matches(wanted, [one.name for one in found], n=3)
        hint = f"Did you mean: {', '.join(near)}?" if near else f"There are: {', '.join(one.name for one in found[:20]) or 'none'}."
        raise Usage(f"`{name}` is no spec of {tool.value} here.", hint)
    return hits


def _short(one: Source) -> tuple[str, ...]:
    """List shorter names: a feature's number and title, an archived change's folder and id, as its own tool's commands take them."""
    if one.form is Form.SPECKIT:
        return tuple(one.name.split("-", 1))
    if one.folder.startswith(_ARCHIVE):
        folder = one.folder.removeprefix(_ARCHIVE)
        return (folder, f"changes/archive/{folder}", _DATE.sub("", folder))
    return ()


def _source(files: Mapping[RelPath, bytes], form: Form, name: str, folder: str, document: str) -> Source:
    """Gather a folder's own files; a folder within it that is a spec of its own is left out."""
    inside = {path[len(folder) + 1 :]: raw for path, raw in files.items() if path.startswith(f"{folder}/")}
    marks = _DOCUMENTS if document == "*" else (document,) if document else ()
    others = {below for path in inside if (below := parent(path)) and path.rpartition("/")[2] in marks}
    own = {path: raw for path, raw in inside.items() if not any(path.startswith(f"{below}/") for below in others)}
    page = own.pop(CARRIED, None)
    return Source(form=form, name=name, folder=RelPath(folder), files=own, record=read_page(normalised(page)) if page is not None else None)


def root_of(name: str, paths: Iterable[str]) -> str:
    """Name the folder that holds the root which a spec's path names; empty where the path begins with the root, or no such folder is there.

    >>> root_of("packages/a/openspec/specs/login", ["packages/a/openspec/specs/login/spec.md"]), root_of("openspec/specs/login", [])
    ('packages/a', '')
    """
    found = _ROOT.fullmatch(name.strip("/"))
    return found[1] if found and any(path.startswith(f"{name.strip('/')}/") for path in paths) else ""


def roots_with(paths: Iterable[str], tool: Tool) -> tuple[str, ...]:
    """List the folders below the top in which a root of a tool's specs stands, sorted.

    >>> roots_with(["a/openspec/specs/x/spec.md", "openspec/specs/y/spec.md", "b/.kiro/specs/z/tasks.md"], Tool.OPENSPEC)
    ('a',)
    """
    sign = {Tool.OPENSPEC: "/openspec/", Tool.SPECKIT: "/specs/", Tool.KIRO: "/.kiro/specs/"}[tool]
    outer = {path.partition(sign)[0]: path for path in paths if sign in path}
    return tuple(
        sorted(folder for folder, path in outer.items() if not _is_within(folder) and (tool is not Tool.SPECKIT or feature_folder(path)))
    )


def _is_within(folder: str) -> bool:
    """Tell whether a folder is part of a root itself, so that what looks like a root in it is none."""
    return not {".kiro", "openspec", ".specify", ".setsquare", "specs"}.isdisjoint(folder.split("/"))


def unread(skipped: Iterable[tuple[RelPath, str]], tool: Tool, within: tuple[str, ...] = ()) -> tuple[tuple[RelPath, str], ...]:
    """List what of a tool's specs could not be read, with the reason; below the given folders alone when some are given.

    >>> unread(((RelPath("openspec/specs/a/spec.md"), "Permission denied"), (RelPath("CLAUDE.md"), "symbolic link")), Tool.OPENSPEC)
    (('openspec/specs/a/spec.md', 'Permission denied'),)
    """
    homes = within or _HOMES[tool]
    return tuple(
        (path, reason)
        for path, reason in skipped
        if reason != LEFTOVER and any(f"{path}/".startswith(f"{home}/") or home.startswith(f"{path}/") for home in homes)
    )


def aimed(files: Mapping[RelPath, bytes], found: Iterable[Source], target: Tool) -> tuple[Aimed, ...]:
    """Give each source its folder; two that would share one on a disk that ignores letter case are both refused."""
    listed = [(source, _folder(source, target)) for source in found]
    capabilities = {folder.casefold() for source, folder in listed if source.form is Form.CAPABILITY}
    moved = [
        (source, RelPath(f"{folder}-change") if source.form is Form.CHANGE and folder.casefold() in capabilities else folder)
        for source, folder in listed
    ]
    existing = {name.casefold(): name for path in files if (name := _spec_folder(path))}
    result = []
    for source, folder in moved:
        twins = [other.folder for other, place in moved if place.casefold() == folder.casefold() and other is not source]
        there = existing.get(folder.casefold(), folder)
        problem = unwritable(folder)
        if twins:
            problem = f"{twins[0]} would have the same folder, {folder}, where letter case does not count; rename one"
        elif source.form is Form.CHANGE and not any("/" not in name or name.startswith("specs/") for name in source.files):
            problem = "it is no change: it has no file of its own; a change stands directly below openspec/changes"
        elif there != folder:
            problem = f"{there} stands there and differs from {folder} by letter case alone; rename one"
        result.append(Aimed(source=source, folder=folder, problem=problem or _conflict(source)))
    return tuple(result)


def _conflict(source: Source) -> str:
    """Say where git left a merge open in a document that would be turned; its marks would become words of the spec."""
    for name in sorted(source.files):
        if base_name(name) in _TURNED and (line := conflict_line(normalised(source.files[name]))):
            return f"{joined(source.folder, name)}:{line} begins a git conflict that nobody has resolved; choose what is to stand there"
    return ""


def _spec_folder(path: str) -> str:
    """Name the spec's folder that a file stands in, as far as a conversion writes there."""
    for root in (_KIRO, "openspec/specs/", "openspec/changes/"):
        if path.startswith(root):
            return parent(path)
    return ""


def _folder(source: Source, target: Tool) -> RelPath:
    """Name the folder: the one that a spec came from, else by its name."""
    if source.record and _is_of(source.record, target):
        return RelPath(source.record.origin)
    if target is Tool.KIRO:
        if source.folder.startswith(_ARCHIVE):
            return joined(".kiro/specs/_archived", source.folder.removeprefix(_ARCHIVE))
        name = source.name.partition("-")[2] if source.form is Form.SPECKIT else source.name
        if source.form is Form.SPECKIT and re.fullmatch(r"\d{8}", source.name.partition("-")[0]):
            name = name.partition("-")[2] or name
        return joined(".kiro/specs", name)
    if form_of(source) is Form.CAPABILITY:
        return joined("openspec/specs", source.name)
    return joined("openspec/changes", source.name if _CHANGE_ID.fullmatch(source.name) else slug(source.name))


def _is_of(record: Record, target: Tool) -> bool:
    if target is Tool.KIRO:
        return record.form == Form.KIRO.value and record.origin.startswith(_KIRO)
    return record.form in (Form.CAPABILITY.value, Form.CHANGE.value) and record.origin.startswith("openspec/")


def unwritable(folder: str) -> str:
    """Say why a folder cannot stand on every disk; empty where it can."""
    for part in folder.split("/"):
        if len(part.encode("utf-8", "surrogateescape")) > _LONGEST:
            return f"its folder's name is longer than {_LONGEST} bytes"
        if part in ("", ".", "..") or _NOT_PORTABLE.search(part) or _RESERVED.fullmatch(part) or part.endswith((" ", ".")):
            return f"`{part}` cannot be a folder on every disk"
    return ""
