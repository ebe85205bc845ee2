"""One-off margin, discounts on held products, retention value, replaced products and components of bundles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MONEY = ("held_discount", "one_off", "retention")
LISTS = ("replaces", "components")


def upgrade() -> None:
    """Every column has a default, so that the version before goes on writing."""
    for name in MONEY:
        op.add_column("product_price", sa.Column(name, types.Money, nullable=False, server_default="0"))
    for name in LISTS:
        op.add_column("product", sa.Column(name, types.Json(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Forget them."""
    for name in LISTS:
        op.drop_column("product", name)
    for name in MONEY:
        op.drop_column("product_price", name)
