"""Makes the page of a tour: what was wanted, who approved it, what the agent did, what the platform verified, how it all hangs together."""

from __future__ import annotations

import re
from html import escape

from setsquare.events.facts import VerificationFinished
from setsquare.journeys.run_log import LogStep
from setsquare.journeys.touring import SPEC, Gate, TourOutcome
from setsquare.surfaces.cli.report.page import card, diff, page
from setsquare.surfaces.cli.report.trace_section import state_of, trace_section
from setsquare.text.counted import counted
from setsquare.usage.meter import cost_text

_STARTED = re.compile(r"task (\S+) started: (.*)")
_KEYWORDS = re.compile(r"\b(When|While|Where|If|then|shall)\b", re.IGNORECASE)


def tour_page(outcome: TourOutcome, folder: str) -> str:
    """Make the whole page."""
    parts = (
        _top(outcome, folder),
        _trace(outcome),
        _proof(outcome),
        _work(outcome),
        _gates(outcome),
        _wanted(outcome),
        _closing(outcome, folder),
    )
    return page("Setsquare tour: user authentication", "".join(parts))


def _top(outcome: TourOutcome, folder: str) -> str:
    """Say in one screen what happened."""
    report = outcome.report
    tested = sum(state_of(row) == "tested" for row in outcome.rows)
    failed = sum(not event.is_accepted for event in outcome.verifications)
    is_done = report is not None and report.status == "done"
    verdict = "Done" if is_done else "Not executed" if report is None else "Stopped"
    lead = (
        "From requirements to verified, traced, committed code, on a small HTTP service."
        if is_done
        else "No sandbox on this machine: nothing was executed."
        if report is None
        else f"The run stopped: {report.reason}"
    )
    cards = [
        card(verdict, "the run", "ok" if is_done else "warn"),
        card(f"{outcome.progress.done} / {outcome.progress.total}", "tasks verified and committed", "ok" if is_done else ""),
        card(f"{tested} / {len(outcome.rows)}", "criteria with code and a test", "ok" if tested == len(outcome.rows) else ""),
        card(f"{len(outcome.verifications)}", f"test runs by the platform, {failed} failed first"),
        card(outcome.sandbox or "none", "sandbox", "" if outcome.sandbox else "bad"),
        card(f"{outcome.took_s:.1f} s", "from start to end"),
    ]
    recorded = (
        "<p><b>Recorded:</b> what the model says and what the person answers. <b>Live:</b> parsing, checks, drafts, approvals, the guard's "
        "decisions, the sandbox, the test runs and the commits. Every answer is bound to a digest of what was shown; a different question "
        "would have got none.</p>"
    )
    return f'<h1>User authentication, from words to code</h1><p class="lead">{escape(lead)}</p><div class="cards">{"".join(cards)}</div>{recorded}<p class="soft">The project lies in <code>{escape(folder)}</code>.</p>'


def _wanted(outcome: TourOutcome) -> str:
    """Show the requirements, keywords marked."""
    rows = "".join(f"<tr><td><b>{escape(row.criterion)}</b></td><td>{_marked(row.text)}</td></tr>" for row in outcome.rows)
    found = f"{len(outcome.findings)} findings" if outcome.findings else "no finding"
    return f'<h2>What was wanted</h2><p>Twelve sentences in EARS, written by a person. The check gave {found}.</p><div class="scroll"><table>{rows}</table></div>'


def _marked(text: str) -> str:
    """Mark the EARS keywords of a sentence."""
    return _KEYWORDS.sub(r"<b>\1</b>", escape(text))


def _gates(outcome: TourOutcome) -> str:
    """Show the three approval gates."""
    return f'<h2>Who approved it</h2><p>Each approval is bound to the bytes of the file. Any later change voids it and stops the run.</p><ol class="steps">{"".join(_gate(gate) for gate in outcome.gates)}</ol>'


def _gate(gate: Gate) -> str:
    """Show one gate with what the person saw."""
    approval = gate.approved.approval
    tag = f' <span class="tag">{escape(gate.approved.tag)}</span>' if gate.approved.tag else ""
    return (
        f'<li class="ask"><b>{escape(gate.stage.value.capitalize())}</b> approved by {escape(approval.by)} as {escape(approval.role)}{tag}'
        f'<br><span class="soft">commit {escape(gate.approved.commit[:10])} · {escape(approval.digest[:26])}…</span>'
        f"<details><summary>What was shown</summary><pre>{escape(gate.shown)}</pre></details></li>"
    )


