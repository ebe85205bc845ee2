"""What gunicorn loads."""

from experiments.config import Settings
from web.app import create_app

app = create_app(Settings())
