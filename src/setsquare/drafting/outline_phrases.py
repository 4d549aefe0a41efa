"""Turns sentences of requirements into phrases for headings, bullets and table cells."""

from __future__ import annotations

import re

from setsquare.drafting.outline_words import VERBS, word_set
from setsquare.spec.statement import Clause, ClauseKind, Pattern, Statement
from setsquare.text.paths import RelPath
from setsquare.workspace.references import read_references

_OPEN = {"(": ")", "[": "]", "{": "}", "“": "”"}
_BREAKS = word_set(
    "and or with within without using for from by based including such when while if where that which through via before after until unless to as in on at of "
    "against into onto across over under between during per because so"
)
_WEAK_ENDS = _BREAKS | word_set("the a an their its his her this these those be is are each all any not between than")
_LEADING_ADVERB = re.compile(r"(?:also|then|be able to|still|always)\s+", re.IGNORECASE)
_PURPOSE = re.compile(r",?\s+(?:so that|in order to|in order that)\s.*$", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\*\*|__(?=\w)|(?<=\w)__|<!--|-->")
_BOX = re.compile(r"^(?:#{1,6}\s|>|[-*+]\s|\d{1,9}[.)]\s|\[.?\])\s*")
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}|\[(?=(?:NEEDS|TODO|TBD|INSERT|YOUR)\b)([^\]]*)\]", re.DOTALL)
_ACRONYM = re.compile(r"[A-Z]{2}|[a-z][A-Z]|\d|_|`|/|\.\w|&")
_KEYWORD = {ClauseKind.WHEN: "when", ClauseKind.WHILE: "while", ClauseKind.IF: "if", ClauseKind.WHERE: "where"}
_WIDE = re.compile(r"[\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]")
_LOUD = re.compile(r"\bTHE\b")
_KEY_MARKS = re.compile(r"[:：_*()（）\[\]【】]")
_OPENERS = word_set("a an the this that each every all one any never be only it they")
_OVERSHOOT = 5
_WIDE_LIMIT = 28


def plain(text: str) -> str:
    r"""Make one line of text that cannot change the Markdown around it, and that nobody reads as a reference to a requirement.

    >>> plain("**Log**  the\nerror <!-- x -->.")
    'Log the error x.'
    >>> plain("say _Requirements: 9.9_")
    'say Requirements 9.9'
    """
    text = _PLACEHOLDER.sub(lambda match: (match[1] or match[2] or "").strip(), text)
    text = " ".join(_MARKUP.sub(" ", text).split())
    while (shorter := _BOX.sub("", text)) != text:
        text = shorter
    if text.count("`") % 2:
        text = text.replace("`", "'")
    text = text.replace(" .", ".").replace(" ,", ",")
    if read_references(text, RelPath(""), 1):
        text = " ".join(_KEY_MARKS.sub(" ", text).split())
    return text


def cell(text: str) -> str:
    """Make text fit a table's cell; not every reader of tables knows an escaped bar, so it becomes a slash.

    >>> cell("a | b")
    'a / b'
    """
    return plain(text).replace("|", "/")


def capital(text: str) -> str:
    """Start a phrase with a capital letter, except where it starts with a name in code or camel case.

    >>> capital("store the file"), capital("`id` is kept"), capital("iOS")
    ('Store the file', '`id` is kept', 'iOS')
    """
    head = text.split(" ", 1)[0]
    if not text or (len(head) > 1 and head[1:] != head[1:].lower()):
        return text
    return text[0].upper() + text[1:]


def lowered(text: str, names: frozenset[str] = frozenset()) -> str:
    """Write a title in sentence case inside a sentence; acronyms, identifiers and `names` keep their letters.

    >>> lowered("SSH Agent Forwarding for Google", frozenset({"Google"}))
    'SSH agent forwarding for Google'
    """
    kept = {word for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for word in name.split(" ")}
    return " ".join(word if _ACRONYM.search(word) or word.strip(",.:;()'\"") in kept else word.lower() for word in text.split(" "))


def lowered_first(phrase: str) -> str:
    """Start a phrase in lower case unless it starts with a name or an acronym.

    >>> lowered_first("Create the file"), lowered_first("Google signs in"), lowered_first("A page")
    ('create the file', 'Google signs in', 'a page')
    """
    head, _, rest = phrase.partition(" ")
    is_common = head.lower() in VERBS or head.lower() in _OPENERS
    return f"{head.lower()} {rest}".strip() if is_common else phrase


