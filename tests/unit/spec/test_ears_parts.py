"""The parts of a sentence: atoms, obligations, conditions behind the response, time bounds, form, a team's own openings."""

from __future__ import annotations

import time

import pytest

from setsquare.spec.ears import parse
from setsquare.spec.statement import Form, Pattern
from setsquare.spec.template import Template


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("WHEN a user pays, THE X SHALL go", [("", "a user pays")]),
        ("WHEN a is 1 AND b is 2, THE X SHALL go", [("", "a is 1"), ("and", "b is 2")]),
        ("IF a is empty or b is empty THEN THE X SHALL go", [("", "a is empty"), ("or", "b is empty")]),
        ("WHILE a (b and c) is on and `d or e` is set, THE X SHALL go", [("", "a (b and c) is on"), ("and", "`d or e` is set")]),
        ('WHEN "this and that" is typed, THE X SHALL go', [("", '"this and that" is typed')]),
        ("如果余额不足或账户冻结，系统应拒绝", [("", "余额不足"), ("or", "账户冻结")]),
        ("Si a est vide et b est vide, le système doit agir", [("", "a est vide"), ("and", "b est vide")]),
    ],
)
def test_atoms(text: str, atoms: list[tuple[str, str]]) -> None:
    assert [(atom.join, atom.text) for atom in parse(text).clauses[0].atoms] == atoms


@pytest.mark.parametrize(
    ("text", "obligations"),
    [
        ("THE X SHALL log", [("X", "positive", "log")]),
        ("IF a, THEN THE X SHALL log and THE Y SHALL NOT wait", [("X", "positive", "log"), ("Y", "negative", "wait")]),
        ("IF a, THEN THE X SHALL log and SHALL NOT wait", [("X", "positive", "log"), ("X", "negative", "wait")]),
        ("WHERE a, THE X SHALL b; otherwise THE X SHALL c", [("X", "positive", "b"), ("X", "positive", "c")]),
        (
            "The X shall show a list that shall be sorted and the Y shall hide",
            [("X", "positive", "show a list that shall be sorted"), ("Y", "positive", "hide")],
        ),
        ("The user must sign in and must not share keys", [("user", "positive", "sign in"), ("user", "negative", "share keys")]),
        ("The X will stop and will not restart", [("X", "positive", "stop"), ("X", "negative", "restart")]),
        ("The X shall return 200. The Y shall log it.", [("X", "positive", "return 200"), ("Y", "positive", "log it")]),
        ("THE X SHALL CONTINUE TO serve", [("X", "positive", "CONTINUE TO serve")]),
        ("Users can filter", []),
    ],
)
def test_obligations(text: str, obligations: list[tuple[str, str, str]]) -> None:
    statement = parse(text)
    found = [(one.subject, one.polarity, one.response) for one in statement.responses]
    assert found == obligations or not statement.modal or statement.pattern is Pattern.NONE
    for one in statement.responses:
        assert one.response in text[one.start : one.end]


def test_what_an_obligation_carries() -> None:
    first, second = parse("WHEN a, THE X SHALL b within 5 s; IF c fails, THEN THE Y SHALL CONTINUE TO d").responses
    assert (first.timing and first.timing.value, first.clauses, first.continues) == ("5", (), False)
    assert ([clause.text for clause in second.clauses], second.continues, second.is_restated) == (["c fails"], True, True)
    other = parse("THE X SHALL a; otherwise THE X SHALL b").responses
    assert [one.is_alternative for one in other] == [False, True]
    assert parse("THE X SHALL CONTINUE TO serve").continues
    assert parse("THE X SHALL: - log it - stop").responses[0].items == ("log it", "stop")
    assert parse("The X shall do: 1) log; 2) stop").responses[0].items == ("log", "stop")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("THE X SHALL go unless it rains", [("unless", "it rains")]),
        ("THE X SHALL wait until the lock is free", [("until", "the lock is free")]),
        ("THE X SHALL open only when both keys turn", [("only when", "both keys turn")]),
        ("WHEN a, THE X SHALL lock if b", [("if", "b")]),
        ("THE X SHALL show `if a`", []),
    ],
)
def test_postconditions(text: str, found: list[tuple[str, str]]) -> None:
    statement = parse(text)
    assert [(one.word, one.text) for one in statement.postconditions] == found
    for one in statement.postconditions:
        assert text[one.start : one.start + len(one.word)] == one.word


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ("answer within 200 ms", ("within", "200", "ms", "ms", "")),
        ("answer in less than 1.5 seconds", ("within", "1.5", "seconds", "s", "most")),
        ("poll at least every 5 minutes", ("every", "5", "minutes", "min", "least")),
        ("delete it no later than 3 days after the request", ("within", "3", "days", "d", "most")),
        ("keep logs for at least 90 days", ("for", "90", "days", "d", "least")),
        ("lock for up to 15 minutes", ("for", "15", "minutes", "min", "most")),
        ("retry after 30 s", ("after", "30", "s", "s", "")),
        ("answer within two seconds", ("within", "two", "seconds", "s", "")),
        ("not exceed 300 ms", ("within", "300", "ms", "ms", "most")),
        ("finish within 2 business days", ("within", "2", "business days", "business d", "")),
        ("stop immediately", ("immediately", "", "", "", "")),
        ("wait until it is free", ("until", "", "it is free", "", "")),
        ("store 5 users", None),
    ],
)
def test_time_bounds(response: str, found: tuple[str, ...] | None) -> None:
    timing = parse(f"THE X SHALL {response}").timing
    assert (timing and (timing.op, timing.value, timing.unit, timing.normal_unit, timing.bound)) == found


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("系统应在2秒内响应", "s"),
        ("システムは3秒以内に応答しなければならない", "s"),
        ("시스템은 200밀리초 이내에 응답해야 한다", "밀리초"),
        ("Das System muss innerhalb von 5 Sekunden antworten und die Daten sichern", "s"),
        ("Le système doit répondre en moins de 2 secondes", "s"),
        ("Система должна ответить в течение 5 секунд", "s"),
    ],
)
def test_time_bounds_of_other_languages(text: str, unit: str) -> None:
    timing = parse(text).timing
    assert timing
    assert (timing.op, timing.normal_unit) == ("within", unit)


