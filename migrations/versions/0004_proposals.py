"""Proposals: what anyone suggests, and the régions whose curators are told."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=30)


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column(
            "kind", _choice("proposedkind", "pole", "organisation", "wave", "membership", "label"), nullable=False
        ),
        sa.Column("record", sa.String(length=201), nullable=True),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=2000), nullable=False),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("contact", sa.String(length=200), nullable=True),
        sa.Column("national", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", _choice("proposalstate", "pending", "accepted", "amended", "refused"), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("editor", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name=op.f("ck_proposal_decided")),
        sa.ForeignKeyConstraint(["base"], ["revision.id"], name=op.f("fk_proposal_base_revision")),
        sa.ForeignKeyConstraint(["serial"], ["write.serial"], name=op.f("fk_proposal_serial_write")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    waiting = sa.text("state = 'pending'")
    op.create_index(
        "ix_proposal_waiting",
        "proposal",
        ["fingerprint"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(op.f("ix_proposal_fingerprint"), "proposal", ["fingerprint"])
    op.create_index("ix_proposal_received_at", "proposal", ["received_at", "id"])
    op.create_table(
        "proposal_region",
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_region_proposal_proposal")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_proposal_region_region_region")),
        sa.PrimaryKeyConstraint("proposal", "region", name=op.f("pk_proposal_region")),
    )
    op.create_index(op.f("ix_proposal_region_region"), "proposal_region", ["region"])


def downgrade() -> None:
    op.drop_table("proposal_region")
    op.drop_table("proposal")
