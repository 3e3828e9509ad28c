"""Proves that an action does what the core relies on::

    class TestSendMessage(Acme, ActionConformance):
        action = "send_message"
        parameters = {"to": "ada@example.com", "text": "Hello"}
        wrong = ({"to": 5}, {"to": ""})

        def deeds(self, sandbox):
            return sandbox.sent

Everything runs through `crosstie.acting`, as `crosstie do` and automations run it; what else can
be said of an action stands in `ActionCase`.
"""

from crosstie.testing.action.doing import Doing
from crosstie.testing.action.failing import Failing
from crosstie.testing.action.losing import Losing
from crosstie.testing.action.secrecy import Secrecy

__all__ = ["ActionConformance"]


class ActionConformance(Doing, Losing, Failing, Secrecy):
    """Mix it with a rig: all that the core promises with the help of an action."""
