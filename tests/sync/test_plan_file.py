"""The plan comes back from its file as it was, and no other plan is taken for it (rules 1.5)."""

import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import PlanChanged
from include.records import Entity, Scope, System
from include.sync import plan_file
from include.sync.rows import Action, Plan, PlanRow, Seen

SCOPE = Scope("demo", "9341453000000001", "sandbox")
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from([
        "",
        " Nick Brown ",
        "Nick\u00a0Brown",
        "e\u0301",
        "\u00e9",
        'O\'Brien "x" \\ %s',
        "\x00\x1f",
        "🧪" * 500,
        "'; --",
    ]),
)
# Inside the JSON columns even text that no encoding carries survives.
ANYTHING = st.one_of(HOSTILE, st.characters(categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANYTHING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANYTHING, inner, max_size=3),
    max_leaves=8,
)
MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)
SEEN = st.builds(Seen, st.sampled_from(System), st.sampled_from(Entity), HOSTILE, st.integers(0, 2**40))
ROWS = st.builds(
    PlanRow,
    action=st.sampled_from(Action),
    entity=st.sampled_from(Entity),
    source=st.sampled_from(System),
    source_id=HOSTILE,
    target_id=HOSTILE,
    reason=HOSTILE,
    text=HOSTILE,
    amount=st.none() | MONEY,
    changes=st.dictionaries(ANYTHING, st.tuples(JSON, JSON), max_size=3),
    payload=st.dictionaries(ANYTHING, JSON, max_size=4),
    seen=st.lists(SEEN, max_size=3).map(tuple),
    order=st.integers(-5, 5),
    key=HOSTILE,
)


def row(source_id: str = "1", **more: object) -> PlanRow:
    return PlanRow(Action.PUSH, Entity.INVOICE, System.SYNCTA, source_id, **more)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=st.lists(ROWS, max_size=6))
def test_whatever_a_plan_says_it_says_after_the_round_trip(tmp_path: Path, rows: list[PlanRow]) -> None:
    plan = Plan.of(SCOPE, rows)
    plan_file.write(plan, tmp_path / "plan.parquet")
    assert plan_file.read(tmp_path / "plan.parquet", plan.digest) == plan


def test_a_plan_without_rows_keeps_its_scope(tmp_path: Path) -> None:
    plan_file.write(Plan(SCOPE, ()), tmp_path / "plan.parquet")
    assert plan_file.read(tmp_path / "plan.parquet").scope == SCOPE


def test_money_keeps_its_digits(tmp_path: Path) -> None:
    plan_file.write(Plan.of(SCOPE, [row(amount=Decimal("10.10"))]), tmp_path / "plan.parquet")
    assert str(plan_file.read(tmp_path / "plan.parquet").rows[0].amount) == "10.10"


def test_any_parquet_tool_sees_one_column_per_field_and_whose_plan_it_is(tmp_path: Path) -> None:
    plan = Plan.of(SCOPE, [row(payload={"number": "INV-1"})])
    plan_file.write(plan, tmp_path / "plan.parquet")
    table = pq.read_table(tmp_path / "plan.parquet")
    assert table.column_names == list(plan.rows[0].as_json())
    assert json.loads(table["payload"][0].as_py()) == {"number": "INV-1"}
    assert table.schema.metadata == {
        b"scope": json.dumps(["demo", "9341453000000001", "sandbox"]).encode(),
        b"digest": plan.digest.encode(),
    }


def test_another_plan_than_the_approved_one_is_refused(tmp_path: Path) -> None:
    plan_file.write(Plan.of(SCOPE, [row("2")]), tmp_path / "plan.parquet")
    with pytest.raises(PlanChanged):
        plan_file.read(tmp_path / "plan.parquet", Plan.of(SCOPE, [row("1")]).digest)


def test_a_plan_whose_rows_were_changed_in_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.parquet"
    plan_file.write(Plan.of(SCOPE, [row(target_id="7")]), path)
    table = pq.read_table(path)
    changed = table.set_column(4, "target_id", [["8"]]).replace_schema_metadata(table.schema.metadata)
    pq.write_table(changed, path)
    with pytest.raises(PlanChanged):
        plan_file.read(path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.parquet"
    plan_file.write(Plan.of(SCOPE, [row()]), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(PlanChanged):
        plan_file.read(path)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(PlanChanged, match="gone"):
        plan_file.read(tmp_path / "plan.parquet")
