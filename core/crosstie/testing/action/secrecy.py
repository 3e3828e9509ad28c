"""The promise about secrets."""

import logging

import pytest

from crosstie.testing.action.case import ActionCase, Stage
from crosstie.testing.faults import FOREVER, LOST, REFUSED, SPOILED
from crosstie.testing.leaks import leaks

ILLS = (*REFUSED, *SPOILED[1:4], *LOST[-2:])


class Secrecy(ActionCase):
    """What lets a connector in is seen by nobody."""

    def test_no_secret_shows(self, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
        """Logs are sent to colleagues, errors are posted in forums, state files lie in backups.

        Neither a setting that is a `Secret`, nor a token or session got with it, shows in a log, an
        error, a result, the repr of the action or of the connected system, or in the state.
        Usually an error quotes the whole address or a header, or a token that was got while
        running was not told to `env.redact`.
        """
        caplog.set_level(logging.DEBUG, logger="crosstie")
        for place in range(len(stage.rehearsed())):
            for ill in ILLS:
                scene = stage.scene()
                ill.strike(scene.bench.server, skip=place, times=FOREVER)
                ended = scene.attempt()
                scene.calm()
                finally_ended = scene.finish()
                with scene.bench.live() as live:
                    system = repr(live)
                seen = {
                    "an error": f"{ended}\n{ended.trace}\n{finally_ended.trace}",
                    "the log": caplog.text,
                    "the result": repr(finally_ended.result),
                    "the repr of the action": repr(scene.prepared()),
                    "the repr of the connected system": system,
                }
                if found := leaks(scene.bench, **seen):
                    self.broken(
                        f"{ill.name} from request {place + 1} on: {'; '.join(found[:3])}",
                        "what goes into errors, logs, results and reprs? Leave out addresses with"
                        " queries, headers and whole requests; hold secrets as Secret, and tell"
                        " env.redact new ones",
                    )
