"""What `crosstie check` says about a Pelican; nothing is changed to find it out."""

from collections.abc import Iterator, Mapping

from crosstie import Finding, FlowError, RejectedError
from crosstie_pelican.api import Api
from crosstie_pelican.contacts import attributes
from crosstie_pelican.people import FIELDS

SCOPES: Mapping[str, tuple[str, ...]] = {
    "read:contacts": ("contacts:read",),
    "write:contacts": ("contacts:read", "contacts:write"),
    "write:purchases": ("purchases:write",),
}


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
    if any("write:contacts" in needs for needs in use.values()):
        yield from _attributes(api, use)


def _rate(rate: int, account: Mapping[str, object]) -> Finding:
    allowed = int(str(account.get("requests_per_minute", rate)))
    text = f"{allowed} requests a minute are allowed, and up to {rate} are sent"
    return Finding("ok" if rate <= allowed else "warning", text)


def _attributes(api: Api, use: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    known = attributes(api)
    prefix = "write:contacts."
    for flow, needs in use.items():
        set_ = {need.removeprefix(prefix) for need in needs if need.startswith(prefix)}
        for name in sorted(set_ - known.keys() - FIELDS.keys()):
            there = ", ".join(known) or "none"
            text = f"{flow}: contacts have no attribute {name!r}; there are: {there}"
            yield Finding("problem", text)
        for name, described in known.items():
            if "write:contacts" in needs and "mandatory" in described and name not in set_:
                text = f"{flow}: {name} is mandatory for new contacts, so `set` has to give it"
                yield Finding("warning", text)
