"""Imports what the commands that only look need, before it is known which of them is asked."""

from __future__ import annotations


def prepare() -> None:
    """Import them; what a command needs within a function alone it still imports itself."""
    from setsquare.surfaces.cli import (  # noqa: F401, PLC0415  (to have imported them is all that is wanted, and only where this is called)
        check,
        drift,
        entry,
        explaining,
        iam,
        iam_analyze,
        iam_escalations,
        iam_simulate,
        iam_status,
        impact,
        policy,
        policy_explain,
        spec,
        spec_list,
        spec_status,
        status,
        trace,
        trace_explain,
        trace_matrix,
        trace_status,
    )
    from setsquare.surfaces.cli.report import iam_page, json  # noqa: F401, PLC0415  (as above)
    from setsquare.wire import planning, unfinished  # noqa: F401, PLC0415  (as above)