def _work(outcome: TourOutcome) -> str:
    """Show the run task by task, the steps of each folded away except the first."""
    if outcome.history is None:
        return "<h2>What the agent did</h2><p>Nothing: without a sandbox no command is run.</p>"
    groups: list[list[LogStep]] = []
    for step in outcome.history.steps:
        if not groups or _STARTED.match(step.what):
            groups.append([])
        groups[-1].append(step)
    tasks = [group for group in groups if _STARTED.match(group[0].what)]
    return (
        f"<h2>What the agent did, and who decided</h2><p>Run <code>{escape(outcome.history.run)}</code>. Every action was decided by a rule before it "
        f"happened and written to the journal first.</p>{''.join(_task(group, is_open=index == 0) for index, group in enumerate(tasks))}"
    )


def _task(steps: list[LogStep], *, is_open: bool) -> str:
    """Show one task's steps with a summary of them."""
    started = _STARTED.match(steps[0].what)
    title = f"Task {started[1]}: {started[2]}" if started else ""
    actions = [step for step in steps if step.permission]
    refused = sum(step.result == "refused" for step in actions)
    asked = sum(step.permission == "ask" for step in actions)
    runs = [step for step in steps if step.what.startswith("verified with")]
    failed = sum(step.result == "failed" for step in runs)
    said = [counted(len(actions), "action"), f"{asked} asked" if asked else "", f"{refused} refused" if refused else ""]
    said += [f"verified after {failed} failed test run{'s' if failed > 1 else ''}" if failed else "verified at once"]
    rows = "".join(_step(step) for step in steps[1:])
    return (
        f'<details{" open" if is_open else ""}><summary><b>{escape(title)}</b> <span class="soft">{", ".join(part for part in said if part)}</span></summary>'
        f'<div class="scroll"><table class="steps">{rows}</table></div></details>'
    )


def _step(step: LogStep) -> str:
    """Show one line of the run."""
    kind = {"ok": "ok", "failed": "bad", "refused": "warn"}.get(step.result, "")
    mark = {"ok": "✓", "failed": "✗", "refused": "⊘"}.get(step.result, "")
    decided = f'<span class="tag">{escape(step.permission)}: {escape(step.rule)}</span>' if step.permission else ""
    who = step.who.partition(" <")[0]
    return f'<tr><td class="{kind}">{mark}</td><td class="soft">{escape(who)}</td><td>{escape(" ".join(step.what.split())[:220])}</td><td>{decided}</td></tr>'


def _proof(outcome: TourOutcome) -> str:
    """Show what the platform's own test runs said."""
    if not outcome.verifications:
        return ""
    return f"<h2>What the platform verified itself</h2><p>The agent's word counts for nothing here: the box is ticked only after this command passed in the sandbox.</p>{''.join(_verification(event) for event in outcome.verifications)}"


def _verification(event: VerificationFinished) -> str:
    """Show one test run; a failed one opens by itself."""
    word, kind, opened = ("passed", "ok", "") if event.is_accepted else ("failed", "bad", " open")
    return f'<details{opened}><summary><b class="{kind}">{word}</b> <code>{escape(event.command)}</code>, exit {event.exit_code}, {event.duration_s:.2f} s</summary><pre>{escape(event.output.strip()[-3000:])}</pre></details>'


def _trace(outcome: TourOutcome) -> str:
    """Show the picture."""
    return f"<h2>How it all hangs together</h2><p>From each criterion to the design that answers it, the task that built it, the code and the test that name it. Green: a task is done and a test verifies it.</p>{trace_section(outcome.rows)}"


def _closing(outcome: TourOutcome, folder: str) -> str:
    """Show the cost, the drafts, and what to do next."""
    meter = outcome.meter
    tokens = (
        f"{meter.input_tokens:,} in, {meter.output_tokens:,} out"
        if meter.input_tokens is not None and meter.output_tokens is not None
        else "not counted"
    )
    drafts = "".join(
        f"<details><summary>{escape(made.path)}, drafted without a model</summary>{diff(made.diff)}</details>" for made in outcome.drafts
    )
    commands = f"cd {folder}\nsetsquare status\nsetsquare log {outcome.report.run if outcome.report else ''}\nsetsquare trace matrix {SPEC}\ngit log --stat"
    return f"<h2>What it cost</h2><p>{meter.calls} model answers, tokens {tokens}; {cost_text(0.0)} was spent, because no provider was called.</p><h2>The drafts</h2>{drafts}<h2>Go on</h2><pre>{escape(commands)}</pre>"
