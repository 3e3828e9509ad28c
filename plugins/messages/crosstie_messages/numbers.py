"""Phone numbers: as people write them, into E.164, which every sender takes."""

import phonenumbers

from crosstie import RejectedError


def check_region(name: str, region: str | None) -> None:
    """Raise ValueError for a country that phone numbers do not know; None is none."""
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{name} must be a country such as FR, not {region!r}")


def e164(text: str, region: str | None) -> str:
    """The number with its country's prefix, such as ``+33612345678``.

    `region` is the country of a number that is written without a prefix.
    Raises `RejectedError` for what is no number, or that of nobody knows which country.
    """
    written = text.strip()
    if region is None and not written.startswith("+"):
        raise RejectedError(
            f"{written!r} does not say which country it is of: write it with its prefix,"
            " such as +33612345678, or set region"
        )
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise RejectedError(f"{written!r} is no phone number: {error.args[0]}") from error
    if not phonenumbers.is_valid_number(number):
        country = "" if written.startswith("+") else f" in {region}"
        raise RejectedError(f"{written!r} is no phone number that exists{country}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
