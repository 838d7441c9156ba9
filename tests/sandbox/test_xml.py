"""Clients that speak XML: the same objects, faults, batches and changes as in JSON, and nothing dangerous read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import requests
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.http.xml import NotXml, read_xml, write_xml
from include.sandbox.quickbooks.wire import loads
from include.sandbox.server import open_store

from .conftest import REALM, Client, paying, sale

NAMESPACE = "{http://schema.intuit.com/finance/v3}"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<Customer><DisplayName>&b;</DisplayName></Customer>"
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Customer><DisplayName>&x;</DisplayName></Customer>'


quickly = settings(max_examples=50, deadline=None)


class XmlClient:
    """Requests as quickbooks-ruby sends them."""

    def __init__(self, client: Client) -> None:
        self._base = f"{client.url}/v3/company/{REALM}"
        token = client.session.headers["Authorization"]
        self.headers = {"Authorization": token, "Accept": "application/xml", "Content-Type": "application/xml"}

    def get(self, path: str, **asked: str) -> requests.Response:
        return requests.get(f"{self._base}/{path}", params=asked, headers=self.headers)

    def post(self, path: str, body: str | bytes, **asked: str) -> requests.Response:
        data = body.encode() if isinstance(body, str) else body
        return requests.post(f"{self._base}/{path}", data=data, params=asked, headers=self.headers)


@pytest.fixture
def xml(client: Client) -> XmlClient:
    return XmlClient(client)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every object of the demo company: entity and body."""
    store = open_store(tmp_path_factory.mktemp("demo"), {"scenario": "demo"})
    rows = store.rows("SELECT entity, body FROM qb_record")
    yield [(row["entity"], ENTITIES[row["entity"]].shown(loads(row["body"]))) for row in rows]
    store.close()


def answered(answer: requests.Response, status: int = 200) -> Element:
    """The IntuitResponse of an answer."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/xml;charset=UTF-8")
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')
    root = fromstring(answer.content)
    assert root.tag == f"{NAMESPACE}IntuitResponse"
    assert "2026-11-02T09:00:00" in root.attrib["time"]
    return root


def only(root: Element, *path: str) -> Element:
    """The element at a path, which is there once."""
    (found,) = root.findall("/".join(f"{NAMESPACE}{name}" for name in path))
    return found


def text(root: Element, *path: str) -> str | None:
    return only(root, *path).text


def code(answer: requests.Response, status: int = 400) -> str:
    return only(answered(answer, status), "Fault", "Error").attrib["code"]


def batch_of(*items: str) -> str:
    return f'<IntuitBatchRequest xmlns="{NAMESPACE[1:-1]}">{"".join(items)}</IntuitBatchRequest>'


def new_customer(name: str, id_: str) -> str:
    body = f"<Customer><DisplayName>{name}</DisplayName></Customer>"
    return f'<BatchItemRequest bId="{id_}" operation="create">{body}</BatchItemRequest>'


def said(value: Any) -> Any:
    """Without what XML cannot say: null, empty lists, and Java's own words about a value."""
    if isinstance(value, dict):
        if "declaredType" in value:
            return {"name": value["name"], "value": said(value["value"])}
        return {key: said(part) for key, part in value.items() if part is not None and part != []}
    return [said(part) for part in value] if isinstance(value, list) else value


def back(entity: str, body: dict[str, Any]) -> Any:
    """An object after XML and back."""
    return read_xml(write_xml({entity: body}).encode())[1][entity]


def test_every_object_of_a_company_is_the_same_after_xml_and_back(demo: list[tuple[str, dict[str, Any]]]) -> None:
    for entity, body in demo:
        assert back(entity, body) == said(body)
    assert {"Customer", "Invoice", "Payment", "CreditMemo", "CompanyInfo", "Preferences"} <= {name for name, _ in demo}


@quickly
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
def test_any_text_comes_back_as_it_was(name: str) -> None:
    customer = {"DisplayName": name, "Notes": "a\r\nb\tc", "ParentRef": {"value": name, "name": name}}
    assert back("Customer", customer) == customer


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
KEYS = st.sampled_from(["any", "value", "name", "Line", "LineEx", "a b", "<"]) | st.text()


