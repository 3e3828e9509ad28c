"""Members as a table: people by their mobile, enrolled once and then left alone."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from crosstie import ConfigError, ConflictError, Record, RecordError, Row, Write, Written
from crosstie.commerce import Customer
from crosstie_zerosix.api import Api, RefusedError
from crosstie_zerosix.mobiles import Mobiles

MOBILE = "mobile"


@attrs.frozen
class MemberTable:
    """Members, known by `mobile`; other fields have ZEROSIX's own names, ``first_name`` and so on.

    ZEROSIX documents how a contact is created and not how one is changed, so this table only
    creates. A member who is there already was mostly enrolled at a till, which is the point of a
    card and no conflict: the table adopts them, so that the customer is linked to the member, as
    the member is. Only who is enrolled elsewhere between the look and the creation is told as a
    conflict.

    A row's id is its mobile, because that is all that ZEROSIX finds people by.
    """

    name: ClassVar[str] = "members"
    key: ClassVar[tuple[str, ...]] = (MOBILE,)
    only_creates: ClassVar[bool] = True
    adopts: ClassVar[bool] = True
    accepts: ClassVar[type] = Customer
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()
    api: Api
    mobiles: Mobiles

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`; raises `RejectedError` for a customer without mobile."""
        customer: Customer = record.data
        row = {
            MOBILE: self.mobiles.of(customer, record.key),
            "first_name": customer.firstname,
            "last_name": customer.lastname,
        }
        return {name: value for name, value in row.items() if value is not None}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; one request for each key, because there is no list to search."""
        return [self._find(key) for key in keys]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`, `crosstie.OnlyCreates` and `crosstie.Adopts`."""
        return [self._write(write) for write in writes]

    def _find(self, key: Row) -> list[str]:
        if set(key) != {MOBILE}:
            raise ConfigError([f"ZEROSIX finds members by {MOBILE} only: take `match` out"])
        mobile = str(key[MOBILE]).strip()
        return [] if self.api.member(mobile) is None else [mobile]

    def _write(self, write: Write) -> Written | RecordError:
        mobile = str(write.row[MOBILE]).strip()
        try:
            member = self.api.create(mobile, write.row)
        except RefusedError as refused:
            # Neither status nor words of a mobile that is taken are documented: so it is looked.
            there = self.api.member(mobile) is not None
            return ConflictError(f"{mobile} is a member already; {refused}") if there else refused
        except RecordError as error:
            return error
        return Written(mobile, also={"card": str(member.card)})
