"""Compares the tests of two trees: what was proved before and is not any more, whatever the small steps between.

A test that was renamed, moved, split, merged or turned into a case of another one is followed by its body, its assertions and its constants; only what
is found nowhere is lost. What a file's tests prove is read from its text; nothing is run.

Source: safety.md AT42 (the agent weakens the tests).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.guard.gates import is_snapshot, loosened
from setsquare.guard.proof import Assertion, FileProofs, Proof, Strength, Weakness
from setsquare.guard.proof_python import python_proofs
from setsquare.guard.proof_python_names import is_standard
from setsquare.guard.proof_text import is_readable, text_proofs
from setsquare.guard.tampering import tampering
from setsquare.guard.weakening import is_test_file, weakening
from setsquare.text.document import decode

_STANDARD: Final = re.compile(r"(?:^|/)(?:tests?[^/]*|[^/]*_tests?|conftest)\.py$")
_CODE: Final = re.compile(
    r"\.(?:py|pyi|pyx|[cm]?[jt]sx?|vue|svelte|go|rs|java|kt|kts|cs|fs|scala|swift|dart|rb|php|exs?|erl|c|h|cc|cpp|hpp|m|mm|sql|proto|graphql|lua|pl|r|jl|hs|ml|clj|sh|css|scss|html|jinja2?|tmpl)$",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"\bnot\s+(\w+)")
_DEFAULT_EFFORT: Final = 100


class _Place(Struct, frozen=True):
    """One test and where it stands."""

    path: str
    proof: Proof

    @property
    def short(self) -> str:
        """Name the test without the groups around it."""
        return re.split(r"[.]| > ", self.proof.name)[-1]


def is_code(path: str) -> bool:
    """Tell whether a file is code that tests judge.

    >>> is_code("src/a.py"), is_code("tests/test_a.py"), is_code("README.md")
    (True, False, False)
    """
    return _CODE.search(path) is not None and not is_test_file(path) and not path.rpartition("/")[2].startswith("conftest.")


def weaknesses(old: Mapping[str, bytes], new: Mapping[str, bytes], verify: str = "") -> tuple[Weakness, ...]:
    r"""Compare the changed files of two trees; a file that is missing in one of them is new or gone. `verify` is the verification command.

    >>> before = {"test_a.py": b"def test_a():\n    assert f() == 1\n"}
    >>> [one.line for one in weaknesses(before, {"test_a.py": b"def test_a():\n    assert f()\n", "f.py": b""})]
    ['test_a.py: `test_a` asks for less: `f()` instead of `f() == 1`']
    >>> weaknesses(before, {"test_b.py": before["test_a.py"]})
    ()
    """
    changed_code = any(is_code(path) for path in {*old, *new})
    marks = frozenset(_NOT.findall(verify))
    before, after = _read(old, marks), _read(new, marks)
    found = [*_of_tests(before, after, is_code_changed=changed_code)]
    for path in sorted({*old, *new}):
        was, now = decode(old.get(path, b"")), decode(new.get(path, b""))
        found += _of_file(path, was, now, before.get(path), after.get(path), is_there=path in new)
        if is_snapshot(path) and path in old and (path not in new or not changed_code):
            found.append(Weakness(path, "", "is gone" if path not in new else "expects something else, though no code changed"))
        found += [Weakness(path, "", what) for what in (tampering(path, was, now) if path in new else ())]
        found += [Weakness(path, "", what) for what in (loosened(path, was, now) if path in new else _gone_gate(path, was))]
    return tuple(sorted(set(found)))


def _gone_gate(path: str, was: str) -> Iterable[str]:
    """Say what goes with a file that held thresholds."""
    return [what for what in loosened(path, was, "") if what.startswith("removes the threshold")]


def _read(files: Mapping[str, bytes], marks: frozenset[str]) -> dict[str, FileProofs]:
    """Read every file that holds tests and whose language is known."""
    found: dict[str, FileProofs] = {}
    for path, raw in files.items():
        if path.endswith(".py") and (is_test_file(path) or path.rpartition("/")[2] == "conftest.py"):
            proofs = python_proofs(decode(raw), marks)
            if proofs is not None:
                found[path] = proofs
        elif is_readable(path) and (is_test_file(path) or path.endswith(".rs")):
            found[path] = text_proofs(path, decode(raw))
    return found


def _of_file(path: str, was: str, now: str, before: FileProofs | None, after: FileProofs | None, *, is_there: bool) -> Iterator[Weakness]:
    """Compare what concerns a file as a whole."""
    if before is None and after is None:
        if (
            is_test_file(path)
            and was
            and (what := weakening(was, now))
            and not is_snapshot(path)
            and not path.endswith((".json", ".md", ".txt"))
        ):
            yield Weakness(path, "", what)
        return
    if before is not None and before.tests and after is None and is_there and now.strip():
        yield Weakness(path, "", "cannot be read as Python any more")
    if before is not None and after is not None:
        yield from (Weakness(path, "", what) for what in _from_elsewhere(before, after))
    old = before.switches if before else {}
    for name, count in (after.switches if after else {}).items():
        if count > old.get(name, 0):
            yield Weakness(path, "", "singles tests out, so that the others do not run" if name == "only" else f"turns tests off: `{name}`")


def _from_elsewhere(before: FileProofs, after: FileProofs) -> Iterator[str]:
    """Name what tests call that was the project's own and comes from Python or from the tests now."""
    called = {name for proof in before.tests.values() for name in proof.calls}
    for name, module in after.imports.items():
        was = before.imports.get(name, module)
        if was != module and name in called and not _is_beside(was) and _is_beside(module):
            yield f"tests `{name}` of `{module}`, not of `{was}` any more"


