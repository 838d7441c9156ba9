"""A YAML file as plain values that remember their lines, so that every complaint can name one.

Scalars stay the text that was written (`007` is "007"); what they mean is for the model that reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Place = tuple[str | int, ...]
"""The keys that lead to a value, outermost first."""

_DEEPEST = 8


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a settings file; `company` is empty if it concerns the whole file."""

    file: str
    line: int
    company: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(slots=True)
class Document:
    """What a file holds: `value` of dicts, lists, texts and None; the line of every place; what YAML forbids."""

    file: Path
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def mapping(self, place: Place) -> Mapping[str, Any] | None:
        """The mapping at a place, None if something else stands there."""
        value = self.value
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else None

    def complain(self, place: Place, text: str, company: str = "") -> None:
        """Add a problem at a place."""
        self.problems.append(Problem(str(self.file), self.line(place), company, text))


def read_document(file: Path) -> Document:
    """Read a YAML file. Never raises: what cannot be read is a problem with its line."""
    document = Document(file)
    try:
        node = YAML(typ="rt", pure=True).compose(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        document.complain((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        document.complain((), "is not UTF-8 text")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.lines[()] = mark.line + 1 if mark else 1
        document.complain((), f"is not YAML: {error.problem or error.context}")
    except YAMLError:
        document.complain((), "is not YAML")
    else:
        if node is not None:
            document.lines[()] = node.start_mark.line + 1
            document.value = _plain(node, (), document)
    return document


def _plain(node: Node, place: Place, document: Document) -> Any:
    if len(place) > _DEEPEST:  # only an anchor that contains itself gets this deep
        document.complain(place, "is nested too deeply", str(place[1]))
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, place, document)
    if isinstance(node, SequenceNode):
        return [_item(item, (*place, index), document) for index, item in enumerate(node.value)]
    return _scalar(node)


def _item(node: Node, place: Place, document: Document) -> Any:
    document.lines[place] = node.start_mark.line + 1
    return _plain(node, place, document)


def _mapping(node: MappingNode, place: Place, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(_scalar(key_node)) if isinstance(key_node, ScalarNode) else "?"
        here = (*place, key)
        line = key_node.start_mark.line + 1
        if key in values:
            first = document.lines[here]
            company = str(here[1]) if len(here) > 1 else ""
            document.problems.append(
                Problem(str(document.file), line, company, f"{dotted(here)} stands twice, first in line {first}")
            )
            continue
        document.lines[here] = line
        values[key] = _plain(value_node, here, document)
    return values


def _scalar(node: Node) -> str | None:
    return None if str(node.tag).endswith(":null") else str(node.value)


def dotted(place: Place) -> str:
    """A place as people write it, without the leading `companies`: `demo.batch_size`."""
    inner = place[1:] if len(place) > 1 and place[0] == "companies" else place
    return ".".join(str(key) for key in inner)
