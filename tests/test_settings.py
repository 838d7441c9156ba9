"""The settings file: every problem at once, each with its line; one broken company stops no other."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from pathlib import Path

import pytest

from include import settings
from include.errors import SettingsInvalid
from include.records import Scope
from include.settings import Company, load_settings, main, valid_companies

GOOD = """\
companies:
  acme:
    name: Acme Testing
    realm_id: 0012
    environment: sandbox
    go_live: 2026-10-01
    time_zone: America/Los_Angeles
    schedule: "0 * * * *"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "companies.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def complaints(folder: Path, text: str) -> list[str]:
    file = write(folder, text)
    return [str(problem).removeprefix(f"{file}:") for problem in valid_companies(file)[1]]


def test_the_file_that_comes_with_the_project_is_valid() -> None:
    company = load_settings().company("demo")
    assert company.scope == Scope("demo", "9341453000000001", "sandbox")
    assert company.go_live == dt.date(2026, 10, 1)
    assert company.zone.key == "America/Los_Angeles"


def test_what_is_not_said_has_a_default_or_follows_another_field(tmp_path: Path) -> None:
    company = load_settings(write(tmp_path, GOOD)).company("acme")
    assert company.realm_id == "0012", "a realm is text: its zeros stay"
    assert company.quickbooks_connection == "quickbooks_acme"
    assert company.syncta_connection == "syncta_acme"
    assert company.start_date == company.go_live
    assert (company.batch_size, company.ready_statuses, company.document_number) == (10, ("unpaid",), "same")


def test_every_problem_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
companies:
  acme:
    name: Acme
    realm_id: 12x
    environment: sandbx
    go_live: 20261001
    time_zone: America/Los_Angles
    schedule: "0 * * *"
    batchsize: 10
    batch_size: 31
    ready_statuses: [new]
    name: again
  Not-A-Key: 3
