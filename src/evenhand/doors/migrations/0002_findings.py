from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('doors', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='What it is, as in public-never-faster', max_length=40)),
                ('says', models.TextField()),
                ('result', models.UUIDField(help_text="The audit's result it rests on")),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, help_text='Withdrawn then', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('key',), name='one_such_finding_holds')],
            },
        ),
    ]
