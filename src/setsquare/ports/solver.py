"""A decision procedure for formulas."""

from __future__ import annotations

from typing import Protocol


class Solver(Protocol):
    """Runs SMT-LIB 2 scripts; the same script gives the same answer."""

    def evaluate(self, script: str) -> str:
        """Run a script in a fresh context and give everything that it prints, one answer a line.

        Raises:
            SolverFailed: the solver is not installed, or the script is not understood.
        """
        ...
