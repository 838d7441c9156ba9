"""`reconcile.<company>`: proves each day that every invoice is accounted for, to the cent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, chain

from syncta_quickbooks import reconciling
from syncta_quickbooks.companies import companies_for
from syncta_quickbooks.cycle import default_args
from syncta_quickbooks.tags import Tag, tags

DOC = """
### Reconciliation

**What it does.** Reads QuickBooks' invoices of this and the last two months again, and Syncta's completely, and proves
month by month: ready in Syncta = in QuickBooks + unbilled change + held + skipped + unmatched, each invoice once,
difference 0. Then open receivables of linked invoices against Syncta's unpaid ones, drift between the systems and the
ledger, and changes to months that were signed off. Nothing is written to either system.

**How to use it.** Read `reconcile.html` and `reconcile.csv` of the run (folder in the log of `compare`). Sign off a
month with `decide.<company>` or `python -m include.sync.decide`; what changes in it later is listed.

**Troubleshooting.** `compare` red with *DoesNotReconcile*: the page names each invoice that nothing explains, and the
table has them all. Run `sync.<company>` and this once more; if the difference stays, look at the record in both
systems. *… had changed without the sync knowing*: the ledger has taken them over by now; find out which run missed
them, or whether a company was set back to a backup. *LooksRestored*: a side has shrunk at once, nothing was taken over.
*DamagedExtract*: a read came back short; clear the task.
"""

# Airflow's decorators declare the values that tasks exchange, not the references that stand for them here.
steps: Any = reconciling

for company in companies_for("reconcile"):
    with DAG(
        dag_id=f"reconcile.{company.key}",
        description=f"Proves that every invoice of {company.name} is accounted for",
        schedule=CronTriggerTimetable("30 4 * * *", timezone=company.time_zone),
        start_date=dt.datetime.combine(company.start_date, dt.time(), company.zone),
        catchup=False,
        max_active_runs=1,
        default_args=default_args(company),
        tags=tags(Tag.RECONCILE, company.key),
        doc_md=DOC,
    ):
        chain(steps.read_again(key=company.key), steps.compare(key=company.key))
