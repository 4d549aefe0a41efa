"""Reads the changes and main specs of a planning root as they are needed, each file once.

Source: OpenSpec 1.13.2, observed.
"""

from __future__ import annotations

from setsquare.journeys.openspec_items import SPECS
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing, Unreadable
from setsquare.spec.openspec.validating_change import Main
from setsquare.spec.openspec.validating_delta import UnreadableSpec
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.change import METADATA, read_change
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.metadata import read_metadata
from setsquare.workspace.openspec.model import Change, ChangeMetadata, TaskList, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN, BUILT_IN_NAME, read_schema
from setsquare.workspace.openspec.tasks import read_task_list
from setsquare.workspace.openspec.text import normalised, task_text

_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_SAID = ("EACCES", "EPERM", "EISDIR", "ELOOP", "ENAMETOOLONG")
"""The reasons for which a main spec cannot be read that are said; others count as no spec."""

_REASONS = {
    "EACCES": "permission denied",
    "EPERM": "operation not permitted",
    "EISDIR": "illegal operation on a directory",
    "ELOOP": "too many symbolic links encountered",
    "ENAMETOOLONG": "name too long",
    "ENOENT": "no such file or directory",
}


class KnownSchemas:
    """The workflow schemas of a root; keeps those that were asked for."""

    __slots__ = ("_app", "_default", "_known", "_root")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root; nothing is read yet."""
        self._app, self._root = app, root
        self._known: dict[str, WorkflowSchema | None] = {BUILT_IN_NAME: BUILT_IN}
        self._default: str | None = None

    def default(self) -> str:
        """Name the project's default schema."""
        if self._default is None:
            self._default = self._configured()
        return self._default

    def named(self, name: str) -> WorkflowSchema | None:
        """Read a schema: the project's, else this person's, else the built-in one; `None` where it is unknown or broken."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _configured(self) -> str:
        from setsquare.workspace.openspec.config import read_config  # noqa: PLC0415  (start-up: most changes name their schema)

        for name in ("config.yaml", "config.yml"):
            path = joined("openspec", name)
            raw = self._app.planning.read(self._root, path)
            if isinstance(raw, bytes):
                return read_config(path, normalised(raw)).schema or BUILT_IN_NAME
        return BUILT_IN_NAME

    def _read(self, name: str) -> WorkflowSchema | None:
        if not name or "/" in name or name.startswith("."):
            return None
        own, persons = joined("openspec/schemas", name, "schema.yaml"), joined("schemas", name, "schema.yaml")
        for root, path in ((self._root, own), (self._app.data_folder, persons)):
            raw = self._app.planning.read(root, path)
            if isinstance(raw, bytes):
                read = read_schema(normalised(raw))
                return None if isinstance(read, str) else read
        return None


class Reading:
    """Reads a root; keeps the main specs that were asked for, and the `schemas`."""

    __slots__ = ("_app", "_mains", "_root", "_texts", "schemas")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root; nothing is read yet."""
        self._app, self._root = app, root
        self._texts: dict[str, str | Unreadable | None] = {}
        self._mains: dict[str, Main | None] = {}
        self.schemas = KnownSchemas(app, root)

    def text(self, path: RelPath) -> str | Unreadable | None:
        """Read a file's text."""
        raw = self._app.planning.read(self._root, path)
        return normalised(raw) if isinstance(raw, bytes) else raw

    def spec_text(self, capability: str) -> str | Unreadable | None:
        """Read the text of a main spec."""
        if capability not in self._texts:
            self._texts[capability] = self.text(joined(SPECS, capability, "spec.md"))
        return self._texts[capability]

    def main(self, capability: str) -> Main | None:
        """Read a main spec; `None` where there is none."""
        if capability not in self._mains:
            path = joined(SPECS, capability, "spec.md")
            text = self.spec_text(capability)
            if isinstance(text, str):
                self._mains[capability] = read_main_spec(capability, path, text)
            elif isinstance(text, Unreadable) and text.code in _SAID:
                self._mains[capability] = UnreadableSpec(f"{self._root}/{path}", text.code)
            else:
                self._mains[capability] = None
        return self._mains[capability]

    def change(self, path: RelPath, entries: tuple[Standing, ...]) -> Change:
        """Read the change in a folder, without its proposal; `entries` is everything below it."""
        files = [entry.path for entry in entries if entry.kind in _FILES]
        proposal = joined(path, "proposal.md")

        def text_of(file: RelPath) -> str | None:
            text = None if file == proposal else self.text(file)
            return text if isinstance(text, str) else None

        metadata = self._metadata(path, entries)
        schema = self._schema_named(metadata)
        tracked = [] if schema is None else _tracked(schema, path, files)
        raws = self._app.planning.read_all(self._root, tuple(tracked)) if tracked else ()
        tasks = [(file, task_text(raw)) for file, raw in zip(tracked, raws, strict=True) if isinstance(raw, bytes)]
        return read_change(path, files, text_of, tasks, metadata)

    def task_files(self, path: RelPath, entries: tuple[Standing, ...]) -> list[tuple[RelPath, TaskList | Unreadable | None]]:
        """Read the task files of a change, `tasks.md` where its metadata cannot be honoured; `None` for a link that leads nowhere."""
        schema = self._schema_named(self._metadata(path, entries)) or BUILT_IN
        tracked = tuple(_tracked(schema, path, [entry.path for entry in entries]))
        raws = self._app.planning.read_all(self._root, tracked)
        return [
            (file, read_task_list(file, task_text(raw)) if isinstance(raw, bytes) else raw) for file, raw in zip(tracked, raws, strict=True)
        ]

    def schema_of(self, change: Change) -> WorkflowSchema | None:
        """Give the schema of a change; `None` where its metadata cannot be honoured or the schema is unknown."""
        return self._schema_named(change.metadata)

    def _schema_named(self, metadata: ChangeMetadata | None) -> WorkflowSchema | None:
        if metadata is None:
            return self.schemas.named(self.schemas.default())
        return None if metadata.problem else self.schemas.named(metadata.schema)

    def _metadata(self, path: RelPath, entries: tuple[Standing, ...]) -> ChangeMetadata | None:
        file = joined(path, METADATA)
        if not any(entry.path == file for entry in entries):
            return None
        text = self.text(file)
        if isinstance(text, Unreadable):
            said = f"the metadata file cannot be read ({text.code}: {_REASONS.get(text.code, text.reason)}, read)"
            return ChangeMetadata(problem=said, named_markers=("skip_specs", "retire_capabilities"))
        if text is None:
            return None
        read = read_metadata(text, (BUILT_IN_NAME,))
        if read.problem.startswith("schema: unknown schema") and self.schemas.named(read.schema) is not None:
            return read_metadata(text, (BUILT_IN_NAME, read.schema))
        return read


def _tracked(schema: WorkflowSchema, path: RelPath, files: list[RelPath]) -> list[RelPath]:
    """Name the task files among those of a change."""
    if schema is BUILT_IN:
        plain = joined(path, "tasks.md")
        return [plain] if plain in files else []
    from setsquare.workspace.openspec.globs import glob_pattern  # noqa: PLC0415  (start-up: most projects keep to the built-in schema)

    generated = next((artifact.generates for artifact in schema.artifacts if artifact.id == "tasks"), "tasks.md")
    pattern = glob_pattern(schema.tracks or generated)
    return [file for file in files if pattern.fullmatch(file[len(path) + 1 :])]


def system_message(code: str, reason: str, action: str, path: str) -> str:
    """Word a system's refusal as Node.js does.

    >>> system_message("ENOENT", "", "open", "/a")
    "ENOENT: no such file or directory, open '/a'"
    """
    return f"{code}: {_REASONS.get(code, reason)}, {action} '{path}'"
