"""Writes the timeline of a run's page: one line for each point, with everything about it folded below."""

from __future__ import annotations

import json
import re
from html import escape

from setsquare.journeys.run_telling import Asked, Moment
from setsquare.surfaces.cli.style import safe
from setsquare.text.counted import counted

_LOOKING = frozenset({"read", "list", "search"})
_WORDS = {"ok": "✓", "failed": "✗", "refused": "⊘"}
_KINDS = {"ok": "ok", "failed": "bad", "refused": "warn"}
_PLAIN_TEXT = re.compile(r"[\x20-\x7e\n\t]*")
"""Text in which nothing needs to be made visible, as nearly all of it is."""
_PLAIN = frozenset({"commit", "resume", "end", "done"})


def shown(text: str) -> str:
    r"""Escape foreign words for the page, with control characters and direction marks made visible.

    >>> shown("<b>"), shown("a" + chr(0x202E) + "b")
    ('&lt;b&gt;', 'a\\u202eb')
    """
    return escape(text if _PLAIN_TEXT.fullmatch(text) else safe(text))


def colour(moment: Moment) -> str:
    """Name the colour class of a point."""
    if moment.is_outside:
        return "k-out"
    if moment.result == "failed" or moment.kind == "stop":
        return "k-bad"
    if moment.result == "refused":
        return "k-no"
    if moment.kind in {"verification", "commit", "done", "end"}:
        return "k-ok"
    if moment.questions:
        return "k-ask"
    return "k-change" if moment.changed or moment.kind == "back" else "k-look"


def timeline(moments: tuple[Moment, ...], first: Moment | None) -> str:
    """Write all points, task by task."""
    groups: list[list[Moment]] = []
    for moment in moments:
        if not groups or moment.kind == "task":
            groups.append([])
        groups[-1].append(moment)
    return "".join(_group(group, first) for group in groups)


def _group(moments: list[Moment], first: Moment | None) -> str:
    """Write the points of one task."""
    head = moments[0] if moments[0].kind == "task" else None
    rest = moments if head is None else moments[1:]
    title = ""
    if head is not None:
        actions = [moment for moment in rest if moment.kind == "action"]
        refused = sum(moment.result == "refused" for moment in actions)
        asked = sum(bool(moment.questions) for moment in actions)
        counts = [counted(len(actions), "action"), f"{asked} asked" if asked else "", f"{refused} refused" if refused else ""]
        title = f"<h3>{shown(head.title)}<span>{', '.join(part for part in counts if part)}</span></h3>"
        title += f"<details><summary>Scope and verification</summary><pre>{shown(head.output)}</pre></details>"
    items = "".join(_item(moment, is_first=moment is first) for moment in rest)
    return f'<section class="group">{title}<ol class="run">{items}</ol></section>'


def _item(moment: Moment, *, is_first: bool) -> str:
    """Write one point."""
    inner = _inner(moment)
    number = str(moment.step) if moment.kind in {"action", "verification"} else ""
    line = f'<span class="n">{number}</span><span class="what">{_what(moment)}</span><span class="side">{_side(moment, is_first=is_first)}</span>'
    body = f'<details><summary>{line}</summary><div class="in">{inner}</div></details>' if inner else f'<div class="line">{line}</div>'
    mark = " first" if is_first else ""
    return f'<li class="{colour(moment)}{mark}" id="{escape(moment.anchor)}" data-f="{" ".join(filters(moment))}">{body}</li>'


def filters(moment: Moment) -> list[str]:
    """Name the filters that show a point."""
    found = ["said"] if moment.kind == "said" else []
    found += ["changed"] if moment.changed else []
    found += ["asked"] if moment.questions else []
    found += ["refused"] if moment.result == "refused" else []
    found += ["failed"] if moment.result == "failed" else []
    found += ["outside"] if moment.is_outside else []
    found += ["network"] if moment.connections else []
    return found


def _what(moment: Moment) -> str:
    """Write what happened in one line."""
    title = " ".join(moment.title.split())
    text = shown(title if len(title) <= 220 else f"{title[:220]}…")
    if moment.kind == "said":
        return f"<q>{text}</q>"
    if moment.kind == "action" and " " not in moment.title:
        return f"<b>{text}</b> <code>{shown(brief(moment.arguments))}</code>"
    if moment.kind == "verification":
        return f"<b>verified</b> <code>{text}</code>"
    return text


def brief(arguments: str) -> str:
    """Name what a call is about: its path or command.

    >>> brief('{"path": "src/a.py", "content": "x"}')
    'src/a.py'
    """
    try:
        known = json.loads(arguments)
    except (ValueError, RecursionError):
        return " ".join(arguments.split())[:140]
    if not isinstance(known, dict):
        return " ".join(arguments.split())[:140]
    named = next((known[key] for key in ("command", "path", "pattern", "query") if isinstance(known.get(key), str)), arguments)
    return " ".join(str(named).split())[:140]


