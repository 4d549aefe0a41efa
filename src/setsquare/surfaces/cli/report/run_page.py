"""Makes the page of one run: what it was for, how it went step by step, what it changed, and what no revert takes back."""

from __future__ import annotations

from datetime import datetime
from html import escape

from setsquare.events.facts import EvidenceTaken
from setsquare.journeys.run_patch import FilePatch
from setsquare.journeys.run_review import Review
from setsquare.journeys.run_telling import Moment
from setsquare.surfaces.cli.report.page import card, page
from setsquare.surfaces.cli.report.run_look import SCRIPT, STYLE
from setsquare.surfaces.cli.report.run_steps import brief, colour, diff, filters, shown, timeline
from setsquare.text.counted import counted
from setsquare.usage.meter import cost_text

_MOST_CELLS = 420
_MOST_OUTSIDE = 30
_MOST_DIFF = 60_000
_KEYS = (
    ("k-look", "looked"),
    ("k-change", "changed files"),
    ("k-ask", "asked a person"),
    ("k-no", "refused"),
    ("k-out", "out of scope"),
    ("k-ok", "verified, done"),
    ("k-bad", "failed, stopped"),
)
_FILTERS = (
    ("changed", "Changed files"),
    ("asked", "Asked"),
    ("refused", "Refused"),
    ("failed", "Failed"),
    ("outside", "Out of scope"),
    ("network", "Network"),
    ("said", "Said"),
)
_WORST = {"k-look": 0, "k-change": 1, "k-ok": 2, "k-ask": 3, "k-no": 4, "k-bad": 5, "k-out": 6}


# req: agent-runtime/8.2
def run_page(made: Review) -> str:
    """Make the whole page."""
    parts = (
        _top(made),
        _strip(made),
        _standing_out(made),
        _tools(made),
        timeline(made.story.moments, made.story.first_outside),
        _evidence(made.story.evidence),
        _changes(made),
        _beyond(made),
    )
    return page(f"Run {made.begun.run} of {made.begun.spec}", "".join(parts), STYLE, SCRIPT)


