"""Mobile phones in the international format that Connectif wants (E.164, ``+33612345678``)."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from crosstie.commerce import Address, Customer

MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def mobile_of(customer: Customer) -> str | None:
    """The customer's mobile phone; None where no number is one that a message could reach."""
    address = customer.address or Address()
    for text in (customer.mobile, customer.phone, address.mobile, address.phone):
        if text and (found := mobile(text, address.country)):
            return found
    return None


def mobile(text: str, country: str | None) -> str | None:
    """A mobile phone as people write it in this country (ISO 3166), None where it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in MOBILE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
