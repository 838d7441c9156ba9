"""What Syncta's users do at their own pages, as `by_hand.yaml` describes it: no key, no version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from include.sandbox.syncta.asks import Answer, Ask
from include.sandbox.syncta.contract import Asked, Contract
from include.sandbox.syncta.office import Office
from include.sandbox.syncta.records import Body

ACTIONS = Path(__file__).with_name("by_hand.yaml")
NEW_LINE = {"product": None, "taxable": False}


class Users:
    """Acts as a user and answers with the record. Raises Refused as the API does."""

    def __init__(self, office: Office) -> None:
        self._contract = Contract(ACTIONS, half_characters=True)
        self._acts: Mapping[str, Callable[[Asked], Body]] = {
            "createCustomer": lambda asked: office.create_customer(asked.body),
            "updateCustomer": lambda asked: office.update_customer(asked.id, asked.body),
            "deleteCustomer": lambda asked: office.delete_customer(asked.id),
            "mergeCustomer": lambda asked: office.merge(asked.id, asked.body["to"]),
            "createInvoice": lambda asked: office.create_invoice(_invoice(asked.body)),
            "updateInvoice": lambda asked: office.update_invoice(asked.id, _invoice(asked.body)),
            "deleteInvoice": lambda asked: office.delete_invoice(asked.id),
            "voidInvoice": lambda asked: office.void(asked.id),
            "payInvoice": lambda asked: office.pay_by_portal(asked.id, asked.body),
        }

    def answer(self, ask: Ask) -> Answer:
        """What one action came to."""
        asked = self._contract.check(self._contract.find(ask), ask)
        return Answer(200, self._acts[asked.operation](asked))


def _invoice(body: Mapping[str, object]) -> Mapping[str, object]:
    """The invoice with whole lines."""
    lines = body.get("lines")
    return {**body, "lines": [{**NEW_LINE, **line} for line in lines]} if isinstance(lines, list) else body
