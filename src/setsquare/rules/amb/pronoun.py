"""A pronoun could mean more than one thing.

What: `it`, `they` or `them` follows two or more things of its number that it could stand for. People are no candidates for `it`; the
subject of the sentence is none for a pronoun that is its object, and `THEN it SHALL` with one subject is left alone.

Why: whoever builds it picks one of the two; whoever tests it may pick the other.

Example: `THE Store SHALL open the channel and it is closed afterwards`

Instead: `THE Store SHALL open the channel and close the channel afterwards`

Fix safety: no fix; only the writer knows what was meant.

Source: INCOSE, Guide to Writing Requirements, R24 (number not verified against the current edition); vague pronouns in Femmer et al.,
JSS'17; two candidates or more, as measured on the ReqEval sentences (NLP4RE), where experts disagree about 54 % of all pronouns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, MOST, Occurrence, report, word_set
from setsquare.spec.statement import Statement
from setsquare.text.lazy_pattern import LazyPattern

_PRONOUN: Final = LazyPattern(r"(?i)(?<![\w'-])(?P<word>it|they|them)(?![\w'-])")
_FINITE: Final = LazyPattern(
    r"\s+(?:(?:is|are|was|were|has|have|does|do|can|will|shall|must|should|may|SHALL)\b|[a-z]+(?:es|[^s\W]s)\b|(?:are|cross|match|contain|reach)\b)"
)
_DETERMINER: Final = r"(?:the|an?|each|every|any|its|their|that|this|another|all|some|both|these|those|two|three|multiple)"
_STOP: Final = word_set(
    "is are was were be been being has have had do does can could will would shall should must may might and or but nor then when while",
    "where if unless until that which who whose to in on at of for from with without within by via into onto through during before after",
    "as than not so because between against under over per across using it they them its their this these those a an the each every any",
    "no via upon about only",
)
_PHRASE: Final = LazyPattern(rf"(?i)(?<![\w'-]){_DETERMINER}\s+(?P<words>[\w'-]+(?:\s+(?!(?:{'|'.join(_STOP)})(?![\w'-]))[\w'-]+){{0,3}})")
_VERB_OBJECT: Final = LazyPattern(
    rf"\s*(?:not\s+|also\s+|[a-z]+ly\s+)*[a-z]+\s+(?P<words>(?!(?:{'|'.join(_STOP)})\b)[\w'-]+(?:\s+(?!(?:{'|'.join(_STOP)})\b)[\w'-]+){{0,2}})"
)
_VERB: Final = LazyPattern(
    r"(?is)\s+(?:fails?|exists?|expires?|changes?|occurs?|arrives?|completes?|starts?|ends?|clicks?|submits?|selects?|creates?|deletes?|views?|receives?|opens?|closes?|"
    r"enters?|requests?|sends?|logs?|adds?|removes?|updates?|uploads?|contains?|exceeds?|matches|reaches|becomes?|runs?|loads?|appears?|returns?|uses?|needs?|"
    r"[a-z]{3,}ed|[a-z]{3,}ly)\b.*"
)
_PEOPLE: Final = word_set(
    "user users customer customers person people visitor visitors member members admin admins administrator administrators developer",
    "developers operator operators guest guests player players seeker seekers sharer sharers sender recipient buyer seller owner owners",
    "manager employee student teacher moderator moderators organizer organizers translator translators participant participants author",
    "client staff team reviewer approver",
)
_SINGULAR: Final = ("ss", "us", "is", "ous")
# `…, and it is closed` may speak of the subject too; `verify that it is closed` does not.
_JOINED: Final = LazyPattern(r"(?i)(?:\band|\bbut|;|,)\s+\Z")
_REACH: Final = 400
_EXPLETIVE: Final = LazyPattern(
    r"\s+(?:is|was|becomes?|seems?|takes?|would be|will be|shall be)\s+(?:not\s+)?(?:possible|necessary|required|impossible|clear|important|recommended|likely|unclear|time)\b"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find pronouns with two or more candidates."""
    allowed = {word.lower() for word in evidence.config.names("AMB004", ALLOWED.name)}
    for sentence in evidence.having("it", "they", "them"):
        for match in islice(_PRONOUN.finditer(sentence.statement.prose), MOST):
            found = Occurrence(sentence, *match.span("word"))
            meant = () if found.word in allowed else candidates(sentence.statement, found.start, found.end)
            if len(meant) > 1:
                listed = " or ".join(f'"{name}"' for name in meant[:3])
                yield report(RULE, evidence, found, f'"{found.written}" could mean {listed}', "repeat the noun that is meant")
                break


