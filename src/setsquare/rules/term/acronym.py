"""An acronym is not explained.

What: a criterion uses an acronym that neither the glossary nor the sentence explains, and that is not among those that everybody in the
field knows. It is reported once a spec for each acronym.

Why: three letters stand for several things, and not every reader is of the trade.

Example: `THE Store SHALL send the ASN to the carrier`

Instead: a glossary entry `ASN: advance shipping notice`

Fix safety: no fix; the meaning must be written.

Source: INCOSE, Guide to Writing Requirements, R37 (number not verified against the current edition). What everybody knows differs from
team to team: the rule works only where it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import MOST, Occurrence, report, word_set
from setsquare.text.lazy_pattern import LazyPattern

_ACRONYM: Final = LazyPattern(r"(?<![\w\x01./#@$-])[A-Z]{2,6}(?=s?(?![\w\x01/-]|\.\w))")
_KNOWN: Final = word_set(
    "ZIP ARM DB FPS AA AAA ORM GIT TAR API APIS URL URI HTTP HTTPS HTML CSS JSON XML YAML CSV PDF PNG JPEG JPG GIF SVG SQL UI UX ID UUID IP TCP UDP DNS TLS SSL SSH FTP",
    "SFTP SMTP IMAP CPU GPU RAM ROM SSD USB OS CLI GUI IDE SDK JWT REST RPC CRUD CRLF UTF ASCII AI ML LLM QR SMS MMS PIN GPS LTE WIFI PC",
    "TV CI CD KB MB GB TB MS AM PM UTC GMT ISO USD EUR GBP OK FAQ VPN LAN WAN CDN DOM AJAX CORS CSRF XSS MFA SSO RBAC ACL AWS GCP IAM S3",
    "EC2 TTL LRU FIFO LIFO IO TODO README HTMX SSE MIT RFC GDPR HIPAA WCAG ARIA RTL LTR PHP NPM NPX GET PUT POST PATCH HEAD DELETE TRUE",
    "FALSE NULL MIME OTP OCR PHI PII SLA MVP",
)
_ORDINARY: Final = word_set(
    "WHEN WHILE WHERE IF THEN THE AN AND OR NOT SHALL MUST MAY CAN WILL SHOULD UNTIL UNLESS AFTER BEFORE FOR EACH ALL ANY TO IN ON OF AT",
    "BY AS IS ARE BE IT WITH FROM SYSTEM USER ELSE ONLY ALSO THIS THAT GIVEN BUT UPON ONCE DURING EVERY NO HAS BOTH",
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find acronyms that nothing explains."""
    known = _KNOWN | _ORDINARY | {name.upper() for name in evidence.config.names("TERM003", "known")}
    seen: set[tuple[str, str]] = set()
    for sentence in evidence.sentences:
        if sentence.statement.language == "en":
            for match in islice(_ACRONYM.finditer(sentence.statement.prose), MOST):
                key = (str(sentence.criterion.path), match[0])
                if match[0] not in known and key not in seen:
                    seen.add(key)
                    if not _is_explained(sentence, match[0]):
                        found = Occurrence(sentence, *match.span())
                        yield report(
                            RULE, evidence, found, f'"{match[0]}" is explained nowhere', "explain it in the glossary, or write it out once"
                        )


def _is_explained(sentence: Sentence, acronym: str) -> bool:
    """Tell whether the glossary names the acronym, the introduction introduces it, or the sentence writes it out in parentheses.

    In a sentence that is all capitals nothing can be told apart.
    """
    text = sentence.statement.text
    if (
        re.search(rf"\(\s*{acronym}s?\s*\)|\b{acronym}s?\s(?:\w+\s)?\s*\((?=[A-Za-z])|\b{acronym}s?\((?=[A-Za-z])", text)
        or text.upper() == text
    ):
        return True
    requirements = sentence.spec.requirements
    if requirements is None:
        return False
    mention = re.compile(rf"(?<![A-Za-z]){acronym}s?(?![A-Za-z])")
    if any(mention.search(term) or mention.search(meaning) for term, meaning in requirements.glossary):
        return True
    return re.search(rf"\({acronym}s?\)|\b{acronym}s?\s\(", requirements.introduction) is not None


RULE = Rule(
    code="TERM003",
    name="unexplained-acronym",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    options=(Option("known", (), "acronyms that every reader knows"),),
    examples=(
        criteria("THE Store SHALL send the ASN to the carrier", fires=1),
        criteria("THE Store SHALL send the ASN and print the BOL", fires=2),
        criteria("THE Store SHALL send the ASN", "THE Store SHALL keep the ASN", fires=1),
        criteria("THE Meter SHALL report the SOC of the battery", fires=1),
        criteria("The lab system shall store the LOINC of a test", fires=1),
        criteria(
            "THE System SHALL support QUIC protocol tunneling",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria(
            "THE System SHALL support real-time audit log streaming to SIEM systems",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria("THE Store SHALL answer over HTTP with JSON"),
        criteria("THE Store SHALL send the ASN (advance shipping notice)"),
        criteria("THE Store SHALL send the advance shipping notice (ASN)"),
        criteria('THE Store SHALL print "ASN" and `ASN`'),
        criteria("WHEN THE USER PAYS, THE SYSTEM SHALL SEND A RECEIPT"),
        criteria(
            "THE System SHALL implement Perfect Forward Secrecy (PFS) for all connections",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria(
            "WHEN rate limit is exceeded, THE System SHALL return 429 Too Many Requests error",
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
    ),
)
