"""The upload call: files and what is said about them, as parts of a form (Intuit's attachable page)."""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesParser
from typing import Any, NamedTuple

from include.sandbox.quickbooks.catalog.attachments import File, keep_file
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http.call import HttpCall
from include.sandbox.quickbooks.http.xml_clients import json_body
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.wire import dumps, read_body

METADATA, CONTENT = "file_metadata_", "file_content_"
MOST_BYTES = 100 * 1024 * 1024
ANY_KIND = "application/octet-stream"
KIND = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


class Part(NamedTuple):
    """One file of a form. `said` is what the client says about it."""

    file: File
    said: dict[str, Any]


def answer_upload(books: Books, call: HttpCall) -> str:
    """The `AttachableResponse` array as JSON text. Each file succeeds or fails by itself."""
    if len(call.body) > MOST_BYTES:
        raise refuse("6030", value=len(call.body))
    parts = read_form(call.headers.get("content-type", ""), call.body)
    if not parts:
        raise refuse("2020", element="file_content_01", name="file_content_01")
    return f"[{','.join(_answer_file(books, part, call.base) for part in parts)}]"


def read_form(content_type: str, body: bytes) -> list[Part]:
    """The files of a form, each with the metadata whose name ends alike. Line ends may be LF alone."""
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise refuse("2010", element="Content-Type")
    parts = {_name(part): part for part in message.walk() if not part.is_multipart()}
    return [
        _file(part, parts.get(name.replace(CONTENT, METADATA)))
        for name, part in parts.items()
        if name.startswith(CONTENT)
    ]


def _answer_file(books: Books, part: Part, base: str) -> str:
    try:
        with books.store.transaction():
            attachable = books.create("Attachable", part.said)
            return dumps({"Attachable": keep_file(books, attachable, part.file, base)})
    except Refused as refused:
        return dumps({"Fault": refused.fault})


def _file(part: Message, metadata: Message | None) -> Part:
    said = {} if metadata is None else read_body(json_body(metadata.get_content_type(), "attachable", _bytes(metadata)))
    if not said.get("FileName"):
        said["FileName"] = part.get_filename() or "file"
    if not said.get("ContentType"):
        said["ContentType"] = part.get_content_type() if "content-type" in part else ANY_KIND
    kind = str(said["ContentType"])
    return Part(File(_bytes(part), kind if KIND.fullmatch(kind) else ANY_KIND), said)


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))
