"""Writes the text of a pull request: what goes and why, what stays without proof, what stood there before, and the way back.

Every word that comes from a trail or an account is other people's: it is escaped, so that it can be neither markup nor a mention.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.proposal.naming import encoded
from setsquare.powers.iam.recommendation.model import ActionVerdict, NarrowedPolicy, Recommendation, Verdict
from setsquare.powers.iam.usage.model import Window
from setsquare.text.counted import counted
from setsquare.text.lazy_pattern import LazyPattern

LIMIT = 60_000
"""Characters of a body: GitHub takes 65,536."""
_LIMIT_ROWS = 250
_MARK = LazyPattern(r"<!-- setsquare-iam role=(?P<role>[\w=-]+) digest=(?P<digest>[0-9a-f]{64}) -->")
_SWEPT = "<!-- setsquare-iam closed=out-of-scope -->"
_ESCAPES = {
    **{letter: f"&#{ord(letter)};" for letter in "`<>&|!$~[]{}\"'^"},
    **{letter: f"\\{letter}" for letter in "\\*_"},
    **{letter: f"&#{ord(letter)};<!-- -->" for letter in "@#"},
}


class Placed(Struct, frozen=True, kw_only=True):
    """A policy that was edited, and where."""

    narrowed: NarrowedPolicy
    place: str


class Matter(Struct, frozen=True, kw_only=True):
    """What a body is made of; `left` says of policies that are not part of the request why, `digest` names the change.

    `gaps` are those of the trail, `warnings` what else weakens the evidence, `told` what a person should know of the change itself.
    """

    recommendation: Recommendation
    window: Window
    edited: tuple[Placed, ...]
    left: tuple[str, ...]
    events: int
    digest: str
    gaps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def marked(body: str) -> tuple[str, str] | None:
    """Give the role's encoded name and the digest that a body of ours bears; `None` for another's.

    >>> marked("x <!-- setsquare-iam role=ecs digest=" + "0" * 64 + " -->")[0]
    'ecs'
    """
    found = _MARK.search(body)
    return (found["role"], found["digest"]) if found else None


def swept(body: str) -> str:
    """Mark the body of a request that is closed by us, being out of scope, so that it is not taken for a person's no; one that is too long stays as it is.

    >>> is_swept(swept("x")), is_swept("x"), swept(swept("x")) == swept("x")
    (True, False, True)
    """
    return body if is_swept(body) or len(body) > LIMIT else f"{body.rstrip()}\n\n{_SWEPT}\n"


def is_swept(body: str) -> bool:
    """Tell whether a request was closed by us and not by a person."""
    return _SWEPT in body


def escaped(text: str) -> str:
    r"""Write words so that a forge shows them as they are, on one line: no markup, no mention, no link.

    A forge looks for mentions and links in what the markup comes to; a comment in the middle of one keeps it from being found.

    >>> escaped("a|b\n@all")
    'a&#124;b\\\\x0a&#64;<!-- -->all'
    """
    visible = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    shown = "".join(_ESCAPES.get(letter, letter) for letter in visible)
    return shown.replace("://", ":<!-- -->//").replace("www.", "www<!-- -->.").replace("WWW.", "WWW<!-- -->.")


def body_of(matter: Matter) -> str:
    """Write the body; the same matter gives the same text."""
    role = escaped(matter.recommendation.role)
    by = {verdict: [each for each in matter.recommendation.verdicts if each.verdict is verdict] for verdict in Verdict}
    used = by[Verdict.USED] + by[Verdict.NEEDED]
    head = [
        f"Setsquare proposes to take away from **{role}** what it was granted and never used. Nothing in AWS changes before a person merges and applies this.",
        _counts(matter, len(used), len(by[Verdict.UNUSED]), len(by[Verdict.UNJUDGED])),
        "## Where\n\n" + "\n".join(f"- {escaped(each.narrowed.before.name)}: {escaped(each.place)}" for each in matter.edited),
    ]
    statement = matter.recommendation.statement
    # What a reviewer must see before anything else stands before the places.
    reserves = [f"**{escaped(told[:1].upper() + told[1:])}.**" for told in (matter.recommendation.caution, statement) if told]
    head[2:2] = reserves
    look = list(dict.fromkeys((*matter.warnings, *matter.told)))
    if look:
        head.append("## Look at this first\n\n" + "\n".join(f"- {escaped(each)}" for each in look))
    if matter.left:
        head.append("## Not part of this request\n\n" + "\n".join(f"- {escaped(each)}" for each in matter.left))
    parts = [
        "## Goes: never used\n\n" + _table(by[Verdict.UNUSED]),
        "## Stays: used\n\n" + _table(used),
        "## Stays: cannot be judged\n\n" + _reasons(by[Verdict.UNJUDGED]),
    ]
    notes = (*matter.gaps, *matter.recommendation.notes)
    told = [each for each in dict.fromkeys(notes) if each != statement]
    if told:
        parts.append("## To know\n\n" + "\n".join(f"- {escaped(each)}" for each in told))
    revert = "Revert the merge commit of this request (`git revert -m 1 <commit>`, or the forge's Revert button) and apply the code again."
    back = f"## The way back\n\n{revert} Where that is too slow, put the previous policy below in place."
    tail = [back, *(_previous(each.narrowed) for each in matter.edited)]
    mark = f"<!-- setsquare-iam role={encoded(matter.recommendation.role)} digest={matter.digest} -->"
    return _fitting(head, parts, tail, mark)


def _counts(matter: Matter, used: int, unused: int, unjudged: int) -> str:
    """Say what was found, over which days."""
    found = f"{counted(used, 'permission')} used, {unused} granted but never used, {unjudged} kept because nobody can judge them"
    window = f"{counted(matter.window.days, 'day')}, {matter.window.begin} to {matter.window.end}, {counted(matter.events, 'event')}"
    return f"{found}; {window}."


def _fitting(head: list[str], parts: list[str], tail: list[str], mark: str) -> str:
    """Put all together; where the forge would not take it, the previous policies stay whole and the tables are cut."""
    fixed = sum(map(len, (*head, *tail))) + len(mark) + 200
    room = max(LIMIT - fixed, 0)
    kept: list[str] = []
    for part in parts:
        shown = part
        if len(part) > room:
            lines = part[:room].rpartition("\n")[0]
            shown = f"{lines}\n\n(cut here; `setsquare iam recommend` shows all of it)"
            room = 0
        else:
            room -= len(part)
        kept.append(shown)
    whole = "\n\n".join([*head, *kept, *tail, mark])
    if len(whole) > LIMIT:
        short = "## The previous policies\n\nThey are too long for this text and stand in the base commit, in the files named above."
        whole = "\n\n".join([*(each[:4_000] for each in head), *kept, tail[0], short, mark])
    return whole + "\n"


def _table(verdicts: Sequence[ActionVerdict]) -> str:
    if not verdicts:
        return "None."
    rows = ["| permission | calls | denied | last used | confidence | evidence | granted by |", "|---|---:|---:|---|---|---|---|"]
    rows += [
        f"| {escaped(each.action)} | {each.count} | {each.denied} | {each.last_used or 'never'} | {each.confidence.value} | {escaped(each.reason)} "
        f"| {escaped(', '.join(each.grants[:4]))} |"
        for each in verdicts[:_LIMIT_ROWS]
    ]
    return "\n".join(rows) + _more(verdicts)


def _reasons(verdicts: Sequence[ActionVerdict]) -> str:
    if not verdicts:
        return "None."
    return "\n".join(f"- {escaped(each.action)}: {escaped(each.reason)}" for each in verdicts[:_LIMIT_ROWS]) + _more(verdicts)


def _more(verdicts: Sequence[ActionVerdict]) -> str:
    return f"\n\n… and {len(verdicts) - _LIMIT_ROWS} more." if len(verdicts) > _LIMIT_ROWS else ""


def _previous(narrowed: NarrowedPolicy) -> str:
    return f"### Previous policy {escaped(narrowed.before.name)}\n\n{_fenced(printed(narrowed.before.policy, indent=2))}"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}json\n{text}\n{fence}"
