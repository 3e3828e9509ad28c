"""Phone numbers: one text per number, E.164, so that the same phone is found however it is typed.

::

    phone_of("06 12 34 56 78", "FR") == "+33612345678"
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from crosstie import RejectedError

LONGEST = 40
WITH_SMS = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def phone_of(text: str, region: str) -> str:
    """The number in E.164; one without a country code is of `region` (ISO 3166, such as FR), and
    none where that is empty.

    Raises `RejectedError` for what is no number that could be in use, also for extensions and
    numbers in letters.
    """
    told = f"{text[:LONGEST]!r} is no phone number{region and f' of {region}'}"
    told += ": write it with + and country code"
    if len(text) > LONGEST or re.search(r"[^\W\d_]", text):
        raise RejectedError(told)
    try:
        number = phonenumbers.parse(text, region.upper())
    except NumberParseException:
        raise RejectedError(told) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise RejectedError(told)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def takes_sms(phone: str) -> bool:
    """Whether a number in E.164 is one of those to which a code may be sent: a mobile.

    Landlines get no SMS, and numbers that cost their caller extra are a way to steal.
    """
    return phonenumbers.number_type(phonenumbers.parse(phone)) in WITH_SMS
