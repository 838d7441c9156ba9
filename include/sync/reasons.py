"""Every reason code with what a person should do about it: one place, shown in plan, report and README.

Texts carry no names and no amounts: those stand in the record's own columns. Likely remedies come first; creating
the customer in QuickBooks comes last, because the usual cause is a duplicate (rules 2.8).
"""

from __future__ import annotations

HOLDS: dict[str, str] = {
    "ambiguous_name": "Several Syncta customers bear exactly this name. Rename or delete all but one in Syncta.",
    "name_linked_elsewhere": "The Syncta customer of this name is linked to another QuickBooks customer. "
    "Rename one of the two, or relink.",
    "rename_meets_existing": "The new QuickBooks name is already borne by another Syncta customer. "
    "Move the link to it, rename one of them, or keep the old name.",
    "same_name_other_parent": "Syncta has this name under another parent. Move it to the right parent, or rename it.",
    "parent_not_linked": "The parent customer is not linked yet. Mend the parent first; this one follows by itself.",
    "linked_record_gone": "The linked Syncta customer was deleted. Link to another record, create it again, or never.",
    "target_linked_elsewhere": "The record that was chosen for it is linked to another one. Unlink that one first, or "
    "choose another.",
    "unlinked_by_person": "A person ended its link. Link it to another record, let it be written again, or never.",
    "undone_by_person": "A person took it back. Let it be written again, or never.",
    "likely_duplicate": "A customer with the same name in another order exists. "
    "Rename one to match the other exactly, or let it be created.",
    "customer_not_in_quickbooks": "The invoice's customer has no partner in QuickBooks. If a likely duplicate is "
    "flagged, link that one, or make the two names equal; only if there is none, create the customer in QuickBooks.",
    "customer_inactive": "The customer is inactive in QuickBooks. Make it active again, or bill another customer.",
    "customer_merged": "The customer was merged into another one in QuickBooks. Bill the survivor, or merge the two in "
    "Syncta.",
    "product_missing": "A line names no product (or, for a discount, the settings name none). Choose one in Syncta.",
    "product_unknown": "A line's product does not exist in QuickBooks. Create it there, or map it in the settings.",
    "product_inactive": "A line's product is inactive in QuickBooks. Make it active again, or choose another.",
    "product_not_sellable": "A line's product cannot be sold. Use a service or non-inventory product with an income "
    "account.",
    "number_taken": "QuickBooks already has a document with this number. Change the number on one side.",
    "number_too_long": "QuickBooks takes numbers of at most 21 characters. Shorten it in Syncta.",
    "maybe_already_entered": "QuickBooks has an unlinked document of this customer with the same total and a near "
    "date. Link to it, or push anyway.",
    "maybe_sent": "A QuickBooks invoice bears our mark but differs in customer, date or total. Look at both, then "
    "link or push.",
    "product_ambiguous": "Several products in QuickBooks answer to a line's product. Map it in the settings, or match "
    "products by their full names.",
    "terms_unknown": "QuickBooks has no active payment terms of this name. Create them there, or choose others in "
    "Syncta.",
    "target_gone": "The QuickBooks invoice that was chosen for it is not there. Choose another, or take the decision "
    "back.",
    "difference_unclear": "What was billed is not known line by line. Enter the supplementary invoice in QuickBooks by "
    "hand, then accept the difference.",
    "payment_not_read": "Paid in QuickBooks by a payment that has not been read yet. The next run reads it.",
    "credit_needed": "The total is negative. Enter a credit memo in QuickBooks.",
    "period_closed": "The invoice date lies in a period closed in QuickBooks. Reopen the period and wait for the next "
    "run, or link the accountant's entry.",
    "period_final": "The invoice date lies in a month the books count as final. Change `books_final_through`, "
    "or link the accountant's entry.",
    "future_dated": "The invoice date lies in the future. It goes out by itself when the day has come.",
    "currency_differs": "The invoice's currency is not the customer's in QuickBooks.",
    "tax_cannot_be_carried": "The invoice bears tax that QuickBooks cannot take over as billed. Check its tax set-up.",
    "money_does_not_add_up": "Lines, discount and tax do not add up to the total. Correct the invoice in Syncta.",
    "no_name": "The record has no name. Give it one.",
    "text_unreadable": "A text of the record holds characters that cannot be stored. Retype it.",
    "money_unreadable": "An amount of the record is not a number. Correct it.",
    "time_unreadable": "A date of the record cannot be read. Correct it.",
    "reference_inactive": "QuickBooks says the customer or a product is inactive or gone. Check both.",
    "rejected_by_quickbooks": "QuickBooks refused the record; its code is in the detail.",
    "rejected_by_syncta": "Syncta refused the record; its answer is in the detail.",
    "business_rule": "QuickBooks refused the record by a rule of its own. Enter it by hand to see which.",
    "subscription_ended": "The QuickBooks subscription has ended. Renew it; nothing is written before.",
    "user_lost_rights": "The user who connected QuickBooks lost the rights. Give them back, or connect again.",
    "email_invalid": "QuickBooks or Syncta does not take the e-mail address. Correct it.",
}

