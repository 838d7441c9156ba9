import subprocess
from pathlib import Path

import pytest

from deploy.setup.interpreter import complaint

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_python_that_fits_is_not_complained_about(version: tuple[int, int]) -> None:
    assert complaint(version, "demo") == ""


def test_an_old_python_is_told_which_one_on_this_machine_to_use() -> None:
    text = complaint((3, 9), "demo", find=lambda name: name == "python3.12")
    assert text == "Python 3.11 to 3.13 is needed, this is Python 3.9. Run: make demo PYTHON=python3.12"


def test_a_python_too_new_is_refused_too_and_without_a_fitting_one_told_to_install_it() -> None:
    text = complaint((3, 14), "test", find=lambda name: None)
    assert text.endswith("this is Python 3.14. Install one and run: make test PYTHON=python3.13")


def test_make_says_in_one_line_that_python_is_missing() -> None:
    done = subprocess.run(
        ["make", "demo", "PYTHON=no-such-python"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert said == [
        "no-such-python was not found. Install Python 3.11 to 3.13, or name yours: make demo PYTHON=/path/to/python3"
    ]


def test_make_help_lists_every_target() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "up", "down", "status", "test", "check", "format", "constraints", "setup", "clean"):
        assert f"make {target} " in text
    assert "AIRFLOW_PORT=8080" in text
