"""What `crosstie check` says about a Pelican; nothing is changed to find it out."""

from collections.abc import Iterator, Mapping

from crosstie import Finding, FlowError, RejectedError
from crosstie_pelican.api import Api
from crosstie_pelican.contacts import attributes

SCOPES: Mapping[str, tuple[str, ...]] = {
    "read:contacts": ("contacts:read",),
    "write:contacts": ("contacts:read", "contacts:write"),
    "write:purchases": ("contacts:read", "contacts:write", "purchases:write"),
}
"""What the app must be authorised for; a purchase may bring its contact with it."""

WRITES_CONTACTS = frozenset({"write:contacts", "write:purchases"})


def findings(api: Api, rate: int, use: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Whose account it is, whether the flows may do what they do, and what contacts must have."""
    try:
        account = api.get("/v1/account")
    except (FlowError, RejectedError) as error:
        yield Finding("problem", str(error))
        return
    yield Finding("ok", f"the app is authorised for the account {account.get('name')!r}")
    yield _rate(rate, account)
    for flow, needs in use.items():
        wanted = {scope for need in needs for scope in SCOPES.get(need, ())}
        for scope in sorted(wanted - set(account.get("scopes", ()))):
            yield Finding("problem", f"{flow}: the app is not authorised for {scope}")
    if any(needs & WRITES_CONTACTS for needs in use.values()):
        yield from _mandatory(api)


def _rate(rate: int, account: Mapping[str, object]) -> Finding:
    allowed = int(str(account.get("requests_per_minute", rate)))
    text = f"{allowed} requests a minute are allowed, and up to {rate} are sent"
    return Finding("ok" if rate <= allowed else "warning", text)


def _mandatory(api: Api) -> Iterator[Finding]:
    for name, described in attributes(api).items():
        if "mandatory" in described:
            text = f"{name} is mandatory for new contacts: give it a value in the flow's `set`"
            yield Finding("warning", text)
