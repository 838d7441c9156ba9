"""Rules of what a company says about itself: preferences and company info (reference 3.1 and 3.2)."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

FIXED = frozenset({
    *("FirstMonthOfFiscalYear", "TaxYearMonth", "TaxForm", "UseAccountNumbers", "BookCloseDate"),
    *("CalcAgingReportFromTxnDate",),
})
"""Preferences that only the pages change."""


def check_preferences(draft: Draft) -> None:
    """Preferences: what is sent changes what is there, one by one; nothing is lost and nothing is new."""
    for name, block in (draft.old or {}).items():
        if isinstance(block, dict) and name != "MetaData":
            draft.new[name] = _merged(block, draft.new.get(name, {}))


def check_company_info(draft: Draft) -> None:
    """A company without a name is none; one without a web address has an empty one."""
    draft.new.setdefault("WebAddr", {})
    if not draft.new.get("CompanyName"):
        raise refuse("2020", element="CompanyName", name="CompanyName")


def _merged(old: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    return {name: _changed(name, value, sent.get(name)) for name, value in old.items()}


def _changed(name: str, old: Any, sent: Any) -> Any:
    if name in FIXED or sent is None or type(sent) is not type(old):
        return old
    return _merged(old, sent) if isinstance(old, dict) else sent
