"""A GitHub on loopback: REST, git over HTTP, webhooks and plain pages, for the demo and the tests."""

from __future__ import annotations

from ghapp.localhub.errors import HubError, SeedInvalid
from ghapp.localhub.hub import Exchange
from ghapp.localhub.limits import Refusal
from ghapp.localhub.models import App, Delivery
from ghapp.localhub.server import LocalHub
from ghapp.localhub.setup import AppManifest

__all__ = ["App", "AppManifest", "Delivery", "Exchange", "HubError", "LocalHub", "Refusal", "SeedInvalid"]