EXCEPTIONS: dict[str, str] = {
    "customer_inactive": "The linked customer was made inactive in QuickBooks. Nothing flows until it is active again.",
    "customer_merged": "The QuickBooks customer seems merged into another. Relink to the survivor.",
    "left_behind": "The sync created this record for a QuickBooks customer that somebody linked to another record "
    "since. Move what belongs to it, then delete it in Syncta.",
    "parent_changed": "The parent in QuickBooks is not the parent in Syncta. Move the customer in Syncta.",
    "restored_by_person": "A person took back values that had flowed to Syncta. Make both sides agree, or accept it; "
    "a later change in QuickBooks flows again.",
    "relinked": "The linked Syncta record was deleted and one of the same name was left: linked to that one.",
    "before_go_live_unmatched": "Ready before go-live and without a partner in QuickBooks. Push it, link it, or say "
    "that it was entered elsewhere.",
    "not_ready": "Not ready for longer than the settings allow. Finish it in Syncta.",
    "unbilled_change": "The total in Syncta changed after the push. Bill the difference, correct QuickBooks, or accept "
    "that it is not billed.",
    "gone_in_syncta": "Deleted or voided in Syncta after it was sent. Void it in QuickBooks, or keep it.",
    "gone_in_quickbooks": "Deleted in QuickBooks after it was sent. Link the retyped one, or push it again.",
    "edited_in_quickbooks": "Total, date or number were changed in QuickBooks. Correct Syncta or QuickBooks, or "
    "accept it.",
    "customer_differs": "The invoice belongs to another customer than when it was sent.",
    "total_differs": "QuickBooks computed another total than Syncta billed. Accept it, or correct the tax.",
    "zeroed_in_quickbooks": "Voided or set to zero in QuickBooks after it was sent. Void it in Syncta, or reissue.",
    "settled_without_money": "Settled in QuickBooks by credits or journals, wholly or in part, not by money.",
    "paid_at_other_total": "Paid in QuickBooks at another total than was sent.",
    "paid_reopened": "Marked as paid, but QuickBooks shows a balance again. Reopen it in Syncta.",
    "paid_by_another_payment": "Marked as paid for a payment that is gone; another one settled it. Reopen it in "
    "Syncta, then it is marked anew.",
    "reopened_in_syncta": "Marked as paid, then reopened in Syncta, while QuickBooks still shows it as paid. Correct "
    "one of the two.",
    "paid_in_syncta_open_in_quickbooks": "Paid in Syncta, open in QuickBooks. Enter the payment in QuickBooks.",
    "maybe_paid_twice": "Paid in the portal and in QuickBooks, with different references. Check both payments.",
    "marked_twice": "Another QuickBooks invoice bears the mark of this one, perhaps a copy. Void the wrong one, or "
    "remove the mark from its memo.",
    "marked_without_partner": "A QuickBooks invoice bears our mark, but its Syncta invoice is gone or stays out. Void "
    "it, or remove the mark from its memo.",
    "void_refused_period_closed": "Not voided as decided: its date lies in a closed period. Correct it in QuickBooks.",
    "void_refused_period_final": "Not voided as decided: its month counts as final. Correct it in QuickBooks.",
    "void_refused_payment_linked": "Not voided as decided: a payment or credit is put against it. Unapply that first.",
    "void_refused_was_emailed": "Not voided as decided: it was e-mailed to the customer. Void it in QuickBooks.",
    "void_refused_changed_since": "Not voided as decided: it was changed in QuickBooks since. Void it there.",
}

SKIPS: dict[str, str] = {
    "zero_total": "Nothing to bill.",
    "not_ready": "Not ready in Syncta yet.",
    "excluded": "Left out by the settings.",
    "inactive": "Inactive in QuickBooks: never created.",
    "already_linked": "Linked before; nothing to do now.",
    "customer_excluded": "Left out by decision.",
    "never_create": "Never created in Syncta, by decision.",
    "accepted": "A person accepted it as it is.",
    "not_ours": "Stays on its own side.",
    "never_pushed": "A person decided that it never goes out.",
    "entered_elsewhere": "A person says it is in QuickBooks as another document.",
}

REFUSALS: dict[str, str] = {
    "period_closed": "Its period is closed in QuickBooks. Reopen the period, or correct it by a document of today.",
    "period_final": "Its month counts as final. Change `books_final_through`, or correct it by a document of today.",
    "payment_linked": "Money or a credit was put against it. Take that back in QuickBooks first.",
    "was_emailed": "It was e-mailed to the customer. Void it in QuickBooks, if the customer knows.",
    "changed_since": "Somebody changed it since. Look at it before you take anything back by hand.",
    "not_linked_any_more": "It is no longer linked as that run left it.",
    "gone_since": "It is gone since.",
    "open_already": "It is not marked as paid any more.",
    "paid_by_portal": "Its money came by Syncta's portal as well. Refund it there first.",
    "only_blanks_filled": "The run only filled blanks; nothing was overwritten.",
    "something_hangs_on_it": "Invoices or children hang on it that this undo does not take back.",
    "mark_went_across": "A paid mark went across this link and stays. Undo the run that made it first, or reopen the "
    "invoice in Syncta.",
    "outcome_unclear": "Its answer was lost. It is asked for again by itself; undo the run once more afterwards.",
    "took_back_itself": "It took something back itself, on a person's decision. Decide about the record instead.",
}
"""Why undo leaves something as it is (rules 5)."""

FLAGS: dict[str, str] = {
    "reversed_name": "Perhaps the same customer twice: the names differ only in order. Rename one to match, or "
    "delete one.",
}
