"""Reads a whole `openspec/` folder.

Source: the on-disk format of OpenSpec 1.13.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from setsquare.text.paths import RelPath, joined
from setsquare.workspace.layout import local
from setsquare.workspace.openspec.change import METADATA, read_change
from setsquare.workspace.openspec.config import read_config
from setsquare.workspace.openspec.globs import glob_pattern
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.metadata import read_metadata
from setsquare.workspace.openspec.model import Change, OpenSpecTree, ProjectConfig, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN_NAME, read_schema
from setsquare.workspace.openspec.text import normalised, task_text

_SPECS = "openspec/specs/"
_CHANGES = "openspec/changes/"
_ARCHIVE = "openspec/changes/archive/"
_SCHEMAS = "openspec/schemas/"
_SPEC = "/spec.md"


def spec_ids(paths: Iterable[str]) -> tuple[str, ...]:
    """List the capabilities among paths that start at the folder that holds `openspec/`; any depth, no hidden names.

    >>> spec_ids(["openspec/specs/b/spec.md", "openspec/specs/a/x/spec.md", "openspec/specs/spec.md", "openspec/specs/.c/spec.md"])
    ('a/x', 'b')
    """
    return tuple(sorted(path[len(_SPECS) : -len(_SPEC)] for path in paths if _is_spec(path, _SPECS)))


def _is_spec(path: str, below: str) -> bool:
    return (
        path.startswith(below) and path.endswith(_SPEC) and len(path) > len(below) + len(_SPEC) - 1 and "/." not in path[len(below) - 1 :]
    )


def change_ids(paths: Iterable[str]) -> tuple[str, ...]:
    """List the changes that are not archived; the name of an empty folder is in no path.

    >>> change_ids(["openspec/changes/b/tasks.md", "openspec/changes/a/x/y", "openspec/changes/archive/c/x", "openspec/changes/.d/x"])
    ('a', 'b')
    """
    names = {path[len(_CHANGES) :].partition("/")[0] for path in paths if path.startswith(_CHANGES) and "/" in path[len(_CHANGES) :]}
    return tuple(sorted(name for name in names if name != "archive" and not name.startswith(".")))


def read_tree(files: Mapping[RelPath, bytes], root: RelPath) -> OpenSpecTree:
    r"""Read the `openspec/` folder in `root` among a workspace's files; paths in the result start at the workspace's folder.

    >>> tree = read_tree({RelPath("a/openspec/specs/b/spec.md"): b"# B\n", RelPath("c.md"): b""}, RelPath("a"))
    >>> [(spec.id, spec.path, spec.title) for spec in tree.specs]
    [('b', 'a/openspec/specs/b/spec.md', 'B')]
    """
    prefix = f"{root}/" if root else ""
    inside = {path[len(prefix) :]: raw for path, raw in files.items() if path.startswith(f"{prefix}openspec/")}
    schemas = _schemas(inside)
    config = _config(inside, prefix)
    known = {BUILT_IN_NAME: "tasks.md", **{name: schema.tracks for name, schema in schemas.items()}}
    default = config.schema if config and config.schema in known else BUILT_IN_NAME
    specs = (
        read_main_spec(name, joined(f"{prefix}{_SPECS}{name}{_SPEC}"), normalised(inside[f"{_SPECS}{name}{_SPEC}"]))
        for name in spec_ids(inside)
    )
    folders = _folders(inside)
    archived = sorted(
        {path[len(_ARCHIVE) :].partition("/")[0] for path in inside if path.startswith(_ARCHIVE) and "/" in path[len(_ARCHIVE) :]}
    )
    return OpenSpecTree(
        root=root,
        specs=tuple(specs),
        changes=tuple(_change(inside, prefix, f"{_CHANGES}{name}", folders, (known, default)) for name in change_ids(inside)),
        archived=tuple(
            _change(inside, prefix, f"{_ARCHIVE}{name}", folders, (known, default), is_archived=True)
            for name in archived
            if not name.startswith(".")
        ),
        config=config,
        schemas=tuple(schemas[name] for name in sorted(schemas)),
    )


def seen_from(tree: OpenSpecTree, folder: str) -> OpenSpecTree:
    r"""Write the paths of specs and changes as seen from a folder inside of the tree.

    >>> tree = read_tree({RelPath("openspec/specs/b/spec.md"): b"# B\n"}, RelPath(""))
    >>> [spec.path for spec in seen_from(tree, "openspec/specs").specs]
    ['b/spec.md']
    """

    def change(one: Change) -> Change:
        return replace(
            one,
            path=local(one.path, folder),
            files=tuple(local(path, folder) for path in one.files),
            proposal=one.proposal and replace(one.proposal, path=local(one.proposal.path, folder)),
            deltas=tuple(replace(delta, path=local(delta.path, folder)) for delta in one.deltas),
            tasks=tuple(replace(tasks, path=local(tasks.path, folder)) for tasks in one.tasks),
        )

    return replace(
        tree,
        specs=tuple(replace(spec, path=local(spec.path, folder)) for spec in tree.specs),
        changes=tuple(change(one) for one in tree.changes),
        archived=tuple(change(one) for one in tree.archived),
    )


def _schemas(inside: Mapping[str, bytes]) -> dict[str, WorkflowSchema]:
    """Read the project's own schemas, by the name of their folder; one that cannot be read is left out."""
    found: dict[str, WorkflowSchema] = {}
    for path, raw in inside.items():
        name, _, rest = path.removeprefix(_SCHEMAS).partition("/")
        if path.startswith(_SCHEMAS) and rest == "schema.yaml":
            schema = read_schema(normalised(raw))
            if not isinstance(schema, str):
                found[name] = schema
    return found


def _config(inside: Mapping[str, bytes], prefix: str) -> ProjectConfig | None:
    for name in ("openspec/config.yaml", "openspec/config.yml"):
        if name in inside:
            return read_config(joined(f"{prefix}{name}"), normalised(inside[name]))
    return None


def _folders(paths: Iterable[str]) -> dict[str, list[str]]:
    """Give the files of each change's folder, sorted."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        above = _ARCHIVE if path.startswith(_ARCHIVE) else _CHANGES
        if path.startswith(above) and "/" in path[len(above) :]:
            found.setdefault(above + path[len(above) :].partition("/")[0], []).append(path)
    return found


def _change(
    inside: Mapping[str, bytes],
    prefix: str,
    folder: str,
    folders: Mapping[str, list[str]],
    schemas: tuple[Mapping[str, str], str],
    *,
    is_archived: bool = False,
) -> Change:
    """Read the change in a folder; `schemas` are the known ones with the file that each tracks, and the default."""
    known, default = schemas
    files = folders.get(folder, [])
    named = read_metadata(normalised(inside[f"{folder}/{METADATA}"]), known) if f"{folder}/{METADATA}" in inside else None
    glob = known[named.schema if named and not named.problem else default] or "tasks.md"
    pattern = glob_pattern(glob)
    tracked = [(joined(prefix + path), task_text(inside[path])) for path in files if pattern.fullmatch(path[len(folder) + 1 :])]

    def text_of(path: RelPath) -> str | None:
        raw = inside.get(path[len(prefix) :])
        return None if raw is None else normalised(raw)

    change = read_change(joined(prefix + folder), [joined(prefix + path) for path in files], text_of, tracked, named)
    return msgspec.structs.replace(change, is_archived=is_archived)
