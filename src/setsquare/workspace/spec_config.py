"""Reads what a spec's own settings files say: Kiro's `.config.kiro` and cc-sdd's `spec.json`.

Source: Kiro's on-disk format, sections 2.2 and 2.7. Neither file is documented by its maker, so every other key is kept and named, never
reported as wrong.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonBoolean, JsonMember, JsonObject, JsonString
from setsquare.text.paths import RelPath

_KNOWN: Final = frozenset(
    {
        *("specId", "workflowType", "specType", "generationMode", "featureName", "agent"),
        *("feature_name", "language", "phase", "approvals", "ready_for_implementation", "created_at", "updated_at"),
    }
)


class PhaseApproval(Struct, frozen=True):
    """What cc-sdd notes about one document (`requirements`, `design`, `tasks`): whether it was written, and whether a person approved it."""

    document: str
    is_generated: bool
    is_approved: bool


class SpecConfig(Struct, frozen=True, kw_only=True):
    """A spec's settings; an empty text stands for what is not written. `others` are the keys that have no meaning here, in file order.

    `workflow` is `requirements-first`, `design-first` or `fast-task`, `spec_type` `feature` or `bugfix`, both as written; `phase`, `language` and
    `approvals` come from cc-sdd. `agent` names the profile that works on the spec's tasks; one that is no text names none that exists. `is_ready` is cc-sdd's `ready_for_implementation`, `None` where it is not written.
    """

    paths: tuple[RelPath, ...]
    spec_id: str = ""
    workflow: str = ""
    spec_type: str = ""
    feature_name: str = ""
    phase: str = ""
    language: str = ""
    approvals: tuple[PhaseApproval, ...] = ()
    is_ready: bool | None = None
    others: tuple[str, ...] = ()
    agent: str = ""


def read_spec_config(*documents: Document) -> SpecConfig | None:
    r"""Read a spec's settings files, the first one's values before the second's; what is no JSON object says nothing.

    >>> from setsquare.text.json_document import scan
    >>> found = read_spec_config(scan(RelPath("a/.config.kiro"), b'{"specId": "7f", "workflowType": "design-first", "mood": 1}'))
    >>> found.spec_id, found.workflow, found.others
    ('7f', 'design-first', ('mood',))
    """
    if not documents:
        return None
    members = [member for document in documents for member in json_document.read(document).members]
    first = {member.key: member for member in reversed(members)}
    ready = first.get("ready_for_implementation")
    return SpecConfig(
        paths=tuple(document.path for document in documents),
        spec_id=_text(first, "specId"),
        workflow=_text(first, "workflowType") or _text(first, "generationMode"),
        spec_type=_text(first, "specType"),
        feature_name=_text(first, "featureName") or _text(first, "feature_name"),
        phase=_text(first, "phase"),
        language=_text(first, "language"),
        approvals=_approvals(first.get("approvals")),
        is_ready=ready.value.value if ready and isinstance(ready.value, JsonBoolean) else None,
        agent=_agent(first.get("agent")),
        others=tuple(dict.fromkeys(member.key for member in members if member.key not in _KNOWN)),
    )


def _text(members: dict[str, JsonMember], key: str) -> str:
    """Give a key's text; anything else counts as not written."""
    member = members.get(key)
    return member.value.value if member and isinstance(member.value, JsonString) else ""


def _agent(member: JsonMember | None) -> str:
    """Read the agent's name; a value that is no name stands for a profile that nobody has."""
    if member is None:
        return ""
    return member.value.value if isinstance(member.value, JsonString) and member.value.value.strip() else "?"


def _approvals(member: JsonMember | None) -> tuple[PhaseApproval, ...]:
    """Read cc-sdd's approvals, document by document."""
    if member is None or not isinstance(member.value, JsonObject):
        return ()
    return tuple(
        PhaseApproval(item.key, _is_true(item.value, "generated"), _is_true(item.value, "approved"))
        for item in member.value.members
        if isinstance(item.value, JsonObject)
    )


def _is_true(value: JsonObject, key: str) -> bool:
    found = value.member(key)
    return found is not None and isinstance(found.value, JsonBoolean) and found.value.value
