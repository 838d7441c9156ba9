"""The step as a task runs it: files in, marks moved or the run stopped."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.errors import PlanChanged, QualityStop
from include.ledger import marks
from include.ledger.database import Ledger, migrate
from include.quality import examine as examine_module
from include.quality.check import check_quality
from include.records import Entity, System
from include.sync.extract import extract_customers, extract_invoices, extract_payments
from include.sync.match import match_customers
from include.sync.plan import make_plan
from include.sync.poll import poll
from include.sync.run import Run, RunKind
from tests.sync.builders import company, customer, item, syncta_invoice
from tests.sync.sides import QuickBooks, Syncta


@pytest.fixture(autouse=True)
def _one_context(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_module.suites, "quiet_context", lambda: context)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    return Run(
        company=company(),
        dag_id="initial_sync.demo",
        run_id="first",
        kind=RunKind.INITIAL,
        files=tmp_path / "files",
        ledger=Ledger.open(url),
    )


@pytest.fixture
def done(run: Run) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the steps before the check gave: Ann is on both sides, Brown twice, one invoice goes out."""
    quickbooks, syncta = QuickBooks(), Syncta()
    quickbooks.put(Entity.CUSTOMER, customer("1", "Ann Lee"))
    quickbooks.put(Entity.CUSTOMER, customer("2", "Brown, Nick"))
    quickbooks.put(Entity.ITEM, item())
    syncta.put(Entity.CUSTOMER, customer("s1", "Ann Lee"))
    syncta.put(Entity.CUSTOMER, customer("s2", "Nick Brown"))
    syncta.put(Entity.INVOICE, syncta_invoice("i1", "s1"))
    polled = poll(run, quickbooks, syncta)
    assert polled is not None
    steps = (extract_customers, extract_invoices, extract_payments)
    extracts = [step(run, polled, quickbooks, syncta) for step in steps]
    return extracts, make_plan(run, match_customers(run))


def mark(run: Run) -> object:
    with run.ledger.reading() as conn:
        return marks.get(conn, run.scope, System.QUICKBOOKS, Entity.CUSTOMER.value)


def test_a_sound_run_passes_warns_and_is_accepted(run: Run, done: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "include")
    told = check_quality(run, *done)
    assert told["warnings"] == {"reversed_names": 2}
    assert told["accepted"] == 8
    assert mark(run) is not None
    kept = json.loads((run.folder / "quality.json").read_text())
    assert (kept["run_id"], kept["stopped"], len(kept["checks"])) == ("first", False, told["checks"])
    [line] = [record.getMessage() for record in caplog.records if record.name == "include.quality.check"]
    assert "reversed_names" in line


def test_no_name_and_no_amount_is_kept_or_told(run: Run, done: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = check_quality(run, *done)
    shown = caplog.text + (run.folder / "quality.json").read_text() + json.dumps(told)
    assert not [private for private in ("Brown", "Ann", "75.00") if private in shown]


def test_the_answer_is_small_and_json(run: Run, done: Any) -> None:
    told = check_quality(run, *done)
    assert json.loads(json.dumps(told)) == told
    assert len(json.dumps(told)) < 1000


def test_a_critical_check_stops_before_the_marks_move_and_its_result_is_kept(run: Run, done: Any) -> None:
    path = run.folder / "quickbooks.customer.parquet"
    frame = pd.read_parquet(io.BytesIO(path.read_bytes()))
    pd.concat([frame, frame]).to_parquet(path)
    with pytest.raises(QualityStop, match=r"ids_unique of quickbooks\.customer \(4\).*Clear the extract task"):
        check_quality(run, *done)
    assert mark(run) is None
    assert json.loads((run.folder / "quality.json").read_text())["stopped"] is True


def test_a_plan_file_that_is_not_the_plan_is_refused(run: Run, done: Any) -> None:
    extracts, planned = done
    with pytest.raises(PlanChanged):
        check_quality(run, extracts, {**planned, "digest": "0" * 64})
    assert mark(run) is None


def test_a_dry_run_is_checked_and_moves_no_mark(run: Run, done: Any) -> None:
    object.__setattr__(run, "dry_run", True)
    assert check_quality(run, *done)["accepted"] == 0
    assert mark(run) is None


def test_checking_twice_gives_the_same(run: Run, done: Any) -> None:
    assert check_quality(run, *done) == check_quality(run, *done)
