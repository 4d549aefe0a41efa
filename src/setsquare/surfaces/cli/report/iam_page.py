"""Makes the page of one role: what a security reviewer looks at first stands on top, the evidence of every permission below."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from setsquare.errors import StorageFailed
from setsquare.surfaces.cli.iam_escalation_results import EscalationResult, sentence
from setsquare.surfaces.cli.iam_results import PolicyResult, RoleResult
from setsquare.surfaces.cli.iam_text import by_weight
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.report.iam_cells import access, code, escaped, grid
from setsquare.surfaces.cli.report.iam_look import STYLE
from setsquare.surfaces.cli.report.iam_permissions import kept, unused
from setsquare.surfaces.cli.report.iam_trust import let_in
from setsquare.surfaces.cli.report.page import card, diff, page
from setsquare.surfaces.cli.style import safe
from setsquare.text.counted import counted

_MOST_RESOURCES = 8
_WEIGHT = {"critical": "bad", "high": "bad", "medium": "warn", "low": "soft"}
_WEIGHTY = ("Permissions management", "Write")


def written_pages(place: str, roles: Sequence[RoleResult], trail: str, *, is_folder: bool) -> tuple[str, ...]:
    """Write the page of each role: into one file, or into a folder that is made where it is missing.

    Raises:
        StorageFailed: a page cannot be written.
    """
    written = []
    for role in roles:
        target = Path(place) / f"{role.role}.html" if is_folder else Path(place)
        try:
            if is_folder:
                Path(place).mkdir(parents=True, exist_ok=True)
            target.write_bytes(role_page(role, trail).encode("utf-8", "replace"))
        except OSError as error:
            raise StorageFailed(f"The page `{target}` cannot be written: {error.strerror or error}.", "Name another file.") from error
        written.append(str(target))
    return tuple(written)


def role_page(role: RoleResult, trail: str) -> str:
    """Make the whole page; everything that was read somewhere is escaped, and nothing is loaded from elsewhere."""
    parts = (
        _top(role, trail),
        _first(role),
        _escalations(role),
        unused(role),
        kept(role),
        _used(role),
        _policies(role.policies),
        _evidence(role),
    )
    return page(f"{role.role}: {role.summary}", "".join(parts), STYLE)


def _top(role: RoleResult, trail: str) -> str:
    where = f"{counted(role.days, 'day')}, {role.begin} to {role.end} · {trail} · {counted(role.events, 'event')}"
    denied = sum(each.denied for each in role.permissions)
    cards = (
        card(f"{role.used:,}", "permissions used", "ok"),
        card(f"{role.unused:,}", "granted but never used", "bad" if role.unused else ""),
        card(f"{role.insufficient:,}", "no use seen, evidence insufficient", "warn" if role.insufficient else ""),
        card(f"{role.unobservable:,}", "kept, no event could show use", "warn" if role.unobservable else ""),
        card(f"{denied:,}", "calls refused by AWS", "warn" if denied else ""),
    )
    return (
        f"<h1><small>IAM role</small>{escaped(role.role)}</h1><p class='lead'>{escaped(role.summary)}</p>"
        f"<p class='soft'>{escaped(role.arn)}</p><p class='soft'>{escaped(where)}</p><div class='cards'>{''.join(cards)}</div>"
    )


def _first(role: RoleResult) -> str:
    """Say what to look at first: who gets in, ways to more rights, what blocks a change, weighty rights unused, refused calls, gaps of the trail."""
    told: list[str] = [*_dangers(role)]
    if role.refusals:
        told.append(_notice("bad", "No pull request may be made of this", role.refusals))
    if role.caution:
        told.append(_notice("warn", "Look twice before you take rights away", [role.caution]))
    if role.statement:
        told.append(_notice("warn", "Stated by a person, not shown by the trail", [role.statement]))
    for level in _WEIGHTY:
        names = [each.action for each in by_weight(each for each in role.permissions if each.verdict == "unused" and each.level == level)]
        if names:
            kind = "bad" if level == _WEIGHTY[0] else "warn"
            told.append(_notice(kind, f"{counted(len(names), 'right')} of the level {level.lower()} never used", names, is_names=True))
    for is_lacking, why in ((True, "no use seen, but the trail is not enough"), (False, "no event of this trail could show their use")):
        held = [
            each.action
            for each in by_weight(role.permissions)
            if each.verdict == "unjudged" and each.level == _WEIGHTY[0] and each.insufficient is is_lacking
        ]
        if held:
            told.append(_notice("warn", f"{counted(len(held), 'right')} to manage permissions kept: {why}", held, is_names=True))
    denied = [f"{each.action} ({counted(each.denied, 'time')})" for each in role.permissions if each.denied]
    if denied:
        told.append(_notice("warn", "Calls that AWS refused", denied, is_names=True))
    if role.gaps:
        told.append(_notice("warn", "The trail cannot show everything", [gap.reason for gap in role.gaps]))
    if not told:
        lines = ["No way to more rights is known, no weighty right is unused, no call was refused, and the trail has no gap that is known."]
        told.append(_notice("ok", "Nothing stands out", lines))
    return f"<h2>Look at first</h2>{''.join(told)}{_trust(role)}"


def _dangers(role: RoleResult) -> Iterator[str]:
    """Say who from outside may assume the role, and the ways to more rights that are open to it."""
    account = role.arn.split(":")[4] if role.arn.count(":") > 4 else ""
    outside = let_in(role.trust, account) if role.trust else ()
    if outside:
        yield _notice("bad" if outside[0].is_open else "warn", "Who else may assume it", [each.who for each in outside])
    paths = _shown(role)
    if paths:
        kind = "bad" if any(each.certainty == "certain" for each in paths) else "warn"
        yield _notice(kind, f"{counted(len(role.escalations), 'way')} to more rights", [sentence(each) for each in paths])


def _shown(role: RoleResult) -> list[EscalationResult]:
    """Choose the ways that are shown: of one who may do everything one line says all."""
    return [each for each in role.escalations if each.kind == "administrator"] or list(role.escalations)


def _escalations(role: RoleResult) -> str:
    """Show the ways to more rights, those that are certain on top; one who may do everything has them all, and one line says so."""
    if not role.escalations:
        return ""
    shown = _shown(role)
    rest = len(role.escalations) - len(shown)
    cells = (
        (
            code(each.path),
            escaped(each.name),
            f"<span class='{_WEIGHT[each.severity]}'>{escaped(each.severity)}</span>",
            escaped(each.certainty),
            "<br>".join(code(grant) for grant in each.grants),
            "<br>".join(escaped(words) for words in (*each.conditions, *each.notes)),
        )
        for each in shown
    )
    names = ("Path", "What is enough for it", "Severity", "Certainty", "Granted by", "Under what, and what else it takes")
    more = f"<p class='soft'>It may do everything: {rest} more paths are open to it.</p>" if rest else ""
    return grid(f"Ways to more rights ({len(role.escalations):,})", names, cells) + more


def _trust(role: RoleResult) -> str:
    """Show who may assume the role, and what bounds it."""
    if not role.trust:
        return ""
    boundary = (
        f" <span class='soft'>bounded by {code(role.boundary)}</span>" if role.boundary else " <span class='soft'>(no boundary)</span>"
    )
    return f"<details><summary>Who may assume it{boundary}</summary><pre>{escape(safe(role.trust))}</pre></details>"


def _notice(kind: str, head: str, lines: Sequence[str], *, is_names: bool = False) -> str:
    """Make one notice; names stand beside one another."""
    most = 24 if is_names else 12
    shown = "".join(f"<li>{code(line) if is_names else escaped(line)}</li>" for line in lines[:most])
    more = f"<li class='soft'>and {len(lines) - most} more below</li>" if len(lines) > most else ""
    return f"<div class='notice {kind}'><h3>{escaped(head)}</h3><ul{' class=names' if is_names else ''}>{shown}{more}</ul></div>"


def _used(role: RoleResult) -> str:
    rows = sorted((each for each in role.permissions if each.verdict in {"used", "needed"}), key=lambda each: (-each.count, each.action))
    if not rows:
        return ""
    cells = (
        (
            code(each.action),
            access(each),
            f"{each.count:,}",
            escaped(each.last_used),
            escaped(each.reason if each.verdict == "needed" else each.layer),
            "<br>".join(code(name) for name in each.resources[:_MOST_RESOURCES]) or "<span class='soft'>not shown by the events</span>",
        )
        for each in rows
    )
    return grid(f"Used ({len(rows):,})", ("Permission", "Level", "Calls", "Last", "Shown by", "Resources"), cells)


def _policies(policies: Sequence[PolicyResult]) -> str:
    parts = []
    for policy in policies:
        size = f"{policy.characters:,} of {policy.limit:,} characters" if policy.changed else "unchanged"
        head = f"<summary><code>{escaped(policy.name)}</code> <span class='soft'>{escaped(policy.kind)}, {escaped(size)}</span></summary>"
        inside = diff(policy_diff(policy)) if policy.changed else f"<pre>{escape(safe(policy.before))}</pre>"
        parts.append(f"<details{' open' if policy.changed else ''}>{head}{inside}</details>")
    return f"<h2>Policies</h2>{''.join(parts)}" if parts else ""


def policy_diff(policy: PolicyResult) -> str:
    """Write what would change in a policy as a unified diff; a policy that goes becomes nothing."""
    lines: list[str] = []
    after = tuple(zip(policy.names, policy.after, strict=False)) or ((policy.name, ""),)
    for index, (name, text) in enumerate(after):
        old = policy.before if index == 0 else ""
        new_name = f"b/{name}" if text else "/dev/null"
        old_name = f"a/{policy.name}" if old else "/dev/null"
        made = difflib.unified_diff(safe(old).splitlines(), safe(text).splitlines(), plain(old_name), plain(new_name), lineterm="")
        lines += made
    return "\n".join(lines)


def _evidence(role: RoleResult) -> str:
    notes = "".join(f"<li>{escaped(note)}</li>" for note in role.notes)
    unread = f"<li>{counted(role.unread, 'record')} of the trail could not be attributed to anybody</li>" if role.unread else ""
    return f"<h2>Evidence and limits</h2><ul>{notes}{unread}</ul>" if notes or unread else ""
