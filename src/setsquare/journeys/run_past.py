"""Tells the model what was done and decided before, so that a feature of many days goes on with the same spec, decisions and log.

Only what the platform computed and what people said is told, with the titles of approved tasks: the words of an earlier run's model would let one
run steer the next.

Source: requirements F6; safety.md AT18 (memory that was poisoned).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from setsquare.errors import JournalDamaged, StorageFailed, Unreadable
from setsquare.events.facts import ActionDecided, ActionObserved, Event, HumanAnswered, RunStarted
from setsquare.journeys.app import App
from setsquare.journeys.recording import lifecycle
from setsquare.journeys.run_selection import named_tasks
from setsquare.spec.spec_history import Kind
from setsquare.text.document import decode
from setsquare.text.paths import joined
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_ENTRY = re.compile(r"^## (?P<at>\S+) (?P<spec>.+) (?P<task>\S+)$", re.MULTILINE)
_FACTS = re.compile(r"^- run: (?P<run>\S+) \| base: \S* \| files: (?P<files>\d+) \| tests: (?P<tests>[^|\n]{1,60})", re.MULTILINE)
_DECIDED = frozenset({Kind.APPROVED, Kind.STATUS, Kind.REGENERATED, Kind.SPLIT, Kind.ROLLED_BACK, Kind.ACCEPTED})
_MOST_DONE = 8
_MOST_DECIDED = 6
_MOST_SAID = 6
_MOST_RUNS = 10
_LIMIT_CHARS = 240


def past(app: App, workspace: Workspace, spec: Spec) -> str:
    """Sum up the spec's log and what people decided, the newest last; empty where nothing was."""
    done = list(_done(app, spec))[-_MOST_DONE:]
    decided = [
        _line(f"{item.at[:10]} {item.by}: {item.kind.value} {item.detail}")
        for item in lifecycle(workspace, spec).happenings
        if item.kind in _DECIDED
    ]
    said = list(_said(app, spec))[-_MOST_SAID:]
    parts = (("Done before:", done), ("Decided:", decided[-_MOST_DECIDED:]), ("People said in earlier work:", said))
    return "\n".join("\n".join((head, *(f"- {line}" for line in lines))) for head, lines in parts if lines)


def _done(app: App, spec: Spec) -> Iterator[str]:
    """List the log's entries of the spec, each with the title that was approved."""
    raw = app.files.read(joined(spec.root, "task-log.md"))
    text = decode(raw) if raw else ""
    tasks = named_tasks(spec.tasks) if spec.tasks else {}
    for entry in _ENTRY.finditer(text):
        if entry["spec"] != spec.name:
            continue
        facts = _FACTS.search(text[entry.end() : entry.end() + 2_000].partition("\n## ")[0])
        title = tasks[entry["task"]].title if entry["task"] in tasks else "(not in the list any more)"
        rest = f"; {facts['files']} files, tests: {facts['tests'].strip()}" if facts else ""
        yield _line(f"{entry['at'][:10]} task {entry['task']} {title}{rest}")


def _said(app: App, spec: Spec) -> Iterator[str]:
    """List what people refused, and what they added to an answer, in the latest runs of the spec."""
    for run in app.journals.runs()[-_MOST_RUNS:]:
        try:
            events = tuple(entry.event for entry in app.journals.open(run).entries())
        except (JournalDamaged, StorageFailed, Unreadable):
            continue
        if any(isinstance(event, RunStarted) and event.spec == spec.name for event in events):
            yield from _answers(events)


def _answers(events: Iterable[Event]) -> Iterator[str]:
    """List a run's answers that say more than yes."""
    about = ""
    for event in events:
        if isinstance(event, ActionDecided):
            about = f"{event.tool} {event.arguments}"[:100]
        elif isinstance(event, ActionObserved):
            about = f"going on after {about}"
        elif isinstance(event, HumanAnswered) and (event.answer == "no" or (event.answer == "yes" and event.note)):
            yield _line(f"{event.by or 'a person'} said {event.answer} to `{about}`{': ' if event.note else ''}{event.note}")


def _line(text: str) -> str:
    """Put a text on one line of bounded length."""
    return " ".join(text.split())[:_LIMIT_CHARS]
