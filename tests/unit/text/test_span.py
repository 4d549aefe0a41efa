"""Edits by span."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.span import Edit, Span, apply_edits


# req: workspace/2.4
@given(raw=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60), min_size=2, max_size=8), new=st.binary(max_size=5))
def test_every_byte_outside_the_spans_stays(raw: bytes, cuts: list[int], new: bytes) -> None:
    places = sorted(min(cut, len(raw)) for cut in cuts[: len(cuts) // 2 * 2])
    spans = [Span(start, end) for start, end in zip(places[::2], places[1::2], strict=True)]
    edits = [Edit(span, new) for span in spans]
    kept = [raw[: spans[0].start]] + [raw[a.end : b.start] for a, b in pairwise(spans)] + [raw[spans[-1].end :]]
    assert apply_edits(raw, reversed(edits)) == new.join(kept)


@pytest.mark.parametrize("spans", [((0, 3), (2, 4)), ((4, 9),), ((3, 2),)])
def test_overlapping_and_outside_edits_are_refused(spans: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="overlaps another or lies outside"):
        apply_edits(b"12345", [Edit(Span(start, end), b"") for start, end in spans])
