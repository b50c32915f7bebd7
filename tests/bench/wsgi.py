"""The application as shipped, with views that only measuring needs: empty, ceiling, bare, naive."""

from config import settings
from config.app import create_app
from tests.bench import bare, ceiling, naive

app = create_app(settings.load())
for part in (ceiling, bare, naive):
    app.extensions["csrf"].exempt(part.blueprint)
    app.register_blueprint(part.blueprint, url_prefix="/api/v1/bench")
