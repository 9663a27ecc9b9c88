"""How a contact came in and how messages go out. Only doors, desk.case and fairness may look here."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from evenhand.care.models import Case, Contact, Promise, Reply
from evenhand.identity.models import Identity
from evenhand.people.models import Place


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def named(self, accounts: Iterable[str], external_ids: Iterable[str]) -> ArrivalQuerySet:
        """Those that came by these accounts under these names, found by the index however many there are."""
        # The index holds named ones only: without the exclusion, SQLite would read the whole table.
        return self.filter(account__in=accounts, external_id__in=external_ids).exclude(external_id="")


class Arrival(models.Model):
    """Through which door a contact came, in public or in private, and with what reach (sealed)."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+")
    door = models.CharField(max_length=20)
    is_public = models.BooleanField(default=False)
    external_id = models.CharField(max_length=200, blank=True)
    account = models.CharField(max_length=80, blank=True, help_text="The key, mailbox or file it came by")
    reach = models.JSONField(default=dict, blank=True, help_text="Kept for the audit alone")
    claims = models.CharField(max_length=40, blank=True, help_text="The case it says it belongs to, unproved")

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="arrived_in_public", fields=["contact"], condition=Q(is_public=True))]
        constraints = [
            models.UniqueConstraint(
                name="let_in_once", fields=["account", "external_id", "door"], condition=~Q(external_id="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.door}: {self.contact_id}"


class History(models.Model):
    """A row of an import that was closed already or is old: kept to read and count, with no promise or place."""

    external_id = models.CharField(max_length=200)
    account = models.CharField(max_length=80)
    door = models.CharField(max_length=20)
    words = models.TextField()
    language = models.CharField(max_length=8, default="en")
    place = models.ForeignKey(Place, null=True, on_delete=models.SET_NULL, related_name="+")
    is_public = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    more = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "history"
        constraints = [
            models.UniqueConstraint(name="one_history_row_once", fields=["account", "external_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.external_id}"


class ApiKey(models.Model):
    """A key of the API: its hash, what it may do, and for which place."""

    name = models.CharField(max_length=80, unique=True)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    place = models.ForeignKey(Place, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Replay(models.Model):
    """An answer once given under an idempotency key: given again, the same contact is not let in twice."""

    account = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    status = models.PositiveSmallIntegerField(default=201)
    rows = models.JSONField(default=list, help_text="For a list: what became of each row")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="answered_once", fields=["account", "key"])]

    def __str__(self) -> str:
        return f"{self.account} {self.key}"


class Message(models.Model):
    """Something to be carried out to a customer: the outbox. Its text is made when it is sent."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", "Confirmation"
        REPLY = "reply", "Reply"
        RENEWAL = "renewal", "A later promise, and why"
        EARLIER = "earlier", "An earlier promise"
        MISSED = "missed", "We missed our promise"
        NEW_OWNER = "new_owner", "A new owner"
        SUPERVISOR = "supervisor", "A supervisor has it"
        CLOSED = "closed", "Closed without an answer"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACCEPTED = "accepted", "Accepted by the far side"
        REFUSED = "refused", "Refused by the far side"
        UNCERTAIN = "uncertain", "May or may not have been accepted"
        HELD = "held", "Held: too many automatic messages to this address today"

    uid = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    to = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reply = models.ForeignKey(Reply, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    promise = models.ForeignKey(Promise, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    not_before = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="message_waiting", fields=["not_before", "id"], condition=Q(state="waiting")),
            models.Index(name="message_held", fields=["not_before", "id"], condition=Q(state="held")),
            models.Index(fields=["case", "made_at"]),
            models.Index(fields=["to", "settled_at"]),
            models.Index(
                name="confirmed_lately",
                fields=["settled_at"],
                condition=Q(kind="confirmation", state="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"

    @property
    def is_automatic(self) -> bool:
        return self.kind != self.Kind.REPLY


class Attempt(models.Model):
    """One try at carrying a message out, and how far it got."""

    class Phase(models.TextChoices):
        PLANNED = "planned", "Planned"
        CONNECTED = "connected", "Connected"
        ENVELOPE = "envelope", "Envelope accepted"
        BODY = "body", "Body sent"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Unknown"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.PLANNED)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_attempt_a_number", fields=["message", "number"])]

    def __str__(self) -> str:
        return f"{self.message_id} try {self.number}: {self.phase}"


class SentMail(models.Model):
    """What the demo's post office accepted; read on its page, sent to nobody."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["-at", "-id"])]

    def __str__(self) -> str:
        return self.subject


class Finding(models.Model):
    """Something a higher room proved, written down here for doors that may say it: while it holds, and no longer."""

    key = models.CharField(max_length=40, help_text="What it is, as in public-never-faster")
    says = models.TextField()
    result = models.UUIDField(help_text="The audit's result it rests on")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="Withdrawn then")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_such_finding_holds", fields=["key"], condition=Q(until=None))]

    def __str__(self) -> str:
        return f"{self.key} since {self.since}"
