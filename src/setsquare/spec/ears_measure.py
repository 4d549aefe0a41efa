"""Reads the time bound of a response."""

from __future__ import annotations

import re
from typing import Final

from setsquare.spec.ears_pack import Pack
from setsquare.spec.statement import Timing
from setsquare.text.lazy_pattern import LazyPattern

_UNIT: Final = (
    r"(?:business\s+|working\s+|calendar\s+)?(?:nanoseconds?|ns|microseconds?|µs|us|milliseconds?|millis|msecs?|ms|seconds?|secs?|s|minutes?|mins?|min|"
    r"hours?|hrs?|hr|h|days?|d|weeks?|months?|years?|frames?|cycles?|ticks?|sprints?)(?![A-Za-z0-9_-])"
)
_WORDS: Final = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety|a|an"
_VALUE: Final = rf"(?P<value>\d[\d.,_]{{0,20}}|{_WORDS})[\s-]{{0,3}}(?P<unit>{_UNIT})"
_TIMING: Final = LazyPattern(
    r"(?P<op>\b(?:within|in|inside|for|after|every|once\s+(?:every|per)|(?:no|not)\s+(?:later|sooner|earlier|more|less|longer)\s+than|exceed|at\s+least|at\s+most|up\s+to|"
    r"under|below|less\s+than|more\s+than|fewer\s+than|by)|[<≤]=?|>=?|≥)\s{0,3}"
    r"(?P<more>(?:\b(?:at\s+most|at\s+least|up\s+to|the\s+(?:next|last|first)|(?:a\s+)?maximum(?:\s+of)?|a\s+minimum\s+of|less\s+than|more\s+than|under|every|once\s+every|"
    r"no\s+(?:more|less|longer|later)\s+than|not\s+more\s+than|exactly|approximately|about)\b\s{0,3}|[<≤]=?\s{0,3}){0,4})"
    rf"(?:{_VALUE})(?:\s{{1,3}}(?:after|of|from|since|following)\s+(?P<since>[^,.;]{{1,120}}))?|"
    r"\b(?P<now>immediately|instantly)\b|\b(?P<until>until)\s{1,3}(?P<cond>[^.;]{1,200})",
    re.IGNORECASE,
)
_NUMBER: Final = LazyPattern(rf"[0-9](?<![\d.,_].)[\d.,_]{{0,20}}[\s-]{{0,3}}(?i:{_UNIT})")
_NOW: Final = LazyPattern(r"[IiUu](?:mmediately|nstantly|ntil|MMEDIATELY|NSTANTLY|NTIL)\b")
_SPELLED: Final = LazyPattern(r"[smhdwy](?:econd|inute|our|ay|eek|onth|ear)")
# Where a bound may begin, by two letters of its first word: a look there alone spares the long pattern all other places.
_OPENING: Final = LazyPattern(
    r"[<≤>≥WwIiFfAaEeOoNnUuBbLlMm](?:(?<=[<≤>≥])|(?<!\w.)(?i:(?<=w)i|(?<=i)[nm]|(?<=f)[oe]|(?<=a)[ft]|(?<=e)[vx]|(?<=o)n|(?<=n)o|(?<=u)[pn]|(?<=b)[ey]|"
    r"(?<=l)e|(?<=m)o))"
)
_REACH: Final = 60
_MOST: Final = LazyPattern(r"most|exceed|up\s+to|less|under|below|fewer|maximum|later|(?:no|not)\s+(?:more|longer)|[<≤]", re.IGNORECASE)
_LEAST: Final = LazyPattern(r"least|minimum|sooner|earlier|no\s+less|not\s+less|[>≥]|(?<!no\s)(?<!not\s)more\s+than", re.IGNORECASE)
_UNITS: Final = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), "ns"),
    **dict.fromkeys(("µs", "us", "microsecond", "microseconds"), "µs"),
    **dict.fromkeys(
        (
            "ms",
            "millis",
            "msec",
            "msecs",
            "millisecond",
            "milliseconds",
            "millisecondes",
            "milisegundos",
            "milissegundos",
            "毫秒",
            "ミリ秒",
            "мс",
        ),
        "ms",
    ),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "seconde", "secondes", "segundo", "segundos", "sekunde", "sekunden"), "s"),
    **dict.fromkeys(("秒", "秒钟", "초", "с", "секунд", "секунды", "секунду", "detik", "giây"), "s"),
    **dict.fromkeys(
        ("min", "mins", "minute", "minutes", "minuto", "minutos", "minuten", "分", "分钟", "分鐘", "분", "минут", "menit", "phút"), "min"
    ),
    **dict.fromkeys(
        (
            "h",
            "hr",
            "hrs",
            "hour",
            "hours",
            "heure",
            "heures",
            "hora",
            "horas",
            "stunde",
            "stunden",
            "小时",
            "小時",
            "時間",
            "시간",
            "jam",
            "giờ",
        ),
        "h",
    ),
    **dict.fromkeys(
        ("d", "day", "days", "jour", "jours", "día", "días", "dia", "dias", "tag", "tagen", "天", "日", "일", "hari", "ngày"), "d"
    ),
    **dict.fromkeys(("week", "weeks"), "wk"),
    **dict.fromkeys(("month", "months"), "mo"),
    **dict.fromkeys(("year", "years"), "y"),
}


def timing(prose: str, text: str, pack: Pack | None = None) -> Timing | None:
    """Read the first bound on a response; `text` is the same range with nothing hidden.

    >>> it = timing("answer in less than 200 ms", "answer in less than 200 ms")
    >>> it.op, it.bound, it.value, it.normal_unit
    ('within', 'most', '200', 'ms')
    """
    if pack and pack.within and (local := pack.within.search(prose)):
        return Timing(op="within", value=local["value"].rstrip(".,"), unit=local["unit"], normal_unit=normal_unit(local["unit"]))
    number, now = _NUMBER.search(prose), _NOW.search(prose)
    if number or now:
        first = min(found.start() for found in (number, now) if found)
        match = _bounded(prose, max(0, first - _REACH))
    else:
        match = _bounded(prose, 0) if _SPELLED.search(prose) else None
    if match is None:
        return None
    if match["now"]:
        return Timing(op="immediately")
    if match["until"]:
        return Timing(op="until", unit=text[match.start("cond") : match.end("cond")].strip())
    written = " ".join(f"{match['op']} {match['more']}".lower().split())
    since = text[match.start("since") : match.end("since")].strip() if match["since"] else ""
    return Timing(
        op=_op(written),
        value=match["value"].rstrip(".,_"),
        unit=" ".join(match["unit"].split()),
        normal_unit=normal_unit(match["unit"]),
        bound=_bound(written),
        since=since,
    )


def _bounded(prose: str, start: int) -> re.Match[str] | None:
    """Find the first bound from a place on."""
    for opening in _OPENING.finditer(prose, start):
        if match := _TIMING.match(prose, opening.start()):
            return match
    return None


def _op(written: str) -> str:
    """Name the operator of a written bound."""
    if "every" in written or "once per" in written:
        return "every"
    first = written.split(maxsplit=1)[0]
    return first if first in {"for", "after"} else "within"


def _bound(written: str) -> str:
    if _MOST.search(written):
        return "most"
    return "least" if _LEAST.search(written) else ""


def normal_unit(unit: str) -> str:
    """Give the one name of a unit.

    >>> normal_unit("Milliseconds"), normal_unit("business days"), normal_unit("frames")
    ('ms', 'business d', 'frames')
    """
    words = unit.lower().split()
    return " ".join((*words[:-1], _UNITS.get(words[-1], words[-1]))) if words else ""
