"""One phone is one text, however it is written."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from crosstie import RejectedError
from crosstie_loyalty.phones import phone_of, takes_sms

REGIONS = ("FR", "IT", "PL", "DE", "GB", "ES", "US")
MOBILES = {"FR": "061234", "IT": "347345", "PL": "51234", "DE": "01512345", "GB": "0740012"}
mobiles = st.builds(
    lambda region, tail: (region, MOBILES[region] + tail),
    st.sampled_from(sorted(MOBILES)),
    st.text("0123456789", min_size=4, max_size=4),
)


@given(mobiles)
def test_a_phone_is_the_same_however_it_is_written(mobile: tuple[str, str]) -> None:
    region, national = mobile
    number = phonenumbers.parse(national, region)
    expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    ways = {
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL): region,
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL): "FR",
        expected: "PL",
        f" 00{expected[1:]} ": region,
    }
    assert [expected] * len(ways) == [phone_of(way, home) for way, home in ways.items()]
    assert expected == phone_of(expected, "FR")


@given(st.text(max_size=60), st.sampled_from(REGIONS))
def test_any_text_is_a_phone_or_refused(text: str, region: str) -> None:
    try:
        phone = phone_of(text, region)
    except RejectedError:
        return
    assert phone == phone_of(phone, region)
    assert phone.startswith("+")


@pytest.mark.parametrize(
    "text", ["06 12", "+33612345678 ext. 5", "0800 FLOWERS", "", "0" * 500, "tel:+33612345678"]
)
def test_what_is_no_phone_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(RejectedError, match=r"write it with \+ and country code"):
        phone_of(text, "FR")


def test_without_a_region_a_phone_needs_its_country_code() -> None:
    assert "+33612345678" == phone_of("+33 6 12 34 56 78", "")
    with pytest.raises(RejectedError, match="'0612345678' is no phone number: write it"):
        phone_of("0612345678", "")


def test_codes_go_to_mobiles_and_to_nothing_that_costs_its_caller() -> None:
    told = {"+33612345678": True, "+33142278186": False, "+33891150100": False}
    assert told == {phone: takes_sms(phone) for phone in told}
