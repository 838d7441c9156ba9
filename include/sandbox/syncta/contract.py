"""The request bodies that `include/syncta/openapi.yaml` allows, checked by its own schemas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from include.sandbox.syncta.office import Refused

CONTRACT = Path(__file__).parents[2] / "syncta" / "openapi.yaml"
PAID: Mapping[str, Any] = {
    "type": "object",
    "required": ["date", "reference"],
    "additionalProperties": False,
    "properties": {
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "reference": {"type": "string", "maxLength": 500},
    },
}


def check(body: Any, schema: str) -> dict[str, Any]:
    """The body, if it is what the schema of that name allows; refused 422 with the field otherwise."""
    validator = _validator(schema)
    errors = sorted(validator.iter_errors(body), key=lambda e: (-len(e.absolute_path), str(e.absolute_path)))
    if errors:
        error = errors[0]  # the one that names a field most exactly
        field = ".".join(str(part) for part in error.absolute_path)
        raise Refused(422, f"The body is not what the contract allows ({error.validator}).", field)
    checked: dict[str, Any] = body
    return checked


@cache
def _validator(schema: str) -> Draft202012Validator:
    if schema == "Paid":
        return Draft202012Validator(PAID)
    components = YAML(typ="safe").load(CONTRACT)["components"]
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components})
