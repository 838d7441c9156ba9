"""The tasks of `decide.<company>`: what a person asks for is checked and shown, agreed to, recorded (rules 2.8).

What Airflow keeps of it holds ids, reason codes and counts: no names and no amounts (protocol 4.2). The command
`python -m include.sync.decide` shows those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from syncta_quickbooks.approval import PATIENCE
from syncta_quickbooks.run_context import company_of

if TYPE_CHECKING:
    from include.ledger.database import Ledger
    from include.ledger.decisions import Decision
    from include.sync.decide.preview import Effect
    from include.sync.decide.verbs import Proposal
    from include.sync.decide.view import Ask, View

Result = dict[str, Any]
TAKE_BACK = "take-back"
DECISIONS = (
    "link-customer",
    "unlink-customer",
    "create-again",
    "never-create",
    "exclude",
    "bill-to",
    "link-invoice",
    "unlink-invoice",
    "push",
    "push-again",
    "first-open-day",
    "never",
    "elsewhere",
    "bill-difference",
    "void",
    "reopen",
    "accept",
    "note",
    "sign-off",
    "restored",
    TAKE_BACK,
)
"""Written out, because parsing imports nothing heavy; a test compares them with `include.sync.decide.verbs`."""


def params() -> dict[str, Param]:
    """The trigger form."""
    text: dict[str, Any] = {"type": "string", "maxLength": 200}
    return {
        "decision": Param(
            "link-customer",
            enum=list(DECISIONS),
            type="string",
            title="Decision",
            description="What each does: `python -m include.sync.decide --help`.",
        ),
        "record": Param(
            "",
            title="Record",
            description="The id of the record it is about, as the report shows it; for sign-off a month (2026-10), for "
            "restored a side.",
            **text,
        ),
        "target": Param(
            "",
            title="Target",
            description="For link-…, bill-to and elsewhere: the id of the other record. For restored: how many records "
            "may be gone. For take-back: the decision to take back.",
            **text,
        ),
        "reason": Param(
            "", title="Reason", description="For accept and note: the reason code of the hold or exception.", **text
        ),
        "note": Param(
            "",
            type="string",
            maxLength=1000,
            title="Note",
            description="Why; needed for accept, note, never, elsewhere. Airflow keeps it too: no names, no amounts.",
        ),
    }


@task(multiple_outputs=False, show_return_value_in_logs=False)
def preview(key: str) -> Result:
    """Check what is asked for and say what it would change; fails with one sentence if it does not fit."""
    view, ask = _asked(key, by="")
    proposal, effect = _proposed(view, ask)
    return {
        "decisions": [_in_ids(one) for one in proposal.decisions],
        "taken_back": [_in_ids(one) for one in [proposal.taken_back] if one],
        "effect": effect.counts(),
        "digest": effect.digest,
    }


def _in_ids(decision: Decision) -> str:
    return " ".join(filter(None, (decision.verb, *decision.subject, decision.target_id, decision.reason)))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def record(key: str, previewed: Result, agreed: Result) -> Result:
    """Let it stand, if its effect is still the one that was shown; skipped if the person said no."""
    from include.errors import DecisionRefused
    from include.sync.decide.record import record as keep

    if not agreed["record"]:
        raise AirflowSkipException("It was left as it is.")
    view, ask = _asked(key, by=agreed["by"])
    proposal, effect = _proposed(view, ask)
    if effect.digest != previewed["digest"]:
        raise DecisionRefused("The effect is no longer the one that was shown. Trigger it again and look anew.")
    keep(_ledger(), view.state.scope, proposal, view.state.decisions, ask.by, dt.datetime.now(dt.UTC))
    return {"recorded": previewed["decisions"], "taken_back": previewed["taken_back"]}


def _ledger() -> Ledger:
    from include.ledger.database import Ledger
    from include.settings import environment

    return Ledger.open(environment().ledger_url)


def _asked(key: str, by: str) -> tuple[View, Ask]:
    """The company as it is now, and what the form says."""
    from include.sync.decide.view import Ask, view_of

    context = get_current_context()
    form, run = context["params"], context["dag_run"]
    fields = {name: str(form.get(name) or "").strip() for name in ("record", "target", "reason", "note")}
    who = by or getattr(run, "triggering_user_name", "") or "unknown"
    ask = Ask(command=form["decision"], by=who, at=dt.datetime.now(dt.UTC), **fields)
    return view_of(_ledger(), company_of(key)), ask


def _proposed(view: View, ask: Ask) -> tuple[Proposal, Effect]:
    from include.sync.decide.preview import effect_of
    from include.sync.decide.verbs import propose

    proposal = propose(view, ask)
    return proposal, effect_of(view, proposal)


class AskBeforeRecording(HITLOperator):
    """Waits for *Record it* or *Leave it* under Required Actions. Unanswered for three days: it is left.

    The result is `{"record": bool, "by": the login of who answered}`.
    """

    RECORD, LEAVE = "Record it", "Leave it"

    def __init__(self, *, preview_task: str, company: str, **kwargs: Any) -> None:
        super().__init__(
            subject=f"Record what was decided for {company}",
            options=[self.RECORD, self.LEAVE],
            defaults=self.LEAVE,
            response_timeout=PATIENCE,
            execution_timeout=None,
            **kwargs,
        )
        self.preview_task = preview_task

    def execute(self, context: Context) -> Any:
        """Show the effect in numbers, and ask."""
        self.body = body_of(context["ti"].xcom_pull(task_ids=self.preview_task))
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Result:
        """After the answer."""
        super().execute_complete(context, event)
        user = event.get("responded_by_user") or {}
        return {"record": event["chosen_options"] == [self.RECORD], "by": str(user.get("name") or user.get("id") or "")}


def body_of(previewed: Mapping[str, Any]) -> str:
    """The effect in numbers, as Markdown: `-` is no longer planned, `+` is planned instead."""
    lines = [f"- `{one}`" for one in previewed["decisions"]]
    lines += [f"- taken back: `{one}`" for one in previewed["taken_back"]]
    rows = [f"| {'no more' if what[0] == '-' else 'now'} {what[1:]} | {n} |" for what, n in previewed["effect"].items()]
    if not rows:
        return "\n".join([*lines, "", "The next plan stays as it is."])
    return "\n".join([*lines, "", "| what the next run does because of it | rows |", "|---|---|", *rows])
