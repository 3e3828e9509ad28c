"""Mobile numbers, as shops have them and as ZEROSIX knows people by them."""

from typing import Literal

import attrs
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from crosstie import RejectedError
from crosstie.commerce import Address, Customer

MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
Form = Literal["national", "international"]


def check_country(name: str, country: str | None) -> None:
    """Raise ValueError for a country that phone numbers do not know; None is none."""
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{name} must be a country such as FR, not {country!r}")


@attrs.frozen
class Mobiles:
    """How a point of sale in this region (ISO 3166) writes mobiles.

    In the national form a number of the region is ``0612345678``, and one of another country has
    its prefix, ``+32470123456``, because without it the number would be somebody else's.
    """

    region: str
    form: Form = "national"

    def written(self, text: str, country: str | None = None) -> str | None:
        """A number as people of the country, or of the region, write it; None for no mobile."""
        try:
            number = phonenumbers.parse(text, country or self.region)
        except NumberParseException:
            return None
        kind = phonenumbers.number_type(number)
        if not phonenumbers.is_valid_number(number) or kind not in MOBILE:
            return None
        code = phonenumbers.country_code_for_region(self.region)
        if self.form == "international" or number.country_code != code:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        return phonenumbers.normalize_digits_only(national)

    def asked(self, text: str, country: str | None) -> str:
        """The same; raises `RejectedError` for what is no mobile."""
        written = self.written(text, country)
        if written is None:
            raise RejectedError(
                f"{text!r} is no number of a mobile in {country or self.region}, and ZEROSIX knows"
                " people by it: write it with its country's prefix, such as +33612345678"
            )
        return written

    def of(self, customer: Customer, key: str) -> str:
        """The customer's mobile; raises `RejectedError` where no number of theirs is one."""
        address = customer.address or Address()
        for text in (customer.mobile, customer.phone, address.mobile, address.phone):
            if text and (found := self.written(text, address.country)):
                return found
        raise RejectedError(
            f"customer {key} has no mobile number, and ZEROSIX knows people by it: give them one"
            " in the shop"
        )
