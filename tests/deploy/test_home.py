import json
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from deploy.local.home import Home
from deploy.local.ports import Ports

PORTS = Ports(18080, 18091, 18092)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path, tmp_path / ".run" / "demo")
    made.recreate()
    return made


def test_files_with_secrets_are_readable_by_their_owner_only(home: Home) -> None:
    home.environment(PORTS)
    for path in (home.passwords, home.path / "environment"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_secrets_are_strong_and_new_every_time(home: Home) -> None:
    first, second = home.environment(PORTS), home.environment(PORTS)
    for name in ("AIRFLOW__CORE__FERNET_KEY", "SYNC_LEDGER_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"):
        assert first[name] != second[name]
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"].encode()) >= 64
    assert first["SYNC_LEDGER_KEY"] != first["AIRFLOW__CORE__FERNET_KEY"]
    Fernet(first["SYNC_LEDGER_KEY"])
    Fernet(first["AIRFLOW__CORE__FERNET_KEY"])


def test_another_airflow_s_settings_do_not_leak_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_QUICKBOOKS_DEMO", "http://elsewhere")
    monkeypatch.setenv("SYNC_COMPANIES_FILE", "/elsewhere.yaml")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environ = home.environment(PORTS)
    assert environ["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    for name in ("AIRFLOW_CONN_QUICKBOOKS_DEMO", "SYNC_COMPANIES_FILE", "PYTHONDONTWRITEBYTECODE"):
        assert name not in environ


def test_everything_is_on_loopback_and_no_proxy_stands_between(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "intranet.example")
    environ = home.environment(PORTS)
    assert environ["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"
    assert environ["no_proxy"] == "intranet.example,127.0.0.1,localhost"


def test_nothing_is_written_outside_the_home(home: Home) -> None:
    environ = home.environment(PORTS)
    for name in ("AIRFLOW_HOME", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "SYNC_LEDGER_URL", "SYNC_FILES"):
        assert str(home.path) in environ[name]


def test_the_environment_file_can_be_sourced(home: Home) -> None:
    environ = home.environment(PORTS)
    script = f". '{home.path}/environment' && printf %s \"$SYNC_LEDGER_KEY\""
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == environ["SYNC_LEDGER_KEY"]


def test_the_login_is_the_one_airflow_reads(home: Home) -> None:
    home.environment(PORTS)
    assert json.loads(home.passwords.read_text()) == {"admin": home.password()}
    assert home.address() == "http://127.0.0.1:18080"


def test_a_fresh_home_keeps_nothing_of_the_one_before(home: Home) -> None:
    (home.files / "old").touch()
    home.recreate()
    assert not (home.files / "old").exists()
