"""The packages of the tests in JavaScript, installed as their lock file says; skipped when nothing changed."""

import hashlib
import os
from pathlib import Path

from deploy.setup.steps import Steps

PACKAGES = Path("tests/sandbox/node")
STAMPED = ("package.json", "package-lock.json")


def ensure(root: Path, log: Path) -> None:
    """Have the packages of `root`/tests/sandbox/node, by the npm that .venv brings. Raises StepFailed."""
    folder = root / PACKAGES
    stamp = folder / "node_modules" / ".set-up"
    wanted = fingerprint(folder)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm = [str(root / ".venv" / "bin" / "npm"), "--prefix", str(folder), "ci"]
    quiet = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm of the wheel finds its Node on the path.
    environ = {**os.environ, "PATH": f"{root / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    Steps(log, total=1).run("packages of the tests in JavaScript", [*npm, *quiet], environ=environ)
    stamp.write_text(wanted)


def fingerprint(folder: Path) -> str:
    """What the packages were made from."""
    digest = hashlib.sha256()
    for name in STAMPED:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
