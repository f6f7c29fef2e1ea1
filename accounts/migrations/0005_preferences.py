"""What an account wants to be told."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_picture")]

    operations = [
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preferences",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("wants_email", models.BooleanField(default=True)),
                ("reminder_before_minutes", models.PositiveIntegerField(default=30)),
                ("wants_task_reminders", models.BooleanField(default=True)),
                ("wants_automatic_reminders", models.BooleanField(default=True)),
                ("wants_daily_digest", models.BooleanField(default=False)),
                ("digest_time", models.TimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "preferences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reminder_before_minutes__lte", 40320)),
                        name="preferences_reminder_is_near",
                    )
                ],
            },
        )
    ]
