"""Recognises stories, scenarios and lists of Spec Kit in any language: by the words that are known, else by the template's shape.

Source: the templates of github/spec-kit 1.0.2 and what repositories write; keywords of scenarios: the languages of Gherkin, Cucumber project.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace import words

_STORY_LEVEL: Final = 3
_WORDS: Final = words.alternatives((*words.STORY_HEADING, "使用者故事"))
_NUMBER_SIGN: Final = r"(?:n[º°o.]\s*|№\s*|#\s*)?"
_PHASE: Final = LazyPattern(rf"(?i)\buser story\b|\bUS\d+\b|(?:{_WORDS})\s*{_NUMBER_SIGN}\d", 0)
_LONGEST: Final = 500
_NAMED: Final = LazyPattern(
    rf"(?i)(?:user story\s+(?P<number>\w+)|(?:{_WORDS})\s*{_NUMBER_SIGN}(?P<digits>\d+\w?))"
    r"\s*(?:[-–—:：.、]\s*(?P<title>.*?))?\s*(?:[(（]\s*(?:priority\s*[:：]\s*(?P<priority>\w+)|[^()（）:：]{1,30}[:：]\s*(?P<rank>p\d)(?!\w))[^)）]*[)）].*)?",
    0,
)
_SHAPED: Final = LazyPattern(
    r"[^\W\d][^\d()（）]{0,40}?(?P<digits>\d{1,3}\w?)\s*[-–—:：.、]\s*(?P<title>.*?)\s*[(（]\s*[^()（）:：]{1,30}[:：]\s*(?P<rank>[Pp]\d)(?!\w)[^)）]*[)）].*",
    0,
)
_OPENING: Final = LazyPattern(
    r"(?i)\*{0,2}(?:(?:given|when)\b|(?:gegeben sei|angenommen|wenn|étant donné|soit|quand|lorsque|dado|dada|dados|cuando|quando|dato|"
    r"дано|допустим|когда|якщо|коли|zakładając|mając|kiedy|gdy|gegeven|stel|wanneer|als|cho|khi|dengan|ketika|diyelim ki|eğer ki)\b[^*]{0,4}\*\*|"
    r"(?:前提|もし|假如|假设|假設|给定|給定|当|當|조건|먼저|만일|만약)\s*\*\*)",
    0,
)
_STEPS: Final = LazyPattern(r"\*\*[^*:：]{1,25}\*\*[^*]+\*\*[^*:：]{1,25}\*\*.*", 0)
_EDGES: Final = LazyPattern(
    r"(?i)edge case|边界|边缘情况|邊界|エッジケース|境界|엣지|예외|casos? (?:límite|limite|extremos?|de borda)|cas limites?|randfälle|grenzfälle|sonderfälle|casi limite|граничн|пограничн|крайні|trường hợp biên|kasus (?:tepi|batas)",
    0,
)
_ENTITIES: Final = LazyPattern(
    r"(?i)key entit|关键实体|核心实体|關鍵實體|主要エンティティ|重要エンティティ|キーエンティティ|핵심 (?:엔터티|엔티티|개체)|주요 (?:엔터티|엔티티)|entidades? (?:clave|chave|principa)|entités? (?:clés?|principales?)|(?:schlüssel|kern|haupt)entität|entità (?:chiave|principali)|ключевые сущности|ключові сутності|thực thể chính|entitas (?:kunci|utama)",
    0,
)


class StoryName(Struct, frozen=True):
    """What a story's heading says: its number as written, its title and its priority, each empty where it has none."""

    number: str
    title: str
    priority: str


def story_name(heading: str, level: int) -> StoryName | None:
    """Read a heading as a story's; of a word that is not known, level 3, a number, a title and a priority such as `P1` make one.

    >>> story_name("User Story 1 - Card (Priority: P1)", 3), story_name("用户故事 2 - 支付（优先级：P1）", 3)
    (StoryName(number='1', title='Card', priority='P1'), StoryName(number='2', title='支付', priority='P1'))
    >>> story_name("Användarberättelse 3 – Kort (Prioritet: P2)", 3), story_name("Phase 3 - Go", 3)
    (StoryName(number='3', title='Kort', priority='P2'), None)
    """
    if len(heading) > _LONGEST:
        return None
    found = _NAMED.fullmatch(heading)
    if found is not None:
        return StoryName(found["number"] or found["digits"], found["title"] or "", found["priority"] or found["rank"] or "")
    shaped = _SHAPED.fullmatch(heading) if level == _STORY_LEVEL else None
    return StoryName(shaped["digits"], shaped["title"], shaped["rank"]) if shaped is not None else None


def is_story_phase(title: str) -> bool:
    """Tell whether a phase of the tasks is a story's.

    >>> is_story_phase("Phase 3: User Story 1 - Card"), is_story_phase("Fase 3: Historia de usuario nº 1"), is_story_phase("Phase 1: Setup")
    (True, True, False)
    """
    return _PHASE.search(title) is not None


def is_scenario(text: str, *, is_numbered: bool) -> bool:
    """Tell whether an item is an acceptance scenario: it opens with a known keyword, or is numbered and made of steps with bold keywords.

    >>> is_scenario("**Given** a, **When** b", is_numbered=False), is_scenario("**Étant donné** a, **quand** b", is_numbered=False)
    (True, True)
    >>> is_scenario("**Givet** a, **När** b, **Så** c", is_numbered=True), is_scenario("**Note**: a", is_numbered=True)
    (True, False)
    """
    return _OPENING.match(text) is not None or (is_numbered and _STEPS.fullmatch(text) is not None)


def is_edge_heading(heading: str) -> bool:
    """Tell whether edge cases stand below a heading.

    >>> is_edge_heading("Edge Cases"), is_edge_heading("边界情况"), is_edge_heading("Scope")
    (True, True, False)
    """
    return _EDGES.search(heading) is not None


def is_entity_heading(heading: str) -> bool:
    """Tell whether the key entities stand below a heading.

    >>> is_entity_heading("Key Entities"), is_entity_heading("Entités clés"), is_entity_heading("Scope")
    (True, True, False)
    """
    return _ENTITIES.search(heading) is not None
