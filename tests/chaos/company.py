"""From a seed, a company and what its people do: customers, invoices and payments of every kind, then days of work.

Control run and chaos run see the same acts on the same days, but the sync may come late in the chaos run: a run was
killed, failed, or read another window. So that both must end alike, what happens within one chapter has to *commute*
with the sync. Chapters end with the sync left in peace, so an act may build on everything of earlier chapters. Within
a chapter:

- a record is changed once at most. QuickBooks → Syncta → QuickBooks in one field would end differently, and rightly:
  the sync overwrites a value in Syncta only after a change in QuickBooks that it has not seen yet (R5).
- what is created in a chapter is not edited in a way that an earlier sync would have frozen: lines added after the
  push are an exception, lines added before it are pushed (R9). A customer created in QuickBooks may be renamed: created
  under the first name and renamed, or created under the second, is the same in the end. Not if Syncta has a partner
  of the first name: linked before the rename, a second one created after it.
- no name is ever borne twice, except on purpose and from the founding on; no total is, except for documents that shall
  look like one another, which appear in one moment (`alone=False`: never in the middle of a run).
- what would be taken back (a payment deleted, an invoice voided) was there in an earlier chapter: seen by every run.
- payments bear a reference: the sync would otherwise quote their QuickBooks id.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.chaos.acts import Act, Day, Story

FIRST = ("Nick", "María", "Zoë", "Ann", "Björn", "Chidi", "Łukasz", "Imani", "O'Neil", "Renée", "Sam", "Yuki")
LAST = ("Brown", "García", "Müller", "de la Cruz", "Smith & Sons", "McAdam", "Ødegård", "Lee", "Nguyen", "Baker")
ODD = ("{} ", " {}", "{}\u00a0Inc", "{}.", "Cafe\u0301 {}", "Café {}", "{} 💧", "{} LLC", "{} 'Lake' House", "50% {}")
PRODUCTS = (("Annual backflow test", "75.00"), ("Repair kit", "48.50"), ("Permit filing", "25.00"))
GO_LIVE = dt.date(2026, 10, 1)
FIRST_DAY = dt.date(2026, 10, 5)


@dataclass
class _Customer:
    label: str
    name: str
    quickbooks: bool = True
    syncta: bool = True
    plain: bool = True
    """Linked without any doubt once it was synced; what is not plain is left alone by most acts."""
    active: bool = True
    since: int = 0
    """The first chapter in which it is there on both sides, whenever the sync comes."""
    hanging: int = 0
    """Invoices and children: with any, it can be neither deleted nor given up."""


@dataclass
class _Invoice:
    label: str
    customer: _Customer
    total: Decimal
    chapter: int
    state: str = "open"
    date: str = ""


@dataclass
class Sketch:
    """What the story knows so far; `touched` are labels that had their change in this chapter."""

    chance: random.Random
    chapter: int = 0
    today: dt.date = FIRST_DAY
    customers: list[_Customer] = field(default_factory=list)
    invoices: list[_Invoice] = field(default_factory=list)
    payments: list[tuple[str, _Invoice, int]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    serial: int = 0

    def number(self) -> int:
        """A number that was never used."""
        self.serial += 1
        return self.serial

    def name(self) -> str:
        """A name that was never used: reversed, odd or plain."""
        chance = self.chance
        word = f"{chance.choice(FIRST)} {chance.choice(LAST)} {self.number()}"
        return chance.choice(ODD).format(word) if chance.random() < 0.3 else word

    def contact(self) -> dict[str, Any]:
        """Phone, e-mail and address, or some of them; every value is new."""
        number, chance = self.number(), self.chance
        whole = {
            "phone": f"(530) 555-{number:04}",
            "email": f"office{number}@example.com",
            "address": {
                "line1": f"{number} Main St",
                "line2": "",
                "city": "Truckee",
                "state": "CA",
                "postal_code": "96161",
                "country": "",
            },
        }
        return {name: value for name, value in whole.items() if chance.random() < 0.7}

    def lines(self, *, more: bool = True) -> tuple[list[dict[str, Any]], Decimal]:
        """Lines whose total no other invoice has, and that total."""
        product, _ = self.chance.choice(PRODUCTS)
        price = Decimal(10_000 + self.number() * 7) / 100
        found: list[dict[str, Any]] = [{"product": product, "price": f"{price:.2f}"}]
        total = price
        if more and self.chance.random() < 0.4:
            product, each = self.chance.choice(PRODUCTS)
            count = self.chance.randint(1, 3)
            found.append({"product": product, "quantity": str(count), "price": each})
            total += count * Decimal(each)
        return found, total

    def free(self, *, where: Any = lambda _: True) -> _Customer | None:
        """A plain, active customer of both systems that was there before this chapter and is untouched."""
        some = [
            c
            for c in self.customers
            if c.plain and c.active and c.since <= self.chapter and c.label not in self.touched and where(c)
        ]
        return self.chance.choice(some) if some else None

    def sent(self, *states: str) -> _Invoice | None:
        """An invoice that every run has seen pushed, untouched in this chapter."""
        some = [
            i
            for i in self.invoices
            if i.chapter < self.chapter
            and i.state in (states or ("open",))
            and i.label not in self.touched
            and i.customer.label not in self.touched
        ]
        return self.chance.choice(some) if some else None


def story_of(seed: int, *, chapters: int = 2, days: int = 2, size: int = 0) -> Story:
    """The company of a seed and what its people do."""
    chance = random.Random(f"{seed}/company")
    sketch = Sketch(chance)
    settings = _settings(chance)
    founding = tuple(_founding(sketch, size or chance.randint(4, 9)))
    told = []
    for chapter in range(1, chapters + 1):
        sketch.chapter, sketch.touched = chapter, set()
        told.append(tuple(_day(sketch) for _ in range(chance.randint(1, days))))
    return Story(founding, tuple(told), settings)


def _settings(chance: random.Random) -> dict[str, Any]:
    numbers = chance.choices(("same", "prefix", "quickbooks_assigns"), (6, 2, 1))[0]
    return {
        "document_number": numbers,
        "document_number_prefix": "S-" if numbers == "prefix" else "",
        "batch_size": chance.choice((1, 2, 3, 10)),
        "hold_likely_duplicates": chance.random() < 0.2,
        "settled_without_money": chance.choice(("pay", "exception")),
    }


# The founding: everything that is there before the first sync


def _founding(sketch: Sketch, size: int) -> list[Day]:
    long_ago = [act for _ in range(size) for act in _known_customer(sketch)]
    for make in (_reversed_pair, _family, _ambiguous, _inactive, _only_in_syncta, _only_in_quickbooks):
        for _ in range(sketch.chance.choice((0, 1, 1, 2))):
            long_ago += make(sketch)
    history = [act for _ in range(sketch.chance.randint(0, 4)) for act in _history(sketch)]
    sketch.today = dt.date(2026, 10, 2)
    recent = [act for _ in range(size) for act in _new_invoice(sketch)]
    for trouble in _TROUBLES:
        if sketch.chance.random() < 0.35:
            recent += trouble(sketch)
    sketch.today = FIRST_DAY
    return [
        Day("2026-08-20", tuple(long_ago)),
        Day("2026-09-10", tuple(history)),
        Day("2026-10-02", tuple(recent)),
    ]


def _known_customer(sketch: Sketch) -> list[Act]:
    """On both sides under one name; where a value differs, it never changes again: a first link overwrites nothing."""
    label, name, contact = f"c{sketch.number()}", sketch.name(), sketch.contact()
    theirs = dict(contact)
    differs = sketch.chance.random() < 0.25
    if differs and "phone" in theirs:
        theirs["phone"] = f"(775) 555-{sketch.number():04}"
    for blank in list(theirs):
        if sketch.chance.random() < 0.2:
            del theirs[blank]
    sketch.customers.append(_Customer(label, name, plain=not differs))
    return [
        Act("quickbooks_customer", {"label": label, "name": name, **contact}),
        Act("syncta_customer", {"label": label, "name": name, **theirs}),
    ]


def _reversed_pair(sketch: Sketch) -> list[Act]:
    """`Brown, Nick` there, `Nick Brown` here, with work that waits (R3)."""
    first, last = sketch.chance.choice(FIRST), f"Pair{sketch.number()}"
    ours, here = f"c{sketch.number()}", f"c{sketch.number()}"
    lines, total = sketch.lines()
    waiting = f"i{sketch.number()}"
    sketch.customers += [
        _Customer(ours, f"{last}, {first}", syncta=False, plain=False),
        _Customer(here, f"{first} {last}", quickbooks=False, plain=False),
    ]
    sketch.invoices.append(_Invoice(waiting, sketch.customers[-1], total, 99, "held"))
    return [
        Act("quickbooks_customer", {"label": ours, "name": f"{last}, {first}", **sketch.contact()}),
        Act("syncta_customer", {"label": here, "name": f"{first} {last}", **sketch.contact()}),
        Act("bill", {"label": waiting, "number": f"W{sketch.number()}", "customer": here, "lines": lines}
            | {"date": "2026-10-01", "ready": True}),
    ]  # fmt: skip


def _family(sketch: Sketch) -> list[Act]:
    """A parent and its sites, in QuickBooks alone or in both (R7)."""
    top, both = f"c{sketch.number()}", sketch.chance.random() < 0.5
    name = sketch.name()
    made = [Act("quickbooks_customer", {"label": top, "name": name, **sketch.contact()})]
    if both:
        made.append(Act("syncta_customer", {"label": top, "name": name}))
    above = top
    for _ in range(sketch.chance.randint(1, 3)):
        label, leaf = f"c{sketch.number()}", sketch.name()
        made.append(Act("quickbooks_customer", {"label": label, "name": leaf, "parent": above, **sketch.contact()}))
        if both and above == top and sketch.chance.random() < 0.5:
            made.append(Act("syncta_customer", {"label": label, "name": leaf, "parent": top}))
        if sketch.chance.random() < 0.4:
            above = label
            both = False
        sketch.customers.append(_Customer(label, leaf, syncta=False, plain=False))
    return made


def _ambiguous(sketch: Sketch) -> list[Act]:
    """Two Syncta customers of one name, and one in QuickBooks: held (R6)."""
    name = sketch.name()
    labels = [f"c{sketch.number()}" for _ in range(3)]
    return [
        Act("quickbooks_customer", {"label": labels[0], "name": name}),
        Act("syncta_customer", {"label": labels[1], "name": name}),
        Act("syncta_customer", {"label": labels[2], "name": name, **sketch.contact()}),
    ]


def _inactive(sketch: Sketch) -> list[Act]:
    label = f"c{sketch.number()}"
    return [Act("quickbooks_customer", {"label": label, "name": sketch.name()}), Act("deactivate", {"label": label})]


def _only_in_syncta(sketch: Sketch) -> list[Act]:
    return [Act("syncta_customer", {"label": f"c{sketch.number()}", "name": sketch.name(), **sketch.contact()})]


def _only_in_quickbooks(sketch: Sketch) -> list[Act]:
    label, name = f"c{sketch.number()}", sketch.name()
    sketch.customers.append(_Customer(label, name, since=1))
    return [Act("quickbooks_customer", {"label": label, "name": name, **sketch.contact()})]


def _history(sketch: Sketch) -> list[Act]:
    """From before go-live: with its twin in QuickBooks, open, part-paid or paid, or without one (rules 3.2)."""
    customer = sketch.free(where=lambda c: c.syncta)
    if customer is None:
        return []
    customer.hanging += 1
    label, number = f"i{sketch.number()}", f"H{sketch.number()}"
    lines, total = sketch.lines()
    acts = [Act("bill", _bill(sketch, label, number, customer, lines, "2026-09-08"))]
    if sketch.chance.random() < 0.75:
        twin = f"q{sketch.number()}"
        about = {"label": twin, "number": number, "customer": customer.label, "lines": lines, "date": "2026-09-08"}
        acts.append(Act("type_in", about))
        paid = sketch.chance.choice(("", f"{total}", f"{total / 2:.2f}"))
        if paid:
            about = {"label": f"p{sketch.number()}", "invoices": {twin: paid}, "date": "2026-09-10"}
            acts.append(Act("pay", {**about, "reference": f"CHK {sketch.number()}"}))
    return acts


def _bill(
    sketch: Sketch, label: str, number: str, customer: _Customer, lines: list[dict[str, Any]], date: str, **more: Any
) -> dict[str, Any]:
    return {
        "label": label,
        "number": number,
        "customer": customer.label,
        "lines": lines,
        "date": date,
        "ready": True,
    } | more


def _new_invoice(sketch: Sketch, *, ready: bool = True) -> list[Act]:
    """Finished work for a customer of both sides: it goes out."""
    customer = sketch.free(where=lambda c: c.syncta)
    if customer is None:
        return []
    label, lines_total = f"i{sketch.number()}", sketch.lines()
    lines, total = lines_total
    taxable = sketch.chance.random() < 0.15
    more = {"tax": "1.23"} if taxable else {}
    if taxable:
        lines[0]["taxable"] = True
        total += Decimal("1.23")
    date = sketch.today - dt.timedelta(days=sketch.chance.randint(0, 3))
    about = _bill(sketch, label, f"N{sketch.number()}", customer, lines, date.isoformat(), **more)
    customer.hanging += 1
    sketch.invoices.append(_Invoice(label, customer, total, sketch.chapter, "open", date.isoformat()))
    return [Act("bill", {**about, "ready": ready})]


# Invoices that a person must look at: each is told, none of them stops another


def _trouble(sketch: Sketch, customer: _Customer | None = None, *, date: str = "", **more: Any) -> list[Act]:
    customer = customer or sketch.free(where=lambda c: c.syncta)
    if customer is None:
        return []
    label, number = f"i{sketch.number()}", more.pop("number", f"T{sketch.number()}")
    lines = more.pop("lines", None) or sketch.lines(more=False)[0]
    customer.hanging += 1
    about = _bill(sketch, label, number, customer, lines, date or sketch.today.isoformat(), **more)
    return [Act("bill", about)]


def _unknown_product(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, lines=[{"product": None, "price": f"{sketch.number()}.37", "description": "By hand"}])


def _negative(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, lines=[{"product": "Repair kit", "price": f"-{sketch.number()}.10"}])


def _zero(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, lines=[{"product": "Repair kit", "price": "0.00"}])


def _long_number(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, number=f"LONG-{sketch.number():030}")


def _final_month(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, date="2026-08-15")


def _future(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, date="2026-12-24")


def _does_not_add_up(sketch: Sketch) -> list[Act]:
    return _trouble(sketch, total=f"{sketch.number()}.99")


def _same_number_twice(sketch: Sketch) -> list[Act]:
    """The second one is held; which is the second is decided by date, so the dates differ."""
    number = f"D{sketch.number()}"
    first = _trouble(sketch, number=number, date="2026-10-01")
    return [*first, *_trouble(sketch, number=number, date="2026-10-02")]


def _typed_in_as_well(sketch: Sketch) -> list[Act]:
    """A bookkeeper typed it in under another number: held (rules 3.3). In one moment, the twin first."""
    customer = sketch.free(where=lambda c: c.syncta and c.quickbooks)
    if customer is None:
        return []
    lines, _ = sketch.lines(more=False)
    about = {"label": f"q{sketch.number()}", "number": f"Q{sketch.number()}", "customer": customer.label}
    twin = Act("type_in", {**about, "lines": lines, "date": sketch.today.isoformat()}, alone=False)
    (ours,) = _trouble(sketch, customer, lines=lines)
    return [twin, Act(ours.verb, ours.about, alone=False)]


_TROUBLES = (
    _unknown_product,
    _negative,
    _zero,
    _long_number,
    _final_month,
    _future,
    _does_not_add_up,
    _same_number_twice,
    _typed_in_as_well,
)


# Days of work


def _day(sketch: Sketch) -> Day:
    acts: list[Act] = []
    for _ in range(sketch.chance.randint(3, 8)):
        make = sketch.chance.choices(list(_WORK), list(_WORK.values()))[0]
        acts += make(sketch)
    day = Day(sketch.today.isoformat(), tuple(acts))
    sketch.today += dt.timedelta(days=1)
    return day


def _appears_in_quickbooks(sketch: Sketch) -> list[Act]:
    label, name = f"c{sketch.number()}", sketch.name()
    acts = [Act("quickbooks_customer", {"label": label, "name": name, **sketch.contact()})]
    if sketch.chance.random() < 0.3:
        acts.append(Act("change_in_quickbooks", {"label": label, "name": sketch.name()}))
    sketch.customers.append(_Customer(label, name, since=sketch.chapter + 1))
    return acts


def _appears_on_both_sides(sketch: Sketch) -> list[Act]:
    """In Syncta first: were QuickBooks' record read alone, it would be created there, and rightly."""
    label, name, contact = f"c{sketch.number()}", sketch.name(), sketch.contact()
    sketch.touched.add(label)
    sketch.customers.append(_Customer(label, name))
    lines, total = sketch.lines()
    bill = _bill(sketch, f"i{sketch.number()}", f"N{sketch.number()}", sketch.customers[-1], lines, "2026-10-04")
    sketch.invoices.append(_Invoice(bill["label"], sketch.customers[-1], total, sketch.chapter, "open", "2026-10-04"))
    sketch.customers[-1].hanging += 1
    return [
        Act("syncta_customer", {"label": label, "name": name, **contact}, alone=False),
        Act("quickbooks_customer", {"label": label, "name": name, **contact}, alone=False),
        Act("bill", bill),
    ]


