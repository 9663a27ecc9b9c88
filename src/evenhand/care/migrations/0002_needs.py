"""The needs that ship. An organisation edits names, standards and examples; the words and the rules stay."""

from datetime import timedelta

from django.db import migrations

MINUTES, HOURS, DAYS = (lambda n: timedelta(minutes=n)), (lambda n: timedelta(hours=n)), (lambda n: timedelta(days=n))

# slug, name, answer, solve, weight, danger, at any hour, example. Whole days are working days of the place.
NEEDS = [
    ("danger", "Danger", MINUTES(15), HOURS(4), 1, True, True, "The heater you sold us smells of gas."),
    ("deadline-15", "Own deadline, within 15 minutes", MINUTES(15), HOURS(1), 4, False, True, "My flight boards in half an hour."),
    ("deadline-30", "Own deadline, within 30 minutes", MINUTES(30), HOURS(2), 4, False, True, "The notary closes in two hours."),
    ("deadline-60", "Own deadline, within an hour", HOURS(1), HOURS(4), 4, False, True, "My flight leaves at six."),
    ("deadline-120", "Own deadline, within two hours", HOURS(2), HOURS(8), 4, False, True, "The court hearing is tomorrow at nine."),
    ("shut-out", "Shut out", HOURS(2), DAYS(1), 4, False, False, "The code never arrives."),
    ("money", "Money", HOURS(4), DAYS(3), 1, False, False, "I was charged twice."),
    ("wrong", "Wrong or broken", HOURS(4), DAYS(3), 1, False, False, "One digit of the VIN is wrong."),
    ("question", "Question", HOURS(8), DAYS(2), 1, False, False, "Do I need an appointment?"),
    ("view", "View or idea", DAYS(3), None, 1, False, False, "Why hide the phone number?"),
    ("thanks", "Thanks", DAYS(3), None, 1, False, False, "She was wonderful with my father."),
]


def ship(apps, schema_editor):
    Need = apps.get_model("care", "Need")
    for position, (slug, name, answer, solve, weight, danger, always, example) in enumerate(NEEDS):
        Need.objects.get_or_create(
            slug=slug,
            defaults=dict(
                name=name,
                position=position,
                answer_standard=answer,
                solve_standard=solve,
                weight=weight,
                is_danger=danger,
                runs_always=always,
                example=example,
            ),
        )


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
