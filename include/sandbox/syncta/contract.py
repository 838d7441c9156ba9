"""Requests held against an OpenAPI document: which operation is meant, and whether it is asked for as described.

Every check is made by the document's own schemas. An operation's handler sees nothing that they do not allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import ValidationError
from jsonschema.protocols import Validator
from ruamel.yaml import YAML

from include.sandbox.syncta.asks import Ask, Refused
from include.sandbox.syncta.schemas import validator_for, wrong

MOST_PARAMETERS = 100
UNSAID = str.maketrans("", "", ' "')
PLACES = ("path", "query", "header")
JSON_TYPES = ("application/json", "application/json;charset=utf-8")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is as described: the id in its path, its parameters as their schemas type them, its body."""

    operation: str
    id: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document; the parts of its path in braces take an id."""

    name: str
    path: tuple[str, ...]
    id: Validator | None
    query: Mapping[str, Validator]
    headers: Mapping[str, Validator]
    body: Validator | None

    def matches(self, parts: tuple[str, ...]) -> bool:
        """Whether a path is this operation's; an id that cannot be matches none."""
        return len(parts) == len(self.path) and all(map(self._fits, self.path, parts))

    def _fits(self, wanted: str, part: str) -> bool:
        return part == wanted if self.id is None or wanted != "{id}" else self.id.is_valid(part)


class Contract:
    """What an OpenAPI document allows. `half_characters`: whether text in a body may hold them."""

    def __init__(self, document: Path, *, half_characters: bool = False) -> None:
        self._operations, self._half_characters = _operations(document), half_characters

    def find(self, ask: Ask) -> Operation:
        """The operation that is meant. Refused 404 for an unknown path, 405 for a method the path does not have."""
        found = {method: one for (method, _), one in self._operations.items() if one.matches(ask.parts)}
        if not found:
            raise Refused(404, "There is no such path, or no such id.")
        operation = found.get("GET" if ask.method == "HEAD" else ask.method)
        if operation is None:
            allowed = [*found, "HEAD"] if "GET" in found else [*found]
            raise Refused(405, "The path has no such method.", headers={"Allow": ", ".join(sorted(allowed))})
        return operation

    def check(self, operation: Operation, ask: Ask) -> Asked:
        """The request, typed. Refused 400, 413, 415 or 422 if it is not as described."""
        wildcards = [part for wanted, part in zip(operation.path, ask.parts, strict=True) if wanted == "{id}"]
        query = _query(operation, ask.query)
        headers = {name: ask.headers[name.lower()] for name in operation.headers if name.lower() in ask.headers}
        for name, value in headers.items():
            _refuse_wrong(operation.headers[name], value, 400, name)
        body = {} if operation.body is None else self._body(operation.body, ask)
        return Asked(operation.name, "".join(wildcards), query, headers, body)

    def _body(self, validator: Validator, ask: Ask) -> Mapping[str, Any]:
        if ask.headers.get("content-type", "").lower().translate(UNSAID) not in JSON_TYPES:
            raise Refused(415, "The body must be announced as application/json.", "Content-Type")
        if ask.body is None:
            raise Refused(413, "The body is larger than 1 MiB.")
        body = _json(ask.body)
        if not (self._half_characters or _is_whole(body)):
            raise Refused(400, "The body holds half a character.")
        _refuse_wrong(validator, body, 422)
        return body


@cache
def _operations(document: Path) -> Mapping[tuple[str, str], Operation]:
    """The operations by method and path."""
    loaded = YAML(typ="safe").load(document)
    return {
        (method.upper(), path): _operation(loaded, path, operation, shared.get("parameters", []))
        for path, shared in loaded["paths"].items()
        for method, operation in shared.items()
        if method != "parameters"
    }


def _operation(document: Mapping[str, Any], path: str, said: Mapping[str, Any], shared: list[Any]) -> Operation:
    components = document.get("components", {})
    known = components.get("parameters", {})
    parameters = [
        known.get(one.get("$ref", "").rsplit("/", 1)[-1], one) for one in (*shared, *said.get("parameters", []))
    ]
    within = {place: {one["name"]: one["schema"] for one in parameters if one["in"] == place} for place in PLACES}
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    checks = {
        place: {name: validator_for(schema, components) for name, schema in named.items()}
        for place, named in within.items()
    }
    return Operation(
        name=said["operationId"],
        path=tuple(path.removeprefix("/").split("/")),
        id=checks["path"].get("id"),
        query=checks["query"],
        headers=checks["header"],
        body=None if body is None else validator_for(body, components),
    )


def _query(operation: Operation, query: bytes) -> Mapping[str, Any]:
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Refused(400, "The parameters cannot be read.") from None
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name not in operation.query:
            raise Refused(400, "There is no such parameter.", name)
        if name in found:
            raise Refused(400, "The parameter is given twice.", name)
        found[name] = _typed(operation.query[name], text)
        _refuse_wrong(operation.query[name], found[name], 400, name)
    return found


def _typed(validator: Validator, text: str) -> str | int | bool:
    """A parameter's text as its schema's type, or as it is: then the schema refuses it."""
    kind = validator.schema["type"] if isinstance(validator.schema, Mapping) and "type" in validator.schema else ""
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "integer" and text.isascii() and text.isdecimal() and len(text) <= 18:
        return int(text)
    return text


def _refuse_wrong(validator: Validator, value: Any, status: int, name: str = "") -> None:
    """Refuse what the schema does not allow, by the error that names a field most exactly."""
    errors: Iterator[ValidationError] = validator.iter_errors(value)
    worst = min(
        errors, key=lambda one: (-len(one.absolute_path), [str(part) for part in one.absolute_path]), default=None
    )
    if worst is not None:
        field = name or ".".join(str(part) for part in worst.absolute_path)
        raise Refused(status, f"{field or 'The body'} {wrong(worst)}.", field)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON in UTF-8, or names a field twice.") from None
    if not isinstance(found, dict):
        raise Refused(400, "The body is not a JSON object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _no_number(text: str) -> float:
    raise ValueError(text)


def _is_whole(body: Mapping[str, Any]) -> bool:
    """Whether all text can be written as UTF-8."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
