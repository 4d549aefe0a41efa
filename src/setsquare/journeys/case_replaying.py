"""Plays a case in a folder of its own, and finds fewer turns that end the same way."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.case import Case, Ending, Said
from setsquare.journeys.case_exporting import ending
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_task import RunRequest, begun, prepared
from setsquare.journeys.trusting import grant
from setsquare.workspace.settings import Autonomy

LIMIT_TRIES = 60
"""How many playings the search for a smaller case may take."""


class Replayed(Struct, frozen=True, kw_only=True):
    """What a playing gave."""

    run: str
    ending: Ending
    is_same: bool


# req: agent-runtime/6.5
def replayed(app: App, case: Case) -> Replayed:
    """Run a case's task in the app's folder, which holds the case's files as its only commit and whose model says the recorded turns.

    Raises:
        Refused: the spec is not approved as it is in the case, or there is no sandbox.
    """
    workspace = opened(app)
    grant(app, workspace)
    request = RunRequest(
        spec=case.spec,
        tasks=case.task,
        mode=Mode(case.mode),
        verify=case.verify,
        limit_steps=case.limit_steps,
        autonomy=Autonomy(case.autonomy),
        environment=case.environment,
    )
    found = prepared(app, workspace, named_spec(workspace, case.spec), request)
    report = begun(app, replace(found, tasks=(case.task,)), request)
    seen = ending([entry.event for entry in app.journals.open(report.run).entries()])
    return Replayed(run=report.run, ending=seen, is_same=seen.code == case.ending.code)


def smallest(case: Case, ends_same: Callable[[Case], bool]) -> Case:
    """Leave out turns as long as the case ends the same way; half of them at first, then ever fewer at once.

    Source: "Simplifying and Isolating Failure-Inducing Input", Zeller and Hildebrandt, 2002 (its complement step).

    >>> turns = tuple(Said(fails=str(number)) for number in range(8))
    >>> case = Case(made_with="", run="", spec="", task="", mode="", autonomy="", verify="", ending=Ending(code="x"), said=turns)
    >>> [turn.fails for turn in smallest(case, lambda each: {"2", "5"} <= {turn.fails for turn in each.said}).said]
    ['2', '5']
    """
    said, pieces, tries = case.said, 2, 0
    while len(said) > 1 and tries < LIMIT_TRIES:
        shorter: tuple[Said, ...] | None = None
        for kept in _without_one_piece(said, pieces):
            tries += 1
            if ends_same(replace(case, said=kept)):
                shorter = kept
                break
            if tries >= LIMIT_TRIES:
                break
        if shorter is not None:
            said, pieces = shorter, max(2, pieces - 1)
        elif pieces >= len(said):
            break
        else:
            pieces = min(len(said), pieces * 2)
    return replace(case, said=said)


def _without_one_piece(said: tuple[Said, ...], pieces: int) -> list[tuple[Said, ...]]:
    """Leave out each of so many pieces in turn."""
    width = max(1, len(said) // pieces)
    return [said[:start] + said[start + width :] for start in range(0, len(said), width)]
