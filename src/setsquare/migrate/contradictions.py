"""Finds rules of two files that cannot both be followed, by fixed patterns: few kinds, and rather silent than wrong.

A contradiction needs the same subject, the same kind of file that the rule is for, and two values of which neither allows the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from setsquare.migrate.rule_lines import RuleLine
from setsquare.text.lazy_pattern import LazyPattern


class Contradiction(Struct, frozen=True, kw_only=True):
    """Two places that state different things about one subject, each with what it states."""

    subject: str
    first: RuleLine
    first_value: str
    second: RuleLine
    second_value: str


class _Claim(Struct, frozen=True):
    """What a rule states about a subject."""

    subject: str
    value: str


_FOR_ALL = ("any", "all", "every")
_KIND = LazyPattern(
    r"\b(python|py|javascript|js|typescript|ts|tsx|jsx|react|vue|svelte|go|golang|rust|java|kotlin|swift|ruby|php|c#|csharp|c\+\+|"
    r"yaml|yml|json|toml|html|css|scss|sql|shell|bash|makefiles?|markdown|docs?|documentation|comments?|commits?|tests?|testing|e2e|"
    r"frontend|front-end|backend|back-end|mobile|web|server|client|api|cli|legacy|generated|solidity|docker|dockerfile|terraform|proto)\b"
)
_NEGATED = LazyPattern(
    r"\b(?:never|not|don['’]?t|avoid|no|without|instead of|rather than|over|unless|except|legacy|deprecated|if|when|may|can|either|or)\b"
)
_DIRECTIVE = LazyPattern(r"\b(?:use|uses|using|prefer|always|must|only|install|run|manager|required?|with|via|default)\b")


def contradictions(rules: Sequence[RuleLine]) -> tuple[Contradiction, ...]:
    r"""List the rules of different files that speak against each other.

    >>> from setsquare.migrate.rule_lines import rule_lines
    >>> from setsquare.text.paths import RelPath
    >>> a = rule_lines(RelPath("a"), "- Use tabs for indentation\n")
    >>> b = rule_lines(RelPath("b"), "- Indent with 4 spaces\n")
    >>> [(found.subject, found.first_value, found.second_value) for found in contradictions((*a, *b))]
    [('indentation', 'tabs', '4 spaces')]
    """
    claimed: defaultdict[tuple[str, frozenset[str], tuple[str, ...]], list[tuple[RuleLine, str]]] = defaultdict(list)
    for rule in rules:
        text = rule.text.lower()
        kinds = frozenset(match[1] for match in _KIND.finditer(f"{rule.heading.lower()} {text}"))
        for claim in _claims(rule, text):
            is_named = claim.subject in _OF_ITSELF or claim.subject.endswith(" version")
            about = frozenset[str]() if is_named else kinds
            claimed[claim.subject, about, rule.scope].append((rule, claim.value))
    found = (one for (subject, _, _), places in claimed.items() for one in _against(subject, places))
    return tuple(sorted(found, key=lambda one: (one.first.path, one.first.line, one.second.path, one.second.line)))


def _against(subject: str, places: list[tuple[RuleLine, str]]) -> Iterator[Contradiction]:
    """Hold each file's claim about a subject against those of the others; a file that names several values describes a choice and is left out."""
    by_file: dict[str, dict[str, RuleLine]] = {}
    for rule, value in places:
        by_file.setdefault(rule.path, {}).setdefault(value, rule)
    settled = [(rule, value) for values in by_file.values() if len(values) == 1 for value, rule in values.items()]
    first: dict[str, RuleLine] = {}
    for rule, value in settled:
        first.setdefault(value, rule)
    for (value, rule), (other, against) in pairwise(first.items()):
        if not _is_compatible(subject, value, other):
            yield Contradiction(subject=subject, first=rule, first_value=value, second=against, second_value=other)


def _claims(rule: RuleLine, text: str) -> Iterator[_Claim]:
    """List what one rule states."""
    for read in _READERS:
        yield from read(text)
    yield from _polarity(rule)