"""
    assert complaints(tmp_path, text) == [
        "4: acme.realm_id should be digits only",
        "5: acme.environment should be 'sandbox' or 'production'",
        "6: acme.go_live should be a date such as 2026-10-01",
        '7: acme.time_zone is no time zone; did you mean "America/Los_Angeles"?',
        '8: acme.schedule is no cron expression of five fields such as "0 * * * *"',
        '9: acme.batchsize is no setting; did you mean "batch_size"?',
        "10: acme.batch_size should be less than or equal to 30",
        "11: acme.ready_statuses should name at least one",
        "11: acme.ready_statuses.0 should be 'unpaid' or 'paid'",
        "12: acme.name stands twice, first in line 3",
        "13: Not-A-Key should be a mapping of settings",
    ]
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path / "companies.yaml")
    assert len(str(caught.value).splitlines()) == 11


def test_what_is_required_is_asked_for_at_the_line_of_the_company(tmp_path: Path) -> None:
    missing = ["environment", "go_live", "realm_id", "schedule", "time_zone"]
    expected = [f"2: acme.{name} is missing" for name in missing]
    assert complaints(tmp_path, "companies:\n  acme:\n    name: Acme\n") == expected


def test_a_broken_company_leaves_the_others_running(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD + "  broken:\n    name: Broken\n  Bad-Key:\n    name: x\n")
    companies, problems = valid_companies(file)
    assert list(companies) == ["acme"]
    assert {problem.company for problem in problems} == {"broken", "Bad-Key"}


def test_two_companies_on_the_same_books_are_refused(tmp_path: Path) -> None:
    twin = GOOD.replace("companies:\n", "").replace("acme:", "twin:")
    companies, problems = valid_companies(write(tmp_path, GOOD + twin))
    assert list(companies) == ["acme"]
    assert [problem.text for problem in problems] == ["twin.realm_id is also that of acme"]


@pytest.mark.parametrize("schedule", ["@hourly", "*/15 6-18 * * 1-5", "0 0 1 * *"])
def test_cron_presets_and_ranges_are_schedules(tmp_path: Path, schedule: str) -> None:
    assert complaints(tmp_path, GOOD.replace("0 * * * *", schedule)) == []


@pytest.mark.parametrize("schedule", ["", "hourly", "@sometimes", "61 * * * *", "0 0 30 2 *", "0 0 * * * *"])
def test_what_never_runs_or_is_no_cron_is_refused(tmp_path: Path, schedule: str) -> None:
    assert len(complaints(tmp_path, GOOD.replace("0 * * * *", schedule))) == 1


@pytest.mark.parametrize("zone", ["", "PST8", "../etc/passwd", "Mars/Olympus"])
def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path, zone: str) -> None:
    problems = complaints(tmp_path, GOOD.replace("America/Los_Angeles", f'"{zone}"'))
    assert [line.split(";")[0] for line in problems] == ["7: acme.time_zone is no time zone"]


def test_a_prefix_that_is_asked_for_must_be_given(tmp_path: Path) -> None:
    problems = complaints(tmp_path, GOOD + "    document_number: prefix\n")
    assert problems == ["2: acme document_number is prefix, but document_number_prefix is missing"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", '1: should have a mapping "companies" with at least one company'),
        ("companies:\n", '1: should have a mapping "companies" with at least one company'),
        ("- a\n", '1: should have a mapping "companies" with at least one company'),
        ("companies:\n  acme: [1\n", "3: is not YAML: expected ',' or ']', but got '<stream end>'"),
        (GOOD + "compnies: 3\n", '9: compnies is no setting; did you mean "companies"?'),
        ("companies: &a\n  acme: *a\n", "2: is nested too deeply"),
    ],
)
def test_a_file_of_another_shape_is_a_problem_not_a_crash(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaint in complaints(tmp_path, text)


def test_a_file_that_is_missing_or_not_text_is_a_problem(tmp_path: Path) -> None:
    absent, problems = valid_companies(tmp_path / "absent.yaml")
    assert (absent, [p.text for p in problems]) == ({}, ["cannot be read: No such file or directory"])
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert [p.text for p in valid_companies(tmp_path / "binary.yaml")[1]] == ["is not UTF-8 text"]


def test_the_path_comes_from_the_environment_if_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_COMPANIES_FILE", str(write(tmp_path, GOOD)))
    assert list(load_settings().companies) == ["acme"]


def test_an_unknown_company_is_answered_with_the_likely_one(tmp_path: Path) -> None:
    found = load_settings(write(tmp_path, GOOD))
    with pytest.raises(SettingsInvalid, match='has no company "acmee"; did you mean "acme"'):
        found.company("acmee")


def test_the_check_command_prints_ok_or_all_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write(tmp_path, GOOD))]) == 0
    assert capsys.readouterr().out == "ok\n"
    assert main(["check", str(write(tmp_path, GOOD + "    batch_size: 0\n    owner:\n"))]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["chek"]) == 2


def test_a_company_cannot_be_changed_and_refuses_unknown_fields() -> None:
    company = load_settings().company("demo")
    with pytest.raises(ValueError, match="frozen"):
        company.batch_size = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="Extra inputs"):
        Company.model_validate({**company.model_dump(), "colour": "red"})


def test_a_ledger_key_that_is_no_fernet_key_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_LEDGER_KEY", "secret-but-wrong")
    settings.environment.cache_clear()
    with pytest.raises(SettingsInvalid) as caught:
        settings.environment()
    assert "secret" not in str(caught.value)
    settings.environment.cache_clear()


@pytest.mark.parametrize("reads", ["many", "0", "-5", "1.5", ""])
def test_a_budget_that_is_no_number_is_one_sentence(monkeypatch: pytest.MonkeyPatch, reads: str) -> None:
    monkeypatch.setenv("SYNC_METERED_READS_PER_MONTH", reads)
    settings.environment.cache_clear()
    with pytest.raises(SettingsInvalid, match=r"^SYNC_METERED_READS_PER_MONTH should be a whole number from 1"):
        settings.environment()
    settings.environment.cache_clear()


KEYS = [base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


@pytest.mark.parametrize(
    ("keys", "usable"),
    [
        (", ".join(KEYS), True),
        (f"{KEYS[0]},wrong", False),
        (f"wrong,{KEYS[0]}", False),
        (f"{KEYS[0]},", False),
    ],
)
def test_while_the_key_is_changed_both_may_stand_there(
    monkeypatch: pytest.MonkeyPatch, keys: str, usable: bool
) -> None:
    monkeypatch.setenv("SYNC_LEDGER_KEY", keys)
    settings.environment.cache_clear()
    with contextlib.nullcontext() if usable else pytest.raises(SettingsInvalid):
        assert settings.environment().ledger_key == keys
    settings.environment.cache_clear()


def test_the_environment_never_shows_the_key_or_the_ledger_url(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    monkeypatch.setenv("SYNC_LEDGER_KEY", key)
    monkeypatch.setenv("SYNC_LEDGER_URL", "postgresql+psycopg://user:word@localhost/ledger")
    settings.environment.cache_clear()
    found = settings.environment()
    settings.environment.cache_clear()
    assert found.ledger_key == key
    assert key not in repr(found)
    assert "word" not in repr(found)
