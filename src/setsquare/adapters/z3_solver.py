"""Decides formulas with Z3."""

from __future__ import annotations

from setsquare.errors import SolverFailed

_INSTALL = "Install it: `pip install 'setsquare[formal]'`."


class Z3Solver:
    """The Z3 theorem prover, in this process. Its effort is limited by the scripts themselves, in steps and not in seconds."""

    def evaluate(self, script: str) -> str:
        """Run a script in a fresh context.

        Raises:
            SolverFailed: Z3 is not installed, or it does not understand the script.
        """
        try:
            import z3  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise SolverFailed("Consistency is decided by Z3, which is not installed.", _INSTALL) from error
        # The context must outlive the call: its memory is freed with it.
        context = z3.Context()
        try:
            return str(z3.Z3_eval_smtlib2_string(context.ref(), script))
        except z3.Z3Exception as error:
            raise SolverFailed(
                f"Z3 does not understand the script: {str(error)[:200]}", "This is a defect of Setsquare; please report it."
            ) from error
