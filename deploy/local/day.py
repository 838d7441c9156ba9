"""A day in the demo company between two syncs: what its people do in QuickBooks and in Syncta, over HTTP."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from deploy.local.problems import StackProblem
from deploy.local.sandbox_api import SandboxApi

NEW_PHONE = "(503) 555-0142"
LINE = ("product", "description", "quantity", "unit_price", "line_total", "taxable")


def live_a_day(sandbox: SandboxApi) -> list[str]:
    """Let things happen to records that are in both systems; one line for each thing that happened."""
    paid = pay_an_invoice(sandbox)
    return [paid, change_a_phone(sandbox), finish_an_invoice(sandbox)]


def pay_an_invoice(sandbox: SandboxApi) -> str:
    """An open invoice that Syncta knows as unpaid is paid in full in QuickBooks."""
    for invoice, _ in _shared_invoices(sandbox):
        amount = invoice["TotalAmt"]
        body = {
            "CustomerRef": invoice["CustomerRef"],
            "TotalAmt": amount,
            "PaymentRefNum": "CHK 5007",
            "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}],
        }
        sandbox.save("Payment", body)
        return f"QuickBooks: invoice {invoice['DocNumber']} is paid in full by check"
    raise StackProblem("No open invoice is in both systems: was nothing pushed?")


def change_a_phone(sandbox: SandboxApi) -> str:
    """A customer of both systems gets another phone number in QuickBooks."""
    for customer in _shared_customers(sandbox):
        body = {"Id": customer["Id"], "SyncToken": customer["SyncToken"], "sparse": True}
        sandbox.save("Customer", {**body, "PrimaryPhone": {"FreeFormNumber": NEW_PHONE}})
        return f"QuickBooks: customer {customer['DisplayName']} has another phone number"
    raise StackProblem("No customer is in both systems: was nothing linked?")


def finish_an_invoice(sandbox: SandboxApi) -> str:
    """A tester finishes an invoice in Syncta: like the latest one that was pushed, with a number of its own."""
    for _, pushed in _shared_invoices(sandbox):
        number = f"{pushed['number']}-2"
        copied = {name: pushed[name] for name in ("customer_id", "invoice_date", "due_date", "terms")}
        lines = [{name: line[name] for name in LINE} for line in pushed["lines"]]
        created = sandbox.syncta_user(
            "POST", "/invoices", {**copied, "number": number, "lines": lines, "status": "new"}
        )
        sandbox.syncta_user("PATCH", f"/invoices/{created['id']}", {"status": "unpaid"})
        return f"Syncta: invoice {number} is finished and ready to be sent"
    raise StackProblem("No open invoice is in both systems: was nothing pushed?")


def _shared_invoices(sandbox: SandboxApi) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    open_ones = sandbox.query("SELECT * FROM Invoice WHERE Balance > '0' ORDERBY TxnDate DESC MAXRESULTS 50")
    for invoice in open_ones:
        if not invoice.get("DocNumber") or invoice["Balance"] != invoice["TotalAmt"]:
            continue
        for ours in sandbox.syncta("/invoices", number=invoice["DocNumber"])["data"]:
            if ours["status"] == "unpaid" and Decimal(ours["total"]) == Decimal(str(invoice["TotalAmt"])):
                yield invoice, ours


def _shared_customers(sandbox: SandboxApi) -> Iterator[dict[str, Any]]:
    for customer in sandbox.query("SELECT * FROM Customer ORDERBY DisplayName MAXRESULTS 100"):
        if customer.get("ParentRef") or not customer.get("PrimaryPhone"):
            continue
        name = customer["DisplayName"]
        if len(sandbox.syncta("/customers", name=name)["data"]) == 1:
            yield customer
