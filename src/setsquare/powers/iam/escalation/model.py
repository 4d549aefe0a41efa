"""Escalation paths and what was found of them."""

from __future__ import annotations

import enum

from msgspec import Struct


class PathKind(enum.Enum):
    """How a path works, most severe first."""

    SELF = "self-escalation"
    WITH_NEW_RESOURCE = "new-passrole"
    WITH_EXISTING_RESOURCE = "existing-passrole"
    PRINCIPAL_ACCESS = "principal-access"
    CREDENTIAL_ACCESS = "credential-access"


class EscalationPath(Struct, frozen=True, kw_only=True):
    """A known path: a principal that may do all of `actions` can gain rights. `id` is that of pathfinding.cloud."""

    id: str
    name: str
    kind: PathKind
    actions: tuple[str, ...]


class Certainty(enum.Enum):
    """`CONDITIONAL`: every needed grant stands, at least one only under a condition. `POSSIBLE`: it depends on what the target may do."""

    CERTAIN = "certain"
    CONDITIONAL = "conditional"
    POSSIBLE = "possible"


class Escalation(Struct, frozen=True, kw_only=True, order=True):
    """A path that a principal has. `grants` name for each action the policy and statement that grants it; `conditions` in words."""

    principal: str
    path: str
    severity: int
    certainty: str
    actions: tuple[str, ...]
    grants: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Give what an accepted baseline holds: the same change applied again gives no second alert."""
        return f"{self.principal}|{self.path}|{self.certainty}|{','.join(self.resources)}"
