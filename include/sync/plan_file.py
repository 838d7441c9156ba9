"""The plan as a Parquet file: one row per plan row, one column per field, readable with any Parquet tool.

Nested fields (`changes`, `payload`, `seen`) are JSON text, `amount` is money as text or null. The schema's metadata
holds the scope and the digest; a file whose rows do not give that digest is refused (rules 1.5).
"""

from __future__ import annotations

import io
import json
from typing import IO, Any, Protocol, cast

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from include.errors import PlanChanged
from include.records import Scope
from include.sync.rows import Plan, PlanRow

NESTED = ("changes", "payload", "seen")
SCHEMA = pa.schema([
    ("action", pa.string()),
    ("entity", pa.string()),
    ("source", pa.string()),
    ("source_id", pa.string()),
    ("target_id", pa.string()),
    ("reason", pa.string()),
    ("text", pa.string()),
    ("amount", pa.string()),
    ("changes", pa.string()),
    ("payload", pa.string()),
    ("seen", pa.string()),
    ("order", pa.int64()),
    ("key", pa.string()),
])


class PlanPath(Protocol):
    """What is asked of a path: pathlib's and Airflow's object storage paths both have it."""

    def open(self, mode: str) -> Any:
        """The file, opened for bytes."""

    def exists(self) -> bool:
        """Whether there is such a file."""


def write(plan: Plan, path: PlanPath) -> None:
    """Store the plan at `path`, replacing what is there. The folder must exist."""
    columns = [_flat(row) for row in plan.rows]
    table = pa.Table.from_pylist(columns, schema=SCHEMA.with_metadata(_metadata(plan)))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    # In one go: object stores show a file only when it is complete, and a local file is then short to write.
    with path.open("wb") as file:
        cast("IO[bytes]", file).write(buffer.getvalue())


def read(path: PlanPath, digest: str = "") -> Plan:
    """The plan stored at `path`; with `digest`, only if it is exactly that plan.

    Raises `PlanChanged` if the file is missing or damaged, or its rows do not give the digest (rules 1.5).
    """
    if not path.exists():
        raise PlanChanged("The plan's file is gone. Clear the plan task to make the plan again.")
    try:
        with path.open("rb") as file:
            table = pq.read_table(io.BytesIO(cast("IO[bytes]", file).read()))
        stored = table.schema.metadata or {}
        plan = Plan(Scope(*json.loads(stored[b"scope"])), tuple(_row(data) for data in table.to_pylist()))
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise PlanChanged("The plan's file is damaged. Clear the plan task to make the plan again.") from error
    if plan.digest != stored[b"digest"].decode() or (digest and plan.digest != digest):
        raise PlanChanged("The plan's file is not the plan that was made. Clear the plan task and approve again.")
    return plan


def _metadata(plan: Plan) -> dict[str, str]:
    scope = plan.scope
    return {"scope": json.dumps([scope.company, scope.realm, scope.environment]), "digest": plan.digest}


def _flat(row: PlanRow) -> dict[str, Any]:
    data = row.as_json()
    # ASCII on purpose: whatever text a record holds, it comes back code point for code point (R2).
    return data | {name: json.dumps(data[name], ensure_ascii=True) for name in NESTED}


def _row(data: dict[str, Any]) -> PlanRow:
    return PlanRow.from_json(data | {name: json.loads(data[name]) for name in NESTED})
