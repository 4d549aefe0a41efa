"""Criteria are known again after edits, by the strongest evidence there is."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from msgspec.structs import replace

from setsquare.spec.fingerprint import wording
from setsquare.spec.lock import Lock, LockedCriterion
from setsquare.spec.rematch import Change, Pairing, meaning_of, rematch
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Criterion

SIGN_IN = "WHEN a user signs in, THE Auth SHALL issue a token and log the event"
SAVE = "WHEN a user clicks Save, THE System SHALL store the form"
EXPIRY = "IF the token expires, THEN THE Auth SHALL reject the request within 200 ms"
BELL = "THE Bell SHALL ring"


def document(*texts: str) -> list[Criterion]:
    return [
        Criterion(id=f"1.{at}", text=text, path=RelPath("r.md"), line=at, span=Span(0, 0), text_span=Span(0, 0))
        for at, text in enumerate(texts, 1)
    ]


def lock_of(*texts: str) -> Lock:
    return Lock(
        spec="login",
        criteria=tuple(
            LockedCriterion(uid=f"uid{at:05}", id=f"1.{at}", text=text, wording=wording(text), meaning=meaning_of(text))
            for at, text in enumerate(texts, 1)
        ),
    )


def changes(lock: Lock, *texts: str) -> list[tuple[str, str]]:
    """Give the changes with the old id, in the document's order, then what is gone."""
    return [(pairing.old.id if pairing.old else "", pairing.change.value) for pairing in rematch(lock, document(*texts))]


# req: spec-engine/2.1
def test_nothing_changed() -> None:
    assert changes(lock_of(SIGN_IN, BELL, BELL), SIGN_IN, BELL, BELL) == [("1.1", "same"), ("1.2", "same"), ("1.3", "same")]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((BELL, SIGN_IN, SAVE, EXPIRY), [("", "added"), ("1.1", "renumbered"), ("1.2", "renumbered"), ("1.3", "renumbered")]),
        ((SIGN_IN, EXPIRY), [("1.1", "same"), ("1.3", "renumbered"), ("1.2", "removed")]),
        ((SAVE, SIGN_IN, EXPIRY), [("1.2", "renumbered"), ("1.1", "renumbered"), ("1.3", "same")]),
        ((SIGN_IN, SAVE.lower(), EXPIRY), [("1.1", "same"), ("1.2", "reworded"), ("1.3", "same")]),
        ((SIGN_IN, SAVE, EXPIRY.replace("200", "100")), [("1.1", "same"), ("1.2", "same"), ("1.3", "changed")]),
        (
            (BELL, SIGN_IN, SAVE, EXPIRY.replace("200", "100")),
            [("", "added"), ("1.1", "renumbered"), ("1.2", "renumbered"), ("1.3", "changed")],
        ),
        (
            (SIGN_IN, "WHEN an admin leaves, THE Mailer SHALL remove the record", EXPIRY),
            [("1.1", "same"), ("", "added"), ("1.3", "same"), ("1.2", "removed")],
        ),
        (
            ("WHEN a user signs in, THE Auth SHALL issue a token", "WHEN a user signs in, THE Auth SHALL log the event", SAVE, EXPIRY),
            [("1.1", "split"), ("", "split"), ("1.2", "renumbered"), ("1.3", "renumbered")],
        ),
        ((SIGN_IN, f"{SAVE} <!-- ac:save -->", EXPIRY), [("1.1", "same"), ("1.2", "same"), ("1.3", "same")]),
    ],
)
def test_an_edit(after: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert changes(lock_of(SIGN_IN, SAVE, EXPIRY), *after) == expected


def test_a_merge_keeps_one_uid_and_names_the_other() -> None:
    lock = lock_of("WHEN a user signs in, THE Auth SHALL issue a token", "WHEN a user signs in, THE Auth SHALL log the event", SAVE)
    found = rematch(lock, document(SIGN_IN, SAVE))
    assert [(item.uid, item.change) for item in found if item.partners] == [("uid00001", Change.MERGED), ("uid00002", Change.MERGED)]
    assert found[0].partners == ("uid00002",)


def test_every_old_uid_stands_exactly_once_and_new_uids_are_new() -> None:
    lock = lock_of(SIGN_IN, SAVE, EXPIRY, BELL, BELL)
    for texts in ((), (BELL,), (BELL, BELL, BELL, BELL), (EXPIRY, "x", SAVE), (SIGN_IN + SAVE, EXPIRY, EXPIRY)):
        uids = [item.uid for item in rematch(lock, document(*texts))]
        assert len(set(uids)) == len(uids)
        assert {criterion.uid for criterion in lock.criteria} <= set(uids)


def test_a_deleted_duplicate_is_the_one_between_other_neighbours() -> None:
    lock = lock_of(SIGN_IN, BELL, SAVE, BELL, EXPIRY)
    found = {item.uid: item for item in rematch(lock, document(SIGN_IN, SAVE, BELL, EXPIRY))}
    assert found["uid00002"].change is Change.REMOVED
    assert found["uid00004"].new is not None
    assert found["uid00004"].new.id == "1.3"


def test_a_removed_criterion_that_comes_back_has_its_uid() -> None:
    lock = lock_of(SIGN_IN, SAVE)
    gone = replace(lock, criteria=(lock.criteria[0], replace(lock.criteria[1], is_removed=True)))
    back = rematch(gone, document(SIGN_IN, SAVE))[1]
    assert (back.uid, back.change) == ("uid00002", Change.ADDED)


def test_a_reverted_edit_has_the_old_meaning() -> None:
    lock = lock_of(EXPIRY)
    assert rematch(lock, document(EXPIRY))[0].meaning == lock.criteria[0].meaning


def test_an_anchor_outweighs_every_other_evidence() -> None:
    lock = lock_of(SIGN_IN, SAVE)
    named = replace(lock, criteria=(replace(lock.criteria[0], anchor="7f3a"), lock.criteria[1]))
    found = rematch(named, document(SAVE, f"{BELL} <!-- ac:7f3a -->"))
    assert [(item.uid, item.change) for item in found] == [("uid00002", Change.RENUMBERED), ("uid00001", Change.CHANGED)]
    twice = rematch(named, document(f"{BELL} <!-- ac:7f3a -->", f"{SAVE} <!-- ac:7f3a -->"))
    assert [item.uid for item in twice if item.old and item.new] == ["uid00002"]


def test_uids_do_not_depend_on_what_else_stands_there() -> None:
    alone, beside = (rematch(Lock(spec="login"), document(*texts)) for texts in ((SAVE,), (SIGN_IN, SAVE)))
    assert alone[0].uid == beside[1].uid
    assert alone[0].uid != rematch(Lock(spec="other"), document(SAVE))[0].uid


def test_ten_thousand_criteria_are_matched_in_near_linear_time() -> None:
    cost: list[float] = []
    for size in (1000, 4000):
        texts = [f"WHEN user {at} does {at % 97}, THE System{at % 7} SHALL store value{at} within {at % 50} s" for at in range(size)]
        lock = lock_of(*texts)
        worst = [text.replace("store", "keep") for text in texts]
        start = process_time()
        found: tuple[Pairing, ...] = rematch(lock, document("THE Bell SHALL ring", *worst))
        cost.append(process_time() - start)
        assert all(item.change is Change.CHANGED for item in found[1:])
    assert all(later < 12 * sooner for sooner, later in pairwise(cost))
