"""Column types that mean the same on SQLite STRICT tables and on PostgreSQL."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Whole numbers: STRICT tables know the word INTEGER only.
BigInt = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
SmallInt = SmallInteger().with_variant(sqlite.INTEGER(), "sqlite")
Real: Double[float] = Double().with_variant(sqlite.REAL(), "sqlite")
String = Text()

#: An instant: µs since 1970 UTC. Money: minor units. A unit: signed 64-bit keyed hash.
Instant = BigInt
Money = BigInt
UnitHash = BigInt


class Flag(TypeDecorator[bool]):
    """True or false, stored as 0/1 where the database has no boolean."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BOOLEAN on PostgreSQL, INTEGER on SQLite."""
        return dialect.type_descriptor(sqlite.INTEGER() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """0/1 for SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ARG002
        """Always a bool."""
        return None if value is None else bool(value)


class Json(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, TEXT on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB where the database has it."""
        return dialect.type_descriptor(postgresql.JSONB() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Compact text for SQLite."""
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Parsed."""
        if value is None or dialect.name == "postgresql":
            return value
        return json.loads(value)


class Key128(TypeDecorator[bytes]):
    """128 bits: UUID on PostgreSQL, 16 bytes on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The native 128-bit type where there is one."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else sqlite.BLOB())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        """Bytes become a UUID for PostgreSQL."""
        if value is None or dialect.name != "postgresql":
            return value
        return uuid.UUID(bytes=value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Always bytes."""
        return value.bytes if isinstance(value, uuid.UUID) else value