def _is_beside(module: str) -> bool:
    """Tell whether a module is none of the project's code: one of Python's own, or one of the tests'."""
    return is_standard(module) or any(part.startswith(("test", "conftest", "_test")) for part in module.split("."))


def _of_tests(before: Mapping[str, FileProofs], after: Mapping[str, FileProofs], *, is_code_changed: bool) -> Iterator[Weakness]:
    """Pair the tests of both trees, then compare each pair and look for what has none."""
    olds = [_Place(path, proof) for path, file in before.items() for proof in file.tests.values()]
    is_standard = any(_STANDARD.search(path) for path in before if path.endswith(".py"))
    news = [
        _Place(path, proof)
        for path, file in after.items()
        for proof in file.tests.values()
        if not path.endswith(".py") or not is_standard or _STANDARD.search(path) or path in before
    ]
    pairs, lost, fresh = _paired(olds, news)
    pool = Counter(one.text for place in fresh for one in place.proof.assertions if one.strength)
    for old, new in pairs:
        pool += Counter(one.text for one in new.proof.assertions if one.strength) - Counter(one.text for one in old.proof.assertions)
    constants = Counter(part for place in fresh for part in _constants(place.proof))
    for old, new in pairs:
        constants += Counter(_constants(new.proof)) - Counter(_constants(old.proof))
    for old, new in pairs:
        yield from _weaker(old, new, pool, constants, is_code_changed=is_code_changed)
    room = Counter({id(new): new.proof.cases - old.proof.cases for old, new in pairs} | {id(new): new.proof.cases for new in fresh})
    for old in lost:
        if not old.proof.skipped and not _is_elsewhere(old, pool, fresh, [*fresh, *(new for _, new in pairs)], room):
            yield Weakness(old.path, old.proof.name, "is gone")


def _paired(olds: list[_Place], news: list[_Place]) -> tuple[list[tuple[_Place, _Place]], list[_Place], list[_Place]]:
    """Find each test again: at its place, under its name elsewhere, by its body; give the pairs, those lost and those that are new."""
    pairs: list[tuple[_Place, _Place]] = []
    rest = list(olds)
    free = {id(new): new for new in news}
    keys = (
        lambda place: (place.path, place.proof.name),
        lambda place: (place.proof.name, place.proof.body),
        lambda place: (place.path, place.proof.body),
        lambda place: (place.short, place.proof.body),
        lambda place: place.proof.body,
        lambda place: place.proof.name,
        lambda place: (place.path, place.short),
    )
    for key in keys:
        by_key: dict[object, list[_Place]] = {}
        for new in free.values():
            by_key.setdefault(key(new), []).append(new)
        left = []
        for old in rest:
            same = by_key.get(key(old))
            if same:
                new = same.pop(0)
                del free[id(new)]
                pairs.append((old, new))
            else:
                left.append(old)
        rest = left
    return pairs, rest, list(free.values())


def _constants(proof: Proof) -> set[str]:
    return {part for one in proof.assertions if one.strength for part in one.expected.split(",") if part} | proof.literals


def _is_elsewhere(old: _Place, pool: Counter[str], fresh: list[_Place], all_new: list[_Place], room: Counter[int]) -> bool:
    """Tell whether what a lost test proved is proved by another one now: by its assertions, as a case, or under another name."""
    texts = Counter(one.text for one in old.proof.assertions if one.strength)
    if texts and not texts - pool:
        pool.subtract(texts)
        return True
    wanted = {part for one in old.proof.assertions if one.strength for part in one.expected.split(",") if part}
    for new in all_new:
        if (
            room[id(new)] > 0
            and new.proof.cases > 1
            and wanted
            and wanted <= new.proof.literals
            and new.proof.calls & old.proof.calls
            and not new.proof.skipped
        ):
            room[id(new)] -= old.proof.cases
            return True
    subjects = {one.subject for one in old.proof.assertions if one.strength}
    for new in fresh:
        if (
            new.path == old.path
            and subjects & {one.subject for one in new.proof.assertions}
            and not new.proof.skipped
            and not _fewer(old.proof, new.proof, ())
        ):
            fresh.remove(new)
            return True
    return False


