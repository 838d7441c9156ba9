"""The plan in numbers: what a person weighs before approving it. Counts and sums, no names (rules 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from include.records import Entity, Invoice, System
from include.settings import Company
from include.sync.company_file import CompanyFile
from include.sync.plan_pages.balance_sheet import Sheet, balance_sheet
from include.sync.plan_pages.money import Money, shown, total
from include.sync.rows import Action, Plan, PlanRow, Stage
from include.sync.run import Run, RunKind
from include.sync.state import State


@dataclass(frozen=True, slots=True)
class Line:
    """Some rows of the plan under one heading."""

    name: str
    rows: int
    money: Money


@dataclass(frozen=True, slots=True)
class Overview:
    """`legal_name` is the company's in QuickBooks, `facts` are (what, value) about it; `writes` a sentence for each
    side; `told` are rows that write nothing. `added` are the invoices that an earlier `go_live` lets out, by month
    (rules 1.1); `sheets` are empty unless the plan is of a first sync (rules 1.4)."""

    legal_name: str
    facts: tuple[tuple[str, str], ...]
    why: tuple[str, ...]
    writes: tuple[str, ...]
    stages: Mapping[Stage, tuple[Line, ...]]
    told: tuple[Line, ...]
    history: tuple[Line, ...]
    paid_history: tuple[Line, ...]
    added: tuple[Line, ...]
    sheets: tuple[Sheet, ...]


def overview_of(
    run: Run, state: State, plan: Plan, why: Sequence[str], added: Sequence[PlanRow], told: CompanyFile
) -> Overview:
    """The overview of a plan. `added` are its rows of invoices that the approved `go_live` would have left alone."""
    lines = Lines(state)
    history = [row for row in plan.with_action(Action.LINK) if row.entity is Entity.INVOICE]
    paid_history = [row for row in plan.with_action(Action.MARK_PAID) if row.reason == "history"]
    return Overview(
        legal_name=told.legal_name,
        facts=tuple(_facts(run, state, told)),
        why=tuple(why),
        writes=(_quickbooks_sentence(lines, plan), _syncta_sentence(lines, plan)),
        stages={stage: lines.by_reason(row for row in plan.rows if row.stage is stage) for stage in Stage},
        told=lines.by_reason(row for row in plan.rows if row.stage is None),
        history=lines.of(history, lines.year),
        paid_history=lines.of(paid_history, lines.year),
        added=lines.of(added, lines.month),
        sheets=balance_sheet(state, plan) if run.kind is RunKind.INITIAL else (),
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows grouped and summed; the currency of a row is its record's."""

    state: State

    def of(self, rows: Iterable[PlanRow], name: Callable[[PlanRow], str]) -> tuple[Line, ...]:
        """A line for each name, in the order of names."""
        groups: dict[str, list[PlanRow]] = {}
        for row in rows:
            groups.setdefault(name(row), []).append(row)
        return tuple(Line(name, len(some), self.money(some)) for name, some in sorted(groups.items()))

    def by_reason(self, rows: Iterable[PlanRow]) -> tuple[Line, ...]:
        """A line for each action and reason."""
        return self.of(rows, lambda row: row.bucket)

    def money(self, rows: Iterable[PlanRow]) -> Money:
        """The rows' amounts in all."""
        return total((self.currency(row), row.amount) for row in rows if row.amount is not None)

    def currency(self, row: PlanRow) -> str:
        """In which currency a row's amount is; empty if its record is gone."""
        invoice = self._invoices(row).get(row.source_id)
        return invoice.currency if invoice else self.state.books.home_currency

    def year(self, row: PlanRow) -> str:
        """The year of the row's invoice."""
        return self.month(row)[:4]

    def month(self, row: PlanRow) -> str:
        """The month of the row's invoice, as 2026-10."""
        invoice = self._invoices(row).get(row.source_id)
        return f"{invoice.date:%Y-%m}" if invoice else "unknown"

    def _invoices(self, row: PlanRow) -> Mapping[str, Invoice]:
        if row.entity is not Entity.INVOICE:
            return {}
        return self.state.quickbooks_invoices if row.source is System.QUICKBOOKS else self.state.syncta_invoices


def _facts(run: Run, state: State, told: CompanyFile) -> Iterable[tuple[str, str]]:
    company, books = run.company, state.books
    yield "Company", company.name
    yield "QuickBooks realm", f"{company.realm_id} ({company.environment})"
    yield "Time zone", company.time_zone
    yield "Books closed through", f"{books.closed_through}" if books.closed_through else "open"
    yield "Sales tax", _tax(books.uses_sales_tax, told.automated_sales_tax)
    yield "Invoice numbers", _numbering(company, told)
    yield "go_live", _go_live(company, state)


def _tax(used: bool, automated: bool) -> str:
    if not used:
        return "not used in QuickBooks; invoices with tax are held"
    return "as billed; QuickBooks' automated tax takes the amount over" if automated else "as billed"


def _numbering(company: Company, told: CompanyFile) -> str:
    if company.document_number == "quickbooks_assigns":
        return "QuickBooks assigns them"
    chosen = f"{company.document_number_prefix} and Syncta's" if company.document_number == "prefix" else "Syncta's"
    doubt = "" if told.custom_numbers else "; QuickBooks has custom numbers switched off"
    return f"{chosen}{doubt if told.legal_name else ''}"


def _go_live(company: Company, state: State) -> str:
    approved = state.approved_go_live
    return f"{company.go_live}" if approved in (None, company.go_live) else f"{company.go_live} (approved: {approved})"


def _quickbooks_sentence(lines: Lines, plan: Plan) -> str:
    done = [
        _part(lines, plan, (Action.PUSH,), "invoice", "created"),
        _part(lines, plan, (Action.VOID,), "invoice", "voided"),
    ]
    return _sentence("QuickBooks", done)


def _syncta_sentence(lines: Lines, plan: Plan) -> str:
    done = [
        _part(lines, plan, (Action.CREATE,), "customer", "created"),
        _part(lines, plan, (Action.UPDATE, Action.RESTORE), "customer", "changed"),
        _part(lines, plan, (Action.REMOVE,), "customer", "removed"),
        _part(lines, plan, (Action.MARK_PAID,), "invoice", "marked as paid"),
        _part(lines, plan, (Action.REOPEN,), "invoice", "marked as open again"),
    ]
    return _sentence("Syncta", done)


def _part(lines: Lines, plan: Plan, actions: tuple[Action, ...], what: str, done: str) -> str:
    rows = plan.with_action(*actions)
    if not rows:
        return ""
    money = shown(lines.money(rows))
    return f"{len(rows):,} {what}{'s' if len(rows) > 1 else ''} {done}{f' ({money})' if money else ''}"


def _sentence(side: str, done: Iterable[str]) -> str:
    return f"{side}: {', '.join(filter(None, done)) or 'nothing'}; nothing else is written there."
