"""The conformance kit: proves on a connector's sandbox that it keeps what the core relies on::

    class Acme(Rig):
        kind = "acme"

        def sandbox(self, clock):
            return AcmeSandbox(clock)

        def settings(self, url):
            return {"url": url, "token": Secret("acme-token-1")}


    class TestContacts(Acme, SourceConformance):
        stream = "contacts"

        def add(self, sandbox, number, at, text):
            return sandbox.add(f"c{number}@example.com", name=text, at=at)

It comes with the extra ``crosstie[testing]``. What each promise means, and what usually breaks
it, stands in ``promises.md`` beside this file.
"""

from crosstie.testing.clock import SimulatedClock
from crosstie.testing.promise import BrokenPromiseError
from crosstie.testing.rig import Bench, Rig
from crosstie.testing.surroundings import Notes, Surroundings

__all__ = ["Bench", "BrokenPromiseError", "Notes", "Rig", "SimulatedClock", "Surroundings"]
