"""`initial_sync.<company>`: everything on both sides, planned, approved by a person, loaded. By hand."""

from __future__ import annotations

from airflow.sdk import DAG

from syncta_quickbooks.companies import companies_for
from syncta_quickbooks.cycle import default_args, params, sync_tasks
from syncta_quickbooks.tags import Tag, tags

DOC = """
### First sync of a company

**What it does.** Reads every customer, invoice and payment of both sides; links customers of exactly the same name and
creates those that Syncta lacks; links the invoices of the time before go-live; pushes those that became ready since;
marks what is paid. Until it was approved and loaded once, `sync.<company>` writes nothing.

**How to use it.** Trigger it. `approve` waits under *Required Actions*, with counts and sums and a link to the whole
plan, with names, as a page and as CSV. There each stage has a switch: customers, history, invoices, paid marks. What is
switched off comes back with the next `initial_sync`; `sync` starts working once all four were approved and loaded.
Rejected, or not answered in three days: nothing is written. To leave a customer out for good, decide `exclude` in
`decide.<company>` and run again. *Dry run* stops before the question. Running it again is safe: what was done is not
done twice. Moving `go_live` back takes effect only here, after a plan that lists the added invoices was approved.

**Troubleshooting.** *WrongCompany*: the connection leads to other books than the settings name. *QualityStop*: the log
names each failed check. *PlanChanged*: the plan is not the one that was approved; clear `plan`. *ReconnectNeeded*:
authorise QuickBooks again and put the new refresh token into the connection. A red load: clear it once the cause is
mended; it asks again for what it had sent before it sends anything new.
"""

for company in companies_for("initial_sync"):
    with DAG(
        dag_id=f"initial_sync.{company.key}",
        description=f"First sync of {company.name}: plan, approve, load",
        schedule=None,
        start_date=None,
        catchup=False,
        max_active_runs=1,
        default_args=default_args(company),
        params=params("ask"),
        tags=tags(Tag.INITIAL, company.key),
        doc_md=DOC,
    ):
        sync_tasks(company, kind="initial")
