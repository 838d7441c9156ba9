from pathlib import Path

import pytest

from deploy.setup import postgres
from deploy.setup.steps import StepFailed


def test_an_installed_server_is_enough(tmp_path: Path) -> None:
    """protocol 4.8"""
    (tmp_path / "15" / "bin").mkdir(parents=True)
    (tmp_path / "15" / "bin" / "postgres").touch()
    postgres.ensure(tmp_path / "log", servers=tmp_path, may_install=lambda: False)
    assert not (tmp_path / "log").exists()


def test_without_a_server_and_without_the_right_to_install_it_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"^PostgreSQL's server is missing.*apt-get install postgresql$"):
        postgres.ensure(tmp_path / "log", servers=tmp_path, may_install=lambda: False)
