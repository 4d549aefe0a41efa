"""The central value: everything that a folder's spec, steering and tool files say."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import Artefact, Malformed, Root
from setsquare.workspace.mcp import McpFile
from setsquare.workspace.openspec.model import OpenSpecTree
from setsquare.workspace.settings import Settings
from setsquare.workspace.sources import NO_DECLARATIONS, Declarations
from setsquare.workspace.spec import Spec
from setsquare.workspace.steering import SteeringFile


class Workspace(Struct, frozen=True, kw_only=True, dict=True):
    """All roots below one folder, as parsed. Build it with `setsquare.load`.

    `artefacts` are sorted by path. `skipped` names files that were left out and why (symbolic link, unreadable). `openspec` are
    the OpenSpec folders, whose capabilities and changes are among the `specs` too. `declared` are the other checkouts that it names.
    """

    artefacts: tuple[Artefact, ...] = ()
    roots: tuple[Root, ...] = ()
    specs: tuple[Spec, ...] = ()
    settings: tuple[Settings, ...] = ()
    mcp: tuple[McpFile, ...] = ()
    steering: tuple[SteeringFile, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    skipped: tuple[tuple[RelPath, str], ...] = ()
    openspec: tuple[OpenSpecTree, ...] = ()
    declared: Declarations = NO_DECLARATIONS

    @cached_property
    def by_path(self) -> dict[str, Artefact]:
        """Index the artefacts by path."""
        return {artefact.path: artefact for artefact in self.artefacts}

    @cached_property
    def kiro_specs(self) -> tuple[Spec, ...]:
        """List the specs that have Kiro's form."""
        return tuple(spec for spec in self.specs if spec.is_kiro)

    @cached_property
    def paths(self) -> tuple[RelPath, ...]:
        """List every loaded file, sorted."""
        return tuple(artefact.path for artefact in self.artefacts)

    def render(self, relpath: str) -> bytes:
        """Write one file from its parsed document.

        Raises:
            KeyError: no file of that path was loaded.
        """
        return self.by_path[relpath].document.render()

    def spec(self, name: str) -> Spec | None:
        """Find a spec by name or folder; `None` when there is none."""
        wanted = name.strip("/")
        for spec in self.specs:
            if wanted in (spec.name, spec.path):
                return spec
        return None
