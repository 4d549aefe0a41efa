"""`setsquare properties` as a person meets it."""

from __future__ import annotations


def test_properties_begin_and_stay(folder, run) -> None:
    place = folder / ".kiro" / "specs" / "ledger"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(
        "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Bookings\n\n#### Acceptance Criteria\n\n"
        "1. IF the amount is negative, THEN THE Ledger SHALL reject the booking\n2. THE Page SHALL be blue\n"
    )
    shown = run("properties", "--format", "json").json
    assert shown["specs"][0]["properties"] == [{"criterion": "1.1", "shape": "error-path", "test": "test_1_1_error_path"}]
    assert not (folder / "tests").exists()
    assert run("properties", "ledger", "--write").code == 0
    written = folder / "tests" / "properties" / "test_ledger_properties.py"
    assert written.read_text() == shown["specs"][0]["text"]
    compile(written.read_text(), "x", "exec")
    written.write_text(written.read_text() + "# mine\n")
    again = run("properties", "--write", "--format", "json").json
    assert again["specs"][0]["is_changed"] is False
    assert written.read_text().endswith("# mine\n")
    assert run("properties", "nope").code == 2
