"""`python -m dialects.recorder [NAME …] [--list]`: records the named dialects anew, all where none is named."""

import argparse
import sys

from dialects.recorder.app import apps
from dialects.recorder.record import record


def main() -> int:
    """Record, and say what was recorded; 1 where an app failed."""
    known = apps()
    parser = argparse.ArgumentParser(prog="dialects.recorder", description="Record what instrumentations send.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to record; all where none is named")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(known):
        parser.error(f"there is no recording named {', '.join(sorted(unknown))}; see --list")
    if arguments.list:
        sys.stdout.writelines(name + "\n" for name in known)
        return 0
    failed = 0
    for name in arguments.names or known:
        try:
            said = record(known[name])
        except Exception as error:  # noqa: BLE001 - the other recordings go on
            said, failed = f"failed: {error}", failed + 1
        sys.stdout.write(f"{name}: {said}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
