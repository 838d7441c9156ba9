"""A person's approval of the plan, in Airflow's own pages (rules 1.5, protocol 4.1, 4.2).

The task always runs and returns at once where nobody has to approve: were it skipped, it would skip the loads with
it. What is shown and stored holds counts, reasons and the plan's digest; no names, no amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context

PATIENCE = timedelta(days=3)


class ApprovePlan(ApprovalOperator):
    """Waits for Approve or Reject where the plan asks for it. Rejected, or not answered in three days: no load runs.

    The result is `{"digest", "needed", "approved_by"}` of the plan that was made; the loads are given that digest.
    """

    def __init__(self, *, plan_task: str, company: str, **kwargs: Any) -> None:
        super().__init__(
            subject=f"Approve what the sync would write for {company}",
            body="",
            defaults=self.REJECT,
            response_timeout=PATIENCE,
            execution_timeout=None,
            **kwargs,
        )
        self.plan_task = plan_task

    def execute(self, context: Context) -> Any:
        """Ask, or answer at once."""
        planned = context["ti"].xcom_pull(task_ids=self.plan_task)
        if not planned["approval"]["needed"]:
            self.log.info("Approval is not needed for plan %s", planned["digest"][:12])
            return {"digest": planned["digest"], "needed": False, "approved_by": ""}
        self.body = body_of(planned)
        self.log.info("Plan %s waits for a person: %s", planned["digest"][:12], " ".join(planned["approval"]["why"]))
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """After the answer: the digest goes on; a rejection skips the loads, by DownstreamTasksSkipped."""
        if event.get("chosen_options") == [self.REJECT]:
            self.log.info("The plan was not approved: nothing will be written")
        answer = super().execute_complete(context, event)
        self.log.info("The plan was approved")
        user = answer.get("responded_by_user") or {}
        digest = context["ti"].xcom_pull(task_ids=self.plan_task)["digest"]
        return {"digest": digest, "needed": True, "approved_by": str(user.get("id") or "")}


def body_of(planned: Mapping[str, Any]) -> str:
    """The plan in numbers, as Markdown."""
    lines = [*planned["approval"]["why"], "", "| what | rows |", "|---|---|"]
    lines += [f"| {action} | {rows} |" for action, rows in planned["counts"].items()]
    lines += ["", "| reason | rows |", "|---|---|"]
    lines += [f"| {reason} | {rows} |" for reason, rows in planned["reasons"].items()]
    lines += ["", f"Plan `{planned['digest'][:12]}`, whole in `{planned['path']}`.", ""]
    return "\n".join([*lines, "Reject, or no answer within three days: nothing is written."])