def candidates(statement: Statement, start: int, end: int) -> tuple[str, ...]:
    """List the things of a pronoun's number that are named before it, each once; `start` and `end` are its characters.

    >>> from setsquare.spec.ears import parse
    >>> text = "WHEN the server sends the file to the printer, THE Spooler SHALL delete it"
    >>> candidates(parse(text), len(text) - 2, len(text))
    ('server', 'file', 'printer')
    """
    prose, pronoun = statement.prose, statement.prose[start:end].lower()
    is_subject = pronoun == "they" or (pronoun == "it" and _FINITE.match(prose, end) is not None)
    if end <= statement.modal_at[0] <= end + 2:
        return ()
    if is_subject and _EXPLETIVE.match(prose, end):
        return ()
    is_joined = is_subject and _JOINED.search(prose[max(0, start - 8) : start]) is not None
    names: dict[str, str] = {}
    for words in _named(statement, start, is_joined=is_joined):
        head = words.split()[-1].lower()
        is_plural = head.endswith("s") and not head.endswith(_SINGULAR)
        is_wanted = not is_plural and head not in _PEOPLE if pronoun == "it" else is_plural
        if is_wanted and (is_joined or words.lower() != statement.subject.lower()) and not _PEOPLE.intersection(words.lower().split()):
            names.setdefault(head, words)
    return tuple(names.values())


def _named(statement: Statement, end: int, *, is_joined: bool) -> Iterator[str]:
    """Give the noun phrases before a place: those with a determiner; for `… and it is closed` also the bare object of the obligation."""
    for match in _PHRASE.finditer(statement.prose, max(0, end - _REACH), end):
        words = _VERB.sub("", f" {match['words']}").split()
        if words and "\x01" not in match[0]:
            yield " ".join(words)
    direct = _VERB_OBJECT.match(statement.prose, statement.modal_at[1], end) if statement.modal and is_joined else None
    if direct and not re.match(_DETERMINER + r"\b", direct["words"], re.IGNORECASE):
        yield direct["words"]


RULE = Rule(
    code="AMB004",
    name="ambiguous-pronoun",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    options=(ALLOWED,),
    examples=(
        criteria("THE Store SHALL open the channel and it is closed afterwards", fires=1),
        criteria("WHEN the server sends the file to the printer, THE Spooler SHALL delete it", fires=1),
        criteria("WHEN the import adds the rows to the tables, THE Loader SHALL lock them", fires=1),
        criteria("IF the cache and the index differ, THEN THE Store SHALL rebuild it", fires=1),
        criteria("THE Client SHALL compare the checksum with the manifest and it is stored afterwards", fires=1),
        criteria(
            'WHEN a resource is submitted THEN the system SHALL verify the location and mark it as "pending verification"',
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/community-events/requirements.md",
        ),
        criteria(
            "WHEN a new notification arrives for an existing group THEN the System SHALL update the group count and move it to the top",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/notification-enhancements/requirements.md",
        ),
        criteria("WHEN a file is closed, THE Editor SHALL save it"),
        criteria("IF the disk is full, THEN it SHALL raise an alarm"),
        criteria("WHEN the user opens the page, THE App SHALL render it"),
        criteria("THE App SHALL make it possible to undo the last step"),
        criteria('THE Store SHALL show the page, the cart and the text "it is empty"'),
        criteria(
            "WHEN initializing SDK, THE Payment_System SHALL configure it with credentials from environment variables",
            source="Essimbi/test_gateway_payment .kiro/specs/cinetpay-payment-integration/requirements.md",
        ),
        criteria(
            "WHEN a guest logs in from a protected route redirect, THE Authentication_System SHALL redirect them back to the originally requested page",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
    ),
)
