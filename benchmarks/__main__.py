"""``python -m benchmarks [startup | batch | page] [OPTIONS]``; without a name, graders compared."""

import sys

from benchmarks import batch, compare, results, startup

_COMMANDS = {"startup": startup.main, "batch": batch.main, "page": results.main}


def main(argv: list[str]) -> int:
    """Run the command that is named first; `benchmarks.compare` where none is."""
    if argv[:1] and argv[0] in _COMMANDS:
        return _COMMANDS[argv[0]](argv[1:])
    return compare.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
