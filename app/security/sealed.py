"""Attributes of a table's row that are kept sealed: read and set like any other, encrypted in their column.

    class Person(Bound, Base):
        name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
        name = SealedText("name_sealed")

They cannot be used in SQL. A value is opened once a loaded row and remembered.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from app.security import vault

T = TypeVar("T")


class Bound:
    """A row whose sealed values are bound to its key: `bound_to` are set before everything else."""

    __tablename__: Any
    bound_to: ClassVar[tuple[str, ...]] = ("id",)

    def __init__(self, **values: Any) -> None:
        """As any mapped class; an `id` is made at once when none is given."""
        first = {name: values.pop(name) for name in self.bound_to if name in values}
        if self.bound_to == ("id",):
            first.setdefault("id", uuid.uuid4())
        super().__init__(**first, **values)

    def row_key(self) -> str:
        """The key of the row as text. Raises ValueError while a part of it is not set."""
        parts = [getattr(self, name) for name in self.bound_to]
        if None in parts:
            raise ValueError(f"{type(self).__name__}: set {', '.join(self.bound_to)} first")
        return "|".join(map(str, parts))


class _Sealed(Generic[T]):
    """The descriptor: `T` in Python, sealed bytes in the column."""

    def __init__(self, column: str, default: Callable[[], T] | None = None) -> None:
        self.column = column
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.remembered = f"_opened_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Bound, owner: type) -> T: ...
    def __get__(self, instance: Bound | None, owner: type) -> T | Self:
        if instance is None:
            return self
        sealed: bytes | None = getattr(instance, self.column)
        if sealed is None or not sealed:
            if self.default is None:
                raise ValueError(f"{owner.__name__}.{self.column} is empty")
            return self.default()
        found = instance.__dict__.get(self.remembered)
        if found is None or found[0] is not sealed:
            found = (sealed, self._open(self._place(instance), instance.row_key(), sealed))
            instance.__dict__[self.remembered] = found
        value: T = found[1]
        return value

    def __set__(self, instance: Bound, value: T) -> None:
        setattr(instance, self.column, self._seal(self._place(instance), instance.row_key(), value))

    def _place(self, instance: Bound) -> str:
        return f"{instance.__tablename__}.{self.column}"

    def _seal(self, place: str, row: str, value: T) -> bytes:
        raise NotImplementedError

    def _open(self, place: str, row: str, sealed: bytes) -> T:
        raise NotImplementedError


class SealedBytes(_Sealed[bytes]):
    """Bytes."""

    def _seal(self, place: str, row: str, value: bytes) -> bytes:
        return vault.seal(place, row, value)

    def _open(self, place: str, row: str, sealed: bytes) -> bytes:
        return vault.unseal(place, row, sealed)


class SealedText(_Sealed[str]):
    """Text."""

    def _seal(self, place: str, row: str, value: str) -> bytes:
        return vault.seal(place, row, value.encode("utf-8", "surrogatepass"))

    def _open(self, place: str, row: str, sealed: bytes) -> str:
        return vault.unseal(place, row, sealed).decode("utf-8", "surrogatepass")


class SealedJson(_Sealed[T]):
    """A JSON value. What is read must not be changed in place: set a new value."""

    def _seal(self, place: str, row: str, value: T) -> bytes:
        return vault.seal_json(place, row, value)

    def _open(self, place: str, row: str, sealed: bytes) -> T:
        value: T = vault.unseal_json(place, row, sealed)
        return value


def sealed_columns(mapped: type[Bound]) -> dict[str, str]:
    """Attribute → column of every sealed value of a class."""
    return {
        name: value.column
        for parent in reversed(mapped.__mro__)
        for name, value in vars(parent).items()
        if isinstance(value, _Sealed)
    }
