"""What gunicorn loads."""

from experiments.config import Settings
from web import logs
from web.app import create_app
from web.warm import warm_up

settings = Settings()
logs.configure(settings)
app = create_app(settings)
warm_up(app)
