"""A person's approval of the plan, in Airflow's own pages (rules 1.4, 1.5, protocol 4.1, 4.2).

The task always runs and returns at once where nobody has to approve: were it skipped, it would skip the loads with
it. What is shown and stored holds counts, sums and the plan's digest; names stand on the page it links to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context, Param

from syncta_quickbooks.run_context import company_of, run_of

PATIENCE = timedelta(days=3)
STAGES = ("customers", "history", "invoices", "paid_marks")
"""Written out, because parsing imports nothing heavy; a test compares them with `include.sync.rows.Stage`."""
_RESTS_ON = {"history": " Needs customers.", "invoices": " Needs customers.", "paid_marks": " Needs history."}


class ApprovePlan(ApprovalOperator):
    """Waits for Approve or Reject where the plan asks for it, with a switch for each stage. Rejected, not answered in
    three days, or approved with every stage switched off: no load runs. An undo is approved as a whole: in it stages
    rest on each other the other way round, and the form of its DAG takes single records.

    The result is `{"digest", "needed", "approved_by", "stages"}` of the plan that was made; the loads are given it.
    """

    def __init__(self, *, plan_task: str, key: str, kind: str, **kwargs: Any) -> None:
        # Instead of the DAG's own, which Airflow hands to every operator.
        self.switches: tuple[str, ...] = () if kind == "undo" else STAGES
        kwargs["params"] = {stage: Param(True, type="boolean", source="task") for stage in self.switches}
        super().__init__(
            subject=f"Approve what the sync would write for {key}",
            body="",
            defaults=self.REJECT,
            response_timeout=PATIENCE,
            execution_timeout=None,
            **kwargs,
        )
        self.plan_task = plan_task
        self.key = key
        self.kind = kind

    def execute(self, context: Context) -> Any:
        """Ask, or answer at once."""
        planned = context["ti"].xcom_pull(task_ids=self.plan_task)
        if not planned["approval"]["needed"]:
            self.log.info("Approval is not needed for plan %s", planned["digest"][:12])
            return _answer(planned["digest"], STAGES)
        self._write_question(context, planned["digest"])
        self.log.info("Plan %s waits for a person: %s", planned["digest"][:12], " ".join(planned["approval"]["why"]))
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """After the answer: digest and stages go on; a rejection skips the loads, by DownstreamTasksSkipped."""
        chosen = _stages_of(event.get("params_input") or {})
        if event.get("chosen_options") == [self.APPROVE] and not chosen:
            event = {**event, "chosen_options": [self.REJECT]}
        if event.get("chosen_options") == [self.REJECT]:
            self.log.info("The plan was not approved: nothing will be written")
        answer = super().execute_complete(context, event)
        self.log.info("The plan was approved: %s", ", ".join(chosen))
        user = answer.get("responded_by_user") or {}
        digest = context["ti"].xcom_pull(task_ids=self.plan_task)["digest"]
        return _answer(digest, chosen, needed=True, approved_by=str(user.get("id") or ""))

    def _write_question(self, context: Context, digest: str) -> None:
        """Body and switches from the files of the run: they hold sums, which no XCom may carry (protocol 4.2)."""
        from include.sync.plan_pages.pages import read_request

        request = read_request(run_of(company_of(self.key), context, kind=self.kind), digest)
        self.body = request["body"]
        for stage in self.switches:
            title, does = stage.replace("_", " ").capitalize(), request["stages"][stage]
            told = f"{does}.{_RESTS_ON.get(stage, '')}"
            self.params[stage] = Param(True, type="boolean", title=title, description=told, source="task")


def _stages_of(params: dict[str, Any]) -> list[str]:
    """The stages that are switched on; one that was not asked about is on, as in the form."""
    return [stage for stage in STAGES if params.get(stage, True)]


def _answer(digest: str, stages: Iterable[str], *, needed: bool = False, approved_by: str = "") -> dict[str, Any]:
    return {"digest": digest, "needed": needed, "approved_by": approved_by, "stages": list(stages)}
