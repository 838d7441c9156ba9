"""The README says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.sync.reasons import EXCEPTIONS, HOLDS

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()


@pytest.mark.parametrize("texts", [HOLDS, EXCEPTIONS], ids=["holds", "exceptions"])
def test_every_reason_code_is_explained_in_the_words_of_the_report(texts):
    missing = [code for code, text in texts.items() if f"| `{code}` | {text} |" not in README]
    assert missing == []


def test_every_file_the_readme_points_to_exists():
    links = [part.split(")")[0] for part in README.split("](")[1:]]
    local = [link for link in links if not link.startswith("http")]
    assert local
    assert [link for link in local if not (PROJECT / link).exists()] == []
