"""All REST endpoints of the hub."""

from __future__ import annotations

from ghapp.localhub.routes import apps, checks, code, issues, labels, pulls, reactions, refs, repositories

ROUTES = (
    *apps.ROUTES,
    *checks.ROUTES,
    *code.ROUTES,
    *issues.ROUTES,
    *labels.ROUTES,
    *pulls.ROUTES,
    *reactions.ROUTES,
    *refs.ROUTES,
    *repositories.ROUTES,
)
