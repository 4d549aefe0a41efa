"""A number is not fully said: its unit or its ends are missing.

What: a time, a size or a length is a number without a unit (`timeout of 5`); a range `between 1 and 10` does not say whether its ends
belong to it; or metric and imperial units stand in one criterion. Codes, versions and counts of things are left alone.

Why: 5 seconds and 5 minutes are different products; the value at the end of a range is the one that tests find wrong.

Example: `THE Client SHALL use a timeout of 5`

Instead: `THE Client SHALL use a timeout of 5 seconds`

Fix safety: no fix; the unit must be named by somebody who knows it.

Source: INCOSE, Guide to Writing Requirements, R6 and R33 (numbers not verified against the current edition).
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
from setsquare.rules.wording import MOST, Occurrence, report, visible
from setsquare.text.lazy_pattern import LazyPattern

_QUANTITIES: Final = (
    *(
        "timeout",
        "timeouts",
        "delay",
        "delays",
        "interval",
        "intervals",
        "duration",
        "latency",
        "ttl",
        "debounce",
        "throttle",
        "backoff",
        "lifetime",
    ),
    *(
        "period",
        "retention",
        "expiry",
        "expiration",
        "width",
        "height",
        "length",
        "distance",
        "radius",
        "weight",
        "temperature",
        "pressure",
        "voltage",
    ),
    *("speed", "velocity", "altitude", "depth", "thickness", "mass", "bandwidth", "throughput", "cooldown", "uptime"),
)
# A pattern that begins with a digit is sought at digits alone; what must not stand before looks back.
# Bounded, because a number that leads nowhere is tried anew from each of its digits.
_NUMBER: Final = r"\d{0,30}(?:[.,]\d{1,30}){0,10})"
_END: Final = (
    r"(?=\s*(?:[,;)]|\.?\s*\Z|\.\s|\s(?:and|or|for|when|if|while|on|in|to|with|after|before|by|at|then|unless|until|per)\b(?!\s*\d)))"
)
_LONE: Final = LazyPattern(rf"(?P<number>\d(?<![\w.,$€£#-]\d){_NUMBER}{_END}")
_LAST: Final = LazyPattern(rf"(?P<number>\d{_NUMBER}(?=\s*(?:[,;]|\.?\s*\Z|\.\s))")
_SOON: Final = LazyPattern(r"(?i)(?<![\w-])(?:within|for\s+at\s+least|for\s+up\s+to)\s+\Z")
_JOINT: Final = (
    r"\s*(?:value\s+|limit\s+|threshold\s+)?(?:(?:shall|must|should|will)\s+(?:not\s+)?)?(?:(?:is|are|be|of|to|at|below|above|under|over|exceeds|exceed|equals|=|:|<|>)\s*)?"
    r"(?:(?:at\s+(?:least|most)|up\s+to|than)\s+)?\Z"
)
_AHEAD: Final = 60
_BETWEEN: Final = LazyPattern(
    r"(?i)(?<![\w-])(?P<word>between\s+[$€£]?\d[\d.,]*\s?[%°\w]{0,12}(?:\s\w{1,10})?\s+and\s+[$€£]?\d[\d.,]*)(?![\w:])"
)
_ENDS: Final = LazyPattern(r"(?i)inclusive|exclusive|including|excluding|\bboth\b|random|jitter|[\[(]\s*\d")
_METRIC: Final = LazyPattern(
    r"\d\s*(?:km|kilomet(?:er|re)s?|m|met(?:er|re)s?|cm|centimet(?:er|re)s?|mm|kg|kilograms?|celsius|°\s?c|lit(?:er|re)s?|km/h|kph)\b",
    re.IGNORECASE,
)
_IMPERIAL: Final = LazyPattern(
    r"\d\s*(?P<word>miles?|feet|foot|ft|inch(?:es)?|yards?|pounds?|lbs?|ounces?|oz|fahrenheit|°\s?f|gallons?|mph)\b", re.IGNORECASE
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find numbers whose unit or range ends are missing."""
    quantities = (*_QUANTITIES, *(name.lower() for name in evidence.config.names("NUM001", "quantities")))
    ahead = LazyPattern(rf"(?<![\w-])(?:{'|'.join(map(re.escape, quantities))}){_JOINT}", re.IGNORECASE)
    for sentence in evidence.having(*quantities):
        yield from _bare(evidence, sentence, _LONE, ahead)
    for sentence in evidence.having("within", "least", "up"):
        yield from _bare(evidence, sentence, _LAST, _SOON)
    for sentence in evidence.having("between"):
        text = sentence.statement.text
        match = None if _ENDS.search(text) else _BETWEEN.search(visible(text))
        if match:
            found = Occurrence(sentence, *match.span("word"))
            yield report(
                RULE, evidence, found, f'"{found.written}" does not say whether the ends belong to it', 'write "inclusive", or ≥ and <'
            )
    yield from _mixed(evidence)


def _bare(evidence: Evidence, sentence: Sentence, number: LazyPattern, ahead: LazyPattern) -> Iterator[Finding]:
    """Find a number without a unit behind words that need one."""
    prose = sentence.statement.prose
    for match in islice(number.finditer(prose), MOST):
        first = max(0, match.start() - _AHEAD)
        leading = ahead.search(prose[first : match.start()])
        if leading:
            found = Occurrence(sentence, first + leading.start(), match.end())
            yield report(RULE, evidence, found, f'"{found.written}" has no unit', "write the unit behind the number")


def _mixed(evidence: Evidence) -> Iterator[Finding]:
    """Find criteria that use two systems of units; a conversion in parentheses is none."""
    words = (
        "miles",
        "mile",
        "feet",
        "foot",
        "ft",
        "inches",
        "inch",
        "yards",
        "pounds",
        "lb",
        "lbs",
        "ounces",
        "oz",
        "fahrenheit",
        "gallons",
        "mph",
        "f",
    )
    for sentence in evidence.having(*words):
        prose = sentence.statement.prose
        if _METRIC.search(prose):
            for match in _IMPERIAL.finditer(prose):
                found = Occurrence(sentence, *match.span("word"))
                yield report(RULE, evidence, found, f'"{found.written}" mixes two systems of units', "use one system of units throughout")
                break


RULE = Rule(
    code="NUM001",
    name="number-without-unit",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(Option("quantities", (), "further words whose number needs a unit"),),
    examples=(
        criteria("THE Client SHALL use a timeout of 5", fires=1),
        criteria("The server shall respond within 200", fires=1),
        criteria("THE Client SHALL set the retry delay to 30 and then retry", fires=1),
        criteria("THE Field SHALL accept values between 1 and 10", fires=1),
        criteria("THE Drone SHALL stay 5 m from walls and 10 feet from people", fires=1),
        criteria(
            "confidence_score must be between 0.00 and 1.00",
            fires=1,
            source="0riva/oriva-platform specs/003-hugo-platform-integration/data-model.md",
        ),
        criteria(
            "_For any_ user, the reputation score should always be between 0 and 100.",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/user-reputation-system/design.md",
        ),
        criteria("THE Client SHALL use a timeout of 5 seconds"),
        criteria("THE API SHALL return 404 for an unknown order"),
        criteria("THE Field SHALL accept values between 1 and 10 inclusive"),
        criteria("THE Client SHALL retry 3 times over TLS 1.3"),
        criteria('THE Field SHALL show "between 1 and 10" and `timeout 5`'),
        criteria(
            "THE Dashboard SHALL refresh metrics automatically every 60 seconds without requiring page reload",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "THE Admin_Center SHALL adapt its layout for screen widths below 768 pixels by switching to a mobile-friendly layout",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
    ),
)
