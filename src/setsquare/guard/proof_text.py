"""Reads what tests prove in languages with braces, by their words: JavaScript and TypeScript, Go, Rust, Java, Kotlin, C#.

There is no parser here. Comments and the insides of strings are blanked first, so that what is written in them counts for nothing; a test is what
stands between its brackets, an assertion is a call of a known name.

Source: safety.md AT42; the assertion names of Jest, Vitest, Mocha and Chai, node:assert, testing, testify, JUnit, AssertJ, NUnit, xUnit, Rust's macros.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard.proof import Assertion, FileProofs, Proof, Strength, fingerprint

_SCRIPT: Final = re.compile(r"\.[cm]?[jt]sx?$")
_KNOWN: Final = re.compile(r"\.(?:[cm]?[jt]sx?|go|rs|java|kt|kts|cs|scala|swift|dart)$")
_BLANKS: Final = re.compile(r"//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL)
_BLANKS_NO_QUOTE: Final = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)
"""Rust: an apostrophe begins a lifetime as often as a character."""

_TESTS: Final = {
    "script": re.compile(r"(?<![\w.$])(?P<word>[xf]?it|[xf]?test|specify)(?P<how>(?:\.\w+)*)\s*\("),
    "go": re.compile(r"^func\s+(?P<name>(?:Test|Fuzz|Example)\w*)\s*\(", re.MULTILINE),
    "rust": re.compile(
        r"#\[(?:\w+::)*(?:test|rstest|test_case|proptest)\b[^\]]*\](?P<how>(?:\s*#\[[^\]]*\])*)\s*(?:pub\s+)?(?:async\s+)?fn\s+(?P<name>\w+)"
    ),
    "other": re.compile(
        r"(?P<how>(?:[@\[](?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|Property|Fact|Theory|TestMethod|TestCase)\b[^\n{;]*\s*)(?:[@\[][^\n]*\s*)*)"
        r"(?:(?:public|private|internal|protected|static|final|async|suspend|override)\s+)*(?:fun|void|Task|func|def|[\w<>\[\]]+)\s+(?P<name>`[^`]+`|\w+)\s*\("
    ),
}
_GROUP: Final = re.compile(r"(?<![\w.$])(?P<word>[xf]?describe|context|suite)(?P<how>(?:\.\w+)*)\s*\(")
_OFF: Final = re.compile(
    r"\.(?:skip\w*|todo|fails|failing|fixme)\b|#\[ignore|\b@?(?:Disabled|Ignored?|IgnoreIf|DisabledIf\w*)\b|enabled\s*=\s*false|\bSkip\s*="
)
_OFF_INSIDE: Final = re.compile(r"\bt\.Skip\w*\(|\bassume\w*\(\s*false|\bthis\.skip\(|\bctx\.skip\(|\bAssert\.(?:Ignore|Inconclusive)\b")
_ASSERTS: Final = re.compile(
    r"(?<![\w$])(?P<name>expect(?:TypeOf)?|assert(?:\.\w+)*|require\.\w+|t\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)|assert\w*!?|debug_assert\w*!"
    r"|Assert\.\w+|Assertions\.\w+|verify\w*|fail\w*|prop_assert\w*!|expectThat|XCTAssert\w*)\s*\("
)
_CHAIN: Final = re.compile(r"\s*\.\s*(?P<name>\w+)\s*(?P<open>\()?")
_EXACT: Final = re.compile(
    r"(?:equal|eq\b|_eq|^eq|same|match(?:es)?(?:inline)?snapshot|tobe$|calledwith|throw|raises|isequalto|panic|containsexactly|error(?:f)?$|fatal(?:f)?$)",
    re.IGNORECASE,
)
_PRESENT: Final = re.compile(
    r"(?:true|truthy|defined|not_?null|notnil|exists?$|ok$|called$|_ne|notequal|notempty|noerror|^assert!?$|doesnotthrow|tobeinstanceof)",
    re.IGNORECASE,
)
_CONSTANT: Final = re.compile(r"\s*(?:true|false|null|nil|None|undefined|-?\d[\d_.]*\w*|\"[^\"]*\"|'[^']*'|`[^`]*`)?\s*\Z")
_MOCKED: Final = re.compile(
    r"(?:jest|vi)\.(?:mock|doMock)\(\s*['\"](?P<module>[^'\"]+)|(?:jest|vi)\.spyOn\(\s*\w+\s*,\s*['\"](?P<name>\w+)|(?P<assigned>\b\w+)\s*=\s*(?:jest|vi)\.fn\b"
)
_IMPORT: Final = re.compile(
    r"import\s+(?P<names>[^;'\"]+?)\s+from\s+['\"](?P<module>[^'\"]+)['\"]|(?:const|let|var)\s+(?P<req>[^=;]+?)\s*=\s*require\(\s*['\"](?P<from>[^'\"]+)"
)
_ROW: Final = re.compile(r"^\s*(?:\{.*\}|\[.*\]|\(.*\)),?\s*$", re.MULTILINE)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


class _Span(Struct, frozen=True):
    """A group of tests: where it begins and ends, its name, and what turns it off."""

    start: int
    end: int
    name: str
    off: str


def is_readable(path: str) -> bool:
    """Tell whether a file is in one of the languages.

    >>> is_readable("a.spec.ts"), is_readable("a.py")
    (True, False)
    """
    return _KNOWN.search(path) is not None


def text_proofs(path: str, text: str) -> FileProofs:
    """Read a file.

    >>> found = text_proofs("a.test.js", "test('adds', () => { expect(add(1, 2)).toBe(3); });")
    >>> [(name, proof.strengths) for name, proof in found.tests.items()]
    [('adds', (<Strength.EXACT: 3>,))]
    """
    kind = "script" if _SCRIPT.search(path) else "go" if path.endswith(".go") else "rust" if path.endswith(".rs") else "other"
    blanks = _BLANKS_NO_QUOTE if kind == "rust" else _BLANKS
    bare = blanks.sub(_blanked, text)
    told = re.sub(r"//[^\n]*|/\*.*?\*/", lambda found: " " * len(found[0]), text, flags=re.DOTALL) if kind != "script" else text
    groups = tuple(_groups(bare, text)) if kind == "script" else ()
    tests: dict[str, Proof] = {}
    mocks = _mocks(text, kind)
    switches: Counter[str] = Counter()
    for found in _TESTS[kind].finditer(bare):
        made = _test(kind, found, bare, told, groups)
        if made is None:
            continue
        proof, single = made
        switches["only"] += single
        name = proof.name if proof.name not in tests else f"{proof.name}#{len(tests)}"
        tests[name] = replace(proof, name=name, mocks=mocks)
    switches["only"] += sum(".only" in group.off or group.off.startswith("f") for group in groups)
    if kind == "other":
        switches["class off"] += len(
            re.findall(r"@(?:Disabled|Ignore)\b[^\n]*\s*(?:@\w+[^\n]*\s*)*(?:public\s+|final\s+|open\s+|internal\s+)*class\b", bare)
        )
    if kind == "go":
        switches["build tag"] += len(re.findall(r"^//go:build\s+(?!!?(?:linux|unix|windows|darwin|go1))\w+", text, re.MULTILINE))
    return FileProofs(tests=tests, switches=dict(switches))


def _blanked(found: re.Match[str]) -> str:
    """Blank a comment or the inside of a string; lines stay."""
    whole = found[0]
    inner = "".join("\n" if sign == "\n" else " " for sign in whole)
    return inner if whole.startswith(("//", "/*")) else whole[0] + inner[1:-1] + whole[-1]


def _close(bare: str, at: int) -> int:
    """Find the bracket that closes the one at `at`; the end where there is none."""
    wanted = [_PAIRS[bare[at]]]
    for index in range(at + 1, len(bare)):
        sign = bare[index]
        if sign in _PAIRS:
            wanted.append(_PAIRS[sign])
        elif sign == wanted[-1]:
            wanted.pop()
            if not wanted:
                return index
    return len(bare)


def _groups(bare: str, text: str) -> Iterator[_Span]:
    """List the groups of tests of a script."""
    for found in _GROUP.finditer(bare):
        opening = found.end() - 1
        word = found["word"]
        off = found["how"] if _OFF.search(found["how"]) or ".only" in found["how"] else word if word[0] in "xf" else ""
        yield _Span(found.start(), _close(bare, opening), _named(text, opening), off)


def _named(text: str, opening: int) -> str:
    """Read the first string after a bracket."""
    found = re.compile(r"\s*([\"'`])((?:\\.|(?!\1).)*)\1", re.DOTALL).match(text, opening + 1)
    return found[2] if found else ""


def _test(kind: str, found: re.Match[str], bare: str, told: str, groups: tuple[_Span, ...]) -> tuple[Proof, bool] | None:
    """Read one test; with it, whether it is singled out."""
    how = found.groupdict().get("how") or ""
    cases = 1
    if kind == "script":
        opening = found.end() - 1
        if ".each" in how or ".for" in how:
            end = _close(bare, opening)
            cases = _elements(bare[opening + 1 : end])
            opening = bare.find("(", end)
            if opening < 0:
                return None
        end = _close(bare, opening)
        around = [group for group in groups if group.start < found.start() < group.end]
        name = " > ".join((*(group.name for group in around), _named(told, opening)))
        off = next((group.off for group in around if group.off and ".only" not in group.off and not group.off.startswith("f")), "")
        off = off or (how if _OFF.search(how) else "x" if found["word"].startswith("x") else "")
        single = ".only" in how or found["word"] in {"fit", "ftest"}
    else:
        opening = bare.find("{", found.end())
        if opening < 0:
            return None
        end, name, single = _close(bare, opening), found["name"], False
        # What is written above the first mark belongs to the test, too.
        above = bare[max(0, bare.rfind("}", 0, found.start()), bare.rfind(";", 0, found.start())) : found.start()]
        marks = how + above
        off_found = _OFF.search(marks)
        off = off_found[0] if off_found and kind != "go" else ""
        cases += len(re.findall(r"@?(?:CsvSource|ValueSource|InlineData|TestCase|case)\b", how + above)) and _elements(how + above)
    body = bare[opening:end]
    inside = _OFF_INSIDE.search(body)
    proof = Proof(
        name=name,
        body=fingerprint(
            " ".join(told[opening:end].split()).replace(_named(told, opening), "", 1)
            if kind == "script"
            else " ".join(told[opening:end].split())
        ),
        assertions=tuple(_assertions(body, told[opening:end])),
        cases=cases + len(_ROW.findall(body)) + body.count("t.Run("),
        literals=frozenset(re.findall(r"[\"'][^\"'\n]*[\"']|\b\d[\d.]*", told[found.start() : end])),
        skipped=off or (inside[0] if inside else ""),
        calls=frozenset(re.findall(r"(\w+)\s*\(", body)),
    )
    return proof, single


def _elements(table: str) -> int:
    """Count the rows of a table that is written out."""
    start = next((index for index, sign in enumerate(table) if sign in "[{("), -1)
    if start < 0:
        return max(1, table.count("\n") - 1)
    depth, count, is_filled = 0, 0, False
    for sign in table[start + 1 : _close(table, start)]:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            count += is_filled
            is_filled = False
        elif not sign.isspace():
            is_filled = True
    return count + is_filled


def _assertions(bare: str, told: str) -> Iterator[Assertion]:
    """List what a body asserts."""
    for found in _ASSERTS.finditer(bare):
        opening = found.end() - 1
        end = _close(bare, opening)
        subject, name, arguments = told[opening + 1 : end], found["name"], told[opening + 1 : end]
        is_not = False
        at = end + 1
        if (
            name in {"expect", "expectThat", "expectTypeOf", "assertThat", "assert.that"}
            or bare[at : at + 1] == "."
            or bare[at : at + 2] == "\n."
        ):
            name, arguments = "", ""
            while chained := _CHAIN.match(bare, at):
                is_not = is_not or chained["name"] == "not"
                at = chained.end()
                name = chained["name"]
                if chained["open"]:
                    end = _close(bare, at - 1)
                    arguments, at = told[at:end], end + 1
            if not name:
                continue
        text = " ".join(told[found.start() : at].split())
        yield _judged(text, subject, name, arguments, is_chain=at > end + 1 or found["name"].startswith("expect"), is_not=is_not)


def _judged(text: str, subject: str, name: str, arguments: str, *, is_chain: bool, is_not: bool) -> Assertion:
    """Say how much one assertion demands."""
    parts = _parts(arguments)
    if is_chain:
        is_sure = _CONSTANT.match(subject) is not None or (len(parts) == 1 and parts[0] == subject.strip() and not is_not)
        expected = arguments.strip()
    else:
        is_sure = bool(parts) and (_CONSTANT.match(parts[0]) is not None and (len(parts) == 1 or _CONSTANT.match(parts[1]) is not None))
        is_sure = is_sure or (len(parts) > 1 and parts[0] == parts[1])
        is_sure = is_sure and not name.startswith(("t.", "fail", "verify", "Assert.Fail"))
        subject, expected = (
            (parts[-1], parts[0]) if len(parts) > 1 and _CONSTANT.match(parts[0]) else (parts[0] if parts else "", ",".join(parts[1:]))
        )
    is_any = re.search(r"\bexpect\.anything\(|\bany\(\)|\bisA\(Object", expected) is not None
    if is_sure or is_any:
        strength = Strength.NOTHING
    elif is_not or _PRESENT.search(name):
        strength = Strength.PRESENT
    else:
        strength = Strength.EXACT if _EXACT.search(name) else Strength.BOUNDED
    constants = ",".join(re.findall(r"[\"'`][^\"'`]*[\"'`]|-?\b\d[\d._]*|\btrue\b|\bfalse\b", expected))
    return Assertion(text=text, subject=" ".join(subject.split()), strength=strength, expected=constants, slack=_slack(name, parts))


def _slack(name: str, parts: list[str]) -> float | None:
    """Read the tolerance or the bound of an assertion, a larger one being weaker."""
    try:
        if name == "toBeCloseTo":
            return float(10.0 ** -(float(parts[1]) if len(parts) > 1 else 2.0))
        if name in {"toBeLessThan", "toBeLessThanOrEqual", "isLessThan", "isLessThanOrEqualTo", "below", "most"}:
            return float(parts[0])
        if name in {"toBeGreaterThan", "toBeGreaterThanOrEqual", "isGreaterThan", "isGreaterThanOrEqualTo", "above", "least"}:
            return -float(parts[0])
        if name.endswith(("InDelta", "InEpsilon", "assertEquals", "AreEqual")) and len(parts) > 2:
            return float(parts[2].rstrip("fFdD"))
    except (ValueError, IndexError, OverflowError):
        return None
    return None


def _parts(arguments: str) -> list[str]:
    """Split arguments at the commas between them."""
    bare = _BLANKS.sub(_blanked, arguments)
    depth, start, parts = 0, 0, list[str]()
    for index, sign in enumerate(bare):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(arguments[start:index].strip())
            start = index + 1
    last = arguments[start:].strip()
    return [*parts, last] if last else parts


def _mocks(text: str, kind: str) -> frozenset[str]:
    """Name what a script replaces; of a replaced module, all that is taken from it."""
    if kind != "script":
        return frozenset()
    taken: dict[str, str] = {}
    for found in _IMPORT.finditer(text):
        taken[found["module"] or found["from"]] = found["names"] or found["req"] or ""
    names: set[str] = set()
    for found in _MOCKED.finditer(text):
        names |= set(re.findall(r"\w+", taken.get(found["module"] or "", ""))) | {found["name"] or found["assigned"] or ""}
    return frozenset(names - {""})
