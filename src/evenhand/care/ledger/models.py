"""The append-only, hash-chained record of everything that was done."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One act. Personal words never stand here, only a commitment to them; the words are Erasable rows."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, blank=True, help_text="The case's reference, where there is one")
    by = models.CharField(max_length=40, blank=True, help_text="Who: person:7, customer, evenhand")
    body = models.TextField(help_text="Canonical JSON")
    before = models.CharField(max_length=64, help_text="Hash of the entry before")
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("seq",)
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["subject", "seq"])]

    def __str__(self) -> str:
        return f"{self.seq} {self.act}"


class Erasable(models.Model):
    """Words that an entry commits to by hash and salt, and where they are kept.

    An erasure deletes this row and the words; the entry's commitment stays and says nothing without the salt.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="values")
    name = models.CharField(max_length=20)
    salt = models.CharField(max_length=32)
    kept_in = models.CharField(max_length=20, help_text="contact, reply, note …")
    key = models.CharField(max_length=40, help_text="Which row of it")

    class Meta:
        indexes = [models.Index(fields=["kept_in", "key"])]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.name}"
