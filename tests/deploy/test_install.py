from pathlib import Path

import pytest

from deploy.setup import install
from deploy.setup.steps import StepFailed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files set-up depends on, and nothing else of the project."""
    for name in (*install.STAMPED, "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def test_nothing_is_done_when_nothing_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / ".set-up").write_text(install.fingerprint(project))
    install.install(project)
    assert capsys.readouterr().out == ""
    assert not (project / ".venv" / "pyvenv.cfg").exists()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("requirements.txt", "pandas==3", "pandas==4"),
        ("constraints.txt", "numpy==2", "numpy==3"),
        ("pyproject.toml", '"pytest==9', '"pytest==10'),
    ],
)
def test_a_changed_pin_makes_the_environment_stale(project: Path, name: str, old: str, new: str) -> None:
    before = install.fingerprint(project)
    changed = (project / name).read_text().replace(old, new)
    (project / name).write_text(changed)
    assert install.fingerprint(project) != before


def test_another_setting_of_the_linter_is_no_reason_to_set_up_again(project: Path) -> None:
    before = install.fingerprint(project)
    with (project / "pyproject.toml").open("a") as file:
        file.write("[tool.another]\nline-length = 100\n")
    assert install.fingerprint(project) == before


def test_a_moved_checkout_is_set_up_again(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = install.fingerprint(project)
    moved = project.rename(tmp_path_factory.mktemp("elsewhere") / "project")
    assert install.fingerprint(moved) != before


def test_too_little_disk_is_one_line_saying_how_much_is_needed(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        install.check_disk(tmp_path, needed=2**62)
    assert "Not enough disk" in str(failed.value)
    assert "GB needed" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_enough_disk_is_not_mentioned(tmp_path: Path) -> None:
    install.check_disk(tmp_path, needed=1)


def test_every_direct_requirement_is_pinned_explained_and_constrained_alike() -> None:
    constrained = set()
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            constrained.add(line.split(";")[0].strip())
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        requirement, _, reason = line.partition("  # ")
        name, _, version = requirement.partition("==")
        assert version, line
        assert reason, line
        assert f"{name.split('[')[0].lower().replace('.', '-').replace('_', '-')}=={version}" in constrained, line
