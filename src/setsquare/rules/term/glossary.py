"""A name is not written as the glossary writes it, or is not in it.

What: the requirements have a glossary, and a criterion writes one of its terms in another way (`Auth-Service` for `Auth_Service`) or with
a slip of the keyboard (warning); or a name that acts in a criterion is not defined there (note, once a spec for each name). Bare words
such as `the system` are left alone.

Why: two spellings look like two things to a reader, to a search and to an agent that writes code.

Example: a glossary with `Auth_Service`, and `THE Auth-Service SHALL issue a token`

Instead: `THE Auth_Service SHALL issue a token`

Fix safety: the glossary's spelling is written where only letter case and separators differ, which does not change what is named. A
slip is offered and left to a person.

Source: INCOSE, Guide to Writing Requirements, R4 and R36 (R36 not verified against the current edition); 231 of 397 public requirements
files have a glossary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, MOST, Occurrence, replacement, report
from setsquare.spec.statement import Statement
from setsquare.text.lazy_pattern import LazyPattern

_SEPARATORS: Final = LazyPattern(r"[\s_-]+")
_JOINED: Final = LazyPattern(r"[A-Z](?<![\w\x01./:#@-].)[A-Za-z0-9]*+(?:[_-][A-Za-z0-9]+)+(?![\w\x01/-]|\.\w|\()")
_NAME: Final = LazyPattern(r"[A-Z][A-Za-z0-9]*[_-][A-Za-z0-9_-]+|[A-Z][a-z0-9]+[A-Z]\w*|(?:[A-Z][\w-]*\s+)+[A-Z][\w-]*")
_SHORTEST: Final = 5


class _Terms(Struct, frozen=True):
    """A glossary: the terms as written, by what stays of them without case and separators."""

    written: tuple[str, ...]
    by_letters: dict[str, str]

    def slip_of(self, letters: str) -> str:
        """Find a term that is one letter away; empty when there is none."""
        near = (known for known in self.by_letters if abs(len(known) - len(letters)) <= 1)
        return next((self.by_letters[known] for known in near if _is_slip(letters, known)), "")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find names that differ from the glossary."""
    allowed = {_letters(name) for name in evidence.config.names("TERM002", ALLOWED.name)}
    glossaries: dict[str, _Terms] = {}
    seen: set[tuple[str, str]] = set()
    silent: set[tuple[str, str, bool]] = set()
    for sentence in evidence.sentences:
        requirements = sentence.spec.requirements
        if requirements is None or not requirements.glossary or sentence.statement.language != "en":
            continue
        path = str(requirements.path)
        terms = glossaries.get(path) or glossaries.setdefault(path, _terms(requirements.glossary))
        statement = sentence.statement
        for start, end in _named(statement):
            key = (path, statement.text[start:end], start == statement.subject_at[0])
            if key not in silent:
                found = Occurrence(sentence, start, end)
                findings = () if _letters(found.written) in allowed else tuple(_judged(evidence, terms, found, seen))
                if not findings:
                    silent.add(key)
                yield from findings


def _terms(glossary: Sequence[tuple[str, str]]) -> _Terms:
    """Collect the terms of a glossary; `Store (Shop)` gives both."""
    written = tuple(
        dict.fromkeys(part.strip(" `*\"'") for term, _ in glossary for part in re.split(r"[()（）/,]", term) if part.strip(" `*\"'"))
    )
    return _Terms(written, {_letters(term): term for term in reversed(written)})


def _letters(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


def _named(statement: Statement) -> list[tuple[int, int]]:
    """Give the characters of the subject, then those of every joined name of the prose."""
    prose, subject = statement.prose, statement.subject_at
    matches = islice(_JOINED.finditer(prose), MOST) if "_" in prose or "-" in prose else ()
    joined = [span for match in matches if (span := match.span()) != subject]
    return [subject, *joined] if subject[1] else joined


def _judged(evidence: Evidence, terms: _Terms, found: Occurrence, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    """Judge one name against the glossary."""
    written = found.written
    letters = _letters(written)
    term = terms.by_letters.get(letters)
    if written in terms.written or "`" in written or "*" in written:
        return
    if term is not None:
        if _is_variant(written, term):
            finding = report(RULE, evidence, found, f'the glossary writes "{term}", not "{written}"', "use one spelling")
            yield replace(finding, fix=replacement(evidence, found, term, is_safe=True))
    elif meant := terms.slip_of(letters):
        finding = report(
            RULE,
            evidence,
            found,
            f'"{written}" is not in the glossary; "{meant}" is',
            "use the glossary's name, or define this one",
        )
        yield replace(finding, fix=replacement(evidence, found, meant, is_safe=False))
    elif _is_unknown(found, terms) and (str(found.sentence.criterion.path), letters) not in seen:
        seen.add((str(found.sentence.criterion.path), letters))
        finding = report(RULE, evidence, found, f'"{written}" is not in the glossary', "define it there, or use a name that is defined")
        yield replace(finding, severity=Severity.NOTE)


def _is_variant(written: str, term: str) -> bool:
    """Tell whether a spelling differs in more than the capitals that a sentence gives to words.

    >>> _is_variant("Auth-Service", "Auth_Service"), _is_variant("SYSTEM", "System"), _is_variant("the system", "The System")
    (True, False, False)
    >>> _is_variant("auth_service", "Auth_Service")
    True
    """
    if "_" in written and "_" in term and written.islower():
        return written != term
    return _SEPARATORS.search(term + written) is not None and (
        written.casefold() != term.casefold() or (written.upper() != written and written.lower() != written and " " not in term)
    )


def _is_slip(letters: str, term: str) -> bool:
    """Tell whether two names are one letter apart: missing, added, changed or swapped with its neighbour; digits are no slips.

    >>> _is_slip("authservce", "authservice"), _is_slip("store", "stores"), _is_slip("phase1tool", "phase2tool")
    (True, False, False)
    """
    if (
        abs(len(letters) - len(term)) > 1
        or min(len(letters), len(term)) < _SHORTEST
        or letters.rstrip("s") == term.rstrip("s")
        or letters == term
    ):
        return False
    head = next((place for place, (a, b) in enumerate(zip(letters, term, strict=False)) if a != b), min(len(letters), len(term)))
    one, two = letters[head:], term[head:]
    if (one[:1] + two[:1]).strip("0123456789") != one[:1] + two[:1]:
        return False
    return one[1:] == two or one == two[1:] or one[1:] == two[1:] or (one[1::-1] == two[:2] and one[2:] == two[2:])


def _is_unknown(found: Occurrence, terms: _Terms) -> bool:
    """Tell whether a subject is a name and no part of a term: `the Console` may be short for `Admin Console`."""
    if (found.start, found.end) != found.sentence.statement.subject_at or not _NAME.fullmatch(found.written):
        return False
    words = set(_SEPARATORS.split(found.written.casefold()))
    return not any(
        words <= set(_SEPARATORS.split(term.casefold())) or set(_SEPARATORS.split(term.casefold())) <= words for term in terms.written
    )


_HEAD: Final = "# Requirements Document\n\n## Glossary\n\n- **Auth_Service**: Issues tokens\n- **Order_Store**: Keeps orders\n\n"
_BODY: Final = "## Requirements\n\n### Requirement 1: Orders\n\n#### Acceptance Criteria\n\n"


def _with(*texts: str) -> str:
    """Write a document with a glossary and some criteria."""
    return _HEAD + _BODY + "".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1))


