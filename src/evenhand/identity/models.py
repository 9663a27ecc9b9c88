"""Who stands behind an address, and behind a case. Care knows nothing of these rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from evenhand.care.models import Case


class Customer(models.Model):
    """A person who told us something."""

    name = models.CharField(max_length=200, blank=True, help_text="As they wrote it")
    language = models.CharField(max_length=8, blank=True)
    first_met_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or "A customer"


class Identity(models.Model):
    """An address of a customer's: claimed until it is proved."""

    class Kind(models.TextChoices):
        EMAIL = "email", "Email"
        PHONE = "phone", "Phone"
        HANDLE = "handle", "Handle"
        ACCOUNT = "account", "Account"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    address = models.CharField(max_length=254)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(name="one_identity_an_address", fields=["kind", "address"])]

    def __str__(self) -> str:
        return self.address

    @property
    def is_proved(self) -> bool:
        return self.proved_at is not None


class Behind(models.Model):
    """Which customer stands behind a case, and where they want the answer."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases_behind")
    answer_to = models.ForeignKey(Identity, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer}: {self.case_id}"


LIVES_ON_AFTER_SOLUTION = timedelta(days=180)


class StatusLinkQuerySet(models.QuerySet["StatusLink"]):
    def living(self, now: datetime) -> StatusLinkQuerySet:
        """Links that still open their case: until 180 days after its solution."""
        solved_long_ago = Q(case__solved_at__lt=now - LIVES_ON_AFTER_SOLUTION)
        return self.filter(withdrawn_at=None).exclude(solved_long_ago)


class StatusLink(models.Model):
    """A private way to one case. Only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    given_to = models.ForeignKey(Identity, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = StatusLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case"])]

    def __str__(self) -> str:
        return f"link to {self.case_id}"
