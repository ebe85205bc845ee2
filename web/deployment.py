"""What every request needs of the deployment: settings and engine, kept in one place of the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from experiments.config import Settings

NAME = "netlift"


@dataclass(frozen=True)
class Deployment:
    """Settings and engine of one process."""

    settings: Settings
    engine: Engine


def attach(app: Flask, deployment: Deployment) -> None:
    """Put the deployment where `deployment()` finds it."""
    app.extensions[NAME] = deployment


def deployment() -> Deployment:
    """The deployment of the app that serves this request."""
    found: Deployment = current_app.extensions[NAME]
    return found