def _child_appears(sketch: Sketch) -> list[Act]:
    parent = sketch.free(where=lambda c: c.quickbooks)
    if parent is None:
        return []
    sketch.touched.add(parent.label)
    parent.hanging += 1
    label, name = f"c{sketch.number()}", sketch.name()
    sketch.customers.append(_Customer(label, name, plain=False))
    return [Act("quickbooks_customer", {"label": label, "name": name, "parent": parent.label, **sketch.contact()})]


def _renamed(sketch: Sketch) -> list[Act]:
    customer = sketch.free(where=lambda c: c.quickbooks)
    if customer is None:
        return []
    sketch.touched.add(customer.label)
    customer.name = sketch.name()
    return [Act("change_in_quickbooks", {"label": customer.label, "name": customer.name})]


def _new_contact(sketch: Sketch) -> list[Act]:
    customer = sketch.free(where=lambda c: c.quickbooks)
    if customer is None:
        return []
    sketch.touched.add(customer.label)
    return [Act("change_in_quickbooks", {"label": customer.label, **(sketch.contact() or {"phone": "1"})})]


def _edited_in_syncta(sketch: Sketch) -> list[Act]:
    customer = sketch.free()
    if customer is None:
        return []
    sketch.touched.add(customer.label)
    return [Act("change_in_syncta", {"label": customer.label, "phone": f"(916) 555-{sketch.number():04}"})]


