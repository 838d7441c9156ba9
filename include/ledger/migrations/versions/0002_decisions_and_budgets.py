"""What people decide, the budget of calls, and what undo needs to know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCOPE = ("company", "realm", "environment")


def upgrade() -> None:
    """Three new tables, and three columns that are empty in rows made before."""
    op.add_column("companies", _text("go_live", default=""))
    op.add_column("links", _text("made_by", default=""))
    op.add_column("findings", _text("target_id", default=""))
    op.execute("UPDATE links SET made_by = run_id")
    op.create_index("outbox_run", "outbox", [*SCOPE, "run_id"])
    _decisions()
    op.create_table(
        "pace",
        *[_text(name) for name in (*SCOPE, "name")],
        sa.Column("spent", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(*SCOPE, "name"),
    )
    op.create_table(
        "usage",
        *[_text(name) for name in (*SCOPE, "month", "kind")],
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*SCOPE, "month", "kind"),
    )
    op.create_index("usage_month", "usage", ["month"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        *[_text(name) for name in (*SCOPE, "verb", "topic", "entity", "system", "record_id")],
        _text("target_id", default=""),
        sa.Column("facts", sa.JSON(), nullable=False),
        _text("note", default=""),
        _text("decided_by"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _text("ended_why", default=""),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "decisions_standing",
        "decisions",
        [*SCOPE, "topic", "entity", "system", "record_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _text(name: str, *, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def downgrade() -> None:
    """The ledger is upgraded only."""
    raise NotImplementedError
