"""Plain questions to the database that are asked for every contact and act: past the ORM, at a part of its cost."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def ask(sql: str, *values: str | int | datetime | Collection[str] | Collection[int]) -> list[tuple[Any, ...]]:
    """The rows of a question.

    values: one for each %s of it; a collection stands for its members, so that "IN (%s)" takes any number of them.
    An empty one finds nothing.
    """
    marks: list[str] = []
    flat: list[Any] = []
    for value in values:
        if isinstance(value, str | int):
            marks.append("%s")
            flat.append(value)
        elif isinstance(value, datetime):
            marks.append("%s")
            flat.append(connection.ops.adapt_datetimefield_value(value))
        elif not value:
            return []
        else:
            marks.append(", ".join(["%s"] * len(value)))
            flat.extend(value)
    with connection.cursor() as cursor:
        cursor.execute(sql % tuple(marks), flat)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def find_all(
    model: type[Row], where: str, *values: str | int | datetime | Collection[str] | Collection[int]
) -> list[Row]:
    """The rows of one table as the model's own objects: for what every act asks.

    where: what follows WHERE, and values for it as `ask` takes them.
    """
    columns, names, converters = _columns(str(connection.vendor), model)
    found = []
    for row in ask(f"{columns} WHERE {where}", *values):
        read = list(row)
        for nth, convert in converters:
            read[nth] = convert(read[nth])
        found.append(model.from_db(connection.alias, names, read))
    return found


def find(model: type[Row], where: str, *values: str | int | datetime | Collection[str] | Collection[int]) -> Row | None:
    """The first of such rows, or None."""
    return next(iter(find_all(model, where, *values)), None)


def get(model: type[Row], key: int, and_then: str = "") -> Row:
    """The row of this primary key. and_then: what follows it in the statement. Raises the model's DoesNotExist."""
    if (found := find(model, f"id = %s {and_then}", key)) is None:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return found


@lru_cache(maxsize=256)
def _columns(vendor: str, model: type[models.Model]) -> tuple[str, list[str], list[tuple[int, Callable[[Any], Any]]]]:
    """How to ask for all of a model's columns, what they are called, and how to read those that need it."""
    quote, fields = connection.ops.quote_name, model._meta.concrete_fields
    table = model._meta.db_table
    readers: list[tuple[int, Callable[[Any], Any]]] = []
    for nth, field in enumerate(fields):
        column = field.get_col(table)
        for each in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            readers.append((nth, partial(_read, each, column)))
    columns = ", ".join(f"{quote(table)}.{quote(str(field.column))}" for field in fields)
    return f"SELECT {columns} FROM {quote(table)}", [field.attname for field in fields], readers  # noqa: S608


def _read(convert: Callable[[Any, Any, Any], Any], column: Any, value: Any) -> Any:
    return convert(value, column, connection)
