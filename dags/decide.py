"""`decide.<company>`: a person decides what a sync may not; shown with its effect, then recorded. By hand."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG

from syncta_quickbooks import deciding
from syncta_quickbooks.companies import companies_for
from syncta_quickbooks.cycle import default_args
from syncta_quickbooks.tags import Tag, tags

DOC = """
### Decisions of people

**What it does.** Records a decision: that two records are one, that an invoice goes out anyway, that an exception is
right as it is. `preview` checks it and counts what it would change; `ask` waits under *Required Actions*; `record`
lets it stand, with your login and the time. Nothing is written to either system: the next `sync` run acts on it.

**How to use it.** Trigger it with the form: which decision, about which record (its id, from
`python -m include.sync.report`), and what else it needs. `python -m include.sync.decide` does the same at a terminal,
and shows names and money. A decision stands until another one about the same record replaces it, or *take-back* ends
it.

**Troubleshooting.** `preview` red with *DecisionRefused*: the sentence says what does not fit, and what to do instead.
`record` red: something changed between the question and the answer; trigger it again. Skipped: it was left as it is.
"""

# Airflow's decorators declare the values that tasks exchange, not the references that stand for them here.
steps: Any = deciding

for company in companies_for("decide"):
    with DAG(
        dag_id=f"decide.{company.key}",
        description=f"Decisions of people about {company.name}",
        schedule=None,
        start_date=None,
        catchup=False,
        default_args=default_args(company),
        params=deciding.params(),
        tags=tags(Tag.DECIDE, company.key),
        doc_md=DOC,
    ):
        previewed = steps.preview(key=company.key)
        ask = deciding.AskBeforeRecording(task_id="ask", preview_task="preview", company=company.key)
        previewed >> ask
        steps.record(key=company.key, previewed=previewed, agreed=ask.output)
