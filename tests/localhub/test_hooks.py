"""Webhooks: signed, delivered once, remembered, redelivered on request."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

from ghapp.localhub import AppManifest
from tests.localhub.conftest import SECRET


def test_a_delivery_is_signed_and_carries_githubs_headers(world: Any, maya: Any) -> None:
    """The signature is over the exact bytes; the headers are those that GitHub documents."""
    maya.create_issue("One")
    world.events()
    hook = world.receiver.got[-1]
    digest = hmac.new(SECRET, hook.body, hashlib.sha256).hexdigest()
    assert hook.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", hook.headers["X-GitHub-Delivery"])
    assert hook.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert hook.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert hook.headers["X-GitHub-Hook-Installation-Target-ID"] == str(world.app_id)
    assert hook.headers["X-GitHub-Hook-ID"].isdigit()
    assert hook.headers["Content-Type"] == "application/json"
    assert hook.payload["installation"]["id"] == world.installation_id
    assert (hook.payload["sender"]["login"], hook.payload["repository"]["full_name"]) == ("maya", "acme/demo")


def test_each_label_is_an_event_of_its_own(world: Any, maya: Any) -> None:
    """A label that is there already makes none; one taken off makes one."""
    issue = maya.create_issue("One", labels=["a"])
    issue.add_to_labels("a", "b")
    issue.remove_from_labels("a")
    world.events()
    told = [(h.payload["action"], h.payload["label"]["name"]) for h in world.receiver.got if "label" in h.payload]
    assert told == [("labeled", "a"), ("labeled", "b"), ("unlabeled", "a")]


def test_a_bot_speaks_as_a_bot(world: Any, maya: Any, bot: Any) -> None:
    """What the App writes has its bot as the author and names the App."""
    maya.create_issue("One")
    bot.get_issue(1).create_comment("Hello")
    world.events()
    comment = world.receiver.got[-1].payload["comment"]
    assert (comment["user"]["login"], comment["user"]["type"]) == ("greenloop[bot]", "Bot")
    assert comment["performed_via_github_app"]["slug"] == "greenloop"


def test_only_subscribed_events_of_installed_repositories_are_sent(world: Any) -> None:
    """Another App that listens for nothing hears of its installation alone; other repositories are silent."""
    app = world.hub.register_app(
        AppManifest("deaf", "Deaf", {"issues": "read"}, ()),
        world.key.public_pem,
        webhook_url=world.receiver.url,
        webhook_secret=b"other",
    )
    world.hub.install(app.id, "acme", ["demo"])
    world.hub.add_repository("acme", "elsewhere", world.folder / "source", collaborators={"maya": "write"})
    world.client("token-of-maya").get_repo("acme/elsewhere").create_issue("Unheard")
    world.client("token-of-maya").get_repo("acme/demo").create_issue("Heard")
    assert world.events() == ["installation.created", "installation.created", "issues.opened"]


def test_a_failed_delivery_is_kept_and_never_tried_again_by_itself(world: Any, maya: Any) -> None:
    """GitHub does not retry; the record says what came back."""
    world.events()
    world.receiver.status = 500
    maya.create_issue("One")
    assert world.events().count("issues.opened") == 1
    listed = world.call("GET", "/app/hook/deliveries", world.jwt()).json()
    assert (listed[0]["status_code"], listed[0]["status"]) == (500, "Invalid HTTP Response: 500")
    full = world.call("GET", f"/app/hook/deliveries/{listed[0]['id']}", world.jwt()).json()
    assert full["response"]["payload"] == "thanks"
    assert full["request"]["payload"]["issue"]["title"] == "One"


def test_a_redelivery_keeps_guid_and_bytes_under_a_new_id(world: Any, maya: Any) -> None:
    """Also the payload stays as it was, whatever has happened since."""
    issue = maya.create_issue("One")
    world.events()
    first = world.call("GET", "/app/hook/deliveries", world.jwt()).json()[0]
    issue.edit(title="Other")
    world.events()
    world.call("POST", f"/app/hook/deliveries/{first['id']}/attempts", world.jwt())
    world.events()
    again = world.call("GET", "/app/hook/deliveries", world.jwt()).json()[0]
    assert again["guid"] == first["guid"]
    assert again["id"] > first["id"]
    assert (again["redelivery"], first["redelivery"]) == (True, False)
    bodies = [h.body for h in world.receiver.got if h.headers["X-GitHub-Delivery"] == first["guid"]]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_receiver_that_is_not_there_is_a_failed_delivery(world: Any, maya: Any) -> None:
    """The hub goes on, and what was missed can be found and redelivered elsewhere."""
    world.events()
    world.hub.point_webhook(world.app_id, "http://127.0.0.1:9/")
    maya.create_issue("One")
    assert world.hub.wait_until_idle()
    missed = world.call("GET", "/app/hook/deliveries", world.jwt()).json()[0]
    assert missed["status"] == "failed to connect to host"
    world.hub.point_webhook(world.app_id, world.receiver.url)
    world.call("POST", f"/app/hook/deliveries/{missed['id']}/attempts", world.jwt())
    assert world.events()[-1] == "issues.opened"


def test_deliveries_are_paged_by_cursor(world: Any, maya: Any) -> None:
    """Following the links shows every delivery once, newest first."""
    for number in range(5):
        maya.create_issue(str(number))
    world.events()
    path, seen = "/app/hook/deliveries?per_page=2", []
    while path:
        answer = world.call("GET", path, world.jwt())
        seen += [item["id"] for item in answer.json()]
        following = answer.links.get("next", {}).get("url", "")
        path = following.removeprefix(world.hub.api_url)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 6


def test_an_issue_of_an_organisation_names_it(world: Any, maya: Any) -> None:
    """Repositories of an organisation have it in the payload."""
    maya.create_issue("One")
    world.events()
    assert json.loads(world.receiver.got[-1].body)["organization"]["login"] == "acme"
