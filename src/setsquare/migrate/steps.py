"""Writes a scenario's steps as one criterion and back, sign by sign.

A criterion on one line splits at its own keywords, so that joining gives the sentence again; what would not join again stays on lines of its own.

Source: EARS, Mavin et al., RE'09; the scenario format of OpenSpec 1.13.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern

_KEYWORD = LazyPattern(r"(GIVEN|WHEN|IF|WHILE|WHERE|THEN|AND|BUT) (.*)", 0)
_STEP = LazyPattern(r"- \*\*(GIVEN|WHEN|IF|WHILE|WHERE|THEN|AND|BUT)\*\* (.*)", 0)
_GUARD = LazyPattern(r"(?:GIVEN|WHEN|IF|WHILE|WHERE) ", 0)
_RESPONSE = LazyPattern(r", (?=[Tt][Hh][Ee] [^,]*\b(?:SHALL|shall|MUST|must)\b)", 0)
_ITEM = LazyPattern(r"\d+\. (.*)", 0)
_LABEL = LazyPattern(r"\*\*([^*\n]+):\*\*(?: (.*))?", 0)
_LEAD = LazyPattern(r"(?i)^(?:given|when|if|while|where|then)\s+", 0)
_COUNTED = LazyPattern(r" \(\d+\)$", 0)
_INDENT = "   "
_WORDS = 8


class Scenario(Struct, frozen=True):
    """A scenario: its name and the lines of its body, without blank lines at both ends."""

    name: str
    lines: tuple[str, ...]


def steps_of(sentence: str) -> tuple[str, ...]:
    """Split a sentence before its response; the steps joined are the sentence.

    >>> steps_of("WHEN a user logs in THEN the system SHALL greet")
    ('- **WHEN** a user logs in', '- **THEN** the system SHALL greet')
    >>> steps_of("WHEN it rains, THE Roof SHALL close")
    ('- **WHEN** it rains,', '- THE Roof SHALL close')
    """
    pieces = [sentence]
    if _GUARD.match(sentence):
        before, found, after = sentence.partition(" THEN ")
        response = _RESPONSE.search(sentence)
        if found:
            pieces = [before, f"THEN {after}"]
        elif response:
            pieces = [sentence[: response.start() + 1], sentence[response.end() :]]
    return tuple(_step(piece) for piece in pieces)


def _step(piece: str) -> str:
    found = _KEYWORD.fullmatch(piece)
    return f"- **{found[1]}** {found[2]}" if found else f"- {piece}"


def _bare(line: str) -> str:
    found = _STEP.fullmatch(line)
    return f"{found[1]} {found[2]}" if found else line


def sentence_of(lines: Sequence[str]) -> str | None:
    """Join the steps of a scenario to one sentence; `None` where splitting it would not give them again.

    >>> sentence_of(("- **WHEN** a", "- **THEN** b"))
    'WHEN a THEN b'
    >>> sentence_of(("- **WHEN** a", "- **THEN** b", "- **AND** c"))
    """
    if not lines or not all(line.startswith("- ") for line in lines):
        return None
    sentence = " ".join(_bare(line).removeprefix("- ") for line in lines)
    return sentence if steps_of(sentence) == tuple(lines) and not _LABEL.match(sentence) else None


def short_name(text: str) -> str:
    """Name a scenario after what sets it off.

    >>> short_name("WHEN a user logs in THEN the system SHALL greet"), short_name("THE Page SHALL be white")
    ('a user logs in', 'THE Page SHALL be white')
    """
    plain = (
        text.replace("**", "").replace("`", "").replace("- ", "", 1) if text.startswith("- ") else text.replace("**", "").replace("`", "")
    )
    if _GUARD.match(plain):
        response = _RESPONSE.search(plain)
        plain = plain.partition(" THEN ")[0]
        plain = plain[: response.start()] if response and response.start() < len(plain) else plain
    words = _LEAD.sub("", plain).split()
    return " ".join(words[:_WORDS]).strip(" ,;:.#") or "As stated"


def criterion_of(scenario: Scenario, number: int) -> tuple[str, ...]:
    """Write a scenario as the numbered item of a list.

    >>> criterion_of(Scenario("Rain", ("- **WHEN** it rains", "- **THEN** b", "- **AND** c")), 2)
    ('2. **Rain:** WHEN it rains', '   THEN b', '   AND c')
    """
    sentence = sentence_of(scenario.lines)
    if sentence is not None:
        label = "" if _COUNTED.sub("", scenario.name) == short_name(sentence) else f"**{scenario.name}:** "
        return (f"{number}. {label}{sentence}",)
    first, *rest = [_bare(line) for line in scenario.lines] or [""]
    head = f"{number}. **{scenario.name}:** {first}".rstrip(" ") if not first else f"{number}. **{scenario.name}:** {first}"
    return (head, *(f"{_INDENT}{line}" if line else "" for line in rest))


def scenario_of(lines: Sequence[str]) -> Scenario:
    """Read a numbered item as a scenario.

    >>> scenario_of(("2. **Rain:** WHEN it rains", "   THEN b", "   AND c"))
    Scenario(name='Rain', lines=('- **WHEN** it rains', '- **THEN** b', '- **AND** c'))
    >>> scenario_of(("1. WHEN a THEN b",))
    Scenario(name='a', lines=('- **WHEN** a', '- **THEN** b'))
    """
    item = _ITEM.fullmatch(lines[0])
    first = item[1] if item else lines[0].strip()
    label = _LABEL.fullmatch(first)
    name, first = (label[1], label[2] or "") if label else ("", first)
    rest = [line.removeprefix(_INDENT) for line in lines[1:]]
    while rest and not rest[-1].strip():
        rest.pop()
    if not rest:
        return Scenario(name or short_name(first), steps_of(first) if first else ())
    return Scenario(name or short_name(first), tuple(_stepped(line) for line in (first, *rest)))


def _stepped(line: str) -> str:
    found = _KEYWORD.fullmatch(line)
    return f"- **{found[1]}** {found[2]}" if found else line


def rewritten(lines: Sequence[str]) -> tuple[str, ...]:
    """Write Given, When and Then as one sentence of EARS; lines that are no steps stay as they are.

    >>> rewritten(("- **GIVEN** a door", "- **WHEN** it rains", "- **THEN** it closes"))
    ('- **WHILE** a door,', '- **WHEN** it rains,', '- THE System SHALL ensure that it closes')
    """
    steps = [(found[1], found[2].rstrip(" ,.")) for line in lines if (found := _STEP.fullmatch(line))]
    if len(steps) != len(lines) or not any(key == "THEN" for key, _ in steps):
        return tuple(lines)
    sentence: list[str] = []
    is_response = False
    for key, text in steps:
        if key == "THEN" or (is_response and key in {"AND", "BUT"}):
            said = text if _says(text) else f"THE System SHALL ensure that {text}"
            sentence.append(f"- AND {said}" if is_response else f"- {said}")
            is_response = True
        else:
            sentence.append(f"- **{'WHILE' if key == 'GIVEN' else key}** {text},")
    return tuple(sentence)


def _says(text: str) -> bool:
    return any(word in text.split() for word in ("SHALL", "MUST", "shall", "must"))
