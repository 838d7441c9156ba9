"""Nick Brown in Syncta, Brown, Nick in QuickBooks: before, after, and ways to mend the pair (R3, rules 2.7, 2.8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.end_to_end.people import People

BEFORE = {"syncta": ["Nick Brown"], "quickbooks": ["Brown, Nick"]}
AFTER = {"syncta": ["Brown, Nick", "Nick Brown"], "quickbooks": ["Brown, Nick"]}


def standing(people: People) -> dict[str, list[str]]:
    """The names on both sides."""
    in_quickbooks = [one["DisplayName"] for one in people.company.quickbooks_all("Customer")]
    return {"syncta": people.names(), "quickbooks": in_quickbooks}


def flagged(people: People) -> list[tuple[str, set[str]]]:
    """Likely duplicates: why, and the two names."""
    by_id = {("syncta", one["id"]): one["name"] for one in people.company.syncta_customers().values()}
    by_id |= {("quickbooks", one["Id"]): one["DisplayName"] for one in people.company.quickbooks_all("Customer")}
    return [
        (pair.reason, {by_id[pair.left_system, pair.left_id], by_id[pair.right_system, pair.right_id]})
        for pair in people.company.duplicates()
    ]


def quickbooks_id(people: People) -> str:
    """Brown, Nick."""
    return str(people.company.quickbooks_all("Customer")[0]["Id"])


def test_before_one_name_on_each_side_and_after_both_in_syncta_and_flagged(seed: People) -> None:
    assert standing(seed) == BEFORE
    assert seed.first_sync() == {"customer.create": 1}
    assert standing(seed) == AFTER
    assert flagged(seed) == [("reversed_name", {"Nick Brown", "Brown, Nick"})]


def test_running_again_writes_nothing_and_keeps_one_flag(seed: People) -> None:
    seed.first_sync()
    assert [seed.first_sync(), seed.sync(), seed.sync(), seed.first_sync()] == [{}, {}, {}, {}]
    assert (standing(seed), len(flagged(seed))) == (AFTER, 1)


def test_a_dry_run_writes_nothing_tells_nothing_and_moves_nothing(seed: People) -> None:
    assert seed.first_sync(dry_run=True) == {}
    assert seed.company.plan is not None
    assert seed.company.plan.counts()["create"] == 1
    assert (standing(seed), flagged(seed), seed.links()) == (BEFORE, [], {})
    assert seed.sync() == {}, "a dry run does not open the company for the cycle"
    assert seed.first_sync() == {"customer.create": 1}
    assert standing(seed) == AFTER


def test_a_dry_run_of_the_cycle_leaves_everything_for_the_next(seed: People) -> None:
    seed.first_sync()
    seed.quickbooks_customer("Ann Lee")
    assert (seed.sync(dry_run=True), seed.sync(dry_run=True)) == ({}, {})
    assert seed.names() == AFTER["syncta"]
    assert seed.sync() == {"customer.create": 1}


def test_the_invoices_of_the_pair_wait_with_their_amounts(seed: People) -> None:
    nick = seed.named("Nick Brown")["id"]
    seed.bill("2001", nick)
    seed.bill("2002", nick)
    assert seed.first_sync() == {"customer.create": 1}
    assert seed.told("hold") == {"customer_not_in_quickbooks": {"2001", "2002"}}
    assert [one.amount for one in seed.company.findings() if one.kind == "hold"] == [Decimal("75.00")] * 2


def test_the_pair_is_mended_by_renaming_in_quickbooks_before_the_first_sync(seed: People) -> None:
    seed.bill("2001", seed.named("Nick Brown")["id"])
    seed.first_sync(dry_run=True)
    seed.change_customer(quickbooks_id(seed), DisplayName="Nick Brown")
    assert seed.first_sync() == {"Invoice.create": 1}
    assert standing(seed) == {"syncta": ["Nick Brown"], "quickbooks": ["Nick Brown"]}
    assert (flagged(seed), seed.told("hold")) == ([], {})


def test_the_pair_is_mended_afterwards_by_renaming_in_quickbooks_and_deleting_the_copy(seed: People) -> None:
    nick = seed.named("Nick Brown")["id"]
    for number in ("2001", "2002"):
        seed.bill(number, nick)
    seed.first_sync()
    seed.change_customer(quickbooks_id(seed), DisplayName="Nick Brown")
    assert seed.sync() == {}, "the new name is borne by somebody else: a person decides"
    assert seed.told("hold")["rename_meets_existing"] == {"Nick Brown"}
    seed.delete("customer", seed.named("Brown, Nick")["id"])
    assert seed.sync() == {"Invoice.create": 2}
    assert seed.links()[quickbooks_id(seed)] == (nick, "relinked")
    assert standing(seed) == {"syncta": ["Nick Brown"], "quickbooks": ["Nick Brown"]}
    assert (seed.told("hold"), seed.told("exception")) == ({}, {"relinked": {"Nick Brown"}})
    assert (seed.sync(), set(seed.pushed())) == ({}, {"2001", "2002"})


@pytest.mark.parametrize("renamed_to", ["Nick Brown", "Brown, Nick"])
def test_a_linked_record_that_was_deleted_is_never_created_again(seed: People, renamed_to: str) -> None:
    """Whether or not somebody makes the other one's name equal afterwards."""
    seed.first_sync()
    seed.delete("customer", seed.named("Brown, Nick")["id"])
    assert seed.sync() == {}
    assert seed.told("hold") == {"linked_record_gone": {"Brown, Nick"}}
    seed.edit("customer", seed.named("Nick Brown")["id"], name=renamed_to)
    assert (seed.sync(), seed.first_sync()) == ({}, {})
    assert seed.names() == [renamed_to]
    held = {"linked_record_gone": {"Brown, Nick"}} if renamed_to == "Nick Brown" else {}
    assert seed.told("hold") == held


def test_the_original_deleted_instead_leaves_the_copy_linked(seed: People) -> None:
    seed.first_sync()
    seed.delete("customer", seed.named("Nick Brown")["id"])
    assert seed.sync() == {}
    assert (seed.names(), flagged(seed), seed.told("hold")) == (["Brown, Nick"], [], {})


def test_with_the_setting_a_likely_duplicate_is_held_instead_of_created(seed: People) -> None:
    settings = seed.company.company
    seed.company.company = settings.model_copy(update={"hold_likely_duplicates": True})
    assert seed.first_sync() == {}
    assert (standing(seed), seed.told("hold")) == (BEFORE, {"likely_duplicate": {"Brown, Nick"}})
    seed.company.company = settings
    assert seed.sync() == {"customer.create": 1}
    assert standing(seed) == AFTER
