"""An index that counts what lies in a wide box without reading rows."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        columns = ["kind", "longitude", "latitude", "until", "facet_set"]
        batch_op.create_index("ix_revision_place", columns, unique=False)


def downgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index("ix_revision_place")
