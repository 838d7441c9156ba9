"""The words with which a statement is refused, as they were recorded from the service (reference, section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.queries.query import query
from include.sandbox.quickbooks.refusals import Refused

AFTER_CONDITION = (
    'Was expecting one of:\n    <EOF> \n    <AND> ...\n    "iterator" ...\n    "maxresults" ...\n    <OR> ...\n'
    '    "order" ...\n    "orderby" ...\n    "startposition" ...\n    '
)


def refused(books: Books, statement: str) -> dict[str, Any]:
    with pytest.raises(Refused) as refusal:
        query(books, statement)
    error: dict[str, Any] = refusal.value.fault["Error"][0]
    return error


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        # quickbooks-ruby issue 471
        (
            "select * from vendor where DisplayName = 'Aido's  LLC'",
            f'Encountered " <IDENTIFIER> "s "" at line 1, column 48.\n{AFTER_CONDITION}',
        ),
        # quickbooks-php issue 129
        ("", 'Encountered "<EOF>" at line 0, column 0.\nWas expecting:\n    "select" ...\n    '),
        # quickbooks-node-promise issue 1
        (
            "select * from Account where AccountSubType %3D 'Inventory'",
            'Invalid content. Lexical error at line 1, column 44.  Encountered: "%" (37), after : ""',
        ),
        # quickbooks-ruby issue 345: the last quote is escaped, so the text never ends
        (
            "select * from Item where Name = 'b\\' maxresults 1",
            "Invalid content. Lexical error at line 1, column 49.  "
            "Encountered: <EOF> after : \"\\'b\\\\\\' maxresults 1\"",
        ),
        (
            "select * from Item where Name = 'it''s'",
            f'Encountered " <STRING> "\\\'s\\\' "" at line 1, column 37.\n{AFTER_CONDITION}',
        ),
        (
            "select * from Item where Name = 'a' or Name = 'b'",
            'Encountered " <OR> "or "" at line 1, column 37.\n' + AFTER_CONDITION.replace("    <OR> ...\n", ""),
        ),
        (
            "select * from Item\nwhere Name <> 'a'",
            'Encountered " ">" "> "" at line 2, column 13.\nWas expecting one of:\n    "current_date" ...\n'
            '    <DECIMAL> ...\n    "false" ...\n    <INTEGER> ...\n    <STRING> ...\n    "true" ...\n    ',
        ),
        (
            "select * form Item",
            'Encountered " <IDENTIFIER> "form "" at line 1, column 10.\nWas expecting one of:\n    "," ...\n'
            '    "from" ...\n    ',
        ),
        (
            "select * from Item where Name = ‘a’",
            'Invalid content. Lexical error at line 1, column 33.  Encountered: "\\u2018" (8216), after : ""',
        ),
    ],
)
def test_the_parser_says_where_it_stopped_and_what_it_expected(books: Books, statement: str, detail: str) -> None:
    error = refused(books, statement)
    assert error["Message"] == "Error parsing query"
    assert error["Detail"] == f"QueryParserError: {detail}"


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("select * from Customer where Ghost = 'a'", "Property Ghost not found for Entity Customer"),
        ("select * from Customer where BillAddr = 'a'", "Property BillAddr not found for Entity Customer"),
        ("select * from Customer where CustomerTypeRef = '1'", "property 'CustomerTypeRef' is not queryable"),
        (
            "select * from customer where CustomerTypeRef.value = '1'",
            "Property CustomerTypeRef.value not found for Entity Customer",
        ),
        ("select * from ShipMethod", "Metadata not found for Entity: ShipMethod"),
        ("select * from Customer maxresults 0", "value 0 is too small. Min allowed value is 1"),
    ],
)
def test_what_cannot_be_asked_is_named(books: Books, statement: str, detail: str) -> None:
    error = refused(books, statement)
    assert error["Message"] == "Invalid query"
    assert error["Detail"] == f"QueryValidationError: {detail}"


def test_what_breaks_while_it_is_done_has_words_of_its_own(books: Books) -> None:
    error = refused(books, "select * from Customer startposition 99999999999")
    assert (error["Message"], error["code"]) == ("Error processing query", "4002")
    assert error["Detail"] == 'QueryProcessingError: For input string: "99999999999"'
