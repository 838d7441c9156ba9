"""Demo, the ordinary rest: some 350 customers and 850 invoices over six months, plausible and a little untidy."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from faker import Faker

from include.sandbox.scenarios.town import PRODUCTS, ZONE, Line, Pair, Town, quickbooks_contact, syncta_contact

FIRST_DAY, GO_LIVE, LAST_DAY = dt.date(2026, 5, 18), dt.date(2026, 10, 1), dt.date(2026, 10, 30)
BOTH, ONLY_QUICKBOOKS, ONLY_SYNCTA = 310, 28, 40
HISTORY, NEW = 740, 110


def tell(town: Town, seed: int) -> None:
    """Customers in May, then invoices day by day; the same for the same seed."""
    fake, chance = Faker("en_US"), random.Random(seed)
    fake.seed_instance(seed)
    names = Names(fake, chance)
    customers = [_customer(town, names) for _ in range(BOTH)]
    for _ in range(ONLY_QUICKBOOKS):
        town.quickbooks_customer(names.next(), **quickbooks_contact(*names.contact()))
    lonely = [town.syncta_customer(names.next(), **syncta_contact(*names.contact())) for _ in range(ONLY_SYNCTA)]
    for number in range(HISTORY):
        _historic(town, chance, str(10001 + number), chance.choice(customers))
    for number in range(NEW):
        town.on((GO_LIVE + dt.timedelta(days=chance.randrange(29))).isoformat(), chance.randrange(8, 18))
        customer = chance.choice(lonely) if number % 9 == 0 else chance.choice(customers).syncta
        town.syncta_invoice(str(11001 + number), customer, _lines(chance), date=_today(town))


class Names:
    """Names of people and businesses, none twice even when case is ignored, and what is known of each."""

    def __init__(self, fake: Faker, chance: random.Random) -> None:
        self.fake, self.chance, self.used = fake, chance, set[str]()

    def next(self) -> str:
        """A name not given before: two people for each business."""
        while True:
            person = self.chance.random() < 0.66
            name = f"{self.fake.first_name()} {self.fake.last_name()}" if person else self.fake.company()
            if name.casefold() not in self.used:
                self.used.add(name.casefold())
                return name

    def contact(self) -> tuple[str, str, dict[str, str] | None]:
        """Phone, e-mail and address, each missing now and then."""
        phone = self.fake.numerify("530-555-01##") if self.chance.random() < 0.8 else ""
        email = self.fake.safe_email() if self.chance.random() < 0.7 else ""
        return phone, email, self._address() if self.chance.random() < 0.85 else None

    def _address(self) -> dict[str, str]:
        return {
            "line1": self.fake.street_address(),
            "city": self.fake.city(),
            "state": self.fake.state_abbr(include_territories=False),
            "postal_code": self.fake.postcode(),
        }


def _customer(town: Town, names: Names) -> Pair:
    """On both sides; one in eight has no phone in Syncta yet, one in ten another phone."""
    town.on((FIRST_DAY - dt.timedelta(days=3)).isoformat(), 9)
    name, (phone, email, address) = names.next(), names.contact()
    quickbooks = town.quickbooks_customer(name, **quickbooks_contact(phone, email, address))
    luck = names.chance.random()
    known = "" if luck < 0.12 else names.fake.numerify("530-555-02##") if luck < 0.22 else phone
    return Pair(quickbooks, town.syncta_customer(name, **syncta_contact(known, email, address)))


def _historic(town: Town, chance: random.Random, number: str, customer: Pair) -> None:
    """Billed by hand on both sides before go-live; most are paid, and most of those marked in Syncta too."""
    date = FIRST_DAY + dt.timedelta(days=chance.randrange((GO_LIVE - FIRST_DAY).days))
    town.on(date.isoformat(), chance.randrange(8, 18))
    lines, is_paid = _lines(chance), chance.random() < 0.86
    marked = is_paid and chance.random() < 0.92
    paid_on = min(date + dt.timedelta(days=chance.randrange(3, 50)), LAST_DAY).isoformat()
    mark: dict[str, Any] = {
        "status": "paid",
        "paid": {"date": paid_on, "reference": f"CHK {number}", "source": "manual"},
    }
    town.syncta_invoice(number, customer.syncta, lines, date=date.isoformat(), **(mark if marked else {}))
    if chance.random() < 0.02:
        return
    invoice = town.quickbooks_invoice(number, customer.quickbooks, lines, date=date.isoformat())
    if is_paid:
        town.on(paid_on, 16)
        total = str(sum((Decimal(line.amount) for line in lines), Decimal(0)))
        town.payment(customer.quickbooks, {invoice: total}, date=paid_on, reference=f"CHK {number}")


def _lines(chance: random.Random) -> tuple[Line, ...]:
    products = chance.sample(list(PRODUCTS), k=chance.choice((1, 1, 1, 2, 3)))
    return tuple(Line(product, str(chance.choice((1, 1, 1, 2, 4)))) for product in products)


def _today(town: Town) -> str:
    return town.store.now().astimezone(ZONE).date().isoformat()