def _top(made: Review) -> str:
    """Say in one screen what this run was and how it ended."""
    begun, story = made.begun, made.story
    counts = made.counts
    is_done = made.outcome == "done"
    tokens = story.meter
    known = sum(total.input_tokens + total.output_tokens for total in tokens.totals)
    is_partial = tokens.input_tokens is None or tokens.output_tokens is None
    count = f"{_short(known)}+" if is_partial and known else "?" if is_partial else _short(known)
    cards = (
        card(made.outcome, "the run", "ok" if is_done else "warn"),
        card(f"{len({task for task, _ in made.commits})} / {len(begun.tasks)}", "tasks committed"),
        card(f"{counts.actions:,}", "actions"),
        card(f"{counts.questions:,}", "questions to a person"),
        card(f"{counts.refused:,}", "refused", "warn" if counts.refused else ""),
        card(f"{counts.verifications:,}", f"verifications, {counts.failed:,} failed", "warn" if counts.failed else ""),
        card(count, f"tokens, cost {cost_text(tokens.cost_usd)}"),
        card(_took(made.at, made.until), "from start to end"),
    )
    approved = made.approved
    role = f" as {approved.role}" if approved.role else ""
    who = f"{approved.by}{role}, {approved.at[:10]}" if approved.by else "not in the record any more"
    facts = (
        ("Run", begun.run),
        ("Tasks", ", ".join(begun.tasks)),
        ("Mode and level", f"{begun.mode}, {begun.autonomy}"),
        ("Model", begun.model),
        ("Sandbox", begun.sandbox or "none"),
        ("Tasks approved by", who),
        ("Approved bytes", f"{begun.approved[:26]}…" if begun.approved else "none"),
        ("Began on commit", begun.base[:12] or "none"),
        ("Began and ended", f"{made.at[:19].replace('T', ' ')} to {made.until[:19].replace('T', ' ')}"),
        ("Limits", f"{counted(begun.limit_steps, 'step')} for each task, repairs: {begun.limit_corrections}"),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{shown(value)}</dd></div>" for name, value in facts)
    lead = f'<p class="lead">{shown(made.reason)}</p>' if made.reason else ""
    return f'<h1><small>Run of the spec</small>{shown(begun.spec)}</h1>{lead}<div class="cards">{"".join(cards)}</div><dl class="facts">{listed}</dl>'


def _strip(made: Review) -> str:
    """Draw the whole run as one row of coloured cells; each leads to its place below."""
    points = [moment for moment in made.story.moments if moment.kind not in {"said", "task"}]
    if not points:
        return ""
    size = max(1, -(-len(points) // _MOST_CELLS))
    cells = []
    task = points[0].task
    for start in range(0, len(points), size):
        bundle = points[start : start + size]
        worst = max(bundle, key=lambda moment: _WORST[colour(moment)])
        if bundle[0].task != task:
            cells.append('<span class="gap"></span>')
            task = bundle[0].task
        title = f"{worst.step or ''} {' '.join(worst.title.split())[:90]}".strip()
        cells.append(f'<a class="{colour(worst)}" href="#{escape(worst.anchor)}" title="{shown(title)}" aria-label="{shown(title)}"></a>')
    used = {colour(moment) for moment in points}
    keys = "".join(f'<span><i class="{kind}"></i>{word}</span>' for kind, word in _KEYS if kind in used)
    return f'<h2>The course of it</h2><div class="strip">{"".join(cells)}</div><p class="keys">{keys}</p>'


def _standing_out(made: Review) -> str:
    """Say what a reviewer should look at first."""
    outside = [moment for moment in made.story.moments if moment.is_outside]
    notices = []
    if outside:
        rows = "".join(_linked(moment) for moment in outside[:_MOST_OUTSIDE])
        more = f"<p>… {len(outside) - _MOST_OUTSIDE} more</p>" if len(outside) > _MOST_OUTSIDE else ""
        count = "1 attempt" if len(outside) == 1 else f"{len(outside)} attempts"
        notices.append(f'<div class="notice k-out"><h3>{count} to leave the scope</h3><ul>{rows}</ul>{more}</div>')
    failed = [moment for moment in made.story.moments if moment.kind == "verification" and moment.result == "failed"]
    if failed:
        rows = "".join(_linked(moment) for moment in failed[:_MOST_OUTSIDE])
        notices.append(f'<div class="notice k-bad"><h3>Verifications that failed</h3><ul>{rows}</ul></div>')
    if made.diff is not None and made.diff.foreign:
        names = "".join(f"<li><code>{shown(path)}</code></li>" for path in made.diff.foreign[:_MOST_OUTSIDE])
        notices.append(f'<div class="notice k-ask"><h3>Somebody else wrote in these files while it went on</h3><ul>{names}</ul></div>')
    if not outside:
        notices.insert(0, '<div class="notice k-ok"><h3>No attempt to leave the scope</h3></div>')
    if made.cut:
        rows = "".join(f"<li>{shown(line)}</li>" for line in made.cut)
        notices.append(f'<div class="notice"><h3>Left out of this page</h3><ul>{rows}</ul></div>')
    return "".join(notices)


def _linked(moment: Moment) -> str:
    """Name a point with a link to it."""
    detail = ", ".join(moment.put_back[:4]) or ", ".join(used.host for used in moment.connections if not used.is_allowed)
    rule = f" <code>{shown(moment.rule)}</code>" if moment.rule else ""
    title = " ".join(moment.title.split())[:140]
    title = title if " " in title else f"{title} {brief(moment.arguments)}".strip()
    extra = f": {shown(detail)}" if detail else ""
    return f'<li><a href="#{escape(moment.anchor)}">step {moment.step}</a> {shown(title)}{rule}{extra}</li>'


def _tools(made: Review) -> str:
    """Offer filters for what there is."""
    present = {name for moment in made.story.moments for name in filters(moment)}
    buttons = "".join(
        f'<button type="button" data-k="{name}" aria-pressed="false">{word}</button>' for name, word in _FILTERS if name in present
    )
    if not buttons:
        return "<h2>Step by step</h2>"
    return f'<h2>Step by step</h2><div class="tools">{buttons}<input type="search" placeholder="Filter by words" aria-label="Filter by words"><span class="soft kept" aria-live="polite"></span></div>'


def _evidence(evidence: tuple[EvidenceTaken, ...]) -> str:
    """Show what the platform itself saw."""
    if not evidence:
        return ""
    rows = "".join(_seen(item) for item in evidence)
    head = "<thead><tr><th>Task</th><th>Evidence</th><th>Criteria</th><th>Command</th><th>Result</th></tr></thead>"
    return f'<h2>Evidence</h2><p>Recorded by the platform from its own runs of the tests, whatever the model said.</p><table class="seen">{head}<tbody>{rows}</tbody></table>'


def _seen(item: EvidenceTaken) -> str:
    counts = f", {item.passed or 0} passed, {item.failed or 0} failed" if item.passed is not None or item.failed is not None else ""
    tests = f"<br>{shown(', '.join(path for path, _ in item.tests))}" if item.tests else ""
    kind = f"{item.kind}; no file was changed, {item.accepted_by} accepted it as already met" if item.accepted_by else item.kind
    return (
        f"<tr><td>{shown(item.task)}</td><td>{shown(kind)}</td><td>{shown(', '.join(item.criteria)) or '–'}</td>"
        f'<td><code>{shown(item.command)}</code>{tests}</td><td>exit {item.exit_code}{counts}<br><span class="soft">{shown(item.output[:19])}…</span></td></tr>'
    )


def _changes(made: Review) -> str:
    """Show the final diff, file by file."""
    if made.diff is None:
        return ""
    if not made.diff.files:
        return "<h2>What it changed</h2><p>No file.</p>"
    added, removed = (sum(getattr(item, name) for item in made.diff.files) for name in ("added", "removed"))
    room = _MOST_DIFF * 10
    files = []
    for item in made.diff.files:
        files.append(_file(item, min(room, _MOST_DIFF)))
        room = max(0, room - len(item.text))
    count = "1 file" if len(made.diff.files) == 1 else f"{len(made.diff.files)} files"
    commits = ", ".join(f"{commit[:10]} (task {task})" for task, commit in made.commits)
    listed = f"<p>Commits: {shown(commits)}.</p>" if commits else ""
    lines = counted(added, "line")
    return f'<h2>What it changed</h2><p>{count}, <span class="ok">{lines} added</span>, <span class="bad">{removed} removed</span>.</p>{listed}<div class="files">{"".join(files)}</div>'


def _file(item: FilePatch, room: int) -> str:
    """Show one file's change."""
    note = shown(item.note) if item.note else f'<span class="ok">+{item.added}</span> <span class="bad">−{item.removed}</span>'
    text = item.text if len(item.text) <= room else f"{item.text[:room]}\n[… {len(item.text) - room:,} characters cut …]"
    head = f'<code>{shown(item.path)}</code><span class="soft">{item.status} {note}</span>'
    return f"<details><summary>{head}</summary>{diff(text) if text else ''}</details>"


def _beyond(made: Review) -> str:
    """List what no revert takes back, and say how to take back the rest."""
    run = shown(made.begun.run)
    rows = "".join(
        f'<li><b>{shown(item.kind)}</b> {shown(item.what)} <span class="soft">step {item.step}{f", {item.count} times" if item.count > 1 else ""}</span></li>'
        for item in made.beyond
    )
    stays = (
        f'<div class="notice k-bad"><h3>This cannot be taken back</h3><ul>{rows}</ul></div>'
        if rows
        else '<div class="notice k-ok"><h3>Nothing left this machine</h3><p>No connection was allowed and nothing was pushed, as far as the journal tells.</p></div>'
    )
    commands = (
        f"setsquare revert {run} --dry-run\nsetsquare revert {run} --commit\nsetsquare checkpoints {run}\nsetsquare restore {run} --step N"
    )
    return f"<h2>Taking it back</h2>{stays}<pre>{commands}</pre>"


def _took(start: str, end: str) -> str:
    """Write the time between two moments.

    >>> _took("2026-01-01T00:00:00Z", "2026-01-01T00:02:05Z")
    '2 min 5 s'
    """
    try:
        seconds = int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    except (ValueError, TypeError):
        return "?"
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min {seconds % 60} s" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"


def _short(count: int) -> str:
    """Write a large number briefly.

    >>> _short(950), _short(12_400), _short(3_200_000)
    ('950', '12.4k', '3.2M')
    """
    return f"{count / 1e6:.1f}M" if count >= 1_000_000 else f"{count / 1e3:.1f}k" if count >= 1_000 else str(count)
