"""The application for WSGI servers and for `flask --app wsgi`, which borrows a database."""

import os

from config import settings
from config.app import create_app

app = create_app(settings.local() if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else settings.load())
