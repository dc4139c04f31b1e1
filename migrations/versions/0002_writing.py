"""Writing: keys with their regions, answers to give again, records that left."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RECORDS = ("pole", "organisation", "wave", "source")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "reader",
                "curator",
                "national",
                "admin",
                name="keyrole",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
    )
    op.create_table(
        "key_region",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["api_key.id"], name=op.f("fk_key_region_key_api_key")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_key_region_region_region")),
        sa.PrimaryKeyConstraint("key", "region", name=op.f("pk_key_region")),
    )
    op.create_table(
        "retry",
        sa.Column("editor", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("editor", "key", name=op.f("pk_retry")),
    )
    op.create_index(op.f("ix_retry_recorded_at"), "retry", ["recorded_at"])
    # Added as they are, not by copying the table as a batch would: others refer to these tables.
    for table in RECORDS:
        op.add_column(table, sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("source", sa.Column("serial", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("source", "serial")
    for table in RECORDS:
        op.drop_column(table, "retired")
    op.drop_index(op.f("ix_retry_recorded_at"), table_name="retry")
    for table in ("retry", "key_region", "api_key"):
        op.drop_table(table)
