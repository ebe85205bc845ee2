"""What gunicorn loads."""

from experiments.config import Settings
from web import logs
from web.app import create_app

settings = Settings()
logs.configure(settings)
app = create_app(settings)
