"""OAuth: catalogue, connections, flows."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: whoever builds OAuth fills this in before it is released."""


def downgrade() -> None:
    """As `upgrade`."""
