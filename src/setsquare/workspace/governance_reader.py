"""Reads the `governance` object of `.kiro/settings.json`: who signs what off, in roles, and who holds them.

Source: the approval modes of the tutorial's dialect (requirements sign-off, design approval gate, steering governance, append-only design);
the keys are ours.
"""

from __future__ import annotations

from typing import Final

from setsquare.workspace.settings import Governance
from setsquare.workspace.settings_section import Section

PRODUCT_OWNER: Final = "product-owner"
ARCHITECT: Final = "architect"
SECURITY: Final = "security"

STRICTEST: Final = Governance(
    requirements_role=PRODUCT_OWNER,
    design_role=ARCHITECT,
    steering_roles=(ARCHITECT, SECURITY),
    requires_peer=True,
    is_append_only=True,
    archives_valid=True,
    archives_approved=True,
)
"""What holds where the object cannot be read: every sign-off is demanded, and nobody holds a role."""


def read_governance(top: Section) -> Governance:
    """Read `governance`; a wrong value becomes the stricter one.

    >>> from setsquare.text import json_document
    >>> from setsquare.text.json_tree import JsonObject
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.settings_section import Complaints
    >>> raw = b'{"governance": {"designApproval": "architect", "roles": {"architect": ["ada@example.org"]}}}'
    >>> tree = json_document.read(json_document.scan(RelPath("settings.json"), raw))
    >>> found = read_governance(Section("", tree.root, Complaints(RelPath("settings.json"))))
    >>> found.design_role, found.requirements_role, found.roles
    ('architect', '', (('architect', ('ada@example.org',)),))
    """
    section = top.section("governance", "every sign-off is demanded")
    if section is None:
        return Governance() if top.member("governance") is None else STRICTEST
    requirements = section.choice("requirementsSignOff", ("developer", PRODUCT_OWNER), absent="developer", invalid=PRODUCT_OWNER)
    review = section.choice("requirementsReview", ("none", "peer"), absent="none", invalid="peer")
    design = section.choice("designApproval", ("self", ARCHITECT), absent="self", invalid=ARCHITECT)
    edits = section.choice("designEdits", ("patch", "append-only"), absent="patch", invalid="append-only")
    steering = section.choice("steeringChanges", ("any", "architect-and-security"), absent="any", invalid="architect-and-security")
    archive = section.choice("archiveRequires", ("nothing", "valid", "approved"), absent="nothing", invalid="approved")
    return Governance(
        requirements_role=PRODUCT_OWNER if requirements == PRODUCT_OWNER else "",
        design_role=ARCHITECT if design == ARCHITECT else "",
        steering_roles=() if steering == "any" else (ARCHITECT, SECURITY),
        requires_peer=review == "peer",
        is_append_only=edits == "append-only",
        archives_valid=archive != "nothing",
        archives_approved=archive == "approved",
        roles=_roles(section),
        age_limit_days=section.integer("specAgeLimitDays", absent=30, invalid=30, least=1),
        sprawl_limit=section.integer("specSprawlLimit", absent=20, invalid=20, least=1),
    )


def _roles(section: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read who holds which role; a list that is wrong is held by nobody."""
    roles = section.section("roles", "nobody holds a role")
    if roles is None:
        return ()
    return tuple((member.key, roles.strings(member.key, "nobody holds the role") or ()) for member in roles.value.members)
