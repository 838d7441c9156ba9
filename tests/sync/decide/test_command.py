"""`python -m include.sync.decide`: checked, shown, asked about, recorded with who and when (rules 2.8)."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest

from include.ledger import decisions, mirror
from include.ledger.decisions import Decision, Verb
from include.records import Deleted, Entity, System
from include.sync.decide.command import parser
from include.sync.decide.verbs import CHOICES
from tests.sync.builders import NOON, customer, quickbooks_invoice, syncta_invoice
from tests.sync.decide.conftest import Desk

QB, SY = System.QUICKBOOKS, System.SYNCTA


def copy_of(desk: Desk) -> str:
    return desk.world.links(Entity.CUSTOMER)["58"]


def test_2_8_the_effect_is_shown_with_the_money_that_goes_out(desk: Desk) -> None:
    code, told = desk.decide("link-customer", "58", "cus_a", "--by", "Pat")
    assert code == 0
    assert "To record: link-customer customer quickbooks 58 → cus_a, by Pat" in told
    for expected in (
        "no more",
        "customer_not_in_quickbooks",
        "150.00",
        "push",
        "left_behind",
        "2026-11-02",
        "Recorded.",
    ):
        assert expected in told
    made = desk.standing().identity("customer", "quickbooks", "58")
    assert made is not None
    assert (made.verb, made.target_id, made.decided_by) == (Verb.LINK, "cus_a", "Pat")


def test_8_1_same_keep_nick_brown_moves_the_link_and_both_invoices_go_out_once(desk: Desk) -> None:
    copy = copy_of(desk)
    assert set(desk.world.holds().values()) == {"customer_not_in_quickbooks"}
    desk.decide("link-customer", "Brown, Nick", "Nick Brown")
    counts = desk.world.cycle()
    assert (counts["ledger"]["unlinked"], counts["ledger"]["linked"]) == (1, 1)
    assert sorted(desk.world.quickbooks.writes) == ["i", "j"]
    assert desk.world.links(Entity.CUSTOMER) == {"58": "cus_a"}
    assert desk.world.holds() == {}
    again = desk.world.cycle()
    assert (sorted(desk.world.quickbooks.writes), again["ledger"].get("linked", 0)) == (["i", "j"], 0)
    assert desk.world.links(Entity.CUSTOMER) == {"58": "cus_a"}, "the copy is not linked again by its external id"
    assert copy in desk.world.syncta.customers, "nothing is deleted (R13)"


def test_2_8_a_link_taken_from_another_customer_is_shown_and_that_one_is_held(desk: Desk) -> None:
    desk.add(QB, customer("60", "Other"))
    desk.world.syncta.add(customer("cus_o", "Other"))
    desk.world.cycle()
    code, told = desk.decide("link-customer", "58", "cus_o")
    assert (code, "unlink-customer customer quickbooks 60" in told) == (0, True)
    assert "unlinked_by_person" in told
    desk.world.cycle()
    assert desk.world.links(Entity.CUSTOMER) == {"58": "cus_o"}
    assert desk.world.holds()["60"] == "unlinked_by_person"
    assert not [write for write in desk.world.syncta.writes if write == ("create", "Other")]


def test_2_8_unlinked_then_created_again_is_written_once(desk: Desk) -> None:
    desk.decide("unlink-customer", "58")
    desk.world.cycle()
    assert desk.world.links(Entity.CUSTOMER) == {}
    assert desk.decide("create-again", "58")[0] == 0
    desk.world.cycle()
    desk.world.cycle()
    assert [write for write in desk.world.syncta.writes if write[0] == "create"] == [("create", "Brown, Nick")] * 2
    assert len(desk.world.links(Entity.CUSTOMER)) == 1


def test_2_8_a_decision_taken_back_stands_no_more_and_is_kept(desk: Desk) -> None:
    desk.decide("bill-to", "Nick Brown", "Brown, Nick", "--by", "Pat", "--note", "same household")
    code, told = desk.decide("take-back", "bill-to", "cus_a", "--by", "Sam")
    assert (code, "To take back: bill-to" in told, "customer_not_in_quickbooks" in told) == (0, True, True)
    assert desk.standing().standing == {}
    assert "No decision stands" in desk.decide("list", yes=False)[1]
    everything = desk.decide("list", "--all", yes=False)[1]
    for expected in ("bill-to", "Pat", "same household", "taken back by Sam"):
        assert expected in everything


def test_2_8_bill_to_lets_the_invoices_go_and_no_field_flows(desk: Desk) -> None:
    desk.decide("bill-to", "cus_a", "58")
    desk.world.cycle()
    assert {one.customer_id for one in desk.world.quickbooks.invoices.values()} == {"58"}
    assert desk.world.syncta.customers["cus_a"].name == "Nick Brown"
    assert desk.world.links(Entity.CUSTOMER) == {"58": copy_of(desk)}


REFUSED = {
    "no such customer": (["link-customer", "999", "cus_a"], "There is no QuickBooks customer of this id or name."),
    "no such partner": (["link-customer", "58", "cus_z"], "There is no Syncta customer of this id or name."),
    "never created": (["create-again", "59"], "was never created"),
    "linked": (["never-create", "58"], "Unlink it first"),
    "excluded though linked": (["exclude", "58"], "Unlink it first"),
    "not linked": (["unlink-customer", "59"], "is not linked"),
    "nothing to accept": (["accept", "total_differs", "i", "--note", "ok"], "is not told of this record now"),
    "empty note": (["accept", "customer_not_in_quickbooks", "i", "--note", " "], "needs a note"),
    "nothing to note": (["note", "total_differs", "i", "--note", "ok"], "No open hold or exception"),
    "not pushed": (["push-again", "i"], "was not pushed yet"),
    "invoice not linked": (["unlink-invoice", "i"], "is not linked"),
    "nothing to void": (["void", "i"], "is not linked"),
    "no closed period": (["first-open-day", "i"], "period_closed or period_final"),
    "no difference": (["bill-difference", "i"], "unbilled_change"),
    "never paid": (["reopen", "i"], "paid_reopened"),
    "no such receipt": (["elsewhere", "i", "r9", "--note", "till"], "no sales receipt or invoice"),
    "no month": (["sign-off", "2026-13"], "written as 2026-10"),
    "month not over": (["sign-off", "2026-11"], "has not ended"),
    "no side": (["restored", "both", "21"], "quickbooks or syncta"),
    "no number": (["restored", "syncta", "many"], "is a number"),
    "nothing stands": (["take-back", "link-customer", "58"], "No such decision"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_one_sentence_and_nothing_is_recorded(desk: Desk, case: str) -> None:
    desk.add(QB, customer("59", "Unknown to Syncta"))
    arguments, sentence = REFUSED[case]
    code, told = desk.decide(*arguments)
    assert (code, sentence in told) == (1, True), told
    assert len(told.strip().splitlines()) == 1
    assert desk.standing().standing == {}


def test_a_name_that_two_bear_is_not_guessed(desk: Desk) -> None:
    desk.add(SY, customer("cus_b", "Nick Brown"))
    code, told = desk.decide("link-customer", "58", "Nick Brown")
    assert (code, "2 Syncta customers bear this name" in told) == (1, True)


def test_the_same_decision_twice_is_refused_the_second_time(desk: Desk) -> None:
    assert desk.decide("never", "i", "--note", "a gift")[0] == 0
    code, told = desk.decide("never", "i", "--note", "a gift")
    assert (code, "decided already" in told) == (1, True)


def test_inactive_customers_are_not_linked(desk: Desk) -> None:
    desk.add(SY, customer("cus_b", "Nick B", active=False))
    code, told = desk.decide("link-customer", "58", "cus_b")
    assert (code, "inactive in Syncta" in told) == (1, True)


def test_2_4_a_project_is_linked_by_setting_only(desk: Desk) -> None:
    desk.add(QB, customer("61", "Gym renovation", is_project=True))
    code, told = desk.decide("link-customer", "61", "cus_a")
    assert (code, "include_projects" in told) == (1, True)


def test_an_invoice_someone_else_has_is_not_linked(desk: Desk) -> None:
    desk.decide("link-customer", "58", "cus_a")
    desk.world.cycle()
    desk.world.read()
    pushed = next(iter(desk.world.quickbooks.invoices.values()))
    desk.add(SY, syncta_invoice("k", "cus_a", "80.00"))
    code, told = desk.decide("link-invoice", "k", pushed.id)
    assert (code, "Unlink that one first" in told) == (1, True)
    desk.world.quickbooks.invoices["900"] = quickbooks_invoice("900", "58", "80.00")
    desk.world.read()
    assert desk.decide("link-invoice", "k", "900")[0] == 0


def test_an_accepted_hold_carries_its_amount_and_a_month_and_a_side_have_no_record(desk: Desk) -> None:
    assert desk.decide("accept", "customer_not_in_quickbooks", "i", "--note", "known")[0] == 0
    assert desk.decide("sign-off", "2026-10")[0] == 0
    assert desk.decide("restored", "syncta", "21")[0] == 0
    made = desk.standing()
    assert made.accepted("customer_not_in_quickbooks", "invoice", "syncta", "i", {"amount": "75.00"})
    assert made.about("sign_off", "month", "", "2026-10") is not None
    side = made.about("restored", "side", "syncta", "")
    assert side is not None
    assert side.facts == {"gone": 21}
    assert desk.decide("take-back", "restored", "syncta")[0] == 0


def test_3_10_what_was_deleted_in_quickbooks_may_be_pushed_again_or_never(desk: Desk) -> None:
    desk.decide("link-customer", "58", "cus_a")
    desk.world.cycle()
    desk.world.read()
    pushed = next(one for one in desk.world.quickbooks.invoices.values() if one.number == "i")
    code, told = desk.decide("never", "i", "--note", "a gift")
    assert (code, f"linked to QuickBooks invoice {pushed.id}" in told) == (1, True)
    assert desk.decide("push-again", "i")[0] == 1, "QuickBooks has it still"
    with desk.world.ledger.writing() as conn:
        gone = [Deleted(pushed.id, NOON + dt.timedelta(days=1))]
        mirror.upsert(conn, desk.world.company.scope, QB, gone, Entity.INVOICE, NOON)
    assert desk.decide("never", "i", "--note", "a gift")[0] == 0
    assert desk.decide("push-again", "i")[0] == 0
    made = desk.standing().identity("invoice", "syncta", "i")
    assert made is not None
    assert (made.verb, made.target_id) == (Verb.PUSH_AGAIN, pushed.id)
    assert desk.standing().generation("invoice", "syncta", "i") == 1


def test_5_what_undo_noted_is_taken_back_and_the_record_goes_its_way_again(desk: Desk) -> None:
    desk.decide("bill-to", "cus_a", "58")
    undone = Decision(Verb.UNDONE, "invoice", "syncta", "i", "Pat", NOON)
    with desk.world.ledger.writing() as conn:
        decisions.record(conn, desk.world.company.scope, undone)
    assert desk.decide("take-back", "undone", "i")[0] == 0
    assert desk.standing().identity("invoice", "syncta", "i") is None


def test_a_note_changes_nothing(desk: Desk) -> None:
    code, told = desk.decide("note", "customer_not_in_quickbooks", "i", "--note", "Asked Nick.")
    assert (code, "The next plan stays as it is." in told) == (0, True)


@pytest.mark.parametrize(
    ("answer", "recorded"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_a_person_is_asked_and_silence_is_no(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, recorded: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    code, told = desk.decide("link-customer", "58", "cus_a", yes=False)
    assert "Record it? [y/N]" in told
    assert (code == 0, bool(desk.standing().standing)) == (recorded, recorded)


def test_without_a_terminal_nothing_is_recorded_unasked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    code, told = desk.decide("link-customer", "58", "cus_a", yes=False)
    assert (code, "--yes" in told, desk.standing().standing) == (2, True, {})


def test_before_any_run_it_says_what_to_run(empty_desk: Desk) -> None:
    code, told = empty_desk.decide("link-customer", "58", "cus_a")
    assert (code, "Trigger initial_sync.demo with dry_run first" in told) == (1, True)


def test_accept_never_and_elsewhere_need_a_note(desk: Desk) -> None:
    for arguments in (["accept", "x", "i"], ["never", "i"], ["elsewhere", "i"], ["note", "x", "i"]):
        with pytest.raises(SystemExit):
            desk.decide(*arguments)


def test_every_decision_is_explained_by_the_help() -> None:
    text = parser().format_help()
    assert [name for name, choice in CHOICES.items() if name not in text or choice.does.split()[0] not in text] == []


def test_every_verb_a_person_may_use_has_a_command() -> None:
    assert {choice.verb for choice in CHOICES.values()} == set(Verb) - {Verb.UNDONE}
