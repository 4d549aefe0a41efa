"""A link stands at one part of a file, and what that part said is remembered."""

from __future__ import annotations

import pytest

from setsquare.spec.drift_parts import (
    BYTES,
    WHOLE,
    Became,
    CodeFile,
    CodePart,
    Remembered,
    encode_remembered,
    fates,
    joined_memory,
    part_at,
    read_remembered,
    remember,
)

ROWS = """# req: s/1.1
class Account:
    # req: s/1.2
    @cached
    # why
    def open(self):
        # req: s/1.3
        return 1

    # req: s/1.4

    def close(self):
        return 2


x = 1  # req: s/1.5
""".splitlines()


def part(name: str, line: int, end_line: int, digest: str = "0" * 16) -> CodePart:
    return CodePart(name=name, line=line, end_line=end_line, digest=digest)


FILE = CodeFile(
    rows=tuple(ROWS),
    bytes_digest="b" * 16,
    whole="f" * 16,
    parts=(part("Account", 2, 13, "a" * 16), part("Account.open", 4, 8, "1" * 16), part("Account.close", 12, 13, "2" * 16)),
)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (1, "Account"),
        (2, "Account"),
        (3, "Account.open"),
        (4, "Account.open"),
        (7, "Account.open"),
        (10, "Account"),  # a blank line lies between
        (16, ""),
        (99, ""),
    ],
)
def test_the_part_that_a_line_belongs_to(line: int, name: str) -> None:
    found = part_at(FILE, line)
    assert (found.name if found else "") == name


def test_a_comment_at_a_class_s_end_is_not_what_follows_the_class() -> None:
    file = CodeFile(
        rows=("class A:", "    x = 1", "    # req: 1.1", "def b(): ...", ""), bytes_digest="", parts=(part("A", 1, 3), part("b", 4, 4))
    )
    found = part_at(file, 3)
    assert found is not None
    assert found.name == "A"


def test_what_has_no_part_is_the_whole_file_and_an_unread_language_its_bytes() -> None:
    assert remember(FILE, [16]) == (Remembered(WHOLE, "f" * 16),)
    assert remember(CodeFile(rows=("x",), bytes_digest="b" * 16), [1, 1]) == (Remembered(BYTES, "b" * 16),)


@pytest.mark.parametrize("name", ["issue", "Account.close#2", "a, b", WHOLE, "naïve", "impl<T> Show for T"])
def test_what_is_written_is_read_again(name: str) -> None:
    parts = (Remembered("Other", "1" * 16), Remembered(name, "0" * 16))
    assert set(read_remembered(encode_remembered(parts))) == set(parts)


@pytest.mark.parametrize("written", ["", "0123456789abcdef", "x 0123456789abcdef a", "words"])
def test_other_digests_remember_nothing(written: str) -> None:
    assert read_remembered(written) == ()


def test_what_is_remembered_stays_and_new_parts_join() -> None:
    then, now = (Remembered("a", "0" * 16),), (Remembered("a", "1" * 16), Remembered("b", "2" * 16))
    assert joined_memory(then, now) == (*then, now[1])
    whole = (Remembered(WHOLE, "0" * 16),)
    assert joined_memory(whole, now) == whole


@pytest.mark.parametrize(
    ("then", "linked", "became"),
    [
        (Remembered("Account.open", "1" * 16), ["Account.open"], Became.SAME),
        (Remembered("Elsewhere.open", "1" * 16), ["Account.open"], Became.SAME),  # it moved within the file
        (Remembered("Elsewhere.open", "1" * 16), [], Became.GONE),  # its twin stays
        (Remembered("Account.close", "1" * 16), ["Account.close"], Became.CHANGED),  # it had a twin
        (Remembered("Account.open#2", "1" * 16), ["Account.open"], Became.SAME),
        (Remembered("Account.open", "9" * 16), ["Account.open"], Became.CHANGED),
        (Remembered("old", "9" * 16), ["Account.open"], Became.RENAMED),
        (Remembered("old", "9" * 16), [], Became.GONE),
        (Remembered("old", "9" * 16), ["Account.open", "Account.close"], Became.GONE),
        (Remembered(WHOLE, "f" * 16), [], Became.SAME),
        (Remembered(WHOLE, "e" * 16), [], Became.CHANGED),
        (Remembered(BYTES, "b" * 16), [], Became.SAME),
        (Remembered(BYTES, "c" * 16), [], Became.CHANGED),
    ],
)
def test_what_became_of_a_part(then: Remembered, linked: list[str], became: Became) -> None:
    assert [fate.became for fate in fates([then], FILE, linked)] == [became]


def test_what_cannot_be_read_is_unknown_only_where_an_extra_would_help() -> None:
    then = [Remembered("a", "0" * 16)]
    assert fates(then, CodeFile(rows=(), bytes_digest="", extra="code"))[0].became is Became.UNKNOWN
    assert fates(then, CodeFile(rows=(), bytes_digest=""))[0].became is Became.UNREADABLE
