"""Every fault QuickBooks answers, as data: code → message, detail, HTTP status (reference, section 8)."""

from __future__ import annotations

from typing import Any, NamedTuple


class Text(NamedTuple):
    """The words of one fault; `detail` may hold {placeholders}."""

    message: str
    detail: str
    status: int = 400
    kind: str = ""
    """The fault's type where it is not the usual one of its status."""


INACTIVE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
LENGTH = "String length specified does not match the supported length. Min:0 Max:{most} supported. Supplied length:{n}"
CLOSED = (
    "The account period has closed and the account books cannot be updated through the QBO Services API. "
    "Please use the QBO website to make these changes."
)
TAKEN_NAME = (
    "The name supplied already exists. : Another customer, vendor or employee is already using this name. "
    "Please use a different name."
)
TAKEN_NUMBER = (
    "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
    "DocNumber={number} is assigned to TxnType={entity} with TxnId={id}"
)
STALE = (
    "Stale Object Error : You and root were working on this at the same time. "
    "root finished before you did, so your work was not saved."
)

CATALOGUE = {
    "120": Text(
        "Authorization Failure",
        ": –11014-You do not have access to use QuickBooks Online Plus.",
        401,
        "AuthorizationFault",
    ),
    "600": Text("Duplicate Request ID", "The request id was already used."),
    "630": Text("Duplicate Object", "Another object with this identity exists already."),
    "800": Text("Cannot Delete", "The object cannot be deleted because others depend on it."),
    "1000": Text("Operation Failed", "The operation failed."),
    "1010": Text("Create Failed", "The object could not be created."),
    "1020": Text("Update Failed", "The object could not be updated."),
    "2000": Text("Invalid Object Name", "The name of the object is invalid."),
    "2140": Text("Invalid Amount", "Supplied value is not a valid amount."),
    "2160": Text("Invalid Quantity", "Supplied value is not a valid quantity."),
    "3000": Text("Invalid Custom Field", "The custom field is invalid."),
    "5000": Text("Deprecated Field", "The field is no longer supported."),
    "5020": Text("Permission Denied Error", "You do not have permission to do this in this edition."),
    "5030": Text("Feature Not Supported Error", "The feature is not supported in this edition."),
    "6160": Text("Invalid TaxCodeRef", "A tax code is not allowed when GlobalTaxCalculation is NotApplicable."),
    "6200": Text(
        "Account Period Closed",
        "The account period has closed and the account books cannot be updated without the password.",
    ),
    "6230": Text("Invalid Tax Rate", "The tax does not fit GlobalTaxCalculation."),
    "6250": Text("Invalid Customer", "The customer of a sale is missing or has been made inactive."),
    "6280": Text("Delete List Has Unbilled Charges Error", "The entity you are trying to delete has unbilled charges."),
    "6400": Text("Linked Purchase", "The transaction is linked to a purchase."),
    "6450": Text("Settled Transaction", "The transaction has been settled and cannot be voided."),
    "10100": Text("Result Set Too Big", "The result has more objects than can be answered."),
    "10200": Text("Company Reset", "The company is being reset.", 500),
}
"""What the sandbox itself never answers, but can be ordered: the meaning is documented, the words are its own (but for
120)."""
TEXTS = {
    "500": Text("Unsupported Operation", "Operation {what} is not supported."),
    "610": Text("Object Not Found", "Object Not Found : Another user has deleted this transaction."),
    "620": Text("Txn ID Cannot Be Linked", "Transaction {id} cannot be linked."),
    "900": Text("Parent cannot be child", "The same object can't be the parent or child of itself."),
    "700": Text("Invalid Parent", "The parent cannot be used: {why}"),
    "1040": Text("Batch size exceeds allowed limit", "Batch size of {n} exceeds the allowed limit of {most}"),
    "2010": Text(
        "Request has invalid or unsupported property",
        "Property Name:failed to parse json object; a property specified is unsupported or invalid",
    ),
    "2020": Text(
        "Required param missing, need to supply the required value for the API",
        "Required parameter {name} is missing in the request",
    ),
    "2030": Text("Invalid ID", "Id should be a valid number. Supplied value:{value}"),
    "2040": Text(
        "Invalid String. The String may contain unsupported or illegal chars",
        "Element contains invalid characters. {value}",
    ),
    "2050": Text("Invalid String Length", LENGTH),
    "2060": Text("Invalid Date", "Date value could not be read. Supplied value:{value}"),
    "2090": Text("Invalid Number", "Supplied value is not a valid number. Supplied value:{value}"),
    "2120": Text("Invalid Type", "The value of {name} has another type."),
    "2130": Text("Invalid Request Id Format", "The request id may have at most {most} characters."),
    "2150": Text("Invalid Percent", "Supplied value:{value}"),
    "2170": Text("Invalid Enumeration", "{value}"),
    "2200": Text("Invalid Website Address Format", "Website address is not valid."),
    "2210": Text("Invalid Email Address Format", "Email Address is not valid."),
    "2220": Text("Invalid Currency", "Supplied value:{value}"),
    "2230": Text("Invalid Boolean", "Supplied value:{value}"),
    "2240": Text("Invalid Number Range", "Min:{least} Max:{most} supported. Supplied value:{value}"),
    "2250": Text("Missing lines", "You must enter at least one split line."),
    "2260": Text("Missing PostingType", "A posting type is required. Valid values are Credit or Debit."),
    "2290": Text("Negative Amount", "Negative amounts are not supported."),
    "2300": Text("Amount on debits not equal to credits", "You must balance debits and credits."),
    "2410": Text(
        "Curreny, ExchangeRate is missing.",
        "The currency and exchange rate are required for transaction in foreign currency.",
    ),
    "2500": Text("Invalid Reference Id", "Invalid Reference Id : {kind} element id {id} not found"),
    "4000": Text("Error parsing query", "QueryParserError: {what}"),
    "4001": Text("Invalid query", "QueryValidationError: {what}"),
    "4002": Text("Error processing query", "QueryProcessingError: {what}"),
    "5010": Text("Stale Object Error", STALE),
    "5020": Text(
        "Permission Denied Error",
        "Permission Denied Error : You do not have the access rights to use this feature.",
    ),
    "6000": Text(
        "A business validation error has occurred while processing your request", "Business Validation Error: {why}"
    ),
    "6010": Text(
        "Invalid Account.AccountType && Account.SubType",
        "Either an Account.AccountType or an Account.AccountSubType must be specified, and they must fit.",
    ),
    "6030": Text(
        "Upload request size exceeds allowed limit",
        "The file upload request should not exceed 100MB in size. The current request size is {value}",
    ),
    "6050": Text(
        "The entity reference type is unsupported for Attachable",
        "The entity reference type {value} is unsupported for Attachable",
    ),
    "6060": Text(
        "Account.OpenBalanceDate must be specified with Account.OpenBalance",
        "An Account.OpenBalanceDate is required when specifying an Account.OpenBalance",
    ),
    "6070": Text(
        "Amount calculation incorrect in the request",
        "Amount calculation incorrect in the request: Amount is not equal to UnitPrice * Qty. Supplied value:{value}",
    ),
    "6080": Text("No Name Provided", "At least one of the name fields must be given."),
    "6090": Text("Invalid Discount Line", "A discount line needs an amount or a percentage."),
    "6100": Text("Invalid Line Tax Code", "The tax code of a line must be TAX or NON. Supplied value:{value}"),
    "6130": Text("BillWithParent Cannot Change", "BillWithParent cannot be changed once there are invoices."),
    "6140": Text("Duplicate Document Number Error", TAKEN_NUMBER),
    "6150": Text("ParentRef Required", "A job needs a ParentRef."),
    "6170": Text(
        "Invalid TxnTaxDetail Error", "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable."
    ),
    "6180": Text("Subcustomer Level Exceeded", "A customer can have at most 4 levels below it."),
    "6210": Text("Account Period Closed, Cannot Update Through Services API", CLOSED),
    "6220": Text(
        "Delete List Has Balance Error",
        "The entity you are trying to delete has an open balance. : "
        "This customer cannot be deleted because it has a non-zero balance.",
    ),
    "6240": Text("Duplicate Name Exists Error", TAKEN_NAME),
    "6270": Text("Invalid Inventory Start Date", "The transaction is dated before the inventory start date."),
    "6290": Text("Invalid Employee Or Vendor", "You must specify either an employee or a vendor. Id: {value}"),
    "6300": Text("Invalid Employee Or Vendor Name", "NameOf must be Employee or Vendor."),
    "6310": Text("Missing Customer", "A customer is required if the transaction is billable."),
    "6320": Text("Invalid Billable", "Invalid billable status: {value}"),
    "6330": Text("Missing Billing Rate", "Invalid hourly rate: {value}"),
    "6340": Text("Invalid Time", "You must specify a time (hours:minutes): {value}"),
    "6350": Text("Missing Time", "Time (hours:minutes) is missing: {value}"),
    "6370": Text("Start Time After End Time", "The start time is after the end time: {value}"),
    "6380": Text("Invalid Duration", "The time duration is not within the valid range: {value}"),
    "6420": Text("Email Required", "A transaction to be sent by email needs an email address."),
    "6430": Text("Invalid account type used", "Invalid account type: {value}"),
    "6440": Text(
        "Transaction Detail Information Required",
        "You must select a product or service or an account for each split line that has an amount or a billable "
        "customer.",
    ),
    "6480": Text(
        "Matched Transaction Delete Error",
        "This transaction cannot be deleted: it is matched to another transaction that was categorized into a "
        "different financial account.",
    ),
    "6540": Text(
        "Deposited Transaction cannot be changed",
        "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it "
        "appears on and remove it first",
    ),
    "6190": Text(
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks "
        "because your trial or subscription period ended, you cancelled your subscription or there was a billing "
        "problem.",
    ),
    **CATALOGUE,
    "3001": Text(
        "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        "The request limit was reached.  Try again later",
        429,
        "SERVICE",
    ),
    "10000": Text(
        "An application error has occurred while processing your request", "System Failure Error: {why}", 500
    ),
}


