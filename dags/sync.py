"""`sync.<company>`: what changed since the last run, on the company's schedule; also backfilled and run by hand.

Read next: `syncta_quickbooks/cycle.py` (how the tasks hang together), then `include/sync/plan.py`.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import DAG, CronDataIntervalTimetable

from syncta_quickbooks.companies import companies_for
from syncta_quickbooks.cycle import default_args, params, sync_tasks, windows
from syncta_quickbooks.tags import Tag, tags

DOC = """
### Sync of a company

**What it does.** Asks both systems what changed, plans, checks, loads. Customers go QuickBooks → Syncta, new invoices
Syncta → QuickBooks, "paid" QuickBooks → Syncta. A run that finds nothing new and nothing held ends at `poll`, green.

**Windows.** A scheduled or manual run reads from the high-water marks to now, so a pause leaves no gap. A backfill run
reads the records created in its interval and moves no mark; what it would push waits for approval.

**Approval.** Only what passes the company's thresholds waits for a person (*Required Actions*): many creations, many
pushes, many of an unusual total, much money in all, any push of a backfill. The request links to the whole plan and
has a switch for each stage. Rejected, or not answered in three days: nothing is written, and the next run asks again.

**Troubleshooting.** *awaiting_first_sync*: run `initial_sync.<company>` first. *WrongCompany*, *ReconnectNeeded*,
*CredentialsRejected*: mend the connection, then clear the task. *QualityStop*: nothing was written; the log names each
check. A red load: clear it; what was sent is asked for again under its own id, never sent twice.
"""

for company in companies_for("sync"):
    with DAG(
        dag_id=f"sync.{company.key}",
        description=f"Customers, invoices and payments of {company.name}",
        schedule=CronDataIntervalTimetable(company.schedule, timezone=company.time_zone),
        start_date=dt.datetime.combine(company.start_date, dt.time(), company.zone),
        catchup=False,
        max_active_runs=1,
        default_args=default_args(company),
        params=params("thresholds") | windows(),
        tags=tags(Tag.CYCLE, company.key),
        doc_md=DOC,
    ):
        sync_tasks(company, kind="cycle")
