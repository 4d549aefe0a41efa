"""Writes an analysis for people: counts first, then what matters most, then where the rest stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from setsquare.powers.iam.settings import Reason
from setsquare.surfaces.cli.iam_results import PermissionResult, RoleResult
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted

MOST_NAMED = 20
LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List", "")
"""Access levels, what weighs most first."""
_OF_IDENTITIES = ("iam:", "sts:", "sso:", "organizations:")
"""Services that say who may do what: their rights weigh more than others of the same level."""


def role_text(role: RoleResult, trail: str) -> str:
    """Write one role."""
    lines = [
        f"{paint(plain(role.role), 'bold')}: {counted(role.days, 'day')}, {role.begin} to {role.end}, {plain(trail)}",
        role.summary,
    ]
    lines += kept_lines(role)
    lines += reserves(role)
    denied = [each for each in role.permissions if each.denied]
    unused = by_weight(each for each in role.permissions if each.verdict == "unused")
    lacking = by_weight(each for each in role.permissions if each.insufficient)
    used = [each for each in role.permissions if each.verdict in {"used", "needed"}]
    lines += _section("Never used, what weighs most first", [_unused_row(each) for each in unused])
    lines += _section("No use seen, but the trail is not enough to call them unused", [_unused_row(each) for each in lacking])
    lines += _section("Used", [_used_row(each) for each in sorted(used, key=lambda each: (-each.count, each.action))])
    lines += _section("Refused by AWS, which counts as no use", [(plain(each.action), counted(each.denied, "time")) for each in denied])
    lines += _listed("The trail cannot show everything", [gap.reason for gap in role.gaps])
    lines += _listed("To know", [note for note in role.notes if note != role.statement and not note.startswith("gap in the trail")])
    lines += _listed("No pull request may be made of this", role.refusals)
    return "\n".join(lines)


def kept_lines(role: RoleResult) -> list[str]:
    """Say how many permissions are kept unjudged, and why."""
    lines = []
    if role.insufficient:
        many = "it" if role.insufficient == 1 else "them"
        shows = "shows" if role.insufficient == 1 else "show"
        said = f"{counted(role.insufficient, 'permission')} {shows} no use, but the trail is not enough to call {many} unused"
        lines.append(f"{said} (insufficient evidence)")
    if role.unobservable:
        lines.append(f"{counted(role.unobservable, 'permission')} kept, because no event of this trail could show their use")
    return [*lines, f"  each with its reason: setsquare iam explain {plain(role.role)} ACTION"] if lines else []


def reserves(role: RoleResult) -> list[str]:
    """Say what a reader must know before acting: low confidence, and what nothing but a person's word covers."""
    return [f"{paint('!', 'yellow')} {plain(each)}" for each in (role.caution, role.statement) if each]


def by_weight(permissions: Iterable[PermissionResult]) -> list[PermissionResult]:
    """Sort permissions by their access level, what weighs most first, then those over identities, then by name."""
    return sorted(
        permissions,
        key=lambda each: (LEVELS.index(each.level), not each.action.lower().startswith(_OF_IDENTITIES), each.action.lower()),
    )


def warned(reasons: Sequence[Reason], oddities: Sequence[str] = ()) -> list[str]:
    """Write the warnings of the settings, and what is odd about trail and role."""
    return [f"{paint('!', 'yellow')} {plain(each)}" for each in (*(reason.sentence for reason in reasons), *oddities)]


def _unused_row(each: PermissionResult) -> tuple[str, ...]:
    how_far = "no" if each.confidence == "none" else each.confidence
    return plain(each.action), each.level.lower() or "not documented", f"{how_far} confidence", plain(", ".join(each.grants[:3]))


def _used_row(each: PermissionResult) -> tuple[str, ...]:
    return plain(each.action), counted(each.count, "call"), f"last {each.last_used}" if each.last_used else "", each.verdict


def _section(head: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a table of at most so many rows."""
    if not rows:
        return []
    more = [f"  … and {len(rows) - MOST_NAMED} more; --format json and --html hold all of them"] if len(rows) > MOST_NAMED else []
    return ["", paint(head, "bold"), table(rows[:MOST_NAMED]), *more]


def _listed(head: str, told: Sequence[str]) -> list[str]:
    return ["", paint(head, "bold"), *(f"  {plain(' '.join(each.split()))}" for each in told)] if told else []
