"""Whatever a run and people write to a file in turn: after a revert nothing of the run stands outside of listed conflicts, and nothing of people is gone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.journeys.run_provenance import Change, Touch
from setsquare.journeys.run_undo import stretches, undone
from setsquare.ports.trees import Held
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest

PATH = RelPath("src/a.txt")
EDITS = st.lists(st.tuples(st.sampled_from("idrw"), st.integers(0, 30)), min_size=1, max_size=4)
TURNS = st.lists(st.tuples(st.booleans(), EDITS), min_size=1, max_size=8)


def edited(lines: list[str] | None, edits: list[tuple[str, int]], names: Iterator[str]) -> list[str] | None:
    """Insert, delete and replace lines; now and then the whole file goes or is written anew."""
    made = list(lines or [])
    for kind, at in edits:
        place = at % (len(made) + 1)
        if kind == "i" or not made:
            made.insert(place, next(names))
        elif kind == "d":
            del made[place % len(made)]
        elif kind == "r":
            made[place % len(made)] = next(names)
        elif at == 0:
            return None
        else:
            made.append(next(names))
    return made


def held(lines: list[str] | None) -> Held | None:
    return None if lines is None else Held("100644", "".join(f"{line}\n" for line in lines).encode())


# req: agent-runtime/4.3
@settings(max_examples=400)
@given(start=st.integers(0, 8), turns=TURNS, has_file=st.booleans())
def test_no_line_of_the_run_stands_and_no_line_of_a_person_is_lost(start, turns, has_file):
    by_run, by_person = (f"run {n}" for n in itertools.count()), (f"person {n}" for n in itertools.count())
    current = [f"old {n}" for n in range(start)] if has_file else None
    changes: list[Change] = []
    for number, (is_run, edits) in enumerate(turns):
        before = held(current)
        current = edited(current, edits, by_run if is_run else by_person)
        after = held(current)
        if is_run and after != before:
            name = "" if after is None else digest(after.raw)
            changes.append(Change(touch=Touch(entry=number, step=number, task="1", path=PATH, after=name), old=before, new=after))
    now = held(current)
    result = undone(PATH, PATH, now, stretches(tuple(changes)))
    lines = result.target.raw.decode().splitlines() if result.target else []
    for line in current or []:
        assert line in lines or not line.startswith("person"), "a person's line is lost"
    for number, line in enumerate(lines, 1):
        is_listed = bool(result.reason) or any(place.first <= number <= place.last for place in result.conflicts)
        assert not line.startswith("run") or is_listed, "a line of the run stands"
    if all(is_run for is_run, _ in turns) and changes:
        assert result.target == changes[0].old
