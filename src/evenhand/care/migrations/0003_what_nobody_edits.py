"""Ledger entries are never changed or deleted, and what a promise told is never changed: the database refuses it."""

from django.db import migrations

TOLD = ("case_id", "kind", "need_id", "started_at", "made_at", "due_at", "standard", "standard_due_at", "forecast")


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        statements = [
            "CREATE TRIGGER care_entry_is_kept BEFORE UPDATE ON care_entry "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
            "CREATE TRIGGER care_entry_stays BEFORE DELETE ON care_entry "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
            f"CREATE TRIGGER care_promise_is_kept BEFORE UPDATE OF {', '.join(TOLD)} ON care_promise "
            "BEGIN SELECT RAISE(ABORT, 'a promise is never edited'); END",
            "CREATE TRIGGER care_outcome_is_kept BEFORE UPDATE ON care_outcome "
            "BEGIN SELECT RAISE(ABORT, 'an outcome is never edited'); END",
        ]
    else:
        statements = [
            "CREATE FUNCTION care_refuse() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'this row is never edited'; END $$ LANGUAGE plpgsql",
            "CREATE TRIGGER care_entry_is_kept BEFORE UPDATE OR DELETE ON care_entry "
            "FOR EACH ROW EXECUTE FUNCTION care_refuse()",
            f"CREATE TRIGGER care_promise_is_kept BEFORE UPDATE OF {', '.join(TOLD)} ON care_promise "
            "FOR EACH ROW EXECUTE FUNCTION care_refuse()",
            "CREATE TRIGGER care_outcome_is_kept BEFORE UPDATE ON care_outcome "
            "FOR EACH ROW EXECUTE FUNCTION care_refuse()",
        ]
    for statement in statements:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON {table}"
    for name, table in (
        ("care_entry_is_kept", "care_entry"),
        ("care_promise_is_kept", "care_promise"),
        ("care_outcome_is_kept", "care_outcome"),
    ):
        schema_editor.execute(f"DROP TRIGGER {name}{on.format(table=table)}")
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER care_entry_stays")
    else:
        schema_editor.execute("DROP FUNCTION care_refuse()")


class Migration(migrations.Migration):
    dependencies = [("care", "0002_needs")]
    operations = [migrations.RunPython(forbid, allow)]
