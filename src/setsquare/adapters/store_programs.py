"""Starts the program that a person named, in this terminal and without a shell."""

# A link is not followed: a program may look at the name under which it was called.
# ruff: noqa: PTH100

from __future__ import annotations

import os
import shutil
import subprocess


class TerminalPrograms:
    """Programs on the person's search path; keeps nothing."""

    __slots__ = ()

    def find(self, command: str) -> str:
        """Give a program's file, looked for on the search path; the empty string where there is none."""
        found = shutil.which(command)
        # The program is started in another folder.
        return os.path.abspath(found) if found else ""

    def run(self, argv: tuple[str, ...], folder: str) -> int:
        """Run a program in this terminal, in a folder; give its exit code, 128 and the signal's number when a signal ended it."""
        with subprocess.Popen(argv, cwd=folder) as process:
            while True:
                try:
                    code = process.wait()
                    break
                except KeyboardInterrupt:
                    # The terminal told the program, too; what it makes of that is its own affair.
                    continue
        return code if code >= 0 else 128 - code