def _left(sketch: Sketch) -> list[Act]:
    """Made inactive in QuickBooks: only one to which nothing was ever billed."""
    customer = sketch.free(where=lambda c: c.quickbooks and c.hanging == 0)
    if customer is None:
        return []
    sketch.touched.add(customer.label)
    customer.active = False
    return [Act("deactivate", {"label": customer.label})]


def _came_back(sketch: Sketch) -> list[Act]:
    some = [c for c in sketch.customers if not c.active and c.plain and c.label not in sketch.touched]
    if not some:
        return []
    customer = sketch.chance.choice(some)
    sketch.touched.add(customer.label)
    customer.active = True
    return [Act("reactivate", {"label": customer.label})]


def _deleted_in_syncta(sketch: Sketch) -> list[Act]:
    customer = sketch.free(where=lambda c: c.hanging == 0)
    if customer is None:
        return []
    sketch.touched.add(customer.label)
    customer.plain = False
    return [Act("delete_customer_in_syncta", {"label": customer.label})]


def _finished_later(sketch: Sketch) -> list[Act]:
    """Written today, finished in the next breath: it became ready after it was created."""
    acts = _new_invoice(sketch, ready=False)
    return [*acts, Act("finish", {"label": acts[0].about["label"]})] if acts else []


def _paid(sketch: Sketch) -> list[Act]:
    invoice = sketch.sent()
    if invoice is None:
        return []
    sketch.touched.add(invoice.label)
    invoice.state = "paid"
    label = f"p{sketch.number()}"
    sketch.payments.append((label, invoice, sketch.chapter))
    return [_payment(sketch, label, {invoice.label: ""})]


