from __future__ import annotations

import pytest

from setsquare.journeys.run_verify import Counts, counts


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("==== 3 passed in 0.01s ====", Counts(3, 0)),
        ("==== 1 failed, 2 passed, 1 error in 0.01s ====", Counts(2, 2)),
        ("1 passed, 3 warnings in 1s", Counts(1, 0)),
        ("Ran 3 tests in 0.001s\n\nOK", Counts(3, 0)),
        ("Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=2)", Counts(2, 3)),
        ("== 2 skipped in 0.01s ==", Counts(0, 0)),
        ("== 9 passed in 1s ==\n== 2 skipped in 0.01s ==", Counts(9, 0)),
        ("Ran 2 tests in 0.01s\n\nOK (skipped=2)", Counts(0, 0)),
        ("Tests:       2 skipped, 2 total", Counts(0, 0)),
        ("Test Suites: 1 passed, 1 total\nTests:       1 failed, 2 skipped, 4 passed, 7 total\nTime: 1 s", Counts(4, 1)),
        (" Test Files  1 passed (1)\n      Tests  6 passed (6)\n", Counts(6, 0)),
        ("test result: ok. 4 passed; 0 failed; 0 ignored\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored", Counts(5, 2)),
        ("--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL", Counts(1, 1)),
        ("  12 passing (5ms)\n  1 failing\n", Counts(12, 1)),
        ("# tests 3\n# pass 2\n# fail 1\n", Counts(2, 1)),
        ("compiled", Counts(None, None)),
        ("", Counts(None, None)),
    ],
)
def test_counts(output, told):
    assert counts(output) == told
