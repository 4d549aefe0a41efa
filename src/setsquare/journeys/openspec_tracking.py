"""Says which files of a change hold its tasks.

Source: OpenSpec 1.13.2, observed: what the change's schema tracks, where its metadata is honoured and such a file exists, else `tasks.md`.
"""

from __future__ import annotations

import re

from setsquare.journeys.openspec_items import CHANGES
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import WorkflowSchema
from setsquare.workspace.openspec.text import normalised

BUILT_IN = "spec-driven"
METADATA = ".openspec.yaml"
_TASKS = "tasks.md"
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_PLAIN_SCHEMA = re.compile(rb"^schema:[ \t]*(['\"]?)([A-Za-z0-9._-]+)\1[ \t]*\r?$", re.MULTILINE)


class Tracking:
    """Knows the project's own schema, read once, and the globs of the schemas that were met."""

    __slots__ = ("_app", "_default", "_globs", "_root")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root; its configuration is read now."""
        self._app, self._root = app, root
        self._globs: dict[str, str] = {BUILT_IN: _TASKS}
        self._default = self._configured()

    def default_outputs(self) -> tuple[str, ...]:
        """Give the globs that the project's own schema generates, relative to a change; nothing for the built-in schema, whose files are known."""
        schema = None if self._default == BUILT_IN else self._read(self._default)
        return tuple(artifact.generates for artifact in schema.artifacts) if schema else ()

    def files(self, change: str, entries: tuple[Standing, ...]) -> tuple[RelPath, ...]:
        """Name the task files of a change, sorted; `entries` is everything below its folder."""
        base = joined(CHANGES, change)
        paths = {entry.path for entry in entries if entry.kind in _FILES}
        metadata = joined(base, METADATA)
        glob = self._glob(self._schema(metadata) if metadata in paths else self._default)
        plain = joined(base, _TASKS)
        if glob != _TASKS:
            from setsquare.guard.globs import compiled  # noqa: PLC0415  (start-up: most changes keep to the built-in schema)

            matching = compiled((f"./{glob}",))
            found = tuple(sorted(path for path in paths if matching.matches(path[len(base) + 1 :])))
            if found:
                return found
        return (plain,) if plain in paths else ()

    def _configured(self) -> str:
        """Read the default schema of the project."""
        for name in ("config.yaml", "config.yml"):
            raw = self._app.planning.read(self._root, joined("openspec", name))
            if isinstance(raw, bytes):
                plain = _PLAIN_SCHEMA.search(raw)
                if plain is not None and plain[2] == b"spec-driven":
                    return BUILT_IN
                value = _yaml(raw)
                schema = value.get("schema") if isinstance(value, dict) else None
                return schema if isinstance(schema, str) and schema else BUILT_IN
        return BUILT_IN

    def _schema(self, metadata: RelPath) -> str:
        """Name the schema of a change; the built-in one where its metadata is not honoured."""
        raw = self._app.planning.read(self._root, metadata)
        if not isinstance(raw, bytes):
            return BUILT_IN
        plain = _PLAIN_SCHEMA.search(raw)
        # Metadata that cannot be honoured means the built-in schema too, so the rest of it need not be looked at.
        if plain is not None and plain[2] == b"spec-driven":
            return BUILT_IN
        from setsquare.workspace.openspec.metadata import read_metadata  # noqa: PLC0415  (start-up)

        value = _yaml(raw)
        schema = value.get("schema") if isinstance(value, dict) else None
        known = (BUILT_IN, schema) if isinstance(schema, str) else (BUILT_IN,)
        read = read_metadata(normalised(raw), known)
        return BUILT_IN if read.problem else read.schema

    def _glob(self, schema: str) -> str:
        """Give what a schema tracks; `tasks.md` where the schema is unknown or tracks nothing."""
        if schema not in self._globs:
            self._globs[schema] = self._read_glob(schema)
        return self._globs[schema]

    def _read_glob(self, schema: str) -> str:
        read = self._read(schema)
        return read.tracks if read and read.tracks else _TASKS

    def _read(self, schema: str) -> WorkflowSchema | None:
        """Read a schema of the project or of this person."""
        from setsquare.workspace.openspec.schema import read_schema  # noqa: PLC0415  (start-up: most projects keep to the built-in schema)

        if "/" in schema or schema.startswith("."):
            return None
        own, persons = joined("openspec/schemas", schema, "schema.yaml"), joined("schemas", schema, "schema.yaml")
        for root, path in ((self._root, own), (self._app.data_folder, persons)):
            raw = self._app.planning.read(root, path)
            if isinstance(raw, bytes):
                read = read_schema(normalised(raw))
                return None if isinstance(read, str) else read
        return None


def _yaml(raw: bytes) -> object:
    from setsquare.workspace.openspec.yaml_values import read_yaml  # noqa: PLC0415  (start-up: most roots need none)

    try:
        found: object = read_yaml(normalised(raw))
    except ValueError:
        return None
    return found
