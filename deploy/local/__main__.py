"""`python -m deploy.local demo|up|down|status`, behind the make targets of the same names."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.demo import Story
from deploy.local.home import USER, Home
from deploy.local.ports import Ports
from deploy.local.problems import StackProblem
from deploy.local.record import state, stop_recorded
from deploy.local.stack import Say, running_stack

ROOT = Path(__file__).resolve().parents[2]
HOMES = {name: Home(ROOT, ROOT / ".run" / name) for name in ("demo", "up")}


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, 1 with an explanation on standard error, 130 after Ctrl-C."""
    commands = {"demo": demo, "up": up, "down": down, "status": status}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m deploy.local demo|up|down|status\n")
        return 2
    try:
        commands[arguments[0]]()
    except StackProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing is left running.\n")
        return 130
    return 0


def demo() -> None:
    """Start everything, tell the story, stop everything."""
    say = _clock()
    ports = _ports("demo")
    with running_stack(ROOT, name="demo", ports=ports, say=say) as stack:
        Story(stack, say).tell()
        say("Stopping everything")
    say("Done; nothing is left running. `make up` leaves it running to look around")


def up() -> None:
    """The same, left running."""
    if state(HOMES["up"].record) == "kept":
        sys.stdout.write(f"It is running already. {_address(HOMES['up'])}\n")
        return
    say = _clock()
    ports = _ports("up")
    with running_stack(ROOT, name="up", ports=ports, say=say) as stack:
        say(_address(stack.home))
        Story(stack, say).tell()
        stack.processes.keep()
    say(f"Left running. {_address(stack.home)}")


def down() -> None:
    """End what `up` left running, and what a killed run left behind."""
    ended = 0
    for home in HOMES.values():
        match state(home.record):
            case "attended":
                sys.stdout.write(f"{home.path.name} is under way in another terminal: press Ctrl-C there\n")
            case "kept" | "left":
                ended += stop_recorded(home.record)
    sys.stdout.write(f"Stopped {ended} processes\n" if ended else "Nothing was running\n")


def status() -> None:
    """Say what runs."""
    if state(HOMES["up"].record) == "kept":
        sys.stdout.write(f"Running. {_address(HOMES['up'])}\n")
    else:
        sys.stdout.write("Nothing is left running. Start it: make up\n")


def _ports(target: str) -> Ports:
    ports = Ports.from_environment(os.environ)
    for home in HOMES.values():
        # What a killed run left would hold the ports.
        if state(home.record) == "left":
            stop_recorded(home.record)
    if state(HOMES[target].record) != "attended":
        ports.check(target)
    return ports


def _clock() -> Say:
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {text}\n")
        sys.stdout.flush()

    return say


def _address(home: Home) -> str:
    return f"Airflow: {home.address()} login {USER}, password {home.password()}. Stop: make down"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
