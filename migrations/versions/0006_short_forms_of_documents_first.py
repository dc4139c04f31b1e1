"""What lists are made of stands before the longest form: SQLite reads a row to the column that is asked for."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reorder("revision", "terms", "row", "feature", "body")


def downgrade() -> None:
    _reorder("revision", "body", "feature", "row", "terms")


def _reorder(*columns: str) -> None:
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL finds any column as soon
        with op.batch_alter_table("document", recreate="always", partial_reordering=[columns]):
            pass
