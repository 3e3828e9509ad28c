"""A vtiger to try things on: the real protocol over a real socket, with the real quirks.

::

    from crosstie.sandbox import serve

    sandbox = VtigerSandbox(access_key="secret")
    with serve(sandbox) as server:
        ...  # POST and GET to server.url + "/webservice.php"
    assert sandbox.count("Contacts") == 1

What it does was learnt from recorded exchanges with vtiger 8.4.0 and 8.0.0; it leaves out what
nobody needs of them (attachments, calendars' recurrence, workflows).
"""

from crosstie_vtiger.sandbox.faults import operation
from crosstie_vtiger.sandbox.server import REAL_SPEED, VtigerSandbox
from crosstie_vtiger.sandbox.versions import VERSIONS

__all__ = ["REAL_SPEED", "VERSIONS", "VtigerSandbox", "operation"]