@quickly
@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20))
def test_whatever_is_stored_the_answer_is_xml(value: Any) -> None:
    assert fromstring(write_xml({"Customer": {"BillAddr": value}, "time": '\x00<&>"'})).attrib["time"] == '\ufffd<&>"'


@quickly
@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_break_the_reader(document: bytes) -> None:
    with suppress(NotXml):
        read_xml(document)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("75.0", "75.00"), ("75", "75"), ("0", "0"), ("33.3333", "33.3333"), ("-5.5", "-5.50"), ("1e3", "1000.00")],
)
def test_amounts_have_two_places_as_recorded(value: str, shown: str) -> None:
    assert text(fromstring(write_xml({"Line": {"Amount": loads(value)}})), "Line", "Amount") == shown


def test_quantities_have_as_many_places_as_they_need() -> None:
    line = {"Qty": Decimal("3.50"), "UnitPrice": Decimal("50.0"), "DiscountPercent": Decimal(10)}
    assert [node.text for node in only(fromstring(write_xml({"Line": line})), "Line")] == ["3.5", "50", "10"]


def test_an_object_is_created_changed_read_and_deleted_in_xml(xml: XmlClient, customer: str) -> None:
    made = xml.post(
        "invoice",
        f"""<?xml version="1.0" encoding="utf-8"?>
        <Invoice xmlns="http://schema.intuit.com/finance/v3"><CustomerRef>{customer}</CustomerRef>
        <Line><Amount>80.5</Amount><DetailType>SalesItemLineDetail</DetailType>
          <SalesItemLineDetail><ItemRef name="Services">1</ItemRef><Qty>2</Qty><UnitPrice>40.25</UnitPrice>
          </SalesItemLineDetail></Line>
        <Line><Amount>8.05</Amount><DetailType>DiscountLineDetail</DetailType>
          <DiscountLineDetail><PercentBased>false</PercentBased></DiscountLineDetail></Line></Invoice>""",
    )
    invoice = only(answered(made), "Invoice")
    id_ = text(invoice, "Id")
    assert invoice.attrib == {"domain": "QBO", "sparse": "false"}
    assert only(invoice, "CustomerRef").attrib == {"name": "Lake House"}
    assert [text(invoice, name) for name in ("TotalAmt", "Balance", "Deposit")] == ["72.45", "72.45", "0"]
    assert [node.text for node in invoice.findall(f"{NAMESPACE}Line/{NAMESPACE}Amount")] == ["80.50", "80.50", "8.05"]
    changed = (
        f'<ns0:Invoice xmlns:ns0="{NAMESPACE[1:-1]}" sparse="true"><ns0:Id>{id_}</ns0:Id>'
        "<ns0:SyncToken>0</ns0:SyncToken><ns0:PrivateNote>ü &amp; more</ns0:PrivateNote></ns0:Invoice>"
    )
    note = only(answered(xml.post("invoice", changed)), "Invoice")
    assert (text(note, "PrivateNote"), text(note, "SyncToken")) == ("ü & more", "1")
    assert text(answered(xml.get(f"invoice/{id_}")), "Invoice", "TotalAmt") == "72.45"
    gone = xml.post("invoice", f"<Invoice><Id>{id_}</Id><SyncToken>1</SyncToken></Invoice>", operation="delete")
    assert only(answered(gone), "Invoice").attrib == {"status": "Deleted", "domain": "QBO"}
    assert code(xml.get(f"invoice/{id_}")) == "610"


def test_a_card_payment_has_another_name_in_its_body(xml: XmlClient) -> None:
    refs = "<BankAccountRef>3</BankAccountRef><CreditCardAccountRef>1</CreditCardAccountRef>"
    answer = xml.post("creditcardpayment", f"<CreditCardPaymentTxn><Amount>5</Amount>{refs}</CreditCardPaymentTxn>")
    assert text(answered(answer), "CreditCardPaymentTxn", "Amount") == "5.00"


def test_an_empty_element_clears_in_a_sparse_update_and_a_missing_one_does_not(xml: XmlClient) -> None:
    filled = "<Notes>n</Notes><CompanyName>c</CompanyName><BillAddr><City>x</City></BillAddr>"
    made = xml.post("customer", f"<Customer><DisplayName>A</DisplayName>{filled}</Customer>")
    id_ = text(answered(made), "Customer", "Id")
    update = f'<Customer sparse="true"><Id>{id_}</Id><SyncToken>0</SyncToken><Notes/><BillAddr/></Customer>'
    left = only(answered(xml.post("customer", update)), "Customer")
    assert text(left, "CompanyName") == "c"
    assert [left.find(f"{NAMESPACE}{name}") for name in ("Notes", "BillAddr")] == [None, None]


