"""The promise about secrets."""

import logging
import traceback

import pytest

from crosstie.errors import CrosstieError
from crosstie.testing.faults import FOREVER, REFUSED, SPOILED
from crosstie.testing.leaks import leaks
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ledger, mark
from crosstie.testing.table.steps import rehearsed


class Secrecy(TableCase):
    """What lets a connector in is seen by nobody."""

    def test_no_secret_shows(self, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
        """Logs are kept, errors are sent to somebody for help, and the state can be read with
        any tool: none of them holds a key, a password, or what the system gave in exchange.

        Usually an error quotes the whole URL or a header, a log line shows the request, or a
        token that was got while running was not told to `env.redact`.
        """
        caplog.set_level(logging.DEBUG, logger="crosstie")
        rounds = rehearsed(self, ledger)
        errors: list[str] = []
        for step in rounds.steps():
            for ill in (*REFUSED, *SPOILED[1:4]):
                rounds.begin()
                rounds.strike(ill, step, FOREVER)
                errors.append(ledger.attempt().error)
                errors += [aside.reason for aside in ledger.asides()]
                rounds.calm()
        errors += self._raised(ledger)
        with ledger.opened() as table:
            seen = {
                "the repr of the connector": repr(ledger.connector),
                "the repr of the connected system": repr(table.live),
                "the repr of the table": repr(table.table),
                "an error": "\n".join(errors),
                "the log": caplog.text,
            }
        if found := leaks(ledger.bench, **seen):
            self.broken(
                "; ".join(found[:3]),
                "what goes into errors, logs and reprs? Leave out URLs with queries, headers and"
                " whole requests; declare secrets as Secret, and tell `env.redact` new ones.",
            )

    def _raised(self, ledger: Ledger) -> list[str]:
        """The errors of single calls, with all that led to them."""
        texts = []
        for ill in REFUSED:
            with ledger.opened() as table:
                row = table.row(901, mark(901, 1))
                table.table.find([table.key_of(row)])  # so that there is a session to lose
                ill.strike(ledger.bench.server, times=FOREVER)
                try:
                    table.table.find([table.key_of(row)])
                    texts += [repr(answer) for answer in table.write((None, row))]
                except CrosstieError as error:
                    texts.append("".join(traceback.format_exception(error)))
                ledger.bench.server.faults.clear()
        return texts
