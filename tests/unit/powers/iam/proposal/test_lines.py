"""Lines that sentences name stay true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.proposal.lines import with_lines
from setsquare.text.paths import RelPath

A, B = RelPath("a.tf"), RelPath("x/a.tf")


@given(st.lists(st.integers(0, 40), unique=True, min_size=1), st.data())
def test_a_line_that_stays_is_named_where_it_stands(lines: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(lines)))
    left = [each for each in lines if each not in gone]
    old, new = ("".join(f"{each}\n" for each in some).encode() for some in (lines, left))
    for number, each in enumerate(lines, 1):
        told = with_lines(f"see a.tf:{number}, and x/a.tf:{number}", {A: old, B: b""}, {A: new})
        assert told.endswith(f"x/a.tf:{number}")
        if each in left:
            assert told.startswith(f"see a.tf:{left.index(each) + 1},")


def test_a_file_of_many_like_lines_takes_no_time() -> None:
    old = b"x\n" * 60_000
    assert with_lines("a.tf:60000", {A: old}, {A: b"y\n" + old[:-400]}) == "a.tf:59801"
