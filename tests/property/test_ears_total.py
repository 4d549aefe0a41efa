"""The EARS parser gives a statement for any text, with ranges that lie in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.spec.ears import parse
from setsquare.spec.template import Template

ENGLISH = (
    "WHEN when If IF while WHERE THEN then the THE SHALL shall must should can NOT not and only unless until within 5 ms X_y system it. , ; : "
    '` " ( ) ** * _ - 1. [ ]( <!-- -->'
)
OTHERS = "期间 中は 만약 경우, 면 때, 하는 동안 Falls muss das nicht если то не должен khi thì phải 若 则 かつ または 5秒内 within 2. ; otherwise - a) 、 ， 当 时 应 如果 场合 システム は こと しなければならない quand doit cuando если должна 해야"
WORDS = st.sampled_from([*ENGLISH.split(" "), *OTHERS.split(" "), "\n", " ", "- ", "\udc92", "\x01"])
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join))


# req: check/1.3
@given(TEXTS)
def test_parse_is_total(text: str) -> None:
    statement = parse(text)
    assert statement.text == text
    for start, end in (statement.subject_at, statement.modal_at, *((clause.start, clause.end) for clause in statement.clauses)):
        assert 0 <= start <= end <= len(text)
    spans = [(one.start, one.end) for one in statement.postconditions]
    for one in statement.responses:
        spans += [(one.start, one.end), *((clause.start, clause.end) for clause in one.clauses)]
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    for clause in statement.clauses:
        assert text[clause.start : clause.end].startswith(clause.keyword)
        assert clause.atoms
    assert len(statement.prose) == len(text)
    assert statement.form.value in {"canonical", "then_no_comma", "postfix", "n/a"}
    assert text[slice(*statement.modal_at)] == statement.modal
    assert bool(statement.modal) == bool(statement.modal_kind)


@given(TEXTS)
def test_templates_change_no_text(text: str) -> None:
    templates = (Template(name="a", keyword="not", pattern="event", then="and"), Template(name="b", keyword="5 ms", pattern="state"))
    statement = parse(text, templates)
    assert statement.text == text
    assert all(0 <= clause.start <= clause.end <= len(text) for clause in statement.clauses)


@given(TEXTS)
def test_parse_is_deterministic(text: str) -> None:
    assert parse(text) == parse(text)
