"""Demo, customers: names that nearly match, families, inactive ones (cases 1–4 and 14 of rules 8)."""

from __future__ import annotations

import unicodedata

from include.sandbox.scenarios.cases import case
from include.sandbox.scenarios.town import Line, Town

TEST = (Line("Annual backflow test"),)


def tell(town: Town) -> None:
    """All of them, early in May."""
    town.on("2026-05-04", 10)
    reversed_names(town)
    nearly_equal_names(town)
    one_name_several_times(town)
    families(town)
    inactive(town)


def reversed_names(town: Town) -> None:
    """The seed's example and two more like it."""
    for number, first, last in (
        ("2001", "Nick", "Brown"),
        ("2003", "Jane", "Marshall"),
        ("2005", "Ignatius", "Okafor"),
    ):
        town.on("2026-05-04", 10)
        town.quickbooks_customer(f"{last}, {first}")
        ours = town.syncta_customer(f"{first} {last}", emails=[f"{first.lower()}@example.com"])
        for offset in range(2):
            town.on("2026-10-06", 14)
            town.syncta_invoice(str(int(number) + offset), ours, TEST, date="2026-10-06")
    case(
        "1",
        "Nick Brown / Brown, Nick with two Syncta invoices",
        "`Brown, Nick` is created in Syncta, the pair is flagged, both invoices are held with their amount.",
        ("create", "Brown, Nick", "no_match"),
        ("flag", "Brown, Nick", "reversed_name"),
        ("hold", "2001", "customer_not_in_quickbooks"),
        ("hold", "2002", "customer_not_in_quickbooks"),
    )
    case(
        "2",
        "Jane Marshall / Marshall, Jane, to be mended by renaming or deleting",
        "As case 1. Rename the QuickBooks customer to match: the new name meets an existing one and is held until "
        "a person decides. Delete the linked record in Syncta: it is not created again, the namesake is linked.",
        ("create", "Marshall, Jane", "no_match"),
        ("flag", "Marshall, Jane", "reversed_name"),
        ("hold", "2003", "customer_not_in_quickbooks"),
    )


def nearly_equal_names(town: Town) -> None:
    """Names a person takes for equal and the sync does not (R2)."""
    town.on("2026-05-05")
    decomposed = unicodedata.normalize("NFD", "Renée Dubois")
    pairs = (
        ("Carol Diaz ", "Carol Diaz"),
        ("Tom\u00a0Reyes", "Tom Reyes"),
        ("LAKEVIEW DENTAL", "Lakeview Dental"),
        (decomposed, "Renée Dubois"),
        ("Stone Bros.", "Stone Bros"),
    )
    for in_quickbooks, in_syncta in pairs:
        town.quickbooks_customer(in_quickbooks)
        town.syncta_customer(in_syncta)
    case(
        "3a",
        "Names that differ by a trailing space, a no-break space, case, an accent's form, a period",
        "No match: each is created under its QuickBooks name.",
        *(("create", name, "no_match") for name, _ in pairs),
    )
    for name in ("O'Hara & Sons", 'The "Barn" Grill', "100% Pure\\Water", "💧 Drop Café", "Two  Spaces Ltd"):
        town.both(name)


def one_name_several_times(town: Town) -> None:
    """Exact namesakes in Syncta (R6)."""
    town.on("2026-05-05", 11)
    town.quickbooks_customer("Pat Jones")
    town.syncta_customer("Pat Jones", phone="530-555-0141")
    town.syncta_customer("Pat Jones", phone="530-555-0142")
    town.syncta_customer("Pat Jones", active=False)
    case(
        "3b",
        "One name twice active and once inactive in Syncta",
        "Held: nothing is linked and nothing created until one of the two active ones is renamed or deleted.",
        ("hold", "Pat Jones", "ambiguous_name"),
    )


def families(town: Town) -> None:
    """Parent, two levels, a project, a leaf with a foreign top-level name, a child billed to its parent (R7)."""
    town.on("2026-05-06")
    parent = town.both("Truckee Schools")
    school = town.quickbooks_customer("High School", parent=parent.quickbooks)
    syncta_school = town.syncta_customer("High School", parent=parent.syncta)
    town.quickbooks_customer("Boiler Room", parent=school)
    town.quickbooks_customer("Kitchen", parent=parent.quickbooks)
    town.syncta_customer("Kitchen")
    town.quickbooks_customer("Gym renovation 2026", parent=parent.quickbooks, IsProject=True)
    case(
        "4a",
        "Parent with sub-customers two levels deep, a project, a leaf whose name a top-level customer bears",
        "Parent and school are linked, the boiler room is created under the school, the kitchen is held, the project "
        "is left out.",
        ("link", "Truckee Schools", "exact_name"),
        ("link", "High School", "exact_name"),
        ("create", "Boiler Room", "no_match"),
        ("hold", "Kitchen", "same_name_other_parent"),
        ("skip", "Gym renovation 2026", "excluded"),
    )
    billed_to_parent(town, parent.quickbooks, syncta_school)


def billed_to_parent(town: Town, parent: str, child: str) -> None:
    """The child's invoice stands under the parent in QuickBooks and was paid by the parent."""
    town.on("2026-07-08")
    town.syncta_invoice("2010", child, TEST, date="2026-07-08")
    invoice = town.quickbooks_invoice("2010", parent, TEST, date="2026-07-08")
    town.on("2026-08-03")
    town.payment(parent, {invoice: "75.00"}, date="2026-08-03", reference="4410")
    case(
        "4b",
        "A child's invoice, billed to and paid by the parent",
        "Linked as history (same family) and marked as paid.",
        ("link", "2010", "history"),
        ("mark_paid", "2010", "history"),
    )


def inactive(town: Town) -> None:
    """Made inactive in QuickBooks before the first sync (R8)."""
    town.on("2026-05-07")
    old = town.both("Old Mill Brewery")
    town.on("2026-10-07")
    town.syncta_invoice("2020", old.syncta, TEST, date="2026-10-07")
    town.on("2026-10-20")
    town.books.deactivate("Customer", old.quickbooks)
    case(
        "14",
        "Inactive in QuickBooks, with an open invoice in Syncta (merge, reactivation, new parent: see the tests)",
        "Not linked and never created; its invoice is held.",
        ("skip", "Old Mill Brewery (deleted)", "inactive"),
        ("hold", "2020", "customer_not_in_quickbooks"),
    )
