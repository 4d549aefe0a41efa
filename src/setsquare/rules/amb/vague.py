"""A vague word stands where a measure belongs.

What: a criterion uses a word whose meaning depends on who reads it (`quickly`, `user-friendly`, `properly`, `gracefully`, `appropriate`,
`clear` message), and no number with a unit stands in the same criterion.

Why: two people can disagree about whether it is met, and both be right. No test can decide.

Example: `THE Search_Page SHALL respond quickly`

Instead: `THE Search_Page SHALL respond within 300 ms`

Fix safety: no fix; the measure must be chosen.

Source: INCOSE, Guide to Writing Requirements, R7; subjective language and ambiguous adverbs in Femmer et al., JSS'17; ISO/IEC/IEEE 29148;
weak phrases of NASA's ARM, Wilson et al., 1997.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, is_measured, occurrences, report, word_set
from setsquare.text.lazy_pattern import LazyPattern

_ADVERBS: Final = (
    *("quickly", "rapidly", "swiftly", "slowly", "efficiently", "effectively", "easily", "simply", "seamlessly", "smoothly", "robustly"),
    *("properly", "gracefully", "appropriately", "adequately", "sufficiently", "reasonably", "suitably", "correctly", "intuitively"),
    *("reliably", "securely", "safely", "optimally", "significantly", "substantially", "considerably", "accurately", "elegantly", "nicely"),
    *(
        "prominently",
        "clearly",
        "normally",
        "approximately",
        "roughly",
        "flexibly",
        "sensibly",
        "comfortably",
        "conveniently",
        "meaningfully",
    ),
)
_ADJECTIVES: Final = (
    *(
        "user-friendly",
        "user friendly",
        "mobile-friendly",
        "developer-friendly",
        "intuitive",
        "easy-to-use",
        "easy to use",
        "easy to understand",
    ),
    *("easy to read", "easy to navigate", "seamless", "smooth", "robust", "proper", "graceful", "appropriate", "adequate", "sufficient"),
    *(
        "reasonable",
        "suitable",
        "efficient",
        "effective",
        "flexible",
        "helpful",
        "meaningful",
        "sensible",
        "optimal",
        "optimized",
        "optimised",
    ),
    *("acceptable", "satisfactory", "comprehensive", "actionable", "attractive", "pleasant", "elegant", "convenient", "lightweight"),
    *("state-of-the-art", "state of the art", "industry-standard", "best practices", "high-quality", "high quality", "high-performance"),
    *("high performance", "low latency", "excessive", "unnecessary delay", "undue delay", "significant", "substantial"),
    *("good", "nice", "rapid", "swift", "quick", "fast", "slow", "easy", "readable", "legible", "understandable", "professional"),
    *("visually appealing", "visually pleasing", "aesthetically pleasing", "typical", "responsive", "simple", "clear"),
    *("friendly", "performant", "scalable", "various", "several", "numerous", "many", "a few", "a lot of", "as few as possible"),
)
_PHRASES: Final = (*_ADVERBS, *_ADJECTIVES)
_TAKES: Final = word_set(
    "a an the be is are was were been being and or with in of as more most very provide provides show shows display displays use uses",
    "using have has ensure ensures return returns give gives include includes generate generates remain remains stay stays keep keeps",
    "maintain maintains implement implements create creates select selects apply applies support supports for make makes offer offers",
    "enough too so under all any their its on into by via through from to at while when if where than both without inject present log",
    "logs write",
)
_NAMES: Final = {
    "fast": ("forward", "path", "track", "food", "lane", "refresh", "mode", "charging"),
    "slow": ("down", "query", "log", "motion", "lane", "mode", "path"),
    "quick": (
        "start",
        "action",
        "actions",
        "reply",
        "replies",
        "access",
        "search",
        "view",
        "filter",
        "filters",
        "links",
        "settings",
        "responder",
    ),
    "easy": ("mode", "level", "difficulty"),
    "easily": (),
    "responsive": (
        "design",
        "layout",
        "layouts",
        "grid",
        "breakpoint",
        "breakpoints",
        "image",
        "images",
        "web",
        "css",
        "ui",
        "mode",
        "touch",
        "table",
    ),
    "good": ("faith", "standing", "id", "friday"),
    "graceful": ("shutdown",),
    "smooth": ("scroll", "scrolling"),
    "proper": ("noun", "nouns", "subset", "name", "names"),
    "simple": ("mode", "project", "network", "mail", "semantic", "type", "types", "query", "string", "auth", "object"),
    "clear": ("data", "button", "all", "the", "any", "cache", "text", "filters", "history", "state", "selection", "form", "action"),
    "effective": ("date", "dates", "from", "permissions", "permission", "tax", "rate", "immediately"),
    "significant": ("digit", "digits", "figure", "figures", "bit", "bits", "byte"),
    "flexible": ("server", "hours"),
    "various": (),
    "many": ("to", "requests"),
    "typical": (),
}
_SHOWN: Final = LazyPattern(
    r",?\s+(?:[\w-]+,?\s+){0,3}?(?:messages?|errors?|feedback|indicators?|indications?|instructions?|warnings?|explanations?|labels?|guidance|logs?|notifications?|"
    r"documentation|descriptions?|prompts?|hints?|names?|way|manner|language|information|reasons?|steps)\b"
)
_QUALIFIED: Final = (
    "indicating",
    "stating",
    "that ",
    "which ",
    "explaining",
    "describing",
    "listing",
    "containing",
    "identifying",
    "telling",
    "naming",
)
# What is meant follows in parentheses, quotes or code: `the appropriate day (Sunday or Monday)`.
_EXPLAINED: Final = LazyPattern(r"(?:\s+[\w-]+){0,4}\s+\x01")
_PREDICATE: Final = ("simple", "responsive", "scalable", "good", "friendly")
_LINKING: Final = ("be", "is", "are", "remain", "remains", "stay", "stays", "keep", "and")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find vague words in criteria without a measure."""
    for found in occurrences(evidence, "AMB002", _PHRASES):
        if _is_vague(found) and not is_measured(found.sentence):
            hint = "say how it is measured: a number with a unit, or what can be observed"
            yield report(RULE, evidence, found, f'"{found.written}" means something else to every reader', hint)


