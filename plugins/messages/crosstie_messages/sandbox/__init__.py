"""Services that send SMS, and a receiver of webhooks, as sandboxes over a real socket::

    with serve(TwilioSandbox()) as server:
        Twilio(url=server.url, account_sid=ACCOUNT, auth_token=Secret(TOKEN), sender="+15005550006")

Each keeps what it has sent in `sent`, and tells `notice` of it.
"""

from crosstie_messages.sandbox.ovh import OvhSandbox
from crosstie_messages.sandbox.receiver import ReceiverSandbox
from crosstie_messages.sandbox.smsapi import SmsapiSandbox
from crosstie_messages.sandbox.twilio import TwilioSandbox

__all__ = ["OvhSandbox", "ReceiverSandbox", "SmsapiSandbox", "TwilioSandbox"]
