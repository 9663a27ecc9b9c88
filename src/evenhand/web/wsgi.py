"""The application that serves pages and the API."""

import os

from django.core.wsgi import get_wsgi_application

from evenhand.web.following import follow_parent
from evenhand.web.memory import keep_little

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.settings")
keep_little()
follow_parent()
application = get_wsgi_application()