def _is_vague(found: Occurrence) -> bool:
    """Tell whether the word is used as a vague word: not as a verb, in a name, or with what says how it is meant."""
    word, after = found.word, found.after
    following = after.split(maxsplit=1)[:1]
    nearest = following[0].strip(",.;:") if following else ""
    before = found.before.split()[-1:]
    previous = before[0] if before else ""
    if nearest in _NAMES.get(word, ()) or previous in {"most", "least"} or _EXPLAINED.match(after):
        return False
    if word == "clear":
        return previous in _TAKES and bool(_SHOWN.match(after)) and not any(mark in after for mark in _QUALIFIED)
    if word in _PREDICATE:
        return previous in _LINKING and not (nearest and word == "friendly")
    if word == "appropriate":
        return previous not in {"where", "when", "if", "as"}
    if word == "many":
        return previous not in {"how", "as", "too", "one", "that"}
    return not (word == "slow" and previous in {"to", "shall", "will"})


RULE = Rule(
    code="AMB002",
    name="vague-term",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Search_Page SHALL respond quickly", fires=1),
        criteria("The UI shall be user-friendly and intuitive", fires=2),
        criteria("THE Parser SHALL handle errors gracefully", fires=1),
        criteria("THE Store SHALL show a clear error message", fires=1),
        criteria("THE Portal SHALL be simple to use", fires=1),
        criteria("THE Store SHALL keep a sufficient number of backups", fires=1),
        criteria(
            "THE Callback_Screen SHALL display error messages clearly if authentication fails",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
        ),
        criteria(
            "WHEN the camera is unavailable THEN the system SHALL gracefully fall back to file picker",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria("THE Search_Page SHALL respond quickly, within 300 ms"),
        criteria("WHEN the user logs out, THE App SHALL clear all cookies"),
        criteria("THE simple_name field SHALL hold 20 characters"),
        criteria('THE Player SHALL offer the modes `fast` and "easy", and fast-forward'),
        criteria("WHEN multiple files are dropped, THE Uploader SHALL queue each file"),
        criteria("THE Calendar SHALL start weeks on the appropriate day (Sunday or Monday)"),
        criteria(
            "THE system SHALL remove the simple creation path",
            source="997899594/Juanie .kiro/specs/project-creation-unification/requirements.md",
        ),
        criteria(
            "WHEN the user clicks logout, THE Settings_Service SHALL clear all JWT tokens within 1 second and redirect to the login screen",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
    ),
)
