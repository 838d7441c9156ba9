"""Extracts as files beside the run: Parquet for people, checks and notebooks; JSON from the poll to the extracts.

The Parquet columns are the same for every source (one row per record, text unless said otherwise): `state` ("live",
"deleted", "unreadable"), `id`, `version` (int), `name`, `number`, `customer_id`, `parent_id`, `date`, `total` (money
as text), `currency`, `active` (bool), `created_at`, `updated_at` (ISO, UTC), `problem` (reason code) and `record`,
the whole record as JSON. What a record does not have is "" (0, False).
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from include.records import RECORD_TYPES, Deleted, Entity, Extract, Record, Unreadable
from include.sync.run import Run
from include.sync.sources import Source, name_of, source_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "state": "str",
    "id": "str",
    "version": "int64",
    "name": "str",
    "number": "str",
    "customer_id": "str",
    "parent_id": "str",
    "date": "str",
    "total": "str",
    "currency": "str",
    "active": "bool",
    "created_at": "str",
    "updated_at": "str",
    "problem": "str",
    "record": "str",
}
_EMPTY: dict[str, Any] = {name: {"int64": 0, "bool": False}.get(kind, "") for name, kind in COLUMNS.items()}


def land(run: Run, source: Source, extract: Extract) -> str:
    """Store an extract as Parquet in the run's folder and return its path; a retry overwrites it."""
    buffer = io.BytesIO()
    frame_of(source[1], extract).to_parquet(buffer, index=False)
    return _write(run, f"{name_of(source)}.parquet", buffer.getvalue())


def read_landed(run: Run, source: Source) -> pd.DataFrame:
    """The Parquet file that this run landed for a source."""
    import pandas as pd

    with (run.folder / f"{name_of(source)}.parquet").open("rb") as file:
        return pd.read_parquet(io.BytesIO(file.read()))


def frame_of(entity: Entity, extract: Extract) -> pd.DataFrame:
    """An extract as a frame of the columns this module's docstring names."""
    import pandas as pd

    rows = [_row(entity, record) for record in extract.records]
    rows += [{"state": "deleted", "id": gone.id, "updated_at": _iso(gone.at)} for gone in extract.deleted]
    rows += [{"state": "unreadable", "id": bad.id, "problem": bad.problem} for bad in extract.unreadable]
    columns = {name: [row.get(name, _EMPTY[name]) for row in rows] for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(values, dtype=COLUMNS[name]) for name, values in columns.items()})


def _row(entity: Entity, record: Record) -> dict[str, Any]:
    plain = {name: getattr(record, name) for name in COLUMNS if hasattr(record, name)}
    return plain | {
        "state": "live",
        "date": str(getattr(record, "date", "")),
        "total": str(getattr(record, "total", "")),
        "created_at": _iso(record.created_at),
        "updated_at": _iso(record.updated_at),
        "record": adapter(entity).dump_json(record).decode(),
    }


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()


def hand_over(run: Run, extracts: Mapping[Source, Extract]) -> str:
    """Store what the poll has read, for the extracts of the same run; returns the path."""
    body = {name_of(source): _as_json(source[1], extract) for source, extract in extracts.items()}
    return _write(run, "poll.json", json.dumps(body).encode())


def handed_over(run: Run) -> dict[Source, Extract]:
    """What the poll of this run stored; empty if it stored nothing."""
    path = run.folder / "poll.json"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        body = json.loads(file.read())
    return {source_of(name): _from_json(source_of(name)[1], data) for name, data in body.items()}


def _as_json(entity: Entity, extract: Extract) -> dict[str, Any]:
    return {
        "records": [adapter(entity).dump_python(record, mode="json") for record in extract.records],
        "deleted": [[gone.id, gone.at.isoformat()] for gone in extract.deleted],
        "unreadable": [[bad.id, bad.problem, bad.detail] for bad in extract.unreadable],
        "expected": extract.expected,
        "as_of": extract.as_of.isoformat(),
        "complete": extract.complete,
    }


def _from_json(entity: Entity, data: Mapping[str, Any]) -> Extract:
    return Extract(
        records=tuple(adapter(entity).validate_python(record) for record in data["records"]),
        deleted=tuple(Deleted(id, dt.datetime.fromisoformat(at)) for id, at in data["deleted"]),
        unreadable=tuple(Unreadable(*fields) for fields in data["unreadable"]),
        expected=data["expected"],
        as_of=dt.datetime.fromisoformat(data["as_of"]),
        complete=data["complete"],
    )


@cache
def adapter(entity: Entity) -> TypeAdapter[Record]:
    """Turns an entity's records into JSON values and back, money as text."""
    return TypeAdapter(RECORD_TYPES[entity])


def _write(run: Run, name: str, content: bytes) -> str:
    run.folder.mkdir(parents=True, exist_ok=True)
    path = run.folder / name
    with path.open("wb") as file:
        file.write(content)
    return str(path)
