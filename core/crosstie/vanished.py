"""Records that are gone at the source: kept, marked or deleted in the sink, as the flow says."""

from collections.abc import Callable, Sequence

import attrs

from crosstie.candidates import Mapper
from crosstie.config import FlowConfig
from crosstie.errors import DeletionsError, RecordError
from crosstie.pages import PageWork
from crosstie.records import Record, Write, Written
from crosstie.sending import Sending
from crosstie.state import Link, LinkKey

SHARE = 0.05
FEW = 5


@attrs.frozen
class Vanished:
    """Deals with the keys that a run found to be gone."""

    flow: FlowConfig
    mapper: Mapper
    work: PageWork
    sending: Sending

    def missed(self) -> list[str]:
        """The keys that this flow wrote and that a whole pass did not meet."""
        return self.sending.state.unseen(self.flow.name, *self._place())

    def ask(self, keys: Sequence[str]) -> None:
        """Raise `DeletionsError` when more vanished than seems right.

        More than 5 % of the linked records (and more than 5) may mean a filtered or broken source.
        """
        total = self.sending.state.count_links(*self._place())
        if self.flow.on_delete != "keep" and len(keys) > max(FEW, SHARE * total):
            raise DeletionsError(
                f"{self.flow.name}: {len(keys)} of {total} records are gone in "
                f"{self.flow.source}.{self.flow.stream}, more than 5 %; nothing was "
                f"{self.flow.on_delete}d: look there, then run with --allow-deletions"
            )

    def settle(self, keys: Sequence[str]) -> None:
        """Keep, mark or delete the rows of these keys."""
        links = self.sending.state.links(*self._place(), keys)
        for key in keys:
            self.sending.check_stop()
            link = links.get(key)
            if link is not None:
                self._settle(key, link)
            else:
                with self.sending.state.transaction(self.sending.lease):
                    why = "deleted at the source, never written"
                    self.work.note(key, "ignored", None, why, read=True)

    def _settle(self, key: str, link: Link) -> None:
        state, name = self.sending.state, self.flow.name
        if not state.fingerprints(name, [key]):
            return
        deed: Callable[[str, Link], str] = {
            "keep": self._keep,
            "mark": self._mark,
            "delete": self._delete,
        }[self.flow.on_delete]
        try:
            outcome = deed(key, link)
        except RecordError as error:
            outcome, detail = "aside", f"{error.kind}: {error}"
        else:
            detail = "gone at the source"
        with state.transaction(self.sending.lease):
            if outcome != "aside":
                state.drop_fingerprints(name, [key])
            source, stream, sink, table = self._place()
            place = LinkKey(source, stream, key, sink, table)
            state.yield_row(name, place, link.id)
            if outcome == "deleted":
                state.drop_link(place)
            self.work.note(key, outcome, link.id, detail, read=True)

    def _keep(self, key: str, link: Link) -> str:
        return "gone"

    def _mark(self, key: str, link: Link) -> str:
        row = self.mapper.rendered(self.flow.mark, Record(key=key, data=None), {})
        write = Write(id=link.id, row=row, key=key, once=f"mark {key} {link.id}")
        table = self.mapper.table.name
        result = self.sending.sink.write(table, self.mapper.match, [write]).result()[0]
        if not isinstance(result, Written):
            raise result
        return "marked"

    def _delete(self, key: str, link: Link) -> str:
        table = self.mapper.table.name
        others = self.sending.state.links_to(self.mapper.sink, table, link.id)
        if all(other.key == key for other in others):
            error = self.sending.sink.delete(table, [link.id])[0]
            if error is not None:
                raise error
        return "deleted"

    def _place(self) -> tuple[str, str, str, str]:
        mapper = self.mapper
        return mapper.source, mapper.stream, mapper.sink, mapper.table.name
