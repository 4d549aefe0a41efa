"""Ends what a killed process left half written, before a command looks at the files, and says so on standard error."""

from __future__ import annotations

import os
import sys


def end_plans(folder: str | os.PathLike[str]) -> None:
    """Complete or take back the plans that were cut off in a folder; each is told in a line."""
    from setsquare.adapters.intents import end_cut_off  # noqa: PLC0415  (start-up)

    for line in end_cut_off(os.fspath(folder)):
        tell_ended(line)


def tell_ended(line: str) -> None:
    """Say how a plan ended."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
