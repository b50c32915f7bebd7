"""The application as shipped, with three views more: empty, the ceiling and the naive one. Only measuring loads it."""

from config import settings
from config.app import create_app
from tests.bench import ceiling, naive

app = create_app(settings.load())
for part in (ceiling, naive):
    app.extensions["csrf"].exempt(part.blueprint)
    app.register_blueprint(part.blueprint, url_prefix="/api/v1/bench")
