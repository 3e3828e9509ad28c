"""Who an order is with: an Account, and a person, who is a Contact from then on."""

from collections.abc import Mapping

from crosstie import GoneError, RejectedError, Row
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.leads import contact_of
from crosstie_vtiger.rules import Rules

PERSON = "contact_id"


def settled(crm: Crm, rules: Rules, row: Row, account: str) -> tuple[Row, Mapping[str, str]]:
    """The row with a Contact where it named somebody else, and the Lead that became that Contact.

    A customer may be a Lead until now, or an Account where vtiger knows the e-mail only there.
    `account` is the field that names the row's Account.
    Raises `RecordError`s, see `contact_of`.
    """
    person = row.get(PERSON)
    if not person or _is_in(crm, "Contacts", person):
        return row, {}
    if _is_in(crm, "Accounts", person):
        others = {name: value for name, value in row.items() if name != PERSON}
        return {**others, account: rules.order_account or person}, {}
    if not _is_in(crm, "Leads", person):
        return row, {}
    account_id = row.get(account) or rules.order_account
    contact = _contact(crm, rules, person, account_id)
    if account_id and not crm.retrieve(contact).get("account_id"):
        crm.revise(contact, {"account_id": account_id})
    return {**row, PERSON: contact}, {person: contact}


def _contact(crm: Crm, rules: Rules, lead: str, account_id: str | None) -> str:
    """The Contact that a Lead becomes, or has become before something went wrong."""
    element = {"account_id": account_id} if account_id else {}
    try:
        return contact_of(crm, lead, element)
    except GoneError as error:
        own = rules.order_account is None and not rules.share_accounts
        email = crm.retrieve(account_id).get("email1") if account_id and own else None
        if not email:
            raise _unknown(error) from error
    try:
        return contact_of(crm, lead, {**element, "email": email})
    except GoneError as error:
        raise _unknown(error) from error


def _unknown(error: GoneError) -> RejectedError:
    """It is not the order that is gone."""
    return RejectedError(
        f"{error}, so that nobody is there who has ordered: run the flow of customers with"
        " `--full`, then retry"
    )


def _is_in(crm: Crm, module: str, row_id: str) -> bool:
    """Whether an id is of this module, by its prefix: it differs between installations."""
    return row_id.partition("x")[0] == crm.module(module).prefix
