"""Any module of vtiger as a table: found by any of its fields, created, changed, shown, deleted.

The commerce tables are this with a mapping and a rule or two of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from crosstie import (
    FlowError,
    GoneError,
    RecordError,
    RejectedError,
    Row,
    UncertainError,
    Write,
    Written,
)
from crosstie_vtiger.answers import RefusedError
from crosstie_vtiger.crm import Crm, refuse_if
from crosstie_vtiger.modules import NUMBERS, Field
from crosstie_vtiger.queries import PAGE, quoted
from crosstie_vtiger.texts import folded, mangled, number, plain, sent, shown_row

MANGLINGS = (0, 2, 4)
"""Question marks that stand for an emoji in the database; 0: it is kept."""


class ModuleTable:
    """A module by its name in vtiger; `key` are the fields of the natural key, if it has one.

    `at_first` are values for new rows only, `by_retrieve` says that a query does not tell all.
    """

    at_first: ClassVar[Mapping[str, str]] = {}
    by_retrieve = False

    def __init__(
        self, crm: Crm, module: str, name: str | None = None, key: tuple[str, ...] = ()
    ) -> None:
        self.crm = crm
        self.module = module
        self.name = name or module
        self.key = key

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`; the fields are those of the keys, whichever a flow matches by."""
        fields = tuple(keys[0])
        texts = [tuple(str(sent(key[field])).strip() for field in fields) for key in keys]
        wanted: dict[tuple[str, ...], set[int]] = {}
        kinds = [self._kind(field) for field in fields]
        for place, values in enumerate(texts):
            for marks in MANGLINGS:
                forms = (mangled(text, marks) if marks else text for text in values)
                wanted.setdefault(_fold(forms, kinds), set()).add(place)
        telling = max(range(len(fields)), key=lambda at: len({values[at] for values in texts}))
        asked = {
            mangled(values[telling], marks) if marks else values[telling]
            for values in texts
            for marks in MANGLINGS
        }
        found: list[dict[str, None]] = [{} for _ in keys]
        for row in self.crm.matching(self.module, fields, fields[telling], sorted(asked)):
            fold = _fold((row.get(field) for field in fields), kinds)
            for place in wanted.get(fold, ()):
                found[place][row["id"]] = None
        return [list(ids) for ids in found]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`."""
        return [self._write(write) for write in writes]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`: values in the forms in which rows are mapped, None for empty fields."""
        module = self.crm.module(self.module)
        if self.by_retrieve:
            told = [self._retrieved(row_id) for row_id in ids]
            return [None if record is None else shown_row(record, module) for record in told]
        query = (
            f"select {','.join(module.header)} from {self.module}"  # noqa: S608 (VTQL)
            f" where id in ({','.join(map(quoted, ids))}) order by id limit {PAGE};"
        )
        rows = {row["id"]: row for row in self.crm.query(query, self.module)}
        return [shown_row(rows[row_id], module) if row_id in rows else None for row_id in ids]

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """See `Deletes`."""
        refuse_if(not self.crm.module(self.module).deleteable, self.crm, self.module, "delete")
        return [self._delete(row_id) for row_id in ids]

    def fields(self) -> Mapping[str, str]:
        """See `Discovers`."""
        fields = self.crm.module(self.module).fields.values()
        return {field.name: field.description for field in fields}

    def element(self, row: Row) -> dict[str, Any]:
        """A row as vtiger is told it; tables with a rule on single fields override it."""
        for value in row.values():
            if isinstance(value, str) and mangled(value) != value:
                self.crm.note("emoji become question marks in most of vtiger's databases")
        return {name: sent(value) for name, value in row.items()}

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """Create a record; tables with more to do than that override it."""
        return Written(str(self.crm.create(self.module, element)["id"]))

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """Change a record; tables with more to do than that override it."""
        self.crm.revise(row_id, element)
        return Written(row_id)

    def _write(self, write: Write) -> Written | RecordError:
        try:
            element = self.element(write.row)
            if write.id is None:
                return self.created(write, self._complete(element))
            return self.changed(write, write.id, self._refilled(element))
        except RefusedError as error:
            return self._explained(error, write)
        except RecordError as error:
            return error

    def _complete(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """The element of a new row: with an owner, and something in the mandatory fields."""
        module = self.crm.module(self.module)
        refuse_if(not module.createable, self.crm, self.module, "create")
        given = {name: value for name, value in element.items() if value is not None}
        prefix = f"{self.module}."
        defaults = {
            name.removeprefix(prefix): text
            for name, text in self.crm.defaults.items()
            if name.startswith(prefix) and text
        }
        complete = {**self.at_first, **defaults, **given}
        for field in module.fields.values():
            if field.name in complete:
                continue
            if field.type == "owner":  # there is no default owner
                complete[field.name] = self.crm.owner_id()
            elif value := self._where_unknown(field):
                complete[field.name] = value
        return complete

    def _refilled(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """The element of a row that is there: what it would empty gets what a new row gets."""
        fields = self.crm.module(self.module).fields if None in element.values() else {}
        return {
            name: self._where_unknown(fields[name]) if value is None and name in fields else value
            for name, value in element.items()
        }

    def _where_unknown(self, field: Field) -> str | None:
        """What a field holds of which the shop knows nothing, if anything."""
        if default := self.crm.defaults.get(f"{self.module}.{field.name}"):
            return default
        return field.stopgap(self.crm.clock.now().date()) if field.mandatory else None

    def _explained(self, error: RefusedError, write: Write) -> RecordError:
        """The refusal with what to do about it; raises when it would meet every row alike."""
        if error.gone and write.id is not None:
            refuse_if(not self.crm.module(self.module).updateable, self.crm, self.module, "change")
            return GoneError(f"{self.module} {write.id} was deleted in vtiger")
        if error.duplicate:
            unique = self.crm.module(self.module).unique_fields or "a field that must be unique"
            return RejectedError(
                f"vtiger has another record in {self.module} with the same {unique}: merge them"
                " there, or give this one another value"
            )
        if error.code == "MANDATORY_FIELDS_MISSING":
            field = error.message.partition(" ")[0]
            return RejectedError(
                f"{self.module}: {error.message}, which vtiger insists on: map the field, or give"
                f' it a value in the system\'s `defaults` as "{self.module}.{field}"'
            )
        return error

    def _retrieved(self, row_id: str) -> Mapping[str, Any] | None:
        try:
            return self.crm.retrieve(row_id)
        except RefusedError as error:
            if error.gone:
                return None
            raise FlowError(f"{self.module} {row_id} cannot be shown: {error}") from error

    def _delete(self, row_id: str) -> RecordError | None:
        try:
            self.crm.delete(row_id)
        except RefusedError as error:
            return None if error.gone else error
        except (UncertainError, RejectedError) as error:
            return error
        return None

    def _kind(self, field: str) -> str:
        """The type of a field that keys are compared by; our own tables' keys are all texts."""
        if field in self.key or field == "id":
            return ""
        known = self.crm.module(self.module).fields
        if field not in known:
            raise FlowError(f"{self.module} has no field {field!r} in vtiger, to match rows by")
        return known[field].type


def _fold(values: Iterable[Any], kinds: Sequence[str]) -> tuple[str, ...]:
    """What two keys have in common that are one to vtiger; numbers lose their column's zeros."""
    return tuple(
        plain(found)
        if kind in NUMBERS and (found := number(value)) is not None
        else folded("" if value is None else value)
        for value, kind in zip(values, kinds, strict=True)
    )
