"""The query language: what it cannot say."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select id from Leads", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads where (email='a');", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads where email is null;", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads where not email='a';", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads where email='O\\'N';", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads order by email desc, id;", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads limit many;", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads;;", "QUERY_SYNTAX_ERROR"),
        ("delete from Leads;", "QUERY_SYNTAX_ERROR"),
        ("select id from Leads where email='';", "INTERNAL_SERVER_ERROR"),
        ("select id from Leads where email like '';", "INTERNAL_SERVER_ERROR"),
        ("select Leads.id from Leads;", "INTERNAL_SERVER_ERROR"),
        ('select id from Leads where email="a";', "INTERNAL_SERVER_ERROR"),
        ("select nope from Leads;", "ACCESS_DENIED"),
        ("select id from Leads where nope='a';", "ACCESS_DENIED"),
        ("select id from Nope;", "ACCESS_DENIED"),
        ("select id from Contacts where account_id='Acme';", "INVALID_ID_ATTRIBUTE"),
    ],
)
def test_what_the_language_cannot_say_is_refused(admin: Any, text: str, code: str) -> None:
    admin.create("Leads", lastname="x")
    assert admin.refused("GET", "query", query=text)[0] == code


def test_an_unknown_column_is_named_in_the_refusal(admin: Any) -> None:
    _, message = admin.refused("GET", "query", query="select nope from Leads;")
    assert message == "Permission to access '.nope.' attribute denied."