def test_queries_say_where_they_start_and_how_much_they_hold(xml: XmlClient) -> None:
    page = only(answered(xml.get("query", query="select * from Term startposition 2 maxresults 2")), "QueryResponse")
    assert page.attrib == {"startPosition": "2", "maxResults": "2"}
    assert [text(term, "Name") for term in page] == ["Net 15", "Net 30"]
    counted = only(answered(xml.get("query", query="select count(*) from Term")), "QueryResponse")
    assert (counted.attrib, len(counted)) == ({"totalCount": "4"}, 0)
    nothing = only(answered(xml.get("query", query="select * from Invoice")), "QueryResponse")
    assert (nothing.attrib, len(nothing)) == ({}, 0)


def test_a_batch_is_read_and_answered_item_by_item(xml: XmlClient, customer: str) -> None:
    query = (
        f"<BatchItemRequest bId='3'><Query>select * from Customer where Id = '{customer}'</Query></BatchItemRequest>"
    )
    batch = batch_of(new_customer("B", "1"), new_customer("Lake House", "2"), query)
    made, refused, found = answered(xml.post("batch", batch, requestid="b1"))
    assert [item.attrib for item in (made, refused, found)] == [{"bId": "1"}, {"bId": "2"}, {"bId": "3"}]
    assert text(made, "Customer", "DisplayName") == "B"
    assert only(refused, "Fault", "Error").attrib["code"] == "6240"
    assert text(found, "QueryResponse", "Customer", "DisplayName") == "Lake House"
    again = answered(xml.post("batch", batch, requestid="b1"))
    assert text(again[0], "Customer", "Id") == text(made, "Customer", "Id")


def test_a_batch_of_one_is_a_batch(xml: XmlClient) -> None:
    one = xml.post("batch", batch_of(new_customer("B", "1")))
    assert text(answered(one), "BatchItemResponse", "Customer", "DisplayName") == "B"


def test_changes_stand_in_a_block_per_entity(xml: XmlClient, client: Client, customer: str) -> None:
    payment = client.post("payment", paying(customer, 5)).json()["Payment"]
    client.post("payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")
    changes = answered(xml.get("cdc", entities="Customer,Invoice,Payment", changedSince="2026-11-02T08:59:00-08:00"))
    customers, invoices, payments = only(changes, "CDCResponse")
    assert customers.attrib == {"startPosition": "1", "maxResults": "1", "totalCount": "1"}
    assert (invoices.attrib, len(invoices)) == ({}, 0)
    assert only(payments, "Payment").attrib == {"domain": "QBO", "status": "Deleted"}
    assert payments.attrib == {"maxResults": "1", "totalCount": "1"}


def test_what_payments_say_of_their_lines_is_read_by_its_name(xml: XmlClient, client: Client, customer: str) -> None:
    invoice = client.post("invoice", sale(customer, 10)).json()["Invoice"]
    payment = client.post("payment", paying(customer, 10, (invoice["Id"], 10))).json()["Payment"]
    line = only(answered(xml.get(f"payment/{payment['Id']}")), "Payment", "Line")
    facts = {text(each, "Name"): text(each, "Value") for each in only(line, "LineEx")}
    assert facts["txnId"] == invoice["Id"]


@pytest.mark.parametrize(
    "body",
    [
        b"<Customer><DisplayName>A",
        b"",
        b"\xff\xfe\x00",
        b'{"DisplayName": "A"}',
        b"<Invoice><DisplayName>A</DisplayName></Invoice>",
        b"<Customer>A</Customer>",
        b"<Customer><DisplayName>A</DisplayName><DisplayName>B</DisplayName></Customer>",
        b"<Customer><Ghost>A</Ghost></Customer>",
        b"<Customer>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Customer>",
        b'<?xml version="1.0" encoding="ghost"?><Customer><DisplayName>A</DisplayName></Customer>',
        BOMB.encode(),
        OUTSIDE.encode(),
    ],
)
def test_what_is_no_proper_xml_is_refused_in_xml(xml: XmlClient, body: bytes) -> None:
    assert code(xml.post("customer", body)) == "2010"
    assert answered(xml.get("query", query="select count(*) from Customer"))[0].attrib == {"totalCount": "0"}


