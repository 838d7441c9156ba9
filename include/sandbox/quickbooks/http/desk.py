"""What a person does at QuickBooks' own pages and Intuit's developer portal, as controls of the sandbox."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.sandbox.control import controlled
from include.sandbox.quickbooks.catalog.company import chosen_realm, close_books, merge_customers, set_subscription
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.events import webhooks
from include.sandbox.quickbooks.events.deliveries import Deliveries
from include.sandbox.quickbooks.http.founding import companies, found_company
from include.sandbox.quickbooks.refusals import Refused
from include.sandbox.quickbooks.wire import dumps
from include.sandbox.store import Store

Wish = Mapping[str, Any]


def desk_routes(store: Store) -> list[Route]:
    """Founding companies, merging customers, closing the books, ending the subscription, subscribing to webhooks."""
    desk = Desk(store)
    return [
        Route("/sandbox/companies", desk.companies, methods=["GET", "POST"]),
        Route("/sandbox/merge", desk.merge, methods=["POST"]),
        Route("/sandbox/close-books", desk.close, methods=["POST"]),
        Route("/sandbox/subscription", desk.subscription, methods=["POST"]),
        Route("/sandbox/webhooks", desk.webhooks, methods=["GET", "POST", "DELETE"]),
    ]


class Desk:
    """One handler per route."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._deliveries = Deliveries(store)

    async def companies(self, request: Request) -> Response:
        """Which companies there are (GET), found one more (POST): `{"name": …, "country": "CA", "samples": …}`."""
        method = request.method
        return await controlled(request, lambda wish: self._found(method, wish))

    async def merge(self, request: Request) -> Response:
        """Merge two customers: `{"loser": id, "winner": id}`; the answer is the winner as it is now."""
        return await controlled(request, self._in_books({"loser", "winner"}, _merge))

    async def close(self, request: Request) -> Response:
        """Close the books: `{"through": "2026-09-30"}`, or open them: `{"through": null}`."""
        return await controlled(request, self._in_books({"through"}, _close))

    async def subscription(self, request: Request) -> Response:
        """Let the subscription end: `{"status": "EXPIRED"}`, or be paid again: `{"status": "PAID"}`."""
        return await controlled(request, self._in_books({"status"}, _subscribe))

    async def webhooks(self, request: Request) -> Response:
        """Subscribe (POST), see what was sent and what waits (GET), end it (DELETE)."""
        method = request.method
        return await controlled(request, lambda wish: self._change_webhooks(method, wish))

    def _found(self, method: str, wish: Wish) -> Wish:
        return found_company(self._store, wish) if method == "POST" else {"companies": companies(self._store)}

    def _change_webhooks(self, method: str, wish: Wish) -> Wish:
        if method == "POST":
            webhooks.subscribe(self._store, webhooks.Webhook.from_json(wish))
        if method == "DELETE":
            self._deliveries.stop()
        return self._deliveries.status()

    def _in_books(self, names: set[str], work: Callable[[Books, Wish], Wish]) -> Callable[[Wish], Wish]:
        """Work on the books of the company wished for, as a person; a refusal is told in one line."""

        def worked(wish: Wish) -> Wish:
            if set(wish) - {"realm"} != names:
                raise ValueError(f"the body takes {', '.join(sorted(names))} and perhaps realm")
            try:
                answer = work(Books(self._store, chosen_realm(self._store, wish.get("realm"))), wish)
            except Refused as refused:
                raise ValueError(str(refused)) from refused
            plain: Wish = json.loads(dumps(answer))
            return plain

        return worked


def _merge(books: Books, wish: Wish) -> Wish:
    return {"winner": merge_customers(books, str(wish["loser"]), str(wish["winner"]))}


def _subscribe(books: Books, wish: Wish) -> Wish:
    if not isinstance(wish["status"], str):
        raise ValueError("status is text, for instance PAID or EXPIRED")
    set_subscription(books, wish["status"])
    return {"status": wish["status"]}


def _close(books: Books, wish: Wish) -> Wish:
    through = None if wish["through"] is None else dt.date.fromisoformat(wish["through"]).isoformat()
    close_books(books, through)
    return {"through": through}
