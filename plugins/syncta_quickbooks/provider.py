"""The two connection types, found by Airflow through the entry point in pyproject.toml."""

from __future__ import annotations

from typing import Any

QUICKBOOKS_HOOK = "syncta_quickbooks.quickbooks_hook.QuickBooksHook"
SYNCTA_HOOK = "syncta_quickbooks.syncta_hook.SynctaHook"


def get_provider_info() -> dict[str, Any]:
    """What Airflow asks a provider: its name, and its connection types with their form fields."""
    return {
        "package-name": "syncta-quickbooks",
        "name": "Syncta and QuickBooks Online",
        "description": "Customers, invoices and payments between Syncta and QuickBooks Online.",
        "connection-types": [_quickbooks(), _syncta()],
    }


def _quickbooks() -> dict[str, Any]:
    return {
        "connection-type": "quickbooks",
        "hook-class-name": QUICKBOOKS_HOOK,
        "hook-name": "QuickBooks Online",
        "ui-field-behaviour": {
            "hidden-fields": ["host", "schema", "port", "extra"],
            "relabeling": {"login": "Client ID", "password": "Client secret"},
            "placeholders": {"login": "of the app at developer.intuit.com"},
        },
        "conn-fields": {
            "realm_id": _field("Realm ID", "The company's id, as Intuit shows it when the app is connected."),
            "environment": _field("Environment", "sandbox or production", enum=["sandbox", "production"]),
            "refresh_token": _field(
                "First refresh token", "Used once, to start with; later ones are kept in the ledger.", secret=True
            ),
            "base_url": _field("API address", "Empty for Intuit's own; the address of a sandbox otherwise."),
            "token_url": _field("Token address", "Empty for Intuit's own."),
        },
    }


def _syncta() -> dict[str, Any]:
    # Standard fields only: the HTTP provider's hook would send anything in the extra as a header (protocol 4.5).
    return {
        "connection-type": "syncta",
        "hook-class-name": SYNCTA_HOOK,
        "hook-name": "Syncta",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "extra"],
            "relabeling": {"password": "API key", "host": "Host", "schema": "Schema (https)"},
            "placeholders": {"host": "api.syncta.example", "schema": "https"},
        },
    }


def _field(label: str, description: str, *, enum: list[str] | None = None, secret: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}
    if enum:
        schema |= {"type": "string", "enum": enum, "default": enum[0]}
    if secret:
        schema["format"] = "password"
    return {"label": label, "description": description, "schema": schema}
