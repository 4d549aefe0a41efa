"""Events that lie in several pieces, told from some of their ids."""

from __future__ import annotations

import hashlib

import pytest

from setsquare.powers.iam.usage import overlapping
from setsquare.powers.iam.usage.events import Record
from setsquare.powers.iam.usage.folding import LEAST_SAMPLE, MOST_SAMPLE, ONE_IN, fold
from setsquare.powers.iam.usage.overlapping import Overlaps


def ids(begin: int, end: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(begin, end)]


def found(*pieces: list[str]) -> Overlaps:
    made = Overlaps()
    for at, piece in enumerate(pieces):
        made.add(f"{at}.json", fold([Record(eventID=each, eventTime="2026-01-05T00:00:00Z") for each in piece]).seen.ids)
    return made


@pytest.mark.parametrize("size", [40, 1_000, 20_000])
def test_two_pieces_that_share_a_half_are_found_and_the_share_is_near(size: int) -> None:
    (gap,) = found(ids(0, size), ids(size // 2, size + size // 2)).gaps()
    assert "0.json and 1.json" in gap.reason
    share = int(gap.reason.partition("about ")[2].partition(" ")[0])
    assert 10 <= share <= 40


def test_pieces_that_share_nothing_say_nothing() -> None:
    assert found(ids(0, 3_000), ids(3_000, 6_000), ids(6_000, 6_010)).gaps() == ()


def test_few_ids_are_kept_whatever_they_are() -> None:
    assert len(fold([Record(eventID=each) for each in ids(0, 10)]).seen.ids) == 10
    assert len(fold([Record(eventID=f"00{number:09}") for number in range(6_400)]).seen.ids) == 6_400 // ONE_IN > LEAST_SAMPLE
    assert len(fold([Record(eventID=f"{number:09}") for number in range(ONE_IN * MOST_SAMPLE + 6_400)]).seen.ids) == MOST_SAMPLE


def test_no_more_than_so_many_ids_are_held_and_overlaps_are_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlapping, "MOST_HELD", 200)
    made = found(*[ids(at * 100, at * 100 + 150) for at in range(100)])
    assert len(made._held) <= 200
    assert made.gaps()[0].code == "counted-twice"
