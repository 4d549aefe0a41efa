"""Words are found however they are decorated."""

from __future__ import annotations

import pytest

from setsquare.workspace import words


@pytest.mark.parametrize(
    "text", ["Acceptance Criteria", "**Acceptance Criteria:**", "3. Acceptance Criteria (EARS)", "✅ Acceptance  criteria："]
)
def test_label_is_plain(text: str) -> None:
    assert words.label(text) == "acceptance criteria"


@pytest.mark.parametrize(
    "text",
    [
        "It shall be.",
        "系统必须记录",
        "システムは表示しなければならない",
        "La boîte doit sonner",
        "La caja debe sonar",
        "Коробка должна звенеть",
        "상자는 열려야 해야 한다",
    ],
)
def test_obligations_in_every_language(text: str) -> None:
    assert words.is_obligation(text)


@pytest.mark.parametrize("text", ["A box.", "对应关系", "响应时间", "Node 18"])
def test_no_obligation(text: str) -> None:
    assert not words.is_obligation(text)


def test_words_are_folded_once() -> None:
    for known in (words.CRITERIA, words.GLOSSARY, words.CONTAINER, words.ASIDE, words.CHECKLIST, words.REQUIREMENTS, words.PROPERTY):
        assert all(word == word.casefold() for word in known)
