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
overwritten fields restored, links ended. What must not be taken back is refused row by row with the reason: a closed or
final period, a linked payment, an invoice that was e-mailed, a record somebody changed since.

**How to use it.** Take the run's id from `python -m include.sync.report` or the UI. Trigger with *Dry run* first and
read the plan. `approve` always waits for a person. What was undone is held as `undone_by_person` until somebody decides
`push-again`, `create-again`, `link-…` or `never`.

**Troubleshooting.** *UndoRefused*: no such run, or it was an undo. A red load: clear it; what was sent is asked for
again under its own id. Rows counted as *superseded* changed in between: trigger undo once more.
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
                "", type="string", title="Record", description="Only this record, by its id in either system."
            ),
            "dry_run": Param(
                False, type="boolean", title="Dry run", description="Show what would be taken back, and what not."
            ),
        },
        tags=tags(Tag.UNDO, company.key),
        doc_md=DOC,
    ):
        undo_tasks(company)
