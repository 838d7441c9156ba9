"""Companies and options, validated; every problem of the file is reported at once, each with its line.

`load_settings` is for tasks and tools and refuses a file with any problem. `valid_companies` is for DAG files: a
broken company is left out and the others keep running (G5). `environment()` is what the machine says: where the
ledger and the files are. `python -m include.settings check [FILE]` prints the problems, or "ok".
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import difflib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from croniter import CroniterError, croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.errors import SettingsInvalid
from include.records import Scope
from include.settings_file import Document, Place, Problem, dotted, read_document

PROJECT = Path(__file__).resolve().parent.parent


def _iso_date(value: object) -> object:
    # Left to itself pydantic takes 20261001 for seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("should be a date such as 2026-10-01")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"is no time zone{_meant(value, available_timezones())}") from None
    return value


def _cron(value: str) -> str:
    preset = value.startswith("@")
    try:
        if not preset and len(value.split()) != 5:
            raise ValueError
        croniter(value, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).get_next()
    except (CroniterError, ValueError, KeyError, AttributeError):
        raise ValueError('is no cron expression of five fields such as "0 * * * *"') from None
    return value


Date = Annotated[dt.date, BeforeValidator(_iso_date)]
Text = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=0, le=3650)]


class Company(BaseModel):
    """One company: one QuickBooks company file and one Syncta account. What each field does: docs of the rules.

    `approve_creations_share` is a fraction of Syncta's customers; `*_days` are whole days; dates are days in
    `time_zone`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Text
    realm_id: str = Field(pattern=r"^[0-9]{1,20}$")
    environment: Literal["sandbox", "production"]
    go_live: Date
    time_zone: Annotated[str, AfterValidator(_zone)]
    schedule: Annotated[str, AfterValidator(_cron)]
    start_date: Date
    """First day of the schedule; `go_live` if the file does not say."""
    owner: Text = "data-team"
    quickbooks_connection: Text
    syncta_connection: Text
    syncta_account: str = ""
    """Id of the Syncta account, as *Test* of its connection shows it: nothing is written to another one (rules 1.2)."""
    ready_statuses: tuple[Literal["unpaid", "paid"], ...] = Field(default=("unpaid",), min_length=1)
    """Statuses in which Syncta appends no more lines (rules 3.1): "new" is not among them."""
    document_number: Literal["same", "prefix", "quickbooks_assigns"] = "same"
    document_number_prefix: str = Field(default="", max_length=10)
    match_products_by: Literal["name", "full_name", "sku"] = "name"
    products: dict[str, Text] = {}
    """Syncta product → QuickBooks item id, for products of another name there."""
    discount_product: str = ""
    batch_size: int = Field(default=10, ge=1, le=30)
    books_final_through: Date | None = None
    history_days: Days = 60
    already_entered_days: Days = 45
    not_ready_days: Days = 14
    include_projects: bool = False
    hold_likely_duplicates: bool = False
    settled_without_money: Literal["pay", "exception"] = "pay"
    approve_creations_over: int = Field(default=25, ge=0)
    approve_creations_share: float = Field(default=0.05, ge=0, le=1, allow_inf_nan=False)
    approve_pushes_over: int = Field(default=50, ge=0)
    approve_unusual_pushes_over: int = Field(default=20, ge=0)
    unusual_push_total: Decimal = Field(default=Decimal(1000), ge=0)
    """An invoice above this is unusual; more than `approve_unusual_pushes_over` of them need approval."""
    approve_push_total_over: Decimal = Field(default=Decimal(10000), ge=0)
    """What one run may push in all without approval, in the company's own currency."""
    calls_per_minute: int = Field(default=450, ge=10, le=500)
    calls_per_second: int = Field(default=8, ge=1, le=10)
    batches_per_minute: int = Field(default=36, ge=5, le=40)
    """What is asked of QuickBooks at most; its own limits are 500, 10 and 40."""

    @model_validator(mode="before")
    @classmethod
    def _follow_other_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        key = data.get("key", "")
        follows = {"quickbooks_connection": f"quickbooks_{key}", "syncta_connection": f"syncta_{key}"}
        if data.get("go_live") is not None:
            follows["start_date"] = data["go_live"]
        return {**follows, **data}

    @model_validator(mode="after")
    def _prefix_is_given(self) -> Company:
        if self.document_number == "prefix" and not self.document_number_prefix:
            raise ValueError("document_number is prefix, but document_number_prefix is missing")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def scope(self) -> Scope:
        """Whose books: key, realm and environment (rules 1.2)."""
        return Scope(self.key, self.realm_id, self.environment)


@dataclass(frozen=True, slots=True)
class Settings:
    """A settings file without a problem."""

    file: Path
    companies: dict[str, Company]

    def company(self, key: str) -> Company:
        """The company of that key; SettingsInvalid, with a suggestion, if the file has none."""
        if key not in self.companies:
            raise SettingsInvalid(f'{self.file} has no company "{key}"{_meant(key, self.companies)}.')
        return self.companies[key]