def test_the_event_from_which_time_counts() -> None:
    timing = parse("THE X SHALL delete it no later than 3 days after the request, always").timing
    assert timing
    assert timing.since == "the request"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("WHEN a, THE X SHALL b", Form.CANONICAL),
        ("If a, then the X shall b", Form.CANONICAL),
        ("when a then the X shall b", Form.THEN_NO_COMMA),
        ("WHEN a THEN THE X SHALL b", Form.THEN_NO_COMMA),
        ("WHEN a, THEN THE X SHALL b", Form.THEN_NO_COMMA),
        ("THE X SHALL b", Form.CANONICAL),
        ("THE X SHALL b if a", Form.POSTFIX),
        ("THE X SHALL b only when a", Form.POSTFIX),
        ("For any a, b SHALL equal a", Form.NONE),
        ("Performance", Form.NONE),
    ],
)
def test_form(text: str, form: Form) -> None:
    assert parse(text).form is form


TEMPLATES = (
    Template(name="after", keyword="AFTER", pattern="event"),
    Template(name="as-long-as", keyword="as long as", pattern="state", then="SO"),
    Template(name="in-case", keyword="IN CASE", pattern="unwanted"),
    Template(name="for-product", keyword="FOR PRODUCT", pattern="optional"),
    Template(name="wrong", keyword="NOW", pattern="sometimes"),
    Template(name="empty", keyword=" ", pattern="event"),
)


@pytest.mark.parametrize(
    ("text", "pattern", "kinds", "clause"),
    [
        ("AFTER the door closes, THE Lift SHALL move", "event", ("when",), "the door closes"),
        ("As long as it rains, the Roof shall stay shut", "state", ("while",), "it rains"),
        ("AS LONG AS it rains SO the Roof SHALL stay shut", "state", ("while",), "it rains"),
        ("In case the disk is full, when a file arrives, the Store shall refuse it", "complex", ("if", "when"), "the disk is full"),
        ("FOR PRODUCT Pro AFTER a sale THE Shop SHALL print", "complex", ("where", "when"), "Pro"),
        ("NOW the Shop SHALL print", "ubiquitous", (), ""),
        ("WHEN a, THE Shop SHALL print", "event", ("when",), "a"),
    ],
)
def test_a_teams_own_openings(text: str, pattern: str, kinds: tuple[str, ...], clause: str) -> None:
    statement = parse(text, TEMPLATES)
    assert (statement.pattern.value, statement.patterns) == (pattern, kinds)
    assert statement.text == text
    if clause:
        assert statement.clauses[0].text == clause
        assert text[statement.clauses[0].start :].startswith(statement.clauses[0].keyword)


# req: spec-engine/1.3
def test_without_templates_their_words_are_prose() -> None:
    assert parse("AFTER the door closes, THE Lift SHALL move").pattern is Pattern.UBIQUITOUS


@pytest.mark.parametrize("lead", ["", "THE X SHALL go ", "当用户登录", "もし", "만약 ", "Le système doit ", "Wenn der "])
@pytest.mark.parametrize(
    "piece", ["1.", "5 s ", "\u2028", "a and b or c ", "; IF a, THEN b SHALL ", "启用 ", "中は", "or the ", "\n- a", "that must "]
)
def test_a_long_line_takes_time_in_proportion(lead: str, piece: str) -> None:
    started = time.process_time()
    parse(lead + piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5


def test_a_sentence_without_a_modal_has_no_duties() -> None:
    statement = parse("WHEN a user signs in")
    assert (statement.responses, statement.timing) == ((), None)


def test_two_readings_of_a_sentence_are_equal_whatever_was_asked_of_them() -> None:
    text = "THE X SHALL answer within 2 s and THE Y SHALL NOT wait"
    asked, other = parse(text), parse(text)
    assert asked.timing
    assert len(asked.responses) == 2
    assert asked == other
