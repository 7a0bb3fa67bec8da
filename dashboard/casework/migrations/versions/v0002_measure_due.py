"""A measure may have a day by which it is to be done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("measure", sa.Column("due_on", sa.Date(), nullable=True))
