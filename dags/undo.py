"""`undo.<company>`: takes back what one run wrote, where that is safe. By hand, given the run's id."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from syncta_quickbooks.companies import companies_for
from syncta_quickbooks.cycle import default_args, undo_tasks
from syncta_quickbooks.tags import Tag, tags

DOC = """
### Undo a run

**What it does.** Reads both sides anew and plans what the named run did, backwards: pushed invoices are voided in
QuickBooks (never deleted), paid marks taken back, created customers removed from Syncta if nothing hangs on them,
overwritten fields restored where nobody changed them since, and links ended, last of all. What must not be taken back
is refused row by row with the reason: a closed or final period, a linked payment, an invoice that was e-mailed, a
record somebody changed since, an answer that is still lost.

**How to use it.** Take the run's id from `python -m include.sync.report` or the UI. Trigger with *Dry run* first and
read the plan. `approve` waits for a person whatever little would be taken back, and asks about all of it; to take back
a single record name it under *Record*. What was undone is held as `undone_by_person` until somebody decides
`push-again`, `create-again`, `link-…` or `never`; paid marks and fields are told as `reopened_in_syncta` and
`restored_by_person` from the next run on.

**Troubleshooting.** *UndoRefused*: no such run, it was an undo, or it did nothing to the record named. A red load:
clear it; what was sent is asked for again under its own id. Rows counted as *superseded* changed between plan and load:
trigger undo once more.
"""

for company in companies_for("undo"):
    with DAG(
        dag_id=f"undo.{company.key}",
        description=f"Take back what a run wrote for {company.name}",
        schedule=None,
        start_date=None,
        catchup=False,
        max_active_runs=1,
        default_args=default_args(company),
        params={
            "run": Param(type="string", minLength=1, title="Run", description="The id of the run to undo."),
            "record": Param(
                "",
                type="string",
                title="Record",
                description="Only this record, by its id in either system; as customer:7 or invoice:7 where both have "
                "that id.",
            ),
            "dry_run": Param(
                False, type="boolean", title="Dry run", description="Show what would be taken back, and what not."
            ),
        },
        tags=tags(Tag.UNDO, company.key),
        doc_md=DOC,
    ):
        undo_tasks(company)
