"""Events that others post, from their answer to what they begin, with `crosstie serve` itself."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import attrs
import httpx

from crosstie import Request, Secret, sign_webhook, webhook_key
from crosstie.happening import context_of
from crosstie.hosting import hosted
from crosstie.project import Project, open_project
from crosstie.testing import SimulatedClock
from crosstie_pelican.sandbox import CLIENT_ID, WEBHOOK_SECRET, PelicanSandbox

SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"
CONFIG = """
[systems.web]
use = "web"
port = 0

[systems.forms]
use = "events"
secret = { env = "FORMS_SECRET" }

[systems.mail]
use = "smtp"
sender = "The shop <shop@example.com>"
outbox = "outbox"
timeout = "1s"

[automations.survey]
on = "forms.survey_filled"
when = "{{ data.score >= 8 }}"

[[automations.survey.steps]]
do = "mail.send"
with = { to = "{{ data.email }}", subject = "Thank you", body = "Yours, {{ data.score }}" }
"""
ENVIRONMENT = {**os.environ, "FORMS_SECRET": SECRET}
PATIENCE = 60.0


@attrs.define
class Serving:
    """`crosstie serve` in a process of its own."""

    folder: Path
    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]"
    client: httpx.Client

    def until(self, text: str) -> str:
        """The first line with this text in it."""
        while text not in (line := self.lines.get(timeout=PATIENCE)):
            pass
        return line.strip()

    def address(self) -> str:
        return self.until("listening on").removeprefix("listening on ")

    def post(self, url: str, mark: str, score: int = 9) -> int:
        """Post a filled survey; returns how many events were new."""
        data = {"id": mark, "email": f"{mark}@example.com", "score": score}
        body = json.dumps({"type": "survey_filled", "data": data}).encode()
        headers = sign_webhook(webhook_key(Secret(SECRET)), mark, datetime.now(UTC), body)
        answer = self.client.post(url, content=body, headers=headers)
        assert 202 == answer.status_code, answer.text
        accepted: int = answer.json()["accepted"]
        return accepted

    def mails(self, number: int) -> list[str]:
        """The mails in the outbox, once there are so many."""
        until = time.monotonic() + PATIENCE
        while len(found := list((self.folder / "outbox").glob("*.eml"))) < number:
            assert time.monotonic() < until, f"{len(found)} of {number} mails"
            time.sleep(0.02)
        return [path.read_text(encoding="utf-8") for path in found]


@contextmanager
def serving(folder: Path, config: str = CONFIG) -> Iterator[Serving]:
    (folder / "crosstie.toml").write_text(config, encoding="utf-8")
    lines: queue.Queue[str] = queue.Queue()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("crosstie")), "serve"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def copy() -> None:
        for line in process.stdout or ():
            lines.put(line)

    reader = threading.Thread(target=copy)
    with process, httpx.Client(timeout=PATIENCE) as client:
        reader.start()
        try:
            yield Serving(folder, process, lines, client)
        finally:
            process.kill()
            reader.join()


def test_an_event_begins_what_the_config_says_once(tmp_path: Path) -> None:
    with serving(tmp_path) as own:
        address = own.address()
        assert {"status": "ok"} == own.client.get(f"{address}/ready").json()
        url = f"{address}/events/forms"
        assert [1, 0] == [own.post(url, "ada"), own.post(url, "ada")]
        assert [1, 1] == [own.post(url, "bob", score=7), own.post(url, "eve")]
        told = own.mails(2)
        assert ["ada@", "eve@"] == sorted(mail.partition("To: ")[2][:4] for mail in told)
        own.process.send_signal(signal.SIGTERM)
        assert 0 == own.process.wait(PATIENCE)
    assert 2 == len(list((tmp_path / "outbox").iterdir()))


def test_killed_after_its_answer_it_has_the_event_and_goes_on_with_it(tmp_path: Path) -> None:
    taken: list[str] = []
    with serving(tmp_path) as own, ThreadPoolExecutor(4) as senders:
        url = f"{own.address()}/events/forms"

        def send(number: int) -> None:
            with suppress(httpx.TransportError):
                own.post(url, f"m{number}")
                taken.append(f"m{number}")
                if len(taken) >= 20:
                    own.process.kill()

        list(senders.map(send, range(200)))
        own.process.wait(PATIENCE)
    assert 20 <= len(taken) < 200
    project = open_project(tmp_path / "crosstie.toml", {"FORMS_SECRET": SECRET})
    with project.state() as state:
        kept = {version for (version,) in state.query("SELECT version FROM events")}
    assert set(taken) <= kept

    with serving(tmp_path) as own:
        to = [mail.partition("To: ")[2].partition("@")[0] for mail in own.mails(len(kept))]
    assert sorted(kept) == sorted(to)


def test_with_a_new_config_it_listens_again(tmp_path: Path) -> None:
    with serving(tmp_path) as own:
        address = own.address()
        port = httpx.URL(address).port
        fixed = CONFIG.replace("port = 0", f"port = {port}")
        (tmp_path / "crosstie.toml").write_text(
            fixed + '[systems.polls]\nuse = "events"\nsecret = { env = "FORMS_SECRET" }\n'
        )
        own.process.send_signal(signal.SIGHUP)
        own.until("read again")
        assert address == own.address()
        assert 1 == own.post(f"{address}/events/polls", "ada")


def test_a_port_that_is_taken_ends_it_with_a_sentence(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        port = httpx.URL(first.address()).port
        (tmp_path / "second").mkdir()
        with serving(tmp_path / "second", CONFIG.replace("port = 0", f"port = {port}")) as second:
            second.until(f"http://127.0.0.1:{port} cannot be listened on")
            assert 3 == second.process.wait(PATIENCE)


def test_a_system_with_a_signature_of_its_own_posts_its_events(
    project: Callable[..., Project], clock: SimulatedClock
) -> None:
    pelican = PelicanSandbox(clock)
    pelican.put("shop:17", email="ada@example.com")
    pelican.unsubscribe("shop:17")
    opened = project(
        f"""
        [systems.web]
        use = "web"
        port = 0

        [systems.news]
        use = "pelican"
        url = "https://pelican.example"
        client_id = "{CLIENT_ID}"
        client_secret = {{ env = "CLIENT" }}
        refresh_token = {{ env = "REFRESH" }}
        webhook_secret = {{ env = "HOOK" }}
        """,
        {"CLIENT": "client", "REFRESH": "refresh", "HOOK": WEBHOOK_SECRET},
    )
    wake, delivery = threading.Event(), pelican.hooks.delivery()
    with hosted(opened, wake, lambda: None) as (server,), opened.state() as state:

        def told(request: Request) -> tuple[int, bytes]:
            answer = httpx.post(
                f"{server.address}/events/news",
                content=request.body,
                headers=dict(request.headers),
            )
            return answer.status_code, answer.content

        changed = attrs.evolve(delivery, body=delivery.body.replace(b"ada@", b"eve@"))
        status, answer = told(changed)
        assert (400, True) == (status, b"does not fit" in answer)
        assert ([], False) == (state.new_events(), wake.is_set())
        assert (202, b'{"accepted":1}') == told(delivery)
        (event,) = state.new_events()
        assert ("news", "contact_unsubscribed", "shop:17") == (event.system, event.kind, event.key)
        assert "ada@example.com" == context_of(event)["customer"].email
        assert (202, b'{"accepted":0}') == told(delivery)
        clock.sleep(301)
        assert 400 == told(delivery)[0]
