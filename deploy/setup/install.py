"""What set-up does: disk, .venv, the installer, the packages, the project itself; skipped when nothing changed."""

import argparse
import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from deploy.setup import node, postgres
from deploy.setup.steps import StepFailed, Steps

ROOT = Path(__file__).resolve().parents[2]
UV = "uv==0.13.9"
NEEDED_BYTES = 3 * 1024**3
# A change of any of these makes .venv stale.
STAMPED = ("requirements.txt", "constraints.txt", "deploy/setup/install.py")
STAMPED_TABLES = ("build-system", "project", "dependency-groups")


def main(arguments: Sequence[str]) -> int:
    """Make .venv ready; 0 when it is, 1 with one clear explanation on standard error when it cannot be."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.setup", description=__doc__)
    parser.add_argument("--for", dest="target", default="demo", help="the make target, named in messages")
    parser.add_argument(
        "--postgres", action="store_true", help="also see to PostgreSQL's server, which the tests start"
    )
    parser.add_argument("--node", action="store_true", help="also install the packages of the tests in JavaScript")
    options = parser.parse_args(arguments)
    try:
        install(ROOT)
        if options.postgres:
            postgres.ensure(ROOT / ".run" / "postgres-setup.log")
        if options.node:
            node.ensure(ROOT, ROOT / ".run" / "node-setup.log")
    except StepFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def install(root: Path) -> None:
    """Bring `root`/.venv to what the pinned files say; does nothing if it is there already. Raises StepFailed."""
    stamp = root / ".venv" / ".set-up"
    wanted = fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    check_disk(root)
    environment = Environment(root / ".venv")
    steps = Steps(root / ".run" / "setup.log", total=4)
    sys.stdout.write(f"Set-up, Python {sys.version.split()[0]} in {root / '.venv'}: once, some minutes\n")
    stamp.unlink(missing_ok=True)
    environment.create(steps)
    environment.install_packages(steps, root)
    stamp.write_text(wanted)


def fingerprint(root: Path) -> str:
    """What .venv was made from: the pinned files and the Python it belongs to, and where it stands."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{root}\n".encode())
    for name in STAMPED:
        digest.update((root / name).read_bytes())
    tables = tomllib.loads((root / "pyproject.toml").read_text())
    digest.update(repr([tables.get(name) for name in STAMPED_TABLES]).encode())
    return digest.hexdigest()


def check_disk(root: Path, *, needed: int = NEEDED_BYTES) -> None:
    """Raise StepFailed unless `needed` bytes are free where `root` is."""
    free = shutil.disk_usage(root).free
    if free < needed:
        raise StepFailed(
            f"Not enough disk: {free / 1024**3:.1f} GB free in {root}, {needed / 1024**3:.0f} GB needed. "
            "Free some, or check the project out elsewhere."
        )


class Environment:
    """The virtual environment at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.python = str(path / "bin" / "python")

    def create(self, steps: Steps) -> None:
        """A fresh environment of the running Python if the present one is another's, with the installer in it."""
        fresh = [] if self._is_ours() else ["--clear"]
        if _has_ensurepip():
            steps.run("virtual environment", [sys.executable, "-m", "venv", *fresh, str(self._path)])
            steps.run(f"installer {UV}", [self.python, "-m", "pip", "install", "--quiet", UV])
            return
        # Debian packs ensurepip apart from Python: the system's own pip, where there is one, serves as well.
        if shutil.which("pip3") is None:
            raise StepFailed("This Python cannot make virtual environments. Run: apt-get install python3-venv")
        steps.run("virtual environment", [sys.executable, "-m", "venv", "--without-pip", *fresh, str(self._path)])
        steps.run(f"installer {UV}", ["pip3", "--python", self.python, "install", "--quiet", UV])

    def install_packages(self, steps: Steps, root: Path) -> None:
        """The pinned packages with compiled byte code, then the project itself as an editable install."""
        uv = [self.python, "-m", "uv", "pip", "install", "--python", self.python]
        everything = ["-r", "requirements.txt", "--group", "dev", "-c", "constraints.txt", "--compile-bytecode"]
        environ = _environ()
        within = ["--directory", str(root)]
        steps.run("packages (Airflow and some 200 others)", [*uv, *within, *everything], environ=environ)
        steps.run("the project itself", [*uv, *within, "--no-deps", "-e", "."], environ=environ)

    def _is_ours(self) -> bool:
        config = self._path / "pyvenv.cfg"
        version = ".".join(str(part) for part in sys.version_info[:3])
        return config.is_file() and f"version = {version}" in config.read_text()


def _has_ensurepip() -> bool:
    try:
        import ensurepip
    except ImportError:
        return False
    return bool(ensurepip.version())


def _environ() -> dict[str, str]:
    # Whoever reaches the package registry through a mirror or a proxy's certificate has told pip so, not uv.
    environ = dict(os.environ)
    for told, needed in (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE")):
        if told in environ:
            environ.setdefault(needed, environ[told])
    environ.pop("VIRTUAL_ENV", None)
    return environ
