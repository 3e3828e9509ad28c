"""Proves that a table writes as the core relies on::

    class TestContacts(Acme, TableConformance):
        table = "contacts"

        def data(self, number, text):
            return Customer(email=f"c{number}@example.com", lastname=text)

        def rows(self, sandbox):
            return sandbox.contacts

Everything runs through the real runner, from the kit's own source to the author's sandbox; what
else can be said of a table stands in `SaidTable`.
"""

from crosstie.testing.table.carrying import Carrying
from crosstie.testing.table.dying import Dying
from crosstie.testing.table.failing import Failing
from crosstie.testing.table.finding import Finding
from crosstie.testing.table.secrecy import Secrecy
from crosstie.testing.table.showing import Showing
from crosstie.testing.table.together import Together
from crosstie.testing.table.writing import Writing

__all__ = ["TableConformance"]


class TableConformance(Finding, Writing, Carrying, Showing, Together, Failing, Dying, Secrecy):
    """Mix it with a rig: all that the core promises with the help of a table."""