def _weaker(old: _Place, new: _Place, pool: Counter[str], constants: Counter[str], *, is_code_changed: bool) -> Iterator[Weakness]:
    """Compare two versions of one test."""
    was, now = old.proof, new.proof
    if now.skipped and not was.skipped:
        yield Weakness(new.path, now.name, f"does not run any more: `{now.skipped}`")
        return
    if mocked := sorted((now.mocks - was.mocks) & was.calls):
        yield Weakness(new.path, now.name, f"replaces what it is to test: `{mocked[0]}`")
    if was.body == now.body and was.cases <= now.cases and was.assertions == now.assertions and was.effort == now.effort:
        return
    if less := _fewer(was, now, tuple(_credited(was, now, pool))):
        yield Weakness(new.path, now.name, less)
        return
    if (now.cases < was.cases and not (_constants(was) - _constants(now)) <= set(constants)) or (
        now.cases < was.cases and not _constants(was) - _constants(now)
    ):
        yield Weakness(new.path, now.name, f"has {now.cases} case{'' if now.cases == 1 else 's'} instead of {was.cases}")
    if now.effort and now.effort < (was.effort or _DEFAULT_EFFORT):
        yield Weakness(new.path, now.name, f"tries {now.effort} examples instead of {was.effort or _DEFAULT_EFFORT}")
    yield from (Weakness(new.path, now.name, what) for what in _looser(was, now, is_code_changed=is_code_changed))


def _credited(was: Proof, now: Proof, pool: Counter[str]) -> Iterator[Assertion]:
    """Give the assertions of the old version that went to another test."""
    missing = Counter(one.text for one in was.assertions) - Counter(one.text for one in now.assertions)
    for one in was.assertions:
        if one.strength and missing[one.text] > 0 and pool[one.text] > 0:
            missing[one.text] -= 1
            pool[one.text] -= 1
            yield one


def _fewer(was: Proof, now: Proof, credited: tuple[Assertion, ...]) -> str:
    """Say that a test asserts less; empty when it does not."""
    left = list(was.assertions)
    for one in credited:
        left.remove(one)
    kept = Proof(name="", body="", assertions=tuple(left)).strengths
    have = now.strengths
    if kept and not have:
        return "asserts nothing any more"
    if len(have) < len(kept) and not _sums_up(was, now):
        return f"has {len(have)} assertion{'' if len(have) == 1 else 's'} instead of {len(kept)}"
    for strong, weak in zip(kept, have, strict=False):
        if weak < strong:
            return _asks_less(left, now)
    return ""


def _sums_up(was: Proof, now: Proof) -> bool:
    """Tell whether fewer assertions name all the values that more of them named, exactly or as rows."""
    wanted = {part for one in was.assertions if one.strength for part in one.expected.split(",") if part}
    exact = {part for one in now.assertions if one.strength is Strength.EXACT for part in one.expected.split(",")}
    return bool(wanted) and wanted <= (exact | now.literals if now.cases > was.cases else exact)


def _asks_less(old: list[Assertion], now: Proof) -> str:
    """Name the assertion that got weaker."""
    texts = {one.text for one in now.assertions}
    gone = [one for one in old if one.text not in texts]
    before = {one.text for one in old}
    came = [one for one in now.assertions if one.text not in before]
    if not gone:
        return "asks for less"
    same = next((one for one in came if one.subject == gone[0].subject), came[0] if came else None)
    return (
        f"asks for less: `{same.text[:80]}` instead of `{gone[0].text[:80]}`" if same else f"does not assert `{gone[0].text[:80]}` any more"
    )


def _looser(was: Proof, now: Proof, *, is_code_changed: bool) -> Iterator[str]:
    """Find wider tolerances, and other expected values where no code changed."""
    by_subject: dict[str, list[Assertion]] = {}
    for one in now.assertions:
        by_subject.setdefault(one.subject, []).append(one)
    for one in was.assertions:
        same = by_subject.get(one.subject)
        if not one.subject or not same:
            continue
        other = next((each for each in same if each.text == one.text), same[0])
        same.remove(other)
        if other.slack is not None and (
            (one.slack is None and one.strength is Strength.EXACT) or (one.slack is not None and other.slack > one.slack)
        ):
            yield f"allows more: `{other.text[:80]}` instead of `{one.text[:80]}`"
        elif not is_code_changed and one.expected and other.expected != one.expected and other.strength is one.strength:
            yield f"expects something else, though no code changed: `{other.text[:80]}` instead of `{one.text[:80]}`"
