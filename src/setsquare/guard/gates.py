"""Finds what makes a quality gate easier to pass: thresholds lowered, tests deselected, failures ignored, snapshots rewritten.

Source: safety.md AT42; the settings of pytest, coverage.py, Jest, Vitest, nyc, JaCoCo, Maven, Gradle, Cargo, make and shells.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_CONFIG: Final = re.compile(
    r"(?:^|/)(?:pytest\.ini|\.pytest\.ini|pytest\.toml|pyproject\.toml|setup\.cfg|tox\.ini|noxfile\.py|\.coveragerc|package\.json|\.nycrc[^/]*|\.mocharc[^/]*"
    r"|(?:jest|vitest|vite|karma|playwright|cypress|ava|nyc|wdio)\.(?:conf(?:ig)?)[^/]*|pom\.xml|build\.gradle(?:\.kts)?|Cargo\.toml|\.cargo/config[^/]*|phpunit[^/]*\.xml[^/]*"
    r"|\.rspec|\.simplecov|codecov\.ya?ml|\.codecov\.ya?ml|sonar-project\.properties|Makefile|GNUmakefile|[^/]*\.mk|justfile|Taskfile\.ya?ml|Rakefile|[^/]*\.(?:sh|bash|zsh|ps1|bat|cmd)"
    r"|\.gitlab-ci\.yml|azure-pipelines\.yml|Jenkinsfile|\.pre-commit-config\.yaml|go\.work|mix\.exs|deno\.jsonc?|nx\.json|turbo\.json|lefthook\.ya?ml)$"
    r"|(?:^|/)\.(?:github|circleci|buildkite|woodpecker)/.+\.ya?ml$"
)
_SNAPSHOT: Final = re.compile(
    r"\.(?:snap|ambr|snapshot|golden|approved\.\w+|verified\.\w+)$|(?:^|/)(?:__snapshots__|snapshots|__image_snapshots__|golden|goldens|testdata/golden)/",
    re.IGNORECASE,
)
_THRESHOLD: Final = re.compile(
    r"(?P<key>fail[_-]under|cov-fail-under|minimum[_-]?coverage|min[_-]?coverage|(?:branches|functions|lines|statements|perFile|threshold|target|minimum"
    r"|autoUpdate)|refuse_coverage_drop)[\"']?>?\s*(?:[:=]|\s|>)\s*[\"']?(?P<value>\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_LOOSE: Final = {
    "ignores failures": r"\|\|\s*(?:true|:|exit\s+0|echo\b)|;\s*(?:true|exit\s+0)\s*$|^\s*set\s+\+e\b|continue-on-error\s*:\s*true|allow_failure\s*:\s*true"
    r"|ignoreFailures\s*=?\s*true|testFailureIgnore|failOnError\s*=\s*false|--exit-zero\b|--passWithNoTests\b|passWithNoTests|--no-fail-on|--suppress-no-test-exit-code"
    r"|^\t-[ \t]*\S|ignore_errors\s*=\s*true|fail_ci_if_error\s*:\s*false",
    "leaves tests out": r"(?<![\w-])--(?:ignore(?:-glob)?|deselect|exclude|skip|testPathIgnorePatterns|testNamePattern|grep|invert)(?:[ =]|\b)|(?:pytest|py\.test|addopts)\b[^\n]*\s-k\b|(?<![\w-])-m[ =]+\\?[\"']?not\b|\baddopts\b[^\n]*\s-m\b"
    r"|norecursedirs|collect_ignore(?:_glob)?|testPathIgnorePatterns|modulePathIgnorePatterns|-DskipTests|maven\.test\.skip|<skip(?:Tests)?>\s*true|<exclude>"
    r"|\bexclude(?:Tests?|TestsMatching)?\s*[(:=]|(?:^|\n)\s*(?:test|doctest|harness)\s*=\s*false|--lf\b|--last-failed|--sw\b|--co\b|--collect-only|--listTests|--no-run|-run[ =]\S"
    r"|onlyChanged|--changedSince|--findRelatedTests|-p\s*no:\w+|--forceExit",
    "leaves code out of coverage": r"^\s*omit\s*=|coveragePathIgnorePatterns|^\s*exclude_(?:lines|also)\s*=|--no-cov\b",
    "turns a check off": r"filterwarnings\s*=\s*ignore|xfail_strict\s*=\s*false",
}
_PLACES: Final = re.compile(
    r"^\s*[\"']?(?P<key>testpaths|python_files|python_classes|python_functions|testMatch|testRegex|include|roots|spec)[\"']?\s*[:=]\s*(?P<value>[^\n]*(?:\n[ \t]+[^\n=:]+$)*)",
    re.MULTILINE,
)
_NO_COVER: Final = re.compile(
    r"#\s*pragma:\s*no\s*cover|/\*\s*(?:istanbul|c8|v8)\s+ignore|//\s*codecov:ignore|LCOV_EXCL|@ExcludeFromCodeCoverage"
)
_KEYS_OF_PLACES: Final = frozenset({"include", "roots", "spec"})
_COMMENT: Final = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)


def is_gate(path: str) -> bool:
    """Tell whether a file says which tests run, how, and what must hold.

    >>> is_gate("pyproject.toml"), is_gate("scripts/test.sh"), is_gate("src/a.py")
    (True, True, False)
    """
    return _CONFIG.search(path) is not None


def is_snapshot(path: str) -> bool:
    """Tell whether a file holds what a test expects.

    >>> is_snapshot("src/__snapshots__/a.test.js.snap"), is_snapshot("src/a.py")
    (True, False)
    """
    return _SNAPSHOT.search(path) is not None


def loosened(path: str, old: str, new: str) -> tuple[str, ...]:
    r"""Say what a file makes easier than before.

    >>> loosened("Makefile", "test:\n\tpytest\n", "test:\n\tpytest || true\n")
    ('ignores failures: `|| true`',)
    >>> loosened(".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 10\n")
    ('lowers `fail_under` from 90 to 10',)
    """
    if not is_gate(path):
        more = len(_NO_COVER.findall(new)) - len(_NO_COVER.findall(old))
        return (f"takes code out of coverage in {more} place{'' if more == 1 else 's'}",) if more > 0 and old else ()
    was, now = (_COMMENT.sub("", text) for text in (old, new))
    found = [*_lowered(was, now)]
    for what, pattern in _LOOSE.items():
        every = re.compile(pattern, re.MULTILINE)
        before, after = (Counter(" ".join(one[0].split()) for one in every.finditer(text)) for text in (was, now))
        found += [f"{what}: `{text}`" for text in after - before if text]
    if was.strip():
        found += _moved(was, now)
    return tuple(dict.fromkeys(found))


def _lowered(old: str, new: str) -> list[str]:
    """Find thresholds that fell or are gone."""
    before, after = (_thresholds(text) for text in (old, new))
    found = []
    for key, values in before.items():
        now = after.get(key, [])
        if len(now) < len(values):
            found.append(f"removes the threshold `{key}`")
        else:
            found += [f"lowers `{key}` from {a:g} to {b:g}" for a, b in zip(values, now, strict=False) if b < a]
    return found


def _thresholds(text: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for one in _THRESHOLD.finditer(text):
        found.setdefault(one["key"], []).append(float(one["value"]))
    return found


def _moved(old: str, new: str) -> list[str]:
    """Find where tests are looked for that changed, other than by more places."""
    before, after = ({one["key"]: set(re.findall(r"[\w./*-]+", one["value"])) for one in _PLACES.finditer(text)} for text in (old, new))
    found = []
    for key, places in after.items():
        if key in _KEYS_OF_PLACES and key not in before:
            continue
        if key not in before or not before[key] <= places:
            found.append(f"changes where tests are looked for: `{key}`")
    return found