def _payment(sketch: Sketch, label: str, invoices: dict[str, str]) -> Act:
    about = {"label": label, "invoices": invoices, "date": sketch.today.isoformat()}
    return Act("pay", {**about, "reference": f"CHK {sketch.number()}"})


def _part_paid(sketch: Sketch) -> list[Act]:
    invoice = sketch.sent()
    if invoice is None:
        return []
    sketch.touched.add(invoice.label)
    invoice.state = "part"
    return [_payment(sketch, f"p{sketch.number()}", {invoice.label: f"{invoice.total / 3:.2f}"})]


def _rest_paid(sketch: Sketch) -> list[Act]:
    invoice = sketch.sent("part")
    if invoice is None:
        return []
    sketch.touched.add(invoice.label)
    invoice.state = "paid"
    return [_payment(sketch, f"p{sketch.number()}", {invoice.label: ""})]


def _bounced(sketch: Sketch) -> list[Act]:
    """A payment of an earlier chapter is deleted: `paid_reopened`, an exception (rules 4.4)."""
    some = [p for p in sketch.payments if p[2] < sketch.chapter and p[1].label not in sketch.touched]
    if not some:
        return []
    gone = sketch.chance.choice(some)
    sketch.payments.remove(gone)
    sketch.touched.add(gone[1].label)
    gone[1].state = "bounced"
    return [Act("unpay", {"label": gone[0]})]


