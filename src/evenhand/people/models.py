"""Staff, their roles, the places they work for, and when they are on duty. Knows no door and no case."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q


class PlaceQuerySet(models.QuerySet["Place"]):
    def visible_to(self, person: Person) -> PlaceQuerySet:
        """The places whose cases this person may read: their own, or all from the head office."""
        if person.sees_all_places:
            return self
        return self.filter(pk__in=person.places.all())


class Place(models.Model):
    """A location, branch or team that has lines of its own."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, help_text="IANA time zone, as in America/Los_Angeles")
    is_head_office = models.BooleanField(default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def who_act(self) -> models.QuerySet[Person]:
        """Those who may own a case or be told of one: who works here, without those who only read."""
        return self.filter(is_active=True).exclude(role=Person.Role.AUDITOR)


class Person(AbstractBaseUser):
    """A member of staff."""

    class Role(models.TextChoices):
        AGENT = "agent", "Agent"
        SUPERVISOR = "supervisor", "Supervisor"
        AUDITOR = "auditor", "Auditor"
        ADMINISTRATOR = "administrator", "Administrator"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.AGENT)
    places = models.ManyToManyField(Place, related_name="people", blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = PersonManager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    @property
    def is_supervisor(self) -> bool:
        """Raised cases, exceptions and changes of owner are theirs; an administrator may stand in."""
        return self.role in {self.Role.SUPERVISOR, self.Role.ADMINISTRATOR}

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    @property
    def may_act(self) -> bool:
        """Whether they may do anything to a case, or own one. An auditor reads, and changes nothing."""
        return self.is_active and self.role != self.Role.AUDITOR

    @property
    def may_audit(self) -> bool:
        """Whether they may read the audit in detail, and the ledger."""
        return self.is_active and self.role in {self.Role.AUDITOR, self.Role.ADMINISTRATOR}

    @property
    def sees_all_places(self) -> bool:
        return self.is_administrator or any(place.is_head_office for place in self.places.all())

    def come_on_duty(self, at: datetime) -> None:
        """Be on duty at all the places one works for, from now until one leaves; nothing for who only reads."""
        if not self.may_act:
            return
        already = set(Duty.objects.filter(person=self).at(at).values_list("place_id", flat=True))
        Duty.objects.bulk_create(
            [
                Duty(person=self, place_id=place_id, began_at=at)
                for place_id in self.places.values_list("pk", flat=True)
                if place_id not in already
            ]
        )

    def go_off_duty(self, at: datetime, places: Iterable[Place] | None = None) -> None:
        """Leave duty, at these places or at all."""
        duty = Duty.objects.filter(person=self, ended_at=None)
        if places is not None:
            duty = duty.filter(place__in=places)
        duty.filter(began_at__lt=at).update(ended_at=at)
        duty.filter(began_at=at).delete()

    def is_on_duty(self, at: datetime) -> bool:
        return Duty.objects.filter(person=self).at(at).exists()


class DutyQuerySet(models.QuerySet["Duty"]):
    def at(self, moment: datetime) -> DutyQuerySet:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=moment), began_at__lte=moment)


class Duty(models.Model):
    """A stretch of time in which a person takes cases of a place."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="duties")
    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="duties", db_index=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        # Who is here now is asked for every contact: by when duties end, not through all that ever began.
        indexes = [models.Index(fields=["ended_at", "place"]), models.Index(fields=["person", "began_at"])]
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_begins", condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.place}"


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    def living(self, token: str, now: datetime) -> OneTimeLinkQuerySet:
        """The link behind a token, while it may still be used."""
        return self.filter(token_hash=OneTimeLink.hash_of(token), used_at=None, expires_at__gt=now)


class OneTimeLink(models.Model):
    """A way in that works once. The token is told once and never kept: here stands its hash."""

    class Kind(models.TextChoices):
        FIRST = "first", "Makes the first administrator"
        SIGN_IN = "sign-in", "Signs in"
        INVITATION = "invitation", "Signs in and chooses a password"

    LIVES_FOR = {
        Kind.FIRST: timedelta(hours=24),
        Kind.SIGN_IN: timedelta(hours=1),
        Kind.INVITATION: timedelta(days=7),
    }

    token_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="one_time_links")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = OneTimeLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_the_first_link_is_for_nobody", condition=Q(kind="first") ^ Q(person__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person or 'nobody yet'}"

    @staticmethod
    def hash_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def give(
        cls, kind: Kind, now: datetime, person: Person | None = None, *, lives_for: timedelta | None = None
    ) -> str:
        """Make a link and return its token, the only time it is known. Older links of this kind and person end."""
        cls.objects.filter(kind=kind, person=person, used_at=None).update(used_at=now)
        token = secrets.token_urlsafe(24)
        cls.objects.create(
            token_hash=cls.hash_of(token),
            person=person,
            kind=kind,
            made_at=now,
            expires_at=now + (lives_for or cls.LIVES_FOR[kind]),
        )
        return token

    def spend(self, now: datetime) -> bool:
        """Use the link up; False where somebody was quicker."""
        return bool(OneTimeLink.objects.filter(pk=self.pk, used_at=None, expires_at__gt=now).update(used_at=now))
