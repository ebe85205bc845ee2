"""What every request needs of the deployment: settings and engine, kept in one place of the app."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, request

from experiments.services.access import vault

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from experiments.config import Settings
    from experiments.services.access import Vault

NAME = "netlift"


@dataclass(frozen=True)
class Deployment:
    """Settings and engine of one process."""

    settings: Settings
    engine: Engine

    @property
    def log(self) -> logging.Logger:
        """Where work outside of a request tells the operator what went wrong."""
        return logging.getLogger("web.work")

    @property
    def vault(self) -> Vault:
        """Where secrets lie that must be readable again."""
        return vault(self.settings.session_secret())


def attach(app: Flask, deployment: Deployment) -> None:
    """Put the deployment where `deployment()` finds it."""
    app.extensions[NAME] = deployment


def own_address() -> str:
    """Where people reach the product: as it is set, and only without that as this request was addressed."""
    return deployment().settings.public_url.rstrip("/") or request.host_url.rstrip("/")


def deployment() -> Deployment:
    """The deployment of the app that serves this request."""
    found: Deployment = current_app.extensions[NAME]
    return found
