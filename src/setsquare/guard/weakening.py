"""Tells when a changed test file proves less than before.

Source: safety.md AT42 (the agent weakens the tests).
"""

from __future__ import annotations

import re

_TEST_FILE = re.compile(
    r"(?:^|/)(?:test_[^/]*\.py|[^/]*_test\.(?:py|go|rb|dart|exs|cc|cpp)|[^/]*[._-](?:test|spec|cy)\.[cm]?[jt]sx?|[^/]*_spec\.rb"
    r"|[^/]*Tests?\.(?:java|kt|cs|php|swift|scala)|[^/]*Spec\.(?:scala|groovy|kt))$"
    r"|(?:^|/)(?:tests?|__tests__|specs?|e2e)/[^\n]*\.[a-z]{1,5}$"
)
_TEST = re.compile(
    r"^[ \t]*(?:async[ \t]+)?def[ \t]+test\w*|^[ \t]*(?:it|test|specify)(?:\.(?:each|concurrent)\b[^\n]*?)?[ \t]*[(\"'`]|^func[ \t]+(?:Test|Fuzz)\w*"
    r"|#\[(?:\w+::)*test\b|@(?:Parameterized|Repeated)?Test\b|\[(?:Test|Fact|Theory|TestMethod)\b|\bfunction[ \t]+test\w*|^[ \t]*test[ \t]+\"",
    re.MULTILINE,
)
_SKIP = re.compile(
    r"\bload_tests\b|\bpytest_(?:collection_modifyitems|ignore_collect|collect_file)\b|@(?:\w+\.)*(?:skip\w*|xfail|expectedFailure)\b|\bpytest\.(?:skip|xfail|importorskip|exit)\b|\bskipTest\(|\bSkipTest\b|\bpytestmark\b"
    r"|\bcollect_ignore\b|\b__test__[ \t]*=[ \t]*False|\b(?:it|test|describe|context|suite)\.(?:skip|todo|only|fails|fixme)\b"
    r"|\b[xf](?:it|describe|test|context)[ \t]*\(|\bt\.Skip\w*\(|#\[ignore\b|@(?:Ignore|Disabled)\b|\[Ignore\b|\bSkip[ \t]*=|\bmarkTestSkipped\b|@tag[ \t]+:skip"
)
_ASSERTION = re.compile(
    r"\bassert\w*|\bexpect\w*[ \t]*\(|\bt\.(?:Error|Fatal|Fail)\w*\(|\bshould\w*\b|\bfail\w*\(|\bverify\w*\(|\brequire\.\w+\(|\braises\("
)


def is_test_file(path: str) -> bool:
    """Tell whether a file holds tests, by its name or its folder.

    >>> [is_test_file(path) for path in ("tests/test_a.py", "src/a.spec.ts", "a_test.go", "src/testing.py", "src/contest.py")]
    [True, True, True, False, False]
    """
    return _TEST_FILE.search(path) is not None


def weakening(old: str, new: str) -> str:
    r"""Say what a test file proves less than before; empty when nothing. A count, not a proof: weaker conditions are not seen.

    >>> weakening("def test_a(): assert f()\ndef test_b(): assert g()", "def test_a(): assert f()")
    'it has 1 test instead of 2'
    >>> weakening("def test_a(): assert f()", "@pytest.mark.skip\ndef test_a(): assert f()")
    'it skips or singles out tests in 1 place, 0 before'
    >>> weakening("def test_a(): assert f()", "def test_a(): pass"), weakening("def test_a(): assert f()", "def test_b(): assert g()")
    ('no assertion is left in it', '')
    """
    before, after = (len(_TEST.findall(text)) for text in (old, new))
    if after < before:
        return f"it has {after} test{'' if after == 1 else 's'} instead of {before}"
    skipped, skips = (len(_SKIP.findall(text)) for text in (old, new))
    if skips > skipped:
        return f"it skips or singles out tests in {skips} place{'' if skips == 1 else 's'}, {skipped} before"
    return "no assertion is left in it" if _ASSERTION.search(old) and not _ASSERTION.search(new) else ""
