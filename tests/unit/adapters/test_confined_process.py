from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.adapters.confined_process import Ending, Output, execution, missing_command


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(2, 60))
def test_output_keeps_head_and_tail(chunks, limit):
    output = Output(limit)
    for chunk in chunks:
        output.add(chunk)
    raw = b"".join(chunks)
    if len(raw) <= limit:
        assert output.whole() == raw
        assert not output.is_truncated
    else:
        assert output.is_truncated
        assert output.whole().startswith(raw[: limit // 2])
        assert output.whole().endswith(raw[-(limit - limit // 2) :])
        assert f"{len(raw) - limit} bytes".encode() in output.whole()


def test_how_commands_end():
    output = Output(100)
    output.add(b"x")
    assert execution(Ending(duration_s=1.0), 3, output).exit_code == 3
    late = execution(Ending(duration_s=1.0, is_timed_out=True), -9, output)
    assert (late.exit_code, late.is_timed_out) == (124, True)
    assert execution(Ending(duration_s=1.0, is_halted=True), 0, output).exit_code == -9
    assert b"too many processes" in execution(Ending(duration_s=1.0, excess="too many processes"), 0, output).output
    assert missing_command("x", 0.1).exit_code == 127
