"""G2, G3, G4: whatever goes wrong, both systems and the ledger end as they do when nothing goes wrong.

A few small seeds here; `make chaos SEEDS=200 AIRFLOW=10` is the whole proof. A proof that cannot fail proves nothing:
with parts of the sync sabotaged, the same seeds must say what was lost and what happened twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tenacity.nap

from include.quality import check
from include.sync import load_quickbooks, poll
from include.sync.loading import Load
from tests.chaos.acts import Story
from tests.chaos.company import story_of
from tests.chaos.ending import Ending, difference
from tests.chaos.process import hurried, prepare_children
from tests.chaos.seed import Verdict, try_seed
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

SEEDS = range(1, 7)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    prepare_children()
    with hurried(), sandbox_in_threads(tmp_path_factory.mktemp("chaos"), "empty") as running:
        yield running


def small(seed: int, **settings: Any) -> Story:
    story = story_of(seed, chapters=1, days=2, size=3)
    return replace(story, settings={**story.settings, **settings})


def tried(seed: int, story: Story, sandbox: RunningSandbox, folder: Path) -> Verdict:
    verdict = Verdict(seed)
    try_seed(verdict, story, sandbox, folder)
    return verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_g2_whatever_goes_wrong_the_end_is_that_of_the_control_run(
    seed: int, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    verdict = tried(seed, small(seed), sandbox, tmp_path)
    assert verdict.passed, f"{verdict}\n{verdict.difference}\nreplay: make chaos SEED={seed}"
    assert verdict.told.runs > 3


def test_a_replayed_seed_meets_the_same_fate_at_the_same_points(sandbox: RunningSandbox, tmp_path: Path) -> None:
    first, second = (tried(11, small(11), sandbox, tmp_path / name) for name in ("first", "second"))
    assert first.told.log == second.told.log
    assert first.told.kills > 0


def test_a_load_that_takes_a_lost_answer_for_nothing_is_found_out(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent, no answer heard, so sent again under another id: the classic way to bill a customer twice."""

    def never_asked(load: Load, quickbooks: object, batch: Any) -> None:
        with load.run.ledger.writing() as conn:
            for row in batch.rows:
                load.superseded(conn, row, "no answer")

    monkeypatch.setattr(load_quickbooks, "ask_again", never_asked)
    verdicts = (
        tried(seed, small(seed, document_number="quickbooks_assigns"), sandbox, tmp_path) for seed in range(1, 40)
    )
    found = next(verdict for verdict in verdicts if not verdict.passed)
    assert any("QuickBooks invoice ours" in twice for twice in found.difference.twice)


def test_a_poll_that_forgets_what_a_killed_run_has_read_is_found_out(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror knows it, so "nothing has changed": what the killed run would have written is lost."""
    monkeypatch.setattr(
        poll, "_reasons", lambda conn, run, changed, **_: (str(name) for name, number in changed.items() if number)
    )
    verdicts = (tried(seed, small(seed), sandbox, tmp_path) for seed in range(1, 40))
    found = next(verdict for verdict in verdicts if not verdict.passed)
    assert found.difference.lost


def test_what_the_harness_hurries_is_as_it_was_afterwards() -> None:
    before = tenacity.nap.time, logging.root.manager.disable, check.examine
    with hurried():
        check.examine = lambda evidence: []
        assert tenacity.nap.time is not before[0]
    assert (tenacity.nap.time, logging.root.manager.disable, check.examine) == before


def test_a_story_is_the_same_every_time_and_another_for_another_seed() -> None:
    assert story_of(7) == story_of(7)
    assert story_of(7) != story_of(8)


def test_what_is_missing_is_lost_and_what_is_there_twice_is_told() -> None:
    control = Ending({("invoice", "7"): 1, ("hold", "8"): 1}, writes={"Invoice.create": 1})
    chaos = Ending({("invoice", "7"): 2, ("hold", "9"): 1}, ("invoice 7, 2 times",), {"Invoice.create": 2})
    found = difference(control, chaos)
    assert found.lost == ("hold 8",)
    assert found.twice == ("Invoice.create was executed 2 times instead of 1", "invoice 7, 2 times")
    assert found.other == ("only with chaos: hold 9", "only with chaos: invoice 7")
    assert not difference(control, control)