_INDENT_TABS = LazyPattern(
    r"\b(?:indent\w*[^.;,]{0,24}\btabs\b|use (?:hard )?tabs\b(?! (?:bar|view|nav|component))|\btabs (?:for indent\w*|,? not spaces)|tab indentation)"
)
_INDENT_SPACES = LazyPattern(
    r"\b(\d|two|four)[- ]spaces?\b(?=[^.;]{0,30}\bindent|[ .;,)]*\Z)|\bindent\w*[^.;,]{0,24}?\b(\d|two|four)[- ]spaces?\b"
)
_NUMBERS = {"two": "2", "four": "4"}


def _indentation(text: str) -> Iterator[_Claim]:
    if "spaces not tabs" in text or "never" in text or "avoid" in text or "don't" in text:
        return
    spaces = _INDENT_SPACES.search(text)
    tabs = _INDENT_TABS.search(text)
    if spaces and not tabs:
        number = spaces[1] or spaces[2]
        yield _Claim("indentation", f"{_NUMBERS.get(number, number)} spaces")
    elif tabs and not spaces:
        yield _Claim("indentation", "tabs")


_QUOTES = LazyPattern(r"\b(single|double)[- ]quot(?:es?|ed)\b")


def _quotes(text: str) -> Iterator[_Claim]:
    found = {match[1] for match in _QUOTES.finditer(text)}
    if len(found) == 1 and _DIRECTIVE.search(text) and not _NEGATED.search(text) and "escap" not in text:
        yield _Claim("quotes", f"{found.pop()} quotes")


_SEMICOLONS = LazyPattern(
    r"\b(?:(no|without|omit|avoid|never use|don['’]t use|do not use) (?:trailing )?semicolons?|(?:always )?(?:use|with|require) semicolons)\b"
)


def _semicolons(text: str) -> Iterator[_Claim]:
    if match := _SEMICOLONS.search(text):
        yield _Claim("semicolons", "no semicolons" if match[1] else "semicolons")


_LENGTH = LazyPattern(
    r"(?:\b(?:max(?:imum)?[- ])?line[- ](?:length|width|limit)\b[^.;\d]{0,30}?(\d{2,3})\b|\b(\d{2,3})[- ](?:characters?|chars?|columns?)[- ](?:per line|line (?:length|limit|width)|lines?\b)|"
    r"\blines?\b[^.;\d]{0,24}?\b(?:under|below|at most|within|exceed)\b[^.;\d]{0,8}(\d{2,3}) (?:characters?|chars?|columns?))"
)


def _line_length(text: str) -> Iterator[_Claim]:
    if match := _LENGTH.search(text):
        yield _Claim("line length", next(filter(None, match.groups())))


_MANAGERS = LazyPattern(r"(?<![\w./@-])(npm|pnpm|yarn|bun)(?![\w./:@-])")
_POETS = LazyPattern(r"(?<![\w./@-])(pip|poetry|uv|pipenv|conda|pdm|hatch)(?![\w./:@-])")
_ABOUT_PACKAGES = LazyPattern(
    r"\b(?:package manager|packages?|dependenc\w+|install\w*|add|exclusively|only|always use|must use|not npm|not yarn)\b|包管理"
)
_GLOBAL = LazyPattern(
    r"\s(?:-g|--global)\b|\bregistry\b|\bpublish\w*|\bpip install (?:uv|poetry|pipenv|pdm|hatch)\b|\bnpm (?:i|install) (?:-g )?(?:pnpm|yarn|bun)\b|\bglobal\w*"
)


def _package_manager(text: str) -> Iterator[_Claim]:
    if _GLOBAL.search(text) or not _ABOUT_PACKAGES.search(text) or _CHOICE.search(text):
        return
    for subject, pattern in (("JavaScript package manager", _MANAGERS), ("Python package manager", _POETS)):
        named = list(pattern.finditer(text))
        wanted = {match[1] for match in named if not _REJECTED.search(text[: match.start()])}
        if len(wanted) == 1:
            yield _Claim(subject, wanted.pop())


_REJECTED = LazyPattern(
    r"(?:\b(?:not|never|no|don['’]?t use|avoid|instead of|rather than|over|nor|replac\w+|from)|n['’]t)\s+(?:use\s+|run\s+)?[\W_]*(?:(?:npm|yarn|pnpm|bun|pip|poetry)[\W_]*(?:or|and|/|nor)?[\W_]*)*\Z"
)
_CHOICE = LazyPattern(r"\b(?:or|either|alternatively|e\.g\.|such as|optional\w*|depending|if you|supports?|compatib\w+|detect\w*)\b")

