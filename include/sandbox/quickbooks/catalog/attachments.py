"""Attachments: notes and files beside a transaction or a list entry, and where the files lie (Intuit's page on it)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.schema import LIST, READ_ONLY, TIMES, Ask, Entity, asked, each, text
from include.sandbox.store import Store

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

TABLES = """
CREATE TABLE IF NOT EXISTS qb_file (
    secret TEXT PRIMARY KEY, realm TEXT NOT NULL, attachable INTEGER NOT NULL, kind TEXT NOT NULL, content BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS qb_file_attachable ON qb_file (realm, attachable)
"""
CATEGORIES = ("Contact Photo", "Document", "Image", "Receipt", "Signature", "Sound", "Other")

ATTACHABLE = Entity(
    "Attachable",
    ids="attachments",
    label="FileName",
    deletes=True,
    fields={
        "FileName": text(1000),
        "Note": text(2000),
        **each(text(100), "Category", "ContentType", "Lat", "Long"),
        **each(text(2000), "PlaceName", "Tag"),
        "AttachableRef": LIST,
        **each(READ_ONLY, "FileAccessUri", "TempDownloadUri", "Size", "ThumbnailFileAccessUri"),
        **each(READ_ONLY, "ThumbnailTempDownloadUri", "documentId", "EntityRef"),
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "FileName", "Note", "Category", "ContentType", "PlaceName", "Lat", "Long", "Tag"),
        **asked(Ask.TEXT, "AttachableRef.EntityRef.Type", "AttachableRef.EntityRef.Value"),
        "Size": Ask.NUMBER,
        **TIMES,
    },
)


class File(NamedTuple):
    """What was uploaded."""

    content: bytes
    kind: str


def check_attachable(draft: Draft) -> None:
    """A note or a file; everything it belongs to must exist."""
    new = draft.new
    if "Note" not in new and "FileName" not in new:
        raise refuse("2020", element="Note", name="Note")
    if new.get("Category", "Other") not in CATEGORIES:
        raise refuse("2170", element="Category", value=new["Category"])
    refs = [_reference(draft.books, sent) for sent in new.pop("AttachableRef", [])]
    if refs:
        new["AttachableRef"] = refs


def keep_file(books: Books, attachable: dict[str, Any], file: File, base: str) -> dict[str, Any]:
    """Keep a file's content and let its Attachable say where it is. `base` is this server's address."""
    id_, secret = attachable["Id"], secrets.token_urlsafe(16)
    with books.store.transaction() as db:
        db.execute(
            "INSERT INTO qb_file VALUES (?, ?, ?, ?, ?)", (secret, books.realm, int(id_), file.kind, file.content)
        )
        attachable |= {
            "FileAccessUri": f"/v3/company/{books.realm}/download/{id_}",
            "TempDownloadUri": f"{base}{path_of(secret)}",
            "Size": len(file.content),
        }
        books.records.save(books.entity("Attachable"), attachable)
    return attachable


def secret_of(books: Books, id_: str) -> str:
    """The secret part of a file's address. Refuses an attachment that does not exist or has no file with 610."""
    books.get("Attachable", id_)
    row = books.store.row("SELECT secret FROM qb_file WHERE realm = ? AND attachable = ?", books.realm, int(id_))
    if row is None:
        raise refuse("610")
    return str(row["secret"])


def file_of(store: Store, secret: str) -> File | None:
    """The file with this secret, or None."""
    store.define(TABLES)
    row = store.row("SELECT content, kind FROM qb_file WHERE secret = ?", secret)
    return None if row is None else File(row["content"], row["kind"])


def path_of(secret: str) -> str:
    """The path under which a file is served to whoever knows it."""
    return f"/files/{secret}"


def forget_file(draft: Draft) -> None:
    """The file goes with its Attachable."""
    with draft.books.store.transaction() as db:
        db.execute("DELETE FROM qb_file WHERE realm = ? AND attachable = ?", (draft.books.realm, int(draft.id)))


def _reference(books: Books, sent: object) -> dict[str, Any]:
    """One thing it belongs to, as kept. Refuses kinds that have no attachments (6050) and unknown ids (2500)."""
    ref = sent.get("EntityRef") if isinstance(sent, Mapping) else None
    if not isinstance(sent, Mapping) or not isinstance(ref, Mapping):
        raise refuse("2020", element="EntityRef", name="EntityRef")
    try:
        entity = books.entity(str(ref.get("type") or ""))
    except Refused as unknown:
        raise refuse("6050", element="EntityRef", value=ref.get("type")) from unknown
    books.referred(entity.name, str(ref.get("value") or ""), element="EntityRef", kept=True)
    send = sent.get("IncludeOnSend") in (True, "true")
    return {"EntityRef": {"value": str(ref["value"]), "type": entity.name}, "IncludeOnSend": send}
