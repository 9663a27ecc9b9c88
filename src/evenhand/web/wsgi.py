"""The application that serves pages and the API."""

import os

from django.core.wsgi import get_wsgi_application

from evenhand.web.following import follow_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.settings")
follow_parent()
application = get_wsgi_application()
