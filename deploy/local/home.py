"""A throw-away home for one stack: folders, secrets of its own, and the environment all its processes share."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from deploy.local.ports import HOST, Ports
from deploy.local.settings_of_airflow import airflow_settings

USER = "admin"
LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one stack under .run/, of the project at `root`."""

    root: Path
    path: Path

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME: metadata database, logs of tasks."""
        return self.path / "airflow"

    @property
    def logs(self) -> Path:
        """One log for each process of the stack."""
        return self.path / "logs"

    @property
    def sandbox(self) -> Path:
        """The sandbox's data."""
        return self.path / "sandbox"

    @property
    def files(self) -> Path:
        """Extracts and plans."""
        return self.path / "files"

    @property
    def record(self) -> Path:
        """What was started, for whoever has to stop it."""
        return self.path / "processes.json"

    @property
    def ledger_url(self) -> str:
        """The ledger of this stack."""
        return f"sqlite:///{self.path / 'ledger.sqlite'}"

    def recreate(self) -> None:
        """Delete what an earlier stack left and make the folders anew, for this user only."""
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True, mode=0o700)
        for folder in (self.airflow, self.logs, self.sandbox, self.files):
            folder.mkdir()

    def environment(
        self, ports: Ports, *, dags: Path | None = None, more: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The environment of every process of the stack, with fresh secrets; also written to `environment`.

        `more` is set besides, and wins.

        Whatever Airflow settings the caller's shell carries are left out: they belong to another Airflow.
        """
        made = self._secrets()
        own = {
            "AIRFLOW_HOME": str(self.airflow),
            "PYTHONPATH": os.pathsep.join([str(self.root), str(self.root / "plugins")]),
            "SYNC_LEDGER_URL": self.ledger_url,
            "SYNC_LEDGER_KEY": made["ledger_key"],
            "SYNC_FILES": self.files.as_uri(),
            "GX_ANALYTICS_ENABLED": "false",
            **airflow_settings(self, ports, made, dags or self.root / "dags"),
            **(more or {}),
        }
        self._write_environment(own)
        (self.path / "address").write_text(f"http://{HOST}:{ports.airflow}\n")
        return _inherited(os.environ) | own

    def address(self) -> str:
        """Where the UI of this stack is."""
        return (self.path / "address").read_text().strip()

    def password(self) -> str:
        """The password of the UI's only user."""
        return str(json.loads(self.passwords.read_text())[USER])

    @property
    def passwords(self) -> Path:
        """Where Airflow's simple sign-in reads the password."""
        return self.airflow / "passwords.json"

    def _secrets(self) -> dict[str, str]:
        write_private(self.passwords, json.dumps({USER: secrets.token_urlsafe(12)}) + "\n")
        return {
            "fernet_key": Fernet.generate_key().decode(),
            "ledger_key": Fernet.generate_key().decode(),
            # SHA-512 wants a key of at least 64 bytes.
            "jwt_secret": secrets.token_urlsafe(64),
            "api_secret_key": secrets.token_urlsafe(32),
        }

    def _write_environment(self, own: Mapping[str, str]) -> None:
        lines = "".join(f"export {name}='{value}'\n" for name, value in own.items())
        write_private(self.path / "environment", "# To use the command line beside it: source this file.\n" + lines)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path`, readable by its owner only from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    foreign = ("AIRFLOW_", "SYNC_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")
    kept = {name: value for name, value in environ.items() if not name.startswith(foreign)}
    # A proxy must not stand between the processes of one machine.
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(part for part in (kept.get(name, ""), HOST, "localhost") if part)
    return kept
