"""`setsquare consents`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.answering import answered
from setsquare.ports.approver import Answer
from setsquare.ports.consents import Pending
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import safe, table
from setsquare.wire import audit_here, consents_here, person_here

_ANSWERS = ("yes", "no")


class Options(Struct, frozen=True, kw_only=True):
    """What to do with which question; `digest` is what a program says that it showed."""

    action: str
    question: str | None
    answer: str | None
    note: str
    digest: str | None


class Waiting(Struct, frozen=True, kw_only=True):
    """A question that waits; `shown` is all that a person must see, `digest` names exactly that."""

    id: str
    kind: str
    title: str
    shown: str
    digest: str
    asked_s: float
    until_s: float
    answered: bool


class Result(Struct, frozen=True, kw_only=True):
    """What waits, and what was answered now."""

    schema: str = "setsquare/consents/1"
    waiting: tuple[Waiting, ...]
    answered: str = ""
    answer: str = ""


PARAMS = (
    click.argument("action", required=False, default="list", type=click.Choice(["list", "show", "answer"])),
    click.argument("question", required=False, metavar="[ID]"),
    click.argument("answer", required=False, type=click.Choice(_ANSWERS)),
    click.option("--note", default="", help="What to tell the agent with the answer."),
    click.option("--digest", default=None, help="The digest that was shown; the answer counts only for it."),
)


@made("consents", Options, PARAMS)
def command(options: Options) -> Output:
    """List the questions of runs that ask with `--consent mailbox`, show one, or answer it.

    An answer counts once, for exactly the question that was shown, until its time is over. An agent can neither read nor write here.
    """
    waiting = consents_here().pending()
    if options.action == "list":
        result = Result(waiting=tuple(map(_waiting, waiting)))
        return Output(result=result, text=_list(waiting))
    found = _found(waiting, options.question)
    if options.action == "show":
        return Output(result=Result(waiting=(_waiting(found),)), text=_shown(found))
    if options.answer is None:
        raise Usage("Say yes or no.", f"`setsquare consents answer {found.question.id} yes`")
    if options.digest is not None and options.digest != found.question.digest:
        raise Usage("The digest is not that of the question that waits.", f"Look again: `setsquare consents show {found.question.id}`.")
    answered(consents_here(), audit_here(), found.question, Answer(options.answer), person_here(), options.note)
    rest = tuple(_waiting(each) for each in waiting if each is not found)
    result = Result(waiting=rest, answered=found.question.id, answer=options.answer)
    return Output(result=result, text=f"Answered {options.answer}: {safe(found.question.title)}")


def _found(waiting: tuple[Pending, ...], name: str | None) -> Pending:
    """Find a question by its id.

    Raises:
        Usage: there is none.
    """
    found = next((each for each in waiting if each.question.id == name), None)
    if found is None:
        what = f"No question `{name}` waits here." if name else "Name the question."
        raise Usage(what, "See what waits: `setsquare consents`.")
    return found


def _waiting(each: Pending) -> Waiting:
    """Shape a question for programs."""
    question = each.question
    return Waiting(
        id=question.id,
        kind=question.kind,
        title=question.title,
        shown=question.whole,
        digest=question.digest,
        asked_s=each.asked_s,
        until_s=each.until_s,
        answered=each.is_answered,
    )


def _list(waiting: tuple[Pending, ...]) -> str:
    """List what waits."""
    if not waiting:
        return "Nothing waits for an answer."
    rows = [(each.question.id, "answered" if each.is_answered else "waits", safe(each.question.title)) for each in waiting]
    return "\n".join((table(rows), "", "Read one: setsquare consents show ID    answer it: setsquare consents answer ID yes|no"))


def _shown(found: Pending) -> str:
    """Show a question as the terminal of the run would."""
    question = found.question
    text = "\n".join(safe(line) for line in question.whole.split("\n"))
    return f"{text}\n\n{safe(question.title)}  [{question.digest[:19]}]\nAnswer: setsquare consents answer {question.id} yes|no"