def _spoilt(verb: str, state: str, **more: Any) -> Any:
    """Something that happens to an invoice after it was sent (rules 3.10)."""

    def make(sketch: Sketch) -> list[Act]:
        invoice = sketch.sent()
        if invoice is None:
            return []
        sketch.touched.add(invoice.label)
        invoice.state = state
        about = {name: f"{sketch.number()}.25" if value == "money" else value for name, value in more.items()}
        return [Act(verb, {"label": invoice.label, **about})]

    return make


def _moved(sketch: Sketch) -> list[Act]:
    invoice = sketch.sent()
    to = sketch.free(where=lambda c: c.syncta)
    if invoice is None or to is None or to is invoice.customer:
        return []
    sketch.touched.add(invoice.label)
    invoice.state = "moved"
    to.hanging += 1
    return [Act("move", {"label": invoice.label, "to": to.label})]


def _portal(sketch: Sketch) -> list[Act]:
    invoice = sketch.sent()
    if invoice is None:
        return []
    sketch.touched.add(invoice.label)
    invoice.state = "portal"
    about = {"label": invoice.label, "amount": f"{invoice.total:.2f}", "reference": f"WEB {sketch.number()}"}
    return [Act("pay_in_portal", {**about, "date": sketch.today.isoformat()})]


_WORK: dict[Any, int] = {
    _appears_in_quickbooks: 4,
    _appears_on_both_sides: 3,
    _child_appears: 2,
    _renamed: 3,
    _new_contact: 3,
    _edited_in_syncta: 2,
    _left: 1,
    _came_back: 1,
    _deleted_in_syncta: 1,
    _new_invoice: 8,
    _finished_later: 3,
    _typed_in_as_well: 1,
    _unknown_product: 1,
    _paid: 5,
    _part_paid: 2,
    _rest_paid: 2,
    _bounced: 2,
    _spoilt("add_line", "changed", total="money"): 1,
    _spoilt("delete_invoice_in_syncta", "gone"): 1,
    _spoilt("void_in_syncta", "void"): 1,
    _spoilt("void_in_quickbooks", "void"): 1,
    _spoilt("delete_in_quickbooks", "gone"): 1,
    _spoilt("edit_in_quickbooks", "changed", amount="money"): 1,
    _moved: 1,
    _portal: 2,
}