class Refused(Exception):
    """QuickBooks says no: one fault, ready to be answered alone or as one item of a batch."""

    def __init__(self, code: str, detail: str, element: str) -> None:
        text = TEXTS.get(code) or Text("Refused on order", "This fault was ordered.")
        super().__init__(f"{code} {text.message}")
        self.code = code
        self.status = text.status
        self._kind = text.kind or ("SystemFault" if text.status >= 500 else "ValidationFault")
        self._error = {"Message": text.message, "Detail": detail, "code": code, "element": element}

    @property
    def fault(self) -> dict[str, Any]:
        """The `Fault` object."""
        return {"Error": [self._error], "type": self._kind}

    @property
    def words(self) -> tuple[str, str, str]:
        """What it is made of: Refused(*words) is the same refusal."""
        return self.code, self._error["Detail"], self._error["element"]


def refuse(code: str, element: str = "", *, detail: str | None = None, **values: object) -> Refused:
    """The refusal with this code; `values` fill its text. For use with `raise`."""
    text = TEXTS.get(code)
    if detail is None:
        detail = text.detail.format_map(_Known(values)) if text else ""
    return Refused(code, detail, element)


class _Known(dict[str, object]):
    """Values for a text; what is not known stays blank, as in a fault that was ordered."""

    def __missing__(self, name: str) -> str:
        return ""
