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
    """A known path: a principal that may do all of `actions` can gain rights. `id` is that of pathfinding.cloud, or begins with `setsquare-`.

    `services` are those to which the path hands a role: one of them is enough. `needs` says in words what must exist besides the rights, empty where nothing must.
    """

    id: str
    name: str
    kind: PathKind
    actions: tuple[str, ...]
    services: tuple[str, ...] = ()
    needs: str = ""
    source: str = "pathfinding.cloud"


class Certainty(enum.Enum):
    """`CONDITIONAL`: every needed grant stands, at least one only under a condition. `POSSIBLE`: it depends on what the target may do."""

    CERTAIN = "certain"
    CONDITIONAL = "conditional"
    POSSIBLE = "possible"


class Escalation(Struct, frozen=True, kw_only=True, order=True):
    """A path that a principal has. `grants` name for each action the policy and statement that grants it; `conditions` in words.

    `severity` counts from 4, rights for itself, to 1, rights of another principal. `resources` say on what each action is granted: `iam:PassRole on *`.
    `targets` are principals of the same account through which rights are gained, as far as they are known; `via` are the roles that must be assumed first, in their order.
    `notes` say why it is no more than possible.
    """

    principal: str
    path: str
    severity: int
    certainty: str
    actions: tuple[str, ...]
    grants: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    name: str = ""
    kind: str = ""
    targets: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Give what tells whether somebody was told of it: the same change applied again gives no second alert."""
        return f"{self.principal}|{self.path}|{self.certainty}|{','.join(self.resources)}"