def listed(items: tuple[str, ...], joint: str = "and") -> str:
    """Join items as a sentence does.

    >>> listed(("a", "b", "c")), listed(("a",))
    ('a, b and c', 'a')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}" if items else ""


def shortened(text: str, limit_words: int) -> str:
    """Cut a phrase to at most `limit_words` words, where a phrase may end; a cut shows as an ellipsis.

    >>> shortened("create the account and send a verification message to the address", 9)
    'create the account and send a verification message …'
    """
    text = plain(text).rstrip(" .;:,。；：，、")
    if _WIDE.search(text):
        return text if len(text) <= _WIDE_LIMIT * 2 else text[: _WIDE_LIMIT * 2].rstrip("，、,; ") + " …"
    words = text.split(" ")
    limit = limit_words * 2 if any(re.search(r"\d", word) for word in words[limit_words - 2 :]) else limit_words
    if len(words) <= limit + _OVERSHOOT * (limit_words > 10):
        return text
    best = 0
    for index in range(3, limit_words + 1):
        is_open = _is_open(" ".join(words[:index]))
        is_end = words[index].lower().strip(",;(") in _BREAKS or words[index - 1].endswith((",", ";", ":")) or words[index].startswith("(")
        if is_end and not is_open and words[index - 1].lower() not in _WEAK_ENDS:
            best = index
    if not best:
        best = limit_words
        while best > 3 and words[best - 1].lower() in _WEAK_ENDS:
            best -= 1
    cut = " ".join(words[:best]).rstrip(",;:(")
    return _closed(cut) + " …"


def _is_open(text: str) -> bool:
    """Tell whether a bracket, a quotation or code is still open at the end of `text`."""
    if text.count('"') % 2 or text.count("`") % 2:
        return True
    return any(text.count(opening) > text.count(closing) for opening, closing in _OPEN.items())


def _closed(text: str) -> str:
    """Drop what a cut left open."""
    while _is_open(text):
        at = max(text.rfind(mark) for mark in ('"', "`", *_OPEN))
        if at <= 0:
            return text.replace('"', "").replace("`", "")
        text = text[:at].rstrip(" ,;:")
    return text


def action(statement: Statement, limit_words: int = 18) -> str:
    """Say what a criterion asks for as a verb phrase without its subject.

    >>> from setsquare.spec.statement import Pattern
    >>> action(Statement(text="", pattern=Pattern.EVENT, response="store the password in clear text", is_negative=True))
    'never store the password in clear text'
    """
    response = statement.response or statement.text
    response = _LOUD.sub("the", _PURPOSE.sub("", plain(response)))
    response = _LEADING_ADVERB.sub("", response, count=1)
    if statement.pattern is Pattern.PROPERTY and statement.subject:
        response = f"{plain(statement.subject)} must {'not ' if statement.is_negative else ''}{response}"
    elif re.match(r"(?i)(?:only )?be\s", response) and statement.subject:
        response = f"{_with_article(plain(statement.subject))} must {'not ' if statement.is_negative else ''}{response}"
    elif statement.is_negative and statement.response:
        response = "never " + re.sub(r"(?i)^not\s+", "", response)
    return shortened(response, limit_words)


def _with_article(subject: str) -> str:
    """Put "the" before a subject that names one thing.

    >>> _with_article("Audit_Log"), _with_article("passwords")
    ('the Audit_Log', 'passwords')
    """
    bare = subject.strip("`* ")
    return bare if bare.endswith("s") and bare == bare.lower() else f"the {bare}"


def condition(statement: Statement, limit_words: int = 16) -> str:
    """Say under which conditions a criterion holds, with their keywords in lower case; empty when it always holds.

    >>> from setsquare.spec.ears import parse
    >>> condition(parse("WHILE The pump is on, WHEN a valve opens, THE Pump SHALL stop"))
    'while the pump is on and when a valve opens'
    """
    leading = [clause for clause in statement.clauses if clause.text.strip() and not clause.is_postfix]
    return " and ".join(f"{_KEYWORD[clause.kind]} {_clause(clause, limit_words)}" for clause in leading)


def bare_condition(statement: Statement, limit_words: int = 20) -> str:
    """Say the conditions without the keyword of the first one.

    >>> from setsquare.spec.ears import parse
    >>> bare_condition(parse("IF the key is empty, THEN THE Store SHALL refuse it"))
    'the key is empty'
    """
    text = condition(statement, limit_words)
    return text.partition(" ")[2]


def cause(statement: Statement, limit_words: int = 20) -> str:
    """Say under which condition a criterion holds, without keyword, also where it stands after the response.

    >>> from setsquare.spec.ears import parse
    >>> cause(parse("THE API SHALL retry if the call fails"))
    'the call fails'
    """
    trailing = next((clause for clause in statement.clauses if clause.is_postfix and clause.text.strip()), None)
    return bare_condition(statement, limit_words) or (_clause(trailing, limit_words) if trailing else "")


def _clause(clause: Clause, limit_words: int) -> str:
    """Shorten one condition and start it in lower case unless it starts with a name."""
    text = _LOUD.sub("the", shortened(clause.text, limit_words))
    head, _, rest = text.partition(" ")
    if head.lower() in {"the", "a", "an", "any", "all", "no", "each", "user", "users", "it"}:
        return f"{head.lower()} {rest}".strip()
    return text


def duty_line(statement: Statement, limit_words: int = 18) -> str:
    """Say action and condition in one line: "Issue a token when the password is correct".

    >>> from setsquare.spec.ears import parse
    >>> duty_line(parse("WHEN a user signs in, THE Auth_Service SHALL issue a token"))
    'Issue a token when a user signs in'
    """
    when = condition(statement, limit_words)
    doing = capital(action(statement, limit_words))
    is_listing = re.search(r",? (?:and|or) ", doing)
    joint = "; " if _WIDE.search(doing) or doing.endswith("…") else ", " if "," in doing and not is_listing else " "
    return f"{doing}{joint}{when}" if when else doing


def slug_key(name: str) -> str:
    """Give the key under which spellings of one name meet.

    >>> slug_key("Auth_Service") == slug_key("`auth service`")
    True
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip("`*\"' "))
    return re.sub(r"[\s_-]+", " ", spaced).strip().lower()
