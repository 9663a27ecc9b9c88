from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "evenhand.ui"
    label = "ui"
    verbose_name = "Base page, tokens, components"
