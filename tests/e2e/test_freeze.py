"""`setsquare freeze`."""

from __future__ import annotations


def test_a_freeze_that_is_over_before_it_begins_is_a_mistake_and_nothing_is_written(run, folder):
    (folder / ".kiro").mkdir()
    ended = run("freeze", "on", "--reason", "release", "--until", "2020-01-01T00:00:00Z")
    assert (ended.code, "is over" in ended.err) == (2, True)
    assert not (folder / ".setsquare").exists()
    begun = run("freeze", "on", "--reason", "release", "--until", "2999-01-01T00:00:00Z", "--format", "json")
    assert (begun.code, begun.json["frozen"]) == (0, True)
    assert run("freeze", "off", "--yes").code == 0
