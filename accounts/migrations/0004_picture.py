"""Profile pictures."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sign_up_code")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("name", models.CharField(max_length=44, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="picture",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("user__isnull", True)),
                        fields=["created_at"],
                        name="picture_of_nobody",
                    )
                ]
            },
        )
    ]
