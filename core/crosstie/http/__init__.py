"""The one place that speaks HTTP: the client that connectors are lent, and how they sign in."""

from crosstie.http.client import Http, HttpAuth, HttpTransport, Rate, Response
from crosstie.http.token import TokenAuth

__all__ = ["Http", "HttpAuth", "HttpTransport", "Rate", "Response", "TokenAuth"]
