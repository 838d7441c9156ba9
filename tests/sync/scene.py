"""A world on the point of loading, kept to be killed in at every point (G2)."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from include.ledger.database import Ledger
from include.sync.run import Run
from tests.sync.remotes import Killed
from tests.sync.world import World


@dataclass(frozen=True)
class Scene:
    """A world on the point of loading, to be used any number of times."""

    folder: Path
    world: World
    run: Run
    planned: dict[str, Any]

    def run_in(self, world: World) -> Run:
        """The planned run, in a world made by `fresh`."""
        return replace(self.run, ledger=world.ledger, files=world.folder)

    def fresh(self, name: str) -> World:
        """The same world once more, with a ledger of its own."""
        folder = self.folder.parent / name
        shutil.copytree(self.folder, folder)
        again = replace(self.world, ledger=open_ledger(folder), folder=folder)
        again.syncta, again.quickbooks = copy.deepcopy((self.world.syncta, self.world.quickbooks))
        return again


def open_ledger(folder: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}")


def killed_at(world: World, run: Run, planned: dict[str, Any], point: int) -> None:
    """Load, die at the point, and come to life again."""
    mortal, _ = world.dies_at(run, point)
    with pytest.raises(Killed):
        world.load(mortal, planned)
    world.lives_on()
