"""`python3 -m deploy.setup [--for TARGET] [--postgres] [--node]`: make .venv ready, or say in one line why not."""

import sys

from deploy.setup.interpreter import complaint


def _target(arguments: "list[str]") -> str:
    return arguments[arguments.index("--for") + 1] if "--for" in arguments[:-1] else "demo"


if __name__ == "__main__":
    problem = complaint(tuple(sys.version_info[:2]), _target(sys.argv))
    if problem:
        sys.exit(problem)
    # Only now: what follows is written for the Pythons just checked.
    from deploy.setup.install import main

    sys.exit(main(sys.argv[1:]))
