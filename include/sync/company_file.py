"""What the QuickBooks company file says about itself, kept beside a first sync for whoever approves it (rules 1.4)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from include.sync.books import Preferences
from include.sync.run import Run
from include.sync.sources import CompanyFacts

FILE = "company.json"


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """`custom_numbers`: QuickBooks leaves the numbering to us; `automated_sales_tax`: it computes the tax."""

    legal_name: str = ""
    custom_numbers: bool = False
    automated_sales_tax: bool = False


def land_company_file(run: Run, company: CompanyFacts, preferences: Preferences) -> None:
    """Store it beside the run."""
    told = CompanyFile(company.legal_name, preferences.custom_numbers, preferences.automated_sales_tax)
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / FILE).open("w") as file:
        json.dump(asdict(told), file)


def read_company_file(run: Run) -> CompanyFile:
    """What was stored for this run; all empty where nothing was."""
    if not (run.folder / FILE).exists():
        return CompanyFile()
    with (run.folder / FILE).open("r") as file:
        return CompanyFile(**json.load(file))
