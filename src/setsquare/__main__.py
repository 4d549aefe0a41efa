"""The console script's entry point: answers `--version` before anything heavy is imported, hands the rest to a surface."""

import sys

# `python -m setsquare` puts the current folder first, where a hostile workspace can plant a `click.py`: nothing is imported from there.
# Source: safety.md AT12. What Python itself imports before this line only `python -P -m setsquare` or `PYTHONSAFEPATH=1` keeps from it.
if __name__ == "__main__" and not sys.flags.safe_path and sys.path:
    del sys.path[0]

from setsquare._version import __version__


def main(argv: list[str] | None = None) -> int:
    """Run a command line and give its exit code: 0 ok, 1 findings, 2 usage, 3 refused, 4 outside world failed, 130 interrupted."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"]:
        sys.stdout.write(f"setsquare {__version__}\n")
        return 0
    if arguments[:1] == ["lsp"] and not {"-h", "--help"} & set(arguments):
        from setsquare.surfaces.lsp.starting import start  # noqa: PLC0415  (start-up: one surface is enough)

        return start(arguments[1:])
    if arguments[:1] == ["mcp"] and (arguments[1:2] == ["--answering"] or not {"-h", "--help"} & set(arguments)):
        from setsquare.surfaces.mcp.starting import start as start_mcp  # noqa: PLC0415  (start-up: one surface is enough)

        return start_mcp(arguments[1:], _CommandLine())
    return _command_line(arguments)


class _CommandLine:
    """What the command line offers to a surface that asks it."""

    def prepare(self) -> None:
        """Import what most questions need."""
        from setsquare.surfaces.cli.beforehand import prepare  # noqa: PLC0415  (start-up: one surface is enough)

        prepare()

    def run(self, arguments: list[str]) -> int:
        """Run a command line and give its exit code."""
        return _command_line(arguments)


def _command_line(arguments: list[str]) -> int:
    """Run what the command line offers."""
    try:
        from setsquare.surfaces.cli.entry import run  # noqa: PLC0415  (start-up: click comes after --version)
    except KeyboardInterrupt:
        return 130
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
