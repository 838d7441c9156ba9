"""The page and the table of a plan with every kind of name, and the request without any (rules 1.4, protocol 4.2)."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import html.parser
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import PlanChanged
from include.sync import company_file
from include.sync.company_file import CompanyFile
from include.sync.match import find_matches
from include.sync.plan import added_by_go_live, plan_of
from include.sync.plan_pages.listing import entries_of
from include.sync.plan_pages.pages import MOST_SHOWN, read_request, write_pages
from include.sync.plan_pages.table import COLUMNS, csv_of
from include.sync.rows import Plan
from include.sync.run import Run, RunKind
from include.sync.state import State
from tests.hostile_names import HOSTILE_NAMES
from tests.sync.builders import (
    customer,
    customer_link,
    payment,
    plan,
    quickbooks_invoice,
    state,
    syncta_invoice,
)

EVIL = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "=cmd|' /C calc'!A0", "@SUM(1)"]
OCTOBER, JULY = dt.date(2026, 10, 15), dt.date(2026, 7, 15)


@dataclasses.dataclass
class Tags(html.parser.HTMLParser):
    """Which elements a page has, where they lead, and all its text."""

    def __post_init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += " "
        self.tags.add(tag)
        self.links |= {str(value) for name, value in attrs if name in ("href", "src") or name.startswith("on")}

    def handle_data(self, data: str) -> None:
        self.text += data


def books(**more: Any) -> State:
    """History with a paid and an open invoice, a new one, a customer to create beside its likely duplicate."""
    ours = [customer("1", "Ann Lee"), customer("2", "Brown, Nick")]
    theirs = [customer("a", "Ann Lee"), customer("b", "Nick Brown")]
    old = {"date": JULY, "ready_at": dt.datetime(2026, 7, 15, tzinfo=dt.UTC)}
    sold = [syncta_invoice("i", "a", "75.00"), syncta_invoice("h", "a", "50.00", number="H-1", **old)]
    booked = [quickbooks_invoice("51", "1", "50.00", balance="0", number="H-1", date=JULY)]
    fields: dict[str, Any] = {
        "quickbooks": ours,
        "syncta": theirs,
        "syncta_invoices": sold,
        "quickbooks_invoices": booked,
    }
    return state(**{**fields, "payments": [payment("p", "51", "50.00")], **more})


def written(run: Run, of: State, why: tuple[str, ...] = ("This run asks for approval.",)) -> Plan:
    """The pages of the state's plan, in the run's folder."""
    matches = find_matches(of)
    first = run.kind is RunKind.INITIAL
    made = plan_of(of, matches, with_untouched=first, go_live=of.company.go_live if first else None)
    run.folder.mkdir(parents=True, exist_ok=True)
    write_pages(run, of, made, why, added_by_go_live(run, of, matches, made))
    return made


def page(run: Run) -> Tags:
    tags = Tags()
    tags.feed((run.folder / "plan.html").read_text())
    return tags


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_1_4_the_page_shows_company_writes_history_and_each_creation_beside_its_duplicate(make_run) -> None:
    run = make_run(RunKind.INITIAL)
    run.folder.mkdir(parents=True)
    company_file.land_company_file(run, FACTS, FACTS)
    written(run, books())
    text = " ".join(page(run).text.split())
    for expected in (
        "Demo Backflow LLC in QuickBooks",
        "9341453000000001 (sandbox)",
        "America/Los_Angeles",
        "Books closed through open",
        "as billed",
        "Syncta's",
        "go_live 2026-10-01",
        "QuickBooks: 1 invoice created (75.00 USD); nothing else is written there.",
        "Syncta: 1 customer created, 1 invoice marked as paid (50.00 USD); nothing else is written there.",
        "2026 1 50.00 USD",
        "Brown, Nick Nick Brown (Syncta b)",
        "missing in the plan 0",
    ):
        assert expected in text, expected


FACTS: Any = CompanyFile("Demo Backflow LLC", custom_numbers=True, automated_sales_tax=False)


def test_1_4_a_page_of_a_cycle_holds_no_balance_sheet(make_run) -> None:
    run = make_run()
    written(run, books())
    assert "missing in the plan" not in page(run).text


@pytest.mark.parametrize("name", [*EVIL, *HOSTILE_NAMES])
def test_a_page_with_a_hostile_name_shows_it_and_runs_nothing(make_run, name: str) -> None:
    run = make_run(RunKind.INITIAL)
    written(run, books(quickbooks=[customer("1", name), customer("2", "Brown, Nick")]))
    found = page(run)
    assert found.tags & {"script", "img", "iframe", "object", "form", "link"} == set()
    assert all(link.startswith("#") or link == "plan.csv" for link in found.links)
    assert name.replace("\r", "\n").split("\n")[0].replace("\0", "\ufffd") in found.text.replace("\0", "\ufffd")


def test_the_page_needs_nothing_from_elsewhere(make_run) -> None:
    run = make_run(RunKind.INITIAL)
    written(run, books())
    content = (run.folder / "plan.html").read_text()
    assert "http://" not in content
    assert "https://" not in content
    assert "default-src 'none'" in content


def test_many_rows_of_one_kind_are_counted_on_the_page_and_listed_in_the_table(make_run) -> None:
    run = make_run(RunKind.INITIAL)
    many = [customer(str(n), f"Customer {n}") for n in range(MOST_SHOWN + 7)]
    made = written(run, state(quickbooks=many))
    assert "… and 7 more" in " ".join(page(run).text.split())
    assert len(rows((run.folder / "plan.csv").read_bytes())) == len(made.rows) == MOST_SHOWN + 7


def test_the_table_has_a_line_for_each_row_with_names_numbers_and_amounts(make_run) -> None:
    run = make_run(RunKind.INITIAL)
    made = written(run, books())
    table = rows((run.folder / "plan.csv").read_bytes())
    assert [(line["action"], line["id"]) for line in table] == [(row.action, row.source_id) for row in made.rows]
    (push,) = [line for line in table if line["action"] == "push"]
    assert (push["stage"], push["customer"], push["number"], push["amount"]) == ("invoices", "Ann Lee", "i", "75.00")
    (create,) = [line for line in table if line["action"] == "create"]
    assert create["likely_duplicates"] == "Nick Brown (Syncta b)"


@given(st.text(max_size=12) | st.sampled_from(EVIL) | st.text("=+-@\t\r\n ,\"'", max_size=6))
def test_no_cell_of_the_table_is_a_formula(name: str) -> None:
    of = state(
        quickbooks=[customer("1", name or "x")], syncta_invoices=[syncta_invoice("i", "a", "-5.00", number=name)]
    )
    (head, *lines) = csv.reader(io.StringIO(csv_of(entries_of(of, plan(of))).decode("utf-8-sig"), newline=""))
    assert tuple(head) == COLUMNS
    for line in lines:
        cells = dict(zip(COLUMNS, line, strict=True))
        amount = cells.pop("amount")
        assert amount in ("", "-5.00")
        assert not any(cell.lstrip(" ")[:1] and cell.lstrip(" ")[0] in "=+-@\t\r\n" for cell in cells.values())


def test_4_2_the_request_holds_counts_and_sums_a_link_and_no_names(make_run) -> None:
    run = make_run(RunKind.INITIAL, run_id="manual__2026-11-25T11:43:05+00:00")
    made = written(run, books(), ("It would create 26 customers; more than 25 need approval.",))
    request = read_request(run, made.digest)
    told = json.dumps(request)
    assert not any(name in told for name in ("Ann", "Lee", "Nick", "Brown", "H-1", "LLC"))
    link = "/sync/plans/initial_sync.demo/manual__2026-11-25T11%3A43%3A05%2B00%3A00/plan.html"
    for expected in (
        "- It would create 26 customers",
        f"]({link})",
        "| Customers: Created in Syncta: no_match | 1 |  |",
        "| Invoices: Pushed to QuickBooks: new | 1 | 75.00 USD |",
        "| Syncta invoices | 2 | 125.00 USD | 0 |",
        made.digest[:12],
        "nothing is written.",
    ):
        assert expected in request["body"], expected
    assert request["stages"] == {
        "customers": "Created in Syncta: no_match 1, Linked: exact_name 1",
        "history": "Linked: history 1 (50.00 USD)",
        "invoices": "Pushed to QuickBooks: new 1 (75.00 USD)",
        "paid_marks": "Marked as paid in Syncta: history 1 (50.00 USD)",
    }


def test_1_5_the_request_of_another_plan_is_not_shown(make_run) -> None:
    run = make_run()
    with pytest.raises(PlanChanged):
        read_request(run, "0" * 64)
    written(run, books())
    with pytest.raises(PlanChanged):
        read_request(run, "0" * 64)


def test_1_1_an_earlier_go_live_lists_the_added_invoices_by_month_and_amount(make_run) -> None:
    """Page and request; what stays history is not among them."""
    run = make_run(RunKind.INITIAL, options={"go_live": dt.date(2026, 7, 1)})
    moved = books(go_live=dt.date(2026, 7, 1), books_final_through=dt.date(2026, 6, 30), quickbooks_invoices=[])
    made = written(run, dataclasses.replace(moved, approved_go_live=dt.date(2026, 10, 1)))
    assert "| 2026-07 | 1 | 50.00 USD |" in read_request(run, made.digest)["body"]
    assert "Invoices added by the earlier go_live month invoices money 2026-07 1 50.00 USD" in " ".join(
        page(run).text.split()
    )
    made = written(run, dataclasses.replace(moved, approved_go_live=None))
    assert "added by the earlier" not in read_request(run, made.digest)["body"]


def test_a_linked_customer_is_shown_with_what_changes(make_run) -> None:
    ours, theirs = customer("1", "Ann Lee", phone="2"), customer("a", "Ann Lee", phone="1")
    run = make_run()
    written(run, state(quickbooks=[ours], syncta=[theirs], links=[customer_link(ours, theirs, phone="1")]))
    assert "phone: 1 → 2" in page(run).text
