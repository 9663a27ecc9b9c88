from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    name = "evenhand.web"
    label = "web"

    def ready(self) -> None:
        if settings.IS_DEMO:
            from evenhand.web.demo import clock

            clock.tell_time_by(clock.of(settings.DATA))
