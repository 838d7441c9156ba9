import json
from pathlib import Path

import pytest

from deploy.setup import node
from deploy.setup.steps import StepFailed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose npm writes down what it is asked for and makes node_modules."""
    folder = tmp_path / node.PACKAGES
    folder.mkdir(parents=True)
    for name in node.STAMPED:
        (folder / name).write_bytes((ROOT / node.PACKAGES / name).read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    set_npm(tmp_path, 'echo "$@" >> asked; mkdir -p "$2/node_modules"')
    return tmp_path


def set_npm(project: Path, script: str) -> None:
    npm = project / ".venv" / "bin" / "npm"
    npm.write_text(f"#!/bin/sh\ncd {project}\n{script}\n")
    npm.chmod(0o755)


def asked(project: Path) -> list[str]:
    return (project / "asked").read_text().splitlines()


def test_the_packages_are_installed_as_locked_and_only_once(project: Path) -> None:
    node.ensure(project, project / "log")
    node.ensure(project, project / "log")
    (command,) = asked(project)
    assert command.startswith(f"--prefix {project / node.PACKAGES} ci --omit=dev")


@pytest.mark.parametrize("name", node.STAMPED)
def test_a_changed_lock_is_installed_again(project: Path, name: str) -> None:
    node.ensure(project, project / "log")
    with (project / node.PACKAGES / name).open("a") as file:
        file.write("\n")
    node.ensure(project, project / "log")
    assert len(asked(project)) == 2


def test_a_failed_install_says_why_and_is_tried_again(project: Path) -> None:
    set_npm(project, "echo no such package; exit 1")
    with pytest.raises(StepFailed, match="no such package"):
        node.ensure(project, project / "log")
    set_npm(project, 'echo "$@" >> asked; mkdir -p "$2/node_modules"')
    node.ensure(project, project / "log")
    assert len(asked(project)) == 1


def test_the_lock_pins_contents_and_names_no_registry() -> None:
    packages = json.loads((ROOT / node.PACKAGES / "package-lock.json").read_text())["packages"]
    locked = [package for place, package in packages.items() if place]
    assert all(package["integrity"].startswith("sha512-") for package in locked)
    assert not any("resolved" in package for package in locked)