_RUNNERS = {
    "JavaScript test runner": LazyPattern(r"(?<![\w./@-])(jest|vitest|mocha|ava|jasmine)(?![\w/@-])"),
    "Python test runner": LazyPattern(r"(?<![\w./@-])(pytest|unittest|nose2?)(?![\w/@-])(?!\.mock)"),
}
_ABOUT_TESTS = LazyPattern(r"\b(?:use|uses|using|prefer|must|with|framework|runner|written in|run)\b")


def _test_runner(text: str) -> Iterator[_Claim]:
    if _CHOICE.search(text) or not _ABOUT_TESTS.search(text) or "mock" in text:
        return
    for subject, pattern in _RUNNERS.items():
        wanted = {match[1] for match in pattern.finditer(text) if not _REJECTED.search(text[: match.start()])}
        if len(wanted) == 1:
            yield _Claim(subject, wanted.pop())


_VERSION = LazyPattern(
    r"(?<![\w./@-])(python|node(?:\.?js)?|go|golang|java|rust|ruby|php|typescript|react|next\.?js|vue|angular|svelte|django|fastapi|\.net|kotlin|swift)"
    r"[`*]*[ :]{1,2}(?:version )?[`*]*(>=|≥|\^|~|v)?[ ]?(\d{1,2}(?:\.\d{1,2}){0,2})(\+|\.x)?(?![\w.]*\d|[%–-]| ?(?:and|or) (?:above|later|newer|higher))"
)
_OLD = LazyPattern(
    r"\b(?:migrat\w+|upgrad\w+|from|legacy|deprecated|support\w*|compatib\w+|tested|matrix|or|later|newer|above|minimum|at least|since|features?)\b"
)
_ALIASES = {"nodejs": "node", "node.js": "node", "golang": "go", "nextjs": "next.js"}


def _version(text: str) -> Iterator[_Claim]:
    if _OLD.search(text):
        return
    found: dict[str, set[str]] = {}
    for match in _VERSION.finditer(text):
        bound = "+" if match[2] in (">=", "≥", "^") or match[4] == "+" else ""
        found.setdefault(_ALIASES.get(match[1], match[1]), set()).add(match[3] + bound)
    for name, values in found.items():
        if len(values) == 1:
            yield _Claim(f"{name} version", values.pop())


_ALWAYS = LazyPattern(r"\A(?:you (?:must|should) |please )?(?:always (?:use )?|must (?:use |be )?|use |prefer |do |ensure )")
_NEVER = LazyPattern(
    r"\A(?:you (?:must|should) |please )?(?:never (?:use )?|(?:do not|don['’]?t|must not|should not|mustn['’]?t|cannot) (?:use |ever )?|avoid (?:using )?|no )"
)
_TAIL = LazyPattern(r"[\s.!;:,]*(?:\(.*\))?[\s.!;:,]*\Z")
_LEAST_WORDS = 2


def _polarity(rule: RuleLine) -> Iterator[_Claim]:
    """Read "always x" and "never x", whatever x is."""
    text = rule.text.lower().replace("`", "")
    is_against = _NEVER.match(text)
    match = is_against or _ALWAYS.match(text)
    if match is None:
        return
    rest = _TAIL.sub("", text[match.end() :])
    words = rest.split()
    if len(words) >= _LEAST_WORDS and " unless " not in rest and " without " not in rest and " if " not in rest:
        yield _Claim(f"“{' '.join(words)}”", "never" if is_against else "always")


_READERS: tuple[Callable[[str], Iterator[_Claim]], ...] = (
    _indentation,
    _quotes,
    _semicolons,
    _line_length,
    _package_manager,
    _test_runner,
    _version,
)
_OF_ITSELF = frozenset({"JavaScript package manager", "Python package manager", "JavaScript test runner", "Python test runner"})


def _is_compatible(subject: str, first: str, second: str) -> bool:
    """Tell whether two values can both be true: one version may be given more exactly, or as the least one."""
    if not subject.endswith(" version"):
        return first == second
    low, high = sorted((_numbers(first), _numbers(second)))
    least = first if _numbers(first) == low else second
    return high[: len(low)] == low or least.endswith("+")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.rstrip("+").split("."))
