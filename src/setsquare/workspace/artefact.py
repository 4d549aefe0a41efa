"""Names the kinds of files that a workspace consists of."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.document import Document
from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class ArtefactKind(enum.Enum):
    """What a file is for, decided from its path alone."""

    REQUIREMENTS = "requirements"
    BUGFIX = "bugfix"
    DESIGN = "design"
    TASKS = "tasks"
    SPEC_CONFIG = "spec-config"
    SPEC_EXTRA = "spec-extra"
    STEERING = "steering"
    HOOK = "hook"
    AGENT = "agent"
    SKILL = "skill"
    PROMPT = "prompt"
    POWER = "power"
    MCP = "mcp"
    SETTINGS = "settings"
    PERMISSIONS = "permissions"
    TASK_LOG = "task-log"
    INSTRUCTIONS = "instructions"
    CODEOWNERS = "codeowners"
    IGNORE = "ignore"
    OPENSPEC = "openspec"
    SPECKIT = "speckit"
    TEAM_STATE = "team-state"
    SOURCES = "sources"
    UNKNOWN = "unknown"


class RootKind(enum.Enum):
    """Whose tree a root folder is."""

    KIRO = "kiro"
    OPENSPEC = "openspec"
    SPECKIT = "speckit"


class Root(Struct, frozen=True):
    """A folder that holds a tool's tree: `path` ends in `.kiro`, `openspec`, `specs` or `.specify`."""

    path: RelPath
    kind: RootKind


class Artefact(Struct, frozen=True, kw_only=True):
    """One loaded file: its kind and its lossless document."""

    path: RelPath
    kind: ArtefactKind
    document: Document


class Malformed(Struct, frozen=True):
    """A stretch of a file that cannot be read as what it should be; the bytes are kept. A warning leaves the meaning clear."""

    path: RelPath
    span: Span
    reason: str
    is_warning: bool = False
