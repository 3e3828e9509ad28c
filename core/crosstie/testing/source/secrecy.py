"""The promise that no secret shows."""

import logging

import pytest

from crosstie.sandbox import Reply
from crosstie.testing.faults import FOREVER, HTML, REFUSED, SPOILED, Ill
from crosstie.testing.leaks import leaks
from crosstie.testing.source.origin import Origin, SourceCase

FLOW = "kit"
ILLS = (
    *REFUSED,
    *(ill for ill in SPOILED if ill.name in {"500", "HTML instead of data", "half a body"}),
)


class SecrecyPromises(SourceCase):
    """Keys, tokens and passwords stay between the connector and its system."""

    def test_no_secret_shows(self, origin: Origin, caplog: pytest.LogCaptureFixture) -> None:
        """Logs are sent to colleagues, errors are posted in forums, state files lie in backups.

        Neither a setting that is a `Secret`, nor a token or session got with it, shows in a log at
        any level, in an error, in the repr of the connector or of what it returns, or in the files
        of the state; also where the system's own error page repeats it.
        Usually broken by an address with the key in its query, by a field without ``repr=False``,
        and by quoting the system's answer. `Env.redact` takes out what was got while running.
        """
        origin.fill()
        connector = origin.bench.project().config.systems["system"].connector
        with caplog.at_level(logging.DEBUG, logger="crosstie"):
            with origin.bench.live() as live:
                streams = live.streams()
                shown = [*map(repr, (connector, live, streams)), *map(repr, streams.values())]
            origin.read()
            errors = self._errors(origin)
            reports = self._reports(origin)
        texts = {
            "the log": caplog.text,
            "an error": "\n".join(errors),
            "a run's report": "\n".join(reports),
            "the repr of the connector or of what it returns": "\n".join(shown),
        }
        if found := leaks(origin.bench, **texts):
            self.broken(
                f"a secret shows in {found[0]}",
                "the text in which it stands; hold secrets as Secret, and name places without "
                "their query",
            )

    def _errors(self, origin: Origin) -> list[str]:
        """What is raised when the system fails in one way or the other."""
        raised = []
        for ill in ILLS:
            ill.strike(origin.bench.server, times=FOREVER)
            error = origin.attempt().error
            raised += [str(error), repr(error)]
            origin.bench.server.faults.clear()
        return raised

    def _reports(self, origin: Origin) -> list[str]:
        """How runs end whose system shows the secrets in its error page."""
        origin.bench.flow(FLOW, f"system.{self.stream}", "shelf.rows")
        reports = []
        for status in (500, 401):
            said = f"<h1>{' and '.join(origin.bench.secrets())} may not</h1>"
            Ill("", "answer", reply=Reply(status, said.encode(), HTML)).strike(
                origin.bench.server, times=FOREVER
            )
            reports.append(str(origin.bench.run(FLOW)[FLOW].error))
            origin.bench.server.faults.clear()
        return reports