def test_a_file_is_uploaded_with_what_is_said_of_it_in_xml(xml: XmlClient, customer: str) -> None:
    """As the PHP SDK does, which asks for no language but reads XML."""
    said_of_it = (
        '<ns0:Attachable xmlns:ns0="http://schema.intuit.com/finance/v3"><ns0:AttachableRef>'
        f'<ns0:EntityRef type="Customer">{customer}</ns0:EntityRef></ns0:AttachableRef><ns0:Note>17 psi</ns0:Note>'
        "</ns0:Attachable>\n"
    )
    body = (
        '--b\r\nContent-Disposition: form-data; name="file_metadata_0"\r\n'
        f"Content-Type: application/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{said_of_it}--b\r\n"
        'Content-Disposition: form-data; name="file_content_0"; filename="a.txt"\r\nContent-Type: text/plain\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n\r\n--b--\r\n\r\n"
    )
    xml.headers |= {"Content-Type": "multipart/form-data; boundary=b", "Accept": "*/*"}
    kept = only(answered(xml.post("upload", body)), "AttachableResponse", "Attachable")
    assert [text(kept, name) for name in ("FileName", "Note", "Size")] == ["a.txt", "17 psi", "5"]
    assert only(kept, "AttachableRef", "EntityRef").attrib == {"type": "Customer"}


def test_other_encodings_are_read(xml: XmlClient) -> None:
    for encoding in ("utf-16", "iso-8859-1"):
        name = f"Zoë {encoding}"
        body = f'<?xml version="1.0" encoding="{encoding}"?><Customer><DisplayName>{name}</DisplayName></Customer>'
        assert text(answered(xml.post("customer", body.encode(encoding))), "Customer", "DisplayName") == name


def test_the_gateway_s_faults_look_like_all_others(xml: XmlClient) -> None:
    xml.headers["Authorization"] = "Bearer nonsense"
    assert code(xml.get("preferences"), 401) == "3200"
    assert code(xml.post("customer", b"<Cust"), 401) == "3200"


@pytest.mark.parametrize(
    ("headers", "asked", "language"),
    [
        ({"Accept": "application/json"}, {}, "json"),
        ({"Accept": "application/json, text/plain, */*"}, {}, "json"),
        ({"Accept": "application/xml"}, {}, "xml"),
        ({"Accept": "text/xml"}, {}, "xml"),
        ({"Accept": "*/*"}, {}, "json"),
        ({"Accept": None}, {}, "json"),
        ({"Accept": None, "Content-Type": "application/xml"}, {}, "xml"),
        ({"Accept": None, "Content-Type": "application/json"}, {}, "json"),
        ({"Accept": "*/*", "Content-Type": "application/text"}, {}, "xml"),
        ({"Accept": "application/pdf"}, {}, "json"),
        ({"Accept": "*/*"}, {"format": "json"}, "json"),
    ],
)
def test_json_is_answered_to_who_asks_for_it(client: Client, headers: Any, asked: Any, language: str) -> None:
    """The .NET SDK sends no Accept for XML, the PHP SDK `*/*` with a query; node-quickbooks adds `format=json`."""
    statement = {"query": "select * from Term", **asked}
    answer = client.session.get(f"{client.url}/v3/company/{REALM}/query", params=statement, headers=headers)
    assert answer.headers["content-type"] == f"application/{language};charset=UTF-8"


def test_faults_on_order_see_what_xml_asks_for(xml: XmlClient, client: Client, customer: str) -> None:
    client.order("status", status=500, match={"operation": "update", "entity": "Customer"})
    client.order("status", status=500, match={"operation": "batch", "entity": "Customer"})
    batch = batch_of(new_customer("B", "1"))
    update = f'<Customer sparse="true"><Id>{customer}</Id><SyncToken>0</SyncToken><Notes>n</Notes></Customer>'
    assert [xml.post("customer", update).status_code, xml.post("batch", batch).status_code] == [500, 500]
    assert [xml.post("customer", update).status_code, xml.post("batch", batch).status_code] == [200, 200]
