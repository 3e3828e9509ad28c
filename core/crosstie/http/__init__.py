"""The one place that speaks HTTP: the client that connectors are lent, and how they sign in."""

from crosstie.http.client import Http, HttpAuth, HttpTransport
from crosstie.http.rate import Rate, ToldRate, Turns
from crosstie.http.response import Response
from crosstie.http.token import TokenAuth

__all__ = [
    "Http",
    "HttpAuth",
    "HttpTransport",
    "Rate",
    "Response",
    "TokenAuth",
    "ToldRate",
    "Turns",
]