def _side(moment: Moment, *, is_first: bool) -> str:
    """Write badges and figures."""
    parts = []
    if moment.is_outside:
        parts.append(f'<span class="badge b-out">{"first step out of scope" if is_first else "out of scope"}</span>')
    if moment.permission:
        rule = shown(moment.rule)
        parts.append(f'<span class="badge b-{escape(moment.permission)}" title="{rule}">{escape(moment.permission)}: {rule}</span>')
    parts += [_answer(asked) for asked in moment.questions]
    if moment.connections:
        allowed = sum(used.is_allowed for used in moment.connections)
        parts.append(f'<span class="badge">network: {allowed} of {len(moment.connections)} allowed</span>')
    if moment.patches:
        added, removed = sum(patch.added for patch in moment.patches), sum(patch.removed for patch in moment.patches)
        parts.append(f'<span><span class="ok">+{added}</span> <span class="bad">−{removed}</span></span>')
    if moment.duration_s:
        parts.append(f"<span>{moment.duration_s:.2f} s</span>")
    if moment.result and moment.kind not in _PLAIN:
        parts.append(f'<b class="{_KINDS[moment.result]}">{_WORDS[moment.result]}</b>')
    return "".join(parts)


def _answer(asked: Asked) -> str:
    """Write how a question was answered."""
    kind = {"yes": "b-allow", "no": "b-deny"}.get(asked.answer, "b-ask")
    who = asked.by.partition(" <")[0]
    return f'<span class="badge {kind}">{shown(who or "nobody")}: {escape(asked.answer or "waits")}</span>'


def _inner(moment: Moment) -> str:
    """Write everything about a point."""
    parts = []
    if moment.kind == "action":
        parts.append(_part("Arguments", _pre(_pretty(moment.arguments))))
        decided = f'<p><span class="badge b-{escape(moment.permission)}">{escape(moment.permission)}</span> by <code>{shown(moment.rule)}</code>. {shown(moment.reason)}</p>'
        parts.append(_part("Decision", decided))
    parts += [_question(asked) for asked in moment.questions]
    if moment.put_back:
        parts.append(_part("Put back, because it was out of scope", _pre("\n".join(moment.put_back))))
    if moment.connections:
        rows = "".join(
            _connection(used.host, used.port, used.rule, used.sent_bytes, is_allowed=used.is_allowed) for used in moment.connections
        )
        parts.append(_part("Connections", f"<dl>{rows}</dl>"))
    if moment.patches or moment.patch_note:
        note = f"<p>{shown(moment.patch_note)}</p>" if moment.patch_note else ""
        parts.append(_part("Changed", "".join(diff(patch.text) for patch in moment.patches) + note))
    if moment.output.strip() and moment.output.strip() != moment.title.strip():
        parts.append(_part("Said" if moment.kind == "said" else "Output", _pre(moment.output)))
    if parts:
        parts.append(_footer(moment))
    return "".join(parts)


def _footer(moment: Moment) -> str:
    """Write time, tokens and origins."""
    tokens = "tokens not counted" if None in moment.spent else f"{moment.spent[0]:,} tokens in, {moment.spent[1]:,} out so far"
    origins = f" · text from: {shown(', '.join(moment.origins))}" if moment.origins else ""
    return f'<p class="soft">{shown(moment.at)} · {tokens}{origins}</p>'


def _question(asked: Asked) -> str:
    """Write a question as it was shown."""
    who = f" by {shown(asked.by)}" if asked.by else ""
    note = f": {shown(asked.note)}" if asked.note else ""
    answered = f'<p>{_answer(asked)} answered{who}{note} <span class="soft">digest {shown(asked.digest[:26])}…</span></p>'
    return _part("Shown to a person", _pre(asked.shown) + answered)


def _connection(host: str, port: int, rule: str, sent: int, *, is_allowed: bool) -> str:
    word = '<span class="ok">allowed</span>' if is_allowed else '<span class="bad">refused</span>'
    return f"<dt>{word}</dt><dd><code>{shown(host)}:{port}</code> by {shown(rule)}, {sent:,} bytes sent</dd>"


def _part(title: str, body: str) -> str:
    return f"<h4>{title}</h4>{body}"


def _pre(text: str) -> str:
    return f"<pre>{shown(text)}</pre>"


def _pretty(arguments: str) -> str:
    r"""Lay arguments out so that a person can read them; text that is no JSON is shown as it stands.

    >>> print(_pretty('{"path": "a", "content": "x\\ny"}'))
    path: a
    content:
    x
    y
    """
    try:
        known = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    if not isinstance(known, dict):
        return arguments
    return "\n".join(_argument(str(key), value) for key, value in known.items())


def _argument(key: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{key}:\n{text}" if "\n" in text.strip() else f"{key}: {text}"


def diff(text: str) -> str:
    """Write a unified diff with coloured lines."""
    rows = []
    for row in text.split("\n"):
        kind = "h" if row.startswith(("+++", "---", "@@")) else {"+": "a", "-": "d"}.get(row[:1], "")
        rows.append(f'<span class="{kind}">{shown(row)}</span>' if kind else f"<span>{shown(row)}</span>")
    return f'<pre class="diff">{"".join(rows[:-1] if rows and rows[-1] == "<span></span>" else rows)}</pre>'