class Environment(BaseSettings):
    """What the machine says, from SYNC_LEDGER_URL, SYNC_LEDGER_KEY (a Fernet key, or several with
    commas: the first encrypts, all decrypt), SYNC_FILES (file:// or s3://) and SYNC_METERED_READS_PER_MONTH."""

    model_config = SettingsConfigDict(env_prefix="SYNC_", frozen=True, extra="ignore", hide_input_in_errors=True)

    ledger_url: str = Field(default=f"sqlite:///{PROJECT / '.run' / 'ledger.sqlite'}", repr=False)
    ledger_key: str = Field(default="", repr=False)
    files: str = f"file://{PROJECT / '.run' / 'files'}"
    metered_reads_per_month: int = Field(default=500_000, ge=1)
    """What Intuit lets all companies together read in a month (UTC): 500,000 in its Builder tier. Leave out what other
    apps and installations of the same workspace use."""


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The machine's settings, read once per process. SettingsInvalid if a key is no Fernet key, a number no number."""
    try:
        found = Environment()
    except ValidationError as error:
        names = sorted({f"SYNC_{detail['loc'][0]}".upper() for detail in error.errors()})
        raise SettingsInvalid(f"{', '.join(names)} should be a whole number from 1.") from None
    if found.ledger_key and not all(_is_fernet_key(key.strip()) for key in found.ledger_key.split(",")):
        raise SettingsInvalid("SYNC_LEDGER_KEY is not a Fernet key (32 bytes in URL-safe base64).")
    return found


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except (binascii.Error, ValueError):
        return False


def load_settings(path: str | Path | None = None) -> Settings:
    """The settings of a file; the default is SYNC_COMPANIES_FILE, else include/companies.yaml.

    Raises SettingsInvalid with every problem of the file, one a line as `file:line: what`.
    """
    file = _file(path)
    companies, problems = valid_companies(file)
    if problems:
        raise SettingsInvalid("\n".join(str(problem) for problem in problems))
    return Settings(file, companies)


def valid_companies(path: str | Path | None = None) -> tuple[dict[str, Company], tuple[Problem, ...]]:
    """The companies that can run, and every problem of the file in the order of its lines. Never raises."""
    document = read_document(_file(path))
    companies: dict[str, Company] = {}
    for key in _company_keys(document):
        company = _company(document, key)
        if company:
            companies[key] = company
    _refuse_shared_books(document, companies)
    broken = {problem.company for problem in document.problems}
    sound = {} if "" in broken else {key: company for key, company in companies.items() if key not in broken}
    return sound, tuple(sorted(document.problems))


def _file(path: str | Path | None) -> Path:
    return Path(path or os.environ.get("SYNC_COMPANIES_FILE") or PROJECT / "include" / "companies.yaml")


def _company_keys(document: Document) -> list[str]:
    if document.problems and document.value is None:
        return []
    for name in document.mapping(()) or {}:
        if name != "companies":
            document.complain((name,), f"{name} is no setting{_meant(name, ['companies'])}", company=name)
    companies = document.mapping(("companies",))
    if not companies:
        document.complain(("companies",), 'should have a mapping "companies" with at least one company')
    return list(companies or {})


def _company(document: Document, key: str) -> Company | None:
    place: Place = ("companies", key)
    options = document.mapping(place)
    if options is None:
        document.complain(place, f"{key} should be a mapping of settings", key)
        return None
    if "key" in options:
        document.complain((*place, "key"), f"{key}.key is no setting: the name of the block is the key", key)
    try:
        return Company.model_validate({**options, "key": key})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            if detail["loc"] == ("start_date",) and "start_date" not in options:
                continue  # it follows go_live, which is complained of itself
            here = (*place, *detail["loc"])
            document.complain(here, f"{dotted(here)} {_words(detail)}", key)
    return None


def _words(detail: ErrorDetails) -> str:
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    match detail["type"]:
        case "extra_forbidden":
            return f"is no setting{_meant(name, Company.model_fields)}"
        case "missing":
            return "is missing"
        case "string_pattern_mismatch" if name == "key":
            return "(the name of the block) should be made of a-z, 0-9 and _ only"
        case "string_pattern_mismatch":
            return "should be digits only"
        case "string_type":
            return "should be a text"
        case "too_short":
            return "should name at least one"
        case "value_error":
            return str(detail["ctx"]["error"])
    return detail["msg"].replace("Input should be", "should be").replace("String should", "should")


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _refuse_shared_books(document: Document, companies: dict[str, Company]) -> None:
    # Two companies on the same books would push every invoice twice.
    first: dict[tuple[str, str], str] = {}
    for key, company in companies.items():
        owner = first.setdefault((company.realm_id, company.environment), key)
        if owner != key:
            document.complain(("companies", key, "realm_id"), f"{key}.realm_id is also that of {owner}", key)


def main(arguments: Sequence[str]) -> int:
    """`check [FILE]`: print all problems and return 1, or print "ok" and return 0."""
    if not arguments or arguments[0] != "check" or len(arguments) > 2:
        sys.stderr.write("usage: python -m include.settings check [FILE]\n")
        return 2
    problems = valid_companies(arguments[1] if len(arguments) == 2 else None)[1]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "ok\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
