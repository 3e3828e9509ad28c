"""Points by automations: a survey that is filled in, and a goal that is reached, bring points."""

import json
import threading
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crosstie import Request, Secret, sign_webhook, webhook_key
from crosstie.acting import connected
from crosstie.automating import automate
from crosstie.hosting import Intake
from crosstie.project import Project, open_project
from crosstie.testing import SimulatedClock

SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"
CONFIG = """
[systems.forms]
use = "events"
secret = { env = "FORMS_SECRET" }

[systems.club]
use = "loyalty"
currency = "EUR"
per_amount = "1"
welcome = "10"

[automations.survey]
on = "forms.survey_filled"
entry = "customer"

[[automations.survey.steps]]
do = "club.enroll"
with = { email = "{{ data.email }}" }

[[automations.survey.steps]]
do = "club.add_points"
with = { member = "{{ data.email }}", points = "25", note = "survey" }

[[automations.survey.steps]]
emit = "goal_reached"
with = { email = "{{ data.email }}" }

[automations.goal]
on = "crosstie.goal_reached"

[[automations.goal.steps]]
do = "club.add_points"
with = { member = "{{ data.email }}", points = "5", note = "goal of a funnel" }
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    config = tmp_path / "crosstie.toml"
    config.write_text(CONFIG)
    return open_project(config, {"FORMS_SECRET": SECRET}, clock=SimulatedClock())


def fill_in(project: Project, form: str, email: str) -> int:
    """Somebody fills in a form, which tells it, signed; returns how many events were new."""
    body = json.dumps({"type": "survey_filled", "data": {"email": email}}).encode()
    headers = sign_webhook(webhook_key(Secret(SECRET)), form, project.clock.now(), body)
    lowered = {name.lower(): value for name, value in headers.items()}
    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        intake = Intake(project, state, pools, threading.Event())
        return intake.receive("forms", Request("POST", "/events/forms", {}, lowered, body))


def balances(project: Project) -> dict[str, Any]:
    with closing(project.state()) as state, closing(connected(project, state)) as pools:

        def look(live: Any) -> dict[str, Any]:
            emails = ("ada@example.com", "bob@example.com")
            return {email: live.points.balance(live.member(email)).usable for email in emails}

        return pools.reader("club").call(look).result()


@pytest.mark.feature("F03", "F04")
def test_a_survey_and_a_goal_of_a_funnel_bring_points_once(project: Project) -> None:
    assert 1 == fill_in(project, "form-1", "ada@example.com")
    assert 1 == fill_in(project, "form-2", "bob@example.com")
    assert 0 == fill_in(project, "form-2", "bob@example.com")
    assert 1 == fill_in(project, "form-3", "bob@example.com")
    report = automate(project)
    assert ((), 0) == (report.errors, report.exit_code)
    assert {"ada@example.com": 40, "bob@example.com": 40} == balances(project)
    automate(project)
    assert {"ada@example.com": 40, "bob@example.com": 40} == balances(project)
