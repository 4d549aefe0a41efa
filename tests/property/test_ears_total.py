"""The EARS parser gives a statement for any text, with ranges that lie in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.spec.ears import parse

ENGLISH = (
    "WHEN when If IF while WHERE THEN then the THE SHALL shall must should can NOT not and only unless until within 5 ms X_y system it. , ; : "
    '` " ( ) ** * _ - 1. [ ]( <!-- -->'
)
OTHERS = "、 ， 当 时 应 如果 场合 システム は こと しなければならない quand doit cuando если должна 해야"
WORDS = st.sampled_from([*ENGLISH.split(" "), *OTHERS.split(" "), "\n", " ", "- ", "\udc92", "\x01"])
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join))


# req: check/1.3
@given(TEXTS)
def test_parse_is_total(text: str) -> None:
    statement = parse(text)
    assert statement.text == text
    for start, end in (statement.subject_at, statement.modal_at, *((clause.start, clause.end) for clause in statement.clauses)):
        assert 0 <= start <= end <= len(text)
    assert text[slice(*statement.modal_at)] == statement.modal
    assert bool(statement.modal) == bool(statement.modal_kind)


@given(TEXTS)
def test_parse_is_deterministic(text: str) -> None:
    assert parse(text) == parse(text)
