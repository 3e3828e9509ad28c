"""What a run that ended in the middle left open: its intents are looked up and settled."""

from collections import defaultdict
from collections.abc import Sequence

from crosstie.sending import Sending
from crosstie.state import Intent, Link


def recover(intents: Sequence[Intent], sending: Sending) -> None:
    """Link what was written after all, and close the intents.

    A write that was under way when its run ended may land up to `settle` seconds later: rows that
    are not found at once are looked for again after that.
    """
    missing = _link_found(intents, sending)
    if missing:
        sending.clock.sleep(sending.settle)
        sending.check_stop()
        _link_found(missing, sending)
        with sending.state.transaction(sending.lease):
            sending.state.close_intents([intent.id for intent in missing])


def _link_found(intents: Sequence[Intent], sending: Sending) -> list[Intent]:
    by_table: dict[str, list[Intent]] = defaultdict(list)
    for intent in intents:
        by_table[intent.link.table].append(intent)
    missing = []
    for table, some in by_table.items():
        found = sending.sink.find(table, [intent.row_key for intent in some])
        with sending.state.transaction(sending.lease):
            for intent, ids in zip(some, found, strict=True):
                if not ids:
                    missing.append(intent)
                    continue
                key = intent.link
                known = sending.state.links(*key[:2], *key[3:], [key.key])
                if len(ids) == 1 and not known and sending.land(intent, ids[0]):
                    sending.state.add_links([(key, Link(ids[0]))])
                sending.state.close_intents([intent.id])
    return missing
