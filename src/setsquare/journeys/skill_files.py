"""Looks how the files stand that other tools use Setsquare through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import StorageFailed
from setsquare.integrations.block import DamagedBlock, block_state, found_block
from setsquare.integrations.rendering import Rendered, rendered
from setsquare.integrations.stamp import FileState, read_stamp, state_of
from setsquare.integrations.stamp import plain as text_of
from setsquare.integrations.tool import Form, Kind, Tool
from setsquare.integrations.tools import TOOLS
from setsquare.ports.files import Files
from setsquare.ports.links import Links, Standing
from setsquare.text.paths import RelPath

_LIMIT_LISTED = 20_000
OURS = frozenset({FileState.CURRENT, FileState.OUTDATED, FileState.NEWER, FileState.EDITED, FileState.OBSOLETE})
"""States of files that Setsquare made."""


class Ground(Struct, frozen=True, kw_only=True):
    """Where the files lie, and the version of Setsquare that looks."""

    files: Files
    links: Links
    version: str


class SkillFile(Struct, frozen=True, kw_only=True):
    """One file that tools read: `path` as they name it, `real` without links, the tools, what it is to say, how it stands.

    `written_by` is the version in its stamp; `reason` says what is in the way; `leads_out` that it may not be written through a link.
    `raw` is `None` where nothing stands. `wanted` is `None` for a file of a workflow that is no more.
    """

    path: RelPath
    real: RelPath
    tools: tuple[str, ...]
    form: Form
    state: FileState
    wanted: Rendered | None = None
    raw: bytes | None = None
    written_by: str = ""
    reason: str = ""
    leads_out: bool = False

    @property
    def is_ours(self) -> bool:
        """Tell whether Setsquare made the file or the block."""
        return self.state in OURS


def detected(ground: Ground) -> tuple[Tool, ...]:
    """List the tools whose own files or folders stand in the workspace."""
    return tuple(tool for tool in TOOLS if any(ground.links.place(RelPath(mark)).standing is not Standing.NOTHING for mark in tool.marks))


def in_use(ground: Ground, tool: Tool) -> bool:
    """Tell whether a tool is used here; one whose mark is a file that many read only where Setsquare's block stands in it."""
    blocks = [file for file in rendered(tool, ground.version) if file.form.kind is Kind.BLOCK]
    if blocks:
        return any(_looked_at(ground, tool, file).is_ours for file in blocks)
    return any(ground.links.place(RelPath(mark)).standing is not Standing.NOTHING for mark in tool.marks)


def skill_files(ground: Ground, tools: Iterable[Tool]) -> tuple[SkillFile, ...]:
    """Say how every file of the tools stands; one that several share, or that links lead to twice, comes once."""
    found: dict[RelPath, SkillFile] = {}
    for tool in tools:
        for file in rendered(tool, ground.version):
            seen = _looked_at(ground, tool, file)
            found[seen.real] = _joined(found[seen.real], seen) if seen.real in found else seen
        for seen in _obsolete(ground, tool, frozenset(found)):
            found.setdefault(seen.real, seen)
    return tuple(found.values())


def installed(files: Iterable[SkillFile]) -> frozenset[str]:
    """Name the forms, by their path, of which at least one file is there and Setsquare's own."""
    return frozenset(file.form.path for file in files if file.is_ours)


def sharing(tools: Iterable[Tool]) -> Mapping[str, tuple[str, ...]]:
    """Name for each form, by its path, all tools that read it."""
    found: dict[str, tuple[str, ...]] = {}
    for tool in tools:
        for form in tool.forms:
            found[form.path] = (*found.get(form.path, ()), tool.id)
    return found


def _looked_at(ground: Ground, tool: Tool, file: Rendered) -> SkillFile:
    """Look at one file; what cannot be read is in the way."""
    place = ground.links.place(file.path)
    seen = SkillFile(path=file.path, real=place.path, tools=(tool.id,), form=file.form, state=FileState.MISSING, wanted=file)
    if place.standing in (Standing.FOLDER, Standing.BLOCKED, Standing.OUTSIDE):
        # Several files may be blocked by one folder: each keeps its own name.
        leads_out = place.standing is Standing.OUTSIDE
        return replace(seen, real=file.path, state=FileState.FOREIGN, reason=place.reason, leads_out=leads_out)
    try:
        raw = ground.files.read(place.path)
    except StorageFailed as failure:
        return replace(seen, state=FileState.FOREIGN, reason=failure.message)
    if file.form.kind is Kind.BLOCK:
        state, version = block_state(raw, file.text, ground.version)
        block = found_block(raw or b"")
        reason = block.reason if isinstance(block, DamagedBlock) else ""
        return replace(seen, state=state, raw=raw, written_by=version, reason=reason)
    state, stamp = state_of(file.text, raw, file.form.format, ground.version)
    reason = "a file stands there that Setsquare did not make" if state is FileState.FOREIGN else ""
    return replace(seen, state=state, raw=raw, written_by=stamp.version if stamp else "", reason=reason)


def _joined(first: SkillFile, other: SkillFile) -> SkillFile:
    """Join what two tools want of one file; where they want different text the first has it."""
    tools = tuple(dict.fromkeys((*first.tools, *other.tools)))
    same = first.wanted is not None and other.wanted is not None and first.wanted.text == other.wanted.text
    note = "" if same else f"links make it one file with {other.path}, which is to be another text"
    return replace(first, tools=tools, reason=first.reason or note)


def _obsolete(ground: Ground, tool: Tool, known: frozenset[RelPath]) -> Iterator[SkillFile]:
    """Find the files of workflows that this version no longer has."""
    for form in tool.forms:
        if not form.is_for_each_workflow:
            continue
        place = ground.links.place(form.folder)
        if place.standing is not Standing.FOLDER:
            continue
        shape = re.compile(re.escape(form.path.removeprefix(f"{form.folder}/")).replace(re.escape("{id}"), r"[\w-]+"))
        for path in ground.files.listing(place.path, _LIMIT_LISTED):
            inner = path.removeprefix(f"{place.path}/")
            if path not in known and shape.fullmatch(inner):
                seen = _left_over(ground, SkillFile(path=path, real=path, tools=(tool.id,), form=form, state=FileState.OBSOLETE))
                if seen is not None:
                    yield seen


def _left_over(ground: Ground, file: SkillFile) -> SkillFile | None:
    """Look at a file that no workflow wants; nothing where Setsquare did not make it."""
    try:
        raw = ground.files.read(file.real)
    except StorageFailed:
        return None
    stamp = read_stamp(text_of(raw), file.form.format) if raw is not None else None
    if raw is None or stamp is None:
        return None
    state = FileState.OBSOLETE if stamp.is_intact else FileState.EDITED
    return replace(file, raw=raw, written_by=stamp.version, state=state, reason="no workflow of this version")