_HYPHEN: Final = f"""# Requirements Document

## Glossary

- **Bootstrap_Vue**: The current Vue 2 component library for Bootstrap styling
- **Build_System**: The toolchain that compiles, bundles, and optimizes frontend assets

{_BODY}2. THE Build_System SHALL bundle Bootstrap-Vue library locally
"""
_ASDF: Final = f"""# Requirements Document

## Glossary

- **Test Suite**: The collection of test files that verify application functionality
- **Backend System**: The Common Lisp server application source code

{_BODY}5. WHEN loading the system, THE ASDF System SHALL load split modules in the correct dependency order
"""
_SETTINGS: Final = f"""# Requirements Document

## Glossary

- **Settings_Screen**: The primary user interface component that displays and manages application configuration options
- **Settings_Service**: The backend service responsible for persisting and retrieving user preferences

{_BODY}3. THE Settings_Service SHALL persist general settings changes within 500 milliseconds of user confirmation
"""
_LOGIN: Final = f"""# Requirements Document

## Glossary

- **User**: An individual who registers and authenticates with the system
- **Authentication_System**: The system component responsible for verifying user identity

{_BODY}1. THE Authentication_System SHALL hash all passwords using bcrypt before storage
"""


RULE = Rule(
    code="TERM002",
    name="not-in-glossary",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(ALLOWED,),
    examples=(
        Example(
            files=((".kiro/specs/orders/requirements.md", _with("THE Auth-Service SHALL issue a token")),),
            fires=1,
            fixed=_with("THE Auth_Service SHALL issue a token"),
        ),
        Example(
            files=((".kiro/specs/orders/requirements.md", _with("THE auth service SHALL issue a token")),),
            fires=1,
            fixed=_with("THE Auth_Service SHALL issue a token"),
        ),
        Example(
            files=((".kiro/specs/orders/requirements.md", _with("WHEN the Order-Store answers, THE Auth_Service SHALL issue a token")),),
            fires=1,
            fixed=_with("WHEN the Order_Store answers, THE Auth_Service SHALL issue a token"),
        ),
        Example(files=((".kiro/specs/orders/requirements.md", _with("THE Auth_Servce SHALL issue a token")),), fires=1),
        Example(
            files=((".kiro/specs/orders/requirements.md", _with("THE Mail_Relay SHALL send a receipt", "THE Mail_Relay SHALL log it")),),
            fires=1,
        ),
        Example(
            files=((".kiro/specs/orders/requirements.md", _HYPHEN),),
            fires=1,
            source="Homas/RpiDNS .kiro/specs/vite-vue3-migration/requirements.md",
            fixed=_HYPHEN.replace("Bootstrap-Vue", "Bootstrap_Vue"),
        ),
        Example(
            files=((".kiro/specs/orders/requirements.md", _ASDF),),
            fires=1,
            source="dentsusoken/kabotan .kiro/specs/quality-23-code-standards-compliance/requirements.md",
        ),
        Example(files=((".kiro/specs/orders/requirements.md", _with("THE Auth_Service SHALL issue a token")),)),
        Example(files=((".kiro/specs/orders/requirements.md", _with("the system SHALL issue a token")),)),
        Example(files=((".kiro/specs/orders/requirements.md", _with("THE AUTH_SERVICE SHALL issue a token")),)),
        Example(files=((".kiro/specs/orders/requirements.md", _with("THE Service SHALL issue a token to the `Auth-Service`")),)),
        criteria("THE Auth-Service SHALL issue a token"),
        Example(
            files=((".kiro/specs/orders/requirements.md", _SETTINGS),),
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        Example(
            files=((".kiro/specs/orders/requirements.md", _LOGIN),),
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
    ),
)
