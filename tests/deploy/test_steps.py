import io
import sys
from pathlib import Path

import pytest

from deploy.setup.steps import StepFailed, Steps


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def steps(tmp_path: Path, out: io.StringIO) -> Steps:
    return Steps(tmp_path / "logs" / "setup.log", total=2, out=out)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_steps_are_counted_as_they_are_done(steps: Steps, out: io.StringIO) -> None:
    steps.run("first", python(""))
    steps.run("second", python(""))
    assert [line.split(" ... ")[0] for line in out.getvalue().splitlines()] == ["[1/2] first", "[2/2] second"]


def test_a_failed_step_says_which_why_and_where_the_rest_is(steps: Steps, tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        steps.run("packages", python("print('no matching distribution'); raise SystemExit(3)"))
    text = str(failed.value)
    assert "    no matching distribution\n" in text
    assert "Set-up stopped at: packages (exit code 3)" in text
    assert str(tmp_path / "logs" / "setup.log") in text


def test_only_the_failed_step_s_own_output_is_shown_and_only_its_end(steps: Steps) -> None:
    steps.run("first", python("print('of the first')"))
    with pytest.raises(StepFailed) as failed:
        steps.run("second", python("[print('line', n) for n in range(100)]; raise SystemExit(1)"))
    text = str(failed.value)
    assert "of the first" not in text
    assert "line 99" in text
    assert "line 10\n" not in text


def test_a_command_that_does_not_exist_is_a_failed_step(steps: Steps) -> None:
    with pytest.raises(StepFailed, match="No such file"):
        steps.run("first", ["/no/such/command"])
