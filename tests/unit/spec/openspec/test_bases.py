"""What a requirement said when a change was written: from a record, and from the versions of the change's file."""

from __future__ import annotations

from setsquare.spec.openspec.bases import Base, BaseSource, Glimpse, bases_seen, encode_base, read_bases
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Delta

ONE = "### Requirement: Ring\nIt SHALL ring.\n#### Pressed\n- 2 s"
PATH = RelPath("spec.md")


def delta(text: str, section: str = "MODIFIED") -> Delta:
    return read_delta("bell", PATH, f"## {section} Requirements\n{text}\n")


def glimpse(commit: str, shown: Delta | None, main: str) -> Glimpse:
    return Glimpse(commit, shown, read_main_spec("bell", PATH, f"## Requirements\n{main}\n"))


def base(now: Delta, *glimpses: Glimpse) -> tuple[str, str]:
    found = bases_seen(now, glimpses)
    return (found[0].at, found[0].text) if found else ("", "")


def test_the_base_is_what_stood_there_when_the_entry_came_in() -> None:
    mine = delta(ONE.replace("2 s", "9 s"))
    assert base(mine, glimpse("1", None, ONE), glimpse("2", mine, ONE)) == ("2", ONE)


def test_an_edit_for_another_reason_does_not_move_the_base() -> None:
    first, edited = delta(ONE.replace("2 s", "9 s")), delta(ONE.replace("2 s", "9 s\n- typo mended"))
    assert base(edited, glimpse("1", first, ONE), glimpse("2", edited, ONE.replace("ring.", "ring loudly."))) == ("1", ONE)


def test_an_edit_that_takes_the_others_text_over_moves_it() -> None:
    first, main = delta(ONE.replace("2 s", "9 s")), ONE.replace("ring.", "ring loudly.")
    edited = delta(main.replace("2 s", "9 s"))
    assert base(edited, glimpse("1", first, ONE), glimpse("2", edited, main)) == ("2", main)


def test_an_entry_that_was_dropped_and_came_back_begins_anew() -> None:
    mine, later = delta(ONE.replace("2 s", "9 s")), ONE.replace("2 s", "5 s")
    assert base(mine, glimpse("1", mine, ONE), glimpse("2", delta(""), ONE), glimpse("3", mine, later)) == ("3", later)


def test_a_removal_keeps_the_first_base() -> None:
    gone = delta("### Requirement: Ring", "REMOVED")
    assert base(gone, glimpse("1", gone, ONE), glimpse("2", gone, ONE.replace("2 s", "5 s"))) == ("1", ONE)


def test_a_requirement_that_is_not_there_yet_has_no_base() -> None:
    mine = delta(ONE)
    assert base(mine, glimpse("1", mine, "### Requirement: Other\nIt SHALL.")) == ("", "")
    assert base(mine) == ("", "")


def test_the_last_line_of_a_record_counts_and_a_forged_one_is_none() -> None:
    first = Base(capability="bell", requirement="Ring", text=ONE, source=BaseSource.RECORD, at="2026-01-01")
    last = Base(capability="bell", requirement="Ring", text="later", source=BaseSource.RECORD, at="2026-01-02")
    assert read_bases(encode_base(first) + encode_base(last)) == ((last,), ())
    forged = encode_base(first).replace(b"2 s", b"3 s")
    assert read_bases(forged + encode_base(last)) == ((last,), (1,))
    assert read_bases(b"=======\n[]\n")[1] == (1, 2)
