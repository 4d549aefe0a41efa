"""Tells which files say how a team works: the schemas of its documents, the rules that judge them, and the policy of its workflow."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from setsquare.rules.baseline import BASELINE_PATH
from setsquare.rules.config import CONFIG_PATH
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.artefact import Artefact, ArtefactKind
from setsquare.workspace.sources import SOURCES_PATH


class Policy(enum.Enum):
    """What a file decides, as a person calls it."""

    SCHEMA = "schema"
    RULES = "rules"
    WORKFLOW = "workflow policy"


class PolicyFiles(Struct, frozen=True, kw_only=True):
    """Files of one kind in one folder, sorted."""

    policy: Policy
    paths: tuple[RelPath, ...]


_SCHEMA: Final = LazyPattern(r"(?:.*/)?(?:openspec/schemas/[^/]+/.+|\.specify/templates/.+)", 0)
_FOLDER: Final = LazyPattern(r"(.*openspec/schemas/[^/]+|.*\.specify/templates)(?:/.*)?", 0)
_WORKFLOW: Final = LazyPattern(r"(?:.*/)?(?:openspec/config\.ya?ml|\.specify/(?:memory/constitution\.md|extensions\.yml|workflow[^/]*))", 0)
_KINDS: Final = frozenset({ArtefactKind.SETTINGS, ArtefactKind.PERMISSIONS, ArtefactKind.HOOK, ArtefactKind.SOURCES})


def policy_files(artefacts: Iterable[Artefact]) -> tuple[PolicyFiles, ...]:
    """Group the files that say how a team works by what they decide and by folder, sorted by their first file.

    >>> policy_files(())
    ()
    """
    grouped: dict[tuple[Policy, str], list[RelPath]] = {}
    for artefact in artefacts:
        policy = _policy(artefact)
        if policy is not None:
            folder = _FOLDER.fullmatch(artefact.path)
            grouped.setdefault((policy, folder[1] if folder else parent(artefact.path)), []).append(artefact.path)
    found = (PolicyFiles(policy=policy, paths=tuple(sorted(paths))) for (policy, _), paths in grouped.items())
    return tuple(sorted(found, key=lambda one: one.paths[0]))


def _policy(artefact: Artefact) -> Policy | None:
    """Say what a file decides; `None` for most."""
    path = artefact.path
    if path in (CONFIG_PATH, BASELINE_PATH):
        return Policy.RULES
    if artefact.kind in (ArtefactKind.OPENSPEC, ArtefactKind.SPECKIT) and _SCHEMA.fullmatch(path):
        return Policy.SCHEMA
    is_own = artefact.kind in _KINDS and (".kiro/" in path or path == SOURCES_PATH)
    return Policy.WORKFLOW if is_own or _WORKFLOW.fullmatch(path) else None
