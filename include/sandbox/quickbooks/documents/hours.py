"""Rules of hours worked (reference 8.2, codes 6290 to 6390 of Intuit's list)."""

from __future__ import annotations

import datetime as dt

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import money

MOST_HOURS, MOST_MINUTES = 8760, 59


def check_hours(draft: Draft) -> None:
    """Complete a time activity: who worked, how long, for whom. Only an invoice marks it as billed."""
    new = draft.new
    if "NameOf" not in new:
        raise refuse("6300", element="NameOf")
    if f"{new['NameOf']}Ref" not in new:
        raise refuse("6290", element=f"{new['NameOf']}Ref", value="")
    _check_time(draft)
    if draft.old is None and new["BillableStatus"] == "HasBeenBilled":
        raise refuse("6320", element="BillableStatus", value=new["BillableStatus"])
    if draft.before("BillableStatus") == "HasBeenBilled":
        new["BillableStatus"] = "HasBeenBilled"
    if new["BillableStatus"] == "Billable":
        if "CustomerRef" not in new:
            raise refuse("6310", element="CustomerRef")
        if not new.get("HourlyRate"):
            raise refuse("6330", element="HourlyRate", value=new.get("HourlyRate", ""))
    new.setdefault("HourlyRate", 0)


def _check_time(draft: Draft) -> None:
    new = draft.new
    elapsed = [name for name in ("Hours", "Minutes") if name in new]
    clock = [name for name in ("StartTime", "EndTime") if name in new]
    if not elapsed and len(clock) < 2:
        raise refuse("6350", element="Hours", value="")
    hours, minutes = money(new.get("Hours")), money(new.get("Minutes"))
    if not (0 <= hours <= MOST_HOURS and 0 <= minutes <= MOST_MINUTES):
        raise refuse("6380", element="Hours", value=f"{hours}:{minutes}")
    if len(clock) == 2 and _time(new["StartTime"]) > _time(new["EndTime"]):
        raise refuse("6370", element="StartTime", value=new["StartTime"])


def _time(text: str) -> tuple[dt.date, dt.time]:
    """A moment or a time of day, without its zone: QuickBooks counts by the clock on the wall."""
    for read in (dt.datetime.fromisoformat, dt.time.fromisoformat):
        try:
            found = read(text)
        except ValueError:
            continue
        if isinstance(found, dt.datetime):
            return found.date(), found.time()
        return dt.date.min, found.replace(tzinfo=None)
    raise refuse("6340", element="StartTime", value=text)
