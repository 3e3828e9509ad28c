"""The vtigers that can be played, and in what they differ (observed on the real ones)."""

from typing import Literal

import attrs


@attrs.frozen(slots=True)
class Version:
    """One vtiger, told by how it answers.

    `inventory`: ``works`` (8.4.0 with its faults mended), ``refuses`` (8.4.0 as shipped: a create
    with lines is turned away, an update leaves totals of 0 and HTTP 500) or ``loose`` (8.0.0:
    unknown products are taken, individual tax ends in HTTP 500 with the order left behind).
    `reports` is the version that `login` tells; 8.0.0 was a fork's code on an 8.4 schema, so its
    login said 8.4.0 and only `extendsession` said 8.0.0.
    """

    name: str
    inventory: Literal["works", "refuses", "loose"]
    empty_reference: str | None
    nulls_in_query: bool
    counts: bool
    syncs: bool
    converts_leads: bool
    garbage_id_is_denied: bool
    escapes_unicode: bool
    adds_in_binary: bool
    stock_is_moved_by: frozenset[str]
    reports: str = "8.4.0"


_SHIPPED = Version(
    name="8.4.0-stock",
    inventory="refuses",
    empty_reference=None,
    nulls_in_query=True,
    counts=False,
    syncs=False,
    converts_leads=True,
    garbage_id_is_denied=False,
    escapes_unicode=False,
    adds_in_binary=False,
    stock_is_moved_by=frozenset({"SalesOrder", "Invoice"}),
)

VERSIONS = {
    version.name: version
    for version in (
        attrs.evolve(_SHIPPED, name="8.4.0", inventory="works", syncs=True),
        _SHIPPED,
        Version(
            name="8.0.0",
            inventory="loose",
            empty_reference="",
            nulls_in_query=False,
            counts=True,
            syncs=False,
            converts_leads=False,
            garbage_id_is_denied=True,
            escapes_unicode=True,
            adds_in_binary=True,
            stock_is_moved_by=frozenset({"Invoice"}),
        ),
    )
}
