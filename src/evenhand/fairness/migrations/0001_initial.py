"""The audit's first tables. What it found and what it was set to are kept for ever: the database refuses to change them.

A later migration that makes one of these tables anew (SQLite does so for many alterations) loses its triggers: it calls
`forbid` again.
"""

import datetime
import django.db.models.deletion
import evenhand.fairness.live.models
from django.conf import settings
from django.db import migrations, models


KEPT = {
    "fairness_result": "a result of the audit is kept as it was found",
    "fairness_policy": "a policy is never edited; a new one follows it",
}


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table, why in KEPT.items():
            for act in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
                )
        return
    schema_editor.execute(
        "CREATE FUNCTION fairness_refuse() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION 'what the audit found or was set to is kept as it is'; END $$ LANGUAGE plpgsql"
    )
    for table in KEPT:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION fairness_refuse()"
        )


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in KEPT:
            for act in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_{act}")
        return
    for table in KEPT:
        schema_editor.execute(f"DROP TRIGGER {table}_stays ON {table}")
    schema_editor.execute("DROP FUNCTION fairness_refuse()")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('care', '0003_what_nobody_edits'),
        ('people', '0002_auditor'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Night',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='The local day on which it ran')),
                ('asked_at', models.DateTimeField()),
                ('stage', models.CharField(default='answer', max_length=8)),
                ('after', models.BigIntegerField(default=0, help_text='The case up to which this stage has come')),
                ('first_unmeasured', models.JSONField(default=dict, help_text='clock → the earliest case that is not measured yet')),
                ('claimed_until', models.DateTimeField(null=True)),
                ('is_done', models.BooleanField(default=False)),
                ('done_at', models.DateTimeField(null=True)),
                ('through', models.DateField(help_text='The last day of maturing that was judged', null=True)),
                ('measured', models.PositiveIntegerField(default=0)),
                ('seconds', models.FloatField(default=0.0, help_text='Of work, over all its steps')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(default=1, unique=True)),
                ('made_at', models.DateTimeField()),
                ('reason', models.TextField(default='As shipped.')),
                ('rate_margin', models.FloatField(default=0.05, help_text='Points of a share of 1: .05 is five points')),
                ('time_margin', models.FloatField(default=0.1, help_text="As a share of the reference's mean")),
                ('least_time_margin', models.DurationField(default=datetime.timedelta(seconds=900), help_text='Times this near always count as alike')),
                ('contrasts', models.JSONField(default=evenhand.fairness.live.models._now_on, help_text='Which contrasts are audited, by name')),
                ('least_shown', models.PositiveSmallIntegerField(default=10, help_text='People below which a group is not shown')),
                ('has_public_page', models.BooleanField(default=False)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tasks_to', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ('number',),
            },
        ),
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=evenhand.fairness.live.models._uid, unique=True)),
                ('day', models.DateField(help_text='The last day of maturing that is in it')),
                ('made_at', models.DateTimeField()),
                ('contrast', models.CharField(max_length=20)),
                ('outcome', models.CharField(max_length=8)),
                ('group', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=60)),
                ('n', models.PositiveIntegerField(help_text='Empty where the group is held back', null=True)),
                ('open', models.PositiveIntegerField(null=True)),
                ('figures', models.JSONField(help_text="As docs/audit.md has a group's; for the reference, what holds for all as well")),
                ('verdict', models.CharField(blank=True, choices=[('EQUAL', 'EQUAL'), ('UNEQUAL', 'UNEQUAL'), ('NOT PROVEN', 'NOT PROVEN'), ('TOO FEW', 'TOO FEW')], help_text='Empty for the reference', max_length=10)),
                ('low', models.FloatField(null=True)),
                ('high', models.FloatField(null=True)),
                ('margin', models.FloatField(null=True)),
                ('not_ruled_out', models.FloatField(null=True)),
                ('code_version', models.CharField(max_length=40)),
                ('margins', models.JSONField()),
                ('inputs_hash', models.CharField(max_length=64)),
                ('night', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='fairness.night')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Gap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contrast', models.CharField(max_length=20)),
                ('clock', models.CharField(choices=[('answer', 'First answer'), ('solution', 'Solution')], max_length=8)),
                ('outcome', models.CharField(max_length=8)),
                ('group', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=60)),
                ('since', models.DateField()),
                ('before', models.JSONField(help_text='The same-need means of group and reference when it was found')),
                ('until', models.DateField(blank=True, null=True)),
                ('after', models.JSONField(help_text='The same means since then, when sameness was proven', null=True)),
                ('levelled', models.CharField(blank=True, choices=[('up', 'levelled up: those who had it worse have it better'), ('down', 'levelled down: those who had it better have it worse')], max_length=4)),
                ('closed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.result')),
                ('opened_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.result')),
            ],
            options={
                'ordering': ('since', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('began_at', models.DateTimeField()),
                ('why', models.CharField(help_text='Why it began: what was changed, by whom', max_length=300)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('why_ended', models.CharField(blank=True, max_length=300)),
                ('settled_at', models.DateTimeField(blank=True, help_text='Ended, and every case of it is judged', null=True)),
                ('standards', models.JSONField(help_text='need → [answer, solution] in seconds, as published when it began')),
                ('lengths', models.JSONField(help_text="need → [answer, solution] in seconds of working time, the longest place's")),
                ('needs', models.JSONField(help_text='Slugs in the order of their codes')),
                ('references', models.JSONField(default=dict, help_text='contrast → the group that others stand against')),
                ('reach_cuts', models.JSONField(help_text='Bands of reach at which the thirds begin', null=True)),
                ('together', models.JSONField(default=dict, help_text='How many cases share all their groups: for suppression')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.policy')),
            ],
            options={
                'verbose_name_plural': 'series',
                'ordering': ('number',),
            },
        ),
        migrations.AddField(
            model_name='result',
            name='series',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.series'),
        ),
        migrations.CreateModel(
            name='Measured',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clock', models.CharField(choices=[('answer', 'First answer'), ('solution', 'Solution')], max_length=8)),
                ('left_out', models.CharField(blank=True, choices=[('spam', 'set aside as spam'), ('late', 'heard of only after its time had run'), ('no_standard', 'a need without such a standard')], max_length=12)),
                ('language', models.CharField(max_length=8)),
                ('door', models.CharField(max_length=20)),
                ('is_public', models.BooleanField()),
                ('has_address', models.BooleanField(help_text='They left an address for the answer')),
                ('was_public_before', models.BooleanField(help_text='Empty where nobody can know: no address', null=True)),
                ('reach_band', models.PositiveSmallIntegerField(help_text='Four to each power of ten; never the number', null=True)),
                ('arrived_on', models.DateField(help_text='Where the place is')),
                ('matures_on', models.DateField(help_text="Three standards after that day's end, or the first day not yet judged")),
                ('matures_everywhere_on', models.DateField(help_text='The same, for the place with the fewest hours')),
                ('standard', models.PositiveIntegerField(help_text='Seconds of working time')),
                ('wait', models.PositiveIntegerField(help_text='Seconds of working time; empty where none came', null=True)),
                ('was_asked', models.BooleanField(help_text='The first message of a person was a question to the customer')),
                ('measured_at', models.DateTimeField()),
                ('case', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='care.case')),
                ('need', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.need')),
                ('place', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.place')),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.series')),
            ],
            options={
                'verbose_name_plural': 'measured',
            },
        ),
        migrations.CreateModel(
            name='Sums',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contrast', models.CharField(max_length=20)),
                ('clock', models.CharField(choices=[('answer', 'First answer'), ('solution', 'Solution')], max_length=8)),
                ('through', models.DateField(help_text='The last day of maturing that is in it')),
                ('groups', models.JSONField(help_text='Names, in the order of the columns')),
                ('cells', models.BinaryField()),
                ('waits', models.BinaryField()),
                ('without', models.PositiveIntegerField(default=0, help_text='Cases that are in none of its groups')),
                ('inputs_hash', models.CharField(help_text='Over every measured row in it, day by day', max_length=64)),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.series')),
            ],
            options={
                'verbose_name_plural': 'sums',
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=evenhand.fairness.live.models._uid, unique=True)),
                ('kind', models.CharField(choices=[('gap', 'People are treated differently'), ('note', 'Nothing is proven yet')], max_length=4)),
                ('contrast', models.CharField(max_length=20)),
                ('clock', models.CharField(choices=[('answer', 'First answer'), ('solution', 'Solution')], max_length=8)),
                ('group', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=60)),
                ('says', models.TextField()),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('words', models.TextField(blank=True, help_text='What was done about it')),
                ('closed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('gap', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='fairness.gap')),
                ('result', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fairness.result')),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('opened_at', 'pk'),
            },
        ),
        migrations.AddIndex(
            model_name='night',
            index=models.Index(fields=['day'], name='fairness_ni_day_7aaadc_idx'),
        ),
        migrations.AddConstraint(
            model_name='night',
            constraint=models.UniqueConstraint(condition=models.Q(('is_done', False)), fields=('is_done',), name='one_audit_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='night',
            constraint=models.UniqueConstraint(condition=models.Q(('by', None)), fields=('day',), name='one_audit_a_night'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='policy_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('number', 1), ('by__isnull', False), _connector='OR'), name='policy_is_signed'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('rate_margin__gt', 0), ('rate_margin__lt', 1), ('time_margin__gt', 0), ('time_margin__lt', 1)), name='policy_margins_are_some'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('least_shown__gte', 2)), name='policy_shows_no_single_person'),
        ),
        migrations.AddConstraint(
            model_name='gap',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('contrast', 'outcome', 'group', 'reference'), name='one_open_gap'),
        ),
        migrations.AddConstraint(
            model_name='gap',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by', None), ('levelled', ''), ('until', None)), models.Q(('closed_by__isnull', False), ('until__isnull', False), models.Q(('levelled', ''), _negated=True)), _connector='OR'), name='closed_gap_was_levelled_somehow'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gt', models.F('began_at')), _connector='OR'), name='series_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('why_ended', ''), _negated=True), _connector='XOR'), name='series_ends_with_a_reason'),
        ),
        migrations.AddIndex(
            model_name='result',
            index=models.Index(fields=['contrast', 'outcome', 'group', 'day'], name='fairness_re_contras_303bbc_idx'),
        ),
        migrations.AddIndex(
            model_name='result',
            index=models.Index(fields=['series', 'day'], name='fairness_re_series__de4e27_idx'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(fields=('night', 'series', 'contrast', 'outcome', 'group'), name='found_once'),
        ),
        migrations.AddIndex(
            model_name='measured',
            index=models.Index(fields=['series', 'clock', 'matures_on'], name='measured_by_day'),
        ),
        migrations.AddIndex(
            model_name='measured',
            index=models.Index(fields=['series', 'clock', 'matures_everywhere_on'], name='measured_everywhere'),
        ),
        migrations.AddIndex(
            model_name='measured',
            index=models.Index(condition=models.Q(('left_out', 'spam')), fields=['case'], name='measured_spam'),
        ),
        migrations.AddConstraint(
            model_name='measured',
            constraint=models.UniqueConstraint(fields=('case', 'clock'), name='measured_once'),
        ),
        migrations.AddConstraint(
            model_name='sums',
            constraint=models.UniqueConstraint(fields=('series', 'contrast', 'clock'), name='summed_once'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('kind', 'contrast', 'clock', 'group', 'reference'), name='one_open_task_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('words', '')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('words', ''), _negated=True)), _connector='OR'), name='task_is_closed_by_somebody_with_words'),
        ),
        migrations.RunPython(forbid, allow),
    ]
